"""From points to values: every number here was computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from ultrasound_files import m_mode, region, spectral, write_ultrasound

from EchoMeasureLib.errors import InvalidArgument, UnknownMeasurement
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.manual_calibration import from_m_mode_ruler, with_manual_region
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure


def place(path: Path, id: str, *points: tuple[float, float], frame: int = 0) -> Caliper:
    return measure(read(path), id, [Landmark(*p) for p in points], frame)


def on_regions(
    tmp_path: Path, regions: Sequence[Dataset], id: str, *points: tuple[float, float]
) -> Caliper:
    return place(write_ultrasound(tmp_path / "a.dcm", regions=regions), id, *points)


class TestRealFiles:
    def test_the_sonographers_aorta_of_an_epiq_still_reads_3_33_cm(self, real_file) -> None:
        """hypot(60, 116) px x 0.0254767 cm = 3.327 cm; the screen says "Asc Ao Diam 3.3 cm"."""
        caliper = place(
            real_file("JPGLosslessP14SV1_1s_1f_8b.dcm"), "aorta", (629, 319), (689, 435)
        )
        assert caliper.values[0].value == pytest.approx(3.33, abs=0.005)
        assert caliper.values[0].unit == "cm"
        assert caliper.flags == ()

    @pytest.mark.parametrize(
        "name",
        [
            "OBXXXX1A.dcm",
            "OBXXXX1A_rle.dcm",
            "OBXXXX1A_2frame.dcm",
            "OBXXXX1A_rle_2frame.dcm",
            "OBXXXX1A_expb.dcm",
        ],
    )
    def test_a_caliper_on_the_cx50_still_reads_1_06_cm(self, real_file, name: str) -> None:
        """40.41 px x 0.0262288 cm, as burned into the picture."""
        caliper = place(real_file(name), "lvpw", (498.4, 301.4), (459.5, 290.5))
        assert caliper.values[0].value == pytest.approx(1.06, abs=0.003)
        assert caliper.region == 0

    @pytest.mark.parametrize(
        ("name", "points"),
        [
            ("examples_ybr_color.dcm", ((150, 100), (200, 150))),
            ("examples_palette.dcm", ((498.4, 301.4), (459.5, 290.5))),
        ],
    )
    def test_a_rescaled_or_cropped_export_gives_a_reason_and_no_length(
        self, real_file, name: str, points
    ) -> None:
        value = place(real_file(name), "lvid", *points).values[0]
        assert value.value is None
        assert "outside" in value.reason
        assert value.flags == (Flag.UNCALIBRATED,)

    def test_a_file_without_regions_gives_pixels_only(self, real_file) -> None:
        value = place(real_file("US1_UNCR.dcm"), "lvid", (100, 100), (103, 104)).values[0]
        assert value.value is None
        assert value.pixels == pytest.approx(5.0)
        assert "no calibrated regions" in value.reason

    def test_of_two_panes_the_one_that_holds_both_points_counts(self, real_file) -> None:
        """Aloka: panes at columns 32-335 and 336-639, both 0.0382653 cm/px."""
        file = real_file("gdcm-US-ALOKA-16.dcm")
        left = place(file, "lvid", (100, 200), (200, 200))
        right = place(file, "lvid", (400, 200), (500, 200))
        across = place(file, "lvid", (300, 200), (400, 200))
        assert (left.region, right.region, across.region) == (0, 1, None)
        assert left.values[0].value == pytest.approx(3.82653, abs=1e-4)
        assert across.values[0].value is None
        assert across.flags == (Flag.OUT_OF_REGION,)
        assert "together" in across.values[0].reason


class TestLengths:
    @pytest.mark.parametrize(
        ("delta", "expected"),
        [
            ((0.02, 0.02), 5 * 0.02 * 10),
            # 30 x 0.02857 = 0.8571 and 40 x 0.02286 = 0.9144: hypot 1.25333
            ((0.02857, 0.02286), 1.25333),
            # The sign of a delta says where the axis points, not how long it is.
            ((-0.02857, 0.02286), 1.25333),
            ((0.02857, -0.02286), 1.25333),
        ],
    )
    def test_both_deltas_count_and_their_signs_do_not(
        self, tmp_path: Path, delta: tuple[float, float], expected: float
    ) -> None:
        caliper = on_regions(
            tmp_path, [region((100, 80, 900, 700), delta)], "lvid", (300, 300), (330, 340)
        )
        assert caliper.values[0].value == pytest.approx(expected, abs=1e-4)

    @pytest.mark.parametrize(
        ("units", "delta", "word"),
        [
            ((0, 0), (0.02, 0.02), "units"),
            ((4, 3), (0.02, 0.02), "units"),
            ((3, 3), (0.0, 0.02), "zero"),
            ((3, 3), (0.2, 0.2), "deep"),
            ((3, 3), (0.001, 0.001), "deep"),
        ],
    )
    def test_a_region_that_cannot_be_trusted_gives_the_reason(
        self, tmp_path: Path, units: tuple[int, int], delta: tuple[float, float], word: str
    ) -> None:
        """621 rows of 0.2 cm would be 124 cm deep; of 0.001 cm, 0.6 cm."""
        item = region((100, 80, 900, 700), delta, units=units)
        value = on_regions(tmp_path, [item], "lvid", (300, 300), (330, 340)).values[0]
        assert value.value is None
        assert word in value.reason
        assert value.pixels == pytest.approx(50)

    def test_an_ecg_strip_below_does_not_scale_the_image_above(self, tmp_path: Path) -> None:
        ecg = region((100, 600, 900, 700), (0.01, 0.5), spatial=4, data=10, units=(4, 0))
        image = region((100, 80, 900, 590), (0.02, 0.02))
        caliper = on_regions(tmp_path, [ecg, image], "ivs", (400, 300), (400, 350))
        assert caliper.values[0].value == pytest.approx(1.0)
        assert caliper.region == 1

    def test_where_regions_overlap_the_one_of_high_priority_owns_the_pixels(
        self, tmp_path: Path
    ) -> None:
        """RegionFlags bit 0: the inset keeps its own scale although the big pane covers it."""
        pane = region((0, 0, 1000, 700), (0.03, 0.03), flags=3)
        inset = region((400, 100, 700, 400), (0.02, 0.02), flags=2)
        caliper = on_regions(tmp_path, [pane, inset], "ivs", (500, 200), (500, 250))
        assert caliper.values[0].value == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("flags", "covering", "points", "words"),
        [
            # Time beside depth: 200 rows are 8 cm of the strip, not 4 cm of the picture.
            (2, m_mode(), [(200, 400), (200, 600)], "in an M-mode strip that lies on a 2-D image"),
            (2, spectral(), [(200, 300), (200, 600)], "Doppler strip that lies on"),
            (3, m_mode(), [(200, 300), (200, 600)], "in an M-mode strip"),
            (2, region((400, 100, 700, 400), (0.03, 0.03)), [(300, 200), (500, 200)], "scale"),
        ],
    )
    def test_pixels_of_what_lies_on_the_picture_are_not_the_pictures(
        self,
        tmp_path: Path,
        flags: int,
        covering: Dataset,
        points: list[tuple[int, int]],
        words: str,
    ) -> None:
        """The picture's bounds are the whole screen, as careless writers have it."""
        screen = region((0, 0, 1023, 767), (0.02, 0.02), flags=flags)
        (value,) = on_regions(tmp_path, [screen, covering], "lvid", *points).values
        assert (value.value, value.flags) == (None, (Flag.OUT_OF_REGION,))
        assert words in value.reason
        beside = on_regions(tmp_path, [screen, covering], "lvid", (960, 50), (960, 150))
        assert beside.values[0].value == pytest.approx(2.0)

    def test_a_strip_that_was_calibrated_by_hand_lies_on_the_files_picture(
        self, tmp_path: Path
    ) -> None:
        """The file knows of no strip. 100 rows of the ruler are 4 cm, so 60 rows are 2.4 cm."""
        picture = region((5, 5, 1000, 700), (0.02, 0.02))
        cine = read(write_ultrasound(tmp_path / "a.dcm", regions=[picture]))
        ruler = PixelPoint(900, 400), PixelPoint(900, 500)
        cine = with_manual_region(cine, from_m_mode_ruler(cine, *ruler, 4.0))
        (value,) = measure(cine, "tapse", [Landmark(300, 560), Landmark(340, 500)]).values
        assert abs(value.value or 0) == pytest.approx(2.4)

    def test_bounds_that_only_reach_into_a_strip_take_nothing_from_it(self, tmp_path: Path) -> None:
        """Row 350 is of the strip, whose zero is row 442: 92 rows of 0.5 cm/s."""
        above = region((270, 76, 690, 360), (0.02, 0.02))
        caliper = on_regions(tmp_path, [above, spectral(data=3)], "lvotvmax", (400, 534))
        assert caliper.values[0].value == pytest.approx(-46.0)
        upper = on_regions(tmp_path, [above, spectral(data=3)], "mvpeak", (400, 350), (460, 400))
        assert upper.values[0].value == pytest.approx(46.0)

    def test_a_length_no_heart_has_is_flagged_and_still_shown(self, tmp_path: Path) -> None:
        item = region((100, 80, 900, 700), (0.02, 0.02))
        value = on_regions(tmp_path, [item], "lvid", (300, 100), (300, 140)).values[0]
        assert value.value == pytest.approx(0.8)
        assert value.flags == (Flag.IMPLAUSIBLE,)


