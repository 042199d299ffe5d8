"""`echomeasure derive` as a user runs it: sheet, ranges, grades, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from review_studies import before, level, plax, spectral
from ultrasound_files import write_ultrasound

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.tables import write_json
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


def at(velocity_cm_s: float, x: float = 40) -> tuple[float, float]:
    """A point of `spectral()`: row 20 is the baseline, 10 cm/s a row, upwards positive."""
    return (x, 20 - velocity_cm_s / 10)


@pytest.fixture
def review() -> Review:
    """LVIDd 5.0, LVIDs 3.3, walls 1.0 cm; E 80, A 70, TR 2.4 m/s."""
    review = Review(plax(), "AB")
    for measurement, frame, points, phase in (
        ("lvid", 0, level(50, 12), Phase.ED),
        ("lvid", 3, level(33, 12), Phase.ES),
        ("ivs", 0, before(10, 12), Phase.ED),
        ("lvpw", 0, level(10, 62), Phase.ED),
    ):
        entry = review.place(measurement, frame, points)
        review.choose(entry.id, phase)
    inflow = spectral()
    review.add_cine(inflow)
    review.place("mvpeak", 0, [at(80, 30), at(70, 50)], inflow.identity.sop_instance_uid)
    _strip(review, spectral(RegionKind.CW, "1.2.840.99.1.9"), "trvmax", -240)
    return review


def _strip(review: Review, cine: Cine, measurement: str, velocity: float) -> None:
    review.add_cine(cine)
    review.place(measurement, 0, [at(velocity)], cine.identity.sop_instance_uid)


@pytest.fixture
def saved(review: Review, tmp_path: Path) -> Path:
    save(review, tmp_path / "review.json")
    return tmp_path / "review.json"


def derived(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict:
    assert main(["derive", *map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def rows_of(sheet: dict) -> dict[str, dict]:
    return {row["id"]: row for row in sheet["values"]}


def test_the_sheet_has_the_values_worked_out_by_hand(saved: Path, capsys) -> None:
    """FS = 100 (5.0 - 3.3)/5.0; Teichholz 7/(2.4 + D) D^3; mass 0.832 (7.0^3 - 5.0^3) + 0.6."""
    rows = rows_of(derived(capsys, saved))
    assert rows["fs"]["value"] == pytest.approx(34.0)
    assert rows["ef_teichholz"]["value"] == pytest.approx(62.7, abs=0.05)
    assert rows["lv_mass"]["value"] == pytest.approx(181.98, abs=0.01)
    assert rows["rwt"]["value"] == pytest.approx(0.40)
    assert rows["e_a"]["value"] == pytest.approx(80 / 70)
    assert rows["tr_gradient"]["value"] == pytest.approx(4 * 2.4**2)


def test_ranges_need_the_sex_and_marks_follow_it(saved: Path, capsys) -> None:
    assert rows_of(derived(capsys, saved))["lvidd"]["range"] == ""
    women = rows_of(derived(capsys, saved, "--sex", "F"))
    assert (women["lvidd"]["range"], women["lvidd"]["mark"]) == ("3.8 to 5.2", "")
    assert (women["ivsd"]["range"], women["ivsd"]["mark"]) == ("0.6 to 0.9", "H")
    men = rows_of(derived(capsys, saved, "--sex", "M"))
    assert (men["ivsd"]["range"], men["ivsd"]["mark"]) == ("0.6 to 1.0", "")
    # 11 % between observers is 0.097 cm for one reading of 1.0 cm: the limit is within it.
    assert men["ivsd"]["near"] is True


def test_what_is_missing_is_said_and_not_assumed(saved: Path, capsys) -> None:
    sheet = derived(capsys, saved)
    rows = rows_of(sheet)
    assert rows["bsa"]["value"] is None
    assert "missing height" in rows["bsa"]["reason"]
    assert "missing" in rows["rvsp"]["reason"]
    assert "IVC" in rows["rvsp"]["reason"]
    grades = {grade["table"]: grade for grade in sheet["grades"]}
    assert grades["diastole_2016"]["outcome"] == "insufficient"
    assert "LAVI" in grades["diastole_2016"]["missing"]


def test_what_the_reader_adds_completes_the_sheet(review: Review, tmp_path: Path, capsys) -> None:
    """c1 of the published cases: E/A 80/70, e' 9 and 12, TR 2.4, LAVI 28, EF 60: normal, N4."""
    for id, e_prime, uid in (("medevel", -9, ".20"), ("latevel", -12, ".21")):
        _strip(review, spectral(RegionKind.PW, f"1.2.840.99.1{uid}"), id, e_prime)
    save(review, tmp_path / "review.json")
    sheet = derived(
        capsys, tmp_path / "review.json", "--sex", "F", "--age", 62, "--height", 165,
        "--weight", 70, "--rap", 8, "--lavi", 28,
    )  # fmt: skip
    rows = rows_of(sheet)
    assert rows["rvsp"]["value"] == pytest.approx(4 * 2.4**2 + 8)
    assert rows["bsa"]["value"] == pytest.approx(0.007184 * 70**0.425 * 165**0.725)
    grades = {grade["table"]: grade for grade in sheet["grades"]}
    assert (grades["diastole_2016"]["outcome"], grades["diastole_2016"]["fired"]) == (
        "normal",
        ["N4"],
    )
    assert (grades["diastole_2025"]["outcome"], grades["diastole_2025"]["fired"]) == (
        "normal",
        ["T0"],
    )


