"""What is said of a picture: clean ones pass, and each way to spoil one is found by its check."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from spoiled_cines import CAUGHT_BY, spoiled
from ultrasound_files import m_mode, write_ultrasound

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.looking import MOST_FRAMES, choose
from EchoMeasureLib.inference.quality import assess
from EchoMeasureLib.inference.quality_findings import CHECKS, Quality, Standing, quality_of
from EchoMeasureLib.phantoms.generate import generate
from EchoMeasureLib.phantoms.study import PhantomStudy

RealFile = Callable[[str], Path]


def few(count: int) -> tuple[int, ...]:
    """Six frames of a cine, from beginning to end."""
    return choose(range(count), 6)


def found(quality: Quality, *standings: Standing) -> set[str]:
    return {f.check for f in quality.findings if f.standing in standings}


def standing(quality: Quality, check: str) -> Standing:
    return next(f.standing for f in quality.findings if f.check == check)


def value(quality: Quality, check: str) -> float:
    number = next(f.value for f in quality.findings if f.check == check)
    assert number is not None
    return number


@pytest.fixture(scope="module")
def study() -> PhantomStudy:
    return generate("plax", "480x640", 8105)


class TestPhantoms:
    @pytest.mark.parametrize(
        ("view", "layout", "seed"),
        [
            ("plax", "768x1024", 8101),
            ("a4c", "480x640", 8102),
            ("subcostal", "708x1016+two-panes", 8104),
        ],
    )
    def test_a_clean_cine_passes(self, view: str, layout: str, seed: int) -> None:
        study = generate(view, layout, seed)
        quality = assess(spoiled(study), frames=few(study.frame_count))
        assert not quality.poor
        # The small screen draws no ECG.
        drawn = study.layout.ecg is not None
        assert found(quality, Standing.NOTICE) == (set() if drawn else {"ecg"})
        assert found(quality, Standing.NOT_JUDGED) == {"network"}

    @pytest.mark.parametrize(
        ("view", "layout", "seed"),
        [("psax", "708x1016+lifelike", 7010), ("subcostal", "768x1024-348+lifelike", 7007)],
    )
    def test_a_dim_coloured_ecg_is_seen_through_jpeg(
        self, view: str, layout: str, seed: int
    ) -> None:
        assert standing(assess(spoiled(generate(view, layout, seed)), frames=[0, 1]), "ecg") is (
            Standing.GOOD
        )

    def test_a_picture_that_more_gain_has_lifted_is_found_by_its_upper_half(self) -> None:
        """128 levels more wherever there is an echo: 30 % of it is nearly white, all is bright."""
        study = generate("a4c", "768x1024", 7001)
        assert standing(assess(spoiled(study), frames=[0, 1]), "gain_high") is Standing.GOOD
        lifted = assess(spoiled(study, "overexposed"), frames=[0, 1])
        assert standing(lifted, "gain_high") is Standing.POOR

    @pytest.mark.parametrize(
        ("how", "check"), CAUGHT_BY.items(), ids=[how.replace(" ", "-") for how in CAUGHT_BY]
    )
    def test_a_spoiled_cine_is_found_out_by_its_check(
        self, study: PhantomStudy, how: str, check: str
    ) -> None:
        quality = assess(spoiled(study, how), frames=few(study.frame_count))
        expected = Standing.NOTICE if check == "repeats" else Standing.POOR
        assert standing(quality, check) is expected
        assert quality.poor == (expected is Standing.POOR)
        assert quality.sentences

    @pytest.mark.parametrize("tint", [(1.0, 0.62, 0.25), (0.3, 0.6, 1.0)], ids=["amber", "blue"])
    def test_a_grey_scale_in_amber_or_blue_covers_nothing(
        self, study: PhantomStudy, tint: tuple[float, float, float]
    ) -> None:
        tinted = replace(study, render=lambda i: (study.render(i) * tint).astype(np.uint8))
        quality = assess(spoiled(tinted), frames=few(study.frame_count))
        assert value(quality, "cover") < 10
        assert not quality.poor

    def test_a_zoomed_picture_is_no_blurred_one(self, study: PhantomStudy) -> None:
        """A third of the sector on the whole screen: a pixel is a third as large."""
        frame = spoiled(study).frame(0)
        (region,) = (r for r in spoiled(study).regions if r.kind is RegionKind.TWO_D)
        middle = Image.fromarray(frame).crop((230, 180, 390, 300))
        zoomed = np.asarray(middle.resize((480, 360), Image.Resampling.BICUBIC))
        scale = (region.delta[0] / 3, region.delta[1] / 3)
        area = Region(0, RegionKind.TWO_D, Box(0, 0, 479, 359), ("cm", "cm"), scale)
        quality = assess(Cine(ArraySource(zoomed[None]), Timing(None, "unknown"), [area]))
        assert standing(quality, "sharpness") is Standing.GOOD

    def test_a_frozen_cine_is_called_frozen_and_one_with_doubled_frames_is_not(
        self, study: PhantomStudy
    ) -> None:
        frozen, doubled = (
            assess(spoiled(study, how), frames=few(study.frame_count))
            for how in ("frozen", "each frame twice")
        )
        assert value(frozen, "repeats") == 100
        assert any("frozen" in sentence for sentence in frozen.sentences)
        assert not any("frozen" in sentence for sentence in doubled.sentences)

    @pytest.mark.parametrize("measurement", ["trvmax", "tapse", "latevel"])
    def test_a_strip_is_there_and_not_judged_further(self, measurement: str) -> None:
        study = generate(measurement, "600x800", 8107)
        quality = assess(spoiled(study))
        assert standing(quality, "sector") is Standing.GOOD
        others = set(CHECKS) - {"sector", "ecg"}
        assert found(quality, Standing.NOT_JUDGED) == others

    def test_an_empty_strip_shows_no_picture(self, tmp_path: Path) -> None:
        black = np.zeros((600, 800, 3), np.uint8)
        file = write_ultrasound(tmp_path / "strip.dcm", black, [m_mode((34, 268, 735, 572))])
        assert found(assess(read(file)), Standing.POOR) == {"sector"}


REAL = [
    # file, checks that are poor, what a person sees
    ("color3d_jpeg_baseline.dcm", set()),
    ("examples_ybr_color.dcm", set()),
    ("ultrasound-multiframe.dcm", set()),
    ("JPGLosslessP14SV1_1s_1f_8b.dcm", set()),
    ("gdcm-US-ALOKA-16.dcm", set()),
    ("US1_UNCI.dcm", set()),
    # A probe in the air: only its near field is lit.
    ("OBXXXX1A.dcm", {"sector"}),
    # Its second frame has inverted colours, so that all of the sector is blue.
    ("OBXXXX1A_2frame.dcm", {"cover"}),
    # A probe in the air, with the gain down.
    ("RGB_IMAGE.dcm", {"gain_low"}),
]


class TestRealFiles:
    @pytest.mark.parametrize(("name", "poor"), REAL, ids=[name for name, _ in REAL])
    def test_what_is_said_of_it(self, real_file: RealFile, name: str, poor: set[str]) -> None:
        assert found(assess(read(real_file(name))), Standing.POOR) == poor

    @pytest.mark.parametrize("name", ["GREYSCALE_CINE", "RGB_CINE"])
    def test_in_the_air_nothing_moves(self, name: str, tmp_path: Path) -> None:
        """Linear probes of two makers on nothing: 27 and 51 frames of the same echoes."""
        packed = next(f for f in metadata.files("deid-data") or () if f.name == f"{name}.zip")
        with zipfile.ZipFile(str(packed.locate())) as archive:
            archive.extract(f"{name}.dcm", tmp_path)
        quality = assess(read(tmp_path / f"{name}.dcm"))
        assert found(quality, Standing.POOR) == {"motion"}

    @pytest.mark.parametrize(
        ("name", "seen"),
        [
            ("JPGLosslessP14SV1_1s_1f_8b.dcm", True),  # white, below the sector
            ("ultrasound-multiframe.dcm", True),  # green, and only begun in the first frames
            ("color3d_jpeg_baseline.dcm", False),
            ("gdcm-US-ALOKA-16.dcm", False),
            ("OBXXXX1A.dcm", False),  # it declares a region for one, and draws none
        ],
    )
    def test_an_ecg_is_seen_where_one_is_drawn(
        self, real_file: RealFile, name: str, seen: bool
    ) -> None:
        drawn = standing(assess(read(real_file(name))), "ecg")
        assert drawn is (Standing.GOOD if seen else Standing.NOTICE)

    def test_r_waves_in_the_file_are_an_ecg(self) -> None:
        frames = np.zeros((3, 48, 64, 3), np.uint8)
        quality = assess(Cine(ArraySource(frames), Timing((0, 0.1, 0.2), "FrameTime", (0.05,))))
        assert standing(quality, "ecg") is Standing.GOOD
        assert "The file gives 1 R wave." in [f.sentence for f in quality.findings]

    def test_a_still_says_that_it_is_one(self, real_file: RealFile) -> None:
        quality = assess(read(real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")))
        said = [f.sentence for f in quality.findings if f.check in ("motion", "repeats")]
        assert all(sentence.startswith("A still ") for sentence in said)


class Counted:
    """Frames without end, and how often one was asked for."""

    def __init__(self, frames: int, damaged: Callable[[int], bool] = lambda index: False) -> None:
        self.frame_count = frames
        self.size = (64, 48)
        self.asked: list[int] = []
        self._damaged = damaged

    def decode(self, index: int) -> np.ndarray:
        self.asked.append(index)
        if self._damaged(index):
            raise UnreadableFile(f"Frame {index} is damaged.")
        return np.random.default_rng(index).integers(0, 200, (48, 64, 3), np.uint8)


class TestBounds:
    def test_of_a_long_cine_a_few_frames_are_read_once_each(self) -> None:
        source = Counted(1_000_000)
        quality = assess(Cine(source, Timing(None, "unknown"), cache_bytes=1))
        assert len(source.asked) == len(set(source.asked)) == quality.looked_at == MOST_FRAMES
        assert min(source.asked) == 0
        assert max(source.asked) >= 999_998
        assert quality.frame_count == 1_000_000

    def test_only_frames_that_may_be_seen_are_looked_at(self) -> None:
        source = Counted(50)
        assess(Cine(source, Timing(None, "unknown")), frames=(7, 8, 30))
        assert source.asked == [7, 8, 30]

    def test_a_damaged_frame_is_passed_over(self) -> None:
        source = Counted(20, lambda index: index in (3, 11))
        assert assess(Cine(source, Timing(None, "unknown"))).looked_at == 18

    def test_a_cine_without_any_sound_frame_is_not_judged(self) -> None:
        source = Counted(4, lambda index: True)
        with pytest.raises(UnreadableFile, match="Frame 3"):
            assess(Cine(source, Timing(None, "unknown")))

    @pytest.mark.parametrize("count", [1, 2, 3, 23, 24, 25, 26, 27, 1000])
    def test_pairs_of_neighbours_from_first_to_last(self, count: int) -> None:
        chosen = choose(range(count))
        assert len(chosen) <= MOST_FRAMES
        assert chosen == tuple(sorted(set(chosen)))
        assert chosen[0] == 0
        assert chosen[-1] in (count - 1, count - 2)
        if count > 1:
            assert all(n + 1 in chosen or n - 1 in chosen for n in chosen)

    @pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (17, 23)])
    @pytest.mark.parametrize("level", [0, 128, 255])
    def test_odd_pictures_are_judged_without_an_error(
        self, size: tuple[int, int], level: int
    ) -> None:
        frames = np.full((6, *size, 3), level, np.uint8)
        quality = assess(Cine(ArraySource(frames), Timing(None, "unknown")))
        assert [f.check for f in quality.findings] == list(CHECKS)

    def test_a_region_beside_the_screen_is_no_place_to_look(self) -> None:
        source = Counted(6)
        beside = Region(0, RegionKind.TWO_D, Box(100, 10, 200, 40), ("cm", "cm"), (0.1, 0.1))
        assess(Cine(source, Timing(None, "unknown"), [beside]))


class TestRecords:
    def test_a_quality_survives_its_record(self, real_file: RealFile) -> None:
        quality = assess(read(real_file("OBXXXX1A.dcm")))
        assert quality_of(quality.record()) == quality

    def test_what_is_poor_makes_every_measurement_doubtful_with_its_sentence(
        self, real_file: RealFile
    ) -> None:
        quality = assess(read(real_file("OBXXXX1A.dcm")))
        (poor,) = quality.of(Standing.POOR)
        assert {quality.doubt(row) for row in NETWORKED.values()} == {poor.sentence}

    def test_notices_make_nothing_doubtful(self, real_file: RealFile) -> None:
        quality = assess(read(real_file("color3d_jpeg_baseline.dcm")))
        assert found(quality, Standing.NOTICE) == {"ecg"}
        assert {quality.doubt(row) for row in NETWORKED.values()} == {""}
