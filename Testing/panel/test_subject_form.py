"""What is known of the person and the examination: from the file, typed, and in the grades."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule
from phantom_study import CLIPS, Clip, write_clip


@pytest.fixture(scope="session")
def inflow(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A strip of mitral inflow, whose file says who was examined."""
    return write_clip(tmp_path_factory.mktemp("inflow"), "mvpeak", CLIPS["mvpeak"], person=True)


def load(opened: OpenModule, clip: Clip) -> None:
    opened.open_file(clip.path)
    for prediction in clip.predictions:
        opened.desk.study.need_review().add_prediction(prediction)
    opened.look()
    opened.click("editButton")


def give(opened: OpenModule, id: str, number: float | None) -> None:
    """Type a number that was measured elsewhere."""
    opened.spin_box(opened.panel.subject.given[id], number)


def test_the_fields_show_what_the_file_says(opened: OpenModule, inflow: Clip) -> None:
    load(opened, inflow)
    subject = opened.desk.study.review.subject
    assert opened.chosen("sexCombo") == subject.sex
    assert opened.ui.heightSpin.value() == pytest.approx(subject.height_cm)
    assert opened.ui.ageSpin.value() == pytest.approx(subject.age, abs=0.5)
    assert {"sex", "height_cm", "weight_kg", "age"} <= subject.from_file


def test_what_was_measured_elsewhere_enters_the_grades_as_one_step(
    opened: OpenModule, inflow: Clip
) -> None:
    load(opened, inflow)
    before = opened.text("gradesLabel")
    assert before.startswith("Filling pressure 2016: ")
    assert "(missing EF)" in before
    give(opened, "ef", 60)
    assert opened.text("gradesLabel") != before
    give(opened, "lavi", 41)
    assert opened.desk.study.review.examination.lavi == 41
    assert ["LAVI", "41 mL/m\u00b2"] in [row[:2] for row in opened.table("derivedTable")]
    opened.choose("rhythmCombo", "af")
    assert "AF" in opened.text("headLabel") or "atrial" in opened.text("headLabel")
    opened.click("undoButton")
    assert opened.desk.study.review.examination.rhythm is None
    assert opened.chosen("rhythmCombo") == ""
    assert opened.desk.study.review.examination.lavi == 41


def test_what_is_not_typed_is_not_known(opened: OpenModule, echo: Path) -> None:
    opened.open_file(echo)
    examination = opened.desk.study.review.examination
    assert {getattr(examination, id) for id in opened.panel.subject.given} == {None}
    give(opened, "ar_a", -20)  # a number below zero is one
    give(opened, "ef", 60)
    assert opened.desk.study.review.examination.ar_a == -20
    assert opened.desk.study.review.examination.lavi is None
    give(opened, "ef", None)
    assert opened.desk.study.review.examination.ef is None


def test_the_unit_of_lengths_outlives_the_session(
    opened: OpenModule, open_module: object, echo: Path
) -> None:
    opened.choose("lengthsCombo", "mm")
    again = open_module()  # type: ignore[operator]
    again.predict(echo, 0)
    assert again.table()[0][2] == "60.0 mm"
    again.choose("lengthsCombo", "cm")
