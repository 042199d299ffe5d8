"""Small parts put together while a run goes on: asked quickly, and never twice or too few."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from EchoMeasureLib.batch.cohort_query import query
from EchoMeasureLib.batch.cohort_rows import cohort_row
from EchoMeasureLib.batch.merged_parts import PARTS_TO_MERGE, asked_files, merge_parts
from EchoMeasureLib.batch.parts import parts, settle_parts, write_part
from EchoMeasureLib.batch.run_folder import SCHEMA
from EchoMeasureLib.texts import json_text

NUMBER = PARTS_TO_MERGE + 5


def _part(out: Path, number: int, name: str = "", value: float | None = None) -> Path:
    """A file of a study of its own, with one value."""
    names = {"study": f"{number:016x}", "file": f"{number:016x}", "image": f"{number:016x}"}
    size = float(number) if value is None else value
    summary = {"kind": "summary", "measurement": "lvidd", "value": size}
    rows = [{"kind": "file", "ending": "done"}, summary]
    chunk = name or f"{number:04d}"
    return write_part(out, chunk, (cohort_row({**row, **names}) for row in rows))


@pytest.fixture(scope="module")
def parts_of_a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    (out / "parts").mkdir()
    record = {"schema": SCHEMA, "fingerprint": "0", "files_per_chunk": 1}
    (out / "run.json").write_text(json_text(record))
    for number in range(NUMBER):
        _part(out, number)
    return out


@pytest.fixture
def out(parts_of_a_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(parts_of_a_run, tmp_path / "out")


def _values(out: Path) -> list[float]:
    sql = "SELECT s.value FROM summaries s JOIN files f ON s.image = f.image ORDER BY 1"
    return [value for (value,) in query(out, sql).rows]


def _asked(out: Path) -> list[Path]:
    return asked_files(out, parts(out))


def _merged(out: Path) -> list[Path]:
    return sorted((out / "merged").glob("*"))


def test_few_files_are_asked_for_the_same_rows(out: Path) -> None:
    before = _values(out)
    merge_parts(out)
    assert len(_asked(out)) == 1 + NUMBER - PARTS_TO_MERGE
    assert _values(out) == before == [float(number) for number in range(NUMBER)]


def test_too_few_parts_are_left_as_they_are(out: Path) -> None:
    merge_parts(out)
    for number in range(NUMBER, NUMBER + PARTS_TO_MERGE - 6):
        _part(out, number)
    merge_parts(out)
    assert len(_merged(out)) == 1
    _part(out, 1000)
    merge_parts(out)
    assert len(_asked(out)) == len(_merged(out)) == 2
    assert len(_values(out)) == 2 * PARTS_TO_MERGE


def test_a_large_part_is_not_copied(out: Path) -> None:
    merge_parts(out, most_bytes=10)
    assert _merged(out) == []


def test_what_was_merged_counts_only_while_its_parts_are_the_same(out: Path) -> None:
    """A study that has got new files has all of its results in a newer part."""
    merge_parts(out)
    _part(out, 3, "newer", 77.0)
    settle_parts(out)
    expected = sorted([float(number) for number in range(NUMBER) if number != 3] + [77.0])
    assert _values(out) == expected
    merge_parts(out)
    assert _values(out) == expected
    assert len(_asked(out)) == NUMBER - PARTS_TO_MERGE + 1


@pytest.mark.parametrize("left", [0, 100, -30])
def test_half_a_file_of_merged_rows_is_passed_over_and_made_anew(out: Path, left: int) -> None:
    merge_parts(out)
    (merged,) = _merged(out)
    whole = merged.read_bytes()
    merged.write_bytes(whole[:left])
    assert _values(out) == [float(number) for number in range(NUMBER)]
    merge_parts(out)
    assert len(_asked(out)) == 1 + NUMBER - PARTS_TO_MERGE
    assert len(_values(out)) == NUMBER
