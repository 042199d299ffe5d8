"""A study of phantoms that AB has reviewed: accepted, edited, rejected, left out and described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from phantom_study import CLIPS, Clip, write_clip

from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

FEW = ("plax", "trvmax", "mvpeak")
"""Clips that are enough where every kind of value is not asked for."""


@dataclass(frozen=True, slots=True)
class ReportedStudy:
    """The files of the study, and the review as it is saved in one of them."""

    folder: Path
    clips: tuple[Clip, ...]
    review: Review
    saved: Path


def write_reported_study(folder: Path, shown: Sequence[str] = FEW) -> ReportedStudy:
    """Clips and `review.json` in the folder.

    Of the parasternal clip the septum at the first end-diastole is rejected, LVIDd there moved
    by 4 rows and the rest accepted; the second jet is left out; a note says "check".
    """
    clips = tuple(write_clip(folder, name, CLIPS[name], frames=_frames(name)) for name in shown)
    review = Review(read(clips[0].path), "AB")
    for clip in clips:
        key = review.add_cine(read(clip.path))
        for prediction in clip.predictions:
            review.add_prediction(prediction, key)
    review.describe(Subject("F", 165, 70, 62))
    review.examine(replace(review.examination, lavi=38.0, heart_rate=62.0))
    _decide(review)
    save(review, folder / "review.json")
    return ReportedStudy(folder, clips, review, folder / "review.json")


def _frames(name: str) -> int | None:
    return 60 if name == "plax" else None


def _decide(review: Review) -> None:
    first = next(iter(review.images))
    diameter = next(id for id in review.measured()["lvidd"].entries)
    septum = next(id for id in review.measured()["ivsd"].entries)
    (x0, y0), (x1, y1) = (point.point for point in review.entry(diameter).caliper.points)
    review.move(diameter, [(x0, y0), (x1, y1 + 4)])
    review.note(diameter, "trabeculae left out")
    review.reject(septum, "off axis")
    counting = [id for measured in review.measured().values() for id in measured.entries]
    for id in dict.fromkeys(counting):
        if review.entry(id).image == first and id != diameter:
            review.accept(id)
    jets = [entry.id for entry in review.entries.values() if entry.measurement == "trvmax"]
    if jets:
        review.leave_out(jets[1], "post-ectopic")
