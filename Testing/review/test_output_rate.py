"""The heart rate of a cardiac output: of the strip of its LVOT VTI, and which one is said.

LVOT of 2 cm and 15 cm of VTI: 47.12 mL a beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from review_studies import spectral

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.file_beat import FileBeat, file_beat
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.output_rate import OutputRate, find_output_rate
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.review.document import read_document, resume_closed, save
from EchoMeasureLib.review.session import Review

STROKE_L = 0.0471239
CW, PW = "1.2.840.99.1.2", "1.2.840.99.1.4"
OUTFLOW = [(10.0, 20.0), (20.0, 30.0), (40.0, 20.0)]


def strip(kind: RegionKind, uid: str, rate: float | None, r_waves: Sequence[float] = ()) -> Cine:
    image = spectral(kind, uid)
    image.subject = SubjectFacts(heart_rate=rate)
    image.timing = replace(image.timing, r_waves=tuple(r_waves))
    return image


def reviewed(
    first: float | None, own: float | None, r_waves: Sequence[float] = (), **given: float
) -> Review:
    """A strip of another flow is the first of the study; the LVOT is traced on the second."""
    review = Review(strip(RegionKind.CW, CW, first), "AB")
    review.add_cine(strip(RegionKind.PW, PW, own, r_waves))
    review.place("lvotvti", 0, OUTFLOW, PW)
    review.examine(replace(review.examination, lvot_diameter=2.0, **given))
    return review


def output(review: Review) -> tuple[float | None, str, str]:
    """Cardiac output, its note, and what is to be looked at again."""
    sheet = review.sheet()
    row = sheet.row("co")
    assert row is not None
    given = "LVOT diameter given by the reader; "
    assert row.note.startswith(given)
    return row.value, row.note.removeprefix(given), " ".join(doubt.text for doubt in sheet.doubts)


def test_it_is_that_of_the_strip_and_not_of_the_first_file(tmp_path: Path) -> None:
    review = reviewed(90, 60)
    value, note, doubt = output(review)
    assert value == pytest.approx(60 * STROKE_L, rel=1e-4)
    assert note == "heart rate 60 /min of the strip of LVOT VTI, by the heart rate of the file"
    assert "60 /min of the strip" in doubt
    assert "90 /min from a file of the study" in doubt
    save(review, tmp_path / "review.json")
    assert output(resume_closed(read_document(tmp_path / "review.json"))) == (value, note, doubt)


def test_r_waves_go_before_the_rate_that_the_file_says() -> None:
    value, note, doubt = output(reviewed(60, 60, (0.0, 0.8, 1.6)))
    assert value == pytest.approx(75 * STROKE_L, rel=1e-4)
    assert "75 /min of the strip of LVOT VTI, by the R waves of the file" in note
    assert "60 /min from a file of the study" in doubt


def test_within_a_tenth_nothing_is_to_be_looked_at() -> None:
    value, note, doubt = output(reviewed(65, 60))
    assert value == pytest.approx(60 * STROKE_L, rel=1e-4)
    assert (doubt, "60 /min" in note) == ("", True)


def test_what_the_reader_gave_counts_and_the_other_is_said() -> None:
    value, note, doubt = output(reviewed(60, 60, heart_rate=72.0))
    assert value == pytest.approx(72 * STROKE_L, rel=1e-4)
    assert note == "heart rate 72 /min given by the reader"
    assert "60 /min of the strip of LVOT VTI" in doubt


def test_a_strip_that_says_none_takes_that_of_the_study_and_says_so() -> None:
    value, note, doubt = output(reviewed(90, None))
    assert value == pytest.approx(90 * STROKE_L, rel=1e-4)
    assert (note, doubt) == ("heart rate 90 /min from a file of the study", "")
    nobody = {item.id: item for item in reviewed(None, None).derived()}
    assert nobody["co"].reason == "missing heart rate"


def found(
    at: Sequence[float], said: FileBeat | None = None, seen: HeartRhythm | None = None
) -> OutputRate | None:
    """With beats that were traced at these seconds of one strip, and what its file says."""
    beats = tuple(BeatValue(n, "strip", 0, time, 15.0, (f"e{n}",)) for n, time in enumerate(at, 1))
    measured = {"lvotvti": Measured("lvotvti", "LVOT VTI", 15.0, "cm", beats=beats)}
    beats_of = {} if said is None else {"strip": said}
    return find_output_rate(measured, Examination(), [seen or HeartRhythm()], beats_of)


@pytest.mark.parametrize(
    ("at", "tag", "rate"),
    [
        ((0.2, 1.0, 1.82), None, 60 / 0.81),  # three beats, alike
        ((0.2, 1.0), None, None),  # of two nobody knows whether one between was left out
        ((0.2, 1.0), 70.0, 75.0),  # the file says that none was
        ((0.2, 1.8), 75.0, 75.0),  # the file says that one was
        ((0.2, 1.0, 2.6), None, None),  # one was left out
        ((0.2, 0.4, 0.6), None, None),  # no heart is so fast
        ((0.2,), 75.0, 75.0),
    ],
)
def test_beats_that_were_traced_tell_the_rate_where_none_was_left_out(
    at: Sequence[float], tag: float | None, rate: float | None
) -> None:
    taken = found(at, file_beat((), tag))
    if rate is None:
        assert taken is None
    else:
        assert taken is not None
        assert taken.rate == pytest.approx(rate)


def test_the_clips_of_the_study_are_asked_last() -> None:
    taken = found((0.2,), None, HeartRhythm((0.8, 0.8)))
    assert taken is not None
    assert taken.words == "heart rate 75 /min by the beats of the study's clips"
    both = found((0.2,), file_beat((), 60), HeartRhythm((0.8, 0.8)))
    assert both is not None
    assert (both.rate, "75 /min by the beats" in both.apart) == (pytest.approx(60), True)
