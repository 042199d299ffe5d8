"""What stands beside a dragged caliper is what the command line says of the same points."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from reviewed_cine import Reviewed
from slicer_scene import HeadlessSlicer
from ultrasound_files import m_mode, region, spectral, write_ultrasound

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.reading import read

ROOT = Path(__file__).resolve().parents[2]

NUMBER = re.compile(r"[ :](-?)(\d+(?:\.\d+)?)(?: (cm/s|m/s|cm))?")


def said(text: str) -> list[tuple[float, str]]:
    """Numbers with their units; the sign, which labels leave out, apart from them."""
    return [(float(number), unit) for _, number, unit in NUMBER.findall(text)]


def command(file: Path, measurement: str, points: Sequence[PixelPoint], frame: int) -> str:
    """What `echomeasure value` prints, in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "EchoMeasureLib.cli.main", "value", str(file)),
            *("-m", measurement, "--frame", str(frame), "--points"),
            *(f"{point.x!r},{point.y!r}" for point in points),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r" \(time between .*?\)|  flags:.*", "", done.stdout)


def two_d(folder: Path) -> Path:
    return write_ultrasound(folder / "plax.dcm", regions=[region((0, 0, 1023, 767), (0.02, 0.02))])


def continuous(folder: Path) -> Path:
    return write_ultrasound(folder / "cw.dcm", regions=[spectral()])


def pulsed(folder: Path) -> Path:
    return write_ultrasound(folder / "pw.dcm", regions=[spectral(data=3, reference_y=200)])


def motion(folder: Path) -> Path:
    return write_ultrasound(folder / "m.dcm", regions=[m_mode()])


Points = list[tuple[float, float]]


@pytest.mark.parametrize(
    ("make", "measurement", "points", "units"),
    [
        (two_d, "lvid", [(300, 300), (300, 500)], ["cm"]),
        (two_d, "ivs", [(400, 200), (430, 240)], ["cm"]),
        (continuous, "trvmax", [(400, 642)], ["m/s"]),
        (pulsed, "latevel", [(400, 560)], ["cm/s"]),
        (pulsed, "mvpeak", [(300, 440), (420, 490)], ["cm/s", "cm/s", ""]),
        (motion, "tapse", [(300, 600), (420, 550)], ["cm"]),
    ],
)
def test_a_dragged_caliper_reads_as_the_command_line_does(
    slicer_app: HeadlessSlicer,
    tmp_path: Path,
    make: Callable[[Path], Path],
    measurement: str,
    points: Points,
    units: list[str],
) -> None:
    file = make(tmp_path)
    scene = Reviewed(slicer_app, read(file))
    agree(scene, file, measurement, points, 0, units)


def test_so_it_does_on_a_frame_of_a_real_cine(
    slicer_app: HeadlessSlicer, real_file: Callable[[str], Path]
) -> None:
    """SonoSite, 120 frames of 0.0510497 cm per pixel."""
    file = real_file("color3d_jpeg_baseline.dcm")
    scene = Reviewed(slicer_app, read(file))
    scene.nodes.show_frame(50)
    agree(scene, file, "lvid", [(250, 120), (300, 240)], 50, ["cm"])


def agree(
    scene: Reviewed, file: Path, measurement: str, points: Points, frame: int, units: list[str]
) -> None:
    entry = scene.review.place(measurement, frame, points)
    before = said(" ".join(scene.labels(entry.id)))
    scene.drag(entry.id, len(points) - 1, (37, 23))
    label = said(" ".join(scene.labels(entry.id)))
    moved = [landmark.point for landmark in scene.review.entry(entry.id).caliper.points]
    assert label == said(command(file, measurement, moved, frame))
    assert [unit for _, unit in label] == units
    assert label != before
