"""The baseline of a spectral strip is found where it is clearly drawn, and nowhere else."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.imaging.strips import find_baseline, find_even_row
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

Screen = np.ndarray[Any, np.dtype[np.uint8]]

ORANGE, GREY, WHITE, GREEN = (180, 100, 40), (150, 150, 150), (240, 240, 240), (30, 255, 30)
LEFT, TOP, RIGHT, BOTTOM = 42, 342, 943, 733
STRIP = Region(
    0, RegionKind.CW, Box(LEFT, TOP, RIGHT, BOTTOM), ("s", "cm/s"), (0.0035, -0.5), (None, None)
)


def screen(noise: int = 25, trace: int = 0) -> Screen:
    """768 x 1024: noise across the strip, and `trace` as the brightness of flow from row 520."""
    rng = np.random.default_rng(3)
    frame = np.zeros((768, 1024, 3), np.uint8)
    strip = rng.gamma(1.0, noise, (392, 902))
    # Flow fills beats of 200 columns, 120 of them, down to row 640.
    beating = (np.arange(902) % 200) < 120
    strip[178:298, beating] += rng.gamma(4.0, trace / 4 or 1e-9, (120, beating.sum()))
    frame[TOP : BOTTOM + 1, LEFT : RIGHT + 1] = np.clip(strip, 0, 255)[..., None]
    return frame


def line(
    frame: Screen,
    first: int,
    thickness: int,
    colour: tuple[int, int, int],
    x0: int = LEFT,
    x1: int = RIGHT,
) -> Screen:
    frame[first : first + thickness, x0 : x1 + 1] = colour
    return frame


def jpeg(frame: Screen, quality: int = 75) -> Screen:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out))


# what, screen, centre of the line
SEEN: list[tuple[str, Callable[[], Screen], float]] = [
    ("orange, 3 px", lambda: line(screen(), 519, 3, ORANGE), 520),
    ("orange, 2 px", lambda: line(screen(), 519, 2, ORANGE), 519.5),
    ("orange, 1 px", lambda: line(screen(), 519, 1, ORANGE), 519),
    ("orange under a trace", lambda: line(screen(trace=150), 519, 3, ORANGE), 520),
    ("orange near the bottom", lambda: line(screen(), 715, 3, ORANGE), 716),
    (
        "orange beside a white edge",
        lambda: line(line(screen(), 342, 2, WHITE), 519, 3, ORANGE),
        520,
    ),
    ("orange beside a grey line", lambda: line(line(screen(), 640, 2, GREY), 519, 3, ORANGE), 520),
    ("grey, 2 px", lambda: line(screen(), 519, 2, GREY), 519.5),
    ("white, 1 px", lambda: line(screen(), 519, 1, WHITE), 519),
    # The ECG's flat stretch is a line too, but a green one.
    (
        "white beside a flat ECG",
        lambda: line(line(screen(), 400, 2, GREEN), 519, 3, WHITE),
        520,
    ),
    (
        "text over the left 60 px",
        lambda: line(line(screen(), 519, 3, ORANGE), 512, 14, WHITE, LEFT, LEFT + 60),
        520,
    ),
]


@pytest.mark.parametrize(("make", "row"), [r[1:] for r in SEEN], ids=[r[0] for r in SEEN])
def test_a_drawn_baseline_is_found_within_a_tenth_of_a_pixel(
    make: Callable[[], Screen], row: float
) -> None:
    found = find_baseline(make(), STRIP)
    assert found == pytest.approx(row, abs=0.1)


@pytest.mark.parametrize(("make", "row"), [r[1:] for r in SEEN], ids=[r[0] for r in SEEN])
@pytest.mark.parametrize("quality", [60, 90])
def test_jpeg_moves_it_by_less_than_half_a_pixel(
    make: Callable[[], Screen], row: float, quality: int
) -> None:
    """Chroma of JPEG is coarse, so a thin coloured line may fade; it never goes elsewhere."""
    found = find_baseline(jpeg(make(), quality), STRIP)
    assert found is None or found == pytest.approx(row, abs=0.5)


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_the_usual_orange_line_survives_jpeg(quality: int) -> None:
    frame = line(screen(trace=150), 519, 3, ORANGE)
    assert find_baseline(jpeg(frame, quality), STRIP) == pytest.approx(520, abs=0.5)


def ecg(frame: Screen, colour: tuple[int, int, int]) -> Screen:
    """A trace that is flat between beats of 150 columns and rises for 40 of them."""
    for x in range(LEFT, RIGHT + 1):
        phase = (x - LEFT) % 150
        rise = 30 * np.sin(phase / 40 * np.pi) if phase < 40 else 0
        y = round(420 - rise)
        frame[y : y + 2, x] = colour
    return frame


def sepia(frame: Screen) -> Screen:
    """A strip coloured as a whole, as many scanners do."""
    tinted = frame.astype(float)
    tinted[TOP : BOTTOM + 1, LEFT : RIGHT + 1] *= (1.0, 0.75, 0.45)
    return tinted.astype(np.uint8)


def ticks(frame: Screen) -> Screen:
    for y in range(TOP, BOTTOM, 48):
        line(frame, y, 2, WHITE, RIGHT - 12, RIGHT)
    return frame


# what, screen
UNSEEN: list[tuple[str, Callable[[], Screen]]] = [
    ("nothing drawn", screen),
    ("black", lambda: np.zeros((768, 1024, 3), np.uint8)),
    ("white", lambda: np.full((768, 1024, 3), 255, np.uint8)),
    ("flow alone, whose edge is no line", lambda: screen(trace=150)),
    ("border at the top", lambda: line(screen(), TOP, 3, WHITE)),
    ("border at the bottom", lambda: line(screen(), BOTTOM - 2, 3, WHITE)),
    ("orange border", lambda: line(screen(), BOTTOM - 2, 3, ORANGE)),
    ("time axis near the bottom", lambda: line(screen(), 720, 1, WHITE)),
    ("two grey lines", lambda: line(line(screen(), 480, 2, GREY), 560, 2, GREY)),
    ("two orange lines", lambda: line(line(screen(), 480, 3, ORANGE), 560, 3, ORANGE)),
    ("flat green ECG", lambda: line(screen(), 420, 2, GREEN)),
    ("green ECG", lambda: ecg(screen(), GREEN)),
    ("white ECG", lambda: ecg(screen(), WHITE)),
    ("half a grey line", lambda: line(screen(), 519, 2, GREY, LEFT, 500)),
    ("half an orange line", lambda: line(screen(), 519, 3, ORANGE, LEFT, 490)),
    ("a broad band", lambda: line(screen(), 519, 12, GREY)),
    ("a dark line", lambda: line(screen(noise=60), 519, 2, (0, 0, 0))),
    ("ticks", lambda: ticks(screen())),
    ("sepia without a line", lambda: sepia(screen(trace=150))),
    (
        "a line outside the strip",
        lambda: line(screen(), 300, 3, ORANGE),
    ),
]


@pytest.mark.parametrize("make", [r[1] for r in UNSEEN], ids=[r[0] for r in UNSEEN])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "jpeg"])
def test_in_doubt_there_is_no_baseline(make: Callable[[], Screen], compressed: bool) -> None:
    frame = jpeg(make()) if compressed else make()
    assert find_baseline(frame, STRIP) is None


def test_a_strip_that_runs_off_the_image_is_searched_where_it_is_seen() -> None:
    frame = line(screen(), 519, 3, ORANGE)[:600]
    assert find_baseline(frame, STRIP) == pytest.approx(520, abs=0.1)
    assert find_baseline(frame[:350], STRIP) is None
    assert find_baseline(frame[:100, :30], STRIP) is None


def test_the_baseline_is_seen_on_a_small_hand_carried_screen() -> None:
    """480 x 640, one pixel thick, as exported at half size with soft edges."""
    large = line(screen(trace=120), 519, 3, ORANGE)
    small = np.asarray(Image.fromarray(large).resize((640, 480), Image.Resampling.BILINEAR))
    shrunk = Region(0, RegionKind.CW, Box(27, 215, 588, 457), ("s", "cm/s"), (0.0056, -0.8))
    # Half-pixel centres: (520 + 0.5) x 480 / 768 - 0.5 = 324.81.
    assert find_baseline(small, shrunk) == pytest.approx(324.81, abs=0.3)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("name", ["avvmax", "mvpeak", "latevel"])
def test_the_baseline_of_a_phantom_screen_without_a_reference_is_where_it_was_drawn(
    layout: str, name: str
) -> None:
    """Whole screens with text, ticks, ECG and inset, of every vendor's layout."""
    plan = plan_spectrum(name, LAYOUTS[layout].with_quirks(Quirk.NO_REFERENCE), 11)
    bounds = plan.layout.strip.box
    strip = Region(0, RegionKind.CW, bounds, ("s", "cm/s"), plan.delta)
    assert find_baseline(draw_spectrum(plan), strip) == pytest.approx(plan.baseline_y, abs=0.5)


