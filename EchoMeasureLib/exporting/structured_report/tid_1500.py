"""TID 1500, the measurement report that viewers and research tools read, made with highdicom.

Each caliper is a group with one number, whose coordinates lie on its frame: Cornerstone's viewers
take no other. Means and what is derived stand under Derived Imaging Measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.structured_report.common_items import (
    DEVICE,
    DEVICE_UID,
    MODEL_NAME,
    PERSON,
    algorithm_parameters,
    answer_site,
    certainty_texts,
    closing_items,
    input_items,
    numbers_of,
    previous_words,
    selection_items,
)
from EchoMeasureLib.exporting.structured_report.content_items import (
    CONTAINS,
    CONTEXT,
    MODIFIER,
    PROPERTIES,
    code_item,
    container_item,
    graphic_points,
    graphic_type,
    name_item,
    number_item,
    person_name,
    text_item,
)
from EchoMeasureLib.exporting.structured_report.report_answers import Answer
from EchoMeasureLib.exporting.structured_report.report_choices import SEXES
from EchoMeasureLib.exporting.structured_report.report_codes import (
    AGE,
    BASIS,
    BEAT_NUMBER,
    BEFORE_EDIT,
    COMMENT,
    CYCLE_POINT,
    DOUBT,
    FLOW_DIRECTION,
    IMAGE_MODE,
    IMAGE_VIEW,
    MEASURED,
    METHOD,
    NOT_COUNTED,
    NOTE,
    OBSERVER_NAME,
    REVIEW_STATUS,
    SEX,
    SITE,
    SrCode,
    dcm,
    own,
    sct,
    tool_of,
    unit_code,
)
from EchoMeasureLib.exporting.structured_report.report_contents import ReportContents, ReportedValue
from EchoMeasureLib.exporting.structured_report.report_meanings import MEANINGS, cycle_point
from EchoMeasureLib.exporting.structured_report.source_images import frames_of
from EchoMeasureLib.exporting.study_object import MAKER
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.texts import clean

if TYPE_CHECKING:
    from highdicom import sr

TOOL = "Cornerstone3DTools@^0.1.0"
"""How the tracking identifier of a caliper begins that Cornerstone's viewers load."""

DERIVED = dcm("126011", "Derived Imaging Measurements")
EVALUATIONS = SrCode("C0034375", "UMLS", "Qualitative Evaluations")


def measurement_report(contents: ReportContents, sources: Mapping[str, Dataset]) -> Dataset:
    """The root of the content tree; `sources` are the headers of the images by their keys.

    Raises `ModuleNotFoundError` without highdicom.
    """
    from highdicom import sr

    placed = [value for value in contents.values if not _is_ratio(value)]
    report = sr.MeasurementReport(
        _observers(contents.reviewer),
        _coded(sct("40701008", "Echocardiography")),
        [_group(value, sources[value.entry.image]) for value in placed],
        referenced_images=list(sources.values()),
    )
    root = _plain(report[0])
    for value, group in zip(placed, _below(root, "126010", "125007"), strict=True):
        _complete(group, value)
    after = max(i for i, item in enumerate(root.ContentSequence) if _is_context(item)) + 1
    root.ContentSequence[after:after] = list(_subject_items(contents.subject))
    numbers = numbers_of(contents)
    derived = [_ratio(v, contents, numbers) for v in contents.values if _is_ratio(v)]
    derived += [_answer(answer, numbers) for answer in contents.answers]
    root.ContentSequence.append(container_item(CONTAINS, DERIVED, derived))
    root.ContentSequence.append(container_item(CONTAINS, EVALUATIONS, closing_items(contents)))
    return root


def _plain(item: Dataset) -> Dataset:
    """The item without highdicom's classes, which take no items but their own."""
    plain = Dataset()
    for element in item:
        value = element.value
        if element.VR == "SQ":
            value = DicomSequence([_plain(below) for below in value])
        plain.add_new(element.tag, element.VR, value)
    return plain


def _below(item: Dataset, *names: str) -> list[Dataset]:
    """The items that one comes to by these codes, a level each."""
    found = [item]
    for name in names:
        children = (child for parent in found for child in parent.get("ContentSequence", ()))
        found = [c for c in children if c.ConceptNameCodeSequence[0].get("CodeValue") == name]
    return found


def _coded(code: SrCode) -> sr.CodedConcept:
    from highdicom import sr

    return sr.CodedConcept(code.value, code.scheme, clean(code.meaning)[:64])


def _observers(reviewer: str) -> sr.ObservationContext:
    from highdicom import sr

    person = None
    if reviewer != NOBODY:
        name = sr.PersonObserverIdentifyingAttributes(person_name(reviewer))
        person = sr.ObserverContext(_coded(PERSON), name)
    what = sr.DeviceObserverIdentifyingAttributes(DEVICE_UID, MAKER, MAKER, MODEL_NAME)
    return sr.ObservationContext(person, sr.ObserverContext(_coded(DEVICE), what))


def _is_context(item: Dataset) -> bool:
    return bool(item.RelationshipType in (CONTEXT, MODIFIER))


