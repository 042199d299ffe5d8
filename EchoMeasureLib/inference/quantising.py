"""Networks in 8-bit integers, made by post-training quantisation and kept once they are accepted.

NNCF sees the canvases of some frames and chooses the range of every layer from them, but for the
first and the last ones: rounding moves landmarks most there, and they cost least. Whether what
comes out may be used is decided elsewhere (`measuring.quantised`); what is accepted lies in the
user's data folder, for good, since it took frames to make it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import EngineProblem, InvalidState, needed_for
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.openvino_models import (
    NETWORK,
    core,
    is_whole,
    model_name,
    name_of_any_version,
    network_model,
    write_model,
)
from EchoMeasureLib.inference.weight_store import Checkpoint

if TYPE_CHECKING:
    import openvino

FACTS = "accepted.json"
"""How far landmarks moved when it was accepted."""


def quantised(
    checkpoint: Checkpoint, measurement: str, canvases: Iterable[Canvas]
) -> openvino.Model:
    """The network of a checkpoint in 8-bit integers, from what it sees.

    Canvases are of one size, at least one. Raises `WeightsProblem` as `network_model`, and
    `MissingPackage` without NNCF.
    """
    seen = list(canvases)
    # Its bars of progress belong to standard error.
    with needed_for("Quantising a network"), _without_reports(), redirect_stdout(sys.stderr):
        import nncf

        nncf.set_log_level(logging.ERROR)
        model = network_model(checkpoint, measurement, seen[0].size)
        given = nncf.Dataset(seen, lambda canvas: canvas.pixels[None])
        made: Any = nncf.quantize(
            model,
            given,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(seen),
            ignored_scope=nncf.IgnoredScope(names=_outermost(model)),
        )
    return made


def _outermost(model: openvino.Model) -> list[str]:
    """The convolution that sees the picture, and those that give the maps."""
    (first, *_) = (node for node in model.get_ordered_ops() if _convolves(node))
    found = {first.get_friendly_name()}
    for node in model.get_results():
        while not _convolves(node):
            node = node.input_value(0).get_node()  # noqa: PLW2901
        found.add(node.get_friendly_name())
    return sorted(found)


def _convolves(node: openvino.Node) -> bool:
    return bool(node.get_type_name() == "Convolution")


def accepted(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> Path | None:
    """Where the network is that was accepted for canvases of this size; None where none was."""
    place = _place(checkpoint, measurement, size)
    return place if place is not None and is_whole(place) else None


class Lost(Enum):
    """Why a network that was accepted is not there any more."""

    DAMAGED = "damaged"
    OTHER_VERSION = "of another version"


MAKE_AGAIN = "echomeasure weights quantise --frames FILE"


def lost(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> Lost | None:
    """What became of a network that was accepted; None where it is there, or none was accepted."""
    place = _place(checkpoint, measurement, size)
    if place is None or is_whole(place):
        return None
    if place.exists():
        return Lost.DAMAGED
    known = name_of_any_version(checkpoint, measurement, size)
    older = any(is_whole(older) for older in place.parent.glob(f"{known}*"))
    return Lost.OTHER_VERSION if older else None


def problem_of(measurement: str, why: Lost | None) -> EngineProblem:
    """That a network in int8 was asked for and is not there."""
    if why is None:
        return EngineProblem(
            f"No network in int8 was accepted for {measurement}.", f"Make one: {MAKE_AGAIN}"
        )
    return EngineProblem(
        f"The network in int8 that was accepted for {measurement} is {why.value}.",
        f"Make it again: {MAKE_AGAIN}",
    )


def accepted_model(
    checkpoint: Checkpoint, measurement: str, size: tuple[int, int]
) -> openvino.Model | None:
    """That network itself. Raises `EngineProblem` where it is damaged."""
    place = accepted(checkpoint, measurement, size)
    try:
        return None if place is None else core().read_model(place / NETWORK)
    except RuntimeError as error:
        raise problem_of(measurement, Lost.DAMAGED) from error


def accept(
    model: openvino.Model,
    checkpoint: Checkpoint,
    measurement: str,
    size: tuple[int, int],
    facts: Mapping[str, Any],
) -> None:
    """Keep a network from now on, in place of an earlier one.

    Raises `InvalidState` where nothing can be kept.
    """
    place = _place(checkpoint, measurement, size)
    try:
        if place is None:
            raise OSError("there is no folder for data")
        write_model(model, place, anew=True)
        (place / FACTS).write_text(json.dumps(dict(facts), indent=1) + "\n", encoding="utf-8")
    except (OSError, RuntimeError) as error:
        raise InvalidState(f"The quantised network cannot be kept ({error}).") from error


def _place(checkpoint: Checkpoint, measurement: str, size: tuple[int, int]) -> Path | None:
    try:
        folder = data_folder() / "int8"
    except InvalidState:
        return None
    return folder / model_name(checkpoint, measurement, size)


@contextmanager
def _without_reports() -> Iterator[None]:
    """NNCF reports its use to its maker unless it is told not to, or cannot."""
    name = "openvino_telemetry"
    before = sys.modules.get(name)
    os.environ.setdefault("NNCF_CI", "1")
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
