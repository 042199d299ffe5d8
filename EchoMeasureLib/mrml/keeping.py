"""The review inside the scene: a text node that is saved with it and read back.

It holds the same document as a review file, so nothing is lost between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from EchoMeasureLib.mrml.observing import Observers
from EchoMeasureLib.review.document import parse
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.writing import Writer
from EchoMeasureLib.texts import clean

REVIEWER_ATTRIBUTE = "EchoMeasure.reviewer"
IMAGES_ATTRIBUTE = "EchoMeasure.images"
"""Keys of the images of the review, separated by spaces."""

NODE_NAME = "EchoMeasure review"
IN_SCENE = "The review in the scene"
"""What messages call it."""


class SceneKeeping:
    """Keeps the text in the scene the same as the review, at every step.

    Slicer says nothing before it saves a scene, so there is no later time for it. The node
    comes back when somebody deletes it, and its text when somebody changes it.
    """

    def __init__(self, scene: Any, review: Review) -> None:
        self._scene = scene
        self._review = review
        self._writer = Writer(review)
        self._observers = Observers()
        self._node: Any = None
        self._text = ""
        self._writing = False
        if review.entries:
            self.write()

    def write(self) -> None:
        """Bring the text up to date."""
        self._text = self._writer.text()
        self._put()

    def restore(self) -> None:
        """Bring back the text as it was written last, or the node with it."""
        if self._text and not self._writing and not self._is_whole():
            self._put()

    def removed(self, node: Any) -> None:
        """A node was taken out of the scene."""
        if node is self._node and not self._scene.IsClosing():
            self.restore()

    def close(self) -> None:
        """Look after the text no longer; it stays in the scene."""
        self._observers.remove_all()

    def _put(self) -> None:
        self._writing = True
        try:
            if self._node is None or self._node.GetScene() is None:
                self._observers.remove_all()
                self._node = self._find() or self._made()
                self._observers.event(self._node, "ModifiedEvent", self.restore)
            modified = self._node.StartModify()
            _set(self._node, REVIEWER_ATTRIBUTE, self._review.reviewer)
            _set(self._node, IMAGES_ATTRIBUTE, " ".join(self._review.images))
            self._node.SetText(self._text)
            self._node.EndModify(modified)
        finally:
            self._writing = False

    def _is_whole(self) -> bool:
        node = self._node
        if node is None or node.GetScene() is None or node.GetText() != self._text:
            return False
        attributes = node.GetAttribute(REVIEWER_ATTRIBUTE), _images(node)
        return attributes == (self._review.reviewer, set(self._review.images))

    def _find(self) -> Any:
        for node in _text_nodes(self._scene):
            own = clean(node.GetAttribute(REVIEWER_ATTRIBUTE) or "")
            if own == self._review.reviewer and _images(node) & self._review.images.keys():
                return node
        return None

    def _made(self) -> Any:
        node = self._scene.AddNewNodeByClass("vtkMRMLTextNode", NODE_NAME)
        # Inside the scene file, so that no saving dialog can leave it out.
        node.SetForceCreateStorageNode(node.CreateStorageNodeNever)
        return node


def _set(node: Any, attribute: str, value: str) -> None:
    if node.GetAttribute(attribute) != value:
        node.SetAttribute(attribute, value)


def review_texts(scene: Any) -> tuple[tuple[frozenset[str], str], ...]:
    """Every review in the scene: keys of its images, and its document in JSON, unchecked."""
    nodes = [node for node in _text_nodes(scene) if node.GetAttribute(REVIEWER_ATTRIBUTE)]
    return tuple((frozenset(_images(node)), node.GetText() or "") for node in nodes)


def stored_layers(scene: Any, image: str, without: str = "") -> tuple[Layer, ...]:
    """What every reviewer of this image, given by its key, has left in the scene.

    The text of the one who is named in `without` is not read: it changes with every step.
    Raises `InvalidDocument` when a text in the scene is damaged.
    """
    found: list[Layer] = []
    for node in _text_nodes(scene):
        own = without and clean(node.GetAttribute(REVIEWER_ATTRIBUTE) or "") == without
        if image in _images(node) and not own:
            found += parse(node.GetText() or "", IN_SCENE).layers.values()
    return tuple(found)


def _text_nodes(scene: Any) -> Iterator[Any]:
    kind = "vtkMRMLTextNode"
    for index in range(scene.GetNumberOfNodesByClass(kind)):
        yield scene.GetNthNodeByClass(index, kind)


def _images(node: Any) -> set[str]:
    return set((node.GetAttribute(IMAGES_ATTRIBUTE) or "").split())
