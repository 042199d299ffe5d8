"""Small images and predictions for tests of reviews; every length can be checked by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np

from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.review.session import Review

STUDY = "1.2.840.99.1"
MODEL = Provenance("image.ckpt", "ab" * 32, "phantom", "robust", "torch", "float32")

PLAX = "1.2.840.99.1.1"
"""SOP Instance UID of `plax()`."""


def _cine(
    region: Region,
    uid: str,
    study: str,
    times: Sequence[float] | None,
    frames: int,
    r_waves: Sequence[float] = (),
) -> Cine:
    pixels = np.zeros((frames, 60, 80, 3), np.uint8)
    timing = Timing(None if times is None else tuple(times), "FrameTime", tuple(r_waves))
    identity = Identity(sop_instance_uid=uid, study_instance_uid=study)
    return Cine(ArraySource(pixels), timing, (region,), identity)


def plax(
    frames: int = 6,
    fps: float | None = 50.0,
    uid: str = PLAX,
    study: str = STUDY,
    r_waves: Sequence[float] = (),
) -> Cine:
    """80 x 60 pixels of 2-D, 0.1 cm each: ten pixels are a centimetre."""
    region = Region(0, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.1, 0.1))
    times = None if fps is None else [i / fps for i in range(frames)]
    return _cine(region, uid, study, times, frames, r_waves)


def spectral(
    kind: RegionKind = RegionKind.PW, uid: str = "1.2.840.99.1.2", step: float = -10.0
) -> Cine:
    """80 x 60 pixels with spectral Doppler: row 20 is the baseline, 10 cm/s a row, up positive.

    A pulsed-wave strip ends at row 37: waves of 4 rows are as high as `coarse` asks for there.
    """
    last = 59 if kind is RegionKind.CW else 37
    box, size = Box(0, 0, 79, last), (0.01, step)
    region = Region(0, kind, box, ("s", "cm/s"), size, (0, 20), (0.0, 0.0))
    return _cine(region, uid, STUDY, None, 1)


def m_mode(uid: str = "1.2.840.99.1.3") -> Cine:
    """80 x 60 pixels of M-mode: 0.01 s a column, 0.1 cm a row."""
    region = Region(0, RegionKind.M_MODE, Box(0, 0, 79, 59), ("s", "cm"), (0.01, 0.1))
    return _cine(region, uid, STUDY, None, 1)


def upright(length_px: float, x: float = 40.0) -> list[tuple[float, float]]:
    """Two points one above the other, `length_px` apart: a tenth of it in cm on `plax()`."""
    return [(x, 2.0), (x, 2.0 + length_px)]


def level(length_px: float, x: float = 20.0) -> list[tuple[float, float]]:
    """Two points side by side, as the cavity lies between the walls of a long axis."""
    return [(x, 30.0), (x + length_px, 30.0)]


def before(length_px: float, x: float = 20.0) -> list[tuple[float, float]]:
    """Two points side by side that end where `level` begins, as the septum does."""
    return [(x - length_px, 30.0), (x, 30.0)]


def predicted(
    measurement: str,
    frame: int,
    points: Sequence[tuple[float, float]],
    confidence: float = 0.9,
    spread: float | None = None,
) -> Prediction:
    """What a network would say; below a confidence of 0.3 its caliper is flagged."""
    return Prediction(measurement, frame, _landmarks(points, confidence, spread), MODEL)


def predicted_beats(
    measurement: str,
    beats: Sequence[Sequence[tuple[float, float]]],
    clearest: int = 0,
    confidences: Sequence[float] = (),
) -> Prediction:
    """What a network would say of every beat of a strip, each with a confidence of 0.9.

    As in `decoding`, only the points of the clearest know how far the decoders disagree.
    """
    given = confidences or [0.9] * len(beats)
    found = tuple(_landmarks(*pair) for pair in zip(beats, given, strict=True))
    points = tuple(replace(point, disagreement=0.25) for point in found[clearest])
    return Prediction(measurement, 0, points, MODEL, found)


def _landmarks(
    points: Sequence[tuple[float, float]], confidence: float, spread: float | None = None
) -> tuple[Landmark, ...]:
    return tuple(Landmark(x, y, "", confidence, spread) for x, y in points)


def beating(frame: int, fps: float = 50.0, period_s: float = 0.8) -> float:
    """Length in px of an LVID that is 50 at end-diastole (t = 0) and 30 half a period later."""
    return 40.0 + 10.0 * math.cos(2 * math.pi * frame / fps / period_s)


class SteppingClock:
    """One second later at every look, from 2026-01-01 00:00:00 UTC."""

    def __init__(self) -> None:
        self._seconds = self._count()

    def __call__(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=next(self._seconds))

    def _count(self) -> Iterator[int]:
        second = 0
        while True:
            yield second
            second += 1


LVID = "lvid-f2"
"""The caliper of `one_lvid`."""


def one_lvid() -> Review:
    """An LVID of 4.5 cm on frame 2, predicted."""
    review = Review(plax(), "AB", SteppingClock())
    review.add_prediction(predicted("lvid", 2, upright(45)))
    return review


def value(review: Review, id: str = LVID) -> float | None:
    """The first number of a caliper."""
    return review.entry(id).caliper.values[0].value
