"""The sheet: every value with range, mark and uncertainty, and the grades with their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.measuring.derived import BY_READER, Derived, derive
from EchoMeasureLib.measuring.deviations import deviations_of, source_of
from EchoMeasureLib.measuring.doubts import Doubt, doubts
from EchoMeasureLib.measuring.examination import GIVEN, Examination, GivenNumber
from EchoMeasureLib.measuring.file_beat import FileBeat
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.grades import grades
from EchoMeasureLib.measuring.grading.ranges import assess
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.output_rate import find_output_rate
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.measuring.sections import SECTIONS, SheetSection, section_of
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS, answered
from EchoMeasureLib.measuring.study_rhythm import mean_rate, rhythm_doubts, seen_rhythm
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.unit_words import with_unit
from EchoMeasureLib.rounding import written


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One value of the sheet, or why there is none."""

    id: str
    name: str
    value: float | None
    """In `unit`; velocities keep their sign."""
    unit: str
    """UCUM; empty for a class."""
    text: str
    """For people, such as "4.71 cm"; empty without a value."""
    basis: str
    """What it rests on, such as "mean of 3 beats" or "LVIDd, LVIDs"."""
    reason: str
    """Why there is no value."""
    reviewed: bool
    """Whether the reviewer stands behind it."""
    section: SheetSection
    """Where a report has it."""
    range: str = ""
    """Such as "3.8 to 5.2"; empty where none applies."""
    mark: str = ""
    """H above the range, L below, else empty."""
    word: str = ""
    """The degree, such as "mildly abnormal"."""
    near: bool = False
    """Whether a limit lies within one standard deviation of a single reading."""
    deviation: float | None = None
    """Standard deviation of one reading, in `unit`; None where nothing is published."""
    deviation_source: str = ""
    """Where it was published, "propagated" where it follows from such, else "unknown"."""
    source: str = ""
    """Guideline of the range, else of the formula."""
    note: str = ""
    manual: bool = False
    """Whether the number was given by hand, or by the file, and not measured in an image."""
    n: int = 0
    """How many beats go into the mean; 0 where beats do not come in."""
    sd: float | None = None
    """Standard deviation over these beats, in `unit`; None for fewer than two."""
    beats: tuple[BeatValue, ...] = ()
    """Every beat that was found, those that do not count too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is said of one person's study."""

    rows: tuple[SheetRow, ...]
    grades: tuple[Grade, ...]
    doubts: tuple[Doubt, ...] = ()
    """What does not fit together, for the reader to look at again."""

    def row(self, id: str) -> SheetRow | None:
        """The row of this id; None where the sheet has none."""
        return next((row for row in self.rows if row.id == id), None)

    def numbers(self) -> dict[str, float]:
        """Every value that there is, in the unit of its row, by its id."""
        return {row.id: row.value for row in self.rows if row.value is not None}


def make_sheet(
    measured: Mapping[str, Measured],
    subject: Subject,
    examination: Examination,
    rhythms: Sequence[HeartRhythm] = (),
    lengths: Lengths = Lengths.CM,
    file_beats: Mapping[str, FileBeat] | None = None,
) -> Sheet:
    """The sheet of what was measured, by `Measured.id`; what is missing is said, not assumed.

    Rows stand in the order of a report. A number that was given by hand has a row of its own.
    `rhythms`: what the beats of each image say; `file_beats`: what its file says of them, by the
    image's key. `lengths`: in which unit texts have them; numbers are in `unit` always.
    """
    derived = derive(measured, subject, examination, rhythms, file_beats)
    rate = find_output_rate(measured, examination, rhythms, file_beats or {})
    rows = [
        *(_measured_row(item, lengths) for item in measured.values() if item.id not in SHOWN_AS),
        *(_with_beats(_derived_row(item, measured), measured) for item in derived if item.needed),
        *(
            _given_row(row, number, row.id in examination.from_file, lengths)
            for row in GIVEN.values()
            if row.id not in FORMULAE and (number := getattr(examination, row.id)) is not None
        ),
        *_rhythm_rows(examination, rhythms),
    ]
    rows = [_with_index_beats(row, lengths) for row in rows]
    spreads = deviations_of(measured, derived, subject, examination, rate)
    rows = [_assessed(r, spreads.get(r.id), subject, examination, lengths) for r in rows]
    rows.sort(key=lambda row: _PLACE.get(row.id, len(_PLACE)))
    numbers = {id: m.value for id, m in measured.items() if m.value is not None}
    values = numbers | {d.id: d.value for d in derived if d.value is not None}
    odd = (*_doubts(rows), *_warnings(measured), *rhythm_doubts(examination, rhythms))
    if rate is not None and rate.apart and "co" in values:
        odd = (*odd, Doubt(rate.apart, ("co", "ci")))
    assumed = {item.id: item.assumed for item in derived}
    return Sheet(tuple(rows), grades(values, examination, subject, assumed), odd)


_PLACE = {id: place for place, id in enumerate(SECTIONS)}


