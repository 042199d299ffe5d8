"""The video quality network against its published description, and which file is taken for it.

The expected numbers come from a composition of that description written here, with a kernel,
a crop and a normalisation of its own, and torchvision's network as it is.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models.video import r2plus1d_18

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference import quality_weights, weight_store
from EchoMeasureLib.inference.quality import Judge, assess, open_network
from EchoMeasureLib.inference.quality_findings import QualityModel, Standing
from EchoMeasureLib.inference.quality_weights import find_quality_weights
from EchoMeasureLib.inference.video_quality import STD, VideoQualityNetwork, clip
from EchoMeasureLib.inference.weight_store import Store

NAME = "video_quality_model.pt"


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """R(2+1)D-18 with seeded random numbers, also where training would have left its averages."""
    torch.manual_seed(11)
    made = r2plus1d_18(weights=None, num_classes=1)
    for part in made.modules():
        if isinstance(part, torch.nn.BatchNorm3d):
            part.running_mean.uniform_(-0.1, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return made.eval()


@pytest.fixture(scope="module")
def folder(network: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality")
    torch.save(network.state_dict(), folder / NAME)
    return folder


def cine(frames: int, rows: int, columns: int, picture: Box) -> Cine:
    """Tinted noise in a box on a black screen, with a white bar where no picture is."""
    rng = np.random.default_rng(frames)
    screen = np.zeros((frames, rows, columns, 3), np.uint8)
    inside = np.s_[:, picture.y0 : picture.y1 + 1, picture.x0 : picture.x1 + 1]
    grains = (frames, picture.height // 4 + 1, picture.width // 4 + 1)
    coarse = rng.integers(20, 230, (*grains, 1)) + rng.integers(-15, 16, (*grains, 3))
    fine = coarse.repeat(4, axis=1).repeat(4, axis=2)[:, : picture.height, : picture.width]
    screen[inside] = fine
    screen[:, 2:12, 2:32] = 255
    region = Region(0, RegionKind.TWO_D, picture, ("cm", "cm"), (0.03, 0.03))
    return Cine(ArraySource(screen), Timing(None, "unknown"), [region])


def cubic(samples: np.ndarray, size: int) -> np.ndarray:
    """(n, ...) resized to (size, ...) along the first axis as OpenCV does.

    Centres at (o + 0.5) n / size - 0.5, Keys' kernel with a = -0.75, borders repeated.
    """
    count, a = len(samples), -0.75
    out = np.zeros((size, *samples.shape[1:]))
    for o in range(size):
        x = (o + 0.5) * count / size - 0.5
        for tap in range(int(np.floor(x)) - 1, int(np.floor(x)) + 3):
            d = abs(x - tap)
            if d <= 1:
                weight = (a + 2) * d**3 - (a + 3) * d**2 + 1
            else:
                weight = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0
            out[o] += weight * samples[min(max(tap, 0), count - 1)]
    return out


def published(frames: np.ndarray, picture: Box) -> torch.Tensor:
    """What networks.md says that the network sees: (3, 16, 112, 112)."""
    mean, std = (29.110628, 28.076836, 29.096405), (47.989223, 46.456997, 47.20083)
    clip = np.zeros((32, 112, 112, 3))
    for index, frame in enumerate(frames[:32]):
        masked = np.zeros(frame.shape)
        inside = np.s_[picture.y0 : picture.y1 + 1, picture.x0 : picture.x1 + 1]
        masked[inside] = frame[inside]
        rows, columns = frame.shape[:2]
        side = min(rows, columns)
        top, left = (rows - side) // 2, (columns - side) // 2
        square = masked[top : top + side, left : left + side]
        edge = int(0.1 * side)
        zoomed = square[edge : side - edge, edge : side - edge]
        small = cubic(cubic(zoomed, 112).swapaxes(0, 1), 112).swapaxes(0, 1)
        clip[index] = (np.clip(np.rint(small), 0, 255) - mean) / std
    return torch.tensor(clip[::2].transpose(3, 0, 1, 2), dtype=torch.float32)


class Saying:
    """A network that always says the same."""

    model = QualityModel("any.pt", "0" * 64, known=False)

    def __init__(self, probability: float) -> None:
        self._said = probability

    def probability(self, cine: Cine, sector: np.ndarray) -> float:
        return self._said


PICTURES = [
    # frames, rows, columns, where the ultrasound is
    (40, 240, 320, Box(64, 40, 255, 219)),
    (9, 300, 240, Box(40, 60, 199, 259)),
]


class TestParity:
    @pytest.mark.parametrize(
        ("frames", "rows", "columns", "picture"), PICTURES, ids=["long", "short and upright"]
    )
    def test_what_the_network_sees_is_what_the_description_says(
        self, frames: int, rows: int, columns: int, picture: Box
    ) -> None:
        shown = cine(frames, rows, columns, picture)
        wanted = published(np.stack([shown.frame(i) for i in range(frames)]), picture)
        sector = np.zeros((rows, columns), bool)
        sector[picture.y0 : picture.y1 + 1, picture.x0 : picture.x1 + 1] = True
        levels = (clip(shown, sector) - wanted).abs() * torch.tensor(STD)[:, None, None, None]
        # Half a grey level may be rounded either way.
        assert levels.max() < 1.01
        assert levels.mean() < 0.01

    def test_the_probability_is_that_of_the_published_pipeline(
        self, network: torch.nn.Module, folder: Path
    ) -> None:
        frames, rows, columns, picture = PICTURES[1]
        shown = cine(frames, rows, columns, picture)
        pixels = np.stack([shown.frame(index) for index in range(frames)])
        with torch.inference_mode():
            expected = float(torch.sigmoid(network(published(pixels, picture)[None]))[0, 0])
        quality = assess(shown, open_network(Store(folder)))
        found = next(f for f in quality.findings if f.check == "network")
        assert found.value == pytest.approx(expected, abs=1e-3)
        assert found.standing is (Standing.GOOD if expected >= 0.3 else Standing.POOR)

    @pytest.mark.parametrize(("said", "poor"), [(0.29, True), (0.3, False)])
    def test_the_published_limit_flags_long_axes_and_no_other_view(
        self, said: float, poor: bool
    ) -> None:
        quality = assess(cine(6, 96, 128, Box(30, 20, 97, 85)), Saying(said))
        assert quality.poor is poor
        doubtful = {row.id for row in NETWORKED.values() if quality.doubt(row)}
        long_axes = {"ivs", "lvid", "lvpw", "aorta", "aortic_root", "la"}
        assert doubtful == (long_axes if poor else set())

    def test_it_is_opened_only_where_a_long_axis_is_measured(self, tmp_path: Path) -> None:
        (tmp_path / NAME).write_bytes(b"")
        judge, shown = Judge(Store(tmp_path)), cine(6, 96, 128, Box(30, 20, 97, 85))
        assert judge.judge(shown, ["ivc", "rv_base"]).model is None
        with pytest.raises(WeightsProblem, match="empty"):
            judge.judge(shown, ["ivc", "lvid"])

    def test_a_still_is_not_shown_to_it(self) -> None:
        quality = assess(cine(1, 96, 128, Box(30, 20, 97, 85)), Saying(0.9))
        assert quality.findings[-1].standing is Standing.NOT_JUDGED


class TestWhichFile:
    @pytest.mark.parametrize("place", [NAME, f"weights/{NAME}"])
    def test_it_lies_with_the_other_weights(self, folder: Path, tmp_path: Path, place: str) -> None:
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(folder / NAME)
        found = find_quality_weights(Store(tmp_path))
        assert found is not None
        assert found.path == path

    @pytest.mark.parametrize("where", ["environment", "data folder"])
    def test_it_is_looked_for_where_the_others_are(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        if where == "environment":
            monkeypatch.setenv("ECHOMEASURE_WEIGHTS", str(folder))
        else:
            weight_store.user_folder().mkdir(parents=True)
            (weight_store.user_folder() / NAME).symlink_to(folder / NAME)
        assert find_quality_weights(Store()) is not None

    def test_without_one_none_is_asked(self, tmp_path: Path) -> None:
        assert open_network(Store(tmp_path)) is None
        quality = assess(cine(6, 96, 128, Box(30, 20, 97, 85)))
        assert quality.model is None
        assert quality.findings[-1].standing is Standing.NOT_JUDGED

    def test_only_its_hash_makes_a_file_the_published_one(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sha256 = file_sha256(folder / NAME)
        found = find_quality_weights(Store(folder))
        assert found is not None
        assert (found.model.sha256, found.model.known) == (sha256, False)
        assert "unknown file" in found.model.words
        other = quality_weights.Network(NAME, sha256, 1, (0,))
        monkeypatch.setattr(quality_weights, "PUBLISHED", other)
        found = find_quality_weights(Store(folder))
        assert found is not None
        assert found.model.known

    def test_a_wrapped_state_dict_of_half_precision_is_read(
        self, network: torch.nn.Module, tmp_path: Path
    ) -> None:
        state = {
            f"module.{k}": v.half() if v.is_floating_point() else v
            for k, v in network.state_dict().items()
        }
        torch.save({"state_dict": state}, tmp_path / NAME)
        assert open_network(Store(tmp_path)) is not None


class Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, (f"open({str(self.marker)!r}, 'w').close()",))


BAD: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "pointer"),
    (lambda path: path.write_bytes(b""), "empty"),
    (lambda path: path.write_bytes(pickle.dumps({"weights": 1})), "not a checkpoint"),
    (lambda path: torch.save({"fc.weight": torch.ones(1, 512)}, path), "not the video quality"),
    (
        lambda path: torch.save(
            {"stem.0.weight": torch.ones(1), "fc.weight": torch.ones(400, 512)}, path
        ),
        "one output",
    ),
    (
        lambda path: torch.save(
            {"stem.0.weight": torch.ones(1), "fc.weight": torch.ones(1, 512)}, path
        ),
        r"does not fit R\(2\+1\)D-18",
    ),
]


class TestBadFiles:
    @pytest.mark.parametrize(("make", "said"), BAD, ids=[said for _, said in BAD])
    def test_a_file_that_cannot_be_used_is_said_and_not_passed_over(
        self, tmp_path: Path, make: Callable[[Path], object], said: str
    ) -> None:
        make(tmp_path / NAME)
        with pytest.raises(WeightsProblem, match=said):
            open_network(Store(tmp_path))

    def test_nothing_in_it_is_run(self, tmp_path: Path) -> None:
        marker = tmp_path / "ran"
        torch.save({"stem.0.weight": torch.ones(1), "x": Payload(marker)}, tmp_path / NAME)
        with pytest.raises(WeightsProblem, match=r"eval"):
            open_network(Store(tmp_path))
        assert not marker.exists()

    def test_numbers_that_are_none_are_no_probability(
        self, network: torch.nn.Module, tmp_path: Path
    ) -> None:
        state = {key: value.clone() for key, value in network.state_dict().items()}
        state["fc.bias"].fill_(float("nan"))
        torch.save(state, tmp_path / NAME)
        checkpoint = find_quality_weights(Store(tmp_path))
        assert checkpoint is not None
        shown = cine(2, 48, 64, Box(8, 14, 47, 45))
        with pytest.raises(WeightsProblem, match="not finite"):
            VideoQualityNetwork(checkpoint).probability(shown, np.ones((48, 64), bool))
