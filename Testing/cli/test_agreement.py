"""`echomeasure agreement` as a user runs it: two readers, a table, groups, and what is written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from review_studies import plax, predicted, upright
from schemas import validate
from two_readers import lvid_review, strip_review, study_uid, write_reader
from vendor_report import (
    LEFT_VENTRICLE,
    SELECTION,
    TWO_D,
    findings,
    number,
    said,
    write_vendor_report,
)

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

SCHEMA = "agreement/agreement.schema.json"

FIRST, SECOND = (4.0, 4.4, 4.8, 5.2), (4.1, 4.4, 5.1, 5.2)
"""LVIDd in cm: B minus A is 0.1, 0.0, 0.3, 0.0; mean 0.1, SD 0.1414."""


@pytest.fixture
def readers(tmp_path: Path) -> tuple[Path, Path]:
    return (
        write_reader(tmp_path / "first", "AB", FIRST),
        write_reader(tmp_path / "second", "CD", SECOND),
    )


def compared(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict:
    assert main(["agreement", *map(str, words), "--json"]) == code
    record = json.loads(capsys.readouterr().out)
    validate(record, SCHEMA)
    return record


def finding(record: dict, id: str, group: str = "") -> dict:
    (found,) = (
        one for one in record["findings"] if (one["measurement"], one["group"]) == (id, group)
    )
    return found


def test_two_readers_by_hand(readers: tuple[Path, Path], capsys) -> None:
    found = finding(compared(capsys, *readers), "lvidd")
    assert (found["pairs"], found["patients"], found["repeated"]) == (4, 4, False)
    assert found["bias"]["value"] == pytest.approx(0.1)
    assert found["sd"]["value"] == pytest.approx(0.02**0.5)
    assert found["lower"]["value"] == pytest.approx(0.1 - 1.96 * 0.02**0.5)
    assert found["upper"]["value"] == pytest.approx(0.1 + 1.96 * 0.02**0.5)
    assert found["mean_absolute"] == pytest.approx(0.1)
    assert found["root_mean_square"] == pytest.approx((0.1 / 4) ** 0.5)
    percents = [100 * 0.1 / 4.05, 100 * 0.3 / 4.95]
    assert found["mean_percent"]["value"] == pytest.approx(sum(percents) / 4)


def test_the_published_band_is_that_of_two_readers(readers: tuple[Path, Path], capsys) -> None:
    """LVIDd differs by 4 % on average: SD of one reading 0.886 * 4 %, of two sqrt(2) times that.

    At 4.95 cm 95 % lie within 1.96 * 1.414 * 0.0354 * 4.95 = 0.486 cm, so 0.3 does.
    """
    record = compared(capsys, *readers)
    found = finding(record, "lvidd")
    assert found["published"] == {
        "source": "PMC8026622", "percent": 4, "cv_percent": None, "sd": None,
    }  # fmt: skip
    assert found["in_band"] == 1.0
    bands = {round(pair["mean"], 2): pair["band"] for pair in record["pairs"]}
    assert bands[4.95] == pytest.approx(0.486, abs=0.001)


def test_people_read_a_table_and_what_is_missing(readers: tuple[Path, Path], capsys) -> None:
    (readers[1] / "study-4.json").unlink()
    assert main(["agreement", *map(str, readers), "-m", "lvidd"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("B minus A: 3 pairs, brought together by study; what is reported")
    (row,) = (line for line in lines if line.startswith("LVIDd, cm"))
    # 0.1, 0.0, 0.3: mean 0.133, SD 0.153.
    assert row.split()[:6] == ["LVIDd,", "cm", "3", "3", "0.13", "0.15"]
    assert "  LVIDd, A: missing in B" in lines


def test_lengths_in_mm_for_people_and_in_cm_for_programs(
    readers: tuple[Path, Path], capsys
) -> None:
    assert main(["agreement", *map(str, readers), "-m", "lvidd", "--mm"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("LVIDd, mm"))
    assert row.split()[2:6] == ["4", "4", "1.0", "1.4"]
    record = compared(capsys, *readers, "--mm")
    assert finding(record, "lvidd")["unit"] == "cm"
    assert finding(record, "lvidd")["bias"]["value"] == pytest.approx(0.1)


def test_one_document_with_two_reviewers_and_the_networks(tmp_path: Path, capsys) -> None:
    path = tmp_path / "review.json"
    save(lvid_review("AB", 1, 4.7), path)
    save(lvid_review("CD", 1, 4.9), path)
    record = compared(capsys, path, path, "--reviewer-a", "AB", "--reviewer-b", "CD")
    assert finding(record, "lvidd")["bias"]["value"] == pytest.approx(0.2)
    # Nothing was predicted in it.
    compared(capsys, path, path, "--reviewer-a", "AB", "--reviewer-b", "EchoMeasure", code=5)
    assert main(["agreement", str(path), str(path)]) == 2
    assert "--reviewer-a" in capsys.readouterr().err


def test_the_networks_beside_the_reader_who_moved_their_points(tmp_path: Path, capsys) -> None:
    """They said 4.0 and 5.0 cm; the reader makes 4.3 of the first, and takes over the second."""
    review = Review(plax(), "AB")
    for frame, length in ((0, 40), (3, 50)):
        review.add_prediction(predicted("lvid", frame, upright(length)))
    first, second = review.entries
    review.move(first, upright(43))
    review.accept(second)
    path = tmp_path / "review.json"
    save(review, path)
    words = (path, path, "--reviewer-a", "EchoMeasure", "--reviewer-b", "AB", "--level", "frame")
    record = compared(capsys, *words)
    assert {round(pair["a"], 6): round(pair["b"], 6) for pair in record["pairs"]} == {
        4.0: 4.3,
        5.0: 5.0,
    }
    edited = compared(capsys, *words, "--group-by", "reviewed")
    assert {pair["group"] for pair in edited["pairs"]} == {"no / yes"}


def test_beats_of_one_patient_are_repeated_measurements(tmp_path: Path, capsys) -> None:
    for reader, velocities in (("AB", (240, 250, 260)), ("CD", (250, 250, 280))):
        save(strip_review(reader, velocities), tmp_path / f"{reader}.json")
    words = (tmp_path / "AB.json", tmp_path / "CD.json")
    beats = finding(compared(capsys, *words, "--level", "beat"), "trvmax")
    assert (beats["pairs"], beats["patients"], beats["repeated"]) == (3, 1, True)
    assert beats["bias"]["value"] == pytest.approx(10)
    assert beats["upper"] == {
        "value": None, "low": None, "high": None, "reason": "all pairs are of one patient",
    }  # fmt: skip
    study = finding(compared(capsys, *words), "trvmax")
    assert (study["pairs"], study["bias"]["value"]) == (1, pytest.approx(10))


def test_a_table_of_another_laboratory(readers: tuple[Path, Path], tmp_path: Path, capsys) -> None:
    lines = ["study,site,measurement,value,unit"]
    lines += [
        f"{study_uid(n)},{site},lvidd,{10 * length:g},mm"
        for n, (length, site) in enumerate(zip(SECOND, "xyxy", strict=True), 1)
    ]
    table = tmp_path / "lab.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    record = compared(capsys, readers[0], table, "-m", "lvidd", "--group-by", "site")
    assert finding(record, "lvidd")["bias"]["value"] == pytest.approx(0.1)
    assert finding(record, "lvidd", "x")["bias"]["value"] == pytest.approx(0.2)
    assert finding(record, "lvidd", "y")["bias"]["value"] == pytest.approx(0.0)
    assert main(["agreement", str(readers[0]), str(table), "--group-by", "weather"]) == 2
    assert "Group by one of: " in capsys.readouterr().err


def test_what_tells_single_patients_apart_is_no_group(tmp_path: Path, capsys) -> None:
    lines = ["study,who,measurement,value,unit"]
    lines += [f"1.2.3.{n},Doe {n},lvidd,{40 + n / 10},mm" for n in range(51)]
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    sides = (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
    assert main(["agreement", *sides, "--group-by", "who"]) == 2
    assert "There are 51 groups by 'who'; at most 50 are compared." in capsys.readouterr().err


def test_studies_of_one_patient_count_as_one_where_a_list_says_so(
    readers: tuple[Path, Path], tmp_path: Path, capsys
) -> None:
    patients = tmp_path / "patients.csv"
    who = ["Doe^Jane", "Doe^Jane", "Roe^Ann", ""]
    lines = [f"{study_uid(n)};{name}" for n, name in enumerate(who, 1)]
    patients.write_text("\n".join(["study;patient", *lines]), encoding="utf-8")
    record = compared(capsys, *readers, "-m", "lvidd", "--patients", patients)
    found = finding(record, "lvidd")
    assert (found["pairs"], found["patients"], found["repeated"]) == (4, 3, True)
    assert "Doe" not in json.dumps(record)
    for text, says in (
        ("study,who\n1.2.3,x", "has no column 'patient'"),
        ("study,patient\n1.2.3,x\n1.2.3,y", "Line 3 of"),
        ("study,patient\n1.2.3", "has 1 cells"),
    ):
        patients.write_text(text, encoding="utf-8")
        assert main(["agreement", *map(str, readers), "--patients", str(patients)]) == 3
        assert says in capsys.readouterr().err


LVIDD = ("29436-3", "LN", "Left Ventricle Internal End Diastolic Dimension")
CHOSEN = said(SELECTION, ("121412", "DCM", "Mean value chosen"))


def test_reports_of_a_scanner(readers: tuple[Path, Path], tmp_path: Path, capsys) -> None:
    """In mm, one a study; of the third it has two numbers and chose none; one is none of ours."""
    scanner = tmp_path / "scanner"
    scanner.mkdir()
    private = ("GEU-106-1", "99GEMS", "LVOT VTI")
    for n, length in enumerate(SECOND, 1):
        numbers = [number(LVIDD, 10 * length, "mm", CHOSEN)]
        if n == 3:
            numbers = [number(LVIDD, 50, "mm"), number(LVIDD, 52, "mm")]
        if n == 4:
            numbers.append(number(private, 21, "cm"))
        sections = [findings(LEFT_VENTRICLE, *numbers, mode=TWO_D)]
        who = (f"P-{n // 3}", "19640229")
        write_vendor_report(scanner / f"{n}.dcm", sections, study=study_uid(n), patient=who)
    record = compared(capsys, readers[0], scanner, "-m", "lvidd", "--group-by", "model")
    assert record["b"]["kind"] == "structured reports"
    found = finding(record, "lvidd", "Vivid T8")
    # 0.1, 0.0 and 0.0 cm.
    assert (found["pairs"], found["bias"]["value"]) == (3, pytest.approx(0.1 / 3))
    # The reports say that the first two studies are of one patient; the reviews do not.
    assert (found["patients"], "P-0" in json.dumps(record)) == (2, False)
    left = {(one["side"], one["reason"]) for one in record["unpaired"]}
    assert ("b", "ambiguous: 2 values, none chosen") in left
    assert ("a", "missing in B: ambiguous: 2 values, none chosen") in left
    everything = compared(capsys, readers[0], scanner)
    assert "LVOT VTI" in {one["measurement"] for one in everything["unpaired"]}
    assert main(["agreement", str(readers[0]), str(scanner), "--level", "beat"]) == 2
    assert "--level study" in capsys.readouterr().err


def test_the_folder_holds_tables_that_others_read(
    readers: tuple[Path, Path], tmp_path: Path, capsys
) -> None:
    out = tmp_path / "out"
    (readers[0] / "study-4.json").unlink()
    for _ in range(2):
        record = compared(capsys, *readers, "--out", out)
    assert json.loads((out / "findings.json").read_text(encoding="utf-8")) == record
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        (row, *_) = csv.DictReader(file)
    assert (row["measurement"], row["pairs"]) == ("lvidd", "3")
    assert float(row["bias"]) == pytest.approx(0.4 / 3)
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = [one for one in csv.DictReader(file) if one["measurement"] == "lvidd"]
    assert {one["study"]: float(one["b"]) for one in pairs} == {
        study_uid(n): pytest.approx(length) for n, length in enumerate(SECOND[:3], 1)
    }
    with (out / "unpaired.csv").open(encoding="utf-8", newline="") as file:
        alone = {one["measurement"]: one for one in csv.DictReader(file)}
    assert (alone["lvidd"]["side"], alone["lvidd"]["reason"]) == ("b", "missing in A")
    assert {path.name for path in out.iterdir()} == {
        *("findings.json", "findings.csv", "findings.html", "pairs.csv", "unpaired.csv"),
        *("lvidd-bland-altman.png", "lvidd-scatter.png"),
        *("edv_teichholz-bland-altman.png", "edv_teichholz-scatter.png"),
    }
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["agreement", *map(str, readers), "--out", str(out)]) == 1
    assert (out / "notes.txt").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nowhere.json"], 3, "There is no file"),
        (["empty"], 2, "holds no reviews, measurements or reports"),
        (["picture.png"], 3, "neither a review, measurements, a structured report nor a table"),
        (["first", "--level", "year"], 2, "Use one of frame, beat, image, study"),
        (["first", "-m", "nose"], 2, "no value of that name is known"),
        (["first", "-m", "lvid"], 2, "say lvidd or lvids"),
        (["first", "--reviewer-b", "XY"], 2, "XY"),
        (["first", "--names", "A", "A"], 2, "Both sets are called 'A'"),
    ],
)
def test_what_cannot_be_is_said(
    words: list[str], code: int, says: str, readers: tuple[Path, Path], tmp_path: Path, capsys
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    other, *more = words
    if other == "first":
        other = "second"
    assert main(["agreement", str(readers[0]), str(tmp_path / other), *more]) == code
    assert says in capsys.readouterr().err


def test_a_study_that_cannot_be_read_as_one_is_left_out(readers: tuple[Path, Path], capsys) -> None:
    """Of one of the four studies there is no review by CD."""
    (readers[1] / "study-2.json").unlink()
    save(lvid_review("EF", 2, 4.5), readers[1] / "study-2.json")
    record = compared(capsys, *readers, "--reviewer-b", "CD", "-m", "lvidd")
    assert finding(record, "lvidd")["pairs"] == 3
    assert {(one["side"], one["measurement"], one["reason"]) for one in record["unpaired"]} == {
        ("a", "lvidd", "missing in B: The document has no review by 'CD'."),
        ("b", "", "The document has no review by 'CD'."),
    }
