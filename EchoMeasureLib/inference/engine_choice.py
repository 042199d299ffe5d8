"""Which engine `auto` takes: the quicker one here, tried once and remembered.

A trial (`engine_trial`) takes the network that is asked for; a large one is tried in processes of
their own. What was quicker, in the median, is written down in the user's data folder for this kind
of network, this processor and these versions. `ECHOMEASURE_ENGINE` names an engine instead.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from importlib import metadata, util
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import EchoMeasureError, EngineProblem, MissingPackage
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.inference import preparing
from EchoMeasureLib.inference.canvas import Canvas, canvas_size
from EchoMeasureLib.inference.engine_trial import run_noise, won
from EchoMeasureLib.inference.engines import Engine, engines_there, make_engine
from EchoMeasureLib.inference.network_facts import Logits, NetworkFacts, checkpoint_facts
from EchoMeasureLib.inference.openvino_models import is_kept
from EchoMeasureLib.inference.quantising import accepted
from EchoMeasureLib.inference.resampling import Interpolate
from EchoMeasureLib.inference.settings import EngineName, Precision
from EchoMeasureLib.inference.weight_store import Checkpoint
from EchoMeasureLib.progress import Monitor, silent

VARIABLE = "ECHOMEASURE_ENGINE"
"""Environment variable that names the engine that `auto` takes, without a trial."""

FILE = "engines.json"

WAY = 2
"""Goes up when an engine comes to run networks in another way: a new trial is due then."""

INSTEAD = "PyTorch runs the networks instead."
BY_PROCESSOR = "The processor runs the networks instead."

Tell = Callable[[str], object]
"""Takes a sentence for people."""


def engine_for(
    name: EngineName,
    checkpoint: Checkpoint,
    measurement: str,
    precision: Precision,
    tell: Tell,
    monitor: Monitor = silent,
) -> Engine:
    """An engine of that name, or the one that `auto` takes, with the network of a checkpoint.

    What `auto` has taken, and a card of Apple's, goes on with torch when it fails or computes
    otherwise than the processor, and `tell` hears why. A large
    network is first converted, and its engine chosen, by a process of their own (`preparing`);
    `monitor` may stop that. Raises `InvalidArgument` for an unknown word in `ECHOMEASURE_ENGINE`,
    else as `make_engine`, and `EngineProblem` when what was named cannot be made ready.
    """
    there = _there()
    name = _named(name, there)

    def made(engine: EngineName) -> Engine:
        return make_engine(engine, checkpoint, measurement, precision)

    what = _kind(checkpoint, measurement, precision) if name is EngineName.AUTO else ""
    known = name if name is not EngineName.AUTO else _remembered().get(what)
    try:
        _have_ready(checkpoint, measurement, precision, known, there, monitor)
    except EngineProblem as problem:
        if name is not EngineName.AUTO:
            raise
        tell(f"{problem.problem} {INSTEAD}")
        return made(EngineName.TORCH)
    if name is EngineName.MPS:
        return FallingBack(made(name), lambda: made(EngineName.TORCH), tell)
    if name is not EngineName.AUTO:
        return made(name)
    engine = _quicker(there, made, what, canvas_size(definition(measurement)))
    return FallingBack(engine, lambda: made(EngineName.TORCH), tell)


def is_ready(
    name: EngineName, checkpoint: Checkpoint, measurement: str, precision: Precision
) -> bool:
    """Whether `engine_for` has only to load what OpenVINO has kept.

    Raises `InvalidArgument` and `WeightsProblem` as `engine_for`.
    """
    name = _named(name, _there())
    if name is EngineName.AUTO:
        what = _kind(checkpoint, measurement, precision)
        name = EngineName(_remembered().get(what, EngineName.AUTO))
    return name is EngineName.OPENVINO and _is_made(checkpoint, measurement, precision)


def _there() -> list[EngineName]:
    return engines_there(lambda name: util.find_spec(name) is not None, sys.platform)


def _named(name: EngineName, there: Sequence[EngineName]) -> EngineName:
    """The engine that is named by the caller, the environment or by being the only one."""
    if name is EngineName.AUTO:
        name = EngineName(os.environ.get(VARIABLE) or EngineName.AUTO)
    if name is EngineName.AUTO and len(there) < 2:
        name = there[0] if there else EngineName.TORCH
    return name


def _is_made(checkpoint: Checkpoint, measurement: str, precision: Precision) -> bool:
    """Whether OpenVINO's form of the network that is run is there."""
    size = canvas_size(definition(measurement))
    in_int8 = precision in (Precision.AUTO, Precision.INT8)
    if in_int8 and accepted(checkpoint, measurement, size) is not None:
        return True
    return is_kept(checkpoint, measurement, size)


