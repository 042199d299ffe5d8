"""From heat maps to landmarks. Maps are made of blobs whose places are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import Affine2D
from EchoMeasureLib.inference.decoding import DecodedHeat, decode, decode_each
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.network_facts import HeatGrid
from EchoMeasureLib.inference.settings import Decoder

LVID, AV, INFLOW, TAPSE = (CATALOG[id] for id in ("lvid", "avvmax", "mvpeak", "tapse"))
IMAGE, STRIP = (640, 480), (1024, 426)
SAME = Affine2D.identity()
SECONDS = 0.0035
"""Per canvas pixel: 286 pixels per second."""

Map = npt.NDArray[np.float64]
Blob = tuple[float, float, float]
"""x, y and peak probability."""


def probabilities(
    size: tuple[int, int], *blobs: Blob, sigma: float = 6.0, floor: float = 1e-9
) -> Map:
    rows, columns = np.indices((size[1], size[0]))
    total = np.full((size[1], size[0]), floor)
    for x, y, peak in blobs:
        total += peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return np.clip(total, 0, 1 - 1e-6)


def exact(*maps: Map, to_source: Affine2D = SAME, seconds: float | None = SECONDS) -> Heat:
    """Heat maps at the canvas' own resolution."""
    stacked = np.stack(maps)
    logits = (np.log(stacked) - np.log1p(-stacked)).astype(np.float32)
    size = (stacked.shape[2], stacked.shape[1])
    return Heat(logits, HeatGrid(SAME, size), to_source, seconds)


def coarse(size: tuple[int, int], seed: int, points: int = 2) -> Heat:
    """Smooth random maps with a clear peak, at the resolution of DeepLabV3."""
    rng = np.random.default_rng(seed)
    columns, rows = math.ceil(size[0] / 8), math.ceil(size[1] / 8)
    down, across = np.indices((rows, columns))
    maps = []
    for _ in range(points):
        x, y = rng.uniform(0.3, 0.7, 2) * (columns, rows)
        wide, high = rng.uniform(1.0, 2.5, 2)
        maps.append(
            4
            - ((across - x) ** 2 / (2 * wide**2) + (down - y) ** 2 / (2 * high**2)).clip(max=12)
            + rng.normal(0, 0.3, (rows, columns))
        )
    logits = np.stack(maps).astype(np.float32)
    return Heat(logits, HeatGrid(Affine2D.resize((columns, rows), size), size), SAME, SECONDS)


def xy(decoded: DecodedHeat) -> list[tuple[float, float]]:
    return [(point.x, point.y) for point in decoded.points]


def off(decoded: DecodedHeat, *places: tuple[float, float]) -> float:
    """The largest distance of a point from its place."""
    return max(math.dist(p, q) for p, q in zip(xy(decoded), places, strict=True))


