"""On which frames of a cine networks were run. The rest is not measured; nothing fills it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from EchoMeasureLib.catalog import CATALOG, RANK
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts


def which_frames_run(entries: Iterable[Entry], facts: ImageFacts) -> dict[str, tuple[int, ...]]:
    """The frames of an image on which networks placed each measurement, in clinical order.

    From 0, rising. Empty for a still, and of what is made on strips.
    """
    frames: dict[str, set[int]] = {}
    for entry in entries:
        own = entry.image == facts.key and not CATALOG[entry.measurement].on_strip
        if own and any(said.origin is Origin.PREDICTED for said in entry.said):
            frames.setdefault(entry.measurement, set()).add(entry.frame)
    if facts.frame_count < 2:
        return {}
    return {id: tuple(sorted(frames[id])) for id in sorted(frames, key=RANK.__getitem__)}


def frames_run(entries: Iterable[Entry], facts: ImageFacts) -> dict[str, int]:
    """On how many frames that is."""
    return {id: len(frames) for id, frames in which_frames_run(entries, facts).items()}


def frames_run_words(run: Mapping[str, int], count: int) -> str:
    """Such as "Run on 71 of 120 frames (LVID) and 19 (IVS, LVPW)."; empty where all were run."""
    by_number: dict[int, list[str]] = {}
    for id, number in run.items():
        if number < count:
            by_number.setdefault(number, []).append(CATALOG[id].short_name)
    parts = [f"{number} ({', '.join(names)})" for number, names in by_number.items()]
    if not parts:
        return ""
    return f"Of {count} frames were run: {'; '.join(parts)}. The others are not measured."