class TestVelocities:
    # Strip rows 342-733, zero at row 342 + 100 = 442, 0.5 cm/s per px, up positive.
    @pytest.mark.parametrize(
        ("bounds", "delta", "reference", "y", "expected", "flags"),
        [
            ((42, 342, 943, 733), -0.5, 100, 642, -100.0, ()),
            # y0 = 348: the baseline is 348 + 100 = 448, not 442.
            ((42, 348, 943, 733), -0.5, 100, 642, -97.0, ()),
            # Inverted display: baseline low, down is positive; the jet goes up and is negative.
            ((42, 342, 943, 733), 0.5, 300, 442, -100.0, ()),
            # Above the baseline where flow away from the probe belongs below.
            ((42, 342, 943, 733), -0.5, 200, 442, 50.0, (Flag.WRONG_SIDE,)),
            # 5 cm/s is no aortic jet.
            ((42, 342, 943, 733), -0.5, 100, 452, -5.0, (Flag.IMPLAUSIBLE,)),
        ],
    )
    def test_a_velocity_keeps_its_sign_and_counts_from_the_baseline(
        self, tmp_path: Path, bounds, delta: float, reference: int, y: float, expected, flags
    ) -> None:
        item = spectral(bounds, (0.0035, delta), reference)
        value = on_regions(tmp_path, [item], "avvmax", (500, y)).values[0]
        assert value.value == pytest.approx(expected)
        assert value.unit == "cm/s"
        assert value.flags == flags
        words = "this wave goes towards the probe, and this flow goes away from it"
        assert (words in value.doubt) == (Flag.WRONG_SIDE in flags)

    def test_a_reference_pixel_may_carry_a_velocity_other_than_zero(self, tmp_path: Path) -> None:
        """Row 342 + 0 is +50 cm/s, so row 642 is 50 - 300 x 0.5 = -100 cm/s."""
        item = spectral(reference_y=0)
        item.ReferencePixelPhysicalValueY = 50.0
        value = on_regions(tmp_path, [item], "avvmax", (500, 642)).values[0]
        assert value.value == pytest.approx(-100.0)

    def test_a_missing_reference_gives_no_velocity_on_an_empty_strip(self, tmp_path: Path) -> None:
        item = spectral(reference_y=None)
        value = on_regions(tmp_path, [item], "avvmax", (500, 642)).values[0]
        assert value.value is None
        assert "baseline" in value.reason
        assert value.flags == (Flag.UNCALIBRATED,)

    def test_a_baseline_that_is_plain_to_see_replaces_a_missing_reference(
        self, tmp_path: Path
    ) -> None:
        """An orange-brown line of 3 px at rows 439-441: zero at 440; (440 - 640) x 0.5 = -100."""
        pixels = np.zeros((768, 1024, 3), np.uint8)
        rng = np.random.default_rng(1)
        pixels[342:734, 42:944] = rng.integers(0, 30, (392, 902, 1))
        pixels[439:442, 42:944] = (180, 100, 40)
        path = write_ultrasound(tmp_path / "b.dcm", pixels, [spectral(reference_y=None)])
        value = place(path, "avvmax", (500, 640)).values[0]
        assert value.value == pytest.approx(-100.0, abs=0.5)
        assert value.flags == (Flag.BASELINE_DETECTED,)

    @pytest.mark.parametrize(
        ("reference", "word"), [(-30, "outside"), (2000, "outside"), (440, "image")]
    )
    def test_an_unusable_reference_is_never_used(
        self, tmp_path: Path, reference: int, word: str
    ) -> None:
        """Row 440 of a strip 392 px high fits only as a position on the whole image (Medistim)."""
        item = spectral(reference_y=reference)
        value = on_regions(tmp_path, [item], "avvmax", (500, 642)).values[0]
        assert value.value is None
        assert word in value.reason

    def test_hertz_are_no_velocity(self, tmp_path: Path) -> None:
        item = spectral()
        item.PhysicalUnitsYDirection = 5
        value = on_regions(tmp_path, [item], "avvmax", (500, 642)).values[0]
        assert value.value is None
        assert "Hz" in value.reason

    def test_a_continuous_wave_jet_is_not_measured_on_a_pulsed_wave_strip(
        self, tmp_path: Path
    ) -> None:
        value = on_regions(tmp_path, [spectral(data=3)], "trvmax", (500, 642)).values[0]
        assert value.value is None
        assert "continuous-wave" in value.reason

    def test_e_and_a_and_their_ratio(self, tmp_path: Path) -> None:
        """Zero at row 642: E (642-482) x 0.5 = 80, A (642-542) x 0.5 = 50; 60 px x 3.5 ms apart."""
        item = spectral(reference_y=300, data=3)
        caliper = on_regions(tmp_path, [item], "mvpeak", (400, 482), (460, 542))
        values = {value.id: value for value in caliper.values}
        assert values["e"].value == pytest.approx(80)
        assert values["a"].value == pytest.approx(50)
        assert values["e_a_ratio"].value == pytest.approx(1.6)
        assert values["e_a_ratio"].unit == "1"
        assert values["e_a_ratio"].interval_s == pytest.approx(0.21)
        assert caliper.flags == ()

    def test_an_a_before_its_e_is_flagged(self, tmp_path: Path) -> None:
        item = spectral(reference_y=300, data=3)
        caliper = on_regions(tmp_path, [item], "mvpeak", (460, 482), (400, 542))
        assert Flag.ORDER in caliper.flags

    def test_an_a_within_50_ms_of_its_e_is_flagged(self, tmp_path: Path) -> None:
        """14 px x 3.5 ms = 49 ms; 15 px are 52.5 ms."""
        item = spectral(reference_y=300, data=3)
        fused = on_regions(tmp_path, [item], "mvpeak", (400, 482), (414, 542))
        apart = on_regions(tmp_path, [item], "mvpeak", (400, 482), (415, 542))
        assert Flag.ORDER in fused.flags
        assert Flag.ORDER not in apart.flags

    def test_an_a_of_zero_gives_no_ratio(self, tmp_path: Path) -> None:
        item = spectral(reference_y=300, data=3)
        ratio = on_regions(tmp_path, [item], "mvpeak", (400, 482), (460, 642)).values[2]
        assert ratio.value is None
        assert "zero" in ratio.reason


