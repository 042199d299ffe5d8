"""Pictures: only of what is calibrated, labelled with value and unit, honest about weights."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.errors import CannotMeasure, OutputProblem
from EchoMeasureLib.exporting.labels import label_lines
from EchoMeasureLib.exporting.pictures import draw_calipers, part_to_show
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.geometry import Box, Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.manual_calibration import from_depth_ruler, with_manual_region
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Origin, measure


def a_cine(tmp_path: Path, *regions: Dataset) -> Cine:
    return read(write_ultrasound(tmp_path / "a.dcm", regions=regions))


IMAGE = region((100, 80, 899, 699), (0.02, 0.02))
PART = ScreenPart(Box(100, 80, 899, 699), (Box(100, 80, 899, 699),))


def test_the_picture_shows_every_measurable_region_and_no_more(tmp_path: Path) -> None:
    ecg = region((100, 710, 899, 760), (0.01, 0.1), spatial=4, data=10, units=(4, 0))
    part = part_to_show(a_cine(tmp_path, IMAGE, ecg), keep_screen=False)
    assert part.area == Box(100, 80, 899, 760)
    assert part.visible == (Box(100, 80, 899, 699), Box(100, 710, 899, 760))


@pytest.mark.parametrize(
    "regions",
    [
        (),
        # Bounds that do not fit the image say nothing about where a name may stand.
        (region((100, 80, 1500, 699), (0.02, 0.02)),),
    ],
)
def test_without_a_region_to_trust_there_is_no_picture(tmp_path: Path, regions) -> None:
    cine = a_cine(tmp_path, *regions)
    with pytest.raises(CannotMeasure, match="--keep-screen"):
        part_to_show(cine, keep_screen=False)
    assert part_to_show(cine, keep_screen=True).area == Box(0, 0, 1023, 767)


def test_between_regions_everything_is_black(tmp_path: Path) -> None:
    """A name beside the inset above a strip lies within the box around both."""
    white = np.full((768, 1024, 3), 255, np.uint8)
    items = [region((272, 76, 690, 320), (0.05, 0.05)), spectral()]
    cine = read(write_ultrasound(tmp_path / "a.dcm", white, items))
    shown = part_to_show(cine, keep_screen=False).of(cine.frame(0))
    assert shown.shape == (733 - 76 + 1, 943 - 42 + 1, 3)
    expected = np.zeros_like(shown)
    expected[: 320 - 76 + 1, 272 - 42 : 690 - 42 + 1] = 255
    expected[342 - 76 :] = 255
    np.testing.assert_array_equal(shown, expected)
    assert (part_to_show(cine, keep_screen=True).of(cine.frame(0)) == 255).all()


def test_a_calibration_by_hand_of_the_whole_screen_declares_nothing(tmp_path: Path) -> None:
    cine = a_cine(tmp_path)
    marks = PixelPoint(1000, 100), PixelPoint(1000, 500)
    with pytest.raises(CannotMeasure, match="declares no part"):
        part_to_show(with_manual_region(cine, from_depth_ruler(cine, *marks, 10.0)), False)
    drawn = from_depth_ruler(cine, *marks, 10.0, bounds=Box(100, 80, 899, 699))
    part = part_to_show(with_manual_region(cine, drawn), False)
    assert part.visible == (Box(100, 80, 899, 699),)


def test_a_calibration_by_hand_keeps_to_where_the_file_has_its_image(tmp_path: Path) -> None:
    """The file's region is in no unit, but it says where the image lies."""
    cine = a_cine(tmp_path, region((100, 80, 899, 699), (0.02, 0.02), units=(0, 0)))
    by_hand = from_depth_ruler(cine, PixelPoint(950, 100), PixelPoint(950, 500), 10.0)
    part = part_to_show(with_manual_region(cine, by_hand), False)
    assert part.visible == (Box(100, 80, 899, 699),)


@pytest.mark.parametrize(
    ("regions", "id", "points", "lines"),
    [
        ((IMAGE,), "ivs", [(300, 300), (300, 350)], ["IVS 1.00 cm"]),
        # A name for both phases, until someone says which frame is end-diastole.
        ((IMAGE,), "lvid", [(300, 300), (300, 500)], ["LVID 4.00 cm"]),
        ((spectral(),), "trvmax", [(500, 962 - 342)], ["TR Vmax 0.89 m/s"]),
        (
            (spectral(reference_y=300, data=3),),
            "mvpeak",
            [(400, 482), (460, 542)],
            ["MV E 80.0 cm/s", "MV A 50.0 cm/s", "E/A 1.60"],
        ),
        ((), "ivs", [(300, 300), (300, 350)], ["IVS 50.0 px, no number (?)"]),
        # 0.2 cm is no septum: shown, with a question mark.
        ((IMAGE,), "ivs", [(300, 300), (300, 310)], ["IVS 0.20 cm (?)"]),
    ],
)
def test_a_label_gives_name_value_and_unit(tmp_path: Path, regions, id, points, lines) -> None:
    """TR: baseline row 442, point row 620: (442 - 620) x 0.5 = -89 cm/s."""
    cine = a_cine(tmp_path, *regions)
    assert label_lines(measure(cine, id, [Landmark(*p) for p in points])) == lines


