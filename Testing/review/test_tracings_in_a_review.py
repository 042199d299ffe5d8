"""A traced wave in a review: placed, moved, taken back, decided on, kept, and what follows.

`spectral()`: row 20 is the baseline, a row 10 cm/s and a column 10 ms.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from review_studies import STUDY, plax, spectral
from schemas import validate

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review

CW, PW = "1.2.840.99.1.2", "1.2.840.99.1.4"

JET = [(10.0, 20.0), (20.0, 50.0), (40.0, 20.0)]
"""300 cm/s, 0.3 s: 45 cm; 4 x 9 / 3 = 12 mmHg; 100 ms."""
OUTFLOW = [(10.0, 20.0), (20.0, 30.0), (40.0, 20.0)]
"""100 cm/s, 0.3 s: 15 cm."""


@pytest.fixture
def review() -> Review:
    review = Review(spectral(RegionKind.CW, CW), "AB")
    review.add_cine(spectral(RegionKind.PW, PW))
    return review


def numbers(review: Review, id: str) -> dict[str, float | None]:
    return {v.id: v.value for v in review.entry(id).caliper.values}


AV = {"avvti": 45.0, "av_mean_gradient": 12.0, "av_at": 100.0}


def test_it_is_placed_moved_taken_back_and_decided_on(review: Review) -> None:
    id = review.place("avvti", 0, JET).id
    assert numbers(review, id) == pytest.approx(AV)
    # Twice as long, and a point more: 600 x 0.3 / 2 ... the same 300 cm/s over 0.6 s.
    longer = [(10.0, 20.0), (25.0, 42.5), (30.0, 50.0), (70.0, 20.0)]
    review.move(id, longer)
    assert numbers(review, id)["avvti"] == pytest.approx(90.0)
    assert review.entry(id).status is Status.EDITED
    review.undo()
    assert numbers(review, id) == pytest.approx(AV)
    assert len(review.entry(id).caliper.points) == 3
    review.redo()
    assert len(review.entry(id).caliper.points) == 4
    assert review.accept(id).locked
    review.reject(id, "not the valve")
    assert review.measured()["avvti"].value is None


def test_a_move_in_the_making_says_its_number(review: Review) -> None:
    id = review.place("avvti", 0, JET).id
    half = [JET[0], (20.0, 35.0), JET[2]]
    assert review.preview(id, half).values[0].value == pytest.approx(22.5)
    assert numbers(review, id) == pytest.approx(AV)


def test_a_beat_without_an_acceleration_time_counts_for_the_rest(review: Review) -> None:
    """15 cm both; one begins along the baseline for 20 ms and is in no mean of times."""
    later = [(x + 35, y) for x, y in [(8.0, 20.0), *OUTFLOW]]
    id = review.place("lvotvti", 0, later, PW).id
    alone = review.measured()["lvot_at"]
    assert alone.value is None
    assert alone.missing.startswith("the caliper on frame 1")
    assert "gives no number: The tracing is level where it begins" in alone.missing
    review.place("lvotvti", 0, [(8.0, 20.0), *OUTFLOW], PW)
    missing = review.measured()["lvot_at"].missing
    assert missing.startswith("none of the 2 calipers gives a number: The tracing is level")
    assert "(" not in missing
    review.undo()
    review.place("lvotvti", 0, OUTFLOW, PW)
    found = review.measured()
    assert found["lvotvti"].value == pytest.approx(15.0)
    assert found["lvotvti"].basis == "mean of 2 beats"
    assert found["lvot_at"].value == pytest.approx(100.0)
    assert found["lvot_at"].basis == "1 of 2 beats: 1 without a number"
    review.move(id, later[:1] + later[2:])
    assert review.measured()["lvot_at"].basis == "mean of 2 beats"


def test_both_waves_and_a_diameter_give_output_and_area(review: Review) -> None:
    """Pi / 4 x 2^2 x 15 = 47.1 mL; / 45 = 1.05 cm2; x 72 / 1000 = 3.4 L/min; DVI 15 / 45."""
    review.place("avvti", 0, JET, CW)
    review.place("lvotvti", 0, OUTFLOW, PW)
    found = {item.id: item for item in review.derived()}
    assert found["sv"].reason == "missing LVOT diameter"
    assert found["dvi_vti"].value == pytest.approx(1 / 3)
    review.examine(Examination(lvot_diameter=2.0, heart_rate=72))
    found = {item.id: item for item in review.derived()}
    assert found["sv"].value == pytest.approx(47.1239, rel=1e-4)
    assert found["co"].value == pytest.approx(3.39292, rel=1e-4)
    assert found["av_area"].value == pytest.approx(1.0472, rel=1e-4)
    rows = {row.id: row.text for row in review.sheet().rows}
    assert (rows["av_area"], rows["lvot_diameter"]) == ("1.05 cm\u00b2", "2.00 cm")
    assert (rows["avvti"], rows["av_mean_gradient"], rows["av_at"]) == (
        *("45.0 cm", "12 mmHg", "100 ms"),
    )


def test_a_measured_diameter_does_as_well(review: Review) -> None:
    """20 pixels of 0.1 cm."""
    review.place("lvotvti", 0, OUTFLOW, PW)
    review.add_cine(plax())
    review.place("lvotd", 0, [(40.0, 2.0), (40.0, 22.0)], "1.2.840.99.1.1")
    found = {item.id: item for item in review.derived()}
    assert found["sv"].value == pytest.approx(47.1239, rel=1e-4)


def test_several_beats_are_averaged(review: Review) -> None:
    """15 and 7.5 cm."""
    review.place("lvotvti", 0, [(x - 8, y) for x, y in OUTFLOW], PW)
    review.place("lvotvti", 0, [(x + 35, 20 + (y - 20) / 2) for x, y in OUTFLOW], PW)
    found = review.measured()["lvotvti"]
    assert (found.value, found.n) == (pytest.approx(11.25), 2)


def test_it_is_kept_and_read_again(review: Review, tmp_path: Path) -> None:
    entry = review.place("avvti", 0, JET)
    review.examine(Examination(lvot_diameter=2.1))
    path = tmp_path / "review.json"
    save(review, path)
    validate(json.loads(path.read_text(encoding="utf-8")), "review/review.schema.json")
    again = load(path, spectral(RegionKind.CW, CW))
    assert again.entry(entry.id).caliper == entry.caliper
    assert again.examination.lvot_diameter == 2.1


def test_a_tracing_of_two_points_is_no_document(review: Review, tmp_path: Path) -> None:
    review.place("avvti", 0, JET)
    path = tmp_path / "review.json"
    save(review, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["layers"][0]["entries"][0]["caliper"]["points"].pop()
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidDocument, match="avvti takes 3 to 200, not 2"):
        read_document(path)


def test_a_document_of_version_6_knows_no_diameter(tmp_path: Path) -> None:
    """The sample of version 5 as version 6 wrote it, with an LAVI of 38."""
    path = tmp_path / "review.json"
    path.write_bytes(Path(__file__).with_name("review_v6.json").read_bytes())
    review = load(path, plax())
    assert (review.examination.lavi, review.examination.lvot_diameter) == (38.0, None)
    save(review, path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    validate(saved, "review/review.schema.json")
    assert saved["schema_version"] == 7
    assert STUDY in json.dumps(saved)
