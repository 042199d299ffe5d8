"""From a cine to predictions: the networks of a folder, run over frames."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from small_networks import write_small_networks
from torchvision.models.segmentation import deeplabv3_resnet50

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.errors import (
    CannotMeasure,
    InvalidArgument,
    UnknownMeasurement,
    WeightsProblem,
)
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem
from EchoMeasureLib.inference.canvas import Canvas, image_canvas
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.network_facts import Logits
from EchoMeasureLib.inference.predicting import Predictor, predict
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.resampling import Interpolate
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.torch_engine import TorchEngine, best_precision
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.phantoms.generate import generate
from EchoMeasureLib.progress import Cancelled, Progress

EXACT = Settings(decoder="parity", precision="float32")
STRIP = Box(42, 342, 943, 733)
SECTOR = Region(0, RegionKind.TWO_D, Box(60, 40, 580, 440), ("cm", "cm"), (0.03, 0.03))


def strip(index: int, kind: RegionKind, box: Box = STRIP) -> Region:
    units = ("s", "cm" if kind is RegionKind.M_MODE else "cm/s")
    return Region(index, kind, box, units, (0.0035, -0.5), (0.0, 100.0))


def cine(frames: npt.NDArray[np.uint8], *regions: Region) -> Cine:
    return Cine(ArraySource(frames), Timing(None, "unknown"), regions)


def still(size: tuple[int, int], *regions: Region, count: int = 1, seed: int = 0) -> Cine:
    """Noise frames of (rows, columns)."""
    rng = np.random.default_rng(seed)
    return cine(rng.integers(0, 256, (count, *size, 3), dtype=np.uint8), *regions)


@pytest.fixture(scope="module")
def compact_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair of tiny random networks that know every measurement."""
    folder = tmp_path_factory.mktemp("compact")
    for name, kinds in (("image", {"2-D"}), ("strip", {"CW", "PW", "M-mode"})):
        heads = {
            id: len(row.points)
            for id, row in NETWORKED.items()
            if any(row.mode.startswith(kind) for kind in kinds)
        }
        torch.manual_seed(len(heads))
        network = CompactNetwork(heads, (4, 4, 4, 4, 4, 4))
        torch.save(network.state_dict(), folder / f"{name}.ckpt")
    return folder


def run(
    image: Cine, weights: Path, ids: Sequence[str], frames: Sequence[int] = (0,), **settings: object
) -> list[Prediction]:
    return list(predict(image, ids, frames, Store(weights), Settings(**settings)))  # type: ignore[arg-type]


