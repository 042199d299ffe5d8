"""Every caliper, beat and value of a study as rows, the same in every kind of file."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import data_dictionary_page
import pytest
from marked_file import check_files, write_marked
from pyarrow import parquet
from review_studies import beating, plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.summaries import summary_records
from EchoMeasureLib.exporting.table_rows import (
    COLUMNS,
    ColumnType,
    RowKind,
    document_rows,
    study_rows,
)
from EchoMeasureLib.exporting.tables import write_table
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

CW = "1.2.840.99.1.9"


@pytest.fixture
def study() -> Review:
    """LVID on every frame of two beats and a half, and three jets of which one is in doubt."""
    review = Review(plax(81), "AB")
    review.add_predictions(predicted("lvid", frame, upright(beating(frame))) for frame in range(81))
    jets = review.add_cine(spectral(RegionKind.CW, CW))
    beats = [[(10, 50)], [(30, 45)], [(50, 48)]]
    review.add_prediction(predicted_beats("trvmax", beats, 1, [0.9, 0.9, 0.05]), jets)
    review.describe(Subject("F", 165, 70, 62))
    review.accept("lvid-f40")
    return review


def of_kind(rows: list[dict], kind: RowKind, id: str) -> list[dict]:
    return [row for row in rows if (row["kind"], row["measurement"]) == (kind.value, id)]


def test_calipers_beats_and_values_each_have_their_rows(study: Review) -> None:
    """LVIDd 5 cm at frames 0, 40 and 80; jets of 300 and 250 cm/s count: 4 x 2.75^2 = 30.25."""
    rows = study_rows(study)
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["caliper"] == 81 + 3
    diameters = of_kind(rows, RowKind.BEAT, "lvidd")
    assert [(row["frame"], row["beat"], row["entry"]) for row in diameters] == [
        (0, 1, "lvid-f0"),
        (40, 2, "lvid-f40"),
        (80, 3, "lvid-f80"),
    ]
    assert [row["value"] for row in diameters] == pytest.approx([5, 5, 5])
    jets = of_kind(rows, RowKind.BEAT, "trvmax")
    assert [row["reason"] for row in jets] == [None, None, "flagged low confidence"]
    (velocity,) = of_kind(rows, RowKind.SUMMARY, "trvmax")
    assert (velocity["value"], velocity["n"]) == (pytest.approx(-275), 2)
    assert (velocity["text"], velocity["range"]) == ("2.8 m/s", "up to 2.8")
    (gradient,) = of_kind(rows, RowKind.DERIVED, "tr_gradient")
    assert gradient["value"] == pytest.approx(30.25)
    assert (gradient["unit"], gradient["code"], gradient["code_scheme"]) == (
        *("mm[Hg]", "79937-9", "LN"),
    )


def test_a_caliper_of_a_cine_says_on_how_many_frames_it_was_looked_for() -> None:
    """Of 81 frames three were run; a caliper by hand on a fourth was not run."""
    review = Review(plax(81), "AB")
    for frame in (0, 40, 80):
        review.add_prediction(predicted("lvid", frame, upright(beating(frame))))
    review.place("ivs", 3, [(40.0, 40.0), (40.0, 60.0)])
    for rows in (study_rows(review), document_rows(document(review, next(iter(review.images))))):
        found = {
            (row["caliper"], row["frame"]): (row["frames_run"], row["frames_there"])
            for row in rows
            if row["kind"] == RowKind.CALIPER.value
        }
        assert found == {("ivs", 3): (None, None)} | {("lvid", f): (3, 81) for f in (0, 40, 80)}


def test_every_number_of_the_review_is_there_and_no_other(study: Review) -> None:
    rows = study_rows(study)
    values = {row["measurement"]: row for row in rows if row["kind"] in ("summary", "derived")}
    said = summary_records(study)
    assert list(values) == [value["id"] for value in said]
    for value in said:
        row = values[value["id"]]
        assert (row["value"], row["sd"], row["n"]) == (value["mean"], value["sd"], value["n"])
        assert (row["reason"] or "", row["mark"] or "") == (value["reason"], value["mark"])
        assert len(of_kind(rows, RowKind.BEAT, value["id"])) == len(value["beats"])


def test_an_image_has_rows_of_its_own_alone(study: Review) -> None:
    _, jets = study.images
    rows = document_rows(document(study, jets))
    assert {row["sop_instance_uid"] for row in rows} == {CW}
    assert {row["measurement"] for row in rows} >= {"trvmax", "tr_gradient"}
    assert "lvidd" not in {row["measurement"] for row in rows}


def test_a_value_of_several_images_names_none(study: Review) -> None:
    images = {row["measurement"]: row["image"] for row in study_rows(study) if row["n"] is not None}
    assert images["trvmax"] == CW
    assert images["lvidd"] == plax().identity.sop_instance_uid


def test_the_smallest_vena_cava_has_no_code_of_the_largest() -> None:
    review = Review(plax(2), "AB")
    for frame, length in enumerate((19, 12)):
        review.place("ivc", frame, upright(length))
    codes = {row["measurement"]: row["code"] for row in study_rows(review) if row["text"]}
    assert codes["ivc_max"] == "79967-6"
    assert codes["ivc_min"] is None


def as_read(path: Path) -> list[dict]:
    """The rows as another program reads them, with its own idea of what is empty."""
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        return [_typed(line) for line in csv.DictReader(file)]


def _typed(line: dict[str, str]) -> dict:
    turn = {
        ColumnType.TEXT: str,
        ColumnType.WHOLE: int,
        ColumnType.NUMBER: float,
        ColumnType.YES_NO: {"true": True, "false": False}.__getitem__,
    }
    return {c.name: turn[c.type](line[c.name]) if line[c.name] else None for c in COLUMNS}


@pytest.mark.parametrize("end", [".csv", ".jsonl", ".parquet"])
def test_other_programs_read_the_same_rows_from_every_file(
    study: Review, end: str, tmp_path: Path
) -> None:
    rows = study_rows(study)
    write_table(tmp_path / f"values{end}", rows)
    assert as_read(tmp_path / f"values{end}") == rows


def test_parquet_says_what_its_columns_are(study: Review, tmp_path: Path) -> None:
    write_table(tmp_path / "values.parquet", study_rows(study))
    schema = parquet.read_schema(tmp_path / "values.parquet")
    assert schema.names == [column.name for column in COLUMNS]
    assert schema.field("x1_px").metadata[b"unit"] == b"px"
    assert b"Research use only" in schema.metadata[b"notice"]
    assert {str(schema.field(name).type) for name in ("frame", "beat", "n")} == {"int64"}


FORMULAE = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "a;=1")


@pytest.mark.parametrize("end", [".csv", ".jsonl", ".parquet"])
def test_no_text_is_a_formula_in_whatever_opens_the_table(end: str, tmp_path: Path) -> None:
    cine = plax()
    cine.identity = replace(cine.identity, sop_instance_uid="=1+1")
    review = Review(cine, "=AB")
    for frame, text in enumerate(FORMULAE):
        entry = review.place("lvid", frame, upright(45))
        review.note(entry.id, text)
        review.leave_out(entry.id, text)
    write_table(tmp_path / f"v{end}", study_rows(review))
    rows = as_read(tmp_path / f"v{end}")
    texts = [text for row in rows for text in row.values() if isinstance(text, str)]
    assert "'=1+1" in texts
    assert "'=AB" in texts
    assert {"'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(A1)", "a;'=1"} <= set(texts)
    assert not [text for text in texts if text.strip()[:1] in "=+@" or text.startswith("-2")]


def test_another_ending_is_refused(study: Review, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="End it in"):
        write_table(tmp_path / "values.xlsx", study_rows(study))


def test_the_command_writes_a_table_that_names_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    review = Review(read(write_marked(tmp_path / "echo.dcm")), "AB")
    review.place("lvid", 1, [(300, 100), (300, 200)])
    save(review, tmp_path / "review.json")
    out = [tmp_path / f"values.{end}" for end in ("csv", "jsonl", "parquet")]
    for path in out:
        words = ["export", "table", str(tmp_path / "review.json"), "--out", str(path)]
        assert main(words) == 0
    assert check_files(out) == {".csv", ".jsonl", ".parquet"}
    assert capsys.readouterr().err.count(" rows") == 3


def test_the_dictionary_is_that_of_the_columns() -> None:
    """`python Testing/support/data_dictionary_page.py` writes it anew."""
    page = data_dictionary_page.PAGE.read_text(encoding="utf-8")
    assert page == data_dictionary_page.page()


def test_rows_fill_the_columns_that_the_dictionary_says(study: Review) -> None:
    wanted = {column.name: set(column.rows) for column in COLUMNS}
    assert all(kinds <= {kind.value[0] for kind in RowKind} for kinds in wanted.values())
    for row in study_rows(study):
        for name, value in row.items():
            assert value is None or row["kind"][0] in wanted[name], (row["kind"], name)
