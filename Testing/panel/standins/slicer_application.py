"""Stands in for the parts of the Slicer application that slicer-core does not have.

The scene, its nodes and logics, `slicer.util` and its observers are the real ones.
"""
# ruff: noqa: N801, N815 - Slicer's names

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtWidgets


class Application:
    """`slicer.app`, without a main window."""

    def __init__(self, logic: Any, temporary: Path) -> None:
        self._logic = logic
        self.temporaryPath = str(temporary)
        self.applicationName = "Slicer"
        self.testing = True
        self.started: list[Callable[[], None]] = []

    def connect(self, signal: str, function: Callable[[], None]) -> None:
        if signal == "startupCompleted()":
            self.started.append(function)
        elif signal == "focusChanged(QWidget*,QWidget*)":
            QtWidgets.QApplication.instance().focusChanged.connect(function)

    def disconnect(self, signal: str, function: Callable[[], None]) -> None:
        if signal == "focusChanged(QWidget*,QWidget*)":
            QtWidgets.QApplication.instance().focusChanged.disconnect(function)

    def applicationLogic(self) -> Any:
        return self._logic

    def layoutManager(self) -> None:
        return None

    def moduleManager(self) -> Application:
        return self

    def testingEnabled(self) -> bool:
        return self.testing

    def topLevelWidgets(self) -> list[QtWidgets.QWidget]:
        return []

    def processEvents(self) -> None:
        QtWidgets.QApplication.processEvents()

    def setOverrideCursor(self, cursor: Any) -> None:
        QtWidgets.QApplication.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        QtWidgets.QApplication.restoreOverrideCursor()


class qMRMLWidget(QtWidgets.QWidget):
    """A widget that hands its scene on."""

    mrmlSceneChanged = QtCore.Signal("vtkMRMLScene*")
    isEntered = False

    def setMRMLScene(self, scene: Any) -> None:
        for child in self.findChildren(qMRMLNodeComboBox):
            child.setMRMLScene(scene)


class qMRMLNodeComboBox(QtWidgets.QComboBox):
    """Chooses a node of the scene; first entry is "no node"."""

    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._types: list[str] = []
        self._none = ""
        self._scene: Any = None
        self._tags: list[int] = []
        self.currentIndexChanged.connect(self._changed)

    def _get_types(self) -> list[str]:
        return self._types

    def _set_types(self, types_: list[str]) -> None:
        self._types = list(types_)
        self._fill()

    def _get_none(self) -> str:
        return self._none

    def _set_none(self, text: str) -> None:
        self._none = text

    nodeTypes = QtCore.Property("QStringList", _get_types, _set_types)
    noneDisplay = QtCore.Property(str, _get_none, _set_none)
    noneEnabled = addEnabled = removeEnabled = True

    @QtCore.Slot("vtkMRMLScene*")
    def setMRMLScene(self, scene: Any) -> None:
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene, self._tags = scene, []
        if scene is None:
            return
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndImportEvent)
        self._tags = [scene.AddObserver(e, lambda *_: self._fill()) for e in events]
        self._fill()

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        found = [n for kind in self._types for n in slicer.util.getNodesByClass(kind)]
        return [n for n in found if not n.GetHideFromEditors()]

    def _fill(self) -> None:
        before = self.currentData()
        blocked = self.blockSignals(True)
        self.clear()
        self.addItem(self._none or "None", None)
        for node in self._nodes():
            self.addItem(node.GetName(), node.GetID())
        self.setCurrentIndex(max(0, self.findData(before)) if before else 0)
        self.blockSignals(blocked)
        if self.currentData() != before:
            self._changed()

    def _changed(self, *_: Any) -> None:
        self.currentNodeChanged.emit(self.currentNode())

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self.currentData()) if self.currentData() else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentIndex(max(0, self.findData(node.GetID())) if node else 0)


class ScriptedLoadableModule:
    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__


class ScriptedLoadableModuleWidget:
    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent
        self.layout = parent.layout()

    def resourcePath(self, name: str) -> str:
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / name)

    def setup(self) -> None: ...

    def onReload(self) -> None:
        slicer.util.reloadScriptedModule(self.moduleName)


class ScriptedLoadableModuleLogic:
    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> Any:
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node.SetName(self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        return node


class ScriptedLoadableModuleTest:
    def delayDisplay(self, message: str, msec: int = 0) -> None: ...


@dataclasses.dataclass(frozen=True)
class Minimum:
    """The smallest value that a parameter may have."""

    minimum: int

    def check(self, value: int) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} < {self.minimum}")


LARGEST = 2**31 - 1


