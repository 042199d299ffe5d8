"""What a batch is made of: chunks, journals, parts, files of a folder."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import pytest
from batches import KEY, Batch
from hypothesis import given
from hypothesis import strategies as st

from EchoMeasureLib.batch.chunks import Chunk, FileTask, StudyTask, chunked, files_per_chunk
from EchoMeasureLib.batch.cohort_files import CohortFile, Looked, cohort_files, look_at
from EchoMeasureLib.batch.cohort_index import CohortIndex
from EchoMeasureLib.batch.cohort_rows import cohort_row
from EchoMeasureLib.batch.cohort_tables import write_tables
from EchoMeasureLib.batch.journal import MOST_DEATHS, Journal, let_off
from EchoMeasureLib.batch.parts import parts, read_part, settle_parts, write_part
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, UnreadableFile


def study(number: int, files: int) -> StudyTask:
    tasks = (FileTask(f"{number:08x}{file:08x}", f"/f/{number}/{file}") for file in range(files))
    return StudyTask(f"{number:016x}", tuple(tasks))


class TestChunks:
    @given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(1, 20), st.data())
    def test_what_is_left_makes_the_same_chunks_as_before(self, sizes, enough, data) -> None:
        studies = [study(number, files) for number, files in enumerate(sizes)]
        before = list(chunked(studies, enough))
        done = data.draw(st.sets(st.sampled_from(before))) if len(before) > 1 else set()
        # The last one is closed by the end, not by its size.
        done.discard(before[-1])
        left = [one for one in studies if all(one not in chunk.studies for chunk in done)]
        assert list(chunked(left, enough)) == [one for one in before if one not in done]

    @given(st.lists(st.integers(1, 600), min_size=1, max_size=30), st.integers(1, 250))
    def test_a_study_is_in_one_chunk_and_a_chunk_is_no_larger_than_it_has_to_be(
        self, sizes, enough
    ) -> None:
        studies = [study(number, files) for number, files in enumerate(sizes)]
        found = list(chunked(studies, enough))
        assert [one for chunk in found for one in chunk.studies] == studies
        assert all(chunk.size - len(chunk.studies[-1].files) < enough for chunk in found)

    def test_a_chunk_is_named_by_its_files_and_the_run(self) -> None:
        one, other = study(1, 2), study(2, 2)
        name = Chunk((one, other)).name("run")
        assert Chunk((other, one)).name("run") == name
        assert Chunk((one,)).name("run") != name
        assert Chunk((one, other)).name("other run") != name

    @pytest.mark.parametrize(
        ("files", "workers", "size"),
        [(1, 1, 1), (60, 1, 3), (500, 2, 15), (1_000_000, 200, 250), (1_000_000, 1, 250)],
    )
    def test_small_cohorts_have_small_chunks(self, files: int, workers: int, size: int) -> None:
        assert files_per_chunk(files, workers) == size


class TestJournal:
    def test_who_ends_within_a_file_is_counted_and_who_ends_after_it_is_not(self, tmp_path) -> None:
        for _ in range(2):
            journal = Journal(tmp_path, "chunk")
            journal.begin("aa")
            journal.end("aa")
            journal.begin("bb")
        again = Journal(tmp_path, "chunk")
        assert (again.deaths("aa"), again.deaths("bb"), again.deaths("cc")) == (0, 2, 0)

    def test_they_count_in_a_row(self, tmp_path) -> None:
        """It was measured in between: others had ended the processes."""
        for ends in (False, False, True, False):
            journal = Journal(tmp_path, "chunk")
            journal.begin("aa")
            if ends:
                journal.end("aa")
        assert Journal(tmp_path, "chunk").deaths("aa") == 1

    def test_who_is_stopped_with_all_others_has_not_died_of_a_file(self, tmp_path) -> None:
        """A run with workers that was stopped three times called the file the cause."""
        for chunk in ("one", "two"):
            Journal(tmp_path, chunk).begin("aa")
        let_off(tmp_path)
        assert [Journal(tmp_path, one).deaths("aa") for one in ("one", "two")] == [0, 0]

    def test_half_a_line_is_none(self, tmp_path) -> None:
        (tmp_path / "chunk.txt").write_text("+aa\n-aa\n+b")
        assert Journal(tmp_path, "chunk").deaths("aa") == 0

    def test_a_file_of_which_processes_die_has_failed_in_the_end(self, jet: Batch) -> None:
        """Nothing of it is tried again, and the run ends."""
        job, run = jet.job()
        (image,) = jet.folder.iterdir()
        id = KEY.pseudonym("file", f"{jet.folder.name}/{image.name}")
        twin = KEY.pseudonym("image", _uid(image))
        name = Chunk((StudyTask("00", (FileTask(id, str(image), twin),)),)).name(run.fingerprint)
        for _ in range(MOST_DEATHS):
            Journal(job.out / "running", name).begin(id)
        end = jet.run()
        assert end.failed == 1
        (row,) = jet.table("files")
        assert "ended 3 times while it was measured" in row["reason"]
        assert list((job.out / "running").iterdir()) == []


def _uid(path: Path) -> str:
    import pydicom

    return str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)


def file_row(file: int, study: int = 0) -> dict:
    return cohort_row(
        {"kind": "file", "file": f"{file:016x}", "study": f"{study:016x}", "ending": "done"}
    )


def value_row(study: int, value: float) -> dict:
    return cohort_row({"kind": "summary", "study": f"{study:016x}", "value": value})


class TestParts:
    @pytest.fixture(params=[".parquet", ".jsonl"])
    def out(self, request, monkeypatch, tmp_path: Path) -> Path:
        monkeypatch.setattr("EchoMeasureLib.batch.parts.part_ending", lambda: request.param)
        (tmp_path / "parts").mkdir()
        return tmp_path

    def _write(self, out: Path, name: str, rows, age: int) -> Path:
        path = write_part(out, name, rows)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
        return path

    def test_a_file_in_two_parts_stays_in_the_newer_one(self, out: Path) -> None:
        old = self._write(out, "aa", [file_row(1), file_row(2)], age=10)
        new = self._write(out, "bb", [file_row(2), file_row(3)], age=0)
        settle_parts(out)
        numbers = [[int(row["file"], 16) for row in read_part(path)] for path in (old, new)]
        assert numbers == [[1], [2, 3]]

    def test_the_values_of_a_study_are_those_of_its_newest_part(self, out: Path) -> None:
        old = self._write(out, "aa", [file_row(1), value_row(0, 4.0), value_row(7, 1.0)], age=10)
        new = self._write(out, "bb", [file_row(2), value_row(0, 5.0)], age=0)
        settle_parts(out)
        assert [row["value"] for row in read_part(old, ("summary",))] == [1.0]
        assert [row["value"] for row in read_part(new, ("summary",))] == [5.0]
        assert [row["file"] for row in read_part(old, ("file",))] == [f"{1:016x}"]

    def test_a_part_of_which_nothing_is_left_goes(self, out: Path) -> None:
        self._write(out, "aa", [file_row(1)], age=10)
        new = self._write(out, "bb", [file_row(1)], age=0)
        settle_parts(out)
        assert parts(out) == [new]

    def test_a_damaged_part_says_what_to_do(self, out: Path) -> None:
        path = self._write(out, "aa", [file_row(1)], age=0)
        path.write_bytes(b"{" + path.read_bytes()[5:40])
        with pytest.raises(InvalidDocument, match=r"Remove it and go on with --resume"):
            settle_parts(out)

    def test_an_error_within_leaves_no_part(self, out: Path) -> None:
        def rows():
            yield file_row(1)
            raise UnreadableFile("There is no more.")

        with pytest.raises(UnreadableFile):
            write_part(out, "aa", rows())
        assert list((out / "parts").iterdir()) == []


class TestTablesOfManyParts:
    def test_parts_of_few_rows_make_a_table_of_one_group(self, tmp_path: Path) -> None:
        """DuckDB and others read a table group by group: one for each part would be slow."""
        from pyarrow import parquet

        (tmp_path / "parts").mkdir()
        for n in range(30):
            write_part(tmp_path, f"{n:02}", [file_row(n, n), value_row(n, n / 4)])
        write_tables(tmp_path)
        with parquet.ParquetFile(tmp_path / "tables" / "summaries.parquet") as file:
            assert file.metadata.num_row_groups == 1
            assert file.read().column("value").to_pylist() == [n / 4 for n in range(30)]
        lines = (tmp_path / "tables" / "files.csv").read_text().splitlines()
        assert len(lines) == 31


class TestFilesOfAFolder:
    def test_hidden_places_links_and_the_results_are_passed_over(self, tmp_path: Path) -> None:
        for name in ("b.dcm", "a/x", "a/.DS_Store", "out/parts/p", ".hidden"):
            path = tmp_path / "archive" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"1")
        (tmp_path / "archive" / "circle").symlink_to(tmp_path / "archive")
        found = cohort_files([tmp_path / "archive"], [tmp_path / "archive" / "out"])
        names = [file.name for file in found]
        assert names == ["archive/.hidden", "archive/a/x", "archive/b.dcm"]

    def test_a_link_to_itself_is_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "self").symlink_to(tmp_path / "self")
        (tmp_path / "x").write_bytes(b"1")
        found = list(cohort_files([tmp_path]))
        assert [file.name for file in found] == [f"{tmp_path.name}/self", f"{tmp_path.name}/x"]
        assert look_at(found[0]) == Looked(found[0])

    def test_folders_may_lie_deeper_than_python_calls_itself(self, tmp_path: Path) -> None:
        deepest = tmp_path.joinpath(*"d" * 150)
        deepest.mkdir(parents=True)
        (deepest / "x").write_bytes(b"1")
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(len(inspect.stack()) + 100)
        try:
            found = list(cohort_files([tmp_path]))
        finally:
            sys.setrecursionlimit(usual)
        assert [file.name.count("/d") for file in found] == [150]

    def test_a_folder_within_another_is_not_walked_twice(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "b" / "x").write_bytes(b"1")
        names = [file.name for file in cohort_files([tmp_path / "a" / "b", tmp_path / "a"])]
        assert names == ["a/b/x"]

    def test_folders_of_one_name_have_files_of_two_names(self, tmp_path: Path) -> None:
        for place in ("one", "two"):
            (tmp_path / place / "DICOM").mkdir(parents=True)
            (tmp_path / place / "DICOM" / "x").write_bytes(b"1")
        folders = [tmp_path / place / "DICOM" for place in ("one", "two")]
        names = [file.name for file in cohort_files(folders)]
        assert names == ["DICOM/x", "DICOM (2)/x"]

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match="There is no folder"):
            list(cohort_files([tmp_path / "nowhere"]))

    def test_of_files_with_one_image_the_largest_is_measured(self) -> None:
        names = {"small": 10, "large": 90, "middle": 50}
        with CohortIndex(KEY) as index:
            index.add(
                Looked(CohortFile(f"/{name}", name, size), "2.25.1", "2.25.2")
                for name, size in names.items()
            )
            index.settle()
            (found,) = index.studies()
        refused = {task.path: bool(task.refusal) for task in found.files}
        assert refused == {"/small": True, "/large": False, "/middle": True}

    def test_names_that_are_no_text_are_kept(self, tmp_path: Path) -> None:
        name = os.fsdecode(b"caf\xe9.dcm")
        with CohortIndex(KEY) as index:
            index.add([Looked(CohortFile(f"/{name}", name, 1))])
            index.settle()
            (found,) = index.studies()
        assert found.files[0].path == f"/{name}"
