"""A real MRML scene with a rendered slice view, without a display: slicer-core over EGL.

One per process, because Slicer's displayable managers are singletons. All rooms share it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib.mrml.hierarchy import forget_what_goes

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")


class HeadlessSlicer:
    """The scene with its logics, one red slice view of 800 x 600, and a mouse."""

    def __init__(self) -> None:
        _triton_first()
        import slicer
        from trame_slicer.core import SlicerApp
        from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition, ViewProps, ViewType

        self.app = SlicerApp()
        self.scene = slicer.mrmlScene = self.app.scene
        # trame-slicer registers neither, and the application keeps no reference of its own.
        self.logics = [
            self.app.register_module_logic(slicer.vtkSlicerUnitsLogic(), logic_name="Units"),
            self.app.register_module_logic(
                slicer.vtkSlicerSequencesLogic(), logic_name="Sequences"
            ),
        ]
        self.app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        self.view = self.app.view_manager.create_view(
            ViewLayoutDefinition("Red", ViewType.SLICE_VIEW, ViewProps(orientation="Axial"))
        )
        self.view.render_window().SetSize(800, 600)
        self.render_on_request()
        self._drawn = False
        forget_what_goes(self.scene)

    def render_on_request(self) -> None:
        """Draw in `render` only. Slicer gathers requests to draw; trame-slicer obeys each one."""
        self.view.interactor().EnableRenderOff()

    def clear(self) -> None:
        """An empty scene, as File > Close scene leaves it."""
        self.scene.Clear(False)

    def show(self, volume: Any) -> None:
        """The volume in the slice view, fitted. Drawn when a picture or the mouse needs it."""
        self.view.set_background_volume_id(volume.GetID())
        self.view.fit_view_to_content()
        self._drawn = False

    def render(self) -> None:
        """Draw the slice view once."""
        self.view.interactor().EnableRenderOn()
        self.view.render()
        self.render_on_request()
        self._drawn = True

    def screenshot(self, path: Path) -> None:
        """What the slice view shows, as PNG."""
        import vtk

        self.render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.view.render_window())
        grab.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetInputConnection(grab.GetOutputPort())
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.SetFileName(str(path))
        writer.Write()

    def on_screen(self, world: Sequence[float]) -> tuple[int, int]:
        """Display pixel of a world RAS position, origin bottom left."""
        import vtk

        to_screen = vtk.vtkMatrix4x4()
        to_screen.DeepCopy(self.slice_node.GetXYToRAS())
        to_screen.Invert()
        x, y = to_screen.MultiplyPoint((*world, 1.0))[:2]
        return round(x), round(y)

    def under(self, x: int, y: int) -> tuple[float, float, float]:
        """World RAS position of a display pixel."""
        r, a, s = self.slice_node.GetXYToRAS().MultiplyPoint((x, y, 0.0, 1.0))[:3]
        return r, a, s

    @property
    def slice_node(self) -> Any:
        return self.scene.GetFirstNodeByClass("vtkMRMLSliceNode")

    def mouse(self, event: str, x: int, y: int) -> None:
        """One event such as `MouseMoveEvent` or `LeftButtonPressEvent` at a display pixel."""
        if not self._drawn:
            self.render()
        interactor = self.view.interactor()
        interactor.SetEventInformation(x, y, 0, 0, chr(0), 0, None)
        getattr(interactor, event)()

    def press(self, x: int, y: int) -> None:
        """Hover over a point until it lights up, and take hold of it."""
        self.mouse("MouseMoveEvent", x, y)
        self.mouse("MouseMoveEvent", x, y)
        self.mouse("LeftButtonPressEvent", x, y)

    def drag(self, start: tuple[int, int], by: tuple[int, int], steps: int = 5) -> None:
        """Press, move in steps, release."""
        (x, y), (dx, dy) = start, by
        self.press(x, y)
        for step in range(1, steps + 1):
            self.mouse("MouseMoveEvent", x + dx * step // steps, y + dy * step // steps)
        self.mouse("LeftButtonReleaseEvent", x + dx, y + dy)

    def click(self, x: int, y: int) -> None:
        self.press(x, y)
        self.mouse("LeftButtonReleaseEvent", x, y)


def _triton_first() -> None:
    """Torch's triton and the software renderer bring an LLVM each; triton's must come first.

    Else the process ends as soon as a test imports it after the first picture. So tests may run
    in any order, and be shared out among processes in any way.
    """
    with contextlib.suppress(ImportError):
        importlib.import_module("triton")


@functools.cache
def headless_slicer() -> HeadlessSlicer:
    """The one headless Slicer of this process."""
    return HeadlessSlicer()
