"""What other frames, other calipers and a strip's waves say against a caliper: flags with words.

Lengths on 2-D images are compared with each other, a beat of a strip with its other beats, and a
Doppler point with the wave that it lies on. The checks themselves are `neighbours`, `long_axis`,
`odd_beats` and `envelope`; what they are given is decided here: calipers that something else
speaks against are no witnesses, those that a reviewer put are, and those the reviewer stands behind
are never flagged.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind, Output
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.flags import BESIDE, Flag
from EchoMeasureLib.geometry import Landmark, lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.beside_frames import NEAR_S
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measuring.calipers import LOW_CONFIDENCE, Caliper, Origin
from EchoMeasureLib.measuring.envelope.against import against_waves
from EchoMeasureLib.measuring.fastest_echo import against_echoes
from EchoMeasureLib.measuring.ground import plain_length
from EchoMeasureLib.measuring.hard_pictures import kept_hardness
from EchoMeasureLib.measuring.long_axis import Line, misfits, reach
from EchoMeasureLib.measuring.neighbours import WALLS, Jump, Sample, find_jumps
from EchoMeasureLib.measuring.odd_beats import find_odd_beats, unsure_strip
from EchoMeasureLib.measuring.proportions import outvoted, thinning, too_small
from EchoMeasureLib.measuring.traced_peaks import peaks_apart
from EchoMeasureLib.measuring.wall_edges import ends_shown

VENTRICLE = "lvid"
BESIDE_VENTRICLE = ("ivs", "lvpw", "aortic_root", "aorta")
"""What is compared over time with the ventricle's diameter as well."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that speaks against a caliper, or that could not speak though it was asked."""

    flag: Flag | None
    """None for words alone: what could not be checked."""
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A caliper, and what the reviewer thinks of it."""

    caliper: Caliper
    witness: bool = True
    """Whether others may be compared with it: not where it was rejected or left out."""
    stands: bool = False
    """Whether the reviewer stands behind it whatever lies beside it."""
    alone: bool = False
    """Whether only the reader that put it sees this beat of the strip, where both were asked."""

    @property
    def by_hand(self) -> bool:
        return self.caliper.origin.by_hand


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
        [] if item.stands else [Remark(*said) for said in _by_itself(cine, item)] for item in items
    ]
    for place, remark in _on_frames(cine, items, _representatives(items)):
        found[place].append(remark)
    for place, remark in (*_between_beats(items), *_of_unsure_strips(items)):
        found[place].append(remark)
    for place, remark in _of_one_flow(cine, items):
        if remark.flag not in {said.flag for said in found[place]}:
            found[place].append(remark)
    return [tuple(remarks) for remarks in found]


def time_remarks(
    cine: Cine, items: Sequence[Compared], against: Sequence[bool], about: str = ""
) -> list[tuple[Remark, ...]]:
    """What other frames say against each. All those of a measurement are needed, and for those
    of `BESIDE_VENTRICLE` all of the ventricle's too.

    `against`: whether `frame_remarks` says anything against it, so that it is no witness. With
    `about`, the id of a measurement, nothing is said of the others.
    """
    found: list[list[Remark]] = [[] for _ in items]
    if cine.times is not None:
        known = _representatives(items)
        ids = [about] if about else list(dict.fromkeys(id for id, _ in known))
        for place, remark in _over_time(cine, cine.times, items, known, against, ids):
            found[place].append(remark)
        for place, remark in _of_beats(cine, cine.times, items, known, ids):
            found[place].append(remark)
    return [tuple(remarks) for remarks in found]


def with_remarks(caliper: Caliper, remarks: Iterable[Remark]) -> Caliper:
    """The caliper with these in place of what was said against it before."""
    said = tuple(dict.fromkeys(remarks))
    if not said and not any(value.beside or BESIDE & {*value.flags} for value in caliper.values):
        return caliper
    words = " ".join(remark.words for remark in said)
    new = tuple(dict.fromkeys(remark.flag for remark in said if remark.flag is not None))
    values = tuple(
        replace(v, flags=(*(f for f in v.flags if f not in BESIDE), *new), beside=words)
        for v in caliper.values
    )
    return replace(caliper, values=values)


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


_Series = Mapping[tuple[str, int], Mapping[int, int]]
"""By measurement and region: frame -> place of the caliper that stands for the frame."""


def _representatives(items: Sequence[Compared]) -> _Series:
    """Of several calipers of one measurement on a frame, one that was put by hand."""
    found: dict[tuple[str, int], dict[int, int]] = {}
    for place, item in enumerate(items):
        caliper = item.caliper
        linear = CATALOG[caliper.measurement].caliper is CaliperKind.LINEAR
        if not linear or caliper.region is None or caliper.values[0].value is None:
            continue
        if not item.witness:
            continue
        frames = found.setdefault((caliper.measurement, caliper.region), {})
        old = frames.get(caliper.frame)
        if old is None or _rank(item) > _rank(items[old]):
            frames[caliper.frame] = place
    return found


def _rank(item: Compared) -> tuple[bool, bool]:
    return item.stands, item.by_hand


def _sound(item: Compared) -> bool:
    """Whether nothing but its neighbours may speak against it."""
    return item.by_hand or not set(item.caliper.flags) - BESIDE


def _by_itself(cine: Cine, item: Compared) -> Iterable[tuple[Flag | None, str]]:
    """What the strip under it and the other reader say."""
    yield from _alone(item)
    yield from against_waves(cine, item.caliper)
    yield from against_echoes(cine, item.caliper)


def _alone(item: Compared) -> Iterable[tuple[Flag, str]]:
    """That the other reader does not see the beat; nothing once a person has put it."""
    if item.alone and not item.by_hand:
        if item.caliper.origin is Origin.ENVELOPE:
            yield Flag.ONLY_ENVELOPE, "Only the envelope reader sees this beat, not the network."
        else:
            yield (
                Flag.ONLY_NETWORK,
                "Only the network sees this beat, not the envelope reader.",
            )


def _on_frames(
    cine: Cine, items: Sequence[Compared], known: _Series
) -> Iterable[tuple[int, Remark]]:
    """Walls that do not meet, and vessels at the wrong level."""
    frames: dict[tuple[int, int], dict[str, int]] = {}
    for (id, region), there in known.items():
        for frame, place in there.items():
            if _sound(items[place]):
                frames.setdefault((frame, region), {})[id] = place
    names = {id: CATALOG[id].short_name for id, _ in known}
    for (_, region), places in frames.items():
        if len(places) < 2:
            continue
        at = cine.region(region)
        lines = {id: _line(items[place].caliper.points, at) for id, place in places.items()}
        for misfit in misfits(lines, names):
            about = [places[id] for id in misfit.measurements]
            if misfit.flag is Flag.AT_ODDS and all(_shown(cine, items[at]) for at in about):
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
        if CATALOG[caliper.measurement].on_strip and item.witness and _sound(item):
            key = caliper.measurement, caliper.frame, caliper.region
            strips.setdefault(key, []).append(place)
    for (id, _, _), places in strips.items():
        for number, output in enumerate(CATALOG[id].outputs):
            values = {place: items[place].caliper.values[number].value for place in places}
            known = {place: value for place, value in values.items() if value is not None}
            stands = [items[place].stands for place in known]
            beats = list(known)
            for at, middle in find_odd_beats(list(known.values()), stands).items():
                own = output.text(known[beats[at]])
                words = f"{output.name_at(None)} is {own}, where the other beats have "
                yield beats[at], Remark(Flag.JUMP, f"{words}{output.text(middle)}.")


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


def _shown(cine: Cine, item: Compared) -> bool:
    """Whether the picture shows its ends on walls: then a strange size is disease, no error."""
    caliper = item.caliper
    if caliper.region is None:
        return False
    region = cine.region(caliper.region)
    try:
        picture, hard = cine.frame(caliper.frame), kept_hardness(cine, caliper.frame, region)
    except UnreadableFile:
        return False  # a frame that cannot be seen shows nothing
    p, q = (point.point for point in caliper.points)
    return ends_shown(caliper.measurement, picture, region, p, q, hard)


def _line(points: Sequence[Landmark], region: Region) -> Line:
    dx, dy = (10 * abs(delta) for delta in region.delta)
    p, q = ((point.x * dx, point.y * dy) for point in points)
    return Line(p, q)


def _over_time(
    cine: Cine,
    times: Sequence[float],
    items: Sequence[Compared],
    known: _Series,
    against: Sequence[bool],
    ids: Sequence[str],
) -> Iterable[tuple[int, Remark]]:
    """Values that jump from those of the frames beside them."""
    for (id, region), places in known.items():
        if id not in ids:
            continue
        output = CATALOG[id].outputs[0]
        samples: dict[int, Sample] = {}
        for item in (items[place] for place in places.values()):
            samples |= _near(item.caliper, cine.region(region), times)
        for frame, place in places.items():
            item, value = items[place], items[place].caliper.values[0].value
            assert value is not None  # as `_representatives` takes them
            witness = _sound(item) and not against[place]
            far = _reach(item, known.get((VENTRICLE, region), {}).get(frame), items, cine)
            samples[frame] = Sample(times[frame], 10 * value, witness, item.stands, far)
        order = sorted(samples)
        rising = all(times[a] < times[b] for a, b in itertools.pairwise(order))
        if not rising:
            continue
        for at, jump in find_jumps(id, [samples[frame] for frame in order]).items():
            place = places.get(order[at], -1)
            if place >= 0:
                yield place, Remark(Flag.JUMP, _jump_words(output, samples[order[at]], jump))


def _reach(
    item: Compared, ventricle: int | None, items: Sequence[Compared], cine: Cine
) -> float | None:
    """How far a vessel's caliper lies from the ventricle's of its frame, mm; None without."""
    caliper = item.caliper
    if caliper.measurement not in BESIDE_VENTRICLE or ventricle is None or caliper.region is None:
        return None
    at = cine.region(caliper.region)
    own, other = (_line(one.points, at) for one in (caliper, items[ventricle].caliper))
    return reach(own, other) if own.length and other.length else None


def _of_beats(
    cine: Cine,
    times: Sequence[float],
    items: Sequence[Compared],
    known: _Series,
    ids: Sequence[str],
) -> Iterable[tuple[int, Remark]]:
    """Sizes that no heart has in one beat, and frames most of whose neighbours are off the wall."""
    for (id, region), places in known.items():
        if id not in ids:
            continue
        output = CATALOG[id].outputs[0]
        name, own = output.name_at(None), _millimetres(places, items)
        said: dict[int, str] = {}
        if id == VENTRICLE:
            for frame, mm in too_small(own).items():
                texts = output.text(own[frame] / 10), output.text(mm / 10)
                said[frame] = f"{name} is {texts[0]}, less than half of its {texts[1]}."
        elif id in WALLS:
            ventricle = _millimetres(known.get((VENTRICLE, region), {}), items)
            for frame, mm in thinning(own, ventricle).items():
                texts = output.text(own[frame] / 10), output.text(mm / 10)
                said[frame] = f"{name} is {texts[0]} in systole and {texts[1]} in diastole."
        said = {f: words for f, words in said.items() if not _shown(cine, items[places[f]])}
        off = [f for f, place in places.items() if Flag.OFF_WALL in items[place].caliper.flags]
        for frame in outvoted({frame: times[frame] for frame in places}, off):
            said.setdefault(frame, f"An end of {name} is off the wall on most frames beside it.")
        for frame, words in said.items():
            if not items[places[frame]].stands:
                yield places[frame], Remark(Flag.AT_ODDS, words)


def _millimetres(places: Mapping[int, int], items: Sequence[Compared]) -> dict[int, float]:
    """Lengths by frame."""
    values = {frame: items[place].caliper.values[0].value for frame, place in places.items()}
    return {frame: 10 * value for frame, value in values.items() if value is not None}


def _near(caliper: Caliper, region: Region, times: Sequence[float]) -> dict[int, Sample]:
    """What the network said of the frames beside it, where they were run for comparison."""
    found = {}
    for near in caliper.near:
        if (mm := plain_length(region, near.points, LOW_CONFIDENCE)) is not None:
            found[near.frame] = Sample(times[near.frame], mm)
    return found


def _jump_words(output: Output, sample: Sample, jump: Jump) -> str:
    name, own, other = (
        output.name_at(None),
        output.text(sample.mm / 10),
        output.text(jump.expected_mm / 10),
    )
    if jump.torn:
        return f"{name} has two sizes in this clip; nothing says which frames are right."
    if jump.clip:
        return f"{name} is {own}, where the clip has {other}."
    return f"{name} is {own}, where the frames within {NEAR_S:g} s have {other}."
