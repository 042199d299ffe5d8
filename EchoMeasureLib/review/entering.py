"""What enters a review from scripts, skins and networks, as a document could hold it.

Each value goes through the function that also reads it from a file, so what is accepted here
can be written, and what is written is read as it was. Raises `InvalidArgument`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.fields import (
    Fields,
    as_choice,
    as_integer,
    as_maybe_number,
    as_text,
    entering,
    numbered,
    refuse,
)
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import Near, Prediction, Provenance
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.image_records import as_frame, image_record, parse_image
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.person_records import (
    examination_record,
    parse_examination,
    parse_subject,
    subject_record,
)
from EchoMeasureLib.review.positions import as_place


def text(value: str, what: str) -> str:
    """Any text, clean."""
    with entering():
        return as_text(value, what)


def name(value: str) -> str:
    """The name of a reviewer. Raises `InvalidArgument` when it is empty."""
    found = text(value, "reviewer").strip()
    if not found:
        raise InvalidArgument("A review needs the name of its reviewer.", "Initials will do.")
    return found


def whole(value: int, what: str) -> int:
    """A whole number."""
    with entering():
        return as_integer(value, what)


def phase(value: Phase | None) -> Phase | None:
    """A phase or its word."""
    with entering():
        return None if value is None else as_choice(value, "phase", Phase)


def mark(frame: int, phase: Phase, frames: int) -> Mark:
    """One of so many frames as ED or ES."""
    with entering():
        which = as_choice(phase, "phase", Phase)
        if which not in (Phase.ED, Phase.ES):
            refuse("phase", "a frame is marked as end-diastole or end-systole")
        return Mark(as_frame(frame, "frame", frames), which)


def prediction(value: Prediction) -> Prediction:
    """What a network found."""
    with entering():
        _check_kind(value, Prediction, "prediction")
        return Prediction(
            as_text(value.measurement, "measurement"),
            as_integer(value.frame, "frame"),
            _landmarks(value.points, "points"),
            _provenance(value.model),
            tuple(_landmarks(beat, where) for beat, where in numbered(value.beats, "beats")),
            as_text(value.quality, "quality"),
            as_text(value.view, "view"),
            tuple(_near(near, where) for near, where in numbered(value.near, "near")),
        )


def regions(value: Sequence[Region]) -> tuple[Region, ...]:
    """The regions of an image."""
    with entering():
        found = []
        for region, where in numbered(value, "regions"):
            _check_kind(region, Region, where)
            with _of_odd_parts(where):
                record = region_record(region)
            found.append(read_region(record, where))
        return tuple(found)


def subject(value: Subject) -> Subject:
    """What is known of the person; what of it the file gave, the review knows itself."""
    with entering():
        _check_kind(value, Subject, "subject")
        with _of_odd_parts("subject"):
            record = {**subject_record(value), "from_file": []}
        return parse_subject(Fields(record, "subject"))


def examination(value: Examination) -> Examination:
    """What the reader adds by hand; what of it the file gave, the review knows itself."""
    with entering():
        _check_kind(value, Examination, "examination")
        with _of_odd_parts("examination"):
            record = {**examination_record(value), "from_file": []}
        return parse_examination(Fields(record, "examination"))


def facts(cine: Cine) -> ImageFacts:
    """What a review keeps of an image."""
    with entering():
        _check_kind(cine, Cine, "image")
        with _of_odd_parts("image"):
            record = image_record(ImageFacts.of(cine))
        return parse_image(Fields(record, "image"))


def _landmarks(values: Iterable[Landmark], what: str) -> tuple[Landmark, ...]:
    return tuple(_landmark(point, where) for point, where in numbered(values, what))


def _near(near: Near, where: str) -> Near:
    _check_kind(near, Near, where)
    return Near(as_integer(near.frame, where), _landmarks(near.points, where))


def _landmark(point: Landmark, where: str) -> Landmark:
    _check_kind(point, Landmark, where)
    said = (as_maybe_number(n, where) for n in (point.confidence, point.spread, point.disagreement))
    doubts = [None if number is None else float(number) for number in said]
    return Landmark(*as_place(point, where), as_text(point.label, where), *doubts)


def _provenance(model: Provenance) -> Provenance:
    _check_kind(model, Provenance, "model")
    return Provenance(*(as_text(word, "model") for word in astuple(model)))


def _check_kind(value: object, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        refuse(where, f"expected a {kind.__name__}, found a {type(value).__name__}")


@contextmanager
def _of_odd_parts(where: str) -> Iterator[None]:
    """Parts that are not of the type they are declared as."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidDocument):
            raise
        refuse(where, f"its parts are not what they are declared as ({error})")