DIM = (40, 40, 40)


def half_written(from_x: int = 700) -> Screen:
    """Flow up to a column, and black where the trace has not come yet."""
    frame = screen(trace=120)
    frame[TOP : BOTTOM + 1, from_x : RIGHT + 1] = 0
    return frame


@pytest.mark.parametrize("from_x", [500, 700, 880])
def test_a_dim_line_goes_on_where_the_trace_has_not_come_yet(from_x: int) -> None:
    frame = line(half_written(from_x), 519, 3, DIM, x0=from_x)
    assert find_baseline(frame, STRIP) is None
    assert find_even_row(frame, STRIP) == pytest.approx(520, abs=0.6)
    assert find_even_row(jpeg(frame), STRIP) == pytest.approx(520, abs=1)


@pytest.mark.parametrize(
    "frame",
    [
        half_written(),
        line(line(half_written(), 519, 3, DIM, x0=700), 600, 3, DIM, x0=700),
        line(half_written(), 519, 3, GREEN, x0=700),
        line(half_written(), 519, 3, DIM, x0=850),
        line(half_written(), BOTTOM - 3, 3, DIM, x0=700),
        line(half_written(930), 519, 3, DIM, x0=930),
    ],
    ids=["none", "two", "a flat ECG", "broken", "the border", "a part too narrow"],
)
def test_the_part_without_a_trace_says_nothing_in_doubt(frame: Screen) -> None:
    assert find_even_row(frame, STRIP) is None


