"""Distilling: what teachers see is what a student learns, and how near it comes is said in mm."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from review_studies import MODEL, plax, upright
from small_networks import write_small_networks
from teaching import Budget, taught
from thin_deeplab import thin_network, widened
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import InvalidArgument, WeightsProblem
from EchoMeasureLib.geometry import Affine2D, Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.canvas import IMAGE_SIZE, STRIP_SIZE
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_facts import HeatGrid
from EchoMeasureLib.inference.weight_store import package_folder
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.training.augmenting import warp, warp_heats
from EchoMeasureLib.training.distilling import read_unlabelled
from EchoMeasureLib.training.fine_tuning import from_scratch
from EchoMeasureLib.training.manifest import Example, read_phantoms
from EchoMeasureLib.training.targets import SPOTS, Grid, heat_maps
from EchoMeasureLib.training.tasks import CanvasKind, Heads
from EchoMeasureLib.training.teacher_agreement import agreement, agreements_of, summed_up
from EchoMeasureLib.training.teachers import LEVELS, Teachers, TeacherSource, lessons, on_grid
from EchoMeasureLib.training.trainees import Architecture, CompactTrainee, echonet_network

MAPS = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    [[1.0, 0.0, 12.0], [0.0, 1.0, -8.0]],
    [[1.1, 0.0, 0.0], [0.0, 0.9, 0.0]],
    [[0.995, -0.1, 5.0], [0.1, 0.995, 3.0]],
]


@pytest.mark.parametrize("size", [(320, 240), (512, 213)])
@pytest.mark.parametrize("matrix", MAPS)
def test_heat_maps_move_as_landmarks_do(matrix: list[list[float]], size: tuple[int, int]) -> None:
    """Of 213 rows a map has 107, half a cell more than there are."""
    columns, rows = size
    grid = Grid(-(-rows // 2), -(-columns // 2), 2, 2)
    points = torch.tensor([[[[0.6 * columns, 0.45 * rows]]]])
    heats = heat_maps(points, grid, SPOTS[CanvasKind.IMAGE])
    maps = torch.tensor([matrix])
    moved = warp_heats(heats, maps, torch.tensor([float(columns), float(rows)]), 2)
    _, placed = warp(torch.zeros(1, 3, rows, columns), points, maps)
    assert centre(moved[0, 0], grid) == pytest.approx(placed[0, 0, 0].tolist(), abs=0.05)
    assert float(moved.max()) > 0.9


def centre(heat: torch.Tensor, grid: Grid) -> list[float]:
    """The centroid of a whole map, in pixels of the picture."""
    x = (heat.sum(0) * torch.arange(grid.columns)).sum() / heat.sum()
    y = (heat.sum(1) * torch.arange(grid.rows)).sum() / heat.sum()
    at: list[float] = grid.to_canvas(torch.stack((x, y))).tolist()
    return at


@pytest.mark.parametrize("canvas", [IMAGE_SIZE, STRIP_SIZE])
def test_a_map_of_any_grid_lies_on_that_of_the_student(canvas: tuple[int, int]) -> None:
    """DeepLabV3 gives an eighth of the canvas, the student learns a quarter."""
    heads = Heads.of(["lvid" if canvas == IMAGE_SIZE else "tapse"])
    grid = CompactTrainee(heads).grid
    columns, rows = canvas
    logits = np.full((2, -(-rows // 8), columns // 8), -12, np.float32)
    logits[1, 10, 20] = 12.0
    cells = Affine2D.resize((logits.shape[2], logits.shape[1]), canvas)
    levels = on_grid(Heat(logits, HeatGrid(cells, canvas), Affine2D.identity()), grid)
    assert levels.shape == (2, grid.rows, grid.columns)
    assert levels[0].max() == 0
    total = levels[1].astype(float)
    x = (total * np.arange(grid.columns)).sum() / total.sum()
    y = (total * np.arange(grid.rows)[:, None]).sum() / total.sum()
    wanted = cells.apply(20, 10)
    # Cell i of the student lies at canvas pixel 4 i + 1.5.
    assert [4 * x + 1.5, 4 * y + 1.5] == pytest.approx([wanted.x, wanted.y], abs=0.1)
    assert levels.max() > 0.5 * LEVELS


SCREEN = np.random.default_rng(5).integers(0, 90, (768, 1024, 3), np.uint8)
IMAGE = region((100, 80, 899, 699), (0.02, 0.02))


def example(path: Path) -> Example:
    return Example(path, 0, path.stem, {}, "train")


def test_measurements_of_one_canvas_are_taught_together(tmp_path: Path) -> None:
    plain = write_ultrasound(tmp_path / "b.dcm", SCREEN, [IMAGE])
    strip = write_ultrasound(tmp_path / "s.dcm", SCREEN, [spectral(data=3)])
    bare = write_ultrasound(tmp_path / "n.dcm", SCREEN, [])
    files = [example(path) for path in (plain, strip, bare)]
    found = lessons(files, Heads.of(["ivs", "lvid"]))
    assert [(one.example.file, one.measurements) for one in found] == [(plain, ("ivs", "lvid"))]
    # On a strip of pulsed waves E and A stand above the baseline, the others below it.
    heads = Heads.of(["lvotvmax", "latevel", "mvpeak", "tapse"])
    below, above = lessons(files, heads)
    assert below.measurements == ("lvotvmax", "latevel")
    assert above.measurements == ("mvpeak",)


def test_what_is_not_taught_on_a_canvas_is_masked(tmp_path: Path) -> None:
    weights = write_small_networks(tmp_path, strip=["lvotvmax", "mvpeak"])
    strip = write_ultrasound(tmp_path / "s.dcm", SCREEN, [spectral(data=3)])
    teachers = Teachers(weights)
    assert teachers.measurements == ("lvotvmax", "mvpeak")
    heads = Heads.of(teachers.measurements)
    some = tuple(lessons([example(strip)], heads))
    source = TeacherSource(teachers, heads, CompactTrainee(heads).grid, some)
    below, above = source.sample(0), source.sample(1)
    assert below.supervision.known.tolist() == [1, 0, 0]
    assert above.supervision.known.tolist() == [0, 1, 1]
    # A small network sees something everywhere.
    assert below.heats[0, :-1].min() > 0.2 * LEVELS
    assert below.heats[1:].max() == 0
    assert above.heats[1:, :-1].min() > 0.2 * LEVELS


def write_unlabelled(folder: Path, count: int = 12) -> Path:
    """Small stills of a study each, some of which are held out."""
    folder.mkdir()
    for number in range(count):
        uids = {"StudyInstanceUID": f"1.2.7.{number}", "SOPInstanceUID": f"1.2.7.{number}.1"}
        write_ultrasound(folder / f"{number}", np.roll(SCREEN, number, 1), [IMAGE], uids)
    (folder / "notes.txt").write_text("no image")
    return folder


def test_images_that_nobody_labelled_are_split_by_study_without_its_uid(tmp_path: Path) -> None:
    found = read_unlabelled(write_unlabelled(tmp_path / "u"))
    assert len(found) == 12
    assert {"train", "validation"} <= {one.split for one in found}
    assert not any("1.2.7" in one.study for one in found)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidArgument, match="holds no image"):
        read_unlabelled(tmp_path / "empty")


def test_from_a_folder_of_teachers_to_one_network_that_says_what_it_is(
    tmp_path: Path, capsys
) -> None:
    (tmp_path / "teachers").mkdir()
    teachers = write_small_networks(tmp_path / "teachers", ["ivs", "lvid"])
    out = tmp_path / "student.ckpt"
    unlabelled = write_unlabelled(tmp_path / "u")
    words = ["--teacher", str(teachers), "--unlabelled", str(unlabelled), "--out", str(out)]
    # Begun from a small network the student is one, and learns in a moment.
    words += ["--start", str(teachers / "image.ckpt"), "--steps", "2", "--batch", "2"]
    assert main(["train", *words]) == 0
    told = json.loads(out.with_suffix(".json").read_text())
    assert told["measurements"] == ["ivs", "lvid"]
    assert set(told["data"]["teachers"]) == {"ivs", "lvid"}
    assert {one["id"] for one in told["metrics"]["agreement"]} == {"ivs", "lvid"}
    assert told["metrics"]["speed"]["networks"] == 1
    assert "1.2.7" not in out.with_suffix(".json").read_text()
    printed = capsys.readouterr().out
    assert "as fast on this machine" in printed
    assert "held out" in printed


def test_who_teaches_itself_agrees_with_itself(tmp_path: Path) -> None:
    path, _ = write(generate("plax", "480x640", 3, 1), tmp_path)
    teachers = Teachers(package_folder(), ["lvid", "ivs"])
    some = lessons([Example(path, 0, "s", {}, "validation")], Heads.of(["lvid", "ivs"]))
    found = agreement(teachers, package_folder() / "image.ckpt", some)
    assert [(one.id, one.unit) for one in found] == [("lvid", "mm"), ("ivs", "mm")]
    for one in found:
        assert one.n == one.asked > 0
        assert (one.bias, one.mean_difference) == (0, 0)


def caliper(cine: Cine, length_px: int, disagreement: float = 0.0) -> Caliper:
    points = [
        Landmark(x, y, confidence=0.9, disagreement=disagreement) for x, y in upright(length_px)
    ]
    return measure(cine, "lvid", points, 0, Origin.PREDICTED, MODEL)


def test_numbers_with_a_flag_are_compared_apart() -> None:
    """Two studies at 1 mm a pixel; of the second the teacher's decoders disagree."""
    cine = plax()
    sure, doubtful = caliper(cine, 40), caliper(cine, 50, disagreement=30)
    assert (sure.excluded, bool(doubtful.excluded)) == ("", True)
    pairs = [("a", sure, caliper(cine, 41)), ("b", doubtful, caliper(cine, 48))]
    plain, all_of_them = agreements_of("lvid", pairs)
    assert (plain.flagged, plain.asked, plain.n, plain.bias) == (False, 1, 1, pytest.approx(1))
    assert (all_of_them.flagged, all_of_them.asked, all_of_them.n) == (True, 2, 2)
    assert all_of_them.bias == pytest.approx(-0.5)
    assert "lvid, flagged numbers too: n 2 of 2" in all_of_them.text()
    assert len(list(agreements_of("lvid", pairs[:1]))) == 1


