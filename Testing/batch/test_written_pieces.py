"""What a batch writes: words of a header, tables, figures, the folder of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import KEY, Batch

from EchoMeasureLib.batch.cohort_rows import cohort_row
from EchoMeasureLib.batch.file_endings import Ending, ended_by, nameless
from EchoMeasureLib.batch.map_rules import read_manifest, read_rules
from EchoMeasureLib.batch.parts import write_part
from EchoMeasureLib.batch.run_folder import begin_run, only_client
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.cli.site_key import site_key
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, OutputProblem
from EchoMeasureLib.exporting.pseudonyms import make_key, read_key
from EchoMeasureLib.imaging.view_texts import named_measurements


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
        assert f"ValueError at {Path(__file__).name}" in ended.reason
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

    def test_of_two_runs_that_make_the_key_at_once_both_have_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other one makes it after this one has seen that there is none."""
        path, made = tmp_path / "site.key", []

        def overtaken(path: Path):
            made.append(make_key(path))
            return make_key(path)

        monkeypatch.setattr("EchoMeasureLib.cli.site_key.make_key", overtaken)
        assert site_key(path) == made[0] == read_key(path)

    def test_a_run_that_was_killed_as_it_began_can_begin_again(self, tmp_path: Path) -> None:
        """Its folders were made and run.json was not: that was a folder of something else."""
        for name in ("parts", "reviews", ".part-0123456789abcdef"):
            (tmp_path / "out" / name).mkdir(parents=True)
        with only_client(tmp_path / "out"):
            begin_run(tmp_path / "out", *_plain(), KEY)
        assert (tmp_path / "out" / "run.json").exists()

    def test_folders_of_results_without_a_run_are_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "reviews").mkdir()
        (tmp_path / "reviews" / "mine.json").write_text("{}")
        with pytest.raises(OutputProblem, match="not empty"), only_client(tmp_path):
            pass

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
