"""A report that EchoMeasure wrote, read back as a review of its images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.structured_report.own_calipers import (
    ReportedCaliper,
    own_calipers,
    reader_of,
)
from EchoMeasureLib.exporting.structured_report.report_choices import (
    SEXES,
    examination_choices,
    subject_choices,
)
from EchoMeasureLib.exporting.structured_report.report_codes import (
    AGE,
    BASIS,
    FROM_FILE,
    HEIGHT,
    SEX,
    WEIGHT,
    SrCode,
    given_code,
    own,
    same,
)
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode, ReportTree
from EchoMeasureLib.exporting.structured_report.values_beside import check_same_study
from EchoMeasureLib.exporting.study_object import MAKER
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.examination import GIVEN, Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts, image_key
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.ledger import Clock, utc_now
from EchoMeasureLib.review.session import Review

TOLERANCE = 1e-3
"""Share by which a number may differ from that of the report, which has points in 32 bits."""


def images_of_report(tree: ReportTree) -> tuple[str, ...]:
    """SOP Instance UIDs of the images that have calipers.

    Raises `InvalidArgument` for a report that EchoMeasure did not write, or without calipers.
    """
    if tree.maker != MAKER:
        raise InvalidArgument(
            f"The report is by {tree.maker or 'an unknown maker'}, and not by EchoMeasure.",
            "Set its values beside a review: echomeasure sr REPORT --beside REVIEW.",
        )
    calipers, _ = own_calipers(tree)
    if not calipers:
        raise InvalidArgument("The report has no calipers.")
    return tuple(dict.fromkeys(caliper.image for caliper in calipers))


def review_of_report(
    tree: ReportTree, cines: Sequence[Cine], clock: Clock = utc_now
) -> tuple[Review, tuple[str, ...]]:
    """The review that a report was made from, with all images open, and what differs, in words.

    `cines` are the images that have calipers, in any order. Numbers are measured anew from the
    points; what the report does not carry is gone: rejected calipers, the audit trail, marks and
    calibration by hand. Raises `InvalidArgument` for an image that is missing or of another
    study or patient, and `InvalidDocument` for a caliper that its image has no place for.
    """
    by_key = {image_key(cine): cine for cine in cines}
    for uid in images_of_report(tree):
        if uid not in by_key:
            raise InvalidArgument(
                f"Image {uid} of the report is missing.", "Name its file with --file."
            )
    found, notes = own_calipers(tree)
    ids: set[str] = set()
    entries = [_entry(caliper, by_key[caliper.image], ids) for caliper in found]
    facts = [ImageFacts.of(by_key[uid]) for uid in images_of_report(tree)]
    layer = Layer(reader_of(tree) or NOBODY, tuple(entries), (), _subject(tree), _examination(tree))
    check_same_study(Review.resume(facts, layer), tree)
    review = _opened(facts, layer, by_key, clock)
    notes = (*notes, *(words for pair in _pairs(found, review) for words in _differences(*pair)))
    lost = {entry.id: why for said, entry in _pairs(found, review) if (why := _lost(said, entry))}
    if lost:
        kept = (replace(e, left_out=e.left_out or lost.get(e.id, "")) for e in entries)
        review = _opened(facts, replace(layer, entries=tuple(kept)), by_key, clock)
    return review, (*notes, *(f"{id} counts for nothing: {why}." for id, why in lost.items()))


def _opened(
    facts: Sequence[ImageFacts], layer: Layer, cines: Mapping[str, Cine], clock: Clock
) -> Review:
    review = Review.resume(facts, layer, clock)
    for fact in facts:
        review.add_cine(cines[fact.key])
    return review


def _pairs(
    found: Sequence[ReportedCaliper], review: Review
) -> Iterator[tuple[ReportedCaliper, Entry]]:
    return zip(found, review.entries.values(), strict=True)


def _lost(said: ReportedCaliper, entry: Entry) -> str:
    """What spoke against a caliper, and cannot be seen without the frames beside it."""
    lost = said.doubts - {flag.words for flag in entry.caliper.flags}
    return f"flagged in the report: {', '.join(sorted(lost))}" if lost else ""


def _entry(caliper: ReportedCaliper, cine: Cine, ids: set[str]) -> Entry:
    try:
        placed = measure(
            cine,
            definition(caliper.measurement),
            caliper.points,
            caliper.frame,
            Origin.of(caliper.model),
            caliper.model,
            caliper.quality,
        )
    except InvalidArgument as error:
        raise InvalidDocument(f"The report does not fit its image: {error.problem}") from error
    return Entry(
        _new_id(caliper, ids),
        caliper.image,
        placed if caliper.model is not None else None,
        placed,
        caliper.status,
        caliper.reviewer,
        notes=caliper.note,
        phase=caliper.phase,
        left_out=caliper.left_out,
    )


def _new_id(caliper: ReportedCaliper, ids: set[str]) -> str:
    stem = caliper.id or f"{caliper.measurement}-sr-f{caliper.frame}"
    id, number = stem, 1
    while id in ids:
        number += 1
        id = f"{stem}-{number}"
    ids.add(id)
    return id


def _differences(said: ReportedCaliper, entry: Entry) -> Iterator[str]:
    caliper: Caliper = entry.caliper
    for output, number in said.numbers.items():
        value = caliper.value(output)
        row = CATALOG[said.measurement].output(output)
        if value.value is None:
            yield f"{entry.id}: the report says {row.text(number)}, the image gives no number."
        elif abs(abs(value.value) - number) > TOLERANCE * number:
            yield (
                f"{entry.id}: the report says {row.text(number)}, the image gives "
                f"{row.text(value.value)}."
            )


def _everything(node: ReportNode) -> Iterator[ReportNode]:
    yield node
    for child in node.children:
        if child.relation != "INFERRED FROM":
            yield from _everything(child)


def _found(tree: ReportTree, code: SrCode) -> ReportNode | None:
    numbers = (node for node in _everything(tree.root) if node.number is not None)
    # A heart rate that rests on anything else is that of a cardiac output.
    given = (node for node in numbers if not set(node.words_of(BASIS)) - {FROM_FILE})
    return next((node for node in given if same(node.name, code)), None)


def _number(tree: ReportTree, code: SrCode) -> float | None:
    found = _found(tree, code)
    return None if found is None else found.number


def _subject(tree: ReportTree) -> Subject:
    everything = list(_everything(tree.root))
    sexes = (node.code for node in everything if same(node.name, SEX))
    sex = next((code.value for code in sexes if code is not None), "")
    said = {
        "sex": sex if sex in SEXES else "",
        "height_cm": _number(tree, HEIGHT),
        "weight_kg": _number(tree, WEIGHT),
        "age": _number(tree, AGE),
        **subject_choices(everything),
    }
    known = {name for name, value in said.items() if value not in (None, "")}
    try:
        return replace(Subject(), **{**said, "from_file": said["from_file"] & known})
    except InvalidArgument as error:
        raise InvalidDocument(f"Of the person the report says: {error.problem}") from error


def _examination(tree: ReportTree) -> Examination:
    calculated = {n.name.value for n in _everything(tree.root) if n.name and _inputs(n)}
    said: dict[str, Any] = examination_choices(_everything(tree.root))
    from_file = set()
    for id in GIVEN.keys() - calculated:
        # Reports from before 2026-11-28 have a code of our own for every one.
        found = _found(tree, given_code(id, "")) or _found(tree, own(id, ""))
        if found is not None:
            said[id] = found.number
            if FROM_FILE in found.words_of(BASIS):
                from_file.add(id)
    try:
        return replace(Examination(), **said, from_file=frozenset(from_file))
    except InvalidArgument as error:
        raise InvalidDocument(f"Of the examination the report says: {error.problem}") from error


def _inputs(node: ReportNode) -> bool:
    return any(child.kind == "NUM" and child.relation == "INFERRED FROM" for child in node.children)
