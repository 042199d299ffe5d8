"""The next frames are there before they are asked for, and each is decoded once."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from waiting import DEADLINE_S

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.decoding_ahead import DecodingAhead


class Source:
    """Four frames of which the last is damaged."""

    frame_count, size = 4, (8, 8)

    def __init__(self) -> None:
        self.decoded: list[tuple[int, bool]] = []
        self.there = {frame: threading.Event() for frame in range(4)}

    def decode(self, index: int) -> np.ndarray:
        here = threading.current_thread() is threading.main_thread()
        self.decoded.append((index, here))
        self.there[index].set()
        if index == 3:
            raise UnreadableFile("Frame 3 is damaged.")
        return np.full((8, 8, 3), index, np.uint8)


def test_frames_that_are_expected_are_decoded_beside_once() -> None:
    source = Source()
    cine = Cine(source, Timing(None, ""))
    ahead = DecodingAhead(cine)
    assert cine.frame(0)[0, 0, 0] == 0
    ahead.expect([1, 2])
    assert source.there[2].wait(DEADLINE_S)
    assert [int(cine.frame(frame)[0, 0, 0]) for frame in (1, 2)] == [1, 2]
    ahead.close()
    assert source.decoded == [(0, True), (1, False), (2, False)]


def test_who_asks_for_a_damaged_frame_hears_of_it() -> None:
    source = Source()
    cine = Cine(source, Timing(None, ""))
    ahead = DecodingAhead(cine)
    ahead.expect([3])
    assert source.there[3].wait(DEADLINE_S)
    ahead.close()
    with pytest.raises(UnreadableFile):
        cine.frame(3)
