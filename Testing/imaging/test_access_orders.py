"""Frame k is the k-th picture of the video, in whatever order frames are asked for."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from video_kinds import KINDS

from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.video import VideoSource
from EchoMeasureLib.imaging.video_index import index_video

COUNT = 14
ORDERS = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=8)


def drawn(number: int) -> Frame:
    """A picture that differs from all others, in grey and in colour."""
    rng = np.random.default_rng(number // 5)
    frame = np.repeat(rng.integers(30, 90, (12, 16, 3), np.uint8), 8, axis=0).repeat(8, axis=1)
    frame[:, 8 * number : 8 * number + 8] = (220, 16 * number, 255 - 16 * number)
    return frame


def with_palette(number: int) -> av.VideoFrame:
    """The same as indices: 0 black, 1 grey, 2 a colour that only the palette knows."""
    index = np.ones((96, 128), np.uint8)
    index[:, 8 * number : 8 * number + 8] = 2
    table = np.zeros((256, 4), np.uint8)
    table[:, 0], table[1, 1:], table[2, 1:] = 255, (70, 80, 90), (220, 40, 10)
    return av.VideoFrame.from_ndarray((index, table), format="pal8")


def write(path: Path, codec: str, pixels: str, options: dict[str, str]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pixels
        for number in range(COUNT):
            if pixels == "pal8":
                frame = with_palette(number)
            else:
                frame = av.VideoFrame.from_ndarray(drawn(number), format="rgb24")
                frame = frame.reformat(format=pixels)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def in_order(path: Path) -> list[Frame]:
    """The pictures by PyAV alone, from the first to the last."""
    with av.open(str(path)) as container:
        pictures = container.decode(video=0)
        return [picture.to_ndarray(format="rgb24") for picture in pictures]


@pytest.mark.parametrize(
    ("container", "codec", "pixels", "options"), KINDS, ids=["-".join(k[:3]) for k in KINDS]
)
def test_frames_do_not_depend_on_the_order_in_which_they_are_asked_for(
    tmp_path: Path, container: str, codec: str, pixels: str, options: dict[str, str]
) -> None:
    path = write(tmp_path / f"a.{container}", codec, pixels, options)
    index, expected = index_video(path), in_order(path)
    assert len(index.pts) == len(expected) == COUNT
    cine = read(path)
    # Other arithmetic of colours than PyAV's may differ by rounding, not by a picture.
    for number, frame in enumerate(expected):
        assert np.abs(cine.frame(number).astype(int) - frame).max() <= 6
    walked = [cine.frame(number) for number in range(COUNT)]

    @given(ORDERS)
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    def any_order(order: list[int]) -> None:
        source = VideoSource(path, index)
        for number in order:
            np.testing.assert_array_equal(source.decode(number), walked[number])

    any_order()


def test_a_container_that_calls_every_frame_a_key_is_not_believed(tmp_path: Path) -> None:
    """Without its table of key frames (stss) an MP4 claims that each frame stands alone."""
    path = write(tmp_path / "a.mp4", "libx264", "yuv420p", {"g": "50", "bf": "0"})
    expected = in_order(path)
    path.write_bytes(path.read_bytes().replace(b"stss", b"free"))
    for first in (9, 5, 13, 1):
        source = VideoSource(path, index_video(path))
        difference = np.abs(source.decode(first).astype(int) - expected[first])
        assert difference.max() <= 6
