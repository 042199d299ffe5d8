"""TID 5300, the simplified adult echo report, written with pydicom.

What is plain stands under the code of its measurement alone (TID 5301), which has no place for a
doubt, a method or an input. Whatever needs one is post-coordinated (TID 5302).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydicom.dataset import Dataset

from EchoMeasureLib.exporting.structured_report.code_words import PRECOORDINATED
from EchoMeasureLib.exporting.structured_report.common_items import (
    algorithm_items,
    answer_site,
    certainty_texts,
    closing_items,
    input_items,
    language_item,
    numbers_of,
    observer_items,
    selection_items,
)
from EchoMeasureLib.exporting.structured_report.content_items import (
    CONTAINS,
    MODIFIER,
    PROPERTIES,
    code_item,
    container_item,
    coordinates_item,
    number_item,
    text_item,
)
from EchoMeasureLib.exporting.structured_report.report_answers import Answer
from EchoMeasureLib.exporting.structured_report.report_choices import SEXES
from EchoMeasureLib.exporting.structured_report.report_codes import (
    AGE,
    BASIS,
    BEAT_NUMBER,
    BEFORE_EDIT,
    BODY_SURFACE,
    CYCLE_POINT,
    DOUBT,
    FLOW_DIRECTION,
    HEIGHT,
    IMAGE_MODE,
    IMAGE_VIEW,
    MEASURED,
    MEASUREMENT_TYPE,
    METHOD,
    NOT_COUNTED,
    OBSERVATION_TYPE,
    PROPERTY,
    RATIO,
    SELECTION,
    SEX,
    SHORT_LABEL,
    SITE,
    USER_CHOSEN,
    WEIGHT,
    SrCode,
    dcm,
)
from EchoMeasureLib.exporting.structured_report.report_contents import ReportContents, ReportedValue
from EchoMeasureLib.exporting.structured_report.report_meanings import (
    MEANINGS,
    cycle_point,
    property_of,
)

TITLE = dcm("125200", "Adult Echocardiography Procedure Report")


def echo_report(contents: ReportContents, sources: Mapping[str, Dataset]) -> Dataset:
    """The root of the content tree; `sources` are the headers of the images by their keys."""
    numbers = numbers_of(contents)
    alone = {a.inputs[0] for a in contents.answers if a.n == 1 and a.reviewed and _is_plain(a)}
    plain = [value for value in contents.values if _plain_value(value)]
    pre = [_simple(value, sources[value.entry.image], value.uid in alone) for value in plain]
    pre += [_mean(a) for a in contents.answers if a.n > 1 and a.reviewed and _is_plain(a)]
    there = {value.uid for value in plain}
    post = [
        _described(value, sources[value.entry.image])
        for value in contents.values
        if value.uid not in there
    ]
    post += [
        _previous(value, sources[value.entry.image])
        for value in contents.values
        if value.previous is not None and value.output.unit != "1"
    ]
    post += [_answer(a, numbers) for a in contents.answers if _has_own_place(a)]
    children = [
        language_item(),
        *observer_items(contents.reviewer),
        _patient(contents),
        container_item(CONTAINS, dcm("125301", "Pre-coordinated Measurements"), pre),
        container_item(CONTAINS, dcm("125302", "Post-coordinated Measurements"), post),
        *closing_items(contents),
    ]
    return container_item("", TITLE, [child for child in children if _is_filled(child)])


def _is_filled(item: Dataset) -> bool:
    return item.ValueType != "CONTAINER" or "ContentSequence" in item


def _is_plain(answer: Answer) -> bool:
    """Whether the code of a measured answer says all there is to say."""
    return answer.kind == MEASURED and answer.code.value in PRECOORDINATED


def _plain_value(value: ReportedValue) -> bool:
    """Whether the code of a value says all there is to say of it."""
    return value.code.value in PRECOORDINATED and not value.doubts and not value.not_counted


def _has_own_place(answer: Answer) -> bool:
    """Whether an answer is not said already, by the patient's facts or a plain measurement."""
    if answer.code in (HEIGHT, WEIGHT, BODY_SURFACE):
        return False
    if answer.kind != MEASURED:
        return True
    return not answer.reviewed or not _is_plain(answer)


def _simple(value: ReportedValue, source: Dataset, chosen: bool) -> Dataset:
    """TID 5301."""
    children = [
        *([code_item(PROPERTIES, SELECTION, USER_CHOSEN)] if chosen else []),
        text_item(PROPERTIES, SHORT_LABEL, value.label),
        coordinates_item(value.value, source, value.entry.frame),
    ]
    return number_item(CONTAINS, value.code, value.number, value.output.unit, value.uid, children)


