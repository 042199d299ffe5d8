"""Reviews of the same studies by two readers; every length and velocity was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from review_studies import plax, spectral, upright

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review


def study_uid(number: int) -> str:
    return f"1.2.840.99.{number}"


def lvid_review(reader: str, number: int, ed_cm: float, es_cm: float | None = None) -> Review:
    """One study with LVID on frame 0, end-diastole, and on frame 3, end-systole."""
    study = study_uid(number)
    review = Review(plax(uid=f"{study}.1", study=study), reader)
    for frame, length, phase in ((0, ed_cm, Phase.ED), (3, es_cm, Phase.ES)):
        if length is not None:
            entry = review.place("lvid", frame, upright(10 * length))
            review.choose(entry.id, phase)
    return review


def write_reader(folder: Path, reader: str, lengths: Sequence[float]) -> Path:
    """A folder with a review of LVIDd for each of these lengths in cm."""
    folder.mkdir(parents=True)
    for number, length in enumerate(lengths, 1):
        save(lvid_review(reader, number, length), folder / f"study-{number}.json")
    return folder


def strip_review(reader: str, velocities: Sequence[float]) -> Review:
    """TR on one strip, a beat each 20 columns: velocities in cm/s, away from the probe."""
    strip = spectral(RegionKind.CW, "1.2.840.99.1.9")
    review = Review(strip, reader)
    for beat, velocity in enumerate(velocities):
        review.place("trvmax", 0, [(10 + 20 * beat, 20 + velocity / 10)])
    return review
