"""What a checkpoint file holds, found out without torch and without running anything in it.

A `.ckpt` is a zip archive as `torch.save` writes it: a pickled state dict, and the numbers
beside it. The pickle is read by an unpickler that knows nothing but tensors' names and shapes.
"""

from __future__ import annotations

import io
import json
import pickle
import stat
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import Definition
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.canvas import Look
from EchoMeasureLib.opening import kind_of

Shapes = Mapping[str, tuple[int, ...]]
"""Shape of each tensor by its key."""

ECHONET_PREFIX = "m."
AGAIN_HINT = "Get it again and run: echomeasure weights install FOLDER_OR_URL"


class _Refusal(pickle.UnpicklingError):
    pass


class _ShapeReader(pickle.Unpickler):
    """Reads a state dict's names and shapes; refuses to call or import anything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _shape
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _first
        if module == "torch" and name.endswith("Storage"):
            return name
        raise _Refusal(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> None:
        """The numbers themselves are not needed."""


def _shape(storage: object, offset: object, size: tuple[int, ...], *rest: object) -> object:
    return tuple(size)


def _first(value: object, *rest: object) -> object:
    return value


def is_there(path: Path) -> bool:
    """Whether there is a file of that name.

    Raises `WeightsProblem` when nobody can tell: for what is no file, may not be looked at, or
    is behind a link that leads nowhere.
    """
    try:
        facts = path.stat()
    except OSError as error:
        broken = _broken_link(path)
        if broken is not None:
            raise WeightsProblem(
                f"{broken} is a link to what is not there.", "Correct or remove it."
            ) from error
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return False
        raise WeightsProblem(
            f"{path} cannot be looked at ({error.strerror or error}).",
            "Check the permissions of its folder, or name another one with --weights.",
        ) from error
    if not stat.S_ISREG(facts.st_mode):
        raise WeightsProblem(f"{path} is {kind_of(facts.st_mode)}, not a file.", AGAIN_HINT)
    return True


def _broken_link(path: Path) -> Path | None:
    for place in (path, *path.parents):
        with suppress(OSError):
            if place.is_symlink() and not place.exists():
                return place
    return None


def read_shapes(path: Path) -> Shapes:
    """Names and shapes of the tensors of a state dict. Raises `WeightsProblem`.

    Executes nothing that is in the file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            inner = next((n for n in archive.namelist() if n.endswith("data.pkl")), None)
            pickled = archive.read(inner) if inner else None
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise _not_an_archive(path) from error
    if pickled is None:
        raise _foreign(path, "is an archive of something else")
    try:
        state = _ShapeReader(io.BytesIO(pickled)).load()
    except _Refusal as error:
        raise _foreign(path, f"wants to run {error}, which weights have no need for") from error
    except (pickle.UnpicklingError, EOFError, LookupError, ValueError) as error:
        raise _foreign(path, "cannot be read") from error
    except (TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise _foreign(path, "cannot be read") from error
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not state or not all(map(_is_shape, state.values())):
        raise _foreign(path, "holds something else than a plain state dict")
    return {str(key): value for key, value in state.items()}


def _is_shape(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(size, int) for size in value)


def _foreign(path: Path, what: str) -> WeightsProblem:
    return WeightsProblem(
        f"{path.name} is not a checkpoint of EchoMeasure's networks: it {what}.",
        "Use the files of EchoNet-Measurements, or ones that `echomeasure train` wrote.",
    )


def _not_an_archive(path: Path) -> WeightsProblem:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        return WeightsProblem(
            f"{path.name} cannot be read ({error.strerror or error}).",
            "Check that it is there and may be read.",
        )
    if start.startswith(b"PK"):
        return WeightsProblem(
            f"{path.name} is truncated: it has {path.stat().st_size} bytes and no end.", AGAIN_HINT
        )
    return _foreign(path, "is no archive of torch" if start else "is empty")


def bare_keys(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without the `m.` in front of every key and without the auxiliary head."""
    prefixed = all(key.startswith(ECHONET_PREFIX) for key in shapes)
    cut = len(ECHONET_PREFIX) if prefixed else 0
    bare = {key[cut:]: value for key, value in shapes.items()}
    return {key: value for key, value in bare.items() if not key.startswith("aux_classifier.")}


def check_whole(path: Path) -> None:
    """Compare every part of the archive with its checksum. Raises `WeightsProblem`."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        raise _not_an_archive(path) from error
    if damaged is not None:
        raise WeightsProblem(f"{path.name} is damaged: its checksums do not fit.", AGAIN_HINT)


def finds(path: Path, shapes: Shapes, measurement: Definition) -> bool:
    """Whether these are weights for this measurement; False for a compact network without it.

    Raises `WeightsProblem` when they are those of another network or have other channels.
    """
    if any(key.startswith("compact.") for key in shapes):
        head = shapes.get(f"heads.{measurement.id}.weight")
        if head is None:
            return False
        channels = head[0]
    else:
        bare = bare_keys(shapes)
        # Layer 3 of ResNet-50 ends with block 5, that of ResNet-101 with block 22.
        if (
            "classifier.4.weight" not in bare
            or "backbone.layer3.5.conv3.weight" not in bare
            or "backbone.layer3.6.conv3.weight" in bare
        ):
            raise _foreign(path, "holds the weights of another network")
        channels = bare["classifier.4.weight"][0]
    wanted = len(measurement.points)
    if channels != wanted:
        raise WeightsProblem(
            f"{path.name} has {channels} output channel(s); {measurement.id} needs {wanted}.",
            "Check that the file is not that of another measurement.",
        )
    return True


def read_sidecar(path: Path) -> Mapping[str, Any]:
    """The JSON object NAME.json beside a checkpoint NAME.ckpt; empty when there is none.

    EchoMeasure reads the keys `set`, `mask_ecg` and `colours`. Raises `WeightsProblem`.
    """
    sidecar = path.with_suffix(".json")
    if not is_there(sidecar):
        return {}
    try:
        record = json.loads(sidecar.read_text(encoding="utf-8"))
        Look.of(record)
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsProblem(
            f"{sidecar.name} beside the weights cannot be read: {error}.", "Correct or remove it."
        ) from error
    return dict(record)
