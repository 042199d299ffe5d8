"""Spectral phantoms whose waves run past the strip's edge: cut there, or back on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS


@dataclass(frozen=True, slots=True)
class EdgeStrip:
    """A strip and where the peaks of its beats truly are, which may be outside of it."""

    measurement: str
    cine: Cine
    beats: tuple[tuple[PixelPoint, ...], ...]
    """Source pixels; velocities follow from `region` as everywhere."""
    drawn: tuple[tuple[PixelPoint, ...], ...]
    """The same of all beats, also of those that the strip's ends cut and whose E and A are one."""
    words: str

    @property
    def region(self) -> Region:
        """The strip itself."""
        return self.cine.regions[0]

    def velocities(self, beat: Sequence[PixelPoint]) -> tuple[float, ...]:
        """True velocity of each point of a beat, cm/s."""
        baseline = self.region.baseline_y
        assert baseline is not None
        return tuple((point.y - baseline) * self.region.delta[1] for point in beat)


def strip_of(plan: SpectralPlan, frame: Frame, shift: int, words: str) -> EdgeStrip:
    """The strip of a plan whose drawn rows were moved down by `shift`."""
    box = plan.layout.strip.box
    kind = CATALOG[plan.name].regions[0]
    reference = float(plan.baseline_y + shift - box.y0)
    region = Region(0, kind, box, ("s", "cm/s"), plan.delta, (0.0, reference))
    beats, drawn = (
        tuple(tuple(PixelPoint(point.x, point.y + shift) for point in beat) for beat in of)
        for of in (plan.beats, plan.drawn_beats)
    )
    cine = Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [region])
    return EdgeStrip(plan.name, cine, beats, drawn, words)


def clean(plan: SpectralPlan, drawn: Frame | None = None) -> EdgeStrip:
    """The strip as it was drawn, or is drawn now."""
    frame = draw_spectrum(plan) if drawn is None else drawn
    return strip_of(plan, frame, 0, f"{plan.name} {plan.layout.name} {plan.seed} clean")


def past_the_edge(
    plan: SpectralPlan, excess: float, wrapped: bool, drawn: Frame | None = None
) -> EdgeStrip:
    """The baseline shifted so far that the fastest wave ends `excess` of its height outside.

    Wrapped, the rest comes back on the other side, as with a pulse repetition frequency that is
    too low; else it is lost, and the rows that come free are noise of the far side. `drawn` is the
    strip where it is drawn already; it is left as it is.
    """
    box = plan.layout.strip.box
    frame = (draw_spectrum(plan) if drawn is None else drawn).copy()
    points = [point for beat in plan.beats for point in beat]
    fastest = max(points, key=lambda point: abs(point.y - plan.baseline_y))
    height = abs(fastest.y - plan.baseline_y)
    up = fastest.y < plan.baseline_y
    wanted = box.y0 - excess * height if up else box.y1 + excess * height
    shift = round(wanted - fastest.y)
    strip = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1]
    moved = np.roll(strip, shift, axis=0)
    if not wrapped:
        # The quiet rows at the far edge, forth and back until the free rows are filled.
        quiet = max(2, box.height // 20)
        rows = np.abs((np.arange(abs(shift)) + quiet - 1) % (2 * quiet - 2) - quiet + 1)
        free = slice(box.height - abs(shift), None) if up else slice(abs(shift) - 1, None, -1)
        source = strip[::-1] if up else strip
        moved[free] = source[rows]
    frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1] = moved
    how = "aliased" if wrapped else "clipped"
    return strip_of(
        plan, frame, shift, f"{plan.name} {plan.layout.name} {plan.seed} {how} {excess:.2f}"
    )


def plans(first_seed: int, count: int) -> Iterator[SpectralPlan]:
    """`count` plans of each spectral measurement, over all screens, every third upside down."""
    layouts = list(LAYOUTS.values())
    for place, name in enumerate(CASES):
        for number in range(count):
            layout = layouts[(number + place) % len(layouts)]
            if number % 3 == 2:
                layout = layout.with_quirks(Quirk.INVERTED)
            yield plan_spectrum(name, layout, first_seed + 100 * place + number)
