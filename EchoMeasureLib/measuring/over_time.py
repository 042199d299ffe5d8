"""What other frames say against a caliper of a cine."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Mapping, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Output
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.beside_frames import NEAR_S
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.compared import (
    Compared,
    Remark,
    Series,
    line_of,
    representatives,
    shown,
    sound,
)
from EchoMeasureLib.measuring.ground import plain_length
from EchoMeasureLib.measuring.long_axis import is_annulus, reach
from EchoMeasureLib.measuring.neighbours import WALLS, Jump, Sample, find_jumps
from EchoMeasureLib.measuring.proportions import (
    outvoted,
    thin_all_through,
    thinning,
    too_small,
    too_thin,
)
from EchoMeasureLib.measuring.unsure_points import LOW_CONFIDENCE

VENTRICLE, ROOT = "lvid", "aortic_root"
BESIDE_VENTRICLE = ("ivs", "lvpw", "aortic_root", "aorta")
"""What is compared over time with the ventricle's diameter as well."""


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
        known = representatives(items)
        ids = [about] if about else list(dict.fromkeys(id for id, _ in known))
        for place, remark in _over_time(cine, cine.times, items, known, against, ids):
            found[place].append(remark)
        for place, remark in _of_beats(cine, cine.times, items, known, ids):
            found[place].append(remark)
        for place, remark in _at_annulus(cine, items, known, against, ids):
            found[place].append(remark)
    return [tuple(remarks) for remarks in found]


def _over_time(
    cine: Cine,
    times: Sequence[float],
    items: Sequence[Compared],
    known: Series,
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
            assert value is not None  # as `representatives` takes them
            witness = sound(item) and not against[place]
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
    own, other = (line_of(one.points, at) for one in (caliper, items[ventricle].caliper))
    return reach(own, other) if own.length and other.length else None


def _of_beats(
    cine: Cine,
    times: Sequence[float],
    items: Sequence[Compared],
    known: Series,
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
            if thin := thin_all_through(own, ventricle):
                texts = output.text(thin[0] / 10), f"{thin[1] / 10:.1f} cm"
                for frame in own:
                    if not too_thin(own[frame], ventricle.get(frame, 0.0)):
                        words = f"{name} is {texts[0]} in diastole, in a ventricle of {texts[1]}."
                        said.setdefault(frame, words)
        said = {f: words for f, words in said.items() if not shown(cine, items[places[f]])}
        off = [f for f, place in places.items() if Flag.OFF_WALL in items[place].caliper.flags]
        for frame in outvoted({frame: times[frame] for frame in places}, off):
            said.setdefault(frame, f"An end of {name} is off the wall on most frames beside it.")
        for frame, words in said.items():
            if not items[places[frame]].stands:
                yield places[frame], Remark(Flag.AT_ODDS, words)


def _at_annulus(
    cine: Cine,
    items: Sequence[Compared],
    known: Series,
    against: Sequence[bool],
    ids: Sequence[str],
) -> Iterable[tuple[int, Remark]]:
    """Roots that are the annulus all through, where nothing but the ventricle lies beside them."""
    for (id, region), places in known.items():
        if id != ROOT or id not in ids:
            continue
        ventricle = {
            frame: place
            for frame, place in known.get((VENTRICLE, region), {}).items()
            if sound(items[place]) and not against[place]
        }
        largest = max(_millimetres(ventricle, items).values(), default=0.0)
        own = _millimetres(places, items)
        reached = {f: _reach(items[p], ventricle.get(f), items, cine) for f, p in places.items()}
        both = {frame: mm for frame, mm in reached.items() if mm is not None}
        if not is_annulus([own[frame] for frame in both], [*both.values()], largest):
            continue
        near = statistics.median(both.values())
        words = (
            f"{CATALOG[id].short_name} lies {near:.0f} mm from the ventricle's calipers through "
            f"the clip, and is less than half as wide as the ventricle: this may be the annulus."
        )
        for place in places.values():
            if not items[place].stands:
                yield place, Remark(Flag.WRONG_LEVEL, words)


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
