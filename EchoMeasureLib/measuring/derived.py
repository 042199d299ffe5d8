"""Values derived from calipers. A missing input gives "missing X", never a default.

Which calipers count is decided in `review.counting`; nothing here sees one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from EchoMeasureLib.measuring.averaging import spread_over_beats
from EchoMeasureLib.measuring.beat_formulae import over_beats, shared_beats
from EchoMeasureLib.measuring.equations import NoAnswer, NotNeeded, circle_cm2
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.file_beat import FileBeat
from EchoMeasureLib.measuring.formula import Formula, Known
from EchoMeasureLib.measuring.formula_inputs import INPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.grading.ranges import NormalRange, find
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.output_rate import OutputRate, find_output_rate
from EchoMeasureLib.measuring.rhythm import HeartRhythm
from EchoMeasureLib.measuring.subject import Subject

MADE_OF = {"e_a_ratio": "MV E and A of one beat"}
"""What to measure for an input that is no measurement of its own."""


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived value, or what is missing for it."""

    id: str
    name: str
    value: float | None
    """In `unit`; None when something is missing, and for a class such as the geometry."""
    unit: str
    inputs: tuple[str, ...]
    """Ids of the measured and derived values it is computed from."""
    missing: tuple[str, ...]
    """Names of the inputs that are missing."""
    reason: str
    """Why there is no value, such as "missing LVIDs"; empty when there is one."""
    code: str
    """LOINC, or of `scheme`; empty where there is none."""
    guideline: str
    text: str = ""
    """The result for people, such as "35.3 %"; empty when there is none."""
    note: str = ""
    """What was assumed, and what the value is not."""
    entries: tuple[str, ...] = ()
    """Ids of all review entries it rests on."""
    reviewed: bool = False
    """Whether the reviewer stands behind all of them."""
    normal: NormalRange | None = None
    """Normal range for the subject's sex; None where there is none or the sex is not known."""
    scheme: str = "LN"
    """Of the code, as DICOM names it."""
    site: str = ""
    """SNOMED CT code of the finding site, where the code alone does not say which it is."""
    assumed: tuple[str, ...] = ()
    """What was assumed or given on the way, a sentence each; part of the note too."""
    needed: bool = True
    """False where there was nothing to compute, such as a correction that does not apply."""
    manual: bool = False
    """Whether the reader gave the number in the place of the formula."""
    basis: str = ""
    """Such as "mean of 3 beats", where it is computed beat by beat or would have been."""
    beats: tuple[BeatValue, ...] = ()
    """Every beat, where it is computed beat by beat: all inputs come from those of one image."""
    sd: float | None = None
    """Standard deviation over the beats that count, n - 1, in `unit`; None for fewer than two."""

    @property
    def n(self) -> int:
        """How many beats go into the mean."""
        return sum(beat.counts for beat in self.beats)


def derive(
    inputs: Mapping[str, Measured],
    subject: Subject | None = None,
    examination: Examination | None = None,
    rhythms: Sequence[HeartRhythm] = (),
    file_beats: Mapping[str, FileBeat] | None = None,
) -> tuple[Derived, ...]:
    """Every row of `FORMULAE` in its order, with a value or with what is missing.

    `inputs` by `Measured.id`, the keys of `INPUTS`; what is not there is missing. `rhythms`: what
    the beats of each image say, for a heart rate that was not given; `file_beats`: what the file
    of an image says of a beat, by its key, for the strip of a stroke volume.
    """
    known = Known(subject or Subject(), examination or Examination())
    sources = {id: _not_there(id, MADE_OF.get(id, name)) for id, name in INPUTS.items()}
    sources |= {id: _measured(found) for id, found in inputs.items()}
    rate = find_output_rate(inputs, known.examination, rhythms, file_beats or {})
    sources |= _facts(known.subject, rate)
    results: list[Derived] = []
    for row in FORMULAE.values():
        needed = [sources[need] for need in row.needs]
        result = _evaluate(row, needed, known)
        sources[row.id] = _derived(result, needed)
        results.append(result)
    return tuple(results)