class TestTapse:
    def test_tapse_is_vertical_only_and_its_time_is_kept_apart(self, tmp_path: Path) -> None:
        """50 px x 0.04 cm = 2.0 cm whatever the 80 px x 3.5 ms = 0.28 s between the points."""
        value = on_regions(tmp_path, [m_mode()], "tapse", (300, 600), (380, 550)).values[0]
        assert value.value == pytest.approx(2.0)
        assert value.unit == "cm"
        assert value.interval_s == pytest.approx(0.28)
        assert value.flags == ()

    def test_an_annulus_that_falls_in_systole_gives_no_number(self, tmp_path: Path) -> None:
        value = on_regions(tmp_path, [m_mode()], "tapse", (300, 550), (380, 600)).values[0]
        assert (value.value, value.flags) == (None, (Flag.ORDER,))


class TestDoubts:
    @pytest.mark.parametrize(
        ("landmark", "flags"),
        [
            (Landmark(300, 300, confidence=0.9, disagreement=1.0), ()),
            (Landmark(300, 300, confidence=0.29), (Flag.LOW_CONFIDENCE,)),
            # 0.5 % of the diagonal of 1024 x 768, which is 1280 px: 6.4 px.
            (Landmark(300, 300, confidence=0.9, disagreement=6.5), (Flag.DECODERS_DISAGREE,)),
        ],
    )
    def test_a_doubtful_landmark_is_flagged(
        self, tmp_path: Path, landmark: Landmark, flags
    ) -> None:
        path = write_ultrasound(
            tmp_path / "a.dcm", regions=[region((100, 80, 900, 700), (0.02, 0.02))]
        )
        caliper = measure(read(path), "lvid", [landmark, Landmark(300, 500)])
        assert caliper.flags == flags

    @pytest.mark.parametrize(
        ("set", "measurement", "confidence", "doubtful"),
        [
            # What the networks of the package are worth is known, so more is asked of them.
            ("phantom", "lvid", 0.59, True),
            ("phantom", "lvid", 0.61, False),
            ("phantom", "ivc", 0.41, False),
            ("phantom", "ivc", 0.39, True),
            ("echonet", "lvid", 0.31, False),
            ("custom", "lvid", 0.29, True),
        ],
    )
    def test_how_sure_a_network_has_to_be_depends_on_whose_it_is(
        self, tmp_path: Path, set: str, measurement: str, confidence: float, doubtful: bool
    ) -> None:
        path = write_ultrasound(
            tmp_path / "a.dcm", regions=[region((100, 80, 900, 700), (0.02, 0.02))]
        )
        points = [Landmark(300, 300, confidence=confidence), Landmark(300, 400, confidence=0.9)]
        model = Provenance("a.ckpt", "ab" * 32, set)
        caliper = measure(read(path), measurement, points, origin=Origin.PREDICTED, model=model)
        assert (Flag.LOW_CONFIDENCE in caliper.flags) is doubtful


