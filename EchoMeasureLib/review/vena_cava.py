"""Which calipers of the inferior vena cava count: at end-expiration, and in an inspiration.

Where the frames of a cine make a curve, all frames about its turns count, as their mean
(`measuring.breathing`). A few single frames show no breath: there the largest does and, of
those that the reviewer stands behind, the smallest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.measuring.averaging import mean_over_beats
from EchoMeasureLib.measuring.breathing import MIN_FRAMES, IvcMotion, Manoeuvre, read_ivc
from EchoMeasureLib.measuring.formula_inputs import INPUTS, SMALLEST_IVC
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.seen_beats import ALONE, SeenBeat, measured_over

OUTPUT = CATALOG["ivc"].outputs[0]


class VenaCava:
    """The largest and the smallest diameter, from the calipers that count (`counting`)."""

    def __init__(self, images: Mapping[str, ImageFacts], manoeuvre: Manoeuvre | None) -> None:
        self._images = images
        self._manoeuvre = manoeuvre

    def largest(self, counting: Sequence[Entry]) -> Measured:
        """At end-expiration. `counting` are calipers of one image, at least one."""
        motion = self._motion(counting)
        if motion.over_time:
            how = _mean_of(motion.max_frames, "at end-expiration")
            if motion.reason:
                how = _mean_of(motion.max_frames, "where it is widest")
            found = self._over(OUTPUT.formula_id, counting, motion.max_frames, how)
            return replace(found, warnings=motion.warnings)
        picked = _picked(counting)
        best = max(picked, key=_size)
        how = f"the largest of {len(picked)}" if len(picked) > 1 else ALONE
        return self._over(OUTPUT.formula_id, [best], (best.frame,), how)

    def smallest(self, counting: Sequence[Entry], largest: Measured) -> Measured:
        """In an inspiration, from the calipers of the image that gave the largest."""
        missing = Measured(SMALLEST_IVC, INPUTS[SMALLEST_IVC], None, OUTPUT.unit)
        motion = self._motion(counting)
        if motion.min_frames:
            how = _mean_of(motion.min_frames, "at its narrowest")
            found = self._over(SMALLEST_IVC, counting, motion.min_frames, how)
            return replace(found, warnings=motion.warnings)
        picked = _picked(counting)
        taken = {entry.frame for entry in counting if entry.id in largest.entries}
        others = [entry for entry in picked if entry.reviewed and entry.frame not in taken]
        many = len({entry.frame for entry in counting}) >= MIN_FRAMES
        if many or not others or not (largest.reviewed or largest.chosen):
            return replace(missing, missing=motion.reason)
        least = min(others, key=_size)
        how = f"the smallest of {len(others) + len(taken)}"
        return self._over(SMALLEST_IVC, [least], (least.frame,), how)

    def _motion(self, counting: Sequence[Entry]) -> IvcMotion:
        by_frame: dict[int, list[Entry]] = {}
        for entry in counting:
            by_frame.setdefault(entry.frame, []).append(entry)
        sizes = {
            frame: mean_over_beats([[e.caliper for e in here]], OUTPUT.id)
            for frame, here in by_frame.items()
        }
        placed = [frame for frame, here in by_frame.items() if any(e.reviewed for e in here)]
        times = self._images[counting[0].image].times
        return read_ivc(sizes, times, self._manoeuvre, placed)

    def _over(
        self, id: str, counting: Sequence[Entry], frames: Sequence[int], how: str
    ) -> Measured:
        """The mean over frames of one breath, as one beat."""
        entries = tuple(entry for entry in counting if entry.frame in set(frames))
        image, middle = entries[0].image, frames[len(frames) // 2]
        times = self._images[image].times
        time = None if times is None else times[middle]
        found = measured_over(id, OUTPUT, [SeenBeat(1, image, middle, time, entries)], None, how)
        return replace(found, name=INPUTS[id])


def _picked(counting: Sequence[Entry]) -> list[Entry]:
    """Of a few single frames those that the reviewer stands behind, where there are several."""
    behind = [entry for entry in counting if entry.reviewed]
    return behind if len({entry.frame for entry in behind}) > 1 else list(counting)


def _mean_of(frames: Sequence[int], where: str) -> str:
    return f"mean of {len(frames)} frames {where}" if len(frames) > 1 else f"one frame {where}"


def _size(entry: Entry) -> float:
    return entry.caliper.value(OUTPUT.id).value or 0.0
