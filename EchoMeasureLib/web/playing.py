"""A cine as the page plays it: its frames as JPEG, when each is due, and what lies on them.

The page draws them by itself, in the time in which the heart went, and drops what is late. It asks
for each frame once, ahead of its time.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.words import shown_frame_words
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.exporting.labels import labels_of
from EchoMeasureLib.review.entries import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from EchoMeasureLib.review.entries import Entry
    from EchoMeasureLib.web.sitting import Sitting

USUAL_FPS = 25.0
"""Where the file does not say when its frames were taken."""

QUALITY = 85


def played(sitting: Sitting) -> dict[str, Any]:
    """All that the page needs to play the open cine but its frames.

    Raises `InvalidState` for a still, and where no image is open.
    """
    study = sitting.desk.study
    cine = study.need_cine()
    if cine.frame_count < 2:
        raise InvalidState("A still does not play.")
    times, round_s = due(cine.times, cine.frame_count)
    ed, es = study.phase_frames()
    return {
        "pictures": sitting.pictures,
        "frame": max(0, study.frame),
        "times": list(times),
        "round": round_s,
        "words": [shown_frame_words(cine, frame, ed, es) for frame in range(len(times))],
        "calipers": _calipers(sitting),
    }


def due(times: Sequence[float] | None, count: int) -> tuple[tuple[float, ...], float]:
    """Seconds from the first frame to each, and to the end; the last is seen as long as others."""
    if times is None or times[-1] <= times[0]:
        times = tuple(frame / USUAL_FPS for frame in range(count))
    since = tuple(time - times[0] for time in times)
    return since, since[-1] * count / (count - 1)


def frame_jpeg(sitting: Sitting, pictures: int, frame: int) -> bytes | None:
    """One frame as it is shown; None for one of an image, or a light, that is no longer on."""
    from PIL import Image

    located = sitting.desk.study.located
    if located is None or pictures != sitting.pictures:
        return None
    if not 0 <= frame < located.nodes.frame_count:
        return None
    file = io.BytesIO()
    values = sitting.light.shown(located.nodes.pictures.pixels(frame))
    Image.fromarray(values).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _calipers(sitting: Sitting) -> dict[str, list[dict[str, Any]]]:
    """By the frame, what is drawn over it: points in source pixels."""
    study = sitting.desk.study
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in study.need_review().entries.values():
        if entry.image == study.image and entry.status is not Status.REJECTED:
            found.setdefault(str(entry.frame), []).append(_drawn(sitting, entry))
    return found


def _drawn(sitting: Sitting, entry: Entry) -> dict[str, Any]:
    study, caliper = sitting.desk.study, entry.caliper
    row = CATALOG[caliper.measurement]
    labels = labels_of(caliper, study.need_review().phase_of(entry), study.lengths)
    return {
        "points": [[point.x, point.y] for point in caliper.points],
        "colour": row.colour,
        "joined": row.caliper.is_line or row.traced,
        "texts": [label.text for label in labels],
    }