def test_agreement_is_bias_mean_difference_and_limits() -> None:
    """1, -1 and 3 mm: mean 1, sizes 5/3, standard deviation 2, so limits 1 -+ 1.96 * 2.

    The teacher's 40, 50 and 45 mm are 5, 5 and 0 from their mean.
    """
    pairs = [("a", 40.0, 41.0), ("b", 50.0, 49.0), ("c", 45.0, 48.0)]
    found = summed_up("lvid", "mm", 4, pairs)
    assert (found.bias, found.mean_difference) == pytest.approx((1, 5 / 3))
    assert found.limits == pytest.approx((-2.92, 4.92))
    assert found.spread == pytest.approx(10 / 3)
    assert "always the same answer: 3.3 mm" in found.text()
    assert "n 3 of 4, bias +1.0 mm, mean difference 1.7 mm" in found.text()
    # Frames of one study alone say nothing of others.
    assert summed_up("lvid", "mm", 3, [("a", *pair[1:]) for pair in pairs]).limits is None
    assert summed_up("lvid", "mm", 1, pairs[:1]).limits is None
    assert "no number of both on 3 held-out frames" in summed_up("lvid", "mm", 3, []).text()


def test_what_makes_no_lesson_is_refused(tmp_path: Path) -> None:
    none = tmp_path / "none"
    none.mkdir()
    with pytest.raises(WeightsProblem, match="no checkpoint that could teach"):
        Teachers(none)
    out, ours = ["--out", "x.ckpt"], str(package_folder())
    assert main(["train", "--unlabelled", str(tmp_path), *out]) == 2
    assert main(["train", "--teacher", str(none), *out]) == 2
    assert main(["train", "--teacher", str(none), "--phantoms", "p", *out]) == 4
    # The package has networks of both kinds of canvas.
    assert main(["train", "--teacher", ours, "--phantoms", "p", *out]) == 2


