"""`echomeasure measure` from the file to the folder of results, with small networks."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from schemas import validate
from small_networks import write_small_networks
from ultrasound_files import m_mode, region, spectral, write_ultrasound

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.inference import view_check
from EchoMeasureLib.phantoms.generate import generate, write

RealFile = Callable[[str], Path]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small networks for one linear and one two-point Doppler measurement."""
    return write_small_networks(tmp_path_factory.mktemp("weights"), ["rv_base"], ["mvpeak"])


@pytest.fixture(scope="session")
def inflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pulsed-wave strip of noise that fills all a network sees of a 768 x 1024 screen."""
    pixels = np.random.default_rng(4).integers(0, 90, (768, 1024, 3), dtype=np.uint8)
    path = tmp_path_factory.mktemp("inflow") / "inflow.dcm"
    return write_ultrasound(path, pixels, [spectral((0, 342, 1023, 767), reference_y=300, data=3)])


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_a_cine_gives_document_table_pictures_and_video(
    real_file: RealFile, weights: Path, tmp_path: Path, capsys
) -> None:
    file, out = real_file("color3d_jpeg_baseline.dcm"), tmp_path / "Ergebnisse ä"
    words = ["-m", "rv_base", "--frames", "0,60", "--weights", str(weights), "--video"]
    assert main(["measure", str(file), *words, "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    written = json.loads((out / "measurements.json").read_text(encoding="utf-8"))
    assert printed == written
    validate(written, "exporting/measurements.schema.json")
    assert sorted(path.name for path in out.iterdir()) == [
        "calipers.mp4",
        "frame-000.png",
        "frame-060.png",
        "measurements.csv",
        "measurements.json",
    ]
    first, second = written["results"]
    assert (first["frame"], second["frame"]) == (0, 60)
    assert second["time_s"] == pytest.approx(60 * 0.033333)
    assert first["decoder"] == "robust"
    assert first["model"]["set"] == "custom"
    assert len(first["model"]["sha256"]) == 64
    assert written["source"]["sop_instance_uid"]
    assert "research use only" in written["notice"].lower()
    with (out / "measurements.csv").open(encoding="utf-8", newline="") as table:
        lines = list(csv.DictReader(table))
    calipers = [line for line in lines if line["kind"] == "caliper"]
    assert [line["frame"] for line in calipers] == ["0", "60"]
    assert [line["model_set"] for line in calipers] == ["custom", "custom"]
    assert {line["kind"] for line in lines[2:]} == {"summary"}
    # Cropped to the region, columns 84-595 and rows 31-414, at native resolution.
    assert size_of(out / "frame-000.png") == (512, 384)
    with av.open(str(out / "calipers.mp4")) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert len(times) == 120
    assert times[-1] - times[0] == pytest.approx(119 * 0.033333, abs=0.002)


@pytest.mark.parametrize("neighbours", [True, False])
def test_frames_beside_a_single_one_are_run_and_said_and_no_results(
    real_file: RealFile, weights: Path, tmp_path: Path, capsys, neighbours: bool
) -> None:
    words = ["-m", "rv_base", "--frames", "60", "--weights", str(weights), "--json"]
    words += [] if neighbours else ["--no-neighbours"]
    file = real_file("color3d_jpeg_baseline.dcm")
    assert main(["measure", str(file), *words, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert [result["frame"] for result in json.loads(printed.out)["results"]] == [60]
    said = "4 neighbouring frames run too; --no-neighbours leaves them out." in printed.err
    assert said is neighbours


@pytest.mark.parametrize(
    ("name", "poor", "said"),
    [
        # A probe in the air: only its near field is lit.
        ("OBXXXX1A.dcm", True, "No ultrasound picture is seen"),
        ("color3d_jpeg_baseline.dcm", False, "No ECG is seen"),
    ],
)
def test_the_picture_is_judged_first_and_a_poor_one_flags_its_numbers(
    real_file: RealFile, weights: Path, tmp_path: Path, capsys, name: str, poor: bool, said: str
) -> None:
    words = ["-m", "rv_base", "--frames", "0", "--weights", str(weights), "--json"]
    out = ["--out", str(tmp_path / "o")]
    assert main(["measure", str(real_file(name)), *words, *out]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    validate(document, "exporting/measurements.schema.json")
    assert document["quality"]["poor"] is poor
    assert any(line.startswith(said) for line in captured.err.splitlines())
    (result,) = document["results"]
    assert ("poor_quality" in result["flags"]) is poor
    assert ("No ultrasound picture" in result.get("doubt", "")) is poor


@pytest.mark.parametrize(("words", "flagged"), [([], True), (["--no-view-check"], False)])
def test_what_is_measured_in_another_view_is_flagged_whoever_measures(
    weights: Path, tmp_path: Path, capsys, words: list[str], flagged: bool
) -> None:
    """Somebody's own network finds the base of the right ventricle in a vena cava."""
    file, _ = write(generate("subcostal", "480x640", 3, 1), tmp_path)
    asked = ["-m", "rv_base", "--weights", str(weights), "--out", str(tmp_path / "o"), "--json"]
    assert main(["measure", str(file), *asked, *words]) == 0
    document = json.loads(capsys.readouterr().out)
    validate(document, "exporting/measurements.schema.json")
    (result,) = document["results"]
    assert ("other_view" in result["flags"]) is flagged
    said = "The picture looks like a subcostal view of the inferior vena cava."
    assert (said in result.get("doubt", "")) is flagged


