"""A cine: frames in time, with their calibration and identity. A still is a cine of one frame."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.sector import Sector, find_sector
from EchoMeasureLib.imaging.strips import find_baseline, find_even_row
from EchoMeasureLib.imaging.subject_facts import SubjectFacts

DEFAULT_CACHE_BYTES = 128 * 1024 * 1024


class FrameSource(Protocol):
    """Where frames come from. Decodes one frame at a time and keeps none."""

    @property
    def frame_count(self) -> int: ...

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows) of every frame."""

    def decode(self, index: int) -> Frame:
        """Frame `index` as RGB. Raises `UnreadableFile` when it is damaged."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which image this is, without saying whose. Empty strings where a file has no such tag."""

    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    series_instance_uid: str = ""
    study_instance_uid: str = ""
    transfer_syntax_uid: str = ""
    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    file_sha256: str = ""
    """Hash of the whole file, for formats that carry no UIDs; empty for DICOM."""
    patient: str = ""
    """Tells two patients under one study UID apart, and nobody by name: see `patient_check`."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When each frame was taken."""

    times: tuple[float, ...] | None
    """Seconds from the first frame, one per frame; None when the file does not say."""
    source: str
    """Where the times come from, such as "FrameTime" or "unknown"."""
    r_waves: tuple[float, ...] = ()
    """Times of the R waves, seconds from the first frame."""
    notes: tuple[str, ...] = ()
    """What was odd, such as a zero frame time that was passed over."""


class _Frames:
    """Frames as they are asked for, kept within a memory budget, and what was seen in them."""

    def __init__(self, source: FrameSource, cache_bytes: int) -> None:
        self.source = source
        self._cache: OrderedDict[int, Frame] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._baselines: dict[tuple[int, Box], float | None] = {}
        self._even_rows: dict[tuple[int, Box, float | None], float | None] = {}
        self._sectors: dict[tuple[int, Box], Sector | None] = {}
        self._lock = threading.Lock()

    def frame(self, index: int) -> Frame:
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
            frame = self.source.decode(index)
            frame.setflags(write=False)
            self._cache[index] = frame
            while len(self._cache) > 1 and len(self._cache) * frame.nbytes > self._cache_bytes:
                self._cache.popitem(last=False)
            return frame

    def baseline(self, index: int, region: Region) -> float | None:
        key = (index, region.bounds)
        if key not in self._baselines:
            self._baselines[key] = find_baseline(self.frame(index), region)
        return self._baselines[key]

    def drawn_baseline(self, index: int, region: Region) -> float | None:
        sure, key = self.baseline(index, region), (index, region.bounds, region.baseline_y)
        if sure is None and key not in self._even_rows:
            self._even_rows[key] = find_even_row(self.frame(index), region)
        return self._even_rows[key] if sure is None else sure

    def sector(self, index: int, region: Region) -> Sector | None:
        key = (index, region.bounds)
        if key not in self._sectors:
            self._sectors[key] = find_sector(self.frame(index), region)
        return self._sectors[key]


class Cine:
    """Frames on demand, kept within a memory budget, with what is known about them."""

    def __init__(
        self,
        source: FrameSource,
        timing: Timing,
        regions: Sequence[Region] = (),
        identity: Identity | None = None,
        path: Path | None = None,
        kind: str = "",
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        notes: Sequence[str] = (),
        pixel_aspect: float = 1.0,
        subject: SubjectFacts | None = None,
    ) -> None:
        self._frames = _Frames(source, cache_bytes)
        self.timing = timing
        self.regions = tuple(regions)
        self.identity = identity or Identity()
        self.path = path
        self.kind = kind
        """What the file is, in words, such as "DICOM, JPEG Baseline"."""
        self.notes = tuple(notes)
        """What was done to the pixels that the user should know, such as a grey window."""
        self.pixel_aspect = pixel_aspect
        """Width of a pixel over its height, outside of what `regions` say."""
        self.subject = subject or SubjectFacts()
        """What the file says of the person's body, and never who it is."""

    @property
    def frame_count(self) -> int:
        return self._frames.source.frame_count

    @property
    def columns(self) -> int:
        return self._frames.source.size[0]

    @property
    def rows(self) -> int:
        return self._frames.source.size[1]

    @property
    def times(self) -> tuple[float, ...] | None:
        """Seconds from the first frame; None when the file does not say."""
        return self.timing.times

    @property
    def r_waves(self) -> tuple[float, ...]:
        """Seconds from the first frame."""
        return self.timing.r_waves

    def check_frame(self, index: int) -> None:
        """Raises `InvalidArgument` when there is no such frame."""
        if not 0 <= index < self.frame_count:
            raise InvalidArgument(
                f"There is no frame {index}: the file has {self.frame_count}.",
                f"Choose one from 0 to {self.frame_count - 1}.",
            )

    def frame(self, index: int) -> Frame:
        """Frame `index`, counted from 0, as a read-only RGB array (rows, columns, 3) uint8."""
        self.check_frame(index)
        return self._frames.frame(index)

    def baseline(self, index: int, region: Region) -> float | None:
        """Row of zero velocity of a spectral strip on frame `index`, in source pixels.

        As the file gives it, else as it is seen in the picture, which is looked at once.
        None when neither says, and for a region that is no spectral strip.
        """
        self.check_frame(index)
        if not region.kind.is_spectral or region.baseline_y is not None:
            return region.baseline_y
        return self._frames.baseline(index, region)

    def drawn_baseline(self, index: int, region: Region) -> float | None:
        """Row of the baseline that is drawn in a strip on frame `index`, whatever the file says.

        In source pixels; None where none is seen (`find_baseline`, `find_even_row`). Looked for
        once.
        """
        self.check_frame(index)
        return self._frames.drawn_baseline(index, region) if region.kind.is_spectral else None

    def sector(self, index: int, region: Region) -> Sector | None:
        """The outline of what is drawn in a 2-D region on frame `index`; None where unknown.

        Looked for once. None for a strip.
        """
        self.check_frame(index)
        return self._frames.sector(index, region) if region.kind.is_image else None

    def shares_frames(self, other: Cine) -> bool:
        """Whether both are the same open image, with whatever calibration."""
        return self._frames is other._frames

    def region(self, index: int) -> Region:
        """The region with this `Region.index`. Raises `InvalidArgument` when there is none."""
        for region in self.regions:
            if region.index == index:
                return region
        raise InvalidArgument(f"There is no region {index}: the image has {len(self.regions)}.")

    def with_regions(self, regions: Sequence[Region]) -> Cine:
        """The same frames with other calibration, for instance one made by hand.

        Both share the frames that are decoded already.
        """
        other = copy.copy(self)
        other.regions = tuple(regions)
        return other


class ArraySource:
    """Frames that are already in memory, shape (frames, rows, columns, 3) uint8."""

    def __init__(self, frames: npt.NDArray[np.uint8]) -> None:
        if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or not len(frames):
            raise ValueError(f"frames are (n, rows, columns, 3) uint8, not {frames.shape}")
        self._frames = frames

    @property
    def frame_count(self) -> int:
        return len(self._frames)

    @property
    def size(self) -> tuple[int, int]:
        return self._frames.shape[2], self._frames.shape[1]

    def decode(self, index: int) -> Frame:
        return np.array(self._frames[index])
