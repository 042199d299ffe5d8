"""What a batch is made of: chunks, journals, parts, rules, words of a header, files of a folder."""

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
from EchoMeasureLib.batch.file_endings import Ending, ended_by, nameless
from EchoMeasureLib.batch.journal import MOST_DEATHS, Journal
from EchoMeasureLib.batch.map_rules import read_manifest, read_rules
from EchoMeasureLib.batch.parts import parts, read_part, settle_parts, write_part
from EchoMeasureLib.batch.run_folder import begin_run, only_client
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, OutputProblem, UnreadableFile
from EchoMeasureLib.imaging.view_texts import named_measurements


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


class TestWords:
    @pytest.mark.parametrize(
        ("words", "ids"),
        [
            ("TR CW", {"trvmax"}),
            ("trvmax", {"trvmax"}),
            ("Tricuspid Regurgitation", {"trvmax"}),
            ("AV VTI", {"avvmax"}),
            ("lateral e'", {"latevel"}),
            ("TDI_SEPTAL", {"medevel"}),
            ("MV inflow", {"mvpeak"}),
            ("Apical 4 chamber", {"rv_base"}),
            ("PLAX", {"ivs", "lvid", "lvpw", "aorta", "aortic_root", "la"}),
            ("Transthoracic Echo", set()),
            ("TRACE", set()),
            ("Mr. Smith", {"mrvmax"}),
            ("", set()),
        ],
    )
    def test_what_a_description_names(self, words: str, ids: set[str]) -> None:
        assert named_measurements([words]) == ids

    def test_a_reason_does_not_name_the_file(self) -> None:
        path = Path("/archive/DOE^JOHN/DOE JOHN 1.dcm")
        assert nameless(f"{path.name} is cut short.", path) == "The file is cut short."
        assert "DOE" not in nameless(f"Frame 3 of {path.name}, in {path}, is damaged.", path)

    @pytest.mark.parametrize(
        ("name", "said", "left"),
        [
            ("DICOMDIR", "DICOMDIR is a DICOMDIR, an index.", "The file is a DICOMDIR, an index."),
            (
                "pipe",
                "pipe cannot be opened: it is a pipe.",
                "The file cannot be opened: it is a pipe.",
            ),
            ("DOE", "There is no file /a/DOE.", "There is no such file."),
            ("DOE", "The header of DOE is cut.", "The header of the file is cut."),
        ],
    )
    def test_and_stays_a_sentence(self, name: str, said: str, left: str) -> None:
        assert nameless(said, Path("/a") / name) == left

    def test_a_fault_of_the_program_says_where_and_not_what(self) -> None:
        """The words of an error can be those of a header."""
        try:
            raise ValueError("DOE^JOHN is no number")
        except ValueError as error:
            ended = ended_by(error, Path("a.dcm"))
        assert ended.ending is Ending.FAILED
        assert "ValueError at test_pieces.py" in ended.reason
        assert "DOE" not in ended.reason

    def test_a_full_disk_is_no_fault_of_a_file(self) -> None:
        with pytest.raises(OutputProblem):
            ended_by(OutputProblem("The disk is full."), Path("a.dcm"))