class TestLinear:
    @pytest.mark.parametrize("place", [(300.0, 200.0), (300.4, 199.7), (100.5, 400.5)])
    def test_both_decoders_find_a_clean_blob(self, place: tuple[float, float]) -> None:
        heat = exact(
            probabilities(IMAGE, (*place, 0.9)), probabilities(IMAGE, (*place, 0.5), sigma=9)
        )
        parity, robust = decode(heat, LVID, Decoder.PARITY), decode(heat, LVID, Decoder.ROBUST)
        assert off(robust, *xy(parity)) < 0.5
        assert off(robust, place, place) < 0.05
        assert off(parity, place, place) < 0.05

    def test_a_faint_background_moves_only_the_published_point(self) -> None:
        """30.7 of background against 204 of blob, 220 px from the middle of the screen."""
        place = (100.0, 240.0)
        blob = probabilities(IMAGE, (*place, 0.9), floor=1e-4)
        heat = exact(blob, blob)
        assert off(decode(heat, LVID, Decoder.PARITY), place, place) > 5
        robust = decode(heat, LVID, Decoder.ROBUST)
        assert off(robust, place, place) < 1
        assert all(p.disagreement == pytest.approx(29, abs=2) for p in robust.points)

    def test_parity_is_the_centre_of_the_whole_map(self) -> None:
        """Two equal blobs: the published point lies between them, the robust one on one."""
        both = probabilities(IMAGE, (200, 240, 0.9), (400, 240, 0.9001))
        heat = exact(both, both)
        assert off(decode(heat, LVID, Decoder.PARITY), (300, 240), (300, 240)) < 0.1
        assert off(decode(heat, LVID, Decoder.ROBUST), (400, 240), (400, 240)) < 0.1

    @pytest.mark.parametrize("decoder", [Decoder.PARITY, Decoder.ROBUST])
    def test_confidence_is_the_raw_peak_probability(self, decoder: str) -> None:
        heat = exact(probabilities(IMAGE, (300, 200, 0.9)), probabilities(IMAGE, (320, 240, 0.2)))
        points = decode(heat, LVID, decoder).points
        assert [p.confidence for p in points] == pytest.approx([0.9, 0.2], abs=1e-4)
        assert [p.label for p in points] == list(LVID.points)

    def test_points_and_spread_are_in_source_pixels(self) -> None:
        """The canvas is half the screen: everything doubles."""
        blob = probabilities(IMAGE, (300, 200, 0.9), sigma=6)
        to_source = Affine2D.resize((1280, 960), IMAGE).inverse
        robust = decode(exact(blob, blob, to_source=to_source), LVID, Decoder.ROBUST)
        assert off(robust, (600.5, 400.5), (600.5, 400.5)) < 0.05
        assert robust.points[0].spread == pytest.approx(12, rel=0.05)

    def test_a_blob_at_the_border_stays_on_the_screen(self) -> None:
        blob = probabilities(IMAGE, (0, 479, 0.9))
        (x, y), _ = xy(decode(exact(blob, blob), LVID, Decoder.ROBUST))
        assert 0 <= x < 6
        assert 473 < y <= 479

    @pytest.mark.parametrize("decoder", [Decoder.PARITY, Decoder.ROBUST])
    def test_a_flat_map_gives_an_unsure_point_and_no_error(self, decoder: str) -> None:
        flat = probabilities(IMAGE, floor=1e-4)
        for point in decode(exact(flat, flat), LVID, decoder).points:
            assert math.isfinite(point.x)
            assert point.confidence == pytest.approx(1e-4, rel=0.01)

    def test_a_map_without_anything_gives_a_point_that_was_not_found(self) -> None:
        nothing = exact(np.full(IMAGE[::-1], 0.5), np.full(IMAGE[::-1], 0.5))
        nothing.logits.fill(-100)
        for point in decode(nothing, LVID, Decoder.ROBUST).points:
            assert math.isfinite(point.x)
            assert not point.found

    def test_several_maps_are_refined_as_each_alone(self) -> None:
        heats = [(coarse(IMAGE, seed), LVID) for seed in range(3)]
        heats += [(coarse(STRIP, 3), LVID), (coarse(STRIP, 4, points=1), AV)]
        alone = [decode(*heat, Decoder.ROBUST) for heat in heats]
        together = decode_each(heats, Decoder.ROBUST)
        for one, other in zip(alone, together, strict=True):
            assert xy(one) == [pytest.approx(place, abs=1e-3) for place in xy(other)]
            assert [p.confidence for p in one.points] == [p.confidence for p in other.points]


class TestResolution:
    @pytest.mark.parametrize("size", [IMAGE, STRIP], ids=["image", "strip"])
    @pytest.mark.parametrize("seed", range(4))
    def test_the_local_patch_tells_the_same_as_the_whole_canvas(
        self, size: tuple[int, int], seed: int
    ) -> None:
        """The whole map upsampled by torch, and the weighted centre around its maximum."""
        heat = coarse(size, seed)
        full = torch.nn.functional.interpolate(
            torch.from_numpy(heat.logits[None]), (size[1], size[0]), mode="bilinear"
        )[0]
        places, peaks = [], []
        for probability in full.sigmoid().double().numpy():
            places.append(seen_centre(probability))
            peaks.append(probability.max())
        robust = decode(heat, LVID, Decoder.ROBUST)
        assert off(robust, *places) < 0.1
        assert [p.confidence for p in robust.points] == pytest.approx(peaks, abs=0.01)

    def test_a_stride_of_four_reaches_past_the_canvas(self) -> None:
        """426 rows in cells of 4: cell 106 lies at row 425.5. Cells are not squeezed together."""
        to_canvas = Affine2D(4, 4, 1.5, 1.5)
        rows, columns = np.indices((107, 256))
        logits = (5 - ((columns - 50) ** 2 + (rows - 90) ** 2) / 8.0).astype(np.float32)
        heat = Heat(logits[None], HeatGrid(to_canvas, STRIP), SAME, SECONDS)
        assert off(decode(heat, AV, Decoder.ROBUST), (201.5, 361.5)) < 0.05
        assert off(decode(heat, AV, Decoder.PARITY), (201.5, 361.5)) < 1


