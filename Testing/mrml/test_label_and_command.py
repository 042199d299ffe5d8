"""What stands beside a dragged caliper is what the command line says of the same points."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import command_line
import pytest
from reviewed_cine import Reviewed
from slicer_scene import HeadlessSlicer
from ultrasound_files import m_mode, region, spectral, write_ultrasound

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.imaging.reading import read

NUMBER = re.compile(r"[ :](-?)(\d+(?:\.\d+)?)(?: (cm/s|m/s|cm))?")


def said(text: str) -> list[tuple[float, str]]:
    """Numbers with their units; the sign, which labels leave out, apart from them."""
    return [(float(number), unit) for _, number, unit in NUMBER.findall(text)]


def in_process_of_its_own(words: Sequence[str]) -> str:
    done = command_line.run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def here(words: Sequence[str]) -> str:
    with redirect_stdout(StringIO()) as printed:
        assert main(words) == 0
    return printed.getvalue()


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
    agree(scene, file, measurement, points, 0, units, here)


def test_so_it_does_on_a_frame_of_a_real_cine(
    slicer_app: HeadlessSlicer, real_file: Callable[[str], Path]
) -> None:
    """SonoSite, 120 frames of 0.0510497 cm per pixel; the command as it is started."""
    file = real_file("color3d_jpeg_baseline.dcm")
    scene = Reviewed(slicer_app, read(file))
    scene.nodes.show_frame(50)
    points = [(250.0, 120.0), (300.0, 240.0)]
    agree(scene, file, "lvid", points, 50, ["cm"], in_process_of_its_own)


def agree(
    scene: Reviewed,
    file: Path,
    measurement: str,
    points: Points,
    frame: int,
    units: list[str],
    command: Callable[[Sequence[str]], str],
) -> None:
    """`command` runs `echomeasure value`; what it prints."""
    entry = scene.review.place(measurement, frame, points)
    before = said(" ".join(scene.labels(entry.id)))
    scene.drag(entry.id, len(points) - 1, (37, 23))
    label = said(" ".join(scene.labels(entry.id)))
    moved = [landmark.point for landmark in scene.review.entry(entry.id).caliper.points]
    words = ["value", str(file), "-m", measurement, "--frame", str(frame), "--points"]
    printed = command([*words, *(f"{point.x!r},{point.y!r}" for point in moved)])
    assert label == said(re.sub(r" \(time between .*?\)|  flags:.*", "", printed))
    assert [unit for _, unit in label] == units
    assert label != before
