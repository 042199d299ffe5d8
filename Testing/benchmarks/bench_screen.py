"""Sections of `make bench`: the headless scene of Slicer, and long cines."""

from __future__ import annotations

import random
import sys
from functools import partial
from pathlib import Path

import bench_timing as timing
import numpy as np
import pydicom
from bench_page import table
from bench_scale import Bench

from EchoMeasureLib.imaging.reading import read

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))


def scene(bench: Bench) -> str:
    """Scrolling and dragging with calipers in the scene, drawn by the processor."""
    from slicer_scene import headless_slicer

    from EchoMeasureLib.desk.desk import Desk

    app = headless_slicer()
    desk = Desk(app.scene, app.app.app_logic)
    count = min(60, bench.scale.cine)
    desk.load_file(bench.phantom("plax", count))
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    assert desk.study.located is not None
    app.show(desk.study.located.nodes.volume)
    for frame in range(count):
        for number, id in enumerate(("lvid", "ivs", "lvpw", "aorta", "aortic_root", "la")):
            y = 250.0 + 40 * number
            review.place(id, frame, [(400.0, y), (460.0, y + 30)])
    steps = 4 * bench.scale.repeats

    def turn(step: int) -> None:
        desk.study.show_frame((7 * step) % count)
        app.render()

    scrolling = [timing.once(partial(turn, step))[0] for step in range(steps)]
    shown = [entry for entry in review.entries.values() if entry.frame == desk.study.frame]
    entry = next(one for one in shown if one.measurement == "lvid")

    def drag(step: int) -> None:
        review.move(entry.id, [(400.0, 250.0), (460.0 + step % 20, 280.0)])
        app.render()

    dragging = [timing.once(partial(drag, step))[0] for step in range(1, steps)]
    rows = [_times("a change of frame", scrolling), _times("a step of a drag", dragging)]
    desk.close()
    return f"""## In the scene

A cine of {count} frames of 768 x 1024 with six calipers each, one slice view of 800 x 600, drawn
without a graphics card in the same process.

{table(("what", "median, ms", "nine of ten within, ms"), rows)}"""


def _times(name: str, seconds: list[float]) -> list[str]:
    found = np.quantile(seconds, (0.5, 0.9)) * 1000
    return [name, *(f"{value:.1f}" for value in found)]


def long(bench: Bench) -> str:
    """Opening long cines, and going to a frame anywhere in them."""
    count = bench.scale.long
    rows = []
    for name, path in _long_cines(bench.folder, count):
        opening = timing.middle(partial(_first_frame, path), 3)
        cine, chance = read(path), random.Random(1)
        cine.frame(0)
        places = chance.sample(range(1, count), min(20, count - 1))
        seeking = [timing.once(partial(cine.frame, frame))[0] for frame in places]
        following = [timing.once(partial(cine.frame, frame))[0] for frame in range(20)]
        seek, follow = np.quantile(seeking, (0.5, 0.9)) * 1000, np.median(following) * 1000
        size = path.stat().st_size / 1e6
        rows.append(
            [
                f"{name}, {size:.0f} MB",
                f"{1000 * opening:.0f}",
                f"{seek[0]:.1f} ({seek[1]:.1f})",
                f"{follow:.1f}",
            ]
        )
    heads = ("file", "to the first frame, ms", "to a frame anywhere, ms (nine of ten within)")
    return f"""## Long cines

{count} frames of 480 x 640, the file in the system's cache.

{table((*heads, "the next frame, ms"), rows)}"""


def _first_frame(path: Path) -> object:
    return read(path).frame(0)


def _long_cines(folder: Path, count: int) -> list[tuple[str, Path]]:
    """The same speckle as DICOM with JPEG frames, and as a video."""
    import io

    import video_files
    from PIL import Image
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGBaseline8Bit
    from ultrasound_files import region, write_ultrasound

    chance = np.random.default_rng(1)
    pictures = [
        np.kron(chance.integers(0, 200, (120, 160, 1)), np.ones((4, 4, 3))).astype(np.uint8)
        for _ in range(10)
    ]
    box = region((0, 0, 639, 479), (0.05, 0.05))
    small = np.stack(pictures[:2])
    path = write_ultrasound(folder / "long.dcm", small, [box], {"FrameTime": "20"})
    streams = []
    for picture in pictures:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=85)
        streams.append(stream.getvalue())
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames = count
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.PixelData = encapsulate([streams[n % 10] for n in range(count)], has_bot=True)
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.save_as(path)
    frames = [pictures[n % 10] for n in range(count)]
    film = video_files.encode(folder / "long.mp4", frames, options={"preset": "ultrafast"})
    return [("DICOM, JPEG", path), ("MP4, H.264", film)]