def parameterNodeWrapper(kind: type) -> type:
    """Typed parameters kept in a node, and widgets that follow them."""
    hints = typing.get_type_hints(kind, include_extras=True)
    defaults = {name: getattr(kind, name, None) for name in hints}

    def is_node(name: str) -> bool:
        return typing.get_origin(hints[name]) is typing.Union

    def read(self: Any, name: str) -> Any:
        if is_node(name):
            return self.parameterNode.GetNodeReference(name)
        text = self.parameterNode.GetParameter(name)
        return type(defaults[name])(text) if text != "" else defaults[name]

    def limits(name: str) -> list[Minimum]:
        return [m for m in getattr(hints[name], "__metadata__", ()) if isinstance(m, Minimum)]

    def write(self: Any, name: str, value: Any) -> None:
        for limit in limits(name):
            limit.check(value)
        if is_node(name):
            self.parameterNode.SetNodeReferenceID(name, value.GetID() if value else None)
        else:
            self.parameterNode.SetParameter(name, str(value))

    def init(self: Any, node: Any, prefix: str | None = None) -> None:
        self.parameterNode, self._guis = node, {}

    def connect_gui(self: Any, ui: Any) -> int:
        widgets = {w.property("SlicerParameterName"): w for w in vars(ui).values()}
        for name, widget in widgets.items():
            if isinstance(widget, QtWidgets.QSpinBox):
                # As Slicer's connector does, whatever the form says.
                lowest = max([m.minimum for m in limits(name)], default=-LARGEST)
                widget.setRange(lowest, LARGEST)
        bound = {n: _Bound(w, n, self) for n, w in widgets.items() if n is not None}
        event = vtk.vtkCommand.ModifiedEvent
        tag = self.parameterNode.AddObserver(event, lambda *_: [b.show() for b in bound.values()])
        self._guis[tag] = bound
        return tag

    def disconnect_gui(self: Any, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)
        for bound in self._guis.pop(tag).values():
            bound.leave()

    kind.__init__ = init
    kind.connectGui, kind.disconnectGui = connect_gui, disconnect_gui
    kind.AddObserver = lambda self, event, f, priority=0.0: self.parameterNode.AddObserver(event, f)
    kind.RemoveObserver = lambda self, tag: self.parameterNode.RemoveObserver(tag)
    for name in hints:
        setattr(
            kind,
            name,
            property(
                lambda self, name=name: read(self, name),
                lambda self, value, name=name: write(self, name, value),
            ),
        )
    return kind


class _Bound:
    """One widget that shows one parameter and writes it."""

    _KINDS = (
        (qMRMLNodeComboBox, "currentNodeChanged", "currentNode", "setCurrentNode"),
        (QtWidgets.QSpinBox, "valueChanged", "value", "setValue"),
        (QtWidgets.QLineEdit, "textChanged", "text", "setText"),
    )

    def __init__(self, widget: Any, name: str, parameters: Any) -> None:
        self.widget, self.name, self.parameters = widget, name, parameters
        row = next(row for row in self._KINDS if isinstance(widget, row[0]))
        self.signal, self.get, self.set = (getattr(widget, method) for method in row[1:])
        self.show()
        self.signal.connect(self.store)

    def show(self) -> None:
        value = getattr(self.parameters, self.name)
        if self.get() != value:
            self.set(value)

    def store(self, *_: Any) -> None:
        setattr(self.parameters, self.name, self.get())

    def leave(self) -> None:
        self.signal.disconnect(self.store)


def install(app: Any, module_file: Path, temporary: Path) -> None:
    """Put everything under the names that Slicer gives it; `app` is trame-slicer's."""
    slicer.mrmlScene = app.scene
    slicer.app = Application(app.app_logic, temporary)
    slicer.util.saveScene = app.io_manager.save_scene
    slicer.util.loadScene = app.io_manager.load_scene
    module = types.SimpleNamespace(path=str(module_file))
    slicer.modules = types.SimpleNamespace(echomeasure=module)
    slicer.qMRMLWidget, slicer.qMRMLNodeComboBox = qMRMLWidget, qMRMLNodeComboBox
    _module(
        "slicer.ScriptedLoadableModule",
        ScriptedLoadableModule=ScriptedLoadableModule,
        ScriptedLoadableModuleWidget=ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic=ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest=ScriptedLoadableModuleTest,
    )
    _module("slicer.i18n", tr=lambda text: text, translate=lambda context, text: text)
    _module(
        "slicer.parameterNodeWrapper",
        parameterNodeWrapper=parameterNodeWrapper,
        Minimum=Minimum,
    )
    qt.properties_for(
        "EchoMeasure",
        *(f"EchoMeasureLib.panel.{file.stem}" for file in _panel_files(module_file)),
    )


def _panel_files(module_file: Path) -> list[Path]:
    """The panel lies beside the module when installed, one folder up in the repository."""
    for root in (module_file.parent, module_file.parent.parent):
        if (root / "EchoMeasureLib" / "panel").is_dir():
            return sorted((root / "EchoMeasureLib" / "panel").glob("*.py"))
    raise FileNotFoundError("EchoMeasureLib/panel")


def _module(name: str, **content: Any) -> None:
    made = types.ModuleType(name)
    made.__dict__.update(content)
    sys.modules[name] = made
    setattr(slicer, name.rpartition(".")[2], made)
