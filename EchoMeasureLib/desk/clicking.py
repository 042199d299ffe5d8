"""What the user clicks in the slice view: calipers by hand, and the ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import FEWEST_TRACED
from EchoMeasureLib.desk.ruler_words import NO_RULER
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.manual_calibration import (
    RulerKind,
    from_ruler,
    with_manual_region,
)
from EchoMeasureLib.mrml.placing import Placement

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection
    from EchoMeasureLib.desk.topics import Topics

RULER_COLOUR = "#ffffff"


class Clicking:
    """One placement at a time. `tick` looks whether the last point has been clicked."""

    def __init__(self, study: OpenStudy, topics: Topics, selection: Selection, logic: Any) -> None:
        """`logic`: vtkMRMLApplicationLogic, which has Slicer's place mode."""
        self._study = study
        self._topics = topics
        self._selection = selection
        self._logic = logic
        self._caliper: tuple[str, Placement] | None = None
        self._ruler: Placement | None = None
        self._had_ruler = False

    @property
    def measurement(self) -> str:
        """Id of what is being placed; empty when nothing is."""
        return self._caliper[0] if self._caliper is not None else ""

    @property
    def points(self) -> tuple[PixelPoint, ...]:
        """What was set until now of the caliper that is being placed, in source pixels."""
        return self._caliper[1].points() if self._caliper is not None else ()

    @property
    def ruler(self) -> tuple[PixelPoint, PixelPoint] | None:
        """Both ends of the ruler in source pixels, once they are clicked."""
        if self._ruler is None or not self._ruler.complete:
            return None
        first, second = self._ruler.points()
        return first, second

    @property
    def picking(self) -> bool:
        """Whether a ruler is being placed, or is placed and not used yet."""
        return self._ruler is not None

    def place(self, measurement: str) -> None:
        """Let the user click the points of a measurement on the frame shown.

        Those of a traced wave end with a click of the other mouse button, which leaves place mode.
        """
        row = definition(measurement)
        self.stop()
        placement = self._begin(row.fewest, row.name, row.colour, row.traced)
        self._caliper = (measurement, placement)

    def add_point(self, point: PixelPoint) -> None:
        """Set the next point of the caliper that is being placed, as a click there would."""
        if self._caliper is not None:
            self._caliper[1].add(point)
            self.tick()

    def take_point_back(self) -> bool:
        """Take away the point that was set last; whether there was one."""
        return self._caliper is not None and self._caliper[1].take_back()

    def end_tracing(self) -> None:
        """The edge of a traced wave ends with the point that was set last.

        Raises `InvalidState` where it has too few points.
        """
        if self._caliper is None or not definition(self._caliper[0]).traced:
            return
        if len(self.points) < FEWEST_TRACED:
            raise InvalidState(
                f"An edge has {FEWEST_TRACED} points at least.", "Set more of them first."
            )
        self._caliper[1].leave_off()
        self.tick()

    def begin_ruler(self) -> None:
        """Let the user click the two ends of a ruler."""
        self.stop()
        self._ruler = self._begin(2, "EchoMeasure ruler", RULER_COLOUR)
        self._had_ruler = False
        self._topics.tell("ruler")

    def calibrate(self, kind: RulerKind, amount: float) -> None:
        """Measure with the scale of the ruler, whose ends are `amount` apart in its unit.

        Raises `InvalidArgument` for a ruler that makes no sense, `InvalidState` without one.
        """
        self._study.need_view()
        cine, ends = self._study.cine, self.ruler
        if cine is None or ends is None:
            raise InvalidState(NO_RULER)
        region = from_ruler(cine, kind, *ends, amount)
        regions = with_manual_region(cine, region).regions
        self._study.need_review().calibrate(regions, self._study.image, "two points on a ruler")
        self.stop()
        self._topics.tell("image")

    def browsed(self) -> None:
        """Another frame is shown: a caliper lies on one frame, so the clicks begin anew."""
        if self._caliper is None or self._caliper[1].frame is None:
            return
        measurement, placement = self._caliper
        if placement.complete:
            self._look_after_caliper(measurement, placement)
        elif placement.frame != self._study.frame:
            self.place(measurement)

    def leave(self) -> None:
        """Another module is in front: take over what is complete, give up what is not."""
        self.tick()
        if self.ruler is None:
            self.stop()

    def stop(self) -> None:
        """Give up what is being placed."""
        if self._caliper is not None:
            self._caliper[1].end()
            self._caliper = None
        if self._ruler is not None:
            self._ruler.end()
            self._ruler = None
            self._topics.tell("ruler")

    def tick(self) -> None:
        """Take over what has been clicked since the last time."""
        if self._caliper is not None:
            self._look_after_caliper(*self._caliper)
        if self._ruler is not None and self._ruler.abandoned:
            self.stop()
        if (self.ruler is not None) != self._had_ruler:
            self._had_ruler = self.ruler is not None
            self._topics.tell("ruler")

    def _look_after_caliper(self, measurement: str, placement: Placement) -> None:
        if placement.complete:
            points, frame = placement.points(), placement.frame
            self.stop()
            assert frame is not None  # there is no last click without a first
            entry = self._study.need_review().place(measurement, frame, points, self._study.image)
            self._selection.choose(entry.id)
        elif placement.abandoned:
            self.stop()

    def _begin(self, count: int, name: str, colour: str, open_end: bool = False) -> Placement:
        study = self._study
        nodes = study.need_view().nodes
        return Placement(study.scene, self._logic, nodes, count, name, colour, open_end)
