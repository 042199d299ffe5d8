"""Slicer's scene and logics without its application, for the process that serves."""

from __future__ import annotations

import os
from typing import Any

from EchoMeasureLib.mrml.hierarchy import forget_what_goes


class ServedScene:
    """The one scene of this process: Slicer's displayable managers are singletons."""

    def __init__(self) -> None:
        # Drawing needs no display; where the user chose another way to draw it stays.
        if not os.environ.get("VTK_DEFAULT_OPENGL_WINDOW"):
            os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"
        import slicer
        from trame_slicer.core import SlicerApp

        self.app: Any = SlicerApp()
        self.scene: Any = self.app.scene
        slicer.mrmlScene = self.scene
        # trame-slicer registers neither, and the application keeps no reference of its own.
        self._logics = [
            self.app.register_module_logic(slicer.vtkSlicerUnitsLogic(), logic_name="Units"),
            self.app.register_module_logic(
                slicer.vtkSlicerSequencesLogic(), logic_name="Sequences"
            ),
        ]
        forget_what_goes(self.scene)

    @property
    def logic(self) -> Any:
        """vtkMRMLApplicationLogic."""
        return self.app.app_logic

    def remove(self, *nodes: Any) -> None:
        """Take nodes out of the scene, with all that Slicer keeps for them."""
        for node in nodes:
            if node is not None and node.GetScene() is not None:
                self.scene.RemoveNode(node)
