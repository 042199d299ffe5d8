"""Pictures and landmarks on disk, ready for training: prepared once, read batch by batch.

Preparing a picture (drawing a phantom, decoding a DICOM file, resizing) costs far more than
a training step, so each is prepared once and kept as uint8 on disk. A store is a folder of
numbered chunks; a chunk is written beside and renamed, so an interrupted preparation goes
on where it stopped, and the files are mapped, so memory holds a batch and no more.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.files import make_folder, write_text, written_whole
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.training.tasks import CANVAS_SIZE, CanvasKind, Heads, Supervision

CHUNK = 32
"""Samples per file."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture and what is known about it."""

    picture: npt.NDArray[np.uint8]
    """(rows, columns, 3): the canvas, averaged `reduction` x `reduction`."""
    supervision: Supervision
    """In pixels of the full canvas, whatever the reduction."""
    name: str
    """Where it came from, without a patient's name."""
    heats: npt.NDArray[np.uint8] | None = None
    """(channels, rows, columns) of the heat maps that are to be learned, 0 to 255 for 0 to 1; None
    where they follow from the landmarks."""


class SampleSource(Protocol):
    """Where samples come from. Picklable, so that other processes can prepare them."""

    @property
    def count(self) -> int:
        """How many samples there are."""

    @property
    def heads(self) -> Heads:
        """The measurements that the samples say something about."""

    @property
    def reduction(self) -> int:
        """Canvas pixels per picture pixel: 2 for the compact network, 1 for EchoNet's."""

    def identity(self) -> dict[str, Any]:
        """Everything the samples depend on, as plain JSON: seeds, file hashes, versions."""

    def sample(self, index: int) -> Sample:
        """Sample `index`; the same index always gives the same sample."""


def digest(identity: dict[str, Any]) -> str:
    """SHA-256 of an identity, in hexadecimal."""
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def reduced(canvas: npt.NDArray[np.float32], reduction: int) -> npt.NDArray[np.uint8]:
    """A canvas (3, rows, columns), 0..1, averaged and as uint8 (rows, columns, 3)."""
    channels, rows, columns = canvas.shape
    blocks = canvas.reshape(channels, rows // reduction, reduction, columns // reduction, reduction)
    averaged = blocks.mean((2, 4)).transpose(1, 2, 0)
    grey: npt.NDArray[np.uint8] = np.rint(np.clip(averaged, 0, 1) * 255).astype(np.uint8)
    return grey


def prepare(
    source: SampleSource, folder: Path, workers: int = 0, monitor: Monitor = silent
) -> SampleStore:
    """The source's samples under `folder`, in a folder of their own named by their hash.

    `workers` = 0 works in this process. What is there already is kept. Raises
    `InvalidArgument` for a source without samples.
    """
    if source.count < 1:
        raise InvalidArgument("There is nothing to train on.", "Check manifest, split and ids.")
    identity = source.identity()
    home = folder / f"{source.heads.kind.value}-{digest(identity)[:16]}"
    make_folder(home)
    chunks = range(-(-source.count // CHUNK))
    missing = [chunk for chunk in chunks if not _marks_path(home, chunk).exists()]
    done = len(chunks) - len(missing)
    for _ in _prepared(source, home, missing, workers):
        done += 1
        monitor(Progress(min(done * CHUNK, source.count), source.count, "preparing pictures"))
    index = {
        "identity": identity,
        "count": source.count,
        "heads": [list(pair) for pair in source.heads.points],
        "reduction": source.reduction,
    }
    write_text(home / "index.json", json.dumps(index, indent=1))
    return SampleStore(home)


def _prepared(
    source: SampleSource, home: Path, missing: Sequence[int], workers: int
) -> Iterator[int]:
    if not workers or len(missing) < 2:
        for chunk in missing:
            yield _prepare_chunk(source, home, chunk)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = [pool.submit(_prepare_chunk, source, home, chunk) for chunk in missing]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _prepare_chunk(source: SampleSource, home: Path, chunk: int) -> int:
    wanted = range(chunk * CHUNK, min((chunk + 1) * CHUNK, source.count))
    samples = [source.sample(index) for index in wanted]
    with written_whole(_pictures_path(home, chunk)) as beside:
        np.save(beside, np.stack([sample.picture for sample in samples]))
    heats = [sample.heats for sample in samples if sample.heats is not None]
    if heats:
        with written_whole(_heats_path(home, chunk)) as beside:
            np.save(beside, np.stack(heats))
    with written_whole(_marks_path(home, chunk)) as beside:
        np.savez(
            beside,
            points=np.stack([sample.supervision.points for sample in samples]),
            known=np.stack([sample.supervision.known for sample in samples]),
            names=np.array([sample.name for sample in samples]),
        )
    return chunk


def _pictures_path(home: Path, chunk: int) -> Path:
    return home / f"{chunk:05d}.npy"


def _heats_path(home: Path, chunk: int) -> Path:
    return home / f"{chunk:05d}.heats.npy"


def _marks_path(home: Path, chunk: int) -> Path:
    return home / f"{chunk:05d}.marks.npz"


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples side by side."""

    pictures: npt.NDArray[np.uint8]
    """(n, rows, columns, 3)"""
    points: npt.NDArray[np.float32]
    """(n, channels, sightings, 2), canvas pixels, NaN for none."""
    known: npt.NDArray[np.uint8]
    """(n, channels)"""
    heats: npt.NDArray[np.uint8] | None
    """(n, channels, rows, columns), as `Sample.heats`; None where there are none."""


class SampleStore:
    """Prepared samples, read from disk as they are asked for."""

    def __init__(self, home: Path) -> None:
        """Raises `InvalidDocument` when the folder is not a finished store."""
        try:
            index = read_json(home / "index.json")
            self.count = int(index["count"])
            self.heads = Heads(tuple((str(id), int(n)) for id, n in index["heads"]))
            self.reduction = int(index["reduction"])
            self.identity: dict[str, Any] = index["identity"]
        except (InvalidDocument, ValueError, KeyError, TypeError) as error:
            raise InvalidDocument(
                f"{home} holds no finished training pictures: {error}", "Prepare them again."
            ) from error
        chunks = range(-(-self.count // CHUNK))
        self._pictures = [np.load(_pictures_path(home, c), mmap_mode="r") for c in chunks]
        self._heats = [
            np.load(_heats_path(home, c), mmap_mode="r")
            for c in chunks
            if _heats_path(home, c).exists()
        ]
        marks = [np.load(_marks_path(home, c)) for c in chunks]
        self.points = np.concatenate([part["points"] for part in marks])
        self.known = np.concatenate([part["known"] for part in marks])
        self.names = [str(name) for part in marks for name in part["names"]]
        rows, columns = CANVAS_SIZE[self.heads.kind]
        if self._pictures[0].shape[1:3] != (rows // self.reduction, columns // self.reduction):
            raise InvalidDocument(f"The pictures in {home} have an unknown size.")

    @property
    def kind(self) -> CanvasKind:
        """The canvas of its pictures."""
        return self.heads.kind

    def __len__(self) -> int:
        return self.count

    def batch(self, indices: Sequence[int]) -> Batch:
        """The samples of these indices, in this order."""
        pictures = np.stack([self._pictures[i // CHUNK][i % CHUNK] for i in indices])
        at = np.asarray(indices)
        heats = None
        if self._heats:
            heats = np.stack([self._heats[i // CHUNK][i % CHUNK] for i in indices])
        return Batch(pictures, self.points[at], self.known[at], heats)