def with_ecg(frame: Screen, first: int, hidden: range = range(LEFT, RIGHT, 2)) -> Screen:
    """A green trace that lies upon these rows in every second column, and beats above them."""
    for x in hidden:
        frame[first : first + 3, x] = GREEN
    for x in range(LEFT + 50, RIGHT, 200):
        frame[first - 60 : first, x : x + 3] = GREEN
    return frame


def test_an_ecg_that_is_drawn_along_a_dim_line_does_not_hide_it() -> None:
    """What the ECG leaves of the line is even; where there is no line it is as the rows beside."""
    frame = with_ecg(line(screen(noise=60), 519, 3, DIM), 519)
    assert find_baseline(frame, STRIP) is None
    assert find_even_row(frame, STRIP) == pytest.approx(520, abs=1)
    assert find_even_row(with_ecg(screen(noise=60), 519), STRIP) is None


def test_a_flat_ecg_is_no_line() -> None:
    frame = with_ecg(screen(noise=60), 519, range(LEFT, RIGHT + 1))
    assert find_even_row(frame, STRIP) is None


def test_a_faint_line_counts_where_the_row_that_the_file_names_shows_none() -> None:
    frame = screen(noise=60)
    rows = slice(519, 522)
    # A line drawn at three tenths over grain: its rows vary by seven tenths of the others.
    frame[rows, LEFT : RIGHT + 1] = (0.7 * frame[rows, LEFT : RIGHT + 1] + 0.3 * 100).astype(
        np.uint8
    )
    assert find_even_row(frame, STRIP) is None
    assert find_even_row(frame, STRIP.with_baseline(480.0)) == pytest.approx(520, abs=1)
    assert find_even_row(frame, STRIP.with_baseline(520.0)) is None
    assert find_even_row(screen(noise=60), STRIP.with_baseline(480.0)) is None
