"""Whatever a strip shows, tracings, times and TAPSE are read off it without an error, and where
nothing flows or moves there is a reason and no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawn_waves import SECONDS, STRIP, ZERO, Hump, region, strip
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.by_envelope import StripBeats, read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure

OF_FLOW = ("lvotvti", "mvdt", "mvedur", "mvadur")
M_MODE = Region(0, RegionKind.M_MODE, Box(0, 0, 239, 159), ("s", "cm"), (0.01, 0.08), (0.0, 0.0))

empty = st.one_of(
    st.tuples(st.just("constant"), st.integers(0, 255)),
    st.tuples(st.just("noise"), st.integers(1, 256)),
    st.tuples(st.just("columns"), st.integers(1, 40)),
)
"""Pictures on which nothing flows or moves: a kind, and its grey, its noise, or its columns."""

humps = st.lists(
    st.builds(
        Hump,
        st.floats(-20, 520),
        st.floats(-200, 200),
        st.floats(2, 300),
        st.floats(0, 255),
        st.integers(0, 20),
    ),
    max_size=6,
)


def picture(kind: str, amount: int, shape: tuple[int, int], seed: int) -> Frame:
    rng = np.random.default_rng(seed)
    grey = np.full(shape, amount if kind == "constant" else 0, np.uint8)
    if kind == "noise":
        grey = rng.integers(0, amount, shape, np.uint8)
    if kind == "columns":
        grey[:, rng.integers(0, shape[1], amount)] = 230
    return grey[..., None].repeat(3, axis=2)


def still(frame: Frame, where: Region) -> Cine:
    return Cine(ArraySource(frame[None]), Timing((0.0,), "still"), [where])


def is_sound(cine: Cine, beats: StripBeats) -> None:
    """A reason or points within the strip, whose numbers are finite."""
    assert beats.prediction is not None or beats.why
    box = cine.regions[0].bounds
    for points in beats.prediction.beats if beats.prediction else ():
        assert all(box.x0 <= point.x <= box.x1 for point in points)
        caliper = measure(cine, beats.measurement, points, beats.frame, Origin.ENVELOPE)
        for value in caliper.values:
            assert value.reason if value.value is None else np.isfinite(value.value)


@settings(max_examples=examples(8), deadline=None)
@given(empty, st.integers(0, 99), st.sampled_from([RegionKind.PW, RegionKind.CW]))
def test_where_nothing_flows_there_is_no_tracing(
    what: tuple[str, int], seed: int, kind: RegionKind
) -> None:
    cine = still(picture(*what, (320, 540), seed), region(kind))
    for measurement in OF_FLOW if kind is RegionKind.PW else ("avvti", "mrvti"):
        beats = read_beats(cine, measurement, 0)
        assert beats.prediction is None
        assert beats.why


@settings(max_examples=examples(8), deadline=None)
@given(humps, st.floats(0.3, 8), st.booleans(), st.sampled_from([0.5, 1.0, 4.0]))
def test_whatever_flows_is_read_or_has_a_reason(
    drawn: list[Hump], gain: float, inverted: bool, slower: float
) -> None:
    frame = np.clip(strip(drawn).astype(np.float64) * gain, 0, 255).astype(np.uint8)
    where = region()
    where = replace(where, delta=(SECONDS * slower, where.delta[1] * (-1 if inverted else 1)))
    cine = still(frame, where)
    for measurement in OF_FLOW:
        is_sound(cine, read_beats(cine, measurement, 0))


@settings(max_examples=examples(4), deadline=None)
@given(empty, st.integers(0, 99))
def test_where_nothing_moves_there_is_no_tapse(what: tuple[str, int], seed: int) -> None:
    cine = still(picture(*what, (160, 240), seed), M_MODE)
    beats = read_beats(cine, "tapse", 0)
    assert beats.prediction is None
    assert beats.why


@settings(max_examples=examples(4), deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 150), st.floats(-60, 60), st.floats(4, 240)), max_size=4),
    st.floats(0.3, 8),
    st.booleans(),
)
def test_whatever_moves_is_read_or_has_a_reason(
    lines: list[tuple[float, float, float]], gain: float, inverted: bool
) -> None:
    columns = np.arange(240)
    grey = np.random.default_rng(1).integers(0, 30, (160, 240)).astype(np.float64)
    for row, far, period in lines:
        at = np.clip(row + far * np.sin(2 * np.pi * columns / period), 0, 159).astype(int)
        grey[at, columns] = grey[np.minimum(at + 1, 159), columns] = 180
    frame = np.clip(grey * gain, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    where = replace(M_MODE, delta=(0.01, -0.08 if inverted else 0.08))
    cine = still(frame, where)
    is_sound(cine, read_beats(cine, "tapse", 0))


def test_a_strip_of_one_column_or_one_row_has_a_reason() -> None:
    for bounds in (
        Box(STRIP.x0, STRIP.y0, STRIP.x0, STRIP.y1),
        Box(STRIP.x0, ZERO, STRIP.x1, ZERO),
    ):
        cine = still(strip([Hump(100, -90)]), replace(region(), bounds=bounds))
        for measurement in OF_FLOW:
            assert read_beats(cine, measurement, 0).prediction is None
        m_mode = still(strip([]), replace(M_MODE, bounds=bounds))
        assert read_beats(m_mode, "tapse", 0).prediction is None
