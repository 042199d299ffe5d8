"""The beats of an image as records: end-diastoles and end-systoles, rate and rhythm."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.summaries import alone, summary_records
from EchoMeasureLib.measuring.rhythm import HeartRhythm, heart_rhythm
from EchoMeasureLib.measuring.sheet_values import BEAT, cycle_of
from EchoMeasureLib.review.layer_records import mark_record
from EchoMeasureLib.review.session import Review


def beats_of_image(review: Review, image: str) -> Record:
    """The beats of one image, and what each gives of each value. It need not be open."""
    only = alone(review, image)
    return {
        "number": list(review.images).index(image) + 1,
        "image": image,
        "heart": heart_record(only, image),
        "values": [value for value in summary_records(only) if value["beats"]],
    }


def heart_record(review: Review, image: str) -> Record:
    """The beats of a cine, found in its LVID, or why there are none; rate and rhythm.

    Those of a strip are told from the times of its beats. The image need not be open.
    """
    facts = review.images[image]
    found = review.beats(image)
    rhythm, source = found.rhythm, found.source
    if facts.frame_count == 1:
        rhythm = _strip_rhythm(review, image)
        source = "peaks" if rhythm.rr_s else ""
    return {
        "found_by": source,
        "reason": found.reason if facts.frame_count > 1 else "",
        "warnings": list(found.warnings),
        "marked": mark_record(review.marks(image)),
        "heart_rate": rhythm.rate,
        "rr_s": list(rhythm.rr_s),
        "rhythm": rhythm.words,
        "beats": [
            {
                "number": number,
                "ed": beat.ed,
                "ed_s": _time(facts.times, beat.ed),
                "es": beat.es,
                "es_s": _time(facts.times, beat.es),
                "complete": beat.complete,
                "why_not": beat.why_not,
            }
            for number, beat in enumerate(found.beats, 1)
        ],
    }


def _strip_rhythm(review: Review, image: str) -> HeartRhythm:
    """From the measurement of the strip that shows most beats."""
    times = [
        [beat.time_s for beat in measured.beats if beat.image == image and beat.time_s is not None]
        for id, measured in review.measured().items()
        if cycle_of(id) == BEAT  # breaths are no beats
    ]
    return heart_rhythm(max(times, key=len, default=[]))


def _time(times: Sequence[float] | None, frame: int | None) -> float | None:
    return None if times is None or frame is None else times[frame]
