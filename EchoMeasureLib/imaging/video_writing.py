"""Cines as MP4 and AVI files, each frame shown for as long as it lasted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.video_clocks import Clock, fine_clock, one_rate
from EchoMeasureLib.imaging.video_opening import file_url, load_av
from EchoMeasureLib.progress import Monitor, Progress, silent


@dataclass(frozen=True, slots=True)
class _Form:
    """How videos of one kind of file are coded."""

    container: str
    codec: str
    pixels: str
    options: Mapping[str, str]
    one_rate: bool
    """Whether the file has one frame rate, and frames that last longer are said by gaps in it."""


_MP4 = _Form(
    *("mp4", "libx264", "yuv420p"), {"crf": "18", "preset": "veryfast", "bf": "0"}, one_rate=False
)

_AVI = _Form("avi", "mjpeg", "yuvj420p", {"qmin": "2", "qmax": "3"}, one_rate=True)
"""Every frame by itself: programs that step through an AVI do not count on anything else."""

VIDEO_ENDINGS = (".mp4", ".avi")
"""What the name of a video ends in, and what tells how it is written."""


def write_video(
    path: Path,
    frames: Iterable[Frame],
    times: Sequence[float] | None,
    monitor: Monitor = silent,
) -> None:
    """Write RGB frames, all of one size: AVI (Motion JPEG) under a name in .avi, else MP4 (H.264).

    `times` are seconds, strictly increasing, one per frame: MP4 keeps them to 0.02 ms, AVI to
    1 ms. None for a file that does not say, which then runs at `UNTIMED_RATE`. Odd
    sizes get a black column or row at the right or bottom. The file appears when
    it is complete; a monitor that raises leaves nothing behind. Raises
    `InvalidArgument` for times that do not fit the frames, `OutputProblem` when
    the file cannot be written and `MissingPackage` without PyAV.
    """
    form = _AVI if path.suffix.lower() == ".avi" else _MP4
    known = None if times is None else tuple(times)
    av = load_av()
    with written_whole(path) as beside:
        try:
            _encode(av, form, beside, frames, known, monitor)
        except av.error.FFmpegError as error:
            reason = getattr(error, "strerror", "") or error
            raise OutputProblem(
                f"{path} could not be written ({reason}).",
                "Choose a folder that exists, can be written to and has room.",
            ) from error


def _encode(
    av: Any,
    form: _Form,
    path: Path,
    frames: Iterable[Frame],
    times: tuple[float, ...] | None,
    monitor: Monitor,
) -> None:
    clock = one_rate(times) if form.one_rate else fine_clock(times)
    ticks = clock.ticks()
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise InvalidArgument("A video needs at least one frame.")
    with av.open(file_url(path), "w", format=form.container) as container:
        stream = _new_stream(container, form, clock, first)
        lasting: dict[int, int] = {}
        done = 0
        for picture in itertools.chain((first,), pictures):
            start = next(ticks, None)
            if start is None or picture.shape != first.shape:
                raise InvalidArgument(
                    "The frames of a video must all have a time and the same size."
                )
            lasting[start[0]] = start[1]
            _mux(container, stream, _packed(av, picture, start[0], clock), lasting)
            done += 1
            monitor(Progress(done, len(times or ()), "writing video"))
        if times is not None and done != len(times):
            raise InvalidArgument(f"There are {len(times)} times for {done} frames.")
        _mux(container, stream, None, lasting)


def _new_stream(container: Any, form: _Form, clock: Clock, frame: Frame) -> Any:
    stream = container.add_stream(form.codec, rate=clock.rate, options=dict(form.options))
    stream.height, stream.width = (size + size % 2 for size in frame.shape[:2])
    stream.pix_fmt = form.pixels
    stream.time_base = stream.codec_context.time_base = clock.base
    return stream


def _packed(av: Any, picture: Frame, pts: int, clock: Clock) -> Any:
    rows, columns = picture.shape[:2]
    even = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)))
    packed = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
    packed.pts, packed.time_base = pts, clock.base
    return packed


def _mux(container: Any, stream: Any, packed: Any, lasting: dict[int, int]) -> None:
    for packet in stream.encode(packed):
        packet.duration = lasting.pop(packet.pts, packet.duration)
        container.mux(packet)