def seen_centre(probability: Map, width: float = 16) -> tuple[float, float]:
    """The place that is its own centre of mass, seen through a Gaussian, on the whole canvas."""
    row, column = np.unravel_index(probability.argmax(), probability.shape)
    y, x = float(row), float(column)
    rows, columns = (np.arange(side) for side in probability.shape)
    weight = np.clip(probability - 0.1 * probability.max(), 0, None)
    for _ in range(300):
        across, down = (
            np.exp(-((along - centre) ** 2) / (2 * width**2))
            for along, centre in ((columns, x), (rows, y))
        )
        # A Gaussian is the product of one along the rows and one along the columns.
        of_rows, of_columns = down * (weight @ across), across * (down @ weight)
        x, y = of_columns @ columns / of_columns.sum(), of_rows @ rows / of_rows.sum()
    return x, y


class TestOneDopplerPoint:
    def test_parity_is_the_highest_pixel(self) -> None:
        heat = exact(probabilities(STRIP, (300, 200, 0.7), (600.3, 220.2, 0.8)))
        assert xy(decode(heat, AV, Decoder.PARITY)) == [(600, 220)]

    def test_robust_is_the_same_peak_below_the_pixel(self) -> None:
        heat = exact(probabilities(STRIP, (300, 200, 0.7), (600.3, 220.2, 0.8)))
        robust = decode(heat, AV, Decoder.ROBUST)
        assert off(robust, (600.3, 220.2)) < 0.05
        assert robust.points[0].disagreement == pytest.approx(math.hypot(0.3, 0.2), abs=0.05)

    def test_every_beat_has_its_peak_left_to_right(self) -> None:
        """Beats every 250 px (0.88 s); the third is under half of the highest and none."""
        blobs = [(150, 200, 0.6), (400, 210, 0.9), (650, 190, 0.3), (900, 205, 0.8)]
        found = decode(exact(probabilities(STRIP, *blobs)), AV, Decoder.ROBUST)
        assert [round(beat[0].x) for beat in found.beats] == [150, 400, 900]
        assert [beat[0].confidence for beat in found.beats] == pytest.approx(
            [0.6, 0.9, 0.8], abs=0.01
        )
        assert found.points[0].x == pytest.approx(400, abs=0.1)

    def test_two_peaks_within_a_beat_count_once(self) -> None:
        """20 px are 0.07 s: an overshoot, not a heart beat."""
        heat = exact(probabilities(STRIP, (400, 210, 0.9), (430, 190, 0.7), (700, 205, 0.8)))
        assert [round(beat[0].x, -1) for beat in decode(heat, AV, Decoder.ROBUST).beats] == [
            400,
            700,
        ]

    def test_where_nothing_is_found_there_are_no_beats(self) -> None:
        """Under a probability of 0.05 a peak is chance; the point says how little it is."""
        heat = exact(probabilities(STRIP, (400, 210, 0.049), (700, 205, 0.04)))
        found = decode(heat, AV, Decoder.ROBUST)
        assert found.beats == ()
        assert [point.found for point in found.points] == [False]

    def test_beats_are_found_without_a_time_scale(self) -> None:
        heat = exact(probabilities(STRIP, (300, 200, 0.7), (600, 220, 0.8)), seconds=None)
        assert len(decode(heat, AV, Decoder.ROBUST).beats) == 2