class TestNothingFound:
    """Under a probability of 0.05 a landmark's place is chance: no number comes of it."""

    def echo(self, tmp_path: Path) -> Cine:
        return read(
            write_ultrasound(
                tmp_path / "a.dcm", regions=[region((100, 80, 900, 700), (0.02, 0.02))]
            )
        )

    @pytest.mark.parametrize(("confidence", "number"), [(0.049, None), (0.05, 4.0), (0.0, None)])
    def test_the_limit(self, tmp_path: Path, confidence: float, number: float | None) -> None:
        points = [Landmark(300, 300, confidence=confidence), Landmark(300, 500, confidence=0.9)]
        (value,) = measure(self.echo(tmp_path), "lvid", points).values
        assert value.value == (None if number is None else pytest.approx(number))
        assert value.pixels is None
        if number is None:
            assert value.flags == (Flag.NOT_FOUND,)
            assert value.reason.startswith(
                "No landmark found: the network sees no septal edge here"
            )

    def test_one_point_put_by_hand_does_not_find_the_other(self, tmp_path: Path) -> None:
        points = [Landmark(300, 300), Landmark(300, 500, confidence=0.01)]
        assert measure(self.echo(tmp_path), "lvid", points).flags == (Flag.NOT_FOUND,)
        by_hand = [Landmark(300, 300), Landmark(300, 500)]
        assert measure(self.echo(tmp_path), "lvid", by_hand).flags == ()

    def test_an_uncalibrated_picture_gives_no_pixels_either(self, tmp_path: Path) -> None:
        cine = read(write_ultrasound(tmp_path / "a.dcm"))
        points = [Landmark(300, 300, confidence=0.01), Landmark(300, 500, confidence=0.9)]
        (value,) = measure(cine, "lvid", points).values
        assert (value.value, value.pixels) == (None, None)
        assert "chance" in value.reason

    def test_an_e_without_an_a_is_an_e_and_no_ratio(self, tmp_path: Path) -> None:
        """Zero at row 642: E (642 - 482) x 0.5 = 80 cm/s, as in atrial fibrillation."""
        cine = read(
            write_ultrasound(tmp_path / "a.dcm", regions=[spectral(reference_y=300, data=3)])
        )
        points = [Landmark(400, 482, confidence=0.9), Landmark(460, 542, confidence=0.02)]
        e, a, ratio = measure(cine, "mvpeak", points).values
        assert (e.value, e.flags) == (pytest.approx(80), ())
        assert (a.value, a.flags) == (None, (Flag.NOT_FOUND,))
        assert (ratio.value, ratio.flags) == (None, (Flag.NOT_FOUND,))
        assert "no A here" in ratio.reason


