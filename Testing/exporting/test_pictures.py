"""Pictures: cropped to what is calibrated, labelled with value and unit, honest about weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.errors import CannotMeasure, OutputProblem
from EchoMeasureLib.exporting.pictures import (
    area_to_show,
    calibrated_area,
    draw_calipers,
    label_lines,
)
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.calipers import Origin, measure


def a_cine(tmp_path: Path, *regions: Dataset) -> Cine:
    return read(write_ultrasound(tmp_path / "a.dcm", regions=regions))


IMAGE = region((100, 80, 899, 699), (0.02, 0.02))


def test_the_picture_shows_every_measurable_region_and_no_more(tmp_path: Path) -> None:
    ecg = region((100, 710, 899, 760), (0.01, 0.1), spatial=4, data=10, units=(4, 0))
    assert calibrated_area(a_cine(tmp_path, IMAGE, ecg)) == Box(100, 80, 899, 760)


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
        area_to_show(cine, keep_screen=False)
    assert area_to_show(cine, keep_screen=True) == Box(0, 0, 1023, 767)


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
    drawn = draw_calipers(cine.frame(0), [caliper], Box(100, 80, 899, 699))
    assert drawn.shape == (620, 800, 3)
    # The line runs down column 300 - 100, from row 300 - 80 to row 350 - 80.
    assert drawn[225:265, 200].any(axis=1).all()
    assert not drawn[225:265, 150].any()


def test_untrained_weights_are_announced_on_the_picture(tmp_path: Path) -> None:
    cine = a_cine(tmp_path, IMAGE)
    points = [Landmark(300, 300), Landmark(300, 350)]
    area = Box(100, 80, 899, 699)

    def top_band(set_name: str) -> np.ndarray:
        model = Provenance("x.ckpt", "0" * 64, set_name)
        caliper = measure(cine, "ivs", points, 0, Origin.PREDICTED, model)
        return draw_calipers(cine.frame(0), [caliper], area)[:20, :300].astype(int)

    red = lambda band: (band[..., 0] > band[..., 2] + 80).sum()  # noqa: E731
    assert red(top_band("echonet")) == 0
    assert red(top_band("demo")) > 200
    assert red(top_band("phantom")) > 200


def test_a_warning_is_whole_on_a_narrow_picture_too(tmp_path: Path) -> None:
    """Some 70 letters, each at least 6 px wide, need 420 px: more than one line of 220."""
    cine = a_cine(tmp_path, IMAGE)
    model = Provenance("x.ckpt", "0" * 64, "phantom")
    points = [Landmark(110, 650), Landmark(110, 690)]
    caliper = measure(cine, "ivs", points, 0, Origin.PREDICTED, model)

    def red(right: int) -> np.ndarray:
        drawn = draw_calipers(cine.frame(0), [caliper], Box(100, 80, right, 699)).astype(int)
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
    draw_calipers(cine.frame(0), [caliper], Box(0, 0, 1023, 767))
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
