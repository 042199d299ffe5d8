"""`echomeasure batch` and `echomeasure cohort` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import EchoMeasureLib
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.phantoms.generate import generate, write


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files in which nothing can be measured, and one that is damaged."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "notes.txt").write_text("Nothing to measure.")
    (folder / "paper.pdf").write_bytes(b"%PDF-1.4")
    (folder / "empty.dcm").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_folder_is_measured_and_the_words_say_what_came_of_it(archive: Path, capsys) -> None:
    write(generate("trvmax", "480x640", 1), archive)[1].unlink()
    (archive / "empty.dcm").unlink()
    assert main(["batch", "archive", "--out", "out", "--key-file", "site.key"]) == 0
    said = capsys.readouterr()
    assert "A new key was made: site.key." in said.err
    assert said.out.splitlines()[0] == "3 files: 1 done, 2 refused, 0 failed"
    page = Path("out/summary.html").read_text(encoding="utf-8")
    assert "TR Vmax" in page
    assert "seems to be plain text" in page
    question = "SELECT measurement, n FROM summaries WHERE value IS NOT NULL"
    assert main(["cohort", "query", "out", question, "--as", "json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["measurement"] == "trvmax"


def test_a_failed_file_gives_exit_code_1_and_is_found_again(archive: Path, capsys) -> None:
    assert main(["batch", "archive", "--out", "out", "--key-file", "site.key"]) == 1
    capsys.readouterr()
    words = ["cohort", "where", "out", "archive", "--key-file", "site.key", "--ending", "failed"]
    assert main(words) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith("failed: archive/empty.dcm: ")
    assert last == "1 failed"


def test_an_answer_as_json_has_every_column_and_no_number_that_is_none(
    archive: Path, capsys
) -> None:
    """As of a join, in which both tables have a reason, and of a division by nothing."""
    main(["batch", "archive", "--out", "out", "--key-file", "site.key"])
    capsys.readouterr()
    question = "SELECT 1 AS n, 2 AS n, 3 AS n_2, 'NaN'::DOUBLE AS none, -1e308::DOUBLE * 10 AS most"
    assert main(["cohort", "query", "out", question, "--as", "json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer == {"n": 1, "n_2": 2, "n_2_2": 3, "none": None, "most": None}


def test_progress_for_programs_is_a_json_object_a_line(archive: Path, capsys) -> None:
    words = ["batch", "archive", "--out", "out", "--key-file", "site.key", "--progress", "json"]
    main([*words, "--json"])
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines() if line.startswith("{")]
    assert [line["stage"] for line in lines] == ["looking", "measuring", "writing"]
    assert lines[-1]["ended"] == lines[-1]["files"] == 3
    assert json.loads(said.out) == {
        "files": 3, "done": 0, "refused": 2, "failed": 1, "out": "out",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "There is no folder nowhere."),
        (["archive", "--measurements", "heart"], "heart"),
        (["archive", "--frames", "first"], "'first' names no frames."),
        (["archive", "--workers", "0"], "0 processes measure nothing."),
        (["archive", "--key-file", "out/site.key"], "The key would lie in the results"),
    ],
)
def test_a_wrong_wish_is_one_sentence(archive: Path, capsys, words: list[str], said: str) -> None:
    given = [] if "--key-file" in words else ["--key-file", "site.key"]
    assert main(["batch", *words, "--out", "out", *given]) == 2
    assert said in capsys.readouterr().err
    assert not Path("out").exists(), "with a better wish the same command begins the run"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM read_csv('notes.txt')", "DuckDB says: Permission Error"),
        ("COPY (SELECT 1) TO 'out/x.csv'", "That is not one question."),
        ("SELECT nothing FROM files", "DuckDB says: Binder Error"),
        ("SELECT 1; SELECT 2", "That is not one question."),
    ],
)
def test_a_question_reads_the_cohort_alone_and_writes_nothing(
    archive: Path, capsys, sql: str, said: str
) -> None:
    main(["batch", "archive", "--out", "out", "--key-file", "site.key"])
    before = sorted(Path("out").rglob("*"))
    assert main(["cohort", "query", "out", sql]) == 2
    assert said in capsys.readouterr().err
    assert sorted(Path("out").rglob("*")) == before


def test_a_folder_of_something_else_is_no_cohort(archive: Path, capsys) -> None:
    assert main(["cohort", "query", "archive", "SELECT 1"]) == 3
    assert "archive is no folder of a cohort." in capsys.readouterr().err


def test_without_the_extra_one_process_does_the_work_and_says_what_it_lacks(
    archive: Path,
) -> None:
    hidden = ("distributed", "dask", "duckdb", "pyarrow")
    library = str(Path(EchoMeasureLib.__file__).parents[1])
    words = ["batch", "archive", "--out", "out", "--key-file", "site.key", "--workers", "2"]
    code = f"""
import sys
sys.path.insert(0, {library!r})
sys.modules.update(dict.fromkeys({hidden!r}))
from EchoMeasureLib.cli.main import main
print(main({words!r}), main(["cohort", "query", "out", "SELECT 1"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "needs the package distributed, which is not installed" in done.stderr
    assert "One process does the work." in done.stderr
    assert "Asking a cohort needs the package duckdb" in done.stderr
    assert done.stdout.splitlines()[-1] == "1 1"
    assert [path.suffix for path in Path("out/parts").iterdir()] == [".jsonl"] * 3
    assert {path.suffix for path in Path("out/tables").iterdir()} == {".csv"}