class TestOutside:
    @pytest.mark.parametrize("x", [-2.0, 1025.0])
    @pytest.mark.parametrize("calibrated", [True, False])
    def test_what_lies_beside_the_picture_is_no_length(
        self, tmp_path: Path, x: float, calibrated: bool
    ) -> None:
        regions = [region((0, 0, 1023, 767), (0.02, 0.02))] if calibrated else []
        cine = read(write_ultrasound(tmp_path / "a.dcm", regions=regions))
        (value,) = measure(cine, "lvid", [Landmark(x, 300), Landmark(500, 300)]).values
        assert (value.value, value.pixels, value.flags) == (None, None, (Flag.OUT_OF_REGION,))
        assert value.reason == "The points do not lie on the picture."

    def test_a_corner_of_the_region_that_the_sector_leaves_black(self, tmp_path: Path) -> None:
        """A triangle with its tip at column 500 of the top: in row 100 it is 200 px wide."""
        pixels = np.zeros((768, 1024, 3), np.uint8)
        for row in range(700):
            pixels[row, 500 - row // 2 : 500 + row // 2] = 60
        item = region((100, 0, 900, 699), (0.02, 0.02))
        cine = read(write_ultrasound(tmp_path / "a.dcm", pixels, [item]))
        inside = measure(cine, "lvid", [Landmark(500, 100), Landmark(500, 300)])
        assert inside.values[0].value == pytest.approx(4.0)
        (value,) = measure(cine, "lvid", [Landmark(300, 100), Landmark(500, 100)]).values
        assert (value.value, value.pixels, value.flags) == (None, None, (Flag.OUT_OF_REGION,))
        assert value.reason == "The points do not lie where echo is drawn."


class TestArguments:
    def test_a_wrong_number_of_points_names_the_points(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match=r"septal edge, posterior wall edge"):
            on_regions(tmp_path, [region((0, 0, 9, 9), (1, 1))], "lvid", (1, 1))

    def test_a_point_that_is_not_a_number_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match="finite"):
            on_regions(tmp_path, [], "lvid", (float("nan"), 1), (2, 2))

    def test_a_frame_past_the_end_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match="no frame 3"):
            place(write_ultrasound(tmp_path / "a.dcm"), "lvid", (1, 1), (2, 2), frame=3)

    def test_an_unknown_measurement_names_the_known_ones(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownMeasurement, match="lvid"):
            on_regions(tmp_path, [], "lvids", (1, 1), (2, 2))


def test_a_number_beyond_all_numbers_is_none_with_its_reason() -> None:
    """Half of the largest number per pixel, over ten pixels."""
    scale = Region(0, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (9e307, 9e307))
    cine = Cine(ArraySource(np.zeros((1, 60, 80, 3), np.uint8)), Timing((0.0,), ""), (scale,))
    (value,) = measure(cine, "lvid", [Landmark(0, 0), Landmark(0, 10)]).values
    assert (value.value, value.pixels) == (None, None)
    assert "larger than any" in value.reason
