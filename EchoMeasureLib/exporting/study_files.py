"""Reviews and `measurements.json` of one study, read together into one review.

Nothing is computed on the way: which numbers count is decided by the review, as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from EchoMeasureLib.documents import parse_json, read_text
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, UnreadableFile
from EchoMeasureLib.exporting.measurements_reading import SCHEMA_STEM, parse_measurements
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.study_rhythm import RATES_APART
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.opening import open_file
from EchoMeasureLib.review.document import MOST_BYTES, checked
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.images import ImageFacts, are_of_one_patient
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.migrations import SCHEMA
from EchoMeasureLib.review.session import Review


def is_document(path: Path) -> bool:
    """Whether a file begins as JSON does, and so is no image. Raises `UnreadableFile`."""
    try:
        with open_file(path) as file:
            return file.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened ({error.strerror or error}).") from error


@dataclass(frozen=True, slots=True)
class StudyFile:
    """What one file says."""

    name: str
    """Its path."""
    reviewed: bool
    """Whether it is a review document."""
    images: Mapping[str, ImageFacts]
    layer: Layer
    """With its audit trail; measurements have none."""


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """One review made of several files."""

    review: Review
    """No image is open; what is changed here is in no file. It has no audit trail of its own."""
    notes: tuple[str, ...]
    """What the user should know, such as which file counts where two say the same."""
    files: tuple[StudyFile, ...]
    """In the order in which they were named."""


def read_study(paths: Sequence[Path | str], reviewer: str | None = None) -> StudyFiles:
    """What these files say together of one study of one person.

    Of a review it is the layer of `reviewer`, else the one saved last. Where two files measure the
    same in one image, a review goes before `measurements.json`, and a later file before an earlier
    one. Raises `InvalidDocument` for a file that is damaged or none of ours, and
    `InvalidArgument` for two patients or studies, or where no file has a layer of `reviewer`.
    """
    files = [_read(Path(path), reviewer) for path in paths]
    if reviewer is not None and not any(file.reviewed for file in files):
        raise InvalidArgument(f"None of the files holds a review by '{reviewer}'.")
    images = _images(files)
    notes = _check_one_person(files)
    # A review has the last word, then the later file.
    ranked = sorted(files, key=lambda file: file.reviewed)
    entries, which = _entries(ranked)
    subject, told = _merged(Subject(), [(file, file.layer.subject) for file in ranked])
    examination, more = _merged(Examination(), [(file, file.layer.examination) for file in ranked])
    layer = Layer(
        ", ".join(dict.fromkeys(file.layer.reviewer for file in files)),
        entries,
        (),
        subject,
        examination,
        {key: regions for file in ranked for key, regions in file.layer.calibrations.items()},
        {key: marks for file in ranked for key, marks in file.layer.marks.items()},
    )
    review = Review.resume(tuple(images.values()), layer)
    return StudyFiles(review, (*notes, *which, *told, *more), tuple(files))


def files_of_review(review: Review) -> StudyFiles:
    """A review that is open, as if it had been read from a document of its own."""
    file = StudyFile("review", True, dict(review.images), review.layer())
    return StudyFiles(review, (), (file,))


def _read(path: Path, reviewer: str | None) -> StudyFile:
    value = parse_json(read_text(path, MOST_BYTES), str(path)) if is_document(path) else None
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema == SCHEMA:
        document = checked(value)
        return StudyFile(str(path), True, document.images, document.layer(reviewer))
    if isinstance(schema, str) and schema.startswith(SCHEMA_STEM):
        found = parse_measurements(value, str(path))
        marks = {found.image.key: found.marks} if found.marks else {}
        layer = Layer(
            found.reviewer, found.entries, (), found.subject, found.examination, marks=marks
        )
        return StudyFile(str(path), False, {found.image.key: found.image}, layer)
    raise InvalidDocument(
        f"{path} is neither a review nor measurements of EchoMeasure.",
        "`echomeasure measure` and `echomeasure review` make such files.",
    )


def _images(files: Sequence[StudyFile]) -> dict[str, ImageFacts]:
    images: dict[str, ImageFacts] = {}
    for file in files:
        for key, facts in file.images.items():
            known = images.setdefault(key, facts)
            if (known.frame_count, known.size) != (facts.frame_count, facts.size):
                raise InvalidArgument(
                    f"{file.name} gives image {key} with {facts.frame_count} frame(s) of "
                    f"{facts.size}, another file with {known.frame_count} of {known.size}.",
                    "One of them is damaged.",
                )
    return images


def _check_one_person(files: Sequence[StudyFile]) -> list[str]:
    """Raises `InvalidArgument` for two; says whose person is not known."""
    studies: dict[str, str] = {}
    for file in files:
        for facts in file.images.values():
            studies.setdefault(facts.identity.study_instance_uid, file.name)
    unknown = studies.pop("", "")
    if len(studies) > 1:
        (one, first), (other, second), *_ = studies.items()
        raise InvalidArgument(
            f"{first} is of study {one}, {second} of study {other}.",
            "Give the files of one study of one patient.",
        )
    if not are_of_one_patient(facts for file in files for facts in file.images.values()):
        raise InvalidArgument(
            "The files are of two patients: their study has the same UID, but the patient ID or "
            "the birth date differs.",
            "Give the files of one patient, and have the archive put right.",
        )
    if not unknown or len(files) == 1:
        return []
    return [f"{unknown} does not say whose it is: it is taken to be of the same person."]


def _entries(files: Sequence[StudyFile]) -> tuple[tuple[Entry, ...], list[str]]:
    """Those that count of all files, each with an id of its own; the last file wins."""
    owner: dict[tuple[str, str], StudyFile] = {}
    notes: dict[str, None] = {}
    for file in files:
        for place in dict.fromkeys((e.image, e.measurement) for e in file.layer.entries):
            if place in owner:
                image, id = place
                notes[
                    f"{id} of image {image} is in {owner[place].name} and in {file.name}: "
                    f"{file.name} counts."
                ] = None
            owner[place] = file
    found: dict[str, Entry] = {}
    for number, file in enumerate(files, 1):
        for entry in file.layer.entries:
            if owner[entry.image, entry.measurement] is file:
                id = entry.id if entry.id not in found else f"{entry.id}-file{number}"
                found[id] = replace(entry, id=id)
    return tuple(found.values()), list(notes)


_Facts = TypeVar("_Facts", Subject, Examination)


def _merged(empty: _Facts, given: Sequence[tuple[StudyFile, _Facts]]) -> tuple[_Facts, list[str]]:
    """What all files say: the reader's word goes before a header, and the last reader counts.

    Where readers differ, or headers about the person, it is said. Of headers that of the first
    review counts, else the first: a heart rate is of its own clip, and is said where another clip
    has one that would make another cardiac output.
    """
    result, notes = empty, []
    for field in fields(empty):
        said = [
            (file, getattr(facts, field.name), field.name in facts.from_file)
            for file, facts in given
            if field.name != "from_file" and getattr(facts, field.name) != field.default
        ]
        by_hand = [one for one in reversed(said) if not one[2]]
        counted = by_hand or sorted(said, key=lambda one: not one[0].reviewed)
        if not counted:
            continue
        file, value, from_file = counted[0]
        differ = any(other != value for _, other, _ in counted)
        if field.name == "heart_rate" and not by_hand:
            differ = any(abs(other - value) > RATES_APART * value for _, other, _ in counted)
        if differ and (by_hand or isinstance(empty, Subject) or field.name == "heart_rate"):
            notes.append(f"The files differ in {field.name.replace('_', ' ')}: {file.name} counts.")
        known = result.from_file | ({field.name} if from_file else set())
        result = replace(result, **{field.name: value, "from_file": known})
    return result, notes
