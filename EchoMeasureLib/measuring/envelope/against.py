"""What the waves of a Doppler strip say against the points of a caliper: flags with words."""

from __future__ import annotations

from collections.abc import Iterator

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.definitions import Definition, Output
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.envelope.kept_votes import find_vote
from EchoMeasureLib.measuring.envelope.other_waves import on_other_waves
from EchoMeasureLib.measuring.envelope.traced_areas import area_against
from EchoMeasureLib.measuring.envelope.vote import NOTHING, Verdict, Vote

SETTLED = frozenset({Flag.CLIPPED, Flag.ALIASED, Flag.BASELINE_MOVED, Flag.NOT_FOUND})
"""Where one of these is up, the wave's height on the picture says nothing more."""


def against_waves(
    cine: Cine, caliper: Caliper
) -> Iterator[tuple[Flag | None, str, tuple[str, ...]]]:
    """A flag with its words for every point of a Doppler caliper that lies on no wave's peak, and
    the ids of the values that have a part in it; none for all of them.

    Words without a flag where something is seen, but not well enough to say. Nothing where the
    strip shows nothing, or another flag already says that the wave is not whole.
    """
    row = CATALOG.get(caliper.measurement)
    if row is None or row.side is None or caliper.region is None:
        return
    if SETTLED & set(caliper.flags):
        return
    # What is the same wave, read once, is no vote; a hole in the picture is one all the same.
    itself = caliper.origin is Origin.ENVELOPE
    region = cine.region(caliper.region)
    for place, name, output, velocity, point in _peaks(row, caliper, region):
        try:
            vote = find_vote(cine, caliper.frame, region, point)
            others = {} if itself else dict(on_other_waves(cine, caliper))
            agrees = row.traced and not itself and vote.verdict is Verdict.AGREES
            area = area_against(cine, caliper, region, point) if agrees else ""
        except UnreadableFile:
            return  # what cannot be seen says nothing
        about = cine, caliper.frame, region, name, output, velocity, vote
        flagged = None if itself else _words(*about)
        # E may be off where A is not; on another wave, or on none, neither is what it seems.
        here = tuple(v.id for v in caliper.values if point in {p.point for p in v.points})
        if flagged is not None:
            flag, words = flagged
            yield flag, words, () if flag is Flag.NO_WAVE else here
        if area:
            yield Flag.ENVELOPE_DISAGREES, area, tuple(value.id for value in caliper.values)
        if place in others:
            own = f"{_first(name)} is put at {output.text(velocity)}"
            words = f"{own}; by its time in the beat that is {others[place].value}."
            yield Flag.OTHER_WAVE, words, ()
        if vote.hole:
            words = (
                f"Beyond the tip of {name} the picture is darker than the strip's noise: something "
                "is missing there, and the wave may be higher."
            )
            yield Flag.DROPOUT, words, here


def _peaks(
    row: Definition, caliper: Caliper, region: Region
) -> Iterator[tuple[int, str, Output, float, PixelPoint]]:
    """What is taken for a wave's peak: which point, its name, how it is written, its velocity, its
    place."""
    if row.traced:
        top = fastest(caliper, region)
        if top is not None and caliper.values[0].value is not None:
            name = f"the peak of the tracing of {row.outputs[0].name_at(None)}"
            yield 0, name, definition(row.flow).outputs[0], *top
        return
    # Each point has a value of its own; a ratio has the points of both.
    for place, value in enumerate(caliper.values):
        if value.value is not None and len(value.points) == 1:
            output = row.output(value.id)
            yield place, output.name_at(None), output, value.value, value.points[0].point


def fastest(caliper: Caliper, region: Region) -> tuple[float, PixelPoint] | None:
    """The point of a caliper that is farthest from the baseline, and its velocity, cm/s.

    None where the strip gives no velocity.
    """
    known = [(region.value_at(p.point)[1], p.point) for p in caliper.points]
    speeds = [(speed, point) for speed, point in known if speed is not None]
    return max(speeds, key=lambda one: abs(one[0]), default=None)


def _first(name: str) -> str:
    """As the first words of a sentence."""
    return f"{name[:1].upper()}{name[1:]}"


def _words(
    cine: Cine, frame: int, region: Region, name: str, output: Output, value: float, vote: Vote
) -> tuple[Flag | None, str] | None:
    own, name = output.text(value), _first(name)
    if vote.verdict is Verdict.NO_WAVE:
        return Flag.NO_WAVE, f"{name} is put at {own}, where the picture shows no wave."
    if vote.verdict is Verdict.UNSURE and vote.why != NOTHING:
        return None, f"{name} is not checked against its wave: {vote.why[:1].lower()}{vote.why[1:]}"
    if vote.verdict is not Verdict.DISAGREES or vote.peak is None:
        return None
    baseline = cine.baseline(frame, region)
    assert baseline is not None  # there would be no vote
    seen = region.with_baseline(baseline).value_at(vote.peak)[1]
    assert seen is not None  # with a baseline there is a velocity
    reach = f"the wave there is seen to reach {output.text(seen)}{' at least' * vote.at_least}"
    return Flag.ENVELOPE_DISAGREES, f"{name} is put at {own}; {reach}. {vote.why}".strip()
