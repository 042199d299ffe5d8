"""The saved review: whole or not at all, one layer per reviewer, bound to its images."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from review_studies import PLAX, STUDY, beating, plax, predicted, spectral, upright
from schemas import validate
from waiting import DEADLINE_S

from EchoMeasureLib import __version__
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, InvalidState, OutputProblem
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.reading import read as read_image
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import BsaFormula, Subject
from EchoMeasureLib.review import document as documents
from EchoMeasureLib.review.document import load, parse, read_document, save, suggested_name
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.session import Review

DOPPLER = "1.2.840.99.1.2"


def rich_review(reviewer: str = "Åsa Ødegård") -> Review:
    """Two images, every status, notes, reasons, choices, a subject, calibration by hand."""
    review = Review(plax(), reviewer)
    for frame in range(6):
        review.add_prediction(predicted("lvid", frame, upright(45.1 + frame), 0.9, 1.3))
    review.accept("lvid-f0")
    review.move("lvid-f1", upright(47.123456789))
    review.reject("lvid-f2", "off axis \u2013 \u6597")
    review.note("lvid-f3", 'says "no"')
    review.choose("lvid-f0", Phase.ED)
    review.undo()
    review.redo()
    review.place("ivs", 0, upright(10), phase=Phase.ED)
    review.delete("lvid-f5", "twice")
    review.describe(Subject("F", 162.5, 61, 71, BsaFormula.MOSTELLER))
    review.examine(Examination(Rhythm.AF, Manoeuvre.SNIFF, heart_rate=81, lavi=35.5, rap=8))
    key = review.add_cine(spectral())
    review.place("mvpeak", 0, [(10, 12.5), (20, 14)], key)
    region = Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.11, 0.11))
    review.calibrate([region], reason="ruler")
    return review


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "Lungödem \u5fc3"
    folder.mkdir()
    return folder / "r\u00e9view.json"


def record(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class TestRoundTrip:
    def test_everything_comes_back_as_it_was(self, path: Path) -> None:
        review = rich_review()
        save(review, path)
        again = load(path, plax())
        again.add_cine(spectral())
        ours, theirs = review.layer(), again.layer()
        assert theirs.entries == ours.entries
        assert theirs.audit == ours.audit
        assert (theirs.subject, theirs.examination) == (ours.subject, ours.examination)
        assert theirs.calibrations == ours.calibrations
        assert again.derived() == review.derived()
        assert again.reviewer == "Åsa Ødegård"

    def test_one_text_is_read_once_and_what_was_read_is_never_changed(self, path: Path) -> None:
        save(rich_review("AB"), path)
        first = read_document(path)
        assert read_document(path) is first
        record = json.dumps(first.record)
        save(rich_review("CD"), path)
        load(path, plax(), "AB").accept("lvid-f3")
        assert list(read_document(path).layers) == ["AB", "CD"]
        assert (list(first.layers), json.dumps(first.record)) == (["AB"], record)

    def test_the_undo_history_stays_behind_and_the_audit_trail_goes_on(self, path: Path) -> None:
        review = rich_review()
        save(review, path)
        again = load(path, plax())
        assert not again.can_undo
        again.accept("lvid-f4")
        assert [event.number for event in again.audit] == list(range(1, len(review.audit) + 2))

    def test_an_id_that_was_deleted_is_not_given_again_after_loading(self, path: Path) -> None:
        save(rich_review(), path)
        assert load(path, plax()).place("lvid", 5, upright(40)).id == "lvid-f5-2"

    def test_a_closed_image_still_feeds_derived_values_but_is_not_changed(self, path: Path) -> None:
        review = rich_review()
        save(review, path)
        again = load(path, plax())
        assert not again.is_open(DOPPLER)
        assert again.derived() == review.derived()
        with pytest.raises(InvalidState, match="not open"):
            again.move("mvpeak-i2-f0", [(10, 10), (20, 14)])
        again.add_cine(spectral())
        again.move("mvpeak-i2-f0", [(10, 10), (20, 14)])

    def test_the_image_that_is_open_comes_first_whichever_it_is(self, path: Path) -> None:
        save(rich_review(), path)
        again = load(path, spectral())
        assert next(iter(again.images)) == DOPPLER
        assert [entry.id for entry in again.on_frame(0)] == ["mvpeak-i2-f0"]

    def test_120_frames_of_9_measurements_are_saved_and_loaded(self, path: Path) -> None:
        review = Review(plax(120), "AB")
        for id in ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc"):
            review.add_predictions(
                predicted(id, frame, upright(beating(frame) if id == "lvid" else 20))
                for frame in range(120)
            )
        save(review, path)
        again = load(path, plax(120))
        assert len(again.entries) == 1080
        assert again.layer().entries == review.layer().entries

    @pytest.mark.parametrize("times", [None, (0.0, 0.02)])
    def test_files_without_uids_are_known_by_their_hash(
        self, path: Path, times: tuple[float, ...] | None
    ) -> None:
        def clip(shade: int, sha256: str = "") -> Cine:
            pixels = np.full((2, 60, 80, 3), shade, np.uint8)
            timing = Timing(times, "unknown")
            return Cine(ArraySource(pixels), timing, (), Identity(file_sha256=sha256))

        for ours, other in ((clip(1), clip(2)), (clip(1, "a" * 64), clip(1, "b" * 64))):
            path.unlink(missing_ok=True)
            save(Review(ours, "AB"), path)
            assert load(path, ours).reviewer == "AB"
            with pytest.raises(InvalidDocument):
                load(path, other)

    def test_a_real_file_is_reviewed_saved_and_loaded(
        self, path: Path, real_file: Callable[[str], Path]
    ) -> None:
        """hypot(60, 116) px x 0.0254767 cm = 3.327 cm, as on the screen of the EPIQ."""
        cine = read_image(real_file("JPGLosslessP14SV1_1s_1f_8b.dcm"))
        review = Review(cine, "AB")
        review.place("aorta", 0, [(629, 319), (689, 435)])
        save(review, path)
        validate(record(path), "review/review.schema.json")
        again = load(path, cine)
        assert again.layer().entries == review.layer().entries
        assert again.measured()["aorta"].value == pytest.approx(3.327, abs=0.001)


class TestForm:
    def test_it_follows_the_published_schema(self, path: Path) -> None:
        review = rich_review()
        save(review, path)
        save(load(path, plax(), "B"), path)
        validate(record(path), "review/review.schema.json")

    def test_it_says_which_network_and_software_and_formulae(self, path: Path) -> None:
        save(rich_review(), path)
        layer = record(path)["layers"][0]
        assert layer["software"]["version"] == __version__
        assert layer["software"]["formulae"] == "2026.8"
        model = layer["models"][layer["entries"][0]["predicted"]["model"]]
        assert (model["file"], model["sha256"], model["set"], model["decoder"]) == (
            "image.ckpt",
            "ab" * 32,
            "phantom",
            "robust",
        )

    def test_no_name_of_a_patient_gets_in(
        self, path: Path, real_file: Callable[[str], Path]
    ) -> None:
        """The files of pydicom carry names such as Anonymized or CompressedSamples^US1."""
        import pydicom

        file = real_file("OBXXXX1A.dcm")
        dataset = pydicom.dcmread(file, stop_before_pixels=True)
        cine = read_image(file)
        save(Review(cine, "AB"), path)
        text = path.read_text(encoding="utf-8") + suggested_name(cine)
        for keyword in ("PatientName", "PatientID", "PatientBirthDate", "InstitutionName"):
            content = str(dataset.get(keyword, ""))
            assert not content or content not in text, keyword

    def test_the_suggested_name_is_the_study(self) -> None:
        assert suggested_name(plax()) == f"echomeasure-review-{STUDY}.json"

    def test_each_entry_and_each_event_is_one_line(self, path: Path) -> None:
        review = rich_review()
        save(review, path)
        lines = path.read_text(encoding="utf-8").splitlines()
        assert sum(line.startswith('    {"id": ') for line in lines) == len(review.entries)
        assert sum(line.startswith('    {"number": ') for line in lines) == len(review.audit)


class TestReviewers:
    def test_a_second_reviewer_never_overwrites_the_first(self, path: Path) -> None:
        first = rich_review("A")
        save(first, path)
        second = load(path, plax(), "B")
        second.reject("lvid-f0", "no")
        save(second, path)
        first.accept("lvid-f4")
        save(first, path)
        found = read_document(path)
        assert set(found.layers) == {"A", "B"}
        assert found.layers["A"].entries == first.layer().entries
        assert found.layers["B"].entries == second.layer().entries
        assert found.revision == 3

    def test_a_new_reviewer_sees_the_predictions_and_none_of_the_decisions(
        self, path: Path
    ) -> None:
        first = rich_review("A")
        save(first, path)
        second = load(path, plax(), "B")
        assert list(second.entries) == [f"lvid-f{frame}" for frame in range(5)]
        for id, entry in second.entries.items():
            assert (entry.status, entry.notes, entry.phase) == (Status.UNREVIEWED, "", None)
            assert entry.caliper == entry.predicted == first.entry(id).predicted
        assert second.subject == first.subject
        assert second.cine().regions == first.cine().regions

    def test_with_several_layers_the_reviewer_is_asked_for(self, path: Path) -> None:
        save(rich_review("A"), path)
        save(load(path, plax(), "B"), path)
        with pytest.raises(InvalidArgument, match="A, B"):
            load(path, plax())
        assert load(path, plax(), "A").entry("lvid-f0").status is Status.ACCEPTED

    def test_newer_work_of_the_same_reviewer_is_not_overwritten(self, path: Path) -> None:
        save(rich_review("A"), path)
        here, there = load(path, plax()), load(path, plax())
        there.accept("lvid-f4")
        save(there, path)
        here.reject("lvid-f4")
        content = path.read_bytes()
        with pytest.raises(InvalidDocument, match="does not know"):
            save(here, path)
        assert path.read_bytes() == content

    def test_a_fresh_review_does_not_overwrite_saved_work(self, path: Path) -> None:
        save(rich_review("A"), path)
        with pytest.raises(InvalidDocument, match="Load it"):
            save(Review(plax(), "A"), path)

    def test_who_looks_for_others_need_not_read_what_is_their_own(self, path: Path) -> None:
        save(rich_review("AB"), path)
        both = Review(plax(), "CD")
        both.add_prediction(predicted("lvid", 0, upright(45.1), 0.9, 1.3))
        both.accept("lvid-f0")
        save(both, path)
        text = path.read_text(encoding="utf-8")
        others = parse(text.replace("off axis", "of axis"), "a review", without="CD")
        assert list(others.layers) == ["AB"]
        damaged = text.replace('"lvid-f0"', '"lvid-f1"')
        with pytest.raises(InvalidDocument):
            parse(damaged, "a review", without="CD")
        alone = {**record(path), "layers": record(path)["layers"][1:]}
        assert parse(json.dumps(alone), "a review", without="CD").layers == {}


class TestWrongFiles:
    def test_a_document_of_another_image_is_refused_naming_both_uids(self, path: Path) -> None:
        save(rich_review(), path)
        with pytest.raises(InvalidDocument) as caught:
            load(path, plax(uid="1.2.840.99.7.7"))
        assert PLAX in str(caught.value)
        assert "1.2.840.99.7.7" in str(caught.value)

    def test_saving_over_the_review_of_another_study_is_refused_naming_both(
        self, path: Path
    ) -> None:
        save(rich_review(), path)
        content = path.read_bytes()
        with pytest.raises(InvalidDocument) as caught:
            save(Review(plax(uid="5.5", study="1.2.840.77"), "B"), path)
        assert PLAX in str(caught.value)
        assert "5.5" in str(caught.value)
        assert path.read_bytes() == content

    def test_another_image_of_the_same_study_joins_the_document(self, path: Path) -> None:
        save(rich_review("A"), path)
        save(Review(plax(uid="1.2.840.99.1.8"), "B"), path)
        assert set(read_document(path).images) == {PLAX, DOPPLER, "1.2.840.99.1.8"}

    def test_the_same_uid_with_other_pixels_is_refused(self, path: Path) -> None:
        save(rich_review(), path)
        with pytest.raises(InvalidArgument, match="knows it with 6"):
            load(path, plax(7))

    @pytest.mark.parametrize(
        ("damage", "place"),
        [
            (lambda text: text[: len(text) // 2], "no JSON document"),
            (lambda text: "", "no JSON document"),
            (lambda text: "[]", "expected an object"),
            (lambda text: "{}", "no EchoMeasure review"),
            (lambda text: text.replace('"x": 40.0', '"x": NaN', 1), "NaN"),
            (lambda text: text.replace('"x": 40.0', '"x": 1e999', 1), "points[0].x"),
            (lambda text: text.replace('"x": 40.0', '"x": "left"', 1), "points[0].x"),
            (lambda text: text.replace('"accepted"', '"agreed"', 1), "layers[0].entries[0].status"),
            (lambda text: text.replace('"lvid-f1"', '"lvid-f0"', 1), "there twice"),
            (lambda text: text.replace('"frame": 3', '"frame": 300', 1), "there is no frame 300"),
            (lambda text: text.replace('"lvid", "frame"', '"lv", "frame"', 1), "measurement"),
            (lambda text: text.replace('{"number": 2,', '{"number": 3,', 1), "audit[1]"),
            (lambda text: text.replace('"revision"', '"revise"', 1), "revision"),
            (lambda text: text.replace('"phase": "ed"', '"phase": "systole"', 1), "phase"),
            (lambda text: text.replace('"frames": 6', '"frames": 5', 1), "5 frames"),
            (lambda text: text.replace('"height_cm": 162.5', '"height_cm": 1.6', 1), "subject"),
            (lambda text: text.replace('"model": 0', '"model": 7', 1), "no model 7"),
            (
                lambda text: re.sub(r'"schema_version": \d+', '"schema_version": 99', text),
                "newer EchoMeasure",
            ),
        ],
    )
    def test_a_damaged_document_is_refused_with_the_place_and_left_alone(
        self, path: Path, damage: Callable[[str], str], place: str
    ) -> None:
        review = rich_review()
        save(review, path)
        whole = path.read_text(encoding="utf-8")
        damaged = damage(whole)
        assert damaged != whole
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(InvalidDocument) as caught:
            load(path, plax())
        assert place in str(caught.value)
        review.accept("lvid-f4")
        with pytest.raises(InvalidDocument):
            save(review, path)
        assert path.read_text(encoding="utf-8") == damaged

    def test_bytes_that_are_no_text_are_refused(self, path: Path) -> None:
        path.write_bytes(b"\xff\xfe\x00review")
        with pytest.raises(InvalidDocument, match="no JSON document"):
            read_document(path)

    def test_a_missing_document_is_said_to_be_missing(self, path: Path) -> None:
        with pytest.raises(InvalidDocument, match="There is no file"):
            load(path, plax())

    def test_numbers_that_do_not_follow_from_the_points_are_computed_anew(self, path: Path) -> None:
        """Somebody turned 5 cm into 4 in the file; 45.1 px of 0.1 cm are 4.51 cm."""
        review = Review(plax(), "A")
        review.add_prediction(predicted("lvid", 0, upright(45.1)))
        review.accept("lvid-f0")
        save(review, path)
        saved = record(path)
        saved["layers"][0]["entries"][0]["caliper"]["values"][0]["value"] = 4.0
        path.write_text(json.dumps(saved), encoding="utf-8")
        again = load(path, plax())
        assert again.entry("lvid-f0").caliper.values[0].value == pytest.approx(4.51)
        event = again.audit[-1]
        assert (event.action.value, event.before.values[0]) == ("remeasure", 4.0)


class TestWriting:
    def test_nothing_is_left_beside_the_document(self, path: Path) -> None:
        save(rich_review(), path)
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_a_failure_while_writing_leaves_the_old_document(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        review = rich_review()
        save(review, path)
        content = path.read_bytes()
        review.accept("lvid-f4")

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OutputProblem, match="No space left"):
                save(review, path)
        assert path.read_bytes() == content
        assert [file.name for file in path.parent.iterdir()] == [path.name]
        save(review, path)
        assert load(path, plax()).entry("lvid-f4").status is Status.ACCEPTED

    def test_a_folder_that_is_not_there_is_an_output_problem(self, tmp_path: Path) -> None:
        with pytest.raises(OutputProblem):
            save(rich_review(), tmp_path / "nowhere" / "review.json")

    def test_while_another_program_writes_saving_waits_and_then_says_so(self, path: Path) -> None:
        lock = path.with_name(f".{path.name}.lock")
        lock.write_text("elsewhere 1 x", encoding="utf-8")
        with pytest.raises(OutputProblem, match="elsewhere"):
            save(rich_review(), path, patience_s=0.2)
        assert lock.exists()
        assert not path.exists()

    def test_a_writer_that_lost_its_lock_does_not_write(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody took the lock for left behind just before the document was renamed."""
        review = rich_review()
        true_text = documents.laid_out

        def slow(document: dict[str, Any]) -> str:
            path.with_name(f".{path.name}.lock").write_text("elsewhere 2 y", encoding="utf-8")
            return true_text(document)

        monkeypatch.setattr(documents, "laid_out", slow)
        with pytest.raises(OutputProblem, match="took over its lock"):
            save(review, path)
        assert not path.exists()

    def test_reviewers_who_save_at_the_same_time_all_get_in(self, path: Path) -> None:
        from concurrent.futures import ThreadPoolExecutor

        save(rich_review("R0"), path)

        def work(number: int) -> None:
            review = load(path, plax(), f"R{number}")
            for frame in range(3):
                review.accept(f"lvid-f{frame}")
                save(review, path, patience_s=DEADLINE_S)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(1, 5)))
        layers = read_document(path).layers
        assert set(layers) == {f"R{number}" for number in range(5)}
        for number in range(1, 5):
            entries = {entry.id: entry.status for entry in layers[f"R{number}"].entries}
            assert [entries[f"lvid-f{frame}"] for frame in range(3)] == [Status.ACCEPTED] * 3


