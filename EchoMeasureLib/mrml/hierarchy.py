"""Where things stand in Slicer's subject hierarchy: results under the study of their image."""

from __future__ import annotations

from typing import Any

STUDY_NAME = "Echo study"
FOLDER_NAME = "EchoMeasure"


def put_under_study(scene: Any, volume: Any, study_uid: str = "") -> None:
    """Make sure that the volume stands under a study, without giving it a patient's name."""
    tree = _tree(scene)
    item = _item_of(tree, volume)
    if study_of(scene, volume):
        return
    study = tree.GetItemByUID("DICOM", study_uid) if study_uid else 0
    if not study:
        study = tree.CreateStudyItem(tree.GetSceneItemID(), STUDY_NAME)
        if study_uid:
            tree.SetItemUID(study, "DICOM", study_uid)
    tree.SetItemParent(item, study)


def study_of(scene: Any, volume: Any) -> int:
    """Item of the study that holds the volume; 0 when there is none."""
    tree = _tree(scene)
    item = tree.GetItemByDataNode(volume)
    return int(tree.GetItemAncestorAtLevel(item, "Study")) if item else 0


def put_beside(scene: Any, node: Any, volume: Any) -> None:
    """Put a node of the review into the folder EchoMeasure under the volume's study."""
    tree = _tree(scene)
    item = _item_of(tree, node)
    parent = study_of(scene, volume) or tree.GetSceneItemID()
    folder = tree.GetItemChildWithName(parent, FOLDER_NAME)
    if not folder:
        folder = tree.CreateFolderItem(parent, FOLDER_NAME)
    if tree.GetItemParent(item) != folder:
        tree.SetItemParent(item, folder)


def forget_what_goes(scene: Any) -> None:
    """Do in a scene without Qt what that side of Slicer does: a node that goes leaves the tree."""
    import vtk

    def forget(scene: Any, event: str, node: Any) -> None:
        tree = _tree(scene)
        if tree is None or tree is node or scene.IsClosing():
            return
        item = tree.GetItemByDataNode(node)
        if item:
            tree.RemoveItem(item, False, False)

    scene.AddObserver(scene.NodeAboutToBeRemovedEvent, vtk.calldata_type(vtk.VTK_OBJECT)(forget))


def _item_of(tree: Any, node: Any) -> int:
    # The Qt side of Slicer adds every node to the tree; without it this does.
    item = tree.GetItemByDataNode(node)
    return int(item or tree.CreateItem(tree.GetSceneItemID(), node))


def _tree(scene: Any) -> Any:
    import slicer

    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