def test_without_the_packages_networks_ones_own_measure_and_the_view_is_not_checked(
    weights: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution may leave them out."""
    monkeypatch.setattr(view_check, "package_folder", lambda: tmp_path / "nowhere")
    file, _ = write(generate("subcostal", "480x640", 3, 1), tmp_path)
    asked = ["-m", "rv_base", "--weights", str(weights), "--out", str(tmp_path / "o"), "--json"]
    assert main(["measure", str(file), *asked]) == 0
    captured = capsys.readouterr()
    (result,) = json.loads(captured.out)["results"]
    assert "other_view" not in result["flags"]
    said = "The view of the picture was not checked: the package's own networks are not there"
    assert captured.err.count(said) == 1


def test_the_whole_screen_is_kept_on_request_only(weights: Path, tmp_path: Path) -> None:
    """The image lies in columns 60-579 and rows 40-439 of a screen of 640 x 480."""
    noise = np.random.default_rng(6).integers(0, 90, (480, 640, 3), dtype=np.uint8)
    regions = [region((60, 40, 579, 439), (0.03, 0.03))]
    file = write_ultrasound(tmp_path / "still.dcm", noise, regions)
    words = ["measure", str(file), "-m", "rv_base", "--weights", str(weights)]
    assert main([*words, "--out", str(tmp_path / "cropped")]) == 0
    assert main([*words, "--out", str(tmp_path / "whole"), "--keep-screen"]) == 0
    assert size_of(tmp_path / "cropped" / "frame-0.png") == (520, 400)
    assert size_of(tmp_path / "whole" / "frame-0.png") == (640, 480)


def test_each_beat_of_a_mitral_inflow_gives_three_results(
    weights: Path, inflow: Path, tmp_path: Path, capsys
) -> None:
    words = ["-m", "mvpeak", "--weights", str(weights), "--out", str(tmp_path / "o")]
    assert main(["measure", str(inflow), *words, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert len({result["entry"] for result in results}) == len(results) // 3 > 1
    for first in range(0, len(results), 3):
        beat = results[first : first + 3]
        assert [result["measurement"] for result in beat] == ["e", "a", "e_a_ratio"]
        assert [result["unit"] for result in beat] == ["cm/s", "cm/s", "1"]
        assert len({result["entry"] for result in beat}) == 1
        e, a, ratio = (result["value"] for result in beat)
        if ratio is not None:
            assert ratio == pytest.approx(e / a)


def test_what_cannot_be_measured_here_is_said_and_the_rest_is_done(
    real_file: RealFile, weights: Path, tmp_path: Path, capsys
) -> None:
    file, out = real_file("color3d_jpeg_baseline.dcm"), tmp_path / "o"
    words = ["-m", "trvmax", "-m", "rv_base", "--frames", "3", "--weights", str(weights)]
    assert main(["measure", str(file), *words, "--out", str(out), "--json"]) == 5
    document = json.loads(capsys.readouterr().out)
    assert [result["measurement"] for result in document["results"]] == ["rv_base"]
    assert "continuous-wave" in document["not_measured"]["trvmax"]


def test_a_measurement_of_the_wrong_mode_writes_nothing(
    real_file: RealFile, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "o"
    file = real_file("color3d_jpeg_baseline.dcm")
    assert main(["measure", str(file), "-m", "tapse", "--out", str(out)]) == 5
    assert not out.exists()
    assert "M-mode" in capsys.readouterr().err


def test_an_uncalibrated_still_gives_pixels_and_no_picture_of_the_screen(
    weights: Path, tmp_path: Path, capsys
) -> None:
    """Nothing says which part of a PNG is the image, and a name may stand on it."""
    file, out = tmp_path / "still.png", tmp_path / "o"
    noise = np.random.default_rng(5).integers(0, 90, (480, 640, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file)
    words = ["-m", "rv_base", "--weights", str(weights), "--out", str(out), "--json"]
    assert main(["measure", str(file), *words]) == 0
    captured = capsys.readouterr()
    (result,) = json.loads(captured.out)["results"]
    assert result["value"] is None
    assert result["pixels"] > 0
    assert "no calibrated regions" in result["reason"]
    assert not list(out.glob("*.png"))
    assert "--keep-screen" in captured.err


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:"
            + b"a" * 64
            + b"\nsize 158894746\n",
            "git lfs pull",
        ),
        (b"PK\x03\x04" + b"\0" * 5000, "truncated"),
        (b"", "empty"),
        (b"some other file " * 200, "not a checkpoint"),
    ],
)
def test_unusable_weights_are_one_sentence_and_code_4(
    real_file: RealFile, tmp_path: Path, capsys, content: bytes, word: str
) -> None:
    weights, out = tmp_path / "weights", tmp_path / "o"
    weights.mkdir()
    (weights / "rv_base_weights.ckpt").write_bytes(content)
    words = ["-m", "rv_base", "--frames", "0", "--weights", str(weights), "--out", str(out)]
    assert main(["measure", str(real_file("color3d_jpeg_baseline.dcm")), *words]) == 4
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.err.count("\n") == 1
    assert not out.exists()


def test_weights_with_other_channels_are_refused(tmp_path: Path, capsys) -> None:
    """Two channels where a single-point Doppler network has one."""
    wrong = tmp_path / "weights"
    wrong.mkdir()
    state = {
        "m.backbone.conv1.weight": torch.zeros(1),
        "m.backbone.layer3.5.conv3.weight": torch.zeros(1),
        "m.classifier.4.weight": torch.zeros(2, 256, 1, 1),
    }
    torch.save(state, wrong / "trvmax.ckpt")
    strip = write_ultrasound(tmp_path / "a.dcm", regions=[spectral()])
    words = ["-m", "trvmax", "--weights", str(wrong), "--out", str(tmp_path / "o")]
    assert main(["measure", str(strip), *words]) == 4
    assert "2 output channel(s)" in capsys.readouterr().err


def test_no_weights_at_all_say_where_they_were_looked_for(tmp_path: Path, capsys) -> None:
    file = write_ultrasound(tmp_path / "a.dcm", regions=[region((0, 0, 900, 700), (0.02, 0.02))])
    words = ["-m", "lvid", "--weights", str(tmp_path), "--out", str(tmp_path / "o")]
    assert main(["measure", str(file), *words]) == 4
    assert "echomeasure weights install" in capsys.readouterr().err


def endless() -> Dataset:
    """A bound of 1e308, written as a floating-point number."""
    item = region((0, 0, 900, 700), (0.02, 0.02))
    tag = item.data_element("RegionLocationMaxX1").tag
    item[tag] = DataElement(tag, "FD", 1e308)
    return item


IMPOSSIBLE = [
    (region((0, 0, 900, 700), (1e200, 0.02)), "lvid", "1e+200 cm wide"),
    (region((0, 0, 900, 700), (0.02, 1e200)), "lvid", "cm deep"),
    (region((0, 0, 900, 700), (0.2, 0.02)), "lvid", "as on no screen"),
    (endless(), "lvid", "they have no end"),
    (spectral(delta=(0.0035, 1e200)), "trvmax", "cm/s from top to bottom"),
    (spectral(delta=(0.0035, -0.005)), "trvmax", "1.96 cm/s from top to bottom"),
    (m_mode(delta=(0.0035, 1e200)), "tapse", "cm deep"),
]


@pytest.mark.parametrize(("item", "id", "words"), IMPOSSIBLE)
def test_a_scale_that_cannot_be_is_said_before_any_network_runs(
    tmp_path: Path, capsys, item, id: str, words: str
) -> None:
    """There are no weights here at all, so nothing can have run."""
    file = write_ultrasound(tmp_path / "a.dcm", regions=[item])
    where = ["--weights", str(tmp_path), "--out", str(tmp_path / "o")]
    assert main(["measure", str(file), "-m", id, *where]) == 4
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith(f"{id} can have no number here. ")
    assert words in first
    points = ["400,420", "460,482"][: len(CATALOG[id].points)]
    assert main(["value", str(file), "-m", id, "--points", *points]) == 0
    assert "no number" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_to_is_said_before_the_work(
    real_file: RealFile, weights: Path, tmp_path: Path, capsys
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("no folder")
    words = ["-m", "rv_base", "--weights", str(weights), "--out", str(blocker / "o")]
    assert main(["measure", str(real_file("color3d_jpeg_baseline.dcm")), *words]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "cannot be written to" in captured.err
    assert blocker.read_text() == "no folder"


def test_results_that_fail_half_way_leave_nothing_behind(
    real_file: RealFile, weights: Path, tmp_path: Path, monkeypatch
) -> None:
    """The disk is full when the last picture is written."""
    out = tmp_path / "o"

    def no_space(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", no_space)
    words = ["-m", "rv_base", "--frames", "0", "--weights", str(weights), "--out", str(out)]
    assert main(["measure", str(real_file("color3d_jpeg_baseline.dcm")), *words]) == 1
    assert not out.exists()


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty frames of the same noise, 50 a second, at 60 beats a minute."""
    pixels = np.random.default_rng(6).integers(0, 200, (1, 96, 128, 3), dtype=np.uint8)
    path = tmp_path_factory.mktemp("moving") / "moving.dcm"
    tags = {"FrameTime": "20", "HeartRate": "60"}
    return write_ultrasound(path, pixels.repeat(30, 0), [region((0, 0, 127, 95), (0.1, 0.1))], tags)


def test_of_a_cine_the_frames_that_matter_are_run(
    moving: Path, weights: Path, tmp_path: Path, capsys
) -> None:
    """Where nothing moves, the coarse row: every fourth frame, and the last."""
    words = ["-m", "rv_base", "--weights", str(weights), "--no-view-check", "--out", str(tmp_path)]
    assert main(["measure", str(moving), *words, "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    validate(found, "exporting/measurements.schema.json")
    assert [result["frame"] for result in found["results"]] == [*range(0, 30, 4), 29]
    assert found["frames_run"] == {"rv_base": 9}
    assert "Frames are chosen by the heart (the heart rate of the file)" in told.err
    assert main(["measure", str(moving), *words]) == 0
    said = capsys.readouterr().out
    assert "Of 30 frames were run: 9 (RV base). The others are not measured." in said
    assert main(["measure", str(moving), *words, "--every-frame", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["frames_run"] == {"rv_base": 30}
    assert "Frames are chosen" not in told.err
