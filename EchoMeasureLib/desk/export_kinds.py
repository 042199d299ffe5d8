"""What can be exported, in which forms and with which options: a panel or a page shows this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from EchoMeasureLib.choices import Choice


class Export(Choice):
    """What leaves the open study."""

    REPORT = "report"
    TABLE = "table"
    PICTURES = "pictures"
    VIDEO = "video"
    STRUCTURED = "sr"
    FHIR = "fhir"
    MARKUPS = "markups"
    TRAINING = "training"


class Option(Choice):
    """What can be asked for besides; all of it is off unless somebody asks."""

    DATABASE = "database"
    IDENTITY = "identity"
    UNREVIEWED = "unreviewed"
    COMPLETE = "complete"
    SCREEN = "screen"


OPTION_WORDS: Mapping[Option, str] = {
    Option.DATABASE: "Store in Slicer's DICOM database",
    Option.IDENTITY: "Name the patient",
    Option.UNREVIEWED: "Also what nobody has reviewed, marked so",
    Option.COMPLETE: "I say that nothing is missing in it",
    Option.SCREEN: "Show the whole screen, names on it and all",
}


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write it."""

    id: str
    name: str
    ending: str = ""
    """Of the file; empty for a folder."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be exported."""

    name: str
    about: str
    """What it is for, in a sentence."""
    forms: tuple[Form, ...]
    """The first is what most people want."""
    options: tuple[Option, ...] = ()
    speeds: bool = False
    """Whether it can be played slower."""

    def form(self, id: str) -> Form:
        """The form of this id, else the first."""
        return next((form for form in self.forms if form.id == id), self.forms[0])


OFFERS: Mapping[Export, Offer] = {
    Export.REPORT: Offer(
        "Report",
        "One page for people: values, grades, pictures, audit trail and where all is from.",
        (
            Form("html", "Page (HTML)", ".html"),
            Form("pdf", "PDF on A4", ".pdf"),
            Form("dicom", "PDF in DICOM", ".dcm"),
        ),
        (Option.IDENTITY, Option.DATABASE),
    ),
    Export.TABLE: Offer(
        "Table",
        "Every caliper, beat and value of the study as rows for other programs.",
        (
            Form("csv", "CSV", ".csv"),
            Form("jsonl", "JSON Lines", ".jsonl"),
            Form("parquet", "Parquet", ".parquet"),
            Form("json", "This image alone (measurements.json)", ".json"),
        ),
    ),
    Export.PICTURES: Offer(
        "Pictures",
        "The frames whose calipers give the values or were reviewed, with their calipers.",
        (Form("png", "PNG"), Form("jpg", "JPEG")),
        (Option.SCREEN,),
    ),
    Export.VIDEO: Offer(
        "Video",
        "The open cine with its calipers, and the values over time below.",
        (Form("mp4", "MP4 (H.264)", ".mp4"), Form("avi", "AVI (Motion JPEG)", ".avi")),
        (Option.SCREEN,),
        speeds=True,
    ),
    Export.STRUCTURED: Offer(
        "Structured report",
        "What the reviewer stands behind, in DICOM, for archives and other viewers.",
        (
            Form("5300", "Echo report (TID 5300), for echo laboratories", ".dcm"),
            Form("1500", "Points (TID 1500), for viewers and research", ".dcm"),
        ),
        (Option.DATABASE, Option.UNREVIEWED, Option.COMPLETE),
    ),
    Export.FHIR: Offer(
        "FHIR",
        "A DiagnosticReport with an Observation for each value (R4), for hospital systems.",
        (Form("json", "Bundle (JSON)", ".json"),),
        (Option.IDENTITY, Option.UNREVIEWED, Option.COMPLETE),
    ),
    Export.MARKUPS: Offer(
        "Markups",
        "One .mrk.json for each caliper, with a sidecar, for Slicer's other modules.",
        (Form("folder", "Folder"),),
    ),
    Export.TRAINING: Offer(
        "Training pack",
        "What was accepted, moved or placed, with its frames, to train networks with.",
        (Form("folder", "Folder"),),
        (Option.SCREEN,),
    ),
}
"""In the order in which they are shown."""

SPEEDS: Mapping[float, str] = {
    1.0: "As the heart went",
    0.5: "At half of that speed",
    0.25: "At a quarter of that speed",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have exported."""

    export: Export
    form: str = ""
    """Id of one of its forms; the first where there is none."""
    options: frozenset[Option] = frozenset()
    speed: float = 1.0

    @property
    def offer(self) -> Offer:
        """What there is of it."""
        return OFFERS[self.export]

    @property
    def chosen(self) -> Form:
        """The form it is written in."""
        return self.offer.form(self.form)

    def asks(self, option: Option) -> bool:
        """Whether this option is wanted, and there is such a thing here."""
        return option in self.options and option in self.offer.options