class TestTwoPoints:
    def test_published_pairing_forgets_which_channel_is_which(self) -> None:
        """A lies left of E here: the published decoder calls the left one E all the same."""
        e, a = probabilities(STRIP, (500, 150, 0.9)), probabilities(STRIP, (420, 170, 0.8))
        parity = decode(exact(e, a), INFLOW, Decoder.PARITY)
        assert off(parity, (420, 170), (500, 150)) < 1

    def test_published_pairing_takes_the_nearest_and_so_the_last_beats_a(self) -> None:
        """The highest E at 500; the A before it is 60 px away, its own 90 px."""
        e = probabilities(STRIP, (200, 150, 0.7), (500, 150, 0.9))
        a = probabilities(STRIP, (440, 200, 0.8), (590, 180, 0.8))
        heat = exact(e, a)
        assert off(decode(heat, INFLOW, Decoder.PARITY), (440, 200), (500, 150)) < 1
        assert off(decode(heat, INFLOW, Decoder.ROBUST), (500, 150), (590, 180)) < 0.5

    def test_robust_chooses_the_beat_in_which_both_are_clear(self) -> None:
        e = probabilities(STRIP, (150, 150, 0.95), (450, 150, 0.8), (750, 150, 0.7))
        a = probabilities(STRIP, (230, 200, 0.42), (530, 190, 0.8), (830, 200, 0.6))
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert off(found, (450, 150), (530, 190)) < 0.5
        assert [[round(p.x) for p in beat] for beat in found.beats] == [
            [150, 230],
            [450, 530],
            [750, 830],
        ]

    @pytest.mark.parametrize(
        ("strip", "e_x", "beats"),
        [
            # The strip begins 10 px, 0.035 s, before the first peak: its E may have lost its top.
            ((90.0, 900.0), 450, 1),
            # 16 px are 0.056 s: more than half of its rise is seen.
            ((84.0, 900.0), 100, 2),
            # Both beats lie well inside: the clearest counts.
            ((20.0, 900.0), 100, 2),
            # The only other beat is cut as well: better that one than none.
            ((90.0, 550.0), 100, 2),
        ],
    )
    def test_a_beat_that_the_end_of_the_strip_cuts_is_passed_over(
        self, strip: tuple[float, float], e_x: int, beats: int
    ) -> None:
        e = probabilities(STRIP, (100, 150, 0.9), (450, 150, 0.8))
        a = probabilities(STRIP, (190, 200, 0.9), (540, 190, 0.8))
        found = decode(replace(exact(e, a), columns=strip), INFLOW, Decoder.ROBUST)
        assert round(found.points[0].x) == e_x
        # It is not offered either: its flank would spoil the mean of the beats.
        assert len(found.beats) == beats

    def test_an_a_that_is_too_late_belongs_to_no_e(self) -> None:
        """270 px are 0.95 s: the E stands alone, and its A is not found."""
        e, a = probabilities(STRIP, (300, 150, 0.9)), probabilities(STRIP, (570, 180, 0.8))
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert xy(found)[0] == pytest.approx((300, 150), abs=0.1)
        assert [point.found for point in found.points] == [True, False]

    @pytest.mark.parametrize("seconds", [SECONDS, None])
    def test_never_the_a_of_another_beat(self, seconds: float | None) -> None:
        """Beats of 200 px, 0.7 s. The middle one has no A; that of the last is 280 px off.

        The other two are equally clear, so the left one stands first.
        """
        e = probabilities(STRIP, (100, 150, 0.7), (300, 150, 0.95), (500, 150, 0.7))
        a = probabilities(STRIP, (190, 200, 0.8), (590, 200, 0.9))
        found = decode(exact(e, a, seconds=seconds), INFLOW, Decoder.ROBUST)
        assert off(found, (100, 150), (190, 200)) < 0.5
        assert [[round(p.x) for p in beat] for beat in found.beats] == [[100, 190], [500, 590]]

    @pytest.mark.parametrize(("height", "number"), [(0.2, True), (0.03, False)])
    def test_a_faint_a_in_its_own_diastole_comes_before_a_clear_one_elsewhere(
        self, height: float, number: bool
    ) -> None:
        """Fainter than half of the highest A it makes no beat of its own, but it is the A here."""
        e = probabilities(STRIP, (300, 150, 0.9))
        a = probabilities(STRIP, (400, 200, height), (800, 180, 0.9))
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert found.points[1].found is number
        if number:
            assert off(found, (300, 150), (400, 200)) < 0.5

    def test_the_flank_of_an_a_outside_is_no_a(self) -> None:
        """257 px are 0.9 s; an A at 275 px shines into the window, and has no peak there."""
        e = probabilities(STRIP, (300, 150, 0.9))
        a = probabilities(STRIP, (575, 180, 0.9), sigma=12)
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert found.points[1].found is False

    def test_a_tapse_takes_no_longer_than_a_systole(self) -> None:
        """0.6 s are 171 px."""
        low = probabilities(STRIP, (300, 250, 0.8))
        for x, found in ((460, True), (490, False), (315, False)):
            high = probabilities(STRIP, (x, 170, 0.85))
            points = decode(exact(low, high), TAPSE, Decoder.ROBUST).points
            assert points[1].found is found

    def test_in_a_slow_rhythm_the_a_comes_late_and_is_still_that_of_its_beat(self) -> None:
        """184 px are 0.64 s, as at 46 beats per minute; the next beat's E lies 370 px on."""
        e = probabilities(STRIP, (130, 150, 0.8), (500, 150, 0.9))
        a = probabilities(STRIP, (314, 180, 0.9))
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert off(found, (130, 150), (314, 180)) < 0.5

    def test_of_two_a_the_nearer_belongs_to_the_e(self) -> None:
        """At 100 beats per minute the next beat's A is 80 + 171 px, 0.88 s, after the first E."""
        e = probabilities(STRIP, (300, 150, 0.9))
        a = probabilities(STRIP, (380, 180, 0.7), (551, 180, 0.9))
        found = decode(exact(e, a), INFLOW, Decoder.ROBUST)
        assert off(found, (300, 150), (380, 180)) < 0.5

    def test_tapse_goes_from_end_diastole_to_the_next_end_systole(self) -> None:
        low = probabilities(STRIP, (300, 250, 0.8), (560, 250, 0.9))
        high = probabilities(STRIP, (390, 170, 0.85), (500, 180, 0.7))
        found = decode(exact(low, high), TAPSE, Decoder.ROBUST)
        assert off(found, (300, 250), (390, 170)) < 0.5
        assert [p.label for p in found.points] == ["end-diastole", "end-systole"]

    def test_a_single_component_is_no_pair(self) -> None:
        """The published scripts stop here; this one says that it is not sure."""
        one = probabilities(STRIP, (300, 150, 0.9))
        points = decode(exact(one, one), INFLOW, Decoder.PARITY).points
        assert min(p.confidence or 0 for p in points) == 0

    @pytest.mark.parametrize("decoder", [Decoder.PARITY, Decoder.ROBUST])
    def test_flat_maps_give_unsure_points_and_no_error(self, decoder: str) -> None:
        flat = probabilities(STRIP, floor=1e-4)
        for point in decode(exact(flat, flat), INFLOW, decoder).points:
            assert math.isfinite(point.x)
            assert (point.confidence or 0) < 0.001


