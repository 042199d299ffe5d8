"""Seconds of a processor for each kind of file of an examination, by engine; see `cohort_scale`."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.inference.demo_weights import write_demo_checkpoint
from EchoMeasureLib.inference.settings import EngineName, Settings
from EchoMeasureLib.phantoms.generate import generate, write

FRAMES = 40


@dataclass(frozen=True)
class Kind:
    """A kind of file, how many of a study are of it, and what is asked of it."""

    shown: str
    frames: int
    in_study: int
    asked: tuple[str, ...] = ()
    words: str = ""


STUDY = (
    Kind("plax", FRAMES, 8, words="parasternal cine, 6 measurements"),
    Kind("psax", FRAMES, 2, words="short-axis cine, 1 measurement"),
    Kind("a4c", FRAMES, 3, words="apical cine, 1 measurement"),
    Kind("subcostal", FRAMES, 1, words="subcostal cine, 1 measurement"),
    Kind("a4c", FRAMES, 22, ("lvid",), words="cine of a view that is not asked for: refused"),
    Kind("trvmax", 1, 4, words="CW strip"),
    Kind("mvpeak", 1, 4, words="PW strip"),
    Kind("latevel", 1, 4, words="tissue strip"),
    Kind("tapse", 1, 2, words="M-mode strip"),
)
"""Fifty files as an examination may have them; nobody has counted real ones."""


def costs_of(frames: str, engine: str = "auto") -> dict[Kind, float]:
    """Of each kind, the median of three; one thread, networks loaded before."""
    found: dict[Kind, float] = {}
    with tempfile.TemporaryDirectory() as name:
        for number, kind in enumerate(STUDY):
            folder = Path(name) / str(number)
            folder.mkdir()
            more = kind.frames if kind.frames > 1 else None
            path, _ = write(generate(kind.shown, "600x800", 3, more), folder)
            asked = "all" if kind.frames == 1 else frames
            networks = Settings(engine=EngineName(engine))
            settings = BatchSettings(kind.asked, asked, None, networks, neighbours=False)
            measurer = Measurer(settings)
            times = []
            for _ in range(4):
                begun = time.process_time()
                with suppress(CannotMeasure):
                    measurer.measure(path)
                times.append(time.process_time() - begun)
            found[kind] = statistics.median(times[1:])
    return found


def seconds_of_large_networks(folder: Path, engine: str) -> dict[str, float]:
    """For each frame, by measurement, of networks of the published size, untrained."""
    for id in ("lvid", "trvmax"):
        write_demo_checkpoint(folder, id, seed=1)
    found: dict[str, float] = {}
    frames = 4
    for shown, number in (("plax", frames), ("trvmax", 1)):
        study = generate(shown, "600x800", 3, number if number > 1 else None)
        path, _ = write(study, folder)
        id = "lvid" if shown == "plax" else shown
        networks = Settings(engine=EngineName(engine))
        measurer = Measurer(BatchSettings((id,), "all", folder, networks))
        times = []
        for _ in range(3):
            begun = time.process_time()
            measurer.measure(path)
            times.append((time.process_time() - begun) / number)
        found[id] = statistics.median(times[1:])
    return found
