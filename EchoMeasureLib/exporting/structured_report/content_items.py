"""The content items of a structured report (DICOM PS3.3 C.17.3), one function each."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.valuerep import format_number_as_ds

from EchoMeasureLib.exporting.structured_report.report_codes import SOURCE, SrCode, unit_code
from EchoMeasureLib.exporting.structured_report.source_images import frames_of
from EchoMeasureLib.measuring.values import Value
from EchoMeasureLib.texts import clean

CONTAINS = "CONTAINS"
MODIFIER = "HAS CONCEPT MOD"
CONTEXT = "HAS OBS CONTEXT"
PROPERTIES = "HAS PROPERTIES"
INFERRED = "INFERRED FROM"
SELECTED = "SELECTED FROM"

_VALUE_LENGTH, _MEANING_LENGTH = 16, 64
_PARTING = str.maketrans("\\\n\t", "   ")


def code_sequence(code: SrCode) -> DicomSequence:
    """A code as the sequence of one item that DICOM writes it in."""
    item = Dataset()
    # What is longer has an attribute of its own (PS3.3 8.8).
    if len(code.value) <= _VALUE_LENGTH:
        item.CodeValue = code.value
    else:
        item.LongCodeValue = code.value
    item.CodingSchemeDesignator = code.scheme
    item.CodeMeaning = clean(code.meaning)[:_MEANING_LENGTH]
    return DicomSequence([item])


def code_item(relation: str, name: SrCode, value: SrCode) -> Dataset:
    """A coded statement."""
    item = _item(relation, "CODE", name)
    item.ConceptCodeSequence = code_sequence(value)
    return item


def text_item(relation: str, name: SrCode, text: str) -> Dataset:
    """A statement in words."""
    item = _item(relation, "TEXT", name)
    # UT has any length; only the backslash is no letter of a text of one value in some readers.
    item.TextValue = clean(text).replace("\\", "/") or "-"
    return item


def name_item(relation: str, name: SrCode, person: str) -> Dataset:
    """The name of a person."""
    item = _item(relation, "PNAME", name)
    item.PersonName = person_name(person)
    return item


def uid_item(relation: str, name: SrCode, uid: str) -> Dataset:
    """A UID."""
    item = _item(relation, "UIDREF", name)
    item.UID = uid
    return item


def number_item(
    relation: str,
    name: SrCode,
    number: float | None,
    unit: str,
    uid: str = "",
    children: Iterable[Dataset] = (),
) -> Dataset:
    """A number with its UCUM unit; None for one that is not known.

    `uid` tells the observation from others, and is the same where the number is repeated.
    """
    item = _item(relation, "NUM", name)
    if uid:
        item.ObservationUID = uid
    item.MeasuredValueSequence = DicomSequence()
    if number is None:
        item.NumericValueQualifierCodeSequence = code_sequence(
            SrCode("114010", "DCM", "Value unknown")
        )
    else:
        value = Dataset()
        value.NumericValue = format_number_as_ds(float(number))
        # Sixteen letters do not hold every number; this does.
        value.FloatingPointValue = float(number)
        value.MeasurementUnitsCodeSequence = code_sequence(unit_code(unit))
        item.MeasuredValueSequence.append(value)
    return with_children(item, children)


def coordinates_item(value: Value, source: Dataset, frame: int) -> Dataset:
    """Where on an image a number was measured; `frame` counts from 0."""
    item = _item(INFERRED, "SCOORD", SOURCE)
    places = graphic_points(value)
    item.GraphicType = graphic_type(value)
    item.GraphicData = [axis for place in places for axis in place]
    image = Dataset()
    image.RelationshipType, image.ValueType = SELECTED, "IMAGE"
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    if frames_of(source) > 1:
        reference.ReferencedFrameNumber = frame + 1
    image.ReferencedSOPSequence = DicomSequence([reference])
    return with_children(item, [image])


def graphic_points(value: Value) -> list[tuple[float, float]]:
    """The points of a number as DICOM counts them (PS3.3 C.18.6): from the corner of a pixel.

    0, 0 of ours is the middle of the first one.
    """
    return [(point.x + 0.5, point.y + 0.5) for point in value.points]


def graphic_type(value: Value) -> str:
    """What the points of a number are: one, a line or an edge, or two that no line joins."""
    if len(value.points) == 1:
        return "POINT"
    return "MULTIPOINT" if value.unit == "1" else "POLYLINE"


def container_item(relation: str, name: SrCode, children: Iterable[Dataset]) -> Dataset:
    """A heading with what stands below it."""
    item = _item(relation, "CONTAINER", name)
    item.ContinuityOfContent = "SEPARATE"
    return with_children(item, children)


def with_children(item: Dataset, children: Iterable[Dataset]) -> Dataset:
    """The item with these below it; without any it has no sequence at all."""
    below = list(children)
    if below:
        item.ContentSequence = DicomSequence(below)
    return item


def one_line(text: str) -> str:
    """A text of one value as LO can hold it: 64 letters, none that parts values or lines."""
    return clean(text).translate(_PARTING).strip()[:64].strip()


def person_name(text: str) -> str:
    """A name as DICOM can hold it: up to five parts with a caret between, 64 letters.

    Of a name that is one part a caret says that it is meant so.
    """
    words = clean(text).translate(_PARTING).replace("=", " ")
    parts = [part.strip() for part in words.split("^", 4)]
    name = "^".join([*parts[:4], *(part.replace("^", " ") for part in parts[4:])])[:63]
    return name if "^" in name else f"{name}^"


def _item(relation: str, kind: str, name: SrCode) -> Dataset:
    item = Dataset()
    if relation:
        item.RelationshipType = relation
    item.ValueType = kind
    item.ConceptNameCodeSequence = code_sequence(name)
    return item
