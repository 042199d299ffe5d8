"""The table of answers, its keys, and a whole study reviewed by keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule
from phantom_study import CLIPS, Clip, write_clip, write_study

from EchoMeasureLib.review.answers import State


@pytest.fixture(scope="session")
def ten_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Ten clips of one study, on which nothing is wrong."""
    return write_study(tmp_path_factory.mktemp("ten"))


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """A parasternal clip of three beats and an inflow strip of somebody known."""
    folder = tmp_path_factory.mktemp("two")
    return [
        write_clip(folder, "plax", 1, person=True, few=True),
        write_clip(folder, "mvpeak", CLIPS["mvpeak"], person=True),
    ]


@pytest.fixture(scope="session")
def every_frame(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """The same parasternal clip with walls and roots on every frame."""
    return write_clip(tmp_path_factory.mktemp("every"), "plax", 1, person=True)


def load(opened: OpenModule, clips: list[Clip]) -> None:
    """Each clip opened and measured; the first one is then on display."""
    for clip in clips:
        opened.open_file(clip.path)
        review = opened.desk.study.need_review()
        review.add_predictions(clip.predictions, opened.desk.study.image)
        opened.look()
    opened.desk.show_image(next(iter(opened.desk.study.need_review().images)))
    opened.show()
    opened.look()


def waiting(opened: OpenModule) -> list[str]:
    return [answer.id for answer in opened.desk.answering.answers if answer.state.waits]


def test_ninety_calipers_are_seven_rows(opened: OpenModule, every_frame: Clip) -> None:
    load(opened, [every_frame])
    assert len(opened.table()) > 90
    rows = [row for row in opened.answer_rows() if "not measured" not in row[0]]
    assert len(rows) <= 9
    names = [row[0].partition(":")[0] for row in rows]
    assert {"IVSd", "LVIDd", "LVIDs", "LVPWd", "LA"} <= set(names)
    for row in rows:
        if row[1]:
            assert row[1].split()[1] == "cm"
            assert row[5] in ("need eyes", "unreviewed")
    assert opened.visible("answersTree")
    assert opened.text("answersLabel").startswith("Image 1 of 1 PLAX: ")


def test_inflow_is_three_rows_in_the_units_of_clinicians(
    opened: OpenModule, clips: list[Clip]
) -> None:
    load(opened, clips[1:])
    rows = {row[0]: row[1].rstrip(" ~") for row in opened.answer_rows()}
    assert rows["MV E"].split()[1] == "cm/s"
    assert rows["MV E"].split()[0].isdecimal()
    assert {"MV A", "E/A"} <= set(rows)


def test_space_unfolds_the_beats_and_b_goes_through_them(
    opened: OpenModule, clips: list[Clip]
) -> None:
    load(opened, clips[:1])
    opened.click_answer("LVIDd")
    frame = opened.desk.study.frame
    opened.key("Space")
    beats = opened.beat_rows("LVIDd")
    count = len(beats)
    assert [row[0] for row in beats] == [f"beat {n}" for n in range(1, count + 1)]
    assert count > 2
    assert all(row[3].endswith(" s ED") and row[5] == "counts" for row in beats)
    opened.key("B")
    assert opened.desk.study.frame > frame
    opened.key("X")
    assert [row[5] for row in opened.beat_rows("LVIDd")][:3] == ["counts", "left out", "counts"]
    mean = next(row for row in opened.answer_rows() if row[0] == "LVIDd")
    assert mean[2] == str(count - 1)
    opened.key("X")
    opened.key("Space")
    assert not opened.unfolded("LVIDd")
    assert opened.answers.warnings == []


def test_a_goes_on_and_u_comes_back(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    opened.key("N")
    first = opened.desk.answering.answer.id
    opened.key("A")
    assert opened.desk.answering.answer.id != first
    assert first not in waiting(opened)
    opened.key("U")
    assert first in waiting(opened)


def test_r_takes_what_was_typed_as_the_reason(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    opened.click_answer("LVIDd")
    opened.write("noteEdit", "foreshortened")
    opened.key("R")
    row = next(row for row in opened.answer_rows() if row[0] == "LVIDd")
    assert (row[1].startswith("("), row[5]) == (True, "rejected")
    reasons = {e.reason for e in opened.desk.study.review.entries.values() if e.reason}
    assert reasons == {"foreshortened"}


def test_d_and_s_say_which_frame_is_end_diastole_and_end_systole(
    opened: OpenModule, every_frame: Clip
) -> None:
    """The beat keeps its number; every measurement at end-diastole follows."""
    load(opened, [every_frame])
    opened.click_answer("LVIDd")
    before = opened.desk.study.frame
    opened.key("Right")
    opened.key("Right")
    opened.key("D")
    ed, _ = opened.desk.study.phase_frames()
    assert before not in ed
    assert before + 2 in ed
    assert opened.desk.answering.answer.id == "lvidd"
    assert opened.desk.answering.beat.frame == before + 2
    septum = next(a for a in opened.desk.answering.answers if a.id == "ivsd")
    assert before + 2 in [beat.frame for beat in septum.row.beats]
    assert opened.text("frameLabel").endswith(" ED")
    opened.key("U")
    assert before in opened.desk.study.phase_frames()[0]
    opened.click_answer("LVIDs")
    end = opened.desk.study.frame
    opened.key("Left")
    opened.key("S")
    assert end - 1 in opened.desk.study.phase_frames()[1]
    assert opened.answers.warnings == []


def test_what_is_missing_is_one_line_that_unfolds(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    last = opened.answer_rows()[-1]
    assert "not measured: " in last[0]
    assert any(row.startswith("TAPSE: A4C") for row in opened.missing_rows())


def test_a_missing_value_is_offered_to_be_placed(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    opened.choose_missing("TAPSE")
    assert opened.chosen("placeCombo") == "tapse"
    assert opened.tip("acceptButton") == "Nothing was measured for TAPSE."


def test_the_head_line_comes_from_the_file(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    head = opened.text("headLabel")
    subject = opened.desk.study.review.subject
    assert head.startswith(f"{subject.sex} {subject.age:.0f} y {subject.height_cm:.0f} cm ")
    assert "HR " in head
    assert "?" not in head


def test_the_frame_line_shows_where_end_diastole_and_end_systole_are(
    opened: OpenModule, clips: list[Clip]
) -> None:
    load(opened, clips[:1])
    opened.click_answer("LVIDs")
    frame = opened.desk.study.frame
    assert opened.text("frameLabel").startswith(f"frame {frame + 1} of 60, ")
    assert opened.text("frameLabel").endswith(" s ES")
    opened.ui.frameSlider.setValue(3)
    assert opened.desk.study.frame == 3
    opened.look()
    ed, es = opened.desk.study.phase_frames()
    ink = opened.ticks()
    assert len(ink) == len(ed) + len(es)


@pytest.mark.slow
def test_ten_clips_are_reviewed_by_keys_alone_three_a_clip_at_most(
    opened: OpenModule, ten_clips: list[Clip]
) -> None:
    opened.answers.typed = "AB"
    load(opened, ten_clips)
    images = list(opened.desk.study.review.images)
    assert len(images) == 10
    keys: dict[str, int] = dict.fromkeys(images, 0)
    order: list[str] = []

    def press(key: str) -> None:
        image = opened.desk.study.image
        opened.key(key)
        opened.look()
        keys[image] += 1
        order.append(key)

    press("N")
    while waiting(opened):
        found = opened.desk.answering.together()
        press("Shift+A" if found.ready and not found.left_out else "N")
        assert len(order) < 50, order
    assert opened.answers.warnings == []
    assert max(keys.values()) <= 3, keys
    print(f"{len(order)} keys for {len(images)} clips: {' '.join(order)}")
    measured = [a for a in opened.desk.answering.answers if a.entries and a.row.value is not None]
    assert {answer.state for answer in measured} == {State.ACCEPTED}
    assert {opened.desk.study.review.entry(id).reviewer for a in measured for id in a.counting} == {
        "AB"
    }
    assert "done" in opened.text("answersLabel")
    opened.screenshot("panel-ten-clips.png", 1000, 420)


def test_together_says_what_it_left_out(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    opened.key("N")
    assert "not on display yet" in opened.tip("togetherButton")
    count = len(opened.desk.answering.together().ready)
    assert opened.text("togetherButton") == (
        f"Accept {count} unflagged of this image (Shift+A)"
        if count
        else "Accept unflagged of this image (Shift+A)"
    )
    if count:
        opened.key("Shift+A")
        assert opened.text("whyLabel").startswith("Accepted ")


def test_after_measuring_image_and_measure_are_folded_and_an_image_without_calipers_opens_them(
    opened: OpenModule, echo: Path, doppler: Path
) -> None:
    opened.predict(echo, 0, 1)
    opened.open_file(doppler)
    assert not opened.ui.measureSection.property("collapsed")
    opened.desk.show_image(next(iter(opened.desk.study.review.images)))
    assert opened.ui.measureSection.property("collapsed")
    assert opened.ui.imageSection.property("collapsed")


def test_lengths_are_read_in_mm_once_that_is_chosen(opened: OpenModule, clips: list[Clip]) -> None:
    load(opened, clips[:1])
    opened.choose("lengthsCombo", "mm")
    row = next(row for row in opened.answer_rows() if row[0] == "LVIDd")
    assert row[1].split()[1] == "mm"
    assert opened.table()[0][2].endswith(" mm")
    opened.choose("lengthsCombo", "cm")
    assert opened.table()[0][2].endswith(" cm")


def test_another_reviewers_values_stand_beside_ones_own(
    opened: OpenModule, clips: list[Clip]
) -> None:
    opened.type("reviewerEdit", "AB")
    load(opened, clips[:1])
    opened.click_answer("LVIDd")
    opened.key("A")
    opened.type("reviewerEdit", "CD")
    assert opened.ui.answersTree.isColumnHidden(4)
    opened.choose("previousCombo", "AB")
    assert not opened.ui.answersTree.isColumnHidden(4)
    row = next(row for row in opened.answer_rows() if row[0] == "LVIDd")
    assert row[4] == row[1].split()[0]
    assert opened.cut_off("answersTree") == []
