"""Files that change, come late, or are not what they say: no row is lost, none is of two files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pydicom
import pytest
from batches import KEY, Batch

from EchoMeasureLib.batch import cohort_index
from EchoMeasureLib.batch.batch_run import OneProcess, run_batch
from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.chunks import Chunk
from EchoMeasureLib.batch.cohort_files import CohortFile, Looked
from EchoMeasureLib.batch.cohort_index import CohortIndex
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.phantoms.generate import generate, write

BY_ENVELOPE = BatchSettings(("trvmax", "avvmax"), reader=Reader.ENVELOPE)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two jets of two patients, each of a study of its own."""
    folder = tmp_path_factory.mktemp("drawn")
    found = {}
    for shown in ("trvmax", "avvmax"):
        found[shown], truth = write(generate(shown, "480x640", 1), folder)
        truth.unlink()
    return found


@pytest.fixture
def batch(drawn: dict[str, Path], tmp_path: Path) -> Batch:
    """The tricuspid jet alone, not measured yet."""
    folder = tmp_path / "DICOM"
    folder.mkdir()
    shutil.copy(drawn["trvmax"], folder / "IM1")
    return Batch(folder, tmp_path / "out")


def rewritten(source: Path, target: Path, **changes: str) -> None:
    """A copy with other values in its header."""
    dataset = pydicom.dcmread(source)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(target)


def endings(batch: Batch) -> list[str]:
    return sorted(row["ending"] for row in batch.table("files"))


def measured(batch: Batch) -> list[str]:
    return sorted(row["measurement"] for row in batch.table("summaries"))


def test_a_file_that_was_still_being_copied_is_measured_when_the_run_goes_on(batch: Batch) -> None:
    """It has a header and half of its pixels; then it is whole, under the same name."""
    path = batch.folder / "IM1"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert batch.run(BY_ENVELOPE).failed == 1
    assert batch.run(BY_ENVELOPE).before == 1, "as it is, it is not tried again"
    path.write_bytes(whole)
    end = batch.run(BY_ENVELOPE)
    assert (end.before, end.done, end.failed) == (0, 1, 0)
    assert endings(batch) == ["done"]
    assert measured(batch) == ["trvmax"]


