"""Reports of scanners read as values of ours: what they say, and what they do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_study import report_study
from vendor_report import (
    DERIVATION,
    FLOW,
    LEFT_VENTRICLE,
    M_MODE,
    METHOD,
    SELECTION,
    SITE,
    TWO_D,
    findings,
    heading,
    number,
    said,
    write_vendor_report,
)

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.exporting.structured_report.report_tree import MOST_DEEP, read_tree
from EchoMeasureLib.exporting.structured_report.their_values import answers_of, values_of

LVIDD = ("29436-3", "LN", "Left Ventricle Internal End Diastolic Dimension")
EF = ("18043-0", "LN", "Left Ventricular Ejection Fraction")
EDV = ("18026-5", "LN", "Left Ventricular End Diastolic Volume")
PEAK, JET = ("20355-4", "LN", "Peak Velocity"), ("11726-7", "LN", "Peak Velocity")
GRADIENT = ("20247-3", "LN", "Peak Gradient")
RATIO = ("59111-5", "LN", "Ratio of MV Peak Velocity to LV Peak Tissue Velocity")
DIAMETER = ("M-02550", "SRT", "Diameter")
ANNULUS_VELOCITY = ("399133000", "SCT", "Peak early diastolic tissue velocity")
TEICHHOLZ, BIPLANE = ("125209", "DCM", "Teichholz"), ("125207", "DCM", "Method of Disks, Biplane")
MEAN, MEAN_CHOSEN = ("R-00317", "SRT", "Mean"), ("121412", "DCM", "Mean value chosen")
RECENT = ("121411", "DCM", "Most recent value chosen")
AORTIC_VALVE = ("T-35400", "SRT", "Aortic Valve")
MITRAL_VALVE = ("T-35300", "SRT", "Mitral Valve")
TRICUSPID_VALVE = ("T-35100", "SRT", "Tricuspid Valve")
OUTFLOW = ("T-32650", "SRT", "Left Ventricle Outflow Tract")
LEFT_ATRIUM = ("T-32300", "SRT", "Left Atrium")
LATERAL = ("399086000", "SCT", "Lateral Mitral Annulus")
MEDIAL = ("399093001", "SCT", "Medial Mitral Annulus")
CW = ("R-409E3", "SRT", "Doppler Continuous Wave")
LINEAR = said(METHOD, TEICHHOLZ)
PRIVATE = ("GEU-106-1", "99GEMS", "LVOT VTI")
BACK, FORTH = ("R-42E61", "SRT", "Retrograde Flow"), ("R-42047", "SRT", "Antegrade Flow")


def read(tmp_path: Path, *sections: object, template: str = "5200"):
    tree = read_tree(write_vendor_report(tmp_path / "theirs.dcm", sections, template))
    values = values_of(tree)
    return values, {answer.id: answer for answer in answers_of(values)}


def test_a_scanner_says_site_and_mode_of_a_whole_section(tmp_path: Path) -> None:
    chosen = said(SELECTION, MEAN_CHOSEN)
    values, answers = read(
        tmp_path, findings(LEFT_VENTRICLE, number(LVIDD, 4.2141821355915, "cm", chosen))
    )
    assert answers["lvidd"].number == pytest.approx(4.2141821355915)
    assert answers["lvidd"].basis == "chosen"
    (value,) = values
    assert value.site is not None
    assert value.site[:2] == ("87878005", "SCT")
    assert value.mode is not None
    assert value.mode[:2] == ("399064001", "SCT")


@pytest.mark.parametrize(
    ("site", "mode", "item", "id", "size"),
    [
        (LEFT_VENTRICLE, TWO_D, number(LVIDD, 47.1, "mm"), "lvidd", 4.71),
        (LEFT_VENTRICLE, TWO_D, number(("18154-5", "LN", "IVSd"), 0.9, "cm"), "ivsd", 0.9),
        (LEFT_VENTRICLE, TWO_D, number(("18152-9", "LN", "LVPWd"), 9, "mm"), "lvpwd", 0.9),
        (LEFT_VENTRICLE, TWO_D, number(("29438-9", "LN", "LVIDs"), 3.1, "cm"), "lvids", 3.1),
        (
            LEFT_VENTRICLE,
            TWO_D,
            number(EDV, 79.2, "ml", said(METHOD, TEICHHOLZ)),
            "edv_teichholz",
            79.2,
        ),
        (LEFT_VENTRICLE, TWO_D, number(EF, 62, "%", said(METHOD, TEICHHOLZ)), "ef_teichholz", 62),
        (LEFT_ATRIUM, TWO_D, number(DIAMETER, 3.9, "cm"), "la", 3.9),
        (AORTIC_VALVE, CW, number(PEAK, 1.4, "m/s", said(FLOW, FORTH)), "avvmax", 140),
        (AORTIC_VALVE, CW, number(PEAK, 140, "cm/s"), "avvmax", 140),
        (AORTIC_VALVE, CW, number(GRADIENT, 7.84, "mm[Hg]"), "av_gradient", 7.84),
        (OUTFLOW, CW, number(PEAK, 0.9, "m/s"), "lvotvmax", 90),
        (TRICUSPID_VALVE, CW, number(JET, 2.11, "m/s", said(FLOW, BACK)), "trvmax", 211),
        (MITRAL_VALVE, CW, number(PEAK, 5.1, "m/s", said(FLOW, BACK)), "mrvmax", 510),
        (TRICUSPID_VALVE, CW, number(GRADIENT, 18, "mm[Hg]", said(FLOW, BACK)), "tr_gradient", 18),
        (MITRAL_VALVE, CW, number(("18037-2", "LN", "E"), 0.8, "m/s"), "e", 80),
        (MITRAL_VALVE, CW, number(("18038-0", "LN", "E/A"), 1.25, "{ratio}"), "e_a", 1.25),
        (LATERAL, CW, number(RATIO, 8.2, "1"), "e_e_lateral", 8.2),
        (MEDIAL, CW, number(RATIO, 10.1, "1"), "e_e_septal", 10.1),
        (LATERAL, CW, number(ANNULUS_VELOCITY, -0.12, "m/s"), "latevel", 12),
    ],
)
def test_a_number_is_ours_by_code_site_flow_and_method(
    tmp_path: Path, site, mode, item, id: str, size: float
) -> None:
    _, answers = read(tmp_path, findings(site, item, mode=mode))
    assert {key: answer.number for key, answer in answers.items()} == {id: pytest.approx(size)}


@pytest.mark.parametrize(
    ("site", "item", "why"),
    [
        (TRICUSPID_VALVE, number(JET, 2.11, "m/s"), "the direction of flow is not said"),
        (MITRAL_VALVE, number(PEAK, 0.8, "m/s"), "the direction of flow is not said"),
        (
            MITRAL_VALVE,
            number(PEAK, 0.8, "m/s", said(FLOW, FORTH)),
            "of another site, direction or method",
        ),
        (
            AORTIC_VALVE,
            number(PEAK, 3.1, "m/s", said(FLOW, BACK)),
            "of another site, direction or method",
        ),
        (LEFT_VENTRICLE, number(EF, 62, "%"), "the method is not said"),
        (
            LEFT_VENTRICLE,
            number(EF, 62, "%", said(METHOD, BIPLANE)),
            "of another site, direction or method",
        ),
        (
            LEFT_VENTRICLE,
            number(("GEU-106-1", "99GEMS", "LVOT VTI"), 20, "cm"),
            "no value of the sheet",
        ),
        (LEFT_VENTRICLE, number(LVIDD, 4.7, "furlong"), "its unit furlong is none of cm"),
        (LEFT_VENTRICLE, number(LVIDD, 4.7, "mL"), "its unit mL is none of cm"),
        (LEFT_VENTRICLE, number(LVIDD, 4.7, ""), "its unit is missing"),
        (LEFT_VENTRICLE, number(LVIDD, -4.7, "cm"), "a length is never negative"),
    ],
)
def test_what_is_not_said_is_not_guessed(tmp_path: Path, site, item, why: str) -> None:
    values, answers = read(tmp_path, findings(site, item))
    assert answers == {}
    assert [value.why_not for value in values] == [why]


@pytest.mark.parametrize(("size", "doubts"), [(4.7, ()), (47, ("implausible value",))])
def test_a_size_that_no_heart_has_is_said_beside_it(tmp_path: Path, size: float, doubts) -> None:
    ((value,), answers) = read(tmp_path, findings(LEFT_VENTRICLE, number(LVIDD, size, "cm")))
    assert set(answers) == {"lvidd"}
    assert value.doubts == doubts


def test_a_modifier_of_the_number_goes_before_that_of_its_section(tmp_path: Path) -> None:
    item = number(DIAMETER, 3.9, "cm", said(SITE, LEFT_ATRIUM))
    assert set(read(tmp_path, findings(LEFT_VENTRICLE, item))[1]) == {"la"}


def test_what_is_written_twice_counts_once(tmp_path: Path) -> None:
    chosen = said(SELECTION, MEAN_CHOSEN)
    section = findings(
        LEFT_VENTRICLE,
        number(LVIDD, 4.7, "cm"),
        number(LVIDD, 4.7, "cm", chosen),
        number(LVIDD, 4.7, "cm"),
    )
    values, answers = read(tmp_path, section)
    assert len(values) == 1
    assert answers["lvidd"].number == 4.7


def test_the_chosen_one_counts_then_the_mean_then_the_only_one(tmp_path: Path) -> None:
    one, two, mean = (
        number(LVIDD, 4.6, "cm"),
        number(LVIDD, 4.8, "cm"),
        number(LVIDD, 4.7, "cm", said(DERIVATION, MEAN)),
    )
    recent = number(LVIDD, 4.8, "cm", said(SELECTION, RECENT))
    for items, counts, basis in (
        ([one, recent, mean], 4.8, "chosen"),
        ([one, two, mean], 4.7, "mean"),
        ([one], 4.6, ""),
        ([one, two], None, "2 values, none chosen"),
    ):
        _, answers = read(tmp_path, findings(LEFT_VENTRICLE, *items))
        assert (answers["lvidd"].number, answers["lvidd"].basis) == (counts, basis)


def test_of_two_modes_that_of_images_comes_first(tmp_path: Path) -> None:
    m_mode = findings(LEFT_VENTRICLE, number(LVIDD, 5.0, "cm"), mode=M_MODE)
    image = findings(LEFT_VENTRICLE, number(LVIDD, 4.7, "cm"))
    assert read(tmp_path, m_mode, image)[1]["lvidd"].number == 4.7
    alone = read(tmp_path, m_mode)[1]["lvidd"]
    assert alone.number == 5.0
    assert alone.values[0].words == "M mode"


@pytest.mark.parametrize("loinc", ["80031-8", "80032-6"])
def test_both_codes_of_the_posterior_wall_are_read(tmp_path: Path, loinc: str) -> None:
    pre = heading(("125301", "DCM", "Pre-coordinated"), number((loinc, "LN", "LVPWd"), 1, "cm"))
    assert read(tmp_path, pre, template="5300")[1]["lvpwd"].number == 1


def test_no_answer_and_no_value_is_lost_beside_a_review(tmp_path: Path, capsys) -> None:
    study = report_study(tmp_path)
    theirs = write_vendor_report(
        tmp_path / "theirs.dcm",
        [
            findings(LEFT_VENTRICLE, number(LVIDD, 48, "mm"), number(EF, 62, "%")),
            findings(TRICUSPID_VALVE, number(JET, 2.6, "m/s", said(FLOW, BACK)), mode=CW),
        ],
    )
    assert main(["sr", str(theirs), "--beside", str(study.document), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    rows = {row["id"]: row for row in record["values"]}
    assert (rows["lvidd"]["ours"], rows["lvidd"]["theirs"]) == (5.0, pytest.approx(4.8))
    assert rows["lvidd"]["difference"] == pytest.approx(-0.2)
    assert rows["lvidd"]["percent"] == pytest.approx(-100 * 0.2 / 4.9)
    assert (rows["trvmax"]["ours"], rows["trvmax"]["theirs"]) == (250, pytest.approx(260))
    assert rows["lvids"]["theirs"] is None
    assert [value["why_not"] for value in record["unmatched"]] == ["the method is not said"]
    assert main(["sr", str(theirs), "--beside", str(study.document)]) == 0
    text = capsys.readouterr().out
    assert "TID 5200 of GE Vingmed Ultrasound Vivid T8" in text
    (line,) = [line for line in text.splitlines() if line.startswith("LVIDd")]
    assert line.split()[1:8] == ["5.00", "cm", "4.80", "cm", "-0.20", "cm", "(-4.1"]


@pytest.mark.parametrize("header", [{"study": "1.2.840.99.8"}, {"patient": ("P-18", "19640229")}])
def test_a_report_of_another_study_or_patient_is_not_set_beside(
    tmp_path: Path, capsys, header
) -> None:
    study = report_study(tmp_path)
    section = findings(LEFT_VENTRICLE, number(LVIDD, 48, "mm"))
    theirs = write_vendor_report(tmp_path / "theirs.dcm", [section], **header)
    assert main(["sr", str(theirs), "--beside", str(study.document)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_no_report_is_one_sentence(tmp_path: Path, real_file, capsys) -> None:
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 200)
    for path in (tmp_path / "a.dcm", real_file("color3d_jpeg_baseline.dcm"), tmp_path / "none"):
        assert main(["sr", str(path)]) == 3
        assert capsys.readouterr().err.count("\n") == 1


def test_a_report_without_end_is_refused(tmp_path: Path) -> None:
    item = number(LVIDD, 4.7, "cm")
    for _ in range(MOST_DEEP + 1):
        item = heading(("121070", "DCM", "Findings"), item)
    with pytest.raises(UnreadableFile):
        read_tree(write_vendor_report(tmp_path / "a.dcm", [item]))