def _measured_row(item: Measured, lengths: Lengths) -> SheetRow:
    return SheetRow(
        item.id,
        item.name,
        item.value,
        item.unit,
        "" if item.value is None else answered(item.id, item.value, lengths),
        item.basis,
        "" if item.value is not None else (item.missing or "not measured"),
        item.reviewed,
        section_of(item.id),
        n=item.n,
        sd=item.sd,
        beats=item.beats,
    )


def _derived_row(item: Derived, measured: Mapping[str, Measured]) -> SheetRow:
    return SheetRow(
        item.id,
        item.name,
        item.value,
        item.unit,
        item.text,
        "; ".join(word for word in (_inputs(item, measured), item.basis) if word),
        item.reason,
        item.reviewed,
        section_of(item.id),
        source=item.guideline,
        note=item.note,
        manual=item.manual,
        n=item.n,
        sd=item.sd,
        beats=item.beats,
    )


def _with_beats(row: SheetRow, measured: Mapping[str, Measured]) -> SheetRow:
    """A row that repeats a measured value with that one's beats and basis."""
    for id, shown in SHOWN_AS.items():
        same = measured.get(id)
        if shown == row.id and same is not None:
            return replace(row, basis=same.basis, n=same.n, sd=same.sd, beats=same.beats)
    return row


def _with_index_beats(row: SheetRow, lengths: Lengths) -> SheetRow:
    """In atrial fibrillation, what the beats after two alike RR say beside the mean."""
    index = [beat for beat in row.beats if beat.index and beat.counts and beat.value is not None]
    if row.value is None or not index:
        return row
    said = ", ".join(f"{b.number}: {answered(row.id, b.value or 0.0, lengths)}" for b in index)
    words = f"index beat{'s' * (len(index) > 1)} {said}"
    return replace(row, basis="; ".join(part for part in (row.basis, words) if part))


def _given_row(row: GivenNumber, number: float, from_file: bool, lengths: Lengths) -> SheetRow:
    in_mm = row.unit == Lengths.CM.value and lengths is Lengths.MM
    text = with_unit(10 * number, row.decimals - 1, lengths.value) if in_mm else ""
    return SheetRow(
        row.id,
        row.name,
        number,
        row.unit,
        text or with_unit(number, row.decimals, row.unit),
        "from the file" if from_file else BY_READER,
        "",
        True,
        section_of(row.id),
        manual=True,
    )


def _rhythm_rows(examination: Examination, rhythms: Sequence[HeartRhythm]) -> list[SheetRow]:
    """Rhythm and heart rate: as given, else as the beats have them."""
    rows = []
    beats = sum(len(rhythm.rr_s) for rhythm in rhythms)
    rate = mean_rate(rhythms)
    if rate is not None and examination.heart_rate is None:
        row = GIVEN["heart_rate"]
        basis = f"60 over the mean RR of {beats} beats" if beats > 1 else "60 over one RR"
        text = f"{written(rate, row.decimals)} {row.unit}"
        rows.append(
            SheetRow(row.id, row.name, rate, row.unit, text, basis, "", False, section_of(row.id))
        )
    given, seen = examination.rhythm, seen_rhythm(rhythms)
    if given is not None or seen:
        text, basis = (given.words, BY_READER) if given else (seen, f"RR of {beats} beats")
        rows.append(
            SheetRow(
                *("rhythm", "Rhythm", None, "", text, basis, "", given is not None),
                section_of("rhythm"),
                manual=given is not None,
            )
        )
    return rows


def _warnings(measured: Mapping[str, Measured]) -> list[Doubt]:
    """What is to be read beside a measured value, and beside what is derived from it."""
    return [
        Doubt(text, (item.id, *(row.id for row in FORMULAE.values() if item.id in row.needs)))
        for item in measured.values()
        for text in item.warnings
    ]


def _doubts(rows: Sequence[SheetRow]) -> tuple[Doubt, ...]:
    there = [row for row in rows if row.value is not None]
    return doubts(
        {row.id: row.value for row in there if row.value is not None},
        {row.id: f"{row.name} {row.text}" for row in there},
        {row.id: row.beats for row in there if row.beats},
    )


def _inputs(item: Derived, measured: Mapping[str, Measured]) -> str:
    return ", ".join(_name(id, measured) for id in item.inputs)


def _name(id: str, measured: Mapping[str, Measured]) -> str:
    """What people call an input of a formula."""
    if id in measured:
        return measured[id].name
    known = FORMULAE.get(id) or GIVEN.get(id)
    return known.name if known is not None else id.replace("_", " ")


def _assessed(
    row: SheetRow,
    deviation: float | None,
    subject: Subject,
    examination: Examination,
    lengths: Lengths,
) -> SheetRow:
    """The row with its uncertainty, range and mark."""
    number = row.value
    if number is None:
        return row
    row = replace(row, deviation=deviation, deviation_source=source_of(row.id, deviation))
    found = assess(row.id, number, subject.sex, subject.age, examination.ranges, deviation)
    if found is None:
        return row
    return replace(
        row,
        range=found.row.read_in(lengths, row.unit).text,
        mark=found.mark,
        word=found.word,
        near=found.near,
        source=found.row.source,
        note="; ".join(word for word in (row.note, found.row.note if found.mark else "") if word),
    )