def strips_of_one_beat(id: str, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The screen of a phantom whose strip shows one of its beats once, and twice side by side."""
    study = generate(id, "768x1024", seed)
    screen = study.frame(0)
    peaks = [beat[0][0] for beat in study.truth["measurements"][id]["frames"]["0"]["beats_points"]]
    half = int(min(np.diff(peaks))) // 2
    columns = slice(int(peaks[1]) - half, int(peaks[1]) + half)
    rows = slice(342, 734)
    screens = []
    for copies in (1, 2):
        shown = screen.copy()
        shown[rows, 42:944] = 0
        beats = np.tile(screen[rows, columns], (1, copies, 1))
        shown[rows, 493 - copies * half : 493 + copies * half] = beats
        screens.append(shown)
    return screens[0], screens[1]


class TestParityWithThePublishedWay:
    """An independent computation: torchvision's forward pass, then NumPy in double precision."""

    def published(
        self, checkpoint: Path, id: str, picture: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Probabilities (points, rows, columns) of a picture (rows, columns, 3) in 0..1."""
        with torch.device("meta"):  # its own first weights are not drawn
            network = deeplabv3_resnet50(
                weights=None, weights_backbone=None, num_classes=len(CATALOG[id].points)
            )
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict({key[2:]: value for key, value in state.items()}, assign=True)
        batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32))
        with torch.inference_mode():
            logits = network.eval()(batch)["out"][0].double().numpy()
        return 1 / (1 + np.exp(-logits))

    def test_two_points_on_a_real_480x640_frame(
        self, real_file: Callable[[str], Path], tmp_path: Path
    ) -> None:
        image = read(real_file("color3d_jpeg_baseline.dcm"))
        checkpoint = write_demo_checkpoint(tmp_path, "lvid", seed=1)
        (found,) = predict(image, ["lvid"], [40], Store(tmp_path), EXACT)
        rows, columns = np.indices((480, 640))
        for point, heat in zip(
            found.points, self.published(checkpoint, "lvid", image.frame(40) / 255), strict=True
        ):
            assert point.x == pytest.approx((heat * columns).sum() / heat.sum(), abs=0.01)
            assert point.y == pytest.approx((heat * rows).sum() / heat.sum(), abs=0.01)
            assert point.confidence == pytest.approx(heat.max(), abs=1e-3)
            assert heat.max() > 0.1  # a flat map would make this an easy test
        assert (found.model.set, found.model.precision) == ("demo", "float32")

    @pytest.mark.slow
    def test_one_point_on_a_768x1024_strip(self, tmp_path: Path) -> None:
        frame = np.random.default_rng(5).integers(0, 256, (768, 1024, 3), dtype=np.uint8)
        frame[360:364, 50:900] = (40, 230, 40)
        image = cine(frame[None], strip(0, RegionKind.CW))
        checkpoint = write_demo_checkpoint(tmp_path, "avvmax", seed=1)
        (found,) = predict(image, ["avvmax"], [0], Store(tmp_path), EXACT)
        crop = frame[342:768].copy()
        crop[(crop[..., 1] > 200) & (crop[..., 0] < 100)] = 0
        heat = self.published(checkpoint, "avvmax", crop / 255)[0]
        row, column = np.unravel_index(heat.argmax(), heat.shape)
        assert (found.points[0].x, found.points[0].y) == pytest.approx(
            (column, row + 342), abs=0.01
        )
        assert found.points[0].confidence == pytest.approx(heat.max(), abs=1e-3)
        assert 0.5 < heat.max() < 1 - 1e-5  # neither flat nor so high that float32 has ties


class TestRounding:
    def test_of_two_alike_beats_the_left_one_stands_first_in_either_format(self) -> None:
        """So a strip is run once, whatever rounding does to their heights."""
        alone, twice = strips_of_one_beat("avvmax", seed=1)
        image = cine(np.stack([alone, twice]), strip(0, RegionKind.CW))
        usual = list(predict(image, ["avvmax"], [0, 1]))
        exact = list(predict(image, ["avvmax"], [0, 1], settings=Settings(precision="float32")))
        quick = best_precision(torch.device("cpu"))
        assert [p.model.precision for p in usual] == [quick, quick]
        assert [len(p.beats) for p in usual] == [1, 2]
        for found, wanted, near in zip(usual, exact, (0.1, 0.1), strict=True):
            (p,), (q,) = found.points, wanted.points
            assert math.dist((p.x, p.y), (q.x, q.y)) < near

    def test_a_tie_in_an_image_is_decided_in_float32(self, tmp_path: Path) -> None:
        """Networks that nobody trained see much the same everywhere in noise."""
        if best_precision(torch.device("cpu")) == "float32":
            pytest.skip("Nothing is rounded here.")
        weights = write_small_networks(tmp_path, ["lvid"])
        image = still((480, 640), SECTOR, count=2)
        usual = run(image, weights, ["lvid"], [0, 1])
        assert [p.model.precision for p in usual] == ["float32"] * 2
        assert usual == run(image, weights, ["lvid"], [0, 1], precision="float32")

    def test_whoever_asks_for_bfloat16_gets_nothing_else(self, compact_weights: Path) -> None:
        image = still((480, 640), SECTOR, count=3)
        found = run(image, compact_weights, ["lvid"], range(3), precision="bfloat16")
        assert {p.model.precision for p in found} == {"bfloat16"}

    def test_parity_is_computed_as_published(self, compact_weights: Path) -> None:
        (found,) = run(still((480, 640), SECTOR), compact_weights, ["lvid"], decoder="parity")
        assert found.model.precision == "float32"


class TestResults:
    def test_all_measurements_of_a_screen_come_with_their_points_and_their_network(
        self, compact_weights: Path
    ) -> None:
        image = still((480, 640), SECTOR, count=2)
        found = run(image, compact_weights, ["lvid", "ivs"], [1, 0])
        assert sorted((p.measurement, p.frame) for p in found) == [
            ("ivs", 0), ("ivs", 1), ("lvid", 0), ("lvid", 1),
        ]  # fmt: skip
        for prediction in found:
            row = CATALOG[prediction.measurement]
            assert tuple(point.label for point in prediction.points) == row.points
            assert (prediction.model.file, prediction.model.set) == ("image.ckpt", "custom")
            assert len(prediction.model.sha256) == 64
            assert prediction.model.decoder == "robust"

    @pytest.mark.parametrize("id", NETWORKED)
    def test_every_measurement_runs_in_its_kind_of_region(
        self, compact_weights: Path, id: str
    ) -> None:
        kind = CATALOG[id].regions[0]
        image = still((480, 640), SECTOR) if kind.is_image else still((768, 1024), strip(0, kind))
        (found,) = run(image, compact_weights, [id])
        assert found.measurement == id

    def test_the_batch_does_not_change_the_points(self, compact_weights: Path) -> None:
        image = still((480, 640), SECTOR, count=3)
        one, three = (
            run(image, compact_weights, ["lvid"], range(3), batch=batch, precision="float32")
            for batch in (1, 3)
        )
        for alone, together in zip(one, three, strict=True):
            for p, q in zip(alone.points, together.points, strict=True):
                assert (p.x, p.y) == pytest.approx((q.x, q.y), abs=0.01)

    def test_an_inverted_strip_gives_the_mirrored_point(self, compact_weights: Path) -> None:
        """Row y of the strip becomes row 342 + 733 - y; baseline 100 px from the other end."""
        frame = np.zeros((1, 768, 1024, 3), np.uint8)
        strip_rows = np.random.default_rng(2).integers(0, 200, (392, 902, 3), dtype=np.uint8)
        frame[0, 342:734, 42:944] = strip_rows
        turned = np.zeros_like(frame)
        turned[0, 342:734, 42:944] = strip_rows[::-1]
        upright, inverted = strip(0, RegionKind.CW), strip(0, RegionKind.CW).with_baseline(633)
        (p,) = run(cine(frame, upright), compact_weights, ["avvmax"])
        (q,) = run(cine(turned, inverted), compact_weights, ["avvmax"])
        assert q.points[0].x == pytest.approx(p.points[0].x, abs=1e-6)
        assert q.points[0].y == pytest.approx(342 + 733 - p.points[0].y, abs=1e-6)

    def test_a_2d_screen_without_regions_is_looked_at_all_the_same(
        self, compact_weights: Path
    ) -> None:
        assert len(run(still((708, 1016)), compact_weights, ["lvid"])) == 1

    def test_of_two_strips_the_usable_one_is_taken(self, compact_weights: Path) -> None:
        broken = Region(
            0, RegionKind.CW, Box(0, 0, 900, 300), ("none", "none"), (0.0, 0.0),
            problems=(RegionProblem("wrong_units", "No units."),),
        )  # fmt: skip
        image = still((768, 1024), broken, strip(1, RegionKind.CW, Box(42, 500, 943, 733)))
        (found,) = run(image, compact_weights, ["avvmax"])
        # The canvas shows nothing above the strip it was made for.
        assert found.points[0].y > 499

    @pytest.mark.parametrize("regions_only", [True, False])
    def test_a_network_trained_on_regions_alone_sees_no_more_of_the_screen(
        self, compact_weights: Path, tmp_path: Path, regions_only: bool
    ) -> None:
        """Two screens that differ only outside of what the file declares as ultrasound."""
        checkpoint = tmp_path / "image.ckpt"
        checkpoint.write_bytes((compact_weights / "image.ckpt").read_bytes())
        checkpoint.with_suffix(".json").write_text(json.dumps({"regions_only": regions_only}))
        screen = still((480, 640)).frame(0).copy()
        other = 255 - screen
        other[40:441, 60:581] = screen[40:441, 60:581]
        (first,) = run(cine(screen[None], SECTOR), tmp_path, ["lvid"])
        (second,) = run(cine(other[None], SECTOR), tmp_path, ["lvid"])
        assert (first.points == second.points) is regions_only

    def test_colours_of_the_sidecar_reach_the_network(
        self, compact_weights: Path, tmp_path: Path
    ) -> None:
        image = still((768, 1024), strip(0, RegionKind.CW))
        (rgb,) = run(image, compact_weights, ["avvmax"])
        (tmp_path / "strip.ckpt").write_bytes((compact_weights / "strip.ckpt").read_bytes())
        (tmp_path / "strip.json").write_text(json.dumps({"colours": "ybr"}))
        (ybr,) = run(image, tmp_path, ["avvmax"])
        assert rgb.points != ybr.points


class TestRefusals:
    @pytest.mark.parametrize(
        ("id", "regions", "said"),
        [
            ("avvmax", (), "avvmax cannot be measured here. The file has no calibrated regions"),
            ("avvmax", (SECTOR,), "needs a continuous-wave Doppler strip; the file has a 2-D"),
            ("tapse", (strip(0, RegionKind.PW),), "needs an M-mode strip"),
            ("avvmax", (strip(0, RegionKind.CW, Box(42, 900, 943, 1200)),), "does not lie on"),
            ("avvmax", (strip(0, RegionKind.CW, Box(0, 0, 0, 0)),), "does not lie on"),
            ("lvid", (strip(0, RegionKind.CW),), "needs a 2-D image"),
        ],
    )
    def test_what_cannot_be_measured_here(
        self, compact_weights: Path, id: str, regions: tuple[Region, ...], said: str
    ) -> None:
        with pytest.raises(CannotMeasure, match=said):
            run(still((768, 1024), *regions), compact_weights, [id])

    def test_nothing_runs_when_one_of_several_cannot(self, compact_weights: Path) -> None:
        seen: list[Progress] = []
        wanted = predict(
            still((480, 640), SECTOR), ["lvid", "avvmax"], [0], Store(compact_weights),
            monitor=seen.append,
        )  # fmt: skip
        with pytest.raises(CannotMeasure):
            next(wanted)
        assert seen == []

    def test_a_frame_that_is_not_there(self, compact_weights: Path) -> None:
        with pytest.raises(InvalidArgument, match="no frame 1"):
            run(still((480, 640), SECTOR), compact_weights, ["lvid"], [0, 1])

    def test_a_measurement_that_does_not_exist(self, compact_weights: Path) -> None:
        with pytest.raises(UnknownMeasurement):
            run(still((480, 640), SECTOR), compact_weights, ["lvidd"])

    def test_a_folder_without_the_weights(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsProblem, match="no weights for lvid"):
            run(still((480, 640), SECTOR), tmp_path, ["lvid"])

    def test_a_network_that_gives_no_numbers(self, compact_weights: Path, tmp_path: Path) -> None:
        state = torch.load(compact_weights / "image.ckpt", weights_only=True)
        state["heads.lvid.bias"].fill_(float("nan"))
        torch.save(state, tmp_path / "image.ckpt")
        with pytest.raises(WeightsProblem, match="not finite"):
            run(still((480, 640), SECTOR), tmp_path, ["lvid"])

    @pytest.mark.parametrize(
        "settings",
        [{"decoder": "best"}, {"engine": "onnx"}, {"precision": "int4"}, {"batch": 0}],
    )
    def test_settings_that_do_not_exist(
        self, compact_weights: Path, settings: dict[str, object]
    ) -> None:
        with pytest.raises(InvalidArgument):
            run(still((480, 640), SECTOR), compact_weights, ["lvid"], **settings)


class TestProgress:
    def test_it_counts_the_predictions(self, compact_weights: Path) -> None:
        seen: list[Progress] = []
        image = still((480, 640), SECTOR, count=3)
        settings = Settings(batch=2)
        found = list(
            predict(image, ["lvid", "la"], range(3), Store(compact_weights), settings, seen.append)
        )
        assert len(found) == 6
        assert {progress.total for progress in seen} == {6}
        assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
        assert seen[-1].done == 6

    def test_cancelling_stops_within_one_batch(self, compact_weights: Path) -> None:
        image = still((480, 640), SECTOR, count=6)
        found: list[Prediction] = []

        def stop(progress: Progress) -> None:
            if found:
                raise Cancelled

        settings = Settings(batch=2)
        with pytest.raises(Cancelled):
            found.extend(predict(image, ["lvid"], range(6), Store(compact_weights), settings, stop))
        assert len(found) == 2

    def test_a_predictor_serves_several_cines(self, compact_weights: Path) -> None:
        predictor = Predictor(Store(compact_weights), Settings(precision="float32"))
        first, second = still((480, 640), SECTOR), still((708, 1016), seed=1)
        once = list(predictor.predict(first, ["lvid"], [0]))
        list(predictor.predict(second, ["lvid"], [0]))
        assert list(predictor.predict(first, ["lvid"], [0])) == once


class TestAskedAgain:
    """What was found stays while the image is open: only what is new is run."""

    @pytest.fixture
    def seen(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How many canvases each run of an engine had."""
        counts: list[int] = []
        run = TorchEngine.run

        def counting(engine: TorchEngine, pictures: Sequence[Frame]) -> dict[str, Logits]:
            counts.append(len(pictures))
            return run(engine, pictures)

        monkeypatch.setattr(TorchEngine, "run", counting)
        return counts

    def test_only_new_frames_and_measurements_are_run(
        self, compact_weights: Path, seen: list[int]
    ) -> None:
        image = still((480, 640), SECTOR, count=4)
        settings = Settings(engine="torch", precision="float32", batch=4)
        predictor = Predictor(Store(compact_weights), settings)
        once = list(predictor.predict(image, ["lvid"], [0, 1]))
        assert list(predictor.predict(image, ["lvid"], [1, 0])) == once[::-1]
        assert seen == [2]
        again = list(predictor.predict(image, ["lvid"], range(4)))
        assert again[:2] == once
        assert seen == [2, 2]
        both = list(predictor.predict(image, ["lvid", "rv_base"], [0]))
        assert both[0] == once[0]
        assert seen == [2, 2, 1]

    def test_another_measurement_of_the_view_costs_a_network_of_several_no_run(
        self, compact_weights: Path, seen: list[int]
    ) -> None:
        """And is what it would be if it alone were asked."""
        image = still((480, 640), SECTOR, count=3)
        settings = Settings(engine="torch", precision="float32", batch=3)
        predictor = Predictor(Store(compact_weights), settings)
        list(predictor.predict(image, ["lvid"], range(3)))
        later = list(predictor.predict(image, ["ivs", "aorta"], range(3)))
        assert seen == [3]
        alone = predict(image, ["ivs", "aorta"], range(3), Store(compact_weights), settings)
        assert later == list(alone)

    def test_another_image_and_other_regions_are_run_anew(
        self, compact_weights: Path, seen: list[int]
    ) -> None:
        image = still((480, 640), SECTOR)
        predictor = Predictor(Store(compact_weights), Settings(engine="torch", precision="float32"))
        other = Region(0, RegionKind.TWO_D, Box(0, 0, 600, 400), ("cm", "cm"), (0.05, 0.05))
        for cine in (image, still((480, 640), SECTOR), image, image.with_regions([other])):
            list(predictor.predict(cine, ["lvid"], [0]))
        assert len(seen) == 4

    def test_networks_of_a_file_each_see_one_canvas_of_a_frame(
        self, compact_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for id in ("lvid", "la", "ivs"):
            shutil.copy(compact_weights / "image.ckpt", tmp_path / f"{id}.ckpt")
        made: list[tuple[int, int]] = []

        def counting(frame: Frame, interpolate: Interpolate) -> Canvas:
            made.append(frame.shape[:2])
            return image_canvas(frame, interpolate)

        monkeypatch.setattr("EchoMeasureLib.inference.network_tasks.image_canvas", counting)
        image = still((480, 640), SECTOR, count=2)
        assert len(run(image, tmp_path, ["lvid", "la", "ivs"], [0, 1])) == 6
        assert len(made) == 2