def test_atrial_fibrillation_has_its_own_table(saved: Path, capsys) -> None:
    sheet = derived(capsys, saved, "--rhythm", "af")
    tables = [grade["table"] for grade in sheet["grades"]]
    assert "diastole_af" in tables
    assert "diastole_2016" not in tables


def test_people_read_values_marks_rules_and_what_is_missing(saved: Path, capsys) -> None:
    assert main(["derive", str(saved), "--sex", "F"]) == 0
    text = capsys.readouterr().out
    assert "Review of AB; F" in text
    assert "IVSd" in text
    assert " H" in text
    assert "ASE/EACVI 2016 diastolic function" in text
    assert "No value:" in text
    assert "Research use only" in text


def test_measurements_give_the_sheet_of_their_review(
    review: Review, saved: Path, tmp_path: Path, capsys
) -> None:
    """Three images, a file of each: EF is of the first, E/A of the second, TR of the third."""
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for path, key in zip(files, review.images, strict=True):
        write_json(path, document(review, key))
    assert rows_of(derived(capsys, *files)) == rows_of(derived(capsys, saved))


def test_what_is_missing_is_said_once_for_all_values_that_miss_it(saved: Path, capsys) -> None:
    assert main(["derive", str(saved), "--sex", "F"]) == 0
    text = capsys.readouterr().out
    (line,) = [line for line in text.splitlines() if line.endswith(": not measured")]
    assert "LA, Ao root, Asc Ao" in line


def test_an_image_is_to_be_measured_first(tmp_path: Path, capsys) -> None:
    image = write_ultrasound(tmp_path / "a.dcm")
    assert main(["derive", str(image)]) == 3
    assert "`echomeasure measure`" in capsys.readouterr().err


def test_two_studies_are_refused(saved: Path, tmp_path: Path, capsys) -> None:
    save(Review(plax(uid="1.2.9", study="1.2.8"), "AB"), tmp_path / "other.json")
    assert main(["derive", str(saved), str(tmp_path / "other.json")]) == 2
    assert "Give the files of one study of one patient" in capsys.readouterr().err


def test_a_rejected_caliper_feeds_nothing(review: Review, tmp_path: Path, capsys) -> None:
    es = next(e for e in review.entries.values() if e.measurement == "lvid" and e.frame == 3)
    review.reject(es.id, "mitral leaflet")
    save(review, tmp_path / "review.json")
    rows = rows_of(derived(capsys, tmp_path / "review.json"))
    assert rows["fs"]["value"] is None
    assert "rejected" in rows["lvids"]["reason"]


