"""What a sonographer drew on the tips of waves is not read as flow."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_waves import STRIP, ZERO, Hump, region, strip
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.envelope.vote import Verdict, vote_on

PEAKS = (60, 180, 300, 420)
MARKED, SIZE, GAP = STRIP.x0 + 180, 7, 3
"""Column of the wave that is marked; half of a mark, and how far it stands beyond the
wave's edge and its label from it, pixels."""


def _softened(height: int) -> Frame:
    """Grain as a scanner shows it, softened over time and velocity."""
    frame = strip([Hump(at, height, 40) for at in PEAKS]).astype(np.float32)
    return np.asarray(ndimage.gaussian_filter(frame, (1.2, 1.5, 0)).astype(np.uint8))


def _with_star(height: int, label: str, *more: int) -> Frame:
    """A star on the marked wave, and on those at more columns."""
    image = Image.fromarray(_softened(height))
    pen, y, white = ImageDraw.Draw(image), ZERO - height - GAP, (255, 255, 255)
    font = ImageFont.load_default(14)
    for x in (MARKED, *more):
        for right, down in ((SIZE, 0), (0, SIZE), (SIZE, SIZE), (SIZE, -SIZE)):
            pen.line((x - right, y - down, x + right, y + down), white)
        left, _, right, bottom = font.getbbox(label)
        pen.text((x - (left + right) / 2, y - SIZE - GAP - bottom), label, white, font)
    return np.array(image)


@pytest.mark.parametrize(("height", "label"), [(40, "E"), (40, "1"), (60, "1"), (60, "Lat e'")])
def test_a_star_on_a_tip_makes_no_wave_higher_for_sure(height: int, label: str) -> None:
    waves = read_strip(_with_star(height, label), region(), ZERO).waves()
    beside = [wave for wave in waves if abs(wave.peak - MARKED) < 40]
    others = [wave for wave in waves if wave not in beside]
    for wave in beside:
        assert wave.top.doubt > 0.05 or ZERO - wave.row == pytest.approx(height, rel=0.05)
    assert len(others) == len(PEAKS) - 1
    for wave in others:
        assert wave.top.doubt <= 0.05
        assert ZERO - wave.row == pytest.approx(height, rel=0.05)


def test_stars_on_all_tips_make_none_higher_for_sure() -> None:
    columns = [STRIP.x0 + at for at in PEAKS]
    for wave in read_strip(_with_star(40, "E", *columns), region(), ZERO).waves():
        assert wave.top.doubt > 0.05 or ZERO - wave.row == pytest.approx(40, rel=0.05)


def test_a_mark_on_the_only_wave_is_seen_as_one() -> None:
    frame = _with_star(40, "E")
    frame[:, : MARKED - 60] = 0
    frame[:, MARKED + 60 :] = 0
    waves = read_strip(frame, region(), ZERO).waves()
    assert waves
    assert all(wave.top.marked for wave in waves)


def test_a_point_on_a_mark_is_not_confirmed_as_the_peak_of_a_wave() -> None:
    height = 60
    reading = read_strip(_with_star(height, "1"), region(), ZERO)
    vote = vote_on(reading, PixelPoint(MARKED, ZERO - height - GAP - 2))
    assert vote.verdict is Verdict.UNSURE
    assert "mark" in vote.why


@pytest.mark.parametrize("share", [0.6, 1.6])
def test_a_point_far_from_wave_and_mark_is_flagged(share: float) -> None:
    """Wherever the peak is under the mark, it is not there: the mark ends 20 rows beyond it."""
    height = 60
    reading = read_strip(_with_star(height, ""), region(), ZERO)
    vote = vote_on(reading, PixelPoint(MARKED, ZERO - share * height))
    assert vote.verdict is Verdict.DISAGREES
    assert "mark" in vote.why


def test_sharp_grain_that_all_tips_have_is_no_mark() -> None:
    frame = strip([Hump(at, 60, 40) for at in PEAKS])
    waves = read_strip(frame, region(), ZERO).waves()
    assert len(waves) == len(PEAKS)
    assert not any(wave.top.marked for wave in waves)
