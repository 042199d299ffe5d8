"""What a review document must be to those who read it: right, or refused in a sentence."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from review_studies import SteppingClock, plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError, InvalidDocument
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import Saver, dumps, parse, read_document, resume
from EchoMeasureLib.review.session import Review


def sound_document() -> str:
    """A review with something of everything: small, so that damage hits every part of it."""
    review = Review(plax(), "\u00c5sa", SteppingClock())
    key = review.add_cine(spectral(RegionKind.CW))
    for frame in range(2):
        review.add_prediction(predicted("lvid", frame, upright(45.1 + frame), 0.9, 1.3))
    review.add_prediction(predicted_beats("avvmax", [[(9, 30)], [(30, 32)]]), key)
    review.accept("lvid-f0")
    review.choose("lvid-f0", Phase.ED)
    review.mark(1, Phase.ES)
    review.leave_out("lvid-f1", "ectopic")
    review.reject("lvid-f1", "off axis \u2013 \u6597")
    review.note("lvid-f1", "twice")
    review.place("ivs", 0, upright(10))
    review.delete("ivs-f0")
    review.describe(Subject("F", 162.5, 61, 70, from_file=frozenset({"age"})))
    review.examine(Examination(Rhythm.AF, heart_rate=80, rap=8))
    region = Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.11, 0.11))
    review.calibrate([region], reason="ruler")
    return dumps(review, lambda: datetime(2026, 1, 1, tzinfo=timezone.utc))


def try_document(path: Path) -> str:
    """Read what is there, go on with every layer of it, and save beside it.

    Gives "read" or "refused: ..."; raises `AssertionError` for an answer that is not right.
    Any error but `EchoMeasureError` is a failure too.
    """
    try:
        document = read_document(path)
    except InvalidDocument as error:
        return f"refused: {error.problem}"
    for reviewer in document.layers:
        try:
            review = resume(document, plax(), reviewer, SteppingClock())
        except EchoMeasureError as error:
            return f"refused: {error.problem}"
        _check_written(review)
        beside = path.with_name("copy.json")
        beside.write_bytes(path.read_bytes())
        Saver(review, beside).save(0)
        again = read_document(beside)
        assert set(again.layers) == set(document.layers), "a layer was lost"
        assert again.layers[reviewer].entries == review.layer().entries
        for other in set(document.layers) - {reviewer}:
            assert again.layers[other] == document.layers[other], "another layer changed"
    return "read"


def _check_written(review: Review) -> None:
    layer = parse(dumps(review), "it").layers[review.reviewer]
    now = review.layer()
    assert (layer.entries, layer.audit) == (now.entries, now.audit)
    assert (layer.subject, layer.examination) == (now.subject, now.examination)
    assert layer.calibrations == now.calibrations