def of_file(folder: Path, name: str, uid: str, rate: float) -> Path:
    """The review of an image whose file says a heart rate and a weight."""
    image = spectral(uid=f"1.2.840.99.1.{uid}")
    image.subject = SubjectFacts(weight_kg=70, heart_rate=rate)
    path = folder / name
    save(Review(image, "AB"), path)
    return path


def test_what_the_file_said_can_be_taken_away(tmp_path: Path, capsys) -> None:
    saved = of_file(tmp_path, "review.json", "30", 67)
    assert rows_of(derived(capsys, saved))["heart_rate"]["value"] == 67
    taken = derived(capsys, saved, "--heart-rate", "none", "--weight", "none", code=5)
    assert "heart_rate" not in rows_of(taken)
    assert "missing weight" in rows_of(taken)["bsa"]["reason"].replace("height; missing ", "")


@pytest.mark.parametrize(("other", "said"), [(75, False), (95, True)])
def test_clips_of_another_heart_rate_are_said(
    other: float, said: bool, tmp_path: Path, capsys
) -> None:
    """A cardiac output is of one of them."""
    files = [of_file(tmp_path, "a.json", "30", 67), of_file(tmp_path, "b.json", "31", other)]
    assert main(["derive", *map(str, files)]) == 0
    told = capsys.readouterr()
    assert ("differ in heart rate" in told.err) is said
    assert ("a.json counts." in told.err) is said
    assert "Heart rate 67 beats" in told.out


def test_a_cardiac_output_of_several_files_has_the_heart_rate_of_its_strip(
    tmp_path: Path, capsys
) -> None:
    """12 cm x 3.14 cm2 x 60 /min, though the first file says 90."""
    files = []
    for number, rate in enumerate((90, 60), 30):
        image = spectral(uid=f"1.2.840.99.1.{number}")
        image.subject = SubjectFacts(heart_rate=rate)
        review = Review(image, NOBODY)
        if rate == 60:
            review.place("lvotvti", 0, [(10, 20), (20, 28), (40, 20)])
        files.append(tmp_path / f"{number}.json")
        write_json(files[-1], document(review, next(iter(review.images))))
    assert main(["derive", *map(str, files), "--lvot-diameter", "2"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"{12 * 3.14159 * 60 / 1000:.1f} L/min" in told
    assert "60 /min of the strip of LVOT VTI, by the heart rate of the file" in told
    assert "90 /min from a file of the study" in told


def test_a_review_goes_before_measurements_in_heart_rate_too(tmp_path: Path, capsys) -> None:
    saved = of_file(tmp_path, "review.json", "30", 67)
    image = spectral(uid="1.2.840.99.1.31")
    image.subject = SubjectFacts(heart_rate=95)
    measured = Review(image, NOBODY)
    write_json(tmp_path / "measurements.json", document(measured, next(iter(measured.images))))
    assert main(["derive", str(tmp_path / "measurements.json"), str(saved)]) == 0
    assert "Heart rate 67 beats" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--age", "300"), "age of 300 is not possible"),
        (("--lavi", "0"), "Give it in mL/m2"),
        (("--height", "1.65"), "Give it in centimetres"),
        (
            ("--systolic", "80", "--diastolic", "120"),
            "80 over 120 mmHg is not possible",
        ),
        (("--systolic", "120", "--diastolic", "120"), "The systolic one is the higher"),
        (("--systolic", "120", "--diastolic", "0"), "Diastolic pressure cannot be 0"),
        (("--reviewer", "XY"), "no review by 'XY'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    saved: Path, capsys, words: tuple[str, ...], told: str
) -> None:
    assert main(["derive", str(saved), *words]) == 2
    assert told in capsys.readouterr().err


def test_a_review_without_numbers_says_so_by_its_exit_code(tmp_path: Path, capsys) -> None:
    review = Review(plax(), "AB")
    review.describe(Subject(sex="F"))
    save(review, tmp_path / "review.json")
    derived(capsys, tmp_path / "review.json", code=5)
