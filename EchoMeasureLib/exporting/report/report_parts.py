"""The other parts of a report: grades, pictures, the audit trail, and where all of it is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from EchoMeasureLib import __version__
from EchoMeasureLib.catalog import CATALOG, CATALOG_VERSION
from EchoMeasureLib.exporting.report.html_text import (
    Html,
    Part,
    element,
    joined,
    listed,
    table,
    whole,
)
from EchoMeasureLib.exporting.report.shown_frames import ShownFrame
from EchoMeasureLib.exporting.report.trail_rows import trail_rows
from EchoMeasureLib.exporting.study_files import StudyFile
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.formulae import FORMULAE_VERSION
from EchoMeasureLib.measuring.grading import ranges, uncertainty
from EchoMeasureLib.measuring.grading.rules import INSUFFICIENT, Grade
from EchoMeasureLib.measuring.sheet import Sheet
from EchoMeasureLib.review.frames_run import which_frames_run
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.rounding import frame_spans

_HOLDS = {"Holds": True, "Does not hold": False, "Not known": None}


def grade_parts(grades: Iterable[Grade]) -> Html:
    """Every grade with its rule, what was asked and what is missing."""
    return joined(_grade(grade) for grade in grades)


def _grade(grade: Grade) -> Html:
    rule = f" (rule {grade.rule})" if grade.fired else ""
    lines: list[Part] = [element("p", element("strong", grade.words), rule)]
    if grade.missing:
        lines.append(element("p", f"Missing: {', '.join(grade.missing)}."))
    for word, holds in _HOLDS.items():
        asked = [one.words for one in grade.criteria if one.holds is holds]
        asked = [words for words in asked if words not in grade.missing]
        if asked:
            lines.append(element("p", f"{word}: {'; '.join(asked)}."))
    if grade.changes and grade.outcome in ("indeterminate", INSUFFICIENT):
        lines += [element("p", "Would change it:"), listed(grade.changes)]
    if grade.notes:
        lines.append(element("p", f"Note: {'; '.join(grade.notes)}."))
    return element("section", element("h3", grade.guideline), lines, class_="grade")


def picture_parts(frames: Sequence[ShownFrame]) -> Html:
    """Every picture with what is measured on it, or with the reason why there is none."""
    return element("div", map(_figure, frames), class_="pictures") if frames else Html()


def _figure(shown: ShownFrame) -> Html:
    values = "; ".join(shown.values)
    caption = element("figcaption", element("strong", shown.title), f"\n{values}")
    if not shown.data_url:
        return element(
            "figure", element("p", f"No picture. {shown.reason}", class_="none"), caption
        )
    picture = element("img", src=shown.data_url, alt=f"{shown.title}, with calipers: {values}")
    return element("figure", picture, caption)


def trail_parts(review: Review, files: Sequence[StudyFile]) -> Html:
    """The audit trail of every review, each in a table of its own."""
    images = {key: number for number, key in enumerate(review.images, 1)}
    heads = ("Step", "Time (UTC)", "Who", "What", "Caliper", "Change", "Why")
    tables = []
    for number, file in enumerate(files, 1):
        if not file.reviewed:
            continue
        rows = (
            (
                row.number,
                whole(row.time),
                row.who,
                row.action,
                row.caliper,
                row.change,
                row.why,
            )
            for row in trail_rows(file.layer, images)
        )
        caption = f"File {number}, review of {file.layer.reviewer}"
        tables.append(table(caption, heads, rows, "small"))
    return joined(tables)


def origin_parts(review: Review, files: Sequence[StudyFile], sheet: Sheet) -> Html:
    """Images, networks and their frames, files, software and sources."""
    return joined(
        _images(review),
        _networks(review),
        _frames(review),
        _files(files),
        _software(),
        _sources(sheet),
    )


def _images(review: Review) -> Html:
    rows = [
        (f"Image {number}", _size(facts), _device(facts), code(_name(facts)), _timing(facts))
        for number, facts in enumerate(review.images.values(), 1)
    ]
    heads = ("Image", "Size", "Made by", "SOP Instance UID, else hash of the file", "Times from")
    studies = dict.fromkeys(facts.identity.study_instance_uid for facts in review.images.values())
    series = dict.fromkeys(facts.identity.series_instance_uid for facts in review.images.values())
    return joined(
        table("Images", heads, rows, "small"),
        _uids("Study Instance UID", studies),
        _uids("Series Instance UID", series),
    )


def _uids(name: str, found: Iterable[str]) -> Html:
    known = [uid for uid in found if uid]
    return element("p", f"{name}: ", code(", ".join(known))) if known else Html()


def code(text: str) -> Html:
    """A UID or a hash, which may break anywhere."""
    return element("span", text, class_="code")


def _name(facts: ImageFacts) -> str:
    identity = facts.identity
    return identity.sop_instance_uid or identity.file_sha256 or facts.key


def _size(facts: ImageFacts) -> str:
    frames = "still" if facts.frame_count == 1 else f"{facts.frame_count} frames"
    return f"{frames}, {facts.size}"


def _device(facts: ImageFacts) -> str:
    parts = (facts.identity.manufacturer, facts.identity.model)
    return " ".join(part for part in parts if part) or "not said"


def _timing(facts: ImageFacts) -> str:
    return facts.time_source if facts.frame_count > 1 else ""


def _networks(review: Review) -> Html:
    found: dict[Provenance, Counter[str]] = {}
    by_hand: Counter[str] = Counter()
    for entry in review.entries.values():
        model = entry.caliper.model
        count = by_hand if model is None else found.setdefault(model, Counter())
        count[CATALOG[entry.measurement].short_name] += 1
    rows = [
        (
            model.file if model.by_envelope else f"{model.set}: {model.file}",
            code(model.sha256),
            _run(model),
            _counted(count),
        )
        for model, count in found.items()
    ]
    heads = ("Network", "SHA-256", "Decoder, engine, precision", "Calipers")
    hand = element("p", f"Placed by hand: {_counted(by_hand)}.") if by_hand else Html()
    return joined(table("Networks", heads, rows, "small"), hand)


def _frames(review: Review) -> Html:
    """Of each cine the frames on which networks were run."""
    rows = [
        (f"Image {number}", CATALOG[id].short_name, f"{len(frames)} of {facts.frame_count}", spans)
        for number, facts in enumerate(review.images.values(), 1)
        for id, frames in which_frames_run(review.entries.values(), facts).items()
        for spans in [frame_spans(frames)]
    ]
    if not rows:
        return Html()
    heads = ("Image", "Measurement", "Frames", "Which")
    caption = "Frames that networks were run on; the others are not measured"
    return table(caption, heads, rows, "small")


def _run(model: Provenance) -> str:
    return ", ".join(word for word in (model.decoder, model.engine, model.precision) if word)


def _counted(count: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in count.items())


def _files(files: Sequence[StudyFile]) -> Html:
    """Without their names, which may be of anything."""
    rows = (
        (
            f"File {number}",
            "review" if file.reviewed else "measurements",
            file.layer.reviewer,
            file.layer.saved[:19].replace("T", " "),
            file.layer.software,
        )
        for number, file in enumerate(files, 1)
    )
    return table("Files", ("File", "Kind", "Whose", "Saved (UTC)", "By EchoMeasure"), rows, "small")


def _software() -> Html:
    return element(
        "p",
        f"This page: EchoMeasure {__version__}; catalog {CATALOG_VERSION}, formulae "
        f"{FORMULAE_VERSION}, ranges {ranges.VERSION}, uncertainty {uncertainty.VERSION}.",
    )


def _sources(sheet: Sheet) -> Html:
    rows = ((row.name, row.source, row.deviation_source) for row in sheet.rows if row.text)
    there = [cells for cells in rows if cells[1] or cells[2] not in ("", "unknown")]
    heads = ("Value", "Range, else formula, from", "Uncertainty of one reading from")
    return table("Sources", heads, there, "small")


def names_of(files: Sequence[StudyFile], text: str) -> str:
    """A note with the files' numbers in place of their paths, which may name a person."""
    numbered: Iterator[tuple[str, int]] = ((file.name, n) for n, file in enumerate(files, 1))
    for name, number in sorted(numbered, key=lambda pair: -len(pair[0])):
        text = text.replace(name, f"file {number}")
    return text
