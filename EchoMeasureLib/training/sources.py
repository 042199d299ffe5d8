"""Where training pictures come from: files of a manifest, or phantoms drawn on the fly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.geometry import Affine2D, Box
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.screen_parts import ScreenPart, blackened
from EchoMeasureLib.inference.canvas import Canvas, image_canvas, strip_canvas
from EchoMeasureLib.measurable import fitting_regions
from EchoMeasureLib.training.dataset import Sample, reduced
from EchoMeasureLib.training.manifest import Calipers, Example
from EchoMeasureLib.training.tasks import Heads, Sightings, supervision

OPEN_FILES = 4
"""Cines that a process keeps open while it prepares samples."""


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """The examples of one split that say something about these heads (a `SampleSource`)."""

    heads: Heads
    reduction: int
    examples: tuple[Example, ...]
    keep_screen: bool = False
    """Whether pixels outside of what a file declares as ultrasound stay, names and all."""

    @classmethod
    def of(
        cls,
        heads: Heads,
        reduction: int,
        examples: Iterable[Example],
        split: str,
        keep_screen: bool = False,
    ) -> ManifestSource:
        """Those of `split` that bear a landmark of the heads, or certainly lack them."""
        chosen = tuple(
            example
            for example in examples
            if (
                example.split == split
                and (set(example.landmarks) | (example.absent or set())) & set(heads.ids)
            )
            or (example.split == split and not example.landmarks and example.absent is None)
        )
        return cls(heads, reduction, chosen, keep_screen)

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    def identity(self) -> dict[str, Any]:
        """Heads, reduction, and of every example file hash, frame and landmarks."""
        return {
            "source": "manifest",
            "heads": list(self.heads.ids),
            "reduction": self.reduction,
            "keep_screen": self.keep_screen,
            "examples": [fingerprint(example) for example in self.examples],
        }

    def sample(self, index: int) -> Sample:
        """The picture of an example, with its landmarks in canvas pixels.

        Raises `InvalidArgument` for a frame that is not there, `CannotMeasure` where no region or
        no picture holds the landmarks, and what `read` raises.
        """
        example = self.examples[index]
        cine = opened(example.file)
        shown = next((id for id in self.heads.ids if id in example.landmarks), self.heads.ids[0])
        regions = regions_of(cine, example)
        frame = shown_frame(cine, example, self.keep_screen)
        _check_inside(cine, example)
        canvas = canvas_of(frame, shown, regions, example.landmarks.get(shown))
        seen = on_canvas(example.landmarks, canvas.to_canvas, self.heads)
        everything_absent = not example.landmarks and example.absent is None
        absent = set(self.heads.ids) if everything_absent else (example.absent or set())
        unknown = set(self.heads.ids) - set(seen) - absent
        name = f"{example.study} frame {example.frame}"
        return Sample(
            reduced(canvas.pixels, self.reduction), supervision(self.heads, seen, unknown), name
        )


def _check_inside(cine: Cine, example: Example) -> None:
    """Raises `CannotMeasure` for a landmark beside the picture: as no spot of a target it would
    teach that there is none."""
    screen = Box(0, 0, cine.columns - 1, cine.rows - 1)
    for id, calipers in example.landmarks.items():
        if not all(screen.contains(point) for one in calipers for point in one):
            raise CannotMeasure(
                f"{example.file.name}, frame {example.frame}: a landmark of {id} lies beside the "
                f"picture of {cine.columns} x {cine.rows} pixels.",
                "Give landmarks in pixels of the file, or leave the example out.",
            )


@lru_cache(maxsize=OPEN_FILES)
def opened(path: Path) -> Cine:
    """The file, which stays open for a while. Raises as `read`."""
    return read(path)


def regions_of(cine: Cine, example: Example) -> tuple[Region, ...]:
    """The region that the manifest gives, else those of the file."""
    return (example.region,) if example.region is not None else cine.regions


def shown_frame(cine: Cine, example: Example, keep_screen: bool) -> Frame:
    """The frame of an example, black where a name may stand unless the screen is kept.

    Raises `InvalidArgument` for a frame that is not there, and `CannotMeasure` where nothing says
    where a name may stand.
    """
    frame = cine.frame(example.frame)
    if keep_screen:
        return frame
    if example.region is not None:
        visible = [example.region.bounds.clipped(cine.columns, cine.rows)]
    else:
        part = ScreenPart.declared(cine.regions, cine.columns, cine.rows)
        if part is None:
            raise CannotMeasure(
                f"{example.file.name} declares no part of its screen as the image, and the "
                "rest may show a patient's name.",
                "Give the manifest's example a `region`, or use --keep-screen if it does not.",
            )
        visible = list(part.visible)
    return blackened(frame, visible)


def fingerprint(example: Example) -> list[Any]:
    """What a sample depends on: hash of the file, frame, landmarks, what is absent."""
    places = {id: [[list(p) for p in one] for one in c] for id, c in example.landmarks.items()}
    absent = None if example.absent is None else sorted(example.absent)
    return [_file_hash(example.file), example.frame, places, absent]


@lru_cache(maxsize=4096)
def _file_hash(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        opened(path)  # says in a sentence why that is no file
        raise


def canvas_of(
    frame: Frame, id: str, regions: Sequence[Region], calipers: Calipers | None = None
) -> Canvas:
    """What the network of this measurement sees of a frame.

    On a strip the region is the one that holds the landmarks, or else the first of a
    fitting kind. Raises `CannotMeasure` when there is none.
    """
    row = definition(id)
    if not row.on_strip:
        return image_canvas(frame)
    points = [point for one in calipers or () for point in one]
    fitting = [r for r in fitting_regions(regions, row) if r.contains(*points)]
    if not fitting:
        raise CannotMeasure(
            f"No region of the file holds the landmarks of {id}.",
            "Give the manifest's example a `region`, or leave it out.",
        )
    return strip_canvas(frame, fitting[0], row)


def on_canvas(found: Mapping[str, Calipers], to_canvas: Affine2D, heads: Heads) -> Sightings:
    """Landmarks of these heads moved from source pixels to canvas pixels, by measurement id."""
    return {
        id: np.array([[to_canvas.apply(*point) for point in one] for one in calipers], np.float32)
        for id, calipers in found.items()
        if id in heads.ids
    }
