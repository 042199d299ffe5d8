"""The training manifest: which pictures, with which landmarks, in which split.

`manifest.schema.json` is the contract; each field is described there. A folder of phantoms
(NAME.dcm beside NAME.truth.json) reads as a manifest, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import EchoMeasureError, InvalidDocument
from EchoMeasureLib.fields import Fields, as_coordinate, as_integer, as_list, as_number, as_text
from EchoMeasureLib.geometry import Box, PixelPoint
from EchoMeasureLib.imaging.regions import REQUIRED_UNITS, Region, RegionKind

FORMAT = "echomeasure-training-manifest"
MOST_BYTES = 256 << 20
"""A million examples have about this size."""

SEE_SCHEMA = "See manifest.schema.json for the fields."

SPLITS = ("train", "validation", "test")

Calipers = tuple[tuple[PixelPoint, ...], ...]
"""The calipers of one measurement on one frame: one, or one per beat of a strip."""


@dataclass(frozen=True, slots=True)
class Example:
    """One frame and what is known about it; landmarks in source pixels."""

    file: Path
    frame: int
    """Counted from 0."""
    study: str
    """Name of the study, which is in one split only."""
    landmarks: Mapping[str, Calipers]
    """By measurement id."""
    split: str
    """One of `SPLITS`."""
    absent: frozenset[str] | None = None
    """Measurements that are certainly not there; None with no landmarks: all of them."""
    region: Region | None = None
    """Given in the manifest for files that bring no calibration."""


def read_manifest(path: Path) -> tuple[Example, ...]:
    """The examples of a manifest file. Raises `InvalidDocument` with the place of the fault."""
    document = read_json(path, MOST_BYTES)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidDocument(f"{path} is no training manifest.", f"It must say format: {FORMAT}.")
    if document.get("version") != 1:
        raise InvalidDocument(f"{path} has version {document.get('version')}; 1 is known here.")
    rows = document.get("examples")
    if not isinstance(rows, list):
        raise InvalidDocument(f"{path} has no list of examples.", SEE_SCHEMA)
    examples: list[Example] = []
    for index, row in enumerate(rows):
        try:
            examples.append(_example(Fields(row, "example"), path.parent))
        except (EchoMeasureError, AttributeError, KeyError, TypeError, ValueError) as error:
            said = error.problem if isinstance(error, EchoMeasureError) else f"{error}."
            raise InvalidDocument(
                f"Example {index} of {path.name} is not valid: {said}", SEE_SCHEMA
            ) from error
    _check_splits(examples, path)
    return tuple(examples)


def read_phantoms(folder: Path, per_study: int = 4) -> tuple[Example, ...]:
    """The phantoms in a folder as examples: up to `per_study` frames of each cine.

    Raises `InvalidDocument` when there is none, or a truth file is damaged.
    """
    truths = sorted(folder.glob("**/*.truth.json"))
    if not truths:
        raise InvalidDocument(
            f"{folder} holds no phantoms (NAME.dcm with NAME.truth.json).",
            "Write some with `echomeasure phantom`.",
        )
    found: list[Example] = []
    for path in truths:
        try:
            found += _phantom_examples(read_json(path), path, per_study)
        except InvalidDocument:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidDocument(f"{path.name} is no phantom's truth: {error}") from error
    return tuple(found)


def split_of(study: str) -> str:
    """The split of a study without one: a hash of its name, about 80, 10 and 10 per cent."""
    share = int(hashlib.sha256(study.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
    return "train" if share < 0.8 else "validation" if share < 0.9 else "test"


def _example(row: Fields, home: Path) -> Example:
    found = row.object("landmarks").record
    landmarks = {str(id): _calipers(str(id), calipers) for id, calipers in found.items()}
    study, file, frame = row.text("study"), row.text("file"), row.integer("frame")
    split = row.text("split") if row.has("split") else split_of(study)
    if split not in SPLITS:
        raise ValueError(f"'{split}' is no split; {', '.join(SPLITS)} are")
    if frame < 0:
        raise ValueError("frames are counted from 0")
    if not study or not file:
        raise ValueError("study and file have to be named")
    told = row.list("absent", as_text) if row.has("absent") else ()
    absent = frozenset(definition(id).id for id in told)
    both = sorted(absent & set(landmarks))
    if both:
        raise ValueError(f"{both[0]} has landmarks, and is said to be absent")
    return Example(
        home / file,
        frame,
        study,
        landmarks,
        split,
        absent if row.has("absent") else None,
        _region(row.object("region")) if row.has("region") else None,
    )


def _calipers(id: str, found: Any) -> Calipers:
    row = definition(id)
    calipers = as_list(found, id, lambda one, where: as_list(one, where, _point))
    if not calipers or not all(row.takes(len(one)) for one in calipers):
        raise ValueError(f"{id} takes {row.count_words} point(s) per caliper")
    return calipers


def _point(value: Any, where: str) -> PixelPoint:
    return PixelPoint(*(float(n) for n in as_list(value, where, as_coordinate, count=2)))


def _region(row: Fields) -> Region:
    kind = row.choice("kind", RegionKind)
    bounds = Box(*row.exactly(4, "bounds", as_integer))
    if bounds.width < 1 or bounds.height < 1:
        raise ValueError("the region's bounds are x0, y0, x1, y1, and the second are the larger")
    x, y = row.exactly(2, "delta", as_number) if row.has("delta") else (0.0, 0.0)
    region = Region(-1, kind, bounds, REQUIRED_UNITS[kind], (float(x), float(y)))
    baseline = row.maybe_number("baseline_y")
    return region if baseline is None else region.with_baseline(float(baseline))


def _check_splits(examples: Sequence[Example], path: Path) -> None:
    """One study in two splits would let the network be tested on what it learned from."""
    seen: dict[str, str] = {}
    for example in examples:
        if seen.setdefault(example.study, example.split) != example.split:
            raise InvalidDocument(
                f"Study {example.study} of {path.name} is in two splits.",
                "Put all examples of one study into the same split.",
            )


def _phantom_examples(truth: Mapping[str, Any], path: Path, per_study: int) -> list[Example]:
    name = str(truth["file"])
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        raise ValueError(f"{name!r} is no file beside it")
    file = path.with_name(name)
    study = f"{truth['view']}-{truth['layout']}-{truth['seed']}"
    if truth["anatomy"].get("past_the_edge"):
        return [Example(file, 0, study, {}, split_of(study))]  # its peaks are not on the picture
    by_frame: dict[int, dict[str, Calipers]] = {}
    for id, found in truth["measurements"].items():
        for frame, entry in found["frames"].items():
            calipers = entry.get("beats_points") or [entry["points"]]
            by_frame.setdefault(int(frame), {})[id] = _calipers(id, calipers)
    if not by_frame:
        return [Example(file, 0, study, {}, split_of(study))]
    frames = sorted(by_frame)
    step = max(1, len(frames) // per_study)
    return [
        Example(file, frame, study, by_frame[frame], split_of(study))
        for frame in frames[::step][:per_study]
    ]
