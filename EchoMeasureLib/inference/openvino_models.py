"""Networks in OpenVINO's own form: converted once from their checkpoint, then kept on disk.

What is kept is loaded without torch. It lies in the user's data folder, one folder a network, is
written whole or not at all (`staging`), and the least recently used goes first where it grows too
large. Where nothing can be kept the network is converted for this run only.

OpenVINO's converter for the command line reports its use to its maker; the front end that is used
here does not.
"""

from __future__ import annotations

import json
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import EchoMeasureError, InvalidState, needed_for
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.inference.network_facts import checkpoint_facts
from EchoMeasureLib.inference.weight_store import Checkpoint
from EchoMeasureLib.staging import remove_leftovers, staging

if TYPE_CHECKING:
    import openvino

MOST_BYTES = 4 << 30
"""Of all that is kept; the published networks take 2.7 GB."""

FORM = 4
"""Goes up when what is made of a checkpoint changes."""

TRACED = (160, 120)
"""Columns and rows of the canvas on which a large network is looked at for its graph."""

NETWORK, NUMBERS, SIZES = "network.xml", "network.bin", "sizes.json"
"""What is kept of a network: its graph, its weights, and how many bytes each has to have."""


def network_model(
    checkpoint: Checkpoint, measurement: str, size: tuple[int, int]
) -> openvino.Model:
    """The network for canvases of one size (columns, rows), (1, 3, rows, columns) in 0 to 1.

    Its channels are in the order of `NetworkFacts.points`. Raises `WeightsProblem`, and
    `MissingPackage` without torch when it has to be converted.
    """
    folder = _folder()
    place = None if folder is None else folder / model_name(checkpoint, measurement, size)
    if place is not None and is_whole(place):
        with suppress(OSError, RuntimeError):
            os.utime(place / SIZES)
            return core().read_model(place / NETWORK)
    with needed_for("Converting a network for OpenVINO"):
        model = _converted(checkpoint, measurement, size)
    if place is not None:
        with suppress(OSError, RuntimeError):
            keep(model, place)
    return model


def is_kept(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> bool:
    """Whether that network was converted before. Raises as `model_name`."""
    folder = _folder()
    return folder is not None and is_whole(folder / model_name(checkpoint, measurement, size))


def kept_in() -> Path | None:
    """The folder of what is kept, made when missing; None where nothing can be kept."""
    folder = _folder()
    try:
        if folder is not None:
            make_folder(folder)
    except EchoMeasureError:
        return None
    return folder if folder is not None and os.access(folder, os.W_OK) else None


def model_name(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> str:
    """By which a network is known: its checkpoint, its canvas and the versions.

    Raises `WeightsProblem` and `MissingPackage`.
    """
    known = name_of_any_version(checkpoint, measurement, size)
    return f"{known}{openvino_version()}-{FORM}"


def name_of_any_version(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> str:
    """How that name begins, whatever made it. Raises `WeightsProblem`."""
    facts = checkpoint_facts(checkpoint, measurement)
    what = "compact" if facts.compact else measurement
    return f"{checkpoint.sha256}-{what}-{size[0]}x{size[1]}-"


def core() -> openvino.Core:
    """OpenVINO's runtime, one for the process."""
    # Networks are loaded side by side (`loading_ahead`).
    with _ONE_CORE:
        return _core()


_ONE_CORE = threading.Lock()


@cache
def _core() -> openvino.Core:
    import openvino

    # Its table of types is made at the first question. Two threads that ask it at once wait for
    # each other for good: one holds Python's lock, the other that of the table (2026.4.1).
    openvino.Type.f32.to_dtype()
    return openvino.Core()


def threads() -> int:
    """As torch: what `OMP_NUM_THREADS` says, else every processor that this process may use."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def openvino_version() -> str:
    """Of the installed package. Raises `MissingPackage`."""
    with needed_for("The engine 'openvino'"):
        try:
            return metadata.version("openvino")
        except metadata.PackageNotFoundError as error:
            raise ModuleNotFoundError("openvino", name="openvino") from error


def keep(model: openvino.Model, place: Path) -> None:
    """Write a network to `place`, unless another process was quicker; then see that there is room.

    Raises as `write_model`.
    """
    write_model(model, place)
    _make_room(place.parent, place)


def write_model(model: openvino.Model, place: Path, anew: bool = False) -> None:
    """Write a network to `place`, whole or not at all; `anew` also where a whole one lies there.

    Raises `OSError` and `RuntimeError` when it cannot be written.
    """
    import openvino

    folder = place.parent
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder)
    with staging(folder) as stage:
        made = stage / place.name
        made.mkdir()
        openvino.save_model(model, made / NETWORK, compress_to_fp16=False)
        sizes = {name: (made / name).stat().st_size for name in (NETWORK, NUMBERS)}
        (made / SIZES).write_text(json.dumps(sizes), encoding="utf-8")
        if place.exists() and (anew or not is_whole(place)):
            place.rename(stage / "before")
        if not place.exists():
            made.rename(place)


def is_whole(place: Path) -> bool:
    """Whether a network lies there with all its bytes."""
    try:
        sizes: Any = json.loads((place / SIZES).read_text(encoding="utf-8"))
        return all((place / name).stat().st_size == sizes[name] for name in (NETWORK, NUMBERS))
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _make_room(folder: Path, newest: Path) -> None:
    """Remove what was used longest ago until the rest is not too large."""
    found = []
    for place in folder.iterdir():
        if not place.name.startswith(".") and place != newest:
            with suppress(OSError):
                bytes_ = sum(file.stat().st_size for file in place.iterdir())
                found.append(((place / SIZES).stat().st_mtime, bytes_, place))
    total = sum(file.stat().st_size for file in newest.iterdir())
    for _, bytes_, place in sorted(found, reverse=True):
        total += bytes_
        if total > MOST_BYTES:
            # One that is in use cannot be moved everywhere; it stays for now.
            with suppress(OSError), staging(folder) as stage:
                place.rename(stage / place.name)


def _folder() -> Path | None:
    try:
        return data_folder() / "openvino"
    except InvalidState:
        return None


def _converted(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> openvino.Model:
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    from EchoMeasureLib.inference.networks import LandmarkNetwork, load_network

    class Outputs(torch.nn.Module):
        def __init__(self, network: LandmarkNetwork) -> None:
            super().__init__()
            self.network, self.module = network, network.module

        def forward(self, canvases: torch.Tensor) -> torch.Tensor:
            return self.network.stacked(canvases)

    network = load_network(checkpoint, measurement)
    # What a large network computes on the way takes memory, and is the same for any canvas.
    traced = size if network.facts.compact else TRACED
    canvas = torch.zeros(1, 3, traced[1], traced[0])
    front_end = FrontEndManager().load_by_framework("pytorch")
    with torch.no_grad(), _quietly():
        decoder = TorchScriptPythonDecoder(Outputs(network).eval(), example_input=(canvas,))
        model = front_end.convert(front_end.load(decoder))
    model.reshape([1, 3, size[1], size[0]])
    return model


@contextmanager
def _quietly() -> Iterator[None]:
    """Tracing warns of what depends on the size of the canvas, which is fixed here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
