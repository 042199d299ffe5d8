"""A study of phantoms with what networks would find on it, from the phantoms' own truth."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pydicom
from dicom_database import DicomDatabase

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.phantoms.generate import generate, write

LAYOUT, STUDY_UID, CONFIDENCE = "480x640", "1.2.826.0.1.3680043.8.498.11", 0.9

PUBLISHED = Provenance("weights.ckpt", "ab" * 32, "echonet", "robust", "torch", "float32")
"""As the published networks sign; the phantoms' own may not be accepted together."""

CLIPS: Mapping[str, int] = MappingProxyType(
    {
        "plax": 3,
        "pa": 8,
        "ivc": 1,
        "lvotvmax": 1,
        "avvmax": 6,
        "trvmax": 3,
        "mvpeak": 1,
        "medevel": 1,
        "latevel": 1,
        "tapse": 2,
    }
)
"""What each clip shows, and a seed with which no value is outside its range."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One file of the study."""

    path: Path
    predictions: tuple[Prediction, ...]


def write_clip(
    folder: Path,
    shown: str,
    seed: int,
    model: Provenance = PUBLISHED,
    person: bool = False,
    frames: int | None = None,
    few: bool = False,
) -> Clip:
    """A clip of the study, with a prediction of all that it shows, exactly where it is.

    With `person` the file says who was examined; without there are no ranges by sex or age. `few`:
    beside the ventricle, by which beats are found, other lengths are predicted at ED and ES alone.
    """
    cine = {"plax": 60, "ivc": 40, "pa": 8}
    name, content, truth = _drawn(shown, seed, frames or cine.get(shown))
    path = folder / name
    header = pydicom.dcmread(io.BytesIO(content))
    header.StudyInstanceUID, header.PatientID = STUDY_UID, "PHANTOM"
    for fact in () if person else ("Sex", "Size", "Weight", "BirthDate"):
        delattr(header, f"Patient{fact}")
    header.save_as(path)
    found = _predictions(json.loads(truth), model)
    phases = {frame for beat in json.loads(truth)["beats"] for frame in (beat["ed"], beat["es"])}
    beside = ("ivs", "lvpw", "aorta", "aortic_root", "la") if few else ()
    kept = (one for one in found if one.measurement not in beside or one.frame in phases)
    return Clip(path, tuple(kept))


def in_database(clip: Clip, database: DicomDatabase) -> Clip:
    """The clip as Slicer's database keeps it: who goes back to its image need not wait for it."""
    database.insert(str(clip.path), True, False)
    uid = pydicom.dcmread(clip.path, stop_before_pixels=True).SOPInstanceUID
    return Clip(Path(database.fileForInstance(uid)), clip.predictions)


@lru_cache(maxsize=16)
def _drawn(shown: str, seed: int, frames: int | None) -> tuple[str, bytes, bytes]:
    """Name, file and truth of a phantom; a second to draw, and many tests show the same one."""
    with tempfile.TemporaryDirectory() as folder:
        file, truth = write(generate(shown, LAYOUT, seed, frames), Path(folder))
        return file.name, file.read_bytes(), truth.read_bytes()


def write_study(folder: Path, clips: Mapping[str, int] = CLIPS) -> list[Clip]:
    """Every clip, all of one study and one person."""
    return [write_clip(folder, shown, seed, few=True) for shown, seed in clips.items()]


def _predictions(truth: Mapping[str, Any], model: Provenance) -> Iterator[Prediction]:
    for measurement, found in truth["measurements"].items():
        frames = found["frames"]
        if measurement == "pa":
            # Nobody knows the phase of these frames, so one is measured.
            frames = dict(list(frames.items())[:1])
        for frame, one in frames.items():
            beats = tuple(_landmarks(points) for points in one.get("beats_points", ()))
            points = beats[0] if beats else _landmarks(one["points"])
            yield Prediction(measurement, int(frame), points, model, beats)


def _landmarks(points: Sequence[Sequence[float]]) -> tuple[Landmark, ...]:
    return tuple(Landmark(x, y, confidence=CONFIDENCE) for x, y in points)
