"""The pictures of a report: the fewest frames that show every value once, calipers drawn."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.drawn_images import as_reviewed
from EchoMeasureLib.exporting.labels import label_lines
from EchoMeasureLib.exporting.pictures import draw_calipers, part_to_show
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.formula_inputs import QUANTITIES
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.image_files import FindImages
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.rounding import frame_words

Place = tuple[str, int]
"""Key of an image, and a frame of it."""


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One frame of a report, as a picture or with the reason why there is none."""

    image: str
    """Key of the image."""
    frame: int
    entries: tuple[Entry, ...]
    """The calipers on it."""
    title: str
    """Such as "Image 1, frame 41 (0.80 s), end-diastole"."""
    values: tuple[str, ...]
    """What the calipers say, such as "LVIDd 4.71 cm"."""
    data_url: str
    """The picture as PNG, ready to be embedded; empty where there is none."""
    reason: str
    """Why there is none."""


def _nowhere(keys: Iterable[str]) -> Iterator[tuple[str, Cine]]:
    """Finds no image."""
    return iter(())


def shown_frames(
    review: Review, find: FindImages = _nowhere, monitor: Monitor = silent
) -> tuple[ShownFrame, ...]:
    """The frames that a report shows, in the order of the study.

    Pixels come from the images that are found; only calibrated regions are shown. Numbers stay
    those of the review. Raises as `find` does.
    """
    chosen = _chosen(review)
    keys = dict.fromkeys(image for image, _ in chosen)
    drawn: dict[Place, tuple[str, str]] = {}
    for key, cine in find(keys):
        for place in (place for place in chosen if place[0] == key):
            monitor(Progress(len(drawn), len(chosen), "pictures"))
            drawn[place] = _picture(review, cine, place[1], chosen[place])
    order = {key: number for number, key in enumerate(review.images)}
    missing = ("", "The file of the image was not at hand.")
    return tuple(
        ShownFrame(
            *place,
            tuple(chosen[place]),
            _title(review, place, order[place[0]] + 1, chosen[place]),
            tuple(_values(review, chosen[place])),
            *drawn.get(place, missing),
        )
        for place in sorted(chosen, key=lambda place: (order[place[0]], place[1]))
    )


def _chosen(review: Review) -> dict[Place, list[Entry]]:
    """Each frame to show with its calipers.

    The frame on which most values are to be seen that have not been shown yet comes first, of
    several the earliest. Of a value with no caliper that counts a doubtful one is shown.
    """
    left = {id: shows for id, shows in _candidates(review).items() if shows}
    found: dict[Place, list[Entry]] = {}
    while left:
        seen: dict[Place, int] = {}
        for shows in left.values():
            for place in shows:
                seen[place] = seen.get(place, 0) + 1
        order = list(review.images)
        best = min(seen, key=lambda at: (-seen[at], order.index(at[0]), at[1]))
        found[best] = []
        left = {id: shows for id, shows in left.items() if best not in shows}
    for shows in _candidates(review).values():
        for place in found.keys() & shows.keys():
            found[place] += [entry for entry in shows[place] if entry not in found[place]]
    return found


def _candidates(review: Review) -> Mapping[str, dict[Place, list[Entry]]]:
    """By measured value, the frames that show it with the calipers that do."""
    found: dict[str, dict[Place, list[Entry]]] = {}
    for id, measured in review.measured().items():
        places = found.setdefault(id, {})
        for entry in map(review.entry, measured.entries or _in_doubt(review, measured)):
            if entry.status is not Status.REJECTED:
                places.setdefault((entry.image, entry.frame), []).append(entry)
    return found


def _in_doubt(review: Review, measured: Measured) -> list[str]:
    """The calipers of a value none of which counts: those of its beats, else all."""
    of_beats = [id for beat in measured.beats for id in beat.entries]
    entries = review.entries.values()
    return of_beats or [e.id for e in entries if e.measurement == _MEASURED.get(measured.id)]


_MEASURED = {quantity.id: quantity.measurement for quantity in QUANTITIES}


def _picture(review: Review, cine: Cine, frame: int, entries: list[Entry]) -> tuple[str, str]:
    """The picture and an empty reason, or no picture and the reason."""
    from PIL import Image

    try:
        cine = as_reviewed(review, entries[0].image, cine)
        part = part_to_show(cine, keep_screen=False)
        calipers = [entry.caliper for entry in entries]
        phase = _phase(review, entries)
        drawn = draw_calipers(cine.frame(frame), calipers, part, phase)
    except EchoMeasureError as error:
        return "", error.problem
    data = io.BytesIO()
    Image.fromarray(drawn).save(data, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode('ascii')}", ""


def _title(review: Review, place: Place, number: int, entries: Iterable[Entry]) -> str:
    image, frame = place
    facts = review.images[image]
    if facts.frame_count == 1:
        return f"Image {number}"
    time = facts.times[frame] if facts.times is not None else None
    phase = _phase(review, entries)
    words = f"Image {number}, {frame_words(frame, time)}"
    return f"{words}, {phase.words}" if phase is not None else words


def _phase(review: Review, entries: Iterable[Entry]) -> Phase | None:
    """That of a frame, where one of its calipers knows it."""
    return next((phase for phase in map(review.phase_of, entries) if phase is not None), None)


def _values(review: Review, entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        words = ", ".join(flag.words for flag in entry.caliper.flags)
        line = ", ".join(label_lines(entry.caliper, review.phase_of(entry)))
        line = f"{line}: {words}." if words else line
        yield " ".join((line, *entry.caliper.sentences)) if words else line
