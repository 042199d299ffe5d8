"""What a `measurements.json` must be to those who read it: right, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

from review_studies import plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.measurements_reading import parse_measurements
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.texts import json_text


def sound_measurements() -> str:
    """Calipers of every kind of origin and status: small, so that damage hits every part."""
    review = Review(plax(3), "\u00c5sa")
    for frame in range(2):
        review.add_prediction(predicted("lvid", frame, upright(45.1 + frame), 0.9))
    review.accept("lvid-f0")
    review.choose("lvid-f0", Phase.ED)
    review.note("lvid-f1", "off axis \u2013 \u6597")
    review.place("ivs", 0, upright(10))
    review.describe(Subject("F", 162.5, 61))
    review.examine(Examination(lavi=30))
    (key,) = review.images
    return json_text(document(review, key))


def sound_strip() -> str:
    """Two beats of a jet, one of them left out."""
    review = Review(spectral(RegionKind.CW), "AB")
    review.add_prediction(predicted_beats("avvmax", [[(9, 50)], [(30, 52)]]))
    review.leave_out("avvmax-f0", "ectopic")
    (key,) = review.images
    return json_text(document(review, key))


def try_measurements(path: Path) -> str:
    """Read what is there, draw the conclusions, and write and read it once more.

    Gives "read" or "refused: ..."; raises `AssertionError` for an answer that is not right.
    Any error but `EchoMeasureError` is a failure too.
    """
    try:
        review = read_study([path]).review
    except EchoMeasureError as error:
        return f"refused: {error.problem}"
    review.sheet()
    (key,) = review.images
    review.beats(key)
    again = parse_measurements(document(review, key), "again")
    assert again.entries == tuple(review.entries.values()), "not as it was read"
    assert again.image == review.images[key]
    return "read"