def _mean(answer: Answer) -> Dataset:
    """TID 5301 of a mean, which is the value that counts."""
    modifiers = list(selection_items(answer))
    # The template wants the selection before the derivation.
    children = [*reversed(modifiers), text_item(PROPERTIES, SHORT_LABEL, answer.name)]
    return number_item(CONTAINS, answer.code, answer.number, answer.unit, answer.uid, children)


def _described(value: ReportedValue, source: Dataset) -> Dataset:
    """TID 5302 of a caliper that needs a word: of its doubt, or that it does not count."""
    caliper = value.entry.caliper
    words = [
        (BEAT_NUMBER, "" if value.beat is None else str(value.beat)),
        (NOT_COUNTED, value.not_counted),
        *((DOUBT, doubt) for doubt in value.doubts),
        *certainty_texts(value),
    ]
    children = [
        *_modifiers(value, RATIO if value.output.unit == "1" else MEASURED),
        *(algorithm_items(caliper.model) if caliper.model and not caliper.origin.by_hand else ()),
        text_item(PROPERTIES, SHORT_LABEL, value.label),
        *(text_item(PROPERTIES, name, text) for name, text in words if text),
        coordinates_item(value.value, source, value.entry.frame),
    ]
    return number_item(CONTAINS, value.code, value.number, value.output.unit, value.uid, children)


def _previous(value: ReportedValue, source: Dataset) -> Dataset:
    """TID 5302 of what the network had said before, under a name that is no measurement's."""
    assert value.previous is not None
    caliper, before = value.previous
    label = text_item(PROPERTIES, SHORT_LABEL, f"{value.label} before the edit")
    children = [
        *_modifiers(value, MEASURED),
        *(algorithm_items(caliper.model) if caliper.model else ()),
        label,
        coordinates_item(before, source, caliper.frame),
    ]
    number = abs(before.value or 0.0)
    return number_item(CONTAINS, BEFORE_EDIT, number, value.output.unit, "", children)


def _modifiers(value: ReportedValue, kind: SrCode) -> Iterator[Dataset]:
    meaning = MEANINGS[value.entry.measurement]
    said = (
        (MEASUREMENT_TYPE, kind),
        (SITE, meaning.site),
        (OBSERVATION_TYPE, meaning.about),
        (PROPERTY, property_of(value.entry.measurement, value.output)),
        (IMAGE_MODE, meaning.mode),
        (IMAGE_VIEW, meaning.view),
        (CYCLE_POINT, cycle_point(value.output.id, value.phase)),
        (FLOW_DIRECTION, meaning.flow),
    )
    yield from (code_item(MODIFIER, name, code) for name, code in said if code is not None)


def _answer(answer: Answer, numbers: Mapping[str, Dataset]) -> Dataset:
    """TID 5302 of what was calculated or given by hand, with its inputs."""
    site = answer_site(answer)
    children = [
        code_item(MODIFIER, MEASUREMENT_TYPE, answer.kind),
        *([code_item(MODIFIER, SITE, site)] if site else []),
        *([code_item(MODIFIER, METHOD, answer.method)] if answer.method else []),
        *selection_items(answer),
        text_item(PROPERTIES, SHORT_LABEL, answer.name),
        *([text_item(PROPERTIES, BASIS, answer.basis)] if answer.basis else []),
        *(text_item(PROPERTIES, DOUBT, doubt) for doubt in answer.doubts),
        *input_items(answer, numbers),
    ]
    return number_item(CONTAINS, answer.code, answer.number, answer.unit, answer.uid, children)


def _patient(contents: ReportContents) -> Dataset:
    """TID 3602: age, sex, height and weight are there even where they are not known."""
    subject = contents.subject
    answers = {answer.code: answer for answer in contents.answers}

    def fact(code: SrCode, number: float | None, unit: str) -> Dataset:
        known = answers.get(code)
        return number_item(CONTAINS, code, number, unit, known.uid if known else "")

    surface = answers.get(BODY_SURFACE)
    children = [
        fact(AGE, subject.age, "a"),
        code_item(CONTAINS, SEX, SEXES.get(subject.sex, dcm("U", "Unknown sex"))),
        fact(HEIGHT, subject.height_cm, "cm"),
        fact(WEIGHT, subject.weight_kg, "kg"),
        *([fact(BODY_SURFACE, surface.number, surface.unit)] if surface else []),
    ]
    return container_item(CONTAINS, dcm("121118", "Patient Characteristics"), children)