def test_a_caliper_is_drawn_where_its_points_are(tmp_path: Path) -> None:
    cine = a_cine(tmp_path, IMAGE)
    caliper = measure(cine, "ivs", [Landmark(300, 300), Landmark(300, 350)])
    drawn = draw_calipers(cine.frame(0), [caliper], PART)
    assert drawn.shape == (620, 800, 3)
    # The line runs down column 300 - 100, from row 300 - 80 to row 350 - 80.
    assert drawn[225:265, 200].any(axis=1).all()
    assert not drawn[225:265, 150].any()


def test_the_edges_of_close_jets_stay_to_be_seen(tmp_path: Path) -> None:
    """Five jets of 60 columns, 105 apart; three lines stand beside each of them."""
    cine = a_cine(tmp_path, spectral(data=3))
    edges = []
    for start in range(100, 600, 105):
        corners = [(0, 442), (6, 520), (15, 600), (30, 640), (45, 600), (54, 520), (60, 442)]
        edges.append([Landmark(start + x, y) for x, y in corners])
    calipers = [measure(cine, "avvti", edge) for edge in edges]
    part = part_to_show(cine, keep_screen=False)
    drawn = draw_calipers(cine.frame(0), calipers, part).astype(int)
    for edge in edges:
        for one, other in pairwise(edge):
            row, column = (one.y + other.y) // 2 - part.area.y0, (one.x + other.x) // 2
            near = drawn[row - 1 : row + 2, column - part.area.x0 - 1 :][:, :3]
            assert near.max() > 200, "a label lies over an edge"


def test_a_landmark_that_was_not_found_is_said_and_not_drawn(tmp_path: Path) -> None:
    cine = a_cine(tmp_path, IMAGE)
    points = [Landmark(300, 300, confidence=0.9), Landmark(300, 350, confidence=0.01)]
    caliper = measure(cine, "ivs", points)
    assert label_lines(caliper) == ["IVS: no landmark found (?)"]
    drawn = draw_calipers(cine.frame(0), [caliper], PART)
    # A cross at (200, 220) of the part, none at (200, 270), and no line between them.
    assert drawn[212:229, 200].any()
    assert not drawn[235:290, 195:206].any()


def test_what_is_in_doubt_stands_beside_the_number_in_words(tmp_path: Path) -> None:
    """One line of words more makes the black box of the label taller."""
    grey = np.full((768, 1024, 3), 128, np.uint8)
    cine = read(write_ultrasound(tmp_path / "g.dcm", grey, [IMAGE]))

    def rows_of_label(length: float) -> int:
        caliper = measure(cine, "ivs", [Landmark(300, 300), Landmark(300, 300 + length)])
        drawn = draw_calipers(cine.frame(0), [caliper], PART)
        return int((drawn[100:500, 215] != 128).any(axis=1).sum())

    # 1 cm is a septum, 0.2 cm is flagged.
    assert rows_of_label(10) > 1.5 * rows_of_label(50)


def test_untrained_weights_are_announced_on_the_picture(tmp_path: Path) -> None:
    cine = a_cine(tmp_path, IMAGE)
    points = [Landmark(300, 300), Landmark(300, 350)]

    def top_band(set_name: str) -> np.ndarray:
        model = Provenance("x.ckpt", "0" * 64, set_name)
        caliper = measure(cine, "ivs", points, 0, Origin.PREDICTED, model)
        return draw_calipers(cine.frame(0), [caliper], PART)[:20, :300].astype(int)

    def red(set_name: str) -> int:
        band = top_band(set_name)
        return int((band[..., 0] > band[..., 2] + 80).sum())

    assert red("echonet") == 0
    assert red("demo") > 200
    assert red("phantom") > 200


def test_a_warning_is_whole_on_a_narrow_picture_too(tmp_path: Path) -> None:
    """Some 70 letters, each at least 6 px wide, need 420 px: more than one line of 220."""
    cine = a_cine(tmp_path, IMAGE)
    model = Provenance("x.ckpt", "0" * 64, "phantom")
    points = [Landmark(110, 650), Landmark(110, 690)]
    caliper = measure(cine, "ivs", points, 0, Origin.PREDICTED, model)

    def red(right: int) -> np.ndarray:
        area = Box(100, 80, right, 699)
        drawn = draw_calipers(cine.frame(0), [caliper], ScreenPart(area, (area,))).astype(int)
        return (drawn[..., 0] > 200) & (drawn[..., 1] < 120) & (drawn[..., 2] < 120)

    def lines(picture: np.ndarray) -> int:
        return int((np.diff(picture.any(axis=1).astype(int)) == 1).sum())

    wide, narrow = red(899), red(319)
    assert lines(wide) == 1 < lines(narrow)
    assert not narrow[:, -5:].any()
    assert narrow.sum() == pytest.approx(wide.sum(), rel=0.05)


def test_the_frame_itself_stays_as_it_was(tmp_path: Path) -> None:
    cine = a_cine(tmp_path, IMAGE)
    before = cine.frame(0).copy()
    caliper = measure(cine, "ivs", [Landmark(300, 300), Landmark(300, 350)])
    draw_calipers(cine.frame(0), [caliper], ScreenPart.whole(1024, 768))
    assert (cine.frame(0) == before).all()


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(OutputProblem):
        write_text(tmp_path / "none" / "a.txt", "new")
    with pytest.raises(UnicodeEncodeError):
        write_text(target, "half \ud800")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_below_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputProblem, match="Choose another"):
        make_folder(tmp_path / "file" / "folder")