def _have_ready(
    checkpoint: Checkpoint,
    measurement: str,
    precision: Precision,
    known: str | None,
    there: Sequence[EngineName],
    monitor: Monitor,
) -> None:
    """Have other processes do what takes more memory than measuring, where it is still to be done.

    `known` is the engine, None where it is still to be chosen of those that are `there`. What is
    small or could not be kept is done here when it is needed.
    """
    if known not in (None, EngineName.OPENVINO) or util.find_spec("openvino") is None:
        return
    if known and _is_made(checkpoint, measurement, precision):
        return
    if checkpoint.path.stat().st_size < preparing.LARGE:
        return
    with preparing.alone(checkpoint, monitor) as alone:
        if not alone:
            return
        if not _is_made(checkpoint, measurement, precision):
            preparing.convert(checkpoint, measurement, monitor)
        what = _kind(checkpoint, measurement, precision)
        if known is None and what not in _remembered():
            asked = (checkpoint, measurement, precision, monitor)
            with ExitStack() as ended:
                tries = {name: preparing.Elsewhere(name, *asked) for name in there}
                for one in tries.values():
                    ended.callback(one.close)
                _remember(what, won(tries))


def _kind(checkpoint: Checkpoint, measurement: str, precision: Precision) -> str:
    """For what a choice holds."""
    facts = checkpoint_facts(checkpoint, measurement)
    return f"{'compact' if facts.compact else 'DeepLabV3'}, {precision}"


class FallingBack:
    """An engine, and torch when it fails."""

    def __init__(self, engine: Engine, instead: Callable[[], Engine], tell: Tell) -> None:
        self._engine, self._instead, self._tell = engine, instead, tell

    @property
    def name(self) -> EngineName:
        return self._engine.name

    @property
    def version(self) -> str:
        return self._engine.version

    @property
    def precision(self) -> Precision:
        return self._engine.precision

    @property
    def facts(self) -> NetworkFacts:
        return self._engine.facts

    @property
    def batch(self) -> int:
        return self._engine.batch

    @property
    def interpolate(self) -> Interpolate:
        return self._engine.interpolate

    def prepare(self, size: tuple[int, int], several: bool) -> None:
        self._engine.prepare(size, several)

    @property
    def sees_screens(self) -> bool:
        return self._engine.sees_screens

    def run(self, canvases: Sequence[Canvas]) -> dict[str, Logits]:
        """As `Engine.run`, by torch when the engine fails and from then on. Raises as torch's."""
        try:
            return self._engine.run(canvases)
        except EngineProblem as problem:
            if self._engine.name is EngineName.TORCH:
                raise
            instead = BY_PROCESSOR if self._engine.name is EngineName.MPS else INSTEAD
            self._engine = self._instead()
            self._tell(f"{problem.problem} {instead}")
            return self._engine.run(canvases)


def _quicker(
    there: Sequence[EngineName],
    made: Callable[[EngineName], Engine],
    what: str,
    size: tuple[int, int],
) -> Engine:
    """The engine that is remembered for networks of this kind, else the winner of a trial."""
    known = _remembered().get(what)
    if known in there:
        try:
            return made(EngineName(known))
        except EngineProblem:
            if known != EngineName.MPS.value:
                raise
            # A Mac whose card cannot be used this time.
            return made(EngineName.TORCH)
    engines: dict[EngineName, Engine] = {}
    for name in there:
        with suppress(EngineProblem, MissingPackage):
            engines[name] = made(name)
    best = won({name: partial(run_noise, engine, size) for name, engine in engines.items()})
    _remember(what, best)
    return engines.get(best) or made(best)


def _remembered() -> dict[str, str]:
    """The winners on this machine, by kind of network."""
    try:
        found = read_json(data_folder() / FILE).get(_machine(), {})
    except (EchoMeasureError, OSError, AttributeError):
        return {}
    return dict(found) if isinstance(found, dict) else {}


def _remember(what: str, name: EngineName) -> None:
    with suppress(EchoMeasureError, OSError):
        path = make_folder(data_folder()) / FILE
        known = _remembered()
        if what not in known:
            # Of other machines, which share a home, and of other versions.
            kept: Any = {}
            with suppress(EchoMeasureError, OSError):
                kept = dict(read_json(path))
            kept[_machine()] = {**known, what: name.value}
            write_text(path, json.dumps(kept, indent=1) + "\n")


def _machine() -> str:
    """The processor, the versions and the way of running on which a trial depends, in words."""
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        processor = next((line for line in told if line.startswith("model name")), processor)
    card = "with a card of NVIDIA" if Path("/dev/nvidiactl").exists() else "no card"
    versions = [f"{name} {_version(name)}" for name in ("torch", "openvino")]
    if sys.platform == "darwin":
        # What its card computes depends on it; and so that the card is tried at all.
        versions.append(f"macOS {platform.mac_ver()[0]}")
    count = os.cpu_count() or 1
    what = (f"{count} processors", card, *versions, f"way {WAY}")
    return ", ".join((processor.rpartition(":")[2].strip(), *what))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not there"
