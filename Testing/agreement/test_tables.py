"""Tables that anybody made: columns by a mapping, and a reason for every line that says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from schemas import validate

from EchoMeasureLib.agreement.column_mapping import COLUMNS_SCHEMA, USUAL, read_mapping
from EchoMeasureLib.agreement.readings import Place
from EchoMeasureLib.agreement.table_readings import table_readings
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument


@pytest.fixture
def table(tmp_path: Path) -> Any:
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def mapped(folder: Path, **words: object) -> Any:
    document = {"schema": COLUMNS_SCHEMA, **words}
    validate(document, "agreement/columns.schema.json")
    (folder / "columns.json").write_text(json.dumps(document), encoding="utf-8")
    return read_mapping(folder / "columns.json")


def test_a_table_with_the_usual_names(table: Any) -> None:
    path = table(
        "study,image,beat,time_s,measurement,value,unit,site\n"
        "1.2.3,1.2.3.4,2,0.81,trvmax,2.4,m/s,Ulm\n"
    )
    (found,) = table_readings(path).readings
    assert (found.measurement, found.value, found.unit) == ("trvmax", 2.4, "m/s")
    assert found.place == Place("1.2.3", "1.2.3.4", beat=2, time_s=0.81, source="line 2")
    assert found.part
    assert found.groups == {"site": "Ulm"}


def test_a_wide_table_with_semicolons_and_decimal_commas(table: Any, tmp_path: Path) -> None:
    """As a German table program writes it: a byte order mark, semicolons, commas in numbers."""
    mapping = mapped(
        tmp_path,
        patient="Fall",
        columns={
            "LVEDD [mm]": {"measurement": "lvidd", "unit": "mm"},
            "E/A": {"measurement": "e_a", "unit": "1"},
        },
    )
    path = table("Fall;LVEDD [mm];E/A\nF1;47,5;1,2\nF2;;0,9\n", "utf-8-sig")
    found = table_readings(path, mapping)
    assert [(one.measurement, one.value, one.unit) for one in found.readings] == [
        ("lvidd", 47.5, "mm"),
        ("e_a", 1.2, "1"),
        ("e_a", 0.9, "1"),
    ]
    assert [(one.place.source, one.reason) for one in found.left_out] == [
        ("line 3", "the cell is empty")
    ]


def test_a_long_table_with_words_of_its_own(table: Any, tmp_path: Path) -> None:
    mapping = mapped(
        tmp_path,
        image="SOP",
        frame="Bild",
        first_frame=1,
        measurement="Was",
        value="Wert",
        unit="Einheit",
        names={"LVEDD": "lvidd"},
    )
    path = table("SOP\tBild\tWas\tWert\tEinheit\n1.2.3.4\t13\tLVEDD\t47\tmm\n")
    (found,) = table_readings(path, mapping).readings
    assert (found.measurement, found.place.frame) == ("lvidd", 12)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1.2.3,x,lvidd,4.7,cm", "frame is no whole number"),
        ("1.2.3,-1,lvidd,4.7,cm", "frame is no whole number"),
        ("1.2.3,1,lvidd,n/a,cm", "the cell holds no number"),
        ("1.2.3,1,lvidd,nan,cm", "the cell holds no number"),
        ("1.2.3,1,lvidd,1e999,cm", "the cell holds no number"),
        ('1.2.3,1,lvidd,"4,7",cm', "the cell holds no number"),
        ("1.2.3,1,lvidd,4_7,cm", "the cell holds no number"),
        ("1.2.3,1,lvidd,,cm", "the cell is empty"),
        ("1.2.3,1,lvidd,4.7", "it has 4 cells, the table 5 columns"),
    ],
)
def test_a_line_that_says_nothing_is_left_out_with_its_number(
    line: str, reason: str, table: Any
) -> None:
    found = table_readings(table(f"study,frame,measurement,value,unit\n{line}\n"))
    assert found.readings == ()
    assert [(one.place.source, one.reason) for one in found.left_out] == [("line 2", reason)]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", InvalidDocument, "is empty"),
        ("study,value,unit\n", InvalidArgument, "no column 'measurement'"),
        ("measurement,value,unit\n", InvalidArgument, "what its values were measured on"),
        ("study,study,measurement,value,unit\n", InvalidArgument, "two columns called 'study'"),
        ("kind,sop_instance_uid,measurement,value,unit\n", InvalidArgument, "measurements.json"),
        ('study,measurement,value,unit\n"1,2,3\n', InvalidDocument, "is no table"),
    ],
)
def test_what_is_no_such_table_is_refused(
    text: str, error: type[Exception], words: str, table: Any
) -> None:
    with pytest.raises(error, match=words):
        table_readings(table(text))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("study,measurement,value,unit,Ger\xe4t\n".encode("latin-1"), "text is UTF-8"),
        ("study,measurement,value,unit\n".encode("utf-16"), "text is UTF-8"),
        (b"PK\3\4\0\0", "a workbook"),
    ],
)
def test_what_a_spreadsheet_saves_otherwise_is_named(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidDocument, match=words) as refused:
        table_readings(path)
    assert refused.value.hint == "Save it as CSV UTF-8."


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"schema": "echomeasure-columns-2"},
        {"schema": COLUMNS_SCHEMA, "colour": "x"},
        {"schema": COLUMNS_SCHEMA, "first_frame": 2},
        {"schema": COLUMNS_SCHEMA, "image": 7},
        {"schema": COLUMNS_SCHEMA, "columns": {}},
        {"schema": COLUMNS_SCHEMA, "columns": {"x": {"measurement": "e"}}},
        {
            "schema": COLUMNS_SCHEMA,
            "value": "v",
            "columns": {"x": {"measurement": "e", "unit": "1"}},
        },
    ],
)
def test_a_mapping_that_says_something_else_is_refused(document: dict, tmp_path: Path) -> None:
    (tmp_path / "columns.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidDocument):
        read_mapping(tmp_path / "columns.json")


def test_the_usual_names_are_what_an_empty_mapping_says(tmp_path: Path) -> None:
    found = mapped(tmp_path)
    assert (found.measurement, found.value, found.unit) == ("measurement", "value", "unit")
    assert (USUAL.measurement, USUAL.wide) == ("measurement", {})