def test_a_file_of_another_folder_of_the_same_name_is_measured_too(
    batch: Batch, drawn: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Discs of every day are DICOM/IM1: those of the second day counted as done."""
    batch.run(BY_ENVELOPE)
    tuesday = Batch(tmp_path / "tuesday" / "DICOM", batch.out)
    tuesday.folder.mkdir(parents=True)
    shutil.copy(drawn["avvmax"], tuesday.folder / "IM1")
    (tuesday.folder / "IM2").write_bytes(b"")
    for before in (1, 3):
        end = tuesday.run(BY_ENVELOPE)
        assert (end.before, end.done, end.failed) == (before, 2, 1)
    assert endings(batch) == ["done", "done", "failed"]
    assert measured(batch) == ["avvmax", "trvmax"]
    assert len({row["file"] for row in batch.table("files")}) == 3
    key = tmp_path / "site.key"
    key.write_bytes(KEY.secret)
    words = ["cohort", "where", str(batch.out), str(tuesday.folder), "--key-file", str(key)]
    assert main([*words, "--ending", "done"]) == 0
    assert f"done: {tuesday.folder / 'IM1'}: measured" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_for_now_keeps_its_result(batch: Batch) -> None:
    batch.run(BY_ENVELOPE)
    (batch.folder / "IM1").write_bytes(b"")
    assert batch.run(BY_ENVELOPE).before == 1
    assert endings(batch) == ["done"]


class _Meanwhile(OneProcess):
    """Something happens after the files were looked at and before they are measured."""

    happens: Callable[[], object]

    def measure(self, chunks: Iterator[Chunk], told: object) -> Iterator[object]:  # type: ignore[override]
        self.happens()
        yield from super().measure(chunks, told)  # type: ignore[arg-type]


def test_what_changed_since_it_was_looked_at_is_mixed_with_nothing(
    batch: Batch, drawn: dict[str, Path]
) -> None:
    """It would have stood under the study of the file that it took the place of."""
    job, run = batch.job(BY_ENVELOPE)
    workers = _Meanwhile(job)
    workers.happens = lambda: shutil.copy(drawn["avvmax"], batch.folder / "IM1")
    assert run_batch([batch.folder], job, run, workers).failed == 1
    (row,) = batch.table("files")
    assert row["reason"].startswith("The file was another one when it was looked at")
    assert batch.table("summaries") == []
    end = batch.run(BY_ENVELOPE)
    assert (end.done, end.failed) == (1, 0)
    (value,) = batch.table("summaries")
    study = pydicom.dcmread(drawn["avvmax"], stop_before_pixels=True).StudyInstanceUID
    assert (value["measurement"], value["study"]) == ("avvmax", KEY.pseudonym("study", study))


@pytest.mark.parametrize("text", ["{", '{"schema": "echomeasure-review", "schema_version": 999}'])
def test_a_review_that_cannot_be_read_is_not_written_over(batch: Batch, text: str) -> None:
    """As that of a later version, in which a person has worked, where a part was lost."""
    image = pydicom.dcmread(batch.folder / "IM1", stop_before_pixels=True)
    name = KEY.pseudonym("study", str(image.StudyInstanceUID))
    path = batch.out / "reviews" / f"{name}.json"
    batch.job(BY_ENVELOPE)
    path.write_text(text)
    assert batch.run(BY_ENVELOPE).failed == 1
    assert path.read_text() == text
    (row,) = batch.table("files")
    assert row["reason"].startswith("The review of its study, which lies in the results, cannot")
    path.unlink()
    for part in (batch.out / "parts").iterdir():
        part.unlink()
    assert batch.run(BY_ENVELOPE).done == 1


class TestOneUid:
    """Two files that say that they are the same image."""

    def reasons(self, batch: Batch) -> list[str]:
        return sorted(row["reason"] for row in batch.table("files"))

    @pytest.mark.parametrize(
        ("changes", "said"),
        [({}, "It is the same image as"), ({"PatientID": "X7"}, "but the two differ: one of")],
        ids=["a copy", "another patient"],
    )
    def test_they_are_one_image_only_where_they_are_the_same(
        self, batch: Batch, changes: dict[str, str], said: str
    ) -> None:
        """Of the same size, both: the size alone told them apart."""
        rewritten(batch.folder / "IM1", batch.folder / "IM1", PatientID="X4")
        rewritten(batch.folder / "IM1", batch.folder / "IM2", **changes)
        assert batch.run(BY_ENVELOPE).refused == 1
        assert self.reasons(batch)[0] == ""
        assert said in self.reasons(batch)[1]

    def test_a_whole_copy_is_measured_where_the_first_is_damaged(self, batch: Batch) -> None:
        """As a disc that was read twice: of the damaged one it was said to have the result."""
        whole = (batch.folder / "IM1").read_bytes()
        (batch.folder / "IM2").write_bytes(whole)
        start = whole.index(b"\xe0\x7f\x10\x00")
        (batch.folder / "IM1").write_bytes(whole[:start] + bytes(len(whole) - start))
        end = batch.run(BY_ENVELOPE)
        assert (end.done, end.failed) == (1, 1)
        assert measured(batch) == ["trvmax"]

    def test_also_where_it_comes_later(self, batch: Batch) -> None:
        whole = (batch.folder / "IM1").read_bytes()
        (batch.folder / "IM1").write_bytes(whole[: len(whole) // 2])
        assert batch.run(BY_ENVELOPE).failed == 1
        (batch.folder / "IM2").write_bytes(whole)
        end = batch.run(BY_ENVELOPE)
        assert (end.before, end.done, end.failed) == (1, 1, 1)


def test_two_patients_of_one_study_uid_have_rows_of_their_own(
    batch: Batch, drawn: dict[str, Path]
) -> None:
    """The second one had failed as the first one's, and the command had ended well."""
    study = str(pydicom.dcmread(drawn["trvmax"], stop_before_pixels=True).StudyInstanceUID)
    rewritten(drawn["trvmax"], batch.folder / "IM1", PatientID="A")
    rewritten(drawn["avvmax"], batch.folder / "IM2", PatientID="B", StudyInstanceUID=study)
    assert batch.run(BY_ENVELOPE).failed == 1
    rows = {row["patient"]: row for row in batch.table("files")}
    of = {person: rows[KEY.pseudonym("patient", person)] for person in "AB"}
    assert of["A"]["ending"] == "done"
    assert "is of another patient" in of["B"]["reason"]
    assert {row["patient"] for row in batch.table("summaries")} == {of["A"]["patient"]}


def test_a_row_names_the_patient_of_its_file_whatever_else_was_measured_with_it(
    batch: Batch, drawn: dict[str, Path]
) -> None:
    """It was of the study where nothing else of it was measured in the same run."""
    rewritten(drawn["trvmax"], batch.folder / "IM1", PatientID="A", SeriesDescription="Echo")
    assert batch.run(BY_ENVELOPE).refused == 1
    (row,) = batch.table("files")
    assert row["patient"] == KEY.pseudonym("patient", "A")


def test_a_full_disk_for_temporary_files_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the pages of the list is a disk that holds so many."""
    monkeypatch.setattr(cohort_index, "_TABLES", f"PRAGMA max_page_count=16;{cohort_index._TABLES}")

    def many() -> Sequence[Looked]:
        return [Looked(CohortFile(f"/{n}", f"{n}", 1)) for n in range(1000)]

    with CohortIndex(KEY) as index, pytest.raises(OutputProblem) as said:
        index.add(many())
    assert "database or disk is full" in str(said.value)
    assert "Make room there, or set TMPDIR" in str(said.value)
