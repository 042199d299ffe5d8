"""One file measured: decided, looked at and run through the networks, which stay loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.deciding import Decision, Orders, decide
from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame_numbers import chosen_frames
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.quality import Judge
from EchoMeasureLib.inference.quality_findings import Quality
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.inference.view_check import Seen, ViewCheck
from EchoMeasureLib.inference.weight_store import COMPACT_FILES, Store, package_folder
from EchoMeasureLib.measuring.by_envelope import StripBeats, predict_by_envelope
from EchoMeasureLib.measuring.coarse_to_fine import is_thinned, predict_what_matters
from EchoMeasureLib.measuring.wave_points import is_read
from EchoMeasureLib.progress import Monitor, silent

if TYPE_CHECKING:
    from EchoMeasureLib.inference.comparing import Comparing
    from EchoMeasureLib.inference.predicting import Predictor

CACHE_BYTES = 384 << 20
"""Of decoded frames: 170 of 768 x 1024 pixels. A cine that fits is decoded once for all."""

BLOCK_BYTES = 256 << 20
"""A longer cine goes through all networks block by block, so most of it is decoded once too."""

BLOCK_FRAMES = 16
"""A block has a multiple of these, so that batches are the same as without blocks."""


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """What was found in a file."""

    cine: Cine
    decision: Decision
    predictions: tuple[Prediction, ...]
    """Those that the picture or its view makes doubtful say so."""
    quality: Quality


class Measurer:
    """Measures one file after the other; every network is loaded once."""

    def __init__(self, settings: BatchSettings, orders: Orders | None = None) -> None:
        """Raises `WeightsProblem` as `BatchSettings.weight_hashes`."""
        self.settings = settings
        self._orders = orders or Orders()
        self._store = Store(settings.weights)
        self._known = settings.known()
        by_envelope = settings.reader is Reader.ENVELOPE
        self._views = _NoViews() if by_envelope else ViewCheck(settings=settings.networks)
        self._judge = Judge(self._store)
        self._networks = _Networks(self._store, settings, self._views)
        self._warm = False

    def warm_up(self) -> None:
        """Load what every image needs, once: who dies of that has not died of a file.

        Raises as `ViewCheck.look`.
        """
        if not self._warm:
            blank = Cine(ArraySource(np.zeros((1, 64, 64, 3), np.uint8)), Timing(None, "unknown"))
            self._views.look(blank, [id for id in NETWORKED if not NETWORKED[id].on_strip])
            self._warm = True

    def measure(self, path: Path, monitor: Monitor = silent) -> MeasuredFile:
        """Decide what is measured in a file, and measure it.

        Raises `CannotMeasure` with the reason where that is nothing, `UnreadableFile` (of which
        `ForeignFile` is one), `InvalidArgument` for frames that it does not have, `WeightsProblem`,
        and `MissingPackage`.
        """
        cine = read(path, CACHE_BYTES)
        decision = decide(cine, path, self._known, self._orders, self._views)
        by_frames = self._by_frames(decision.asked, cine.frame_count)
        if self.settings.reader is Reader.ENVELOPE:
            read_off, refused = _read_off(cine, by_frames, (), monitor)
            if not read_off:
                raise CannotMeasure(" ".join(dict.fromkeys(refused.values())))
            decision = replace(decision, refused={**decision.refused, **refused})
            return MeasuredFile(cine, decision, read_off, Quality((), 0, cine.frame_count))
        ids = list(decision.asked)
        found: list[Prediction] = []
        with self._networks.expected(by_frames):
            quality = self._judge.judge(cine, ids, monitor=monitor)
            for frames, same in by_frames.items():
                networked = [id for id in same if id in NETWORKED]
                found += self._found(cine, networked, frames, monitor)
        seen = decision.seen
        doubted = tuple(seen.doubting(quality.doubting(prediction)) for prediction in found)
        if self.settings.reader is Reader.BOTH:
            read_off, refused = _read_off(cine, by_frames, found, monitor)
            decision = replace(decision, refused={**decision.refused, **refused})
            doubted += read_off
        if not doubted:
            raise CannotMeasure("The networks gave no result.")
        return MeasuredFile(cine, decision, doubted, quality)

    def _found(
        self, cine: Cine, ids: Sequence[str], frames: Sequence[int], monitor: Monitor
    ) -> list[Prediction]:
        """What the networks say, measurement by measurement and frame by frame."""
        networks, whole = self._networks, len(frames) == cine.frame_count
        if not whole or self.settings.every_frame or not any(is_thinned(cine, id) for id in ids):
            return list(networks.predict(cine, ids, frames, monitor))
        steps = predict_what_matters(networks.alone, cine, ids, monitor)
        return sorted(steps, key=lambda one: (ids.index(one.measurement), one.frame))

    def _by_frames(
        self, asked: Mapping[str, tuple[int, ...]], count: int
    ) -> dict[tuple[int, ...], list[str]]:
        """Measurements that are made on the same frames."""
        usual = chosen_frames(self.settings.frames, count)[0] if () in asked.values() else ()
        grouped: dict[tuple[int, ...], list[str]] = {}
        for id, frames in asked.items():
            named = ",".join(map(str, frames))
            chosen = chosen_frames(named, count)[0] if frames else usual
            grouped.setdefault(chosen, []).append(id)
        return grouped


class _NoViews(ViewCheck):
    """Where no network measures, none is asked for the view."""

    def look(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int] | None = None,
        monitor: Monitor = silent,
    ) -> Seen:
        """Nothing."""
        return Seen({}, 0)


_ByFrames = Mapping[tuple[int, ...], Sequence[str]]


def _read_off(
    cine: Cine, by_frames: _ByFrames, known: Sequence[Prediction], monitor: Monitor
) -> tuple[tuple[Prediction, ...], dict[str, str]]:
    """What the envelope reader finds, and why not what is in neither that nor `known`."""
    found: list[StripBeats] = []
    for frames, ids in by_frames.items():
        found += predict_by_envelope(cine, [id for id in ids if is_read(id)], frames, monitor)
    seen = tuple(beats.prediction for beats in found if beats.prediction is not None)
    there = {prediction.measurement for prediction in (*known, *seen)}
    whys = {beats.measurement: beats.why for beats in reversed(found)}
    return seen, {id: f"{id}: {why}" for id, why in whys.items() if id not in there}


class _Networks:
    """A predictor for each checkpoint: one that had to change networks would load them again."""

    def __init__(self, store: Store, settings: BatchSettings, views: ViewCheck) -> None:
        self._store, self._views = store, views
        self._settings = settings
        self._predictors: dict[Path, Predictor] = {}

    @contextmanager
    def expected(self, by_frames: _ByFrames) -> Iterator[None]:
        """The network that is asked first is loaded beside what comes before it."""
        asked = [(id, frames) for frames, ids in by_frames.items() for id in ids]
        first = next(((id, frames) for id, frames in asked if id in NETWORKED), None)
        if first is None:
            yield
            return
        predictor = self._predictor(self._store.find(first[0]).path)
        predictor.expect([first[0]], len(first[1]) > 1)
        try:
            yield
        finally:
            predictor.let_go()

    def predict(
        self, cine: Cine, ids: Sequence[str], frames: Sequence[int], monitor: Monitor
    ) -> Iterator[Prediction]:
        """With neighbours where the settings ask for them and not all frames are there."""
        compared = self._settings.neighbours and len(frames) < cine.frame_count
        yield from self._run(cine, ids, frames, monitor, compared)

    def alone(
        self, cine: Cine, ids: Sequence[str], frames: Sequence[int], monitor: Monitor
    ) -> Iterator[Prediction]:
        """On these frames and no others."""
        yield from self._run(cine, ids, frames, monitor, False)

    def _run(
        self,
        cine: Cine,
        ids: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor,
        compared: bool,
    ) -> Iterator[Prediction]:
        by_checkpoint: dict[Path, list[str]] = {}
        for id in ids:
            by_checkpoint.setdefault(self._store.find(id).path, []).append(id)
        for block in _blocks(cine, frames):
            for path, same in by_checkpoint.items():
                yield from self._network(path, compared).predict(cine, same, block, monitor)

    def _network(self, path: Path, compared: bool) -> Predictor | Comparing:
        from EchoMeasureLib.inference.comparing import Comparing

        predictor = self._predictor(path)
        return Comparing(predictor) if compared else predictor

    def _predictor(self, path: Path) -> Predictor:
        from EchoMeasureLib.inference.predicting import Predictor

        if path not in self._predictors:
            shared = self._shared(path)
            self._predictors[path] = shared or Predictor(self._store, self._settings.networks)
        return self._predictors[path]

    def _shared(self, path: Path) -> Predictor | None:
        """That of the view check, where it has this very network."""
        own = {package_folder() / file: kind for kind, file in COMPACT_FILES.items()}
        return self._views.predictor(own[path] == "strip") if path in own else None


def _blocks(cine: Cine, frames: Sequence[int]) -> Iterator[Sequence[int]]:
    """All frames of a long cine in blocks; chosen ones stay together, as neighbours have to."""
    held = BLOCK_BYTES // (3 * cine.rows * cine.columns)
    size = max(BLOCK_FRAMES, held // BLOCK_FRAMES * BLOCK_FRAMES)
    if len(frames) < cine.frame_count:
        size = len(frames)
    for start in range(0, len(frames), size):
        yield frames[start : start + size]