class TestMigration:
    def test_a_document_of_version_0_is_brought_up_to_date(self, path: Path) -> None:
        """The sample has one reviewer, one image, an accepted LVID of 50 px = 5 cm."""
        sample = Path(__file__).with_name("review_v0.json")
        path.write_bytes(sample.read_bytes())
        review = load(path, plax())
        entry = review.entry("lvid-f2")
        assert (review.reviewer, entry.status) == ("Old Hand", Status.ACCEPTED)
        assert entry.caliper.values[0].value == pytest.approx(5.0)
        assert len(review.audit) == 2
        review.note("lvid-f2", "seen again")
        save(review, path)
        validate(record(path), "review/review.schema.json")
        assert load(path, plax()).layer().entries == review.layer().entries

    def test_a_version_0_document_that_is_damaged_is_refused(self, path: Path) -> None:
        old = json.loads(Path(__file__).with_name("review_v0.json").read_text(encoding="utf-8"))
        for key in ("image", "entries", "reviewer", "audit"):
            path.write_text(json.dumps({**old, key: 3}), encoding="utf-8")
            with pytest.raises(InvalidDocument):
                read_document(path)

    def test_a_document_of_version_2_comes_back_with_all_that_two_reviewers_did(
        self, path: Path
    ) -> None:
        """The sample: LVID 5.0 cm in diastole and, moved, 3.2 in systole; the third beat's E and
        A of 90 and 60 cm/s; an IVS that the network doubts, rejected. CD rejected the systole."""
        sample = Path(__file__).with_name("review_v2.json")
        path.write_bytes(sample.read_bytes())
        first, second = load(path, plax(), "AB"), load(path, plax(), "CD")
        first.add_cine(spectral())
        told = {
            entry.id: (entry.status, entry.phase, [v.value for v in entry.caliper.values])
            for entry in first.entries.values()
        }
        assert told == {
            "lvid-f0": (Status.ACCEPTED, Phase.ED, [pytest.approx(5.0)]),
            "lvid-f3": (Status.EDITED, Phase.ES, [pytest.approx(3.2)]),
            "ivs-f0": (Status.REJECTED, None, [pytest.approx(1.0)]),
            "mvpeak-i2-f0-b1": (Status.UNREVIEWED, None, [80.0, 40.0, 2.0]),
            "mvpeak-i2-f0-b2": (Status.UNREVIEWED, None, [100.0, 50.0, 2.0]),
            "mvpeak-i2-f0": (Status.ACCEPTED, None, [90.0, 60.0, 1.5]),
        }
        assert first.entry("lvid-f0").notes == 'clear "borders" <\u00e9>'
        assert first.entry("ivs-f0").reason == "off axis"
        assert first.subject == Subject("F", 160, 55)
        # FS = (5.0 - 3.2) / 5.0
        assert first.derived()[0].value == pytest.approx(36.0)
        # One for each of the two beats that are entries of their own since, and what opening the
        # images has told: the time of each of the three, and what the flag of the septum means.
        assert len(first.audit) == 18 + 2 + 3 + 1
        assert first.examination == Examination()
        assert second.entry("lvid-f3").reason == "foreshortened"
        assert second.entry("lvid-f0").status is Status.UNREVIEWED
        first.accept("lvid-f3")
        save(first, path)
        validate(record(path), "review/review.schema.json")
        assert read_document(path).layers["CD"] == read_document(sample).layers["CD"]

    def test_the_right_atrial_pressure_of_version_2_is_one_of_the_examination(
        self, path: Path
    ) -> None:
        old = json.loads(Path(__file__).with_name("review_v2.json").read_text(encoding="utf-8"))
        old["layers"][0]["subject"]["rap_mmhg"] = 8
        path.write_text(json.dumps(old), encoding="utf-8")
        review = load(path, plax(), "AB")
        assert (review.subject, review.examination) == (Subject("F", 160, 55), Examination(rap=8))

    def test_a_document_of_version_3_has_an_examination_for_each_reviewer(self, path: Path) -> None:
        path.write_bytes(Path(__file__).with_name("review_v3.json").read_bytes())
        first, second = load(path, plax(), "AB"), load(path, plax(), "CD")
        known = frozenset({"sex", "age"})
        assert first.subject == Subject("F", 160, 55, 62, BsaFormula.MOSTELLER, known)
        assert first.examination == Examination(
            Rhythm.AF,
            Manoeuvre.SNIFF,
            heart_rate=83,
            systolic=124,
            diastolic=71,
            lavi=36.5,
            rap=8,
            from_file=frozenset({"heart_rate"}),
        )
        assert [event.action.value for event in first.audit[18:20]] == [
            "describe",
            "examine",
        ]
        assert second.examination == Examination()
