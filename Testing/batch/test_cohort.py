"""Sixty files of mixed kinds: each ends once, with numbers or the reason why there are none."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pydicom
import pytest
from batches import KEY, Batch
from cohort_folder import CUT_TWINS, ENDINGS, FILES, MARK, SHOWN, STUDIES, TWINS, UNNAMED_JETS

from EchoMeasureLib.batch.batch_run import OneProcess, Tally, Told, run_batch
from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.chunk_running import ChunkDone
from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.deciding import Orders
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.map_rules import read_manifest, read_rules
from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.review.document import load, read_document, save


def files_of(batch: Batch) -> dict[str, dict[str, str]]:
    rows = batch.table("files")
    found = {row["file"]: row for row in rows}
    assert len(found) == len(rows), "a file has two rows"
    return found


class TestEndings:
    def test_every_file_ends_once(self, measured: Batch) -> None:
        found = files_of(measured)
        assert len(found) == FILES == 60
        assert Counter(row["ending"] for row in found.values()) == ENDINGS

    def test_what_is_not_done_has_a_reason_and_what_is_done_has_none(self, measured: Batch) -> None:
        for row in files_of(measured).values():
            assert bool(row["reason"]) == (row["ending"] != "done"), row

    @pytest.mark.parametrize(
        ("said", "number"),
        [
            ("It is the same image as another file of the cohort, which has the result.", TWINS),
            ("the two differ in size: one of them is cut short", CUT_TWINS),
            ("it seems to be plain text", 17),
            ("The file is a DICOM file without pixels (Comprehensive SR Storage)", 1),
            ("The file is no ultrasound image: it is CT Image Storage", 1),
            ("nothing says whether it is AV Vmax or TR Vmax or MR Vmax", UNNAMED_JETS),
            ("it is not calibrated", 5),
        ],
    )
    def test_refusals_say_why(self, measured: Batch, said: str, number: int) -> None:
        refused = [row for row in files_of(measured).values() if row["ending"] == "refused"]
        assert sum(said in row["reason"] for row in refused) == number

    @pytest.mark.parametrize(
        "said",
        [
            "seems to be empty",
            "nothing but zeros",
            "cut short: it ends",
            "without pixels",
            "cannot be decod",
        ],
    )
    def test_a_damaged_ultrasound_file_has_failed(self, measured: Batch, said: str) -> None:
        failed = [row for row in files_of(measured).values() if row["ending"] == "failed"]
        assert sum(said in row["reason"] for row in failed) == 1


class TestResults:
    def test_jets_have_the_velocity_that_was_drawn(self, measured: Batch) -> None:
        truth = generate("trvmax", "480x640", 1).truth["measurements"]["trvmax"]
        drawn = abs(next(iter(truth["frames"].values()))["value"])
        found = [row for row in measured.table("summaries") if row["measurement"] == "trvmax"]
        assert len(found) == STUDIES
        for row in found:
            assert abs(float(row["value"])) == pytest.approx(drawn, rel=0.1)

    def test_tables_have_what_the_reviews_have(self, measured: Batch) -> None:
        documents = [read_document(path) for path in (measured.out / "reviews").glob("*.json")]
        entries = [entry for one in documents for entry in one.layer(NOBODY).entries]
        numbers = [value for entry in entries for value in entry.caliper.values]
        assert len(documents) == STUDIES
        assert len(measured.table("calipers")) == len(numbers) > 0
        with_number = [v.value for v in numbers if v.value is not None]
        in_table = [float(row["value"]) for row in measured.table("calipers") if row["value"]]
        assert sorted(in_table) == pytest.approx(sorted(with_number))

    def test_derived_values_and_grades_are_of_whole_studies(self, measured: Batch) -> None:
        """E/e' rests on two files of a study, and so does a grade of its diastole."""
        for name, id in (("derived", "e_e_lateral"), ("grades", "diastole_2025")):
            studies = {r["study"] for r in measured.table(name) if r["measurement"] == id}
            assert len(studies) == STUDIES, name

    def test_a_review_opens_with_its_image(self, measured: Batch) -> None:
        path = next(measured.folder.glob("*/*^3.dcm"))
        cine = read(path)
        study = KEY.pseudonym("study", cine.identity.study_instance_uid)
        review = load(measured.out / "reviews" / f"{study}.json", cine, NOBODY)
        assert review.measured()["trvmax"].value is not None
        assert len(review.images) == len(SHOWN)

    def test_nothing_names_a_person_and_no_table_an_image(self, measured: Batch) -> None:
        for path in measured.out.rglob("*"):
            assert MARK not in path.name
            data = path.read_bytes() if path.is_file() else b""
            assert MARK.encode() not in data, path
            if path.parent.name != "reviews":
                assert b"2.25.4711" not in data, path

    def test_a_patient_is_called_as_in_a_training_pack_of_the_same_key(
        self, measured: Batch
    ) -> None:
        found = {row["patient"] for row in measured.table("summaries")}
        assert found == {KEY.pseudonym("patient", f"{MARK}-{n}") for n in range(STUDIES)}


