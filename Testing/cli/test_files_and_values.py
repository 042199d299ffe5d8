"""`echomeasure info` and `value` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ultrasound_files import m_mode, region, spectral, write_ultrasound

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import SUBCOMMANDS, main
from EchoMeasureLib.imaging.reading import read

RealFile = Callable[[str], Path]


def run_json(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict:
    """Run a command with --json; its standard output must be one JSON document."""
    assert main([*map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_info_tells_all_about_a_real_cine(real_file: RealFile, capsys) -> None:
    """SonoSite: 120 frames every 33.333 ms, one 2-D region of 0.0510497 cm/px."""
    facts = run_json(capsys, "info", real_file("color3d_jpeg_baseline.dcm"))
    assert (facts["rows"], facts["columns"], facts["frames"]) == (480, 640, 120)
    assert facts["time_source"] == "FrameTime"
    assert facts["frame_times_s"][-1] == pytest.approx(119 * 0.033333)
    assert facts["r_wave_times_s"] == []
    (only,) = facts["regions"]
    assert only["index"] == 0
    assert only["kind"] == "2d"
    assert only["bounds"] == [84, 31, 595, 414]
    assert only["units"] == ["cm", "cm"]
    assert only["delta"] == pytest.approx([0.0510497, 0.0510497], abs=1e-7)
    assert only["usable"] is True
    assert only["problems"] == []
    assert list(facts["measurable"]) == list(CATALOG)
    assert facts["measurable"]["lvid"] == {"ok": True, "reason": ""}
    assert facts["measurable"]["trvmax"]["ok"] is False
    assert "continuous-wave" in facts["measurable"]["trvmax"]["reason"]


@pytest.mark.parametrize(
    ("items", "kinds"),
    [
        ([region((10, 10, 600, 300), (0.02, 0.02))], ["2d"]),
        ([region((10, 10, 600, 300), (0.02, 0.02), data=2)], ["colour"]),
        ([spectral(data=3), spectral(data=4)], ["pw", "cw"]),
        ([m_mode()], ["m-mode"]),
        (
            [
                region((10, 10, 600, 90), (0.01, 0.0), spatial=4, data=10, units=(4, 0)),
                region((10, 10, 30, 90), (0.0, 0.0), spatial=0, data=13, units=(0, 0)),
            ],
            ["ecg", "other"],
        ),
    ],
)
def test_info_names_the_kind_of_every_region(tmp_path: Path, capsys, items, kinds) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=items)
    facts = run_json(capsys, "info", path)
    assert [item["kind"] for item in facts["regions"]] == kinds


def test_info_for_people_gives_units_and_reasons(real_file: RealFile, capsys) -> None:
    assert main(["info", str(real_file("examples_ybr_color.dcm"))]) == 0
    text = capsys.readouterr().out
    assert "0.0510497 cm/px" in text
    assert "outside the 320 x 240 image" in text


def lines_of(capsys, *words: object, code: int = 0) -> list[str]:
    assert main([*map(str, words)]) == code
    return capsys.readouterr().out.splitlines()


# The strip's rows are 342 to 733, its columns 42 to 943 (902 x 3.5 ms = 3.16 s).
STRIPS = [
    # Zero at 342 + 300 = 642: (642 - 342) x 0.5 = 150 and (642 - 733) x 0.5 = -45.5.
    (
        spectral(reference_y=300, data=3),
        "baseline at row 642.0; velocities from +150.0 to -45.5 cm/s; 3.16 s from left to right",
    ),
    (
        spectral(delta=(0.0035, 0.5), reference_y=300),
        "baseline at row 642.0; velocities from -150.0 to +45.5 cm/s; 3.16 s from left to right",
    ),
    (spectral(reference_y=None), "baseline unknown; 3.16 s from left to right"),
    (spectral(reference_y=-20), "baseline unknown; 3.16 s from left to right"),
    (m_mode(), "15.7 cm from top to bottom; 3.16 s from left to right"),
    (m_mode(delta=(3.5, 0.04)), "15.7 cm from top to bottom"),
]


@pytest.mark.parametrize(("item", "words"), STRIPS)
def test_info_says_what_a_strip_shows(tmp_path: Path, capsys, item, words: str) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=[item])
    assert f"     {words}" in lines_of(capsys, "info", path)


def test_info_compares_the_drawn_baseline(tmp_path: Path, capsys) -> None:
    pixels = np.zeros((768, 1024, 3), np.uint8)
    pixels[342:734, 42:944] = np.random.default_rng(1).integers(0, 30, (392, 902, 1))
    pixels[439:442, 42:944] = (180, 100, 40)
    for reference, words in (
        (110, "baseline at row 452.0, drawn at row 440.0; velocities from +55.0 to -140.5 cm/s"),
        (None, "baseline drawn at row 440.0, not given by the file"),
    ):
        path = write_ultrasound(tmp_path / "a.dcm", pixels, [spectral(reference_y=reference)])
        assert any(words in line for line in lines_of(capsys, "info", path))
        (facts,) = run_json(capsys, "info", path)["regions"]
        assert facts["drawn_baseline_row"] == pytest.approx(440, abs=0.1)
        assert facts["baseline_row"] == (452 if reference else None)


@pytest.mark.parametrize(
    ("items", "possible", "pixels"),
    [
        (
            [],
            False,
            "ivs, lvid, lvpw, aorta, aortic_root, la, rv_base, pa, ivc, tapse, ivcmmax, ivcmmin, "
            "lvotd",
        ),
        (
            [region((0, 0, 1200, 500), (0.02, 0.02))],
            False,
            "ivs, lvid, lvpw, aorta, aortic_root, la, rv_base, pa, ivc, lvotd",
        ),
        ([m_mode()], True, ""),
        ([region((0, 0, 900, 500), (0.02, 0.02))], True, ""),
    ],
)
def test_info_tells_what_is_in_pixels_from_what_is_not_possible(
    tmp_path: Path, capsys, items, possible: bool, pixels: str
) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=items)
    lines = lines_of(capsys, "info", path)
    assert ("Nothing can be measured here in cm or cm/s." in lines) is not possible
    assert ("Can be measured here, if the view shows it:" in lines) is possible
    assert (f"Only in pixels: {pixels}" in lines) is bool(pixels)
    listed = [id for line in lines if line.startswith("Cannot: ") for id in line[8:].split(", ")]
    assert not set(listed) & set(pixels.split(", "))
    facts = run_json(capsys, "info", path)
    assert facts["only_in_pixels"] == [id for id in pixels.split(", ") if id]


def test_value_names_each_number(tmp_path: Path, capsys) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=[spectral(reference_y=300, data=3)])
    assert lines_of(capsys, "value", path, "-m", "mvpeak", "--points", "400,482", "460,542") == [
        "mvpeak e: 80.0 cm/s",
        "mvpeak a: 50.0 cm/s",
        "mvpeak e_a_ratio: 1.60 (time between the points 0.210 s)",
    ]


@pytest.mark.parametrize(
    ("item", "id", "line"),
    [
        # A slope over time and depth is no length, not even in pixels.
        (m_mode(), "ivc", "ivc: no number. It needs a 2-D image; the file has an M-mode strip."),
        (
            spectral(),
            "lvid",
            "lvid: no number. It needs a 2-D image; the file has a continuous-wave Doppler strip.",
        ),
        (
            m_mode(),
            "mvpeak",
            "mvpeak (e, a, e_a_ratio): no number. It needs a pulsed-wave Doppler strip; the file "
            "has an M-mode strip.",
        ),
        (
            region((0, 0, 900, 700), (0.02, 0.02)),
            "tapse",
            "tapse: no number. It needs an M-mode strip; the file has a 2-D image.",
        ),
    ],
)
def test_value_gives_no_pixels_where_they_are_no_length(
    tmp_path: Path, capsys, item, id: str, line: str
) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=[item])
    points = ("--points", "400,482", "460,542")
    assert lines_of(capsys, "value", path, "-m", id, *points, code=5)[0] == line
    record = run_json(capsys, "value", path, "-m", id, *points, code=5)
    assert "pixels" not in record


def test_on_a_screen_of_image_and_strip_no_length_is_taken_from_the_strip(
    tmp_path: Path, capsys
) -> None:
    items = [region((272, 76, 690, 320), (0.05, 0.05)), m_mode()]
    path = write_ultrasound(tmp_path / "a.dcm", regions=items)
    (line, _) = lines_of(capsys, "value", path, "-m", "lvid", "--points", "400,482", "460,542")
    assert line == "lvid: no number. The points do not lie together in a 2-D image."


def test_value_gives_the_sonographers_aorta(real_file: RealFile, capsys) -> None:
    words = ("-m", "aorta", "--points", "629,319", "689,435")
    found = run_json(capsys, "value", real_file("JPGLosslessP14SV1_1s_1f_8b.dcm"), *words)
    assert found["measurement"] == "aorta"
    assert found["frame"] == 0
    assert found["value"] == pytest.approx(3.33, abs=0.005)
    assert found["unit"] == "cm"
    assert found["calibrated"] is True
    assert found["region"] == 0
    assert found["flags"] == []
    assert found["reason"] == ""
    assert found["points"] == [
        {"label": "anterior leading edge", "x": 629.0, "y": 319.0},
        {"label": "posterior leading edge", "x": 689.0, "y": 435.0},
    ]


def test_value_gives_null_and_a_reason_where_calibration_does_not_hold(
    real_file: RealFile, capsys
) -> None:
    file = real_file("examples_ybr_color.dcm")
    found = run_json(capsys, "value", file, "-m", "lvid", "--points", "150,100", "200,150")
    assert found["value"] is None
    assert found["calibrated"] is False
    assert "outside" in found["reason"]


def test_value_of_a_mitral_inflow_gives_e_a_and_the_ratio(tmp_path: Path, capsys) -> None:
    """Zero at 342 + 300 = 642; E (642-482)/2 = 80, A (642-542)/2 = 50, E/A = 1.6."""
    path = write_ultrasound(tmp_path / "a.dcm", regions=[spectral(reference_y=300, data=3)])
    found = run_json(capsys, "value", path, "-m", "mvpeak", "--points", "400,482", "460,542")
    assert found["measurement"] == "mvpeak"
    assert found["value"] == pytest.approx(1.6)
    values = {result["measurement"]: result["value"] for result in found["results"]}
    assert values == pytest.approx({"e": 80.0, "a": 50.0, "e_a_ratio": 1.6})


def test_points_outside_the_strip_give_no_number(tmp_path: Path, capsys) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=[m_mode()])
    found = run_json(capsys, "value", path, "-m", "tapse", "--points", "3,400", "10,380")
    assert found["value"] is None
    assert found["flags"] == ["out_of_region"]


def test_a_doppler_value_on_a_two_dimensional_file_ends_with_code_5(
    real_file: RealFile, capsys
) -> None:
    file = real_file("color3d_jpeg_baseline.dcm")
    found = run_json(capsys, "value", file, "-m", "trvmax", "--points", "300,300", code=5)
    assert found["value"] is None
    assert "continuous-wave" in found["reason"]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("This is no image.\n" * 40)


def _truncated(path: Path) -> None:
    write_ultrasound(path)
    path.write_bytes(path.read_bytes()[:200_000])


def _header_only(path: Path) -> None:
    write_ultrasound(path)
    path.write_bytes(path.read_bytes()[:300])


def _without_pixels(path: Path) -> None:
    import pydicom

    write_ultrasound(path)
    dataset = pydicom.dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)


def _of_class(uid: str, modality: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        write_ultrasound(path, tags={"SOPClassUID": uid, "Modality": modality})

    return write


@pytest.mark.parametrize(
    "damage",
    [
        _empty,
        _text,
        _truncated,
        _header_only,
        _without_pixels,
        _of_class("1.2.840.10008.5.1.4.1.1.88.33", "SR"),
        _of_class("1.2.840.10008.5.1.4.1.1.2", "CT"),
    ],
)
def test_a_bad_file_is_one_sentence_and_code_3(tmp_path: Path, capsys, damage) -> None:
    path = tmp_path / "bad.dcm"
    damage(path)
    assert main(["info", str(path)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("echomeasure: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err


def test_info_says_how_much_of_a_cine_is_there(real_file, tmp_path: Path, capsys) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes(real_file("color3d_jpeg_baseline.dcm").read_bytes()[:200_000])
    facts = run_json(capsys, "info", path)
    (note,) = facts["notes"]
    assert note == f"The file is cut short: it holds {facts['frames']} of its 120 frames."
    cine = read(path)
    assert cine.frame_count == facts["frames"] > 1
    assert cine.frame(cine.frame_count - 1).shape == (480, 640, 3)
    assert main(["info", str(path)]) == 0
    assert note in capsys.readouterr().out


def test_a_missing_file_is_one_sentence_and_code_3(tmp_path: Path, capsys) -> None:
    assert main(["info", str(tmp_path / "nothing.dcm")]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_is_known_by_its_content_not_its_name(tmp_path: Path, capsys) -> None:
    """A PNG still called .dcm, under a name with letters that are not ASCII."""
    path = tmp_path / "Übung échographie 超音波.dcm"
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(path, format="PNG")
    facts = run_json(capsys, "info", path)
    assert (facts["rows"], facts["columns"], facts["frames"]) == (48, 64, 1)
    assert facts["regions"] == []
    assert facts["measurable"]["lvid"]["ok"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["value", "FILE", "-m", "nonsense", "--points", "1,1"],
        ["value", "FILE", "-m", "lvid", "--points", "1,1"],
        ["value", "FILE", "-m", "lvid", "--points", "1,1", "2,2", "--frame", "7"],
        ["measure", "FILE", "-m", "lvid", "--frames", "0:9:x"],
        ["measure", "FILE", "-m", "lvid", "--frames", "5"],
    ],
)
def test_a_wrong_argument_is_one_sentence_and_code_2(tmp_path: Path, capsys, words) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", regions=[region((0, 0, 500, 500), (0.02, 0.02))])
    assert main([str(path) if word == "FILE" else word for word in words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_command_has_help_with_examples(capsys, command: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"echomeasure {command} " in capsys.readouterr().out


def test_no_output_names_the_patient(tmp_path: Path, capsys) -> None:
    path = write_ultrasound(tmp_path / "a.dcm", tags={"PatientName": "Geheim^Gerda"})
    main(["info", str(path)])
    main(["info", str(path), "--json"])
    captured = capsys.readouterr()
    assert "geheim" not in (captured.out + captured.err).lower()


def test_info_says_what_the_file_says_of_the_person_and_what_of_it_cannot_be(
    tmp_path: Path, capsys
) -> None:
    tags = {"PatientSex": "F", "PatientAge": "062Y", "PatientSize": "165", "PatientWeight": "61"}
    file = write_ultrasound(tmp_path / "a.dcm", tags=tags)
    assert main(["info", str(file)]) == 0
    text = capsys.readouterr().out
    assert "The file says of the person: F, 62 years, 61 kg" in text
    assert "not taken from the file: height of 165 m (were centimetres typed?)" in text
    facts = run_json(capsys, "info", file)["subject"]
    assert (facts["sex"], facts["age"], facts["height_cm"]) == ("F", 62, None)
