"""A small study on disk and its review; every number can be computed by hand.

PLAX, 0.1 cm a pixel: LVIDd 5.0, LVIDs 3.0, IVSd and LVPWd 1.0 cm. TR, 10 cm/s a row: one beat
240, which is accepted, and one that the network put at 250 and the reviewer at 260 cm/s.
Inflow: E 80, A 50 cm/s. Mitral annulus, lateral: a beat of 10 cm/s that nobody has reviewed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from review_studies import predicted_beats
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

STUDY = "1.2.840.99.7"
WHO = {
    "PatientName": "Phantom^Paula",
    "PatientID": "P-17",
    "PatientBirthDate": "19640229",
    "PatientSex": "F",
    "StudyInstanceUID": STUDY,
    "StudyDate": "20260301",
    "StudyTime": "101500",
    "StudyID": "S1",
    "AccessionNumber": "A1",
    "ReferringPhysicianName": "Refer^Rita",
}
BOX = (0, 0, 199, 149)
PLAX, TR, INFLOW, ANNULUS = (f"{STUDY}.{number}" for number in (1, 2, 3, 4))
"""SOP Instance UIDs."""


@dataclass(frozen=True)
class ReportStudy:
    """The files and the review of them."""

    folder: Path
    review: Review

    @property
    def document(self) -> Path:
        """The review as it is now, saved."""
        path = self.folder / "review.json"
        save(self.review, path)
        return path


def write_image(folder: Path, uid: str, tags: Mapping[str, Any], frames: int, item: Any) -> Path:
    """One black image of the study, 200 x 150 pixels."""
    pixels = np.zeros((frames, 150, 200, 3), np.uint8)
    number = uid.rpartition(".")[2]
    more = {"SOPInstanceUID": uid, "SeriesInstanceUID": f"{STUDY}.9{number}", "FrameTime": "40"}
    return write_ultrasound(folder / f"{number}.dcm", pixels, [item], {**more, **tags})


def report_study(
    folder: Path, tags: Mapping[str, Any] = WHO, reviewer: str = "Anna Berg"
) -> ReportStudy:
    """Write the images and review them."""
    plax = read(write_image(folder, PLAX, tags, 4, region(BOX, (0.1, 0.1))))
    review = Review(plax, reviewer)
    review.describe(Subject("F", 160, 60, 62))
    for measurement, frame, y, length, phase in (
        ("lvid", 0, 20, 50, Phase.ED),
        ("lvid", 2, 20, 30, Phase.ES),
        ("ivs", 0, 10, 10, Phase.ED),
        ("lvpw", 0, 70, 10, Phase.ED),
    ):
        points = [(100.25, y), (100.25, y + length)]
        review.place(measurement, frame, points, phase=phase)
    for uid, step, baseline, data in ((TR, 10, 20, 4), (INFLOW, 5, 40, 3), (ANNULUS, 0.5, 40, 3)):
        strip = spectral(BOX, (0.01, -step), baseline, data)
        review.add_cine(read(write_image(folder, uid, tags, 1, strip)))
    jet = predicted_beats("trvmax", [[(40, 44)], [(120, 45)]])
    review.add_prediction(jet, TR)
    first, second = (entry.id for entry in review.entries.values() if entry.image == TR)
    review.accept(first)
    review.move(second, [(120, 46)])
    review.place("mvpeak", 0, [(30, 24), (50, 30)], INFLOW)
    review.add_prediction(predicted_beats("latevel", [[(60, 60)]]), ANNULUS)
    return ReportStudy(folder, review)
