"""What is done with one file, and what counts as a failure."""

from __future__ import annotations

import itertools
import math
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.info import info_lines, info_record
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.manual_calibration import from_depth_ruler, with_manual_region
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.calipers import measure, pixel_points
from EchoMeasureLib.texts import json_text

Frames = dict[int, npt.NDArray[np.uint8]]


class Failed(Exception):
    """The answer is wrong; the text says how."""


def try_file(path: Path) -> tuple[str, Frames, tuple[str, ...]]:
    """Read, first and last frame, info, calipers.

    Gives what came of it ("read", or "refused: ..."), the frames, and the notes. Raises
    `Failed` for an answer that cannot be right; any error but `EchoMeasureError` is one too.
    """
    try:
        cine = read(path)
    except EchoMeasureError as error:
        return f"refused: {_sentence(error)}", {}, ()
    notes = (*cine.notes, *cine.timing.notes)
    _check_facts(cine)
    json_text(info_record(cine))
    if not all(isinstance(line, str) for line in info_lines(cine)):
        raise Failed("info gave no text")
    frames: Frames = {}
    outcome = "read"
    for index in dict.fromkeys((cine.frame_count - 1, 0)):
        try:
            frames[index] = _checked(cine, index)
        except EchoMeasureError as error:
            outcome = f"refused: {_sentence(error)}"
    _check_order(path, frames)
    if 0 in frames:
        try:
            _measure(cine)
        except EchoMeasureError as error:
            outcome = f"refused: {_sentence(error)}"
    return outcome, frames, notes


def describe(error: BaseException) -> str:
    """Type, text and place of an error."""
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {Path(where[0].filename).name}:{where[0].lineno}" if where else ""
    return f"{type(error).__name__}: {error}{place}"


def _sentence(error: EchoMeasureError) -> str:
    words = str(error)
    if not words.strip() or not error.problem.rstrip().endswith((".", "?", "!", ")")):
        raise Failed(f"no sentence: {words!r}")
    return words


def _checked(cine: Cine, index: int) -> npt.NDArray[np.uint8]:
    frame = cine.frame(index)
    if frame.shape != (cine.rows, cine.columns, 3) or frame.dtype != np.uint8:
        raise Failed(f"frame {index} is {frame.shape} {frame.dtype}")
    return frame


def _check_facts(cine: Cine) -> None:
    if cine.frame_count < 1 or cine.rows < 1 or cine.columns < 1:
        raise Failed(f"{cine.frame_count} frames of {cine.columns} x {cine.rows}")
    times = cine.times
    if times is None:
        return
    if len(times) != cine.frame_count or not all(map(math.isfinite, times)):
        raise Failed("times are not those of the frames")
    if any(later <= earlier for earlier, later in itertools.pairwise(times)):
        raise Failed("times do not rise")


def _check_order(path: Path, frames: Frames) -> None:
    """Frame k is the same, whichever was asked for before it."""
    if len(frames) < 2:
        return
    fresh = read(path)
    for index in sorted(frames):
        if not np.array_equal(fresh.frame(index), frames[index]):
            raise Failed(f"frame {index} depends on what was read before")


def _measure(cine: Cine) -> None:
    across, down = cine.columns / 64, cine.rows / 48
    places = ((20, 12), (40, 30), (50, 12))
    points = [PixelPoint(x * across, y * down) for x, y in places]
    ruled = cine
    if not cine.regions and cine.rows > 40:
        ruler = from_depth_ruler(cine, PixelPoint(0, 0), PixelPoint(0, cine.rows - 1.0), 10.0)
        ruled = with_manual_region(cine, ruler)
    for row in CATALOG.values():
        placed = pixel_points(points[: row.fewest])
        for value in measure(ruled, row, placed).values:
            if value.value is None:
                if not value.reason:
                    raise Failed(f"{value.id} has neither number nor reason")
            elif not math.isfinite(value.value) or abs(value.value) > 1e6:
                raise Failed(f"{value.id} is {value.value}")


def compare(sound: Frames, found: Frames) -> str:
    """How frames of a file whose header alone was damaged differ from the sound ones."""
    for index, frame in found.items():
        if index in sound and not np.array_equal(frame, sound[index]):
            return f"frame {index} is another picture, and no note says why"
    return ""


def outcome_record(path: Path) -> dict[str, Any]:
    """The outcome of one file as JSON-ready data, with its frames under `_frames`."""
    try:
        outcome, frames, notes = try_file(path)
    except MemoryError:
        return {"failure": "MemoryError"}
    except BaseException as error:  # noqa: BLE001 - whatever comes is the finding
        return {"failure": describe(error)}
    return {"outcome": outcome, "notes": list(notes), "_frames": frames}
