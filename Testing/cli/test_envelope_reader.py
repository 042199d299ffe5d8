"""`--reader envelope`: Doppler strips measured with neither weights nor torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from phantom_study import write_clip
from pydicom.dataset import Dataset
from schemas import validate
from ultrasound_files import region, spectral, write_ultrasound

import EchoMeasureLib
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.measurements_reading import parse_measurements
from EchoMeasureLib.exporting.structured_report.own_reviews import review_of_report
from EchoMeasureLib.exporting.structured_report.report_contents import contents_of
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode, tree_of
from EchoMeasureLib.exporting.structured_report.report_writing import Template, make_report
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.view_texts import VIEW_TAGS
from EchoMeasureLib.measuring.by_envelope import READER, READER_VERSION
from EchoMeasureLib.measuring.calipers import Origin
from EchoMeasureLib.review.document import load

WITHOUT_TORCH = """
import sys
sys.modules.update(dict.fromkeys(("torch", "torchvision", "openvino")))
from EchoMeasureLib.cli.main import main
sys.exit(main({words!r}))
"""


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("strips")
    seeds = {"lvotvmax": 1, "mvpeak": 3}  # two clear beats or more
    return {id: write_clip(folder, id, seed).path for id, seed in seeds.items()}


def test_a_strip_is_measured_without_torch(strips: dict[str, Path], tmp_path: Path) -> None:
    words = ["measure", str(strips["lvotvmax"]), "-m", "lvotvmax", "--reader", "envelope"]
    code = WITHOUT_TORCH.format(words=[*words, "--json", "--out", "out"])
    library = str(Path(EchoMeasureLib.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {library!r})\n{code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)
    validate(written, "exporting/measurements.schema.json")
    assert written["not_measured"] == {}
    assert {result["origin"] for result in written["results"]} == {"envelope"}
    assert written["results"][0]["model"]["file"] == f"envelope reader {READER_VERSION}"
    assert len(list((tmp_path / "out").glob("*.png"))) == 1
    again = parse_measurements(written, "measurements.json")
    assert {entry.caliper.model for entry in again.entries} == {READER}
    assert all(entry.predicted == entry.caliper for entry in again.entries)


def test_what_it_does_not_read_is_refused_and_the_rest_is_measured(
    strips: dict[str, Path], tmp_path: Path, capsys
) -> None:
    words = ["-m", "lvotvmax", "-m", "lvid", "--reader", "envelope", "--out", str(tmp_path)]
    assert main(["measure", str(strips["lvotvmax"]), *words]) == 5
    said = capsys.readouterr()
    assert "lvid is not of a Doppler strip" in said.err
    assert said.out.startswith("Envelope reader: tried on synthetic strips only.")


def test_a_strip_without_clear_waves_gives_a_reason_and_no_number(tmp_path: Path, capsys) -> None:
    noise = np.random.default_rng(4).integers(0, 90, (768, 1024, 3), dtype=np.uint8)
    strip = spectral((0, 342, 1023, 767), reference_y=300, data=3)
    file = write_ultrasound(tmp_path / "noise.dcm", noise, [strip])
    words = ["-m", "mvpeak", "--reader", "envelope", "--json", "--out", str(tmp_path / "out")]
    assert main(["measure", str(file), *words]) == 5
    printed = json.loads(capsys.readouterr().out)
    assert printed["results"] == []
    assert "clear" in printed["not_measured"]["mvpeak"]


@pytest.mark.parametrize(
    ("regions", "asked", "words"),
    [
        ([], "mvpeak", "no calibrated regions"),
        ([], "auto", "no calibrated regions"),
        ([spectral(delta=(0.0, -0.5), data=3)], "mvpeak", "missing or zero"),
        ([spectral(bounds=(42, 342, 2000, 733), data=3)], "mvpeak", "reaches outside"),
    ],
)
def test_a_strip_that_is_not_calibrated_gives_one_reason_and_what_to_do(
    regions: list[Dataset], asked: str, words: str, tmp_path: Path, capsys
) -> None:
    file = write_ultrasound(tmp_path / "strip.dcm", None, regions)
    out = tmp_path / "out"
    orders = ["-m", asked, "--reader", "envelope", "--out", str(out)]
    assert main(["measure", str(file), *orders]) == 5
    said = capsys.readouterr()
    assert said.out == ""
    reason, advice = said.err.splitlines()
    assert words in reason
    assert "calibrate it by hand" in advice
    assert not out.exists()


def test_auto_on_a_picture_without_a_strip_says_so(tmp_path: Path, capsys) -> None:
    file = write_ultrasound(tmp_path / "plax.dcm", None, [region((0, 0, 900, 700), (0.02, 0.02))])
    assert main(["measure", str(file), "-m", "auto", "--reader", "envelope"]) == 5
    assert "the file has a 2-D image: measure it with the networks" in capsys.readouterr().err


def test_auto_takes_what_the_words_of_the_file_name(
    strips: dict[str, Path], tmp_path: Path, capsys
) -> None:
    words = ["-m", "auto", "--reader", "envelope"]
    named = [str(strips["lvotvmax"]), *words, "--out", str(tmp_path / "named")]
    assert main(["measure", *named]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("LVOT Vmax", "LVOT VTI", "LVOT AT"))
    dataset = pydicom.dcmread(strips["lvotvmax"])
    for tag in VIEW_TAGS:
        if tag in dataset:
            delattr(dataset, tag)
    dataset.save_as(tmp_path / "silent.dcm")
    assert main(["measure", str(tmp_path / "silent.dcm"), *words]) == 5
    assert "name it with -m" in capsys.readouterr().err


def test_auto_gives_all_of_a_flow_or_the_reason(
    strips: dict[str, Path], tmp_path: Path, capsys
) -> None:
    words = ["-m", "auto", "--reader", "envelope", "--json", "--out", str(tmp_path / "out")]
    assert main(["measure", str(strips["mvpeak"]), *words]) == 0
    written = json.loads(capsys.readouterr().out)
    measured = {result["measurement"] for result in written["results"]}
    assert {"e", "a", "e_a_ratio"} <= measured
    others = measured - {"e", "a", "e_a_ratio"} | {*written["not_measured"]}
    assert others == {"mvvti", "mvdt", "mvedur", "mvadur"}
    assert all(written["not_measured"].values())


def test_both_readers_share_a_flow(strips: dict[str, Path], tmp_path: Path, capsys) -> None:
    words = ["-m", "lvotvti", "-m", "lvotvmax", "--reader", "both", "--no-view-check", "--json"]
    assert main(["measure", str(strips["lvotvmax"]), *words, "--out", str(tmp_path / "out")]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert {r["origin"] for r in results if r["measurement"] == "lvotvti"} == {"envelope"}
    assert "predicted" in {r["origin"] for r in results if r["measurement"] == "lvotvmax"}


def test_a_review_of_its_calipers_goes_into_a_report_and_back(
    strips: dict[str, Path], tmp_path: Path, capsys
) -> None:
    file, document = strips["mvpeak"], tmp_path / "review.json"
    making = ["--out", str(document), "-m", "mvpeak", "--reader", "envelope"]
    assert main(["review", "init", str(file), *making]) == 0
    validate(json.loads(document.read_text()), "review/review.schema.json")
    review = load(document, read(file), "nobody")
    entries = list(review.entries.values())
    assert {entry.caliper.origin for entry in entries} == {Origin.ENVELOPE}
    assert {event.who for event in review.audit if event.entry} == {READER.file}
    review.accept(entries[0].id)
    sources = {key: pydicom.dcmread(file, stop_before_pixels=True) for key in review.images}
    for template in Template:
        tree = tree_of(make_report(contents_of(review, True), sources, template))
        assert f"envelope reader {READER_VERSION}" in said_in(tree.root)
        assert "sha256" not in said_in(tree.root)
        again, _ = review_of_report(tree, [read(file)])
        same = [e.caliper for e in again.entries.values() if e.caliper.origin is Origin.ENVELOPE]
        assert len(same) >= len(entries) - 1
        assert {caliper.model for caliper in same} == {READER}


def said_in(node: ReportNode) -> str:
    """All words of a report."""
    return " ".join([node.words, *map(said_in, node.children)])


def test_a_strip_on_several_frames_has_no_mean_and_says_what_to_do(
    strips: dict[str, Path], tmp_path: Path, capsys
) -> None:
    """As a sweep that goes on while it is recorded: the second frame is not yet written."""
    shown = read(strips["lvotvmax"]).frame(0)
    regions = list(pydicom.dcmread(strips["lvotvmax"]).SequenceOfUltrasoundRegions)
    frames = np.stack([shown, shown * 0, shown])
    file = write_ultrasound(tmp_path / "sweep.dcm", frames, regions, {"FrameTime": 100})
    words = ["-m", "lvotvmax", "--reader", "envelope", "--out", str(tmp_path / "out")]
    main(["measure", str(file), *words])
    told = capsys.readouterr()
    assert "2 frames show it: accept the one that counts" in told.out
    assert "by the envelope reader on frame 1: The strip shows no jet" in told.err
    assert "such as --frames 2." in told.err
    assert main(["measure", str(file), *words, "--frames", "2", "--overwrite"]) == 0
    told = capsys.readouterr()
    assert "LVOT Vmax" in told.out
    assert "name the one" not in told.err


def test_a_wave_is_traced_in_every_beat(strips: dict[str, Path], tmp_path: Path, capsys) -> None:
    words = ["-m", "lvotvti", "--reader", "envelope", "--json", "--out", str(tmp_path / "out")]
    assert main(["measure", str(strips["lvotvmax"]), *words]) == 0
    written = json.loads(capsys.readouterr().out)
    validate(written, "exporting/measurements.schema.json")
    traced = [result for result in written["results"] if result["measurement"] == "lvotvti"]
    assert {result["origin"] for result in traced} == {"envelope"}
    assert all(len(result["points"]) > 10 for result in traced)
    assert len(list((tmp_path / "out").glob("*.png"))) == 1
    assert all(5 < result["value"] < 40 for result in traced)
