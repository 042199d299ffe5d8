"""`echomeasure beats`: the beats of an image, of a review and of measurements."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from drawn_cava import write_cava
from review_studies import beating, plax, predicted, predicted_beats, spectral, upright
from small_networks import write_small_networks
from ultrasound_files import region, write_ultrasound
from ultrasound_files import spectral as strip_region

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.tables import write_json
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


@pytest.fixture
def study() -> Review:
    """A cine with ED at frames 0, 40 and 80 of 50 a second, and three jets, one left out."""
    review = Review(plax(81), "AB")
    review.add_predictions(
        predicted("lvid", frame, upright(beating(frame), 60)) for frame in range(81)
    )
    strip = review.add_cine(spectral(RegionKind.CW))
    jets = predicted_beats("trvmax", [[(10, 50)], [(40, 45)], [(70, 48)]])
    review.add_prediction(jets, strip)
    second = [e for e in review.entries.values() if e.measurement == "trvmax"][1]
    review.leave_out(second.id, "ectopic")
    return review


@pytest.fixture
def saved(study: Review, tmp_path: Path) -> Path:
    save(study, tmp_path / "review.json")
    return tmp_path / "review.json"


def told(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> list[dict]:
    assert main(["beats", *map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)["images"]


def values_of(image: dict) -> dict[str, dict]:
    return {value["id"]: value for value in image["values"]}


def test_a_cine_gives_its_beats_and_a_strip_its_own(saved: Path, capsys) -> None:
    """A beat lasts 0.8 s; a column of the strip is 0.01 s, a row 10 cm/s."""
    cine, strip = told(capsys, saved)
    whole = [beat for beat in cine["heart"]["beats"] if beat["complete"]]
    assert [(beat["ed"], beat["es"]) for beat in whole] == [(0, 20), (40, 60)]
    assert cine["heart"]["found_by"] == "diameter"
    assert cine["heart"]["heart_rate"] == pytest.approx(75, abs=1)
    lvids = values_of(cine)["lvids"]["beats"]
    assert [beat["value"] for beat in lvids if beat["value"]] == pytest.approx([3.0, 3.0], abs=0.01)
    assert strip["heart"]["found_by"] == "peaks"
    assert strip["heart"]["rr_s"] == pytest.approx([0.3, 0.3])
    assert strip["heart"]["heart_rate"] == pytest.approx(200)
    jets = values_of(strip)["trvmax"]
    assert [beat["value"] for beat in jets["beats"]] == pytest.approx([-300, -250, -280])
    assert [beat["why_not"] for beat in jets["beats"]] == ["", "left out: ectopic", ""]
    assert (jets["n"], jets["mean"]) == (2, pytest.approx(-290))


def test_measurements_give_the_beats_that_the_review_gives(
    study: Review, saved: Path, tmp_path: Path, capsys
) -> None:
    for number, key in enumerate(study.images):
        write_json(tmp_path / f"{number}.json", document(study, key))
    of_review = told(capsys, saved)
    of_files = told(capsys, tmp_path / "0.json", tmp_path / "1.json")
    assert [image["heart"] for image in of_files] == [image["heart"] for image in of_review]
    assert [image["values"] for image in of_files] == [image["values"] for image in of_review]


def test_a_heart_rate_is_rounded_as_every_number(tmp_path: Path, capsys) -> None:
    """60 / 0.96 s is 62.5, which people round up; the sheet too."""
    strip = strip_region((0, 0, 159, 59), (0.02, -10.0), reference_y=20)
    pixels = np.zeros((60, 160, 3), np.uint8)
    image = write_ultrasound(tmp_path / "a.dcm", pixels, [strip], {"SOPInstanceUID": "1.2.3.4"})
    review = Review(read(image), "AB")
    review.add_prediction(predicted_beats("trvmax", [[(0, 50)], [(48, 45)], [(96, 48)]]))
    save(review, tmp_path / "r.json")
    assert main(["beats", str(tmp_path / "r.json")]) == 0
    assert "heart rate 63 per minute" in capsys.readouterr().out


def test_people_read_a_table_and_why_a_beat_does_not_count(saved: Path, capsys) -> None:
    assert main(["beats", str(saved)]) == 0
    text = capsys.readouterr().out
    assert "Phantom networks" in text
    assert "heart rate 75 per minute, regular; RR 0.80 0.80 s" in text
    (line,) = [line for line in text.splitlines() if "frame 40 0.800 s" in line]
    assert line.split()[:3] == ["2", "frame", "40"]
    assert "frame 60 1.200 s" in line
    assert "[2.50 m/s]" in text
    assert text.count("  beat 3") == 1, "its end-systole is not seen: said once"
    assert "beat 2, TR Vmax: left out: ectopic" in text
    assert "TR Vmax 2.9 m/s, 2 of 3 beats: 1 left out" in text


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid"], ["trvmax"])


def test_of_an_image_the_networks_find_them(weights: Path, tmp_path: Path, capsys) -> None:
    """LVID of a cine and the jet of a strip without being asked; of a still nothing."""
    pixels = np.random.default_rng(4).integers(0, 90, (2, 768, 1024, 3), dtype=np.uint8)
    tags = {"StudyInstanceUID": "1.2.3", "FrameTime": 33.0}
    strip = [strip_region((0, 342, 1023, 767), reference_y=300)]
    image = [region((0, 0, 500, 500), (0.02, 0.02))]
    cine = write_ultrasound(tmp_path / "cine.dcm", pixels, image, tags)
    jet = write_ultrasound(tmp_path / "jet.dcm", pixels[0], strip, tags)
    still = write_ultrasound(tmp_path / "still.dcm", pixels[0], image, tags)
    words = ("--weights", weights)
    first, second = told(capsys, cine, jet, *words)
    assert "LVID is measured on" in first["heart"]["reason"]
    assert len(values_of(second)["trvmax"]["beats"]) > 1
    (nothing,) = told(capsys, still, *words, code=5)
    assert nothing["values"] == []


def test_why_nothing_is_measured_is_said(tmp_path: Path, capsys) -> None:
    """The jet may be in either of two strips."""
    halves = [strip_region((left, 342, left + 500, 767), reference_y=300) for left in (0, 510)]
    file = write_ultrasound(tmp_path / "two.dcm", None, halves)
    assert main(["beats", str(file), "-m", "trvmax", "--reader", "envelope"]) == 5
    assert "the file has 2 of them" in capsys.readouterr().err


def test_images_and_documents_are_not_mixed(saved: Path, tmp_path: Path, capsys) -> None:
    image = write_ultrasound(tmp_path / "a.dcm")
    assert main(["beats", str(saved), str(image)]) == 2
    assert "Ask for one kind at a time" in capsys.readouterr().err
    assert main(["beats", str(tmp_path / "nothing.dcm")]) == 3


def test_breaths_of_a_vena_cava_are_no_beats(tmp_path: Path, capsys) -> None:
    """Widest every 3.2 s, 19 a minute: no heart has such a rate, and none is said."""
    file = write_cava(tmp_path / "cava.dcm")
    words = ["-m", "ivcmmax", "-m", "ivcmmin", "--reader", "envelope"]
    (image,) = told(capsys, file, *words)
    assert len(values_of(image)["ivcmmax"]["beats"]) > 1
    assert (image["heart"]["heart_rate"], image["heart"]["rr_s"]) == (None, [])
    assert image["heart"]["rhythm"] == ""
    assert main(["beats", str(file), *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("breath "))
    assert re.fullmatch(r" +1  2\.0\d cm at \d\.\d+ s +1\.0\d cm at \d\.\d+ s", lines[head + 1])
    assert not re.search(r"\bbeat|heart", "\n".join(lines))


def test_calipers_of_a_vena_cava_are_listed_by_breath(tmp_path: Path, capsys) -> None:
    file = write_cava(tmp_path / "cava.dcm")
    words = ["measure", str(file), "-m", "ivcmmin", "--reader", "envelope"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"breath 2 +IVC minimum \(M-mode\) 1\.0\d cm", out)
    assert "beat" not in out
