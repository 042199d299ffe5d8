"""Cines as MP4 files, each frame shown for as long as it lasted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.video_opening import file_url, load_av
from EchoMeasureLib.progress import Monitor, Progress, silent

UNTIMED_RATE = 25
"""Frames per second of a video whose frame times are not known."""

_TICKS = 90_000
"""Time base, ticks per second: the usual one of MPEG, which divides all common rates."""

_QUALITY = {"crf": "18", "preset": "veryfast", "bf": "0"}


def write_video(
    path: Path,
    frames: Iterable[Frame],
    times: Sequence[float] | None,
    monitor: Monitor = silent,
) -> None:
    """Write RGB frames, all of one size, as MP4 (H.264, yuv420p).

    `times` are seconds, strictly increasing, one per frame, and kept to 0.02 ms;
    None for a file that does not say, which then runs at `UNTIMED_RATE`. Odd
    sizes get a black column or row at the right or bottom. The file appears when
    it is complete; a monitor that raises leaves nothing behind. Raises
    `InvalidArgument` for times that do not fit the frames, `OutputProblem` when
    the file cannot be written and `MissingPackage` without PyAV.
    """
    av = load_av()
    with written_whole(path) as beside:
        try:
            _encode(av, beside, frames, None if times is None else tuple(times), monitor)
        except av.error.FFmpegError as error:
            reason = getattr(error, "strerror", "") or error
            raise OutputProblem(
                f"{path} could not be written ({reason}).",
                "Choose a folder that exists, can be written to and has room.",
            ) from error


def _encode(
    av: Any, path: Path, frames: Iterable[Frame], times: tuple[float, ...] | None, monitor: Monitor
) -> None:
    ticks = _ticks(times)
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise InvalidArgument("A video needs at least one frame.")
    with av.open(file_url(path), "w", format="mp4") as container:
        stream = _new_stream(container, first)
        lasting: dict[int, int] = {}
        done = 0
        for picture in itertools.chain((first,), pictures):
            start = next(ticks, None)
            if start is None or picture.shape != first.shape:
                raise InvalidArgument(
                    "The frames of a video must all have a time and the same size."
                )
            lasting[start[0]] = start[1]
            _mux(container, stream, _packed(av, picture, start[0]), lasting)
            done += 1
            monitor(Progress(done, len(times or ()), "writing video"))
        if times is not None and done != len(times):
            raise InvalidArgument(f"There are {len(times)} times for {done} frames.")
        _mux(container, stream, None, lasting)


def _ticks(times: tuple[float, ...] | None) -> Iterator[tuple[int, int]]:
    """Start and duration of each frame, in ticks."""
    if times is None:
        step = _TICKS // UNTIMED_RATE
        return ((place * step, step) for place in itertools.count())
    if not all(map(math.isfinite, times)) or any(
        later <= earlier for earlier, later in itertools.pairwise(times)
    ):
        raise InvalidArgument("The times of a video's frames must increase.")
    starts = [round((time - times[0]) * _TICKS) for time in times]
    steps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    # The last frame lasts as long as the one before it.
    steps.append(steps[-1] if steps else _TICKS // UNTIMED_RATE)
    return iter(zip(starts, steps, strict=True))


def _new_stream(container: Any, frame: Frame) -> Any:
    stream = container.add_stream("libx264", rate=UNTIMED_RATE, options=dict(_QUALITY))
    stream.height, stream.width = (size + size % 2 for size in frame.shape[:2])
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    return stream


def _packed(av: Any, picture: Frame, pts: int) -> Any:
    rows, columns = picture.shape[:2]
    even = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)))
    packed = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
    packed.pts, packed.time_base = pts, Fraction(1, _TICKS)
    return packed


def _mux(container: Any, stream: Any, packed: Any, lasting: dict[int, int]) -> None:
    for packet in stream.encode(packed):
        packet.duration = lasting.pop(packet.pts, packet.duration)
        container.mux(packet)
