"""`measurements.json`: everything about the calipers of one image, to be read back without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from types import MappingProxyType

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.exporting.beat_records import heart_record
from EchoMeasureLib.exporting.curve_rows import breath_records
from EchoMeasureLib.exporting.measurement_records import (
    MEASUREMENTS_SCHEMA,
    Record,
    result_records,
    software_record,
    source_record,
)
from EchoMeasureLib.exporting.summaries import alone, summary_records
from EchoMeasureLib.inference.quality_findings import Quality
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.frames_run import frames_run
from EchoMeasureLib.review.image_records import image_record
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.person_records import examination_record, subject_record
from EchoMeasureLib.review.session import Review


def document(
    review: Review,
    image: str,
    entries: Iterable[Entry] | None = None,
    not_measured: Mapping[str, str] | None = None,
    quality: Quality | None = None,
    curves: Mapping[int, CavaCurve] = MappingProxyType({}),
) -> Record:
    """The contents of `measurements.json` for one image of a review.

    `entries` are all calipers of the image unless given; `not_measured` gives a reason per
    measurement id, `quality` how good the picture was when networks measured in it, `curves` the
    diameter of a vena cava over time, by frame.
    """
    only = alone(review, image)
    facts = review.images[image]
    mine = [entry for entry in review.entries.values() if entry.image == image]
    return {
        "schema": MEASUREMENTS_SCHEMA,
        "notice": RESEARCH_USE_ONLY,
        "software": software_record(),
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "source": {**source_record(facts), **_more_of(facts)},
        "subject": subject_record(review.subject),
        "examination": examination_record(review.examination),
        "summary": summary_records(only),
        "heart": heart_record(only, image),
        "results": result_records(only, mine if entries is None else entries),
        "not_measured": dict(not_measured or {}),
        **({"frames_run": run} if (run := frames_run(mine, facts)) else {}),
        **({"quality": quality.record()} if quality is not None else {}),
        **({"breaths": breath_records(curves)} if curves else {}),
    }


_FACTS = (
    *("transfer_syntax_uid", "modality", "manufacturer", "model", "patient"),
    *("times_s", "r_waves_s", "heart_rate"),
)
"""What a review document says of an image besides, so that the numbers can be read back."""


def _more_of(facts: ImageFacts) -> Record:
    record = image_record(facts)
    return {key: record[key] for key in _FACTS}
