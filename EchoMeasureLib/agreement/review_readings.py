"""Readings of reviews and `measurements.json`: as the review counts, nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from EchoMeasureLib.agreement.quantities import Level
from EchoMeasureLib.agreement.readings import LeftOut, Place, Reading, Readings
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.documents import parse_json, read_text
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.measurements_reading import NOBODY, SCHEMA_STEM, parse_measurements
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.exporting.summaries import alone, summary_rows
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.review.document import MOST_BYTES, checked
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.migrations import SCHEMA
from EchoMeasureLib.review.session import Review

KIND = "reviews and measurements"

GROUPS = ("manufacturer", "model", "sex", "rhythm", "view", "reviewed")
"""By what readings of reviews can be grouped."""


def review_readings(paths: Sequence[Path], level: Level, reviewer: str | None = None) -> Readings:
    """What these reviews and measurements say at this level, study by study.

    Of a review it is the layer of `reviewer`, else the one saved last; `NOBODY` means what the
    networks said, whatever anybody made of it. Raises `InvalidDocument` for a file that is damaged
    or none of ours, and `InvalidArgument` where no study can be read as one, or has a layer of
    `reviewer`; a single one among others is left out, and why is said.
    """
    readings: list[Reading] = []
    left_out: list[LeftOut] = []
    studies: dict[str, str] = {}
    failed: InvalidArgument | None = None
    for study, own in _by_study(paths).items():
        try:
            review = _review(own, reviewer)
        except InvalidArgument as error:
            failed = error
            left_out.append(LeftOut("", Place(study=study), _careful(error.problem, own)))
            continue
        studies |= {key: _study_of(facts) for key, facts in review.images.items()}
        for found in _at(level, review):
            (readings if isinstance(found, Reading) else left_out).append(found)  # type: ignore[arg-type]
    if failed is not None and not studies:
        raise failed
    return Readings(KIND, tuple(readings), tuple(left_out), studies=studies)


def is_ours(value: object) -> bool:
    """Whether JSON says that it is a review or measurements, of whatever version."""
    schema = value.get("schema") if isinstance(value, dict) else None
    return isinstance(schema, str) and (schema == SCHEMA or schema.startswith(SCHEMA_STEM))


def _by_study(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """The files of each study; an image without one is a study of its own."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        value = parse_json(read_text(path, MOST_BYTES), str(path))
        if isinstance(value, dict) and value.get("schema") == SCHEMA:
            first = next(iter(checked(value).images.values()))
        else:
            first = parse_measurements(value, str(path)).image
        found.setdefault(_study_of(first), []).append(path)
    return found


def _study_of(facts: ImageFacts) -> str:
    return facts.identity.study_instance_uid or facts.key


def _review(paths: Sequence[Path], reviewer: str | None) -> Review:
    if reviewer != NOBODY:
        return read_study(paths, reviewer).review
    last = read_study(paths).review
    return Review.begin_from(tuple(last.images.values()), last.layer(), NOBODY)


def _careful(problem: str, paths: Sequence[Path]) -> str:
    """Without the names of files, which may be those of people."""
    for path in paths:
        problem = problem.replace(str(path), "a file")
    return problem


def _at(level: Level, review: Review) -> Iterator[Reading | LeftOut]:
    if level is Level.FRAME:
        for entry in review.entries.values():
            yield from _of_caliper(review, entry)
        return
    if level is Level.STUDY:
        for row in summary_rows(review):
            yield _of_row(review, row)
        return
    for image in review.images:
        only = alone(review, image)
        for row in summary_rows(only):
            if level is Level.IMAGE:
                yield _of_row(only, row)
            else:
                yield from _of_beats(only, row)


def _of_row(review: Review, row: SheetRow) -> Reading | LeftOut:
    images = {beat.image for beat in row.beats} or set(review.images)
    image = next(iter(images)) if len(images) == 1 else ""
    first = next(iter(review.images.values()))
    place = Place(_study_of(first), image)
    if row.value is None:
        return LeftOut(row.id, place, plain_reason(row.reason))
    groups = _groups(review, row.id, image) | {"reviewed": "yes" if row.reviewed else "no"}
    value, direction = _sized(row.id, row.value)
    return Reading(row.id, value, row.unit, place, direction, beats=max(1, row.n), groups=groups)


def _of_beats(review: Review, row: SheetRow) -> Iterator[Reading | LeftOut]:
    for beat in row.beats:
        facts = review.images[beat.image]
        place = Place(
            _study_of(facts), beat.image, frame=beat.frame, beat=beat.number, time_s=beat.time_s,
            column=_column(review, beat.entries),
        )  # fmt: skip
        if beat.value is None or not beat.counts:
            reason = plain_reason(beat.why_not) or "the beat has no number"
            yield LeftOut(row.id, place, reason)
            continue
        stands = all(review.entry(id).reviewed for id in beat.entries)
        groups = _groups(review, row.id, beat.image) | {"reviewed": "yes" if stands else "no"}
        value, direction = _sized(row.id, beat.value)
        yield Reading(row.id, value, row.unit, place, direction, groups=groups)


def _of_caliper(review: Review, entry: Entry) -> Iterator[Reading | LeftOut]:
    facts = review.images[entry.image]
    strip = CATALOG[entry.measurement].on_strip
    time = facts.times[entry.frame] if facts.times is not None and not strip else None
    place = Place(
        _study_of(facts), entry.image, frame=entry.frame,
        time_s=entry.caliper.strip_s if strip else time,
        column=_column(review, (entry.id,)),
    )  # fmt: skip
    for value in entry.caliper.values:
        excluded = plain_reason(entry.excluded) or value.reason
        if excluded or value.value is None:
            yield LeftOut(value.id, place, excluded)
            continue
        reviewed = {"reviewed": "yes" if entry.reviewed else "no"}
        groups = _groups(review, value.id, entry.image) | reviewed
        number, direction = _sized(value.id, value.value)
        yield Reading(value.id, number, value.unit, place, direction, groups=groups)


def plain_reason(reason: str) -> str:
    """Without what a person wrote, who may have named somebody."""
    for word in ("rejected", "left out"):
        if reason.startswith(word) or f" {word}:" in reason:
            return word
    return reason


def _column(review: Review, entries: Sequence[str]) -> float | None:
    """Where on a strip the calipers of a beat lie."""
    points = [p.x for id in entries for p in review.entry(id).caliper.points]
    on_strip = any(CATALOG[review.entry(id).measurement].on_strip for id in entries)
    return sum(points) / len(points) if points and on_strip else None


def _sized(id: str, value: float) -> tuple[float, int]:
    """Of a velocity its size and direction; any other number as it is."""
    if id in _VELOCITIES:
        return abs(value), 1 if value > 0 else -1
    return value, 0


def _groups(review: Review, id: str, image: str) -> dict[str, str]:
    facts = review.images.get(image)
    rhythm = review.examination.rhythm
    found = {
        "manufacturer": facts.identity.manufacturer if facts else "",
        "model": facts.identity.model if facts else "",
        "sex": review.subject.sex,
        "rhythm": rhythm.words if rhythm else "",
        "view": _VIEWS.get(id, ""),
    }
    return {name: word for name, word in found.items() if word}


_VELOCITIES = {id for id, output in OUTPUTS.items() if output.unit == "cm/s"}

_VIEWS: Mapping[str, str] = {
    id: row.view
    for row in CATALOG.values()
    for output in row.outputs
    for id in (output.id, output.formula_id)
}
