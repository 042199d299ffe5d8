"""The slice view behind the page: drawn off screen, moved by a mouse, grabbed as pictures.

The one file that knows trame-slicer's views. Points count in pixels of the picture from its
top left corner.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Literal

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.mrml.view_window import USUAL_SCALE

Button = Literal["left", "middle", "right"]

BUTTONS: tuple[Button, ...] = ("left", "middle", "right")
"""As browsers number them."""

LEAST, MOST_PIXELS = 16, 1_600_000
"""Shortest side of a picture, and most pixels in one: the processor draws it."""

MOVING, STILL = 80, 93
"""JPEG quality while things move, and once they stand."""

CURSORS = {9: "pointer", 10: "crosshair"}
"""Those of VTK that its widgets ask for, as browsers call them."""

CURSOR_NAMES = ("default", *CURSORS.values())


class SliceWindow:
    """One slice view; `changed` is called whenever its picture is another one."""

    def __init__(self, app: Any, changed: Callable[[], None]) -> None:
        """`app`: trame_slicer's SlicerApp."""
        import slicer
        import vtk
        from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition, ViewProps, ViewType

        app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        # trame-slicer 2.0 listens to an event that VTK 9.6 says it will not send; none is needed.
        loud = vtk.vtkObject.GetGlobalWarningDisplay()
        vtk.vtkObject.GlobalWarningDisplayOff()
        self._view: Any = app.view_manager.create_view(
            ViewLayoutDefinition("Red", ViewType.SLICE_VIEW, ViewProps(orientation="Axial"))
        )
        vtk.vtkObject.SetGlobalWarningDisplay(loud)
        window = self._view.render_window()
        # Lines are drawn over pixels of a scanner: smoothing their edges costs a third of the time.
        window.SetMultiSamples(0)
        self._view.interactor().EnableRenderOff()
        self._view.set_scheduled_render(_Asked(changed))
        self._grab = slicer.vtkMRMLLayerDisplayableManager.RenderWindowBufferToImage
        self._image = vtk.vtkImageData()
        self.slice_node: Any = self._view.get_view_node()
        """vtkMRMLSliceNode."""
        self._logic: Any = app.app_logic.GetSliceLogic(self.slice_node)
        self._held: set[Button] = set()
        self._at = (0, 0)
        self._fitted = self._field()
        self.size = (0, 0)
        self.resize(800, 600, 1.0)

    @property
    def held(self) -> bool:
        """Whether a button is down."""
        return bool(self._held)

    @property
    def cursor(self) -> str:
        """What the mouse should look like."""
        return CURSORS.get(int(self._view.render_window().GetCurrentCursor()), "default")

    def resize(self, width: float, height: float, ratio: float) -> None:
        """The place of the picture, in CSS pixels, and how many pixels of the screen each has.

        Raises `InvalidArgument` for a size that is none.
        """
        if not (LEAST <= width <= 8192 and LEAST <= height <= 8192 and 0.25 <= ratio <= 8):
            raise InvalidArgument("A view of this size cannot be drawn.")
        scale = min(ratio, (MOST_PIXELS / (width * height)) ** 0.5)
        size = max(LEAST, round(width * scale)), max(LEAST, round(height * scale))
        if size == self.size:
            return
        self.size = size
        self._view.render_window().SetSize(*size)
        self._view.interactor().SetSize(*size)
        self.slice_node.SetScreenScaleFactor(USUAL_SCALE * scale)
        whole = self._field() == self._fitted
        self._logic.ResizeSliceNode(*size)
        if whole:
            self.fit()
        self._view.schedule_render()

    def fit(self) -> None:
        """Show the whole image, also when the size of the view changes, until something zooms."""
        self._view.fit_view_to_content()
        self._fitted = self._field()
        self._view.schedule_render()

    def zoom(self, times: float, across: float = 0.5, down: float = 0.5) -> None:
        """Show things larger by this factor, about a place given in shares of the picture.

        Raises `InvalidArgument` for less than a tenth or more than ten.
        """
        if not 0.1 <= times <= 10:
            raise InvalidArgument("A step of the zoom is from a tenth to ten.")
        node = self.slice_node
        width, height, depth = node.GetFieldOfView()
        node.SetFieldOfView(width / times, height / times, depth)
        self.pan((across - 0.5) * (1 - times), (down - 0.5) * (1 - times))

    def pan(self, across: float, down: float) -> None:
        """Move what is seen by shares of the picture's width and height.

        Raises `InvalidArgument` for more than a whole picture and its zoom.
        """
        if not (abs(across) <= 10 and abs(down) <= 10):
            raise InvalidArgument("The picture does not move so far.")
        node = self.slice_node
        width, height, _ = node.GetFieldOfView()
        x, y, z = node.GetXYZOrigin()
        # Its own axis points up.
        node.SetXYZOrigin(x - across * width, y + down * height, z)

    # The mouse

    def pixel(self, across: float, down: float) -> tuple[int, int]:
        """The pixel at shares of the picture's width and height; the nearest one from outside."""
        places = zip((across, down), self.size, strict=True)
        x, y = (round(min(max(0.0, share), 1.0) * size) for share, size in places)
        return x, y

    def move(self, x: int, y: int, shift: bool = False, ctrl: bool = False) -> None:
        """The mouse is here."""
        self._event("MouseMoveEvent", x, y, shift, ctrl)

    def press(
        self, button: Button, x: int, y: int, shift: bool = False, ctrl: bool = False
    ) -> None:
        """Take hold of what is here. It lights up first, which a finger cannot wait for."""
        self.release_all()
        self.move(x, y, shift, ctrl)
        self.move(x, y, shift, ctrl)
        self._held.add(button)
        self._event(f"{button.capitalize()}ButtonPressEvent", x, y, shift, ctrl)

    def release(
        self, button: Button, x: int, y: int, shift: bool = False, ctrl: bool = False
    ) -> None:
        """Let go here; nothing happens to what was not held."""
        if button in self._held:
            self._held.discard(button)
            self._event(f"{button.capitalize()}ButtonReleaseEvent", x, y, shift, ctrl)

    def release_all(self) -> None:
        """Let go of everything where the mouse was last: the page went away, or the pointer did."""
        for button in tuple(self._held):
            self.release(button, *self._at)

    def leave(self) -> None:
        """The mouse is no longer over the picture."""
        if not self._held:
            self._event("LeaveEvent", *self._at, False, False)

    # The picture

    def picture(self, quality: int = MOVING) -> bytes:
        """What is to be seen now, as JPEG."""
        import numpy as np
        from PIL import Image
        from vtk.util.numpy_support import vtk_to_numpy

        window = self._view.render_window()
        window.Render()
        self._grab(window, self._image)
        width, height, _ = self._image.GetDimensions()
        values = vtk_to_numpy(self._image.GetPointData().GetScalars())
        upright = np.ascontiguousarray(values.reshape(height, width, -1)[::-1, :, :3])
        file = io.BytesIO()
        Image.fromarray(upright).save(file, "JPEG", quality=quality)
        return file.getvalue()

    def _field(self) -> tuple[object, ...]:
        """What part of the plane is to be seen."""
        node = self.slice_node
        return tuple(node.GetFieldOfView()), tuple(node.GetXYZOrigin())

    def _event(self, name: str, x: int, y: int, shift: bool, ctrl: bool) -> None:
        width, height = self.size
        x, y = min(max(0, x), width - 1), min(max(0, y), height - 1)
        self._at = x, y
        interactor = self._view.interactor()
        # VTK counts from the bottom up.
        interactor.SetEventInformation(x, height - 1 - y, int(ctrl), int(shift), chr(0), 0, None)
        getattr(interactor, name)()


class _Asked:
    """Slicer's managers ask for a picture; when it is drawn is for others to say."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def schedule_render(self) -> None:
        """A picture is asked for."""
        self._changed()

    def did_render(self) -> None:
        """Nothing waits for it."""

    def set_abstract_view(self, view: Any) -> None:
        """The view needs not be known."""
