"""Where the weights of the video quality network are, and whether they are the published ones.

The published file is that of EchoPrime's quality control: `torchvision.models.video.r2plus1d_18`
with one output. EchoMeasure brings none; the user puts it beside the other weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.definitions import Network
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.checkpoints import Shapes, is_there
from EchoMeasureLib.inference.quality_findings import QualityModel
from EchoMeasureLib.inference.weight_store import Store, hash_of, sound_shapes

PUBLISHED = Network(
    "video_quality_model.pt",
    "7c9cff73ed76afed0bdbc9351c4657d26d515e828233a1ae4f263b15926d5e58",
    125382818,
    (0,),
)

FIRST_LAYER = "stem.0.weight"


@dataclass(frozen=True, slots=True)
class QualityCheckpoint:
    """A file whose identity is known. Whether it loads, `video_quality` says."""

    path: Path
    model: QualityModel


def find_quality_weights(store: Store) -> QualityCheckpoint | None:
    """The weights in the first folder of the store that has them; None where there are none.

    Raises `WeightsProblem` when the first file found is a stand-in, damaged or of another
    network, and as `Store.folders`.
    """
    for folder in store.folders():
        for path in (folder / PUBLISHED.file, folder / "weights" / PUBLISHED.file):
            if is_there(path):
                return _identify(path)
    return None


def _identify(path: Path) -> QualityCheckpoint:
    sha256 = hash_of(path)
    known = sha256 == PUBLISHED.sha256
    if not known:
        check_shapes(path, sound_shapes(path))
    return QualityCheckpoint(path, QualityModel(path.name, sha256, known))


def check_shapes(path: Path, shapes: Shapes) -> str:
    """What stands before the names of the network's parts, such as "module.".

    Raises `WeightsProblem` when these are the tensors of another network.
    """
    prefix = next((key[: -len(FIRST_LAYER)] for key in shapes if key.endswith(FIRST_LAYER)), None)
    if prefix is None or shapes.get(f"{prefix}fc.weight") != (1, 512):
        raise WeightsProblem(
            f"{path.name} is not the video quality network: it needs R(2+1)D-18 with one output.",
            f"Use the published {PUBLISHED.file}, or take the file away.",
        )
    return prefix