class TestGoingOn:
    def test_a_second_run_measures_nothing_and_changes_no_row(self, measured: Batch) -> None:
        parts = sorted((measured.out / "parts").iterdir())
        before = [path.read_bytes() for path in parts], measured.table("calipers")
        end = measured.run()
        assert (end.before, end.ended) == (FILES, FILES)
        assert before == ([path.read_bytes() for path in parts], measured.table("calipers"))

    def test_without_resume_a_run_that_is_there_is_refused(self, measured: Batch) -> None:
        with pytest.raises(InvalidArgument, match="holds a run already"):
            measured.run(resume=False)

    def test_other_settings_do_not_come_into_the_same_folder(self, measured: Batch) -> None:
        with pytest.raises(InvalidArgument, match="a run of other frames"):
            measured.run(BatchSettings(frames="0"))

    def test_a_folder_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("Dear")
        with pytest.raises(OutputProblem, match="not empty"):
            Batch(tmp_path, tmp_path).run()
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

    def test_a_killed_run_ends_with_the_same_results(self, measured: Batch, tmp_path: Path) -> None:
        """Killed after a review was written and before its part was."""
        again = Batch(measured.folder, tmp_path / "out")
        shutil.copytree(measured.out, again.out)
        lost = list((again.out / "parts").iterdir())
        smallest = min(lost, key=lambda path: path.stat().st_size)
        largest = max(lost, key=lambda path: path.stat().st_size)
        for path in (smallest, largest):
            path.unlink()
        end = again.run()
        assert end.before < FILES == end.ended
        for table in ("files", "calipers", "beats", "summaries", "derived", "grades"):
            assert again.table(table) == measured.table(table)


class TestGrowing:
    def test_what_a_person_did_stays_when_a_study_gets_new_files(self, jet: Batch) -> None:
        jet.run()
        (path,) = (jet.out / "reviews").iterdir()
        (image,) = jet.folder.glob("*.dcm")
        mine = load(path, read(image), "AB")
        mine.accept(next(iter(mine.entries)))
        save(mine, path)
        write(generate("mvpeak", "480x640", 1), jet.folder)[1].unlink()
        jet.run()
        document = read_document(path)
        assert len(document.images) == 2
        assert any(entry.reviewed for entry in document.layers["AB"].entries)
        measured = {entry.measurement for entry in document.layers[NOBODY].entries}
        assert measured == {"trvmax", "mvpeak"}

    def test_and_its_values_are_in_the_tables_once(self, jet: Batch) -> None:
        jet.run()
        before = [row["measurement"] for row in jet.table("summaries")]
        write(generate("mvpeak", "480x640", 1), jet.folder)[1].unlink()
        jet.run()
        after = [row["measurement"] for row in jet.table("summaries")]
        assert before == ["trvmax"]
        assert sorted(after) == ["a", "e", "e_a", "trvmax"]
        assert len(files_of(jet)) == 2

    def test_a_copy_of_what_is_measured_is_not_measured_again(self, jet: Batch) -> None:
        jet.run()
        (image,) = jet.folder.glob("*.dcm")
        shutil.copy(image, jet.folder / "copy.dcm")
        end = jet.run()
        assert (end.done, end.refused) == (1, 1)
        assert len(jet.table("summaries")) == 1


class _Forgetful(OneProcess):
    """As workers of a cluster: one died and its chunk began anew, and events come late."""

    def measure(self, chunks: Iterable[Chunk], told: Told) -> Iterator[ChunkDone]:
        heard: list[tuple[str, Ending, int]] = []

        def hear(chunk: str, ending: Ending, number: int) -> None:
            heard.append((chunk, ending, number))

        for done in super().measure(chunks, hear):
            told(*heard[-1])
            yield done
            for one in heard:
                told(*one)


def test_progress_counts_a_file_once_however_late_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number} notes.txt").write_text("Nothing to measure.")
    for number in range(4):
        (folder / f"{number}.dcm").write_bytes(b"")
    job, run = Batch(folder, tmp_path / "out").job()
    seen: list[Tally] = []
    end = run_batch([folder], job, run, _Forgetful(job), seen.append)
    assert (end.refused, end.failed) == (40, 4)
    for tally in seen:
        assert (tally.done, tally.refused <= 40, tally.failed <= 4) == (0, True, True)


class TestOrders:
    def test_a_rule_says_which_valve_a_jet_is_of(self, tmp_path: Path) -> None:
        folder = tmp_path / "TR jets"
        folder.mkdir()
        path, truth = write(generate("trvmax", "480x640", 1), folder)
        truth.unlink()
        dataset = pydicom.dcmread(path)
        dataset.SeriesDescription = "Echo"
        dataset.save_as(path)
        rules = tmp_path / "rules.csv"
        rules.write_text("tag,pattern,measurements\nSeriesDescription,*AV*,avvmax\n"
                         "path,*/tr jets/*,trvmax\n")  # fmt: skip
        batch = Batch(folder, tmp_path / "out")
        batch.run(orders=Orders(read_rules(rules)))
        (row,) = batch.table("files")
        assert (row["measured"], row["decided_by"]) == ("trvmax", "map")

    def test_a_manifest_names_file_frame_and_measurement(self, tmp_path: Path) -> None:
        folder = tmp_path / "cines"
        folder.mkdir()
        path, truth = write(generate("plax", "480x640", 1, 3), folder)
        truth.unlink()
        (folder / "other.txt").write_text("x")
        manifest = tmp_path / "files.csv"
        manifest.write_text(f"file,frame,measurement\ncines/{path.name},1,lvid\n")
        batch = Batch(folder, tmp_path / "out")
        batch.run(BatchSettings(neighbours=False), Orders(manifest=read_manifest(manifest)))
        calipers = batch.table("calipers")
        assert [(row["measurement"], row["frame"]) for row in calipers] == [("lvid", "1")]
        reasons = {row["reason"] for row in batch.table("files")} - {""}
        assert reasons == {
            "The file is no image that EchoMeasure reads: it seems to be plain text."
        }
