"""What one reviewer has made of a study, as it is saved and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import AuditEvent, Entry
from EchoMeasureLib.review.marks import Mark


@dataclass(frozen=True, slots=True)
class Layer:
    """The work of one reviewer. A document holds one layer per reviewer."""

    reviewer: str
    entries: tuple[Entry, ...]
    """In the order in which they came."""
    audit: tuple[AuditEvent, ...]
    """Everything that was done, in order."""
    subject: Subject = field(default_factory=Subject)
    examination: Examination = field(default_factory=Examination)
    calibrations: Mapping[str, tuple[Region, ...]] = field(default_factory=dict)
    """All regions of each image that was calibrated by hand, by its key."""
    marks: Mapping[str, frozenset[Mark]] = field(default_factory=dict)
    """The frames of each image that were marked as ED or ES, by its key."""
    saved: str = ""
    """When it was written, ISO 8601 in UTC; empty while it only lives in memory."""
    software: str = ""
    """Version of EchoMeasure that wrote it."""

    @property
    def has_work(self) -> bool:
        """Whether the reviewer did anything to a caliper; else it holds what networks said."""
        return any(event.entry and event.who == self.reviewer for event in self.audit)
