"""What other frames, other calipers and a strip's waves say against a caliper: flags with words.

Lengths on 2-D images are compared with each other, a beat of a strip with its other beats, and a
Doppler point with the wave that it lies on. The checks themselves are `neighbours`, `long_axis`,
`odd_beats` and `envelope`; what they are given is decided here and in `over_time`: calipers that
something else speaks against are no witnesses, those that a reviewer put are, and those the
reviewer stands behind are never flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind
from EchoMeasureLib.flags import BESIDE, Flag
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.compared import (
    Compared,
    Remark,
    Series,
    line_of,
    representatives,
    shown,
    sound,
)
from EchoMeasureLib.measuring.drawn_edges import against_edge
from EchoMeasureLib.measuring.envelope.against import against_waves
from EchoMeasureLib.measuring.fastest_echo import against_echoes
from EchoMeasureLib.measuring.fitted_excursion import against_motion
from EchoMeasureLib.measuring.long_axis import misfits
from EchoMeasureLib.measuring.odd_beats import find_odd_beats, unsure_strip
from EchoMeasureLib.measuring.over_time import time_remarks
from EchoMeasureLib.measuring.traced_peaks import peaks_apart
from EchoMeasureLib.measuring.values import Value


def checked(cine: Cine, calipers: Sequence[Caliper]) -> tuple[Caliper, ...]:
    """The calipers of one image, in their order, with the flags of `flags.BESIDE`.

    >>> from EchoMeasureLib import measure, pixel_points, read
    >>> cine = read("echo.dcm")
    >>> ends = {"ivs": [(300, 200), (300, 240)], "lvid": [(300, 300), (300, 480)]}
    >>> walls = [measure(cine, id, pixel_points(points)) for id, points in ends.items()]
    >>> [flag.words for flag in checked(cine, walls)[0].flags]
    ['calipers of one wall do not meet']
    """
    remarks = find_remarks(cine, [Compared(caliper) for caliper in calipers])
    return tuple(with_remarks(c, said) for c, said in zip(calipers, remarks, strict=True))


def find_remarks(cine: Cine, items: Sequence[Compared]) -> list[tuple[Remark, ...]]:
    """What speaks against each of the calipers of one image, in their order."""
    on_frames = frame_remarks(cine, items)
    over_time = time_remarks(cine, items, [speaks_against(remarks) for remarks in on_frames])
    return [(*first, *second) for first, second in zip(on_frames, over_time, strict=True)]


def speaks_against(remarks: Iterable[Remark]) -> bool:
    """Whether any of these is more than words."""
    return any(remark.flag is not None for remark in remarks)


def frame_remarks(cine: Cine, items: Sequence[Compared]) -> list[tuple[Remark, ...]]:
    """What the other calipers and the waves of its frame say against each.

    All those of a frame are needed.
    """
    found: list[list[Remark]] = [
        [] if item.stands else list(_by_itself(cine, item)) for item in items
    ]
    for place, remark in _on_frames(cine, items, representatives(items)):
        found[place].append(remark)
    for place, remark in (*_between_beats(items), *_of_unsure_strips(items)):
        found[place].append(remark)
    for place, remark in _of_one_flow(cine, items):
        if remark.flag not in {said.flag for said in found[place]}:
            found[place].append(remark)
    return [tuple(remarks) for remarks in found]


def with_remarks(caliper: Caliper, remarks: Iterable[Remark]) -> Caliper:
    """The caliper with these in place of what was said against it before."""
    said = tuple(dict.fromkeys(remarks))
    if not said and not any(value.beside or BESIDE & {*value.flags} for value in caliper.values):
        return caliper
    return replace(caliper, values=tuple(_with_remarks(value, said) for value in caliper.values))


def _with_remarks(value: Value, remarks: Iterable[Remark]) -> Value:
    here = [remark for remark in remarks if remark.about(value.id)]
    own = (flag for flag in value.flags if flag not in BESIDE)
    new = dict.fromkeys(remark.flag for remark in here if remark.flag is not None)
    return replace(value, flags=(*own, *new), beside=" ".join(remark.words for remark in here))


def bare(caliper: Caliper) -> Caliper:
    """The caliper without what other frames and calipers say against it."""
    return with_remarks(caliper, ())


def carried(old: Caliper, new: Caliper) -> Caliper:
    """`new`, which lies where `old` does, with what was said against `old`."""
    values = tuple(
        replace(v, flags=(*v.flags, *(f for f in was.flags if f in BESIDE)), beside=was.beside)
        for v, was in zip(new.values, old.values, strict=True)
    )
    return replace(new, values=values)


def _by_itself(cine: Cine, item: Compared) -> Iterable[Remark]:
    """What the strip under it and the other reader say."""
    for flag, words in (
        *_alone(item),
        *against_edge(cine, item.caliper),
        *against_echoes(cine, item.caliper),
        *against_motion(cine, item.caliper),
    ):
        yield Remark(flag, words)
    for flag, words, values in against_waves(cine, item.caliper):
        yield Remark(flag, words, values)


def _alone(item: Compared) -> Iterable[tuple[Flag | None, str]]:
    """That no other reader sees the beat; words alone where a person has put it."""
    if not item.alone:
        return
    if item.by_hand:
        if not item.stands:
            yield None, "It was put by hand on a beat that no reader has found on this strip."
    elif item.caliper.origin is Origin.ENVELOPE:
        yield Flag.ONLY_ENVELOPE, "Only the envelope reader sees this beat, not the network."
    else:
        yield Flag.ONLY_NETWORK, "Only the network sees this beat, not the envelope reader."


def _on_frames(
    cine: Cine, items: Sequence[Compared], known: Series
) -> Iterable[tuple[int, Remark]]:
    """Walls that do not meet, and vessels at the wrong level."""
    frames: dict[tuple[int, int], dict[str, int]] = {}
    for (id, region), there in known.items():
        for frame, place in there.items():
            if sound(items[place]):
                frames.setdefault((frame, region), {})[id] = place
    names = {id: CATALOG[id].short_name for id, _ in known}
    for (_, region), places in frames.items():
        if len(places) < 2:
            continue
        at = cine.region(region)
        lines = {id: line_of(items[place].caliper.points, at) for id, place in places.items()}
        for misfit in misfits(lines, names):
            about = [places[id] for id in misfit.measurements]
            if misfit.flag is Flag.AT_ODDS and all(shown(cine, items[at]) for at in about):
                continue
            # Where a person put one of two, the other is wrong.
            by_network = [place for place in about if not items[place].by_hand]
            for place in by_network or about:
                if not items[place].stands:
                    yield place, Remark(misfit.flag, misfit.words)


def _between_beats(items: Sequence[Compared]) -> Iterable[tuple[int, Remark]]:
    """Beats of a strip that are unlike the others of it."""
    strips: dict[tuple[str, int, int | None], list[int]] = {}
    for place, item in enumerate(items):
        caliper = item.caliper
        if CATALOG[caliper.measurement].on_strip and item.witness and sound(item):
            key = caliper.measurement, caliper.frame, caliper.region
            strips.setdefault(key, []).append(place)
    for (id, _, _), places in strips.items():
        for number, output in enumerate(CATALOG[id].outputs):
            values = {place: items[place].caliper.values[number].value for place in places}
            known = {place: value for place, value in values.items() if value is not None}
            stands = [items[place].stands for place in known]
            beats = list(known)
            seconds = [items[place].caliper.strip_s for place in known]
            times = [time for time in seconds if time is not None]
            times = times if len(times) == len(seconds) else []
            for at, middle in find_odd_beats(list(known.values()), stands, times).items():
                own = output.text(known[beats[at]])
                others = f"the other {output.phase.cycle}s have {output.text(middle)}"
                words = f"{output.name_at(None)} is {own}, where {others}."
                yield beats[at], Remark(Flag.JUMP, words)


def _of_one_flow(cine: Cine, items: Sequence[Compared]) -> Iterable[tuple[int, Remark]]:
    """Tracings whose peak is another one than that of the same wave beside them."""
    places = [place for place, item in enumerate(items) if item.witness]
    for at, words in peaks_apart(cine, [items[place].caliper for place in places]):
        if not items[places[at]].stands:
            yield places[at], Remark(Flag.ENVELOPE_DISAGREES, words)


def _of_unsure_strips(items: Sequence[Compared]) -> Iterable[tuple[int, Remark]]:
    """Beats of an M-mode on which the network of the package is usually unsure.

    The waves of a Doppler strip speak for themselves.
    """
    strips: dict[tuple[str, int, int | None], list[int]] = {}
    for place, item in enumerate(items):
        caliper = item.caliper
        excursion = CATALOG[caliper.measurement].caliper is CaliperKind.EXCURSION
        if excursion and caliper.origin is Origin.PREDICTED:
            known = caliper.model is not None and caliper.model.set == WeightSet.PHANTOM.value
            if known and item.witness:
                key = caliper.measurement, caliper.frame, caliper.region
                strips.setdefault(key, []).append(place)
    for places in strips.values():
        sure = [lowest_confidence(items[place].caliper.points) or 0.0 for place in places]
        if words := unsure_strip(sure):
            for place in places:
                if not items[place].stands:
                    yield place, Remark(Flag.AT_ODDS, words)
