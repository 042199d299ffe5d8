"""What the reports of both templates say in the same way: observers, inputs, grades, the notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydicom.dataset import Dataset

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.structured_report.content_items import (
    CONTAINS,
    CONTEXT,
    INFERRED,
    MODIFIER,
    PROPERTIES,
    code_item,
    name_item,
    number_item,
    text_item,
    uid_item,
)
from EchoMeasureLib.exporting.structured_report.report_answers import Answer, named_uid
from EchoMeasureLib.exporting.structured_report.report_choices import choice_items
from EchoMeasureLib.exporting.structured_report.report_codes import (
    CERTAINTY,
    DERIVATION,
    DOUBT_MEANS,
    GRADE,
    MEAN,
    MEAN_CHOSEN,
    NOTICE,
    OBSERVER_NAME,
    OTHER_VIEW,
    QUALITY,
    REMARK,
    SELECTION,
    USER_CHOSEN,
    SrCode,
    dcm,
)
from EchoMeasureLib.exporting.structured_report.report_contents import ReportContents, ReportedValue
from EchoMeasureLib.exporting.structured_report.report_meanings import MEANINGS, SITES
from EchoMeasureLib.exporting.study_object import MAKER
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.texts import each_once

MODEL_NAME = f"{MAKER} {__version__}"

DEVICE_UID = named_uid(MODEL_NAME)
"""Of this version of the program, wherever it runs."""

_OBSERVER_TYPE = dcm("121005", "Observer Type")
PERSON, DEVICE = dcm("121006", "Person"), dcm("121007", "Device")
ALGORITHM_NAME = dcm("111001", "Algorithm Name")
ALGORITHM_VERSION = dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS = dcm("111002", "Algorithm Parameters")


def language_item() -> Dataset:
    """TID 1204: English."""
    name = dcm("121049", "Language of Content Item and Descendants")
    return code_item(MODIFIER, name, SrCode("en", "RFC5646", "English"))


def observer_items(reviewer: str) -> Iterator[Dataset]:
    """TID 1001: the person, where one has reviewed, and the program."""
    if reviewer != NOBODY:
        yield code_item(CONTEXT, _OBSERVER_TYPE, PERSON)
        yield name_item(CONTEXT, OBSERVER_NAME, reviewer)
    yield code_item(CONTEXT, _OBSERVER_TYPE, DEVICE)
    yield uid_item(CONTEXT, dcm("121012", "Device Observer UID"), DEVICE_UID)
    yield text_item(CONTEXT, dcm("121013", "Device Observer Name"), MAKER)
    yield text_item(CONTEXT, dcm("121014", "Device Observer Manufacturer"), MAKER)
    yield text_item(CONTEXT, dcm("121015", "Device Observer Model Name"), MODEL_NAME)


def algorithm_parameters(model: Provenance) -> list[str]:
    """How the network was run, a word and its value each."""
    said = {
        "weights": model.set,
        "decoder": model.decoder,
        "engine": model.engine,
        "precision": model.precision,
    }
    return [f"{name}={word}" for name, word in said.items() if word]


def algorithm_items(model: Provenance) -> Iterator[Dataset]:
    """TID 4019: the network by the hash of its weights, and how it was run; or the reader."""
    name, version = model.algorithm
    yield text_item(MODIFIER, ALGORITHM_NAME, name)
    yield text_item(MODIFIER, ALGORITHM_VERSION, version)
    for parameter in algorithm_parameters(model):
        yield text_item(MODIFIER, ALGORITHM_PARAMETERS, parameter)


def selection_items(answer: Answer) -> Iterator[Dataset]:
    """That an answer is the one that counts, and that it is a mean where it is one."""
    if answer.n > 1:
        yield code_item(MODIFIER, DERIVATION, MEAN)
    if answer.reviewed and answer.n:
        chosen = MEAN_CHOSEN if answer.n > 1 else USER_CHOSEN
        yield code_item(PROPERTIES, SELECTION, chosen)


def input_items(answer: Answer, numbers: Mapping[str, Dataset]) -> Iterator[Dataset]:
    """The numbers an answer was made from, repeated under the same observation UIDs."""
    for uid in answer.inputs:
        if uid in numbers:
            yield numbers[uid]


def numbers_of(contents: ReportContents) -> dict[str, Dataset]:
    """Every value and answer as an input of others, by its UID."""
    found = {
        value.uid: number_item(INFERRED, value.code, value.number, value.output.unit, value.uid)
        for value in contents.values
    }
    return found | {
        answer.uid: number_item(INFERRED, answer.code, answer.number, answer.unit, answer.uid)
        for answer in contents.answers
    }


def closing_items(contents: ReportContents) -> Iterator[Dataset]:
    """Classes and grades with their rules, what they rest on, remarks, and the notice."""
    for name, words in contents.classes:
        yield text_item(CONTAINS, name, words)
    for grade in contents.grades:
        yield text_item(CONTAINS, GRADE, grade_words(grade))
    yield from choice_items(contents.subject, contents.examination)
    for remark in contents.remarks:
        yield text_item(CONTAINS, REMARK, remark)
    for absent in contents.left_out:
        yield text_item(CONTAINS, REMARK, f"Not in this report: {absent}.")
    yield text_item(CONTAINS, NOTICE, RESEARCH_USE_ONLY)


def grade_words(grade: Grade) -> str:
    """A grade with its table, the rules that led to it and every question that was asked."""
    answers = {True: "yes", False: "no", None: "not known"}
    rule = f" (rule {grade.rule})" if grade.fired else ""
    lines = [f"{grade.guideline}: {grade.words}{rule}", f"Table {grade.table}, {grade.version}"]
    lines += [f"{asked.words}: {answers[asked.holds]}" for asked in grade.criteria]
    if grade.missing:
        lines.append(f"Missing: {', '.join(grade.missing)}")
    lines += [f"Would change it: {change}" for change in grade.changes]
    return "\n".join([*lines, *grade.notes])


def certainty_texts(value: ReportedValue) -> Iterator[tuple[SrCode, str]]:
    """How sure the network was, a line for each point of the number, and what its flags mean."""
    caliper = value.entry.caliper
    for point in value.value.points:
        said = {"confidence": point.confidence, "disagreement": point.disagreement}
        text = " ".join(
            f"{name}={number:.6g}" for name, number in said.items() if number is not None
        )
        if text:
            yield CERTAINTY, text
    if caliper.quality:
        yield QUALITY, caliper.quality
    if caliper.view:
        yield OTHER_VIEW, caliper.view
    elsewhere = each_once(caliper.quality, caliper.view)
    means = " ".join(text for text in each_once(value.value.doubts) if text not in elsewhere)
    if means:
        yield DOUBT_MEANS, means


def previous_words(value: ReportedValue) -> str:
    """What the network had said before the reviewer's edit, with its place; empty for none."""
    if value.previous is None:
        return ""
    caliper, before = value.previous
    places = " ".join(f"({point.x:.2f}, {point.y:.2f})" for point in before.points)
    model = caliper.model
    by = f", placed by {' '.join(model.algorithm)}" if model else ""
    return f"{abs(before.value or 0.0):.6g} {value.output.unit} at pixels {places}{by}"


def answer_site(answer: Answer) -> SrCode | None:
    """The finding site of an answer, where its code alone does not say it."""
    if answer.site:
        return SITES[answer.site]
    output = OUTPUTS.get(answer.id)
    row = next((row for row in CATALOG.values() if output in row.outputs), None)
    return MEANINGS[row.id].site if row else None
