"""Atrial fibrillation: the beat after two alike RR is said beside the mean (RATE-AF, 2021)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from review_studies import plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib.cli.result_lines import summary_lines
from EchoMeasureLib.exporting.beat_records import beats_of_image
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.review.session import Review

STARTS = (0.2, 1.0, 1.8, 2.8, 3.4)
"""RR of 0.8, 0.8, 1.0 and 0.6 s: of these beats the third alone follows two alike."""


@pytest.fixture
def jets() -> Review:
    """TR of 2.0, 2.1, 2.4, 2.2 and 1.9 m/s; 0.05 s a column, 10 cm/s a row below row 20."""
    review = Review(spectral(RegionKind.CW), "AB")
    (region,) = review.cine().regions
    review.calibrate([replace(region, delta=(0.05, -10.0))])
    rows = (40.0, 41.0, 44.0, 42.0, 39.0)
    peaks = [[(round(at / 0.05), row)] for at, row in zip(STARTS, rows, strict=True)]
    review.add_prediction(predicted_beats("trvmax", peaks))
    return review


@pytest.fixture
def heart() -> Review:
    """A cine at 50 frames a second, ED 5.0 cm at `STARTS`; ES 3.0 cm, 2.5 cm in the third beat."""
    review = Review(plax(round(3.7 * 50)), "AB")
    review.add_predictions(
        predicted("lvid", frame, upright(10 * _lvid(frame / 50)))
        for frame in range(round(3.7 * 50))
    )
    return review


def _lvid(at: float) -> float:
    beat = sum(start <= at for start in STARTS)
    start, end = ([-0.6, *STARTS][beat], [*STARTS, 4.2][beat])
    share = (at - start) / (end - start)
    excursion = 2.5 if beat == 3 else 2.0
    return 5.0 - excursion * (1 - math.cos(2 * math.pi * share)) / 2


def row(review: Review, id: str) -> SheetRow:
    found = review.sheet().row(id)
    assert found is not None
    return found


def in_af(review: Review) -> Review:
    review.examine(Examination(rhythm=Rhythm.AF))
    return review


def test_the_index_beat_of_a_strip_is_said_beside_the_mean(jets: Review) -> None:
    """The mean is 2.12 m/s."""
    assert row(jets, "trvmax").basis == "mean of 5 beats"
    found = row(in_af(jets), "trvmax")
    assert (found.text, found.basis) == ("2.1 m/s", "mean of 5 beats; index beat 3: 2.4 m/s")
    assert [beat.index for beat in found.beats] == [False, False, True, False, False]
    assert "index beat 3: 2.4 m/s" in summary_lines([found])[0]


def test_an_index_beat_that_does_not_count_is_not_said(jets: Review) -> None:
    in_af(jets).leave_out("trvmax-f0-b3")
    assert "index" not in row(jets, "trvmax").basis


def test_a_cine_has_it_by_its_end_diastoles_in_what_is_derived_too(
    heart: Review,
) -> None:
    """Teichholz of 5.0 and 2.5 cm: 7 d^3 / (2.4 + d) gives 118.2 and 22.3 mL, EF 81 %."""
    found = row(in_af(heart), "lvids")
    index = [beat for beat in found.beats if beat.index]
    assert [round(beat.time_s or 0, 1) for beat in index] == [2.3]
    assert "index beat" in found.basis
    assert found.basis.endswith(": 2.5 cm")
    assert row(heart, "ef_teichholz").basis.endswith(": 81 %")


def test_the_record_of_a_beat_says_it(jets: Review) -> None:
    (image,) = jets.images
    beats = {v["id"]: v["beats"] for v in beats_of_image(in_af(jets), image)["values"]}
    assert [beat["index"] for beat in beats["trvmax"]] == [False, False, True, False, False]