@dataclass(frozen=True, slots=True)
class _Source:
    """What a formula sees of a measured value, an earlier result or a fact of the subject."""

    id: str
    value: float | None
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Empty exactly when the source can be used."""
    entries: tuple[str, ...] = ()
    reviewed: bool = True
    assumed: tuple[str, ...] = ()
    beats: tuple[BeatValue, ...] = ()
    chosen: bool = False
    """Whether the reviewer chose calipers for it, of whatever beats."""


def _not_there(id: str, name: str) -> _Source:
    return _Source(id, None, (name,), (f"missing {name}",))


def _measured(found: Measured) -> _Source:
    if found.value is None:
        why = f": {found.missing}" if found.missing else ""
        return _Source(found.id, None, (found.name,), (f"missing {found.name}{why}",))
    return _Source(
        found.id,
        found.value,
        entries=found.entries,
        reviewed=found.reviewed,
        assumed=tuple(text.rstrip(".") for text in found.warnings),
        beats=found.beats,
        chosen=found.chosen,
    )


def _derived(result: Derived, needed: Sequence[_Source]) -> _Source:
    if result.reason:
        reasons = _unique(reason for source in needed for reason in source.reasons)
        return _Source(result.id, None, result.missing, reasons or (result.reason,))
    return _Source(
        result.id,
        result.value,
        entries=result.entries,
        reviewed=result.reviewed,
        assumed=result.assumed,
        beats=result.beats,
        chosen=any(source.chosen for source in needed),
    )


def _facts(subject: Subject, rate: OutputRate | None) -> dict[str, _Source]:
    sex = _Source("sex", 0.0) if subject.sex else _not_there("sex", "sex")
    facts = {"sex": sex}
    numbers = {
        "height": subject.height_cm,
        "weight": subject.weight_kg,
        "heart_rate": None if rate is None else rate.rate,
    }
    said = {"heart_rate": (rate.words,)} if rate is not None else {}
    for id, value in numbers.items():
        missing = _not_there(id, id.replace("_", " "))
        facts[id] = missing if value is None else _Source(id, value, assumed=said.get(id, ()))
    return facts


def _evaluate(row: Formula, sources: Sequence[_Source], known: Known) -> Derived:
    given = known.examination.rap
    if row.id == "rap" and given is not None:
        # The reader's own estimate takes the place of the vein.
        return replace(_result(row, given, (), known, GIVEN_RAP), manual=True, note=BY_READER)
    diameter = known.examination.lvot_diameter
    if row.id == "lvot_area" and diameter is not None:
        found = _result(row, circle_cm2(diameter), (), known, GIVEN_DIAMETER)
        return replace(found, inputs=("lvot_diameter",))
    reasons = _unique(reason for source in sources for reason in source.reasons)
    if reasons:
        missing = _unique(name for source in sources for name in source.missing)
        return _nothing(row, missing, "; ".join(reasons))
    numbers = {source.id: source.value for source in sources if source.value is not None}
    if row.by_beat:
        return _beat_by_beat(row, sources, numbers, known)
    return _at_once(row, sources, numbers, known)


def _at_once(
    row: Formula, sources: Sequence[_Source], numbers: Mapping[str, float], known: Known
) -> Derived:
    try:
        number = row.result(numbers, known)
    except NotNeeded as why:
        return replace(_nothing(row, (), str(why)), needed=False)
    except NoAnswer as why:
        return _nothing(row, (), str(why))
    return _result(row, number, sources, known, row.assumes(known))


def _beat_by_beat(
    row: Formula, sources: Sequence[_Source], numbers: Mapping[str, float], known: Known
) -> Derived:
    """The mean over the beats that have all inputs; from the means where there is no such beat."""
    said = {source.id: source.beats for source in sources}
    beats = over_beats(said, lambda numbers: row.result(numbers, known), _name)
    counting = [beat for beat in beats if beat.value is not None]
    if not counting:
        refused = next((beat.why_not for beat in beats if beat.number in shared_beats(said)), "")
        if not refused and beats and not any(source.chosen for source in sources):
            refused = f"no beat shows {' and '.join(_name(id) for id in said)}"
        if refused:
            return replace(_nothing(row, (), refused), beats=beats)
        found = _at_once(row, sources, numbers, known)
        return found if found.reason else replace(found, basis=_from_means(said))
    values = [beat.value for beat in counting if beat.value is not None]
    result = _result(row, fmean(values), sources, known, row.assumes(known))
    words = f"mean of {len(values)} beats" if len(values) > 1 else "one beat"
    if len(values) < len(beats):
        words = f"{len(values)} of {len(beats)} beats"
    return replace(
        result,
        entries=_unique(entry for beat in counting for entry in beat.entries),
        basis=words,
        beats=beats,
        sd=spread_over_beats(values),
    )


def _from_means(said: Mapping[str, Sequence[BeatValue]]) -> str:
    """Why it is not computed beat by beat; empty where beats do not come in."""
    if not all(said.values()):
        return ""
    images = {beat.image for beats in said.values() for beat in beats}
    why = "which share no beat" if len(images) == 1 else "which are of several images"
    return f"from the means of {' and '.join(_name(id) for id in said)}, {why}"


def _name(id: str) -> str:
    return INPUTS[id] if id in INPUTS else FORMULAE[id].name


GIVEN_RAP = "RA pressure given by the reader"
GIVEN_DIAMETER = "LVOT diameter given by the reader"
BY_READER = "given by the reader"


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _nothing(row: Formula, missing: tuple[str, ...], reason: str) -> Derived:
    return Derived(
        row.id, row.name, None, row.unit, row.needs, missing, reason, row.code, row.guideline,
        note=row.note, scheme=row.scheme, site=row.site,
    )  # fmt: skip


def _result(
    row: Formula, number: float, sources: Sequence[_Source], known: Known, assumed: str
) -> Derived:
    subject, examination = known.subject, known.examination
    said = _unique(word for source in sources for word in source.assumed)
    said = (*said, assumed) if assumed else said
    return Derived(
        row.id,
        row.name,
        None if row.classes else number,
        row.unit,
        tuple(source.id for source in sources),
        (),
        "",
        row.code,
        row.guideline,
        row.classes[int(number)] if row.classes else row.text(number),
        "; ".join(word for word in (row.note, *said) if word),
        _unique(entry for source in sources for entry in source.entries),
        all(source.reviewed for source in sources),
        find(row.id, subject.sex, subject.age, examination.ranges),
        row.scheme,
        row.site,
        said,
    )
