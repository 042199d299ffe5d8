"""EchoMeasure in 3D Slicer: calipers on echocardiograms, found by networks and reviewed by people.

This file is a shell. It owns the widgets; what they do is in EchoMeasureLib.
"""
# ruff: noqa: N802, N803, N806 - the names of Slicer's template

import importlib.util
import sys
from pathlib import Path
from typing import Annotated, Union

import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSequenceBrowserNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Minimum, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

# Developer mode puts only this folder on the path; installed, the library lies beside it.
if importlib.util.find_spec("EchoMeasureLib") is None:
    sys.path.append(str(Path(__file__).resolve().parents[1]))

#
# EchoMeasure
#


class EchoMeasure(ScriptedLoadableModule):
    """The module as Slicer lists it."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = "EchoMeasure"
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Cardiac")]
        self.parent.dependencies = ["Markups", "Sequences", "Tables", "Plots", "Units"]
        self.parent.contributors = ["The EchoMeasure contributors"]
        self.parent.helpText = _(
            "Finds, places, reviews and reports measurements on echocardiograms. "
            "Research use only: not a medical device, not for diagnosis or treatment. "
            '<a href="https://github.com/EchoMeasure/SlicerEchoMeasure">Documentation</a>.'
        )
        self.parent.acknowledgementText = _(
            "The networks follow EchoNet-Measurements (Sahashi et al., "
            "J Am Coll Cardiol 2025;86:964-978)."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


#
# Register sample data sets in Sample Data module
#


def registerSampleData():
    """Offer a phantom study in the Sample Data module; it is made here, nothing is downloaded."""
    import SampleData

    icon = Path(__file__).parent / "Resources" / "Icons" / "EchoMeasure.png"
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="EchoMeasure",
        sampleName="EchoMeasurePhantom",
        uris="",
        fileNames="EchoMeasurePhantom.dcm",
        nodeNames="EchoMeasurePhantom",
        thumbnailFileName=str(icon),
        customDownloader=loadPhantom,
    )


def loadPhantom(source=None):
    """Make a synthetic parasternal study and load it. Returns the nodes to choose as the image."""
    from EchoMeasureLib.desk.sample import load_phantom

    with slicer.util.tryWithErrorDisplay(_("The phantom study could not be made.")):
        return [load_phantom(slicer.mrmlScene)]


#
# EchoMeasureParameterNode
#


@parameterNodeWrapper
class EchoMeasureParameterNode:
    """The choices of the panel, kept in the scene.

    image - The loaded echo: a sequence browser or a still.
    measurements - Ids of what is ticked, separated by spaces.
    frames - current, all (those that matter), every, range or ed_es.
    first_frame, last_frame, frame_step - The range, counted from 1, last included; 0 is the end.
    weights - Which set of networks.
    """

    image: Union[vtkMRMLSequenceBrowserNode, vtkMRMLScalarVolumeNode, None]  # noqa: UP007
    measurements: str = ""
    frames: str = "all"
    first_frame: Annotated[int, Minimum(1)] = 1
    last_frame: Annotated[int, Minimum(0)] = 0
    frame_step: Annotated[int, Minimum(1)] = 1
    weights: str = ""


#
# EchoMeasureWidget
#


class EchoMeasureWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self) -> None:
        """Called when the user opens the module the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        from EchoMeasureLib.panel.panel import Panel

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/EchoMeasure.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)

        self.logic = self.logic or EchoMeasureLogic()
        self.panel = Panel(self.ui, uiWidget, self.logic.desk)

        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.ui.measureButton.clicked.connect(self.onApplyButton)
        self.initializeParameterNode()
        if self.parent.isEntered:
            # Reload sets the module up anew while it is open, and does not enter it.
            self.enter()

    def cleanup(self) -> None:
        """Called when the application closes and the module widget is destroyed."""
        self.setParameterNode(None)
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()
        if self.logic is not None:
            self.logic.desk.close()

    def enter(self) -> None:
        """Called each time the user opens this module."""
        self.initializeParameterNode()
        self.panel.enter()

    def exit(self) -> None:
        """Called each time the user opens a different module."""
        self.panel.leave()
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event) -> None:
        """Called just before the scene is closed."""
        self.setParameterNode(None)
        self.logic.desk.close_image()

    def onSceneEndClose(self, caller, event) -> None:
        """Called just after the scene is closed."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller, event) -> None:
        """Called just after a scene was loaded: its image and its review are there only now."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def initializeParameterNode(self) -> None:
        """Make sure that the parameter node exists and is followed."""
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.image:
            from EchoMeasureLib.mrml.cine_nodes import displayed_picture, first_picture

            scene = slicer.mrmlScene
            self._parameterNode.image = displayed_picture(scene) or first_picture(scene)

    def setParameterNode(self, inputParameterNode) -> None:
        """Follow this parameter node, or none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self._parameterNodeGuiTag = None
            modified = vtk.vtkCommand.ModifiedEvent
            self.removeObserver(self._parameterNode, modified, self._checkCanApply)
        self._parameterNode = inputParameterNode
        if self._parameterNode is not None:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            modified = vtk.vtkCommand.ModifiedEvent
            self.addObserver(self._parameterNode, modified, self._checkCanApply)
        self.panel.set_parameters(self._parameterNode)

    def _checkCanApply(self, caller=None, event=None) -> None:
        """A choice has changed. Measure is enabled when there is something to measure."""
        if not slicer.mrmlScene.IsImporting():
            self.panel.parameters_changed()

    def onApplyButton(self) -> None:
        """Measure."""
        self.panel.measure()

    def onReload(self) -> None:
        """Reload the library with the module."""
        for name in [n for n in sys.modules if n.partition(".")[0] == "EchoMeasureLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


#
# EchoMeasureLogic
#


class EchoMeasureLogic(ScriptedLoadableModuleLogic):
    """What can be done without the panel; `desk` is the open image with its review."""

    def __init__(self, desk=None) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        from EchoMeasureLib.desk.in_slicer import desk_in_slicer

        self.desk = desk or desk_in_slicer()

    def getParameterNode(self):
        """The panel's choices in the scene."""
        return EchoMeasureParameterNode(super().getParameterNode())


#
# EchoMeasureTest
#


class EchoMeasureTest(ScriptedLoadableModuleTest):
    """The self-test, for Slicer's own runner."""

    def setUp(self):
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Run every test."""
        self.setUp()
        self.test_EchoMeasure1()

    def test_EchoMeasure1(self):
        """Ten steps from a phantom study to a saved review; see panel/self_test.py."""
        from EchoMeasureLib.panel.self_test import run

        run(self.delayDisplay)
        self.delayDisplay("Test passed")