class TestTies:
    """Two peaks that rounding to bfloat16 (8 bits, some 0.4 % of a map's range) may exchange."""

    @pytest.mark.parametrize(
        ("second", "tied"), [(0.4999, True), (0.3, False), (0.05, False)], ids=str
    )
    def test_a_second_peak_elsewhere_that_is_nearly_as_high(
        self, second: float, tied: bool
    ) -> None:
        """Of 20.7 (0.5 above 1e-9), 0.0004 is nothing and 0.85 (0.5 to 0.3) is much."""
        blobs = probabilities(IMAGE, (200, 240, 0.5), (400, 240, second))
        assert decode(exact(blobs, blobs), LVID, Decoder.ROBUST).tied is tied

    def test_neighbouring_cells_of_one_blob_are_no_tie(self) -> None:
        broad = probabilities(IMAGE, (200, 240, 0.9), sigma=10)
        assert not decode(exact(broad, broad), LVID, Decoder.ROBUST).tied

    def test_where_nothing_is_found_nothing_is_tied(self) -> None:
        faint = probabilities(IMAGE, (200, 240, 0.04), (400, 240, 0.04))
        assert not decode(exact(faint, faint), LVID, Decoder.ROBUST).tied

    @pytest.mark.parametrize(
        ("left", "right", "first"),
        [(0.8, 0.7999, 300), (0.7999, 0.8, 300), (0.5, 0.8, 600), (0.8, 0.5, 300)],
    )
    def test_of_two_beats_that_rounding_may_exchange_the_left_one_stands_first(
        self, left: float, right: float, first: float
    ) -> None:
        beats = probabilities(STRIP, (300, 200, left), (600, 220, right))
        found = decode(exact(beats), AV, Decoder.ROBUST)
        assert found.points[0].x == pytest.approx(first, abs=1)
        assert [beat[0].x for beat in found.beats] == pytest.approx([300, 600], abs=1)
        assert not found.tied
        # Whichever of them the published decoder takes, it lies on a beat that is told.
        disagreement = found.points[0].disagreement
        assert disagreement is not None
        assert disagreement < 1

    def test_of_peaks_that_are_1_to_the_last_digit_the_left_one(self) -> None:
        logits = np.full((1, 60, 200), -30, np.float32)
        logits[0, 30, [40, 140]] = 40.0
        heat = Heat(logits, HeatGrid(SAME, (200, 60)), SAME, SECONDS)
        assert decode(heat, AV, Decoder.ROBUST).points[0].x == pytest.approx(40, abs=0.1)