class TestTables:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("tag,pattern\nModality,US", "has no columns tag, pattern, measurements"),
            ("tag,pattern,measurements\n", "has no line below its columns"),
            ("tag,pattern,measurements\nNoTag,*,lvid", "line 2: 'NoTag' is no keyword"),
            ("tag,pattern,measurements\nPatientName,*,lvid", "is the name of a person"),
            ("tag,pattern,measurements\npath,*,lvidd", "no network finds 'lvidd'"),
            ("tag,pattern,measurements\npath,*,", "it names no measurement"),
        ],
    )
    def test_a_wrong_rule_says_its_line(self, tmp_path: Path, text: str, said: str) -> None:
        path = tmp_path / "rules.csv"
        path.write_text(text)
        with pytest.raises(InvalidDocument, match=said):
            read_rules(path)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("nowhere.dcm,0,lvid", "line 2: there is no file nowhere.dcm"),
            ("a.dcm,first,lvid", "'first' is no frame"),
            ("a.dcm,0,heart", "no network finds 'heart'"),
        ],
    )
    def test_a_wrong_line_of_a_manifest_is_named(self, tmp_path, line: str, said: str) -> None:
        (tmp_path / "a.dcm").write_bytes(b"")
        path = tmp_path / "files.csv"
        path.write_text(f"file,frame,measurement\n{line}\n")
        with pytest.raises(InvalidDocument, match=said):
            read_manifest(path)

    def test_frames_of_a_file_are_gathered_and_no_frame_means_all(self, tmp_path: Path) -> None:
        (tmp_path / "a.dcm").write_bytes(b"")
        path = tmp_path / "files.csv"
        path.write_text("file,frame,measurement\na.dcm,5,lvid\na.dcm,2,lvid\na.dcm,,ivs\n"
                        "a.dcm,1,ivs\n")  # fmt: skip
        assert read_manifest(path).asked(tmp_path / "a.dcm") == {"lvid": (2, 5), "ivs": ()}


class TestRunFolder:
    def test_another_key_does_not_go_on(self, tmp_path: Path) -> None:
        from EchoMeasureLib.exporting.pseudonyms import Key

        Batch(tmp_path, tmp_path / "out").job()
        with pytest.raises(InvalidArgument, match="with another key"):
            begin_run(tmp_path / "out", *_plain(), Key(b"another key of the tests"), resume=True)

    def test_two_clients_do_not_come_into_one_folder(
        self, jet: Batch, tmp_path: Path, capsys
    ) -> None:
        """The second is refused before it has read or written anything."""
        words = ["batch", str(jet.folder), "--out", str(jet.out), "--resume"]
        words += ["--key-file", str(tmp_path / "site.key"), "--progress", "none"]
        with only_client(jet.out):
            assert main(words) == 1
        assert f"Another process runs a batch into {jet.out}" in capsys.readouterr().err
        assert [path.name for path in jet.out.iterdir()] == ["batch.lock"]
        begin_run(jet.out, *_plain(), KEY)

    def test_the_lock_is_not_put_into_a_folder_of_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("Dear")
        with pytest.raises(OutputProblem, match="not empty"), only_client(tmp_path):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def _plain():
    from EchoMeasureLib.batch.batch_settings import BatchSettings
    from EchoMeasureLib.batch.deciding import Orders

    return BatchSettings(), Orders()


class TestFigures:
    def test_a_value_far_from_the_others_is_found_and_flags_are_counted(self, tmp_path) -> None:
        """Eleven ventricles of about 5 cm and one of 9 cm; a third of the calipers is in doubt."""
        from EchoMeasureLib.batch.cohort_figures import figures_of

        (tmp_path / "parts").mkdir()
        sizes = [4.8, 4.9, 5.0, 5.1, 5.2, 4.7, 5.3, 5.0, 4.9, 5.1, 5.0, 9.0]
        rows = [
            cohort_row(
                {
                    **{"kind": "summary", "measurement": "lvidd", "value": size, "frames": "7"},
                    **{"study": f"{number:016x}", "image": f"{number:016x}", "text": f"{size} cm"},
                }
            )
            for number, size in enumerate(sizes)
        ]
        rows += [
            cohort_row(
                {
                    **{"kind": "caliper", "measurement": "lvid", "study": f"{number:016x}"},
                    "flags": "low_confidence jump" if number % 3 == 0 else "",
                }
            )
            for number in range(12)
        ]
        write_part(tmp_path, "aa", rows)
        figures = figures_of(tmp_path)
        (far,) = figures.outliers
        # Median 5.0 cm; the middle distance from it is 0.1 cm, so one robust SD is 0.14826 cm.
        assert (far.value, far.frames) == (9.0, (7,))
        assert far.deviations == pytest.approx(4.0 / 0.14826, rel=1e-3)
        assert figures.calipers == {"lvid": 12}
        assert figures.flags == {("lvid", "low_confidence"): 4, ("lvid", "jump"): 4}