@pytest.mark.slow
def test_a_small_network_learns_what_a_large_one_knows(tmp_path: Path) -> None:
    """DeepLabV3 that learned LVID on 150 phantoms, and a compact network that asks it on 60 others.

    It comes nearer to the teacher than one that always says the teacher's mean; one that has not
    learned has no number at all.
    """
    torch.set_num_threads(1)
    budget = Budget(teacher_frames=600, teacher_steps=300, student_frames=240, student_steps=150)
    lesson = taught("lvid", tmp_path, budget)
    # After so few steps the maps of either are grey beside their spots, which is a flag.
    found = lesson.agreements[-1]
    assert found.asked >= 7
    assert found.n >= 0.8 * found.asked
    assert found.mean_difference < found.spread / 2
    assert lesson.speed.teachers_s > lesson.speed.student_s

    heads, new = Heads.of(["lvid"]), tmp_path / "new.ckpt"
    torch.save(from_scratch(heads, Architecture.COMPACT, 1).state(), new)
    held = [one for one in read_phantoms(tmp_path / "student_phantoms") if one.split != "train"]
    untaught = agreement(Teachers(tmp_path / "teachers"), new, lessons(held[:4], heads))[-1]
    assert (untaught.asked > 0, untaught.n) == (True, 0)


def test_a_thin_network_is_the_same_one_in_full_width() -> None:
    torch.manual_seed(2)
    thin = thin_network(2, 32).eval()
    full = echonet_network(2, widened(thin.state_dict(), 2)).eval()
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        maps = [net.classifier(net.backbone(picture)["out"]) for net in (thin, full)]
    assert maps[0].std() > 0.01
    torch.testing.assert_close(maps[1], maps[0], rtol=1e-3, atol=1e-4)