def _subject_items(subject: Subject) -> Iterator[Dataset]:
    """TID 1007, as far as it is known; who it is stands in the header."""
    if subject.sex:
        yield code_item(CONTEXT, SEX, SEXES[subject.sex])
    if subject.age is not None:
        yield number_item(CONTEXT, AGE, subject.age, "a")


def _is_ratio(value: ReportedValue) -> bool:
    """Whether a number of a caliper was made from its other ones."""
    return value.output.unit == "1"


def _group(value: ReportedValue, source: Dataset) -> sr.MeasurementsAndQualitativeEvaluations:
    """TID 1501 with one NUM, whose one child is its place."""
    from highdicom import sr

    entry = value.entry
    number = sr.Measurement(
        _coded(value.code),
        value.number,
        _coded(unit_code(value.output.unit)),
        referenced_coordinates=[_coordinates(value, source)],
    )
    tool = tool_of(CATALOG[entry.measurement])
    return sr.MeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(value.uid, f"{TOOL}:{tool}:{entry.id}"),
        measurements=[number],
        finding_type=_coded(value.code),
        finding_sites=[sr.FindingSite(_coded(MEANINGS[entry.measurement].site))],
        method=_coded(MEASURED),
        algorithm_id=_algorithm(value),
        qualitative_evaluations=[
            sr.QualitativeEvaluation(_coded(name), _coded(code)) for name, code in _facts(value)
        ],
    )


def _coordinates(value: ReportedValue, source: Dataset) -> sr.CoordinatesForMeasurement:
    from highdicom import sr

    frames = [value.entry.frame + 1] if frames_of(source) > 1 else None
    image = sr.SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID, frames)
    points = np.array(graphic_points(value.value))
    return sr.CoordinatesForMeasurement(graphic_type(value.value), points, image)


def _algorithm(value: ReportedValue) -> sr.AlgorithmIdentification | None:
    """The network or reader that put it where it is; none where a person did."""
    from highdicom import sr

    caliper = value.entry.caliper
    model = caliper.model
    if model is None or caliper.origin.by_hand:
        return None
    parameters = algorithm_parameters(model)
    return sr.AlgorithmIdentification(*model.algorithm, parameters or None)


def _facts(value: ReportedValue) -> Iterator[tuple[SrCode, SrCode]]:
    """Status, phase, mode, view and direction of flow, as far as they are known."""
    entry, meaning = value.entry, MEANINGS[value.entry.measurement]
    yield REVIEW_STATUS, own(entry.status.value, entry.status.value.capitalize())
    point = cycle_point(value.output.id, value.phase)
    pairs = (
        (CYCLE_POINT, point),
        (IMAGE_MODE, meaning.mode),
        (IMAGE_VIEW, meaning.view),
        (FLOW_DIRECTION, meaning.flow),
    )
    yield from ((name, code) for name, code in pairs if code is not None)


def _complete(group: Dataset, value: ReportedValue) -> None:
    """Add to a group what highdicom has no place for."""
    for item in group.ContentSequence:
        if item.ValueType == "NUM":
            item.ObservationUID = value.uid
            item.MeasuredValueSequence[0].FloatingPointValue = value.number
    entry = value.entry
    words = [
        (COMMENT, value.label),
        (BEAT_NUMBER, "" if value.beat is None else str(value.beat)),
        *((DOUBT, doubt) for doubt in value.doubts),
        *certainty_texts(value),
        (NOT_COUNTED, value.not_counted),
        (BEFORE_EDIT, previous_words(value)),
        (NOTE, entry.notes),
    ]
    group.ContentSequence.extend(text_item(CONTAINS, name, text) for name, text in words if text)
    if entry.reviewed and entry.reviewer:
        group.ContentSequence.append(name_item(CONTEXT, OBSERVER_NAME, entry.reviewer))


def _ratio(
    value: ReportedValue, contents: ReportContents, numbers: Mapping[str, Dataset]
) -> Dataset:
    """The ratio of one beat, from the other numbers of its caliper."""
    parts = [
        numbers[other.uid]
        for other in contents.values
        if other.entry.id == value.entry.id and not _is_ratio(other)
    ]
    children = [
        *(text_item(PROPERTIES, DOUBT, doubt) for doubt in value.doubts),
        *parts,
    ]
    return number_item(CONTAINS, value.code, value.number, value.output.unit, value.uid, children)


def _answer(answer: Answer, numbers: Mapping[str, Dataset]) -> Dataset:
    """A mean, a value given by hand or a derived one."""
    site = answer_site(answer)
    children = [
        code_item(MODIFIER, METHOD, answer.method or answer.kind),
        *([code_item(MODIFIER, SITE, site)] if site else []),
        *selection_items(answer),
        *([text_item(PROPERTIES, BASIS, answer.basis)] if answer.basis else []),
        *(text_item(PROPERTIES, DOUBT, doubt) for doubt in answer.doubts),
        *input_items(answer, numbers),
    ]
    return number_item(CONTAINS, answer.code, answer.number, answer.unit, answer.uid, children)
