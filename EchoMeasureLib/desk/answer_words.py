"""What an answer and its beats say in plain words, in the decimals and units of clinicians."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths, Phase
from EchoMeasureLib.desk.words import reason_words
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.derived import Derived
from EchoMeasureLib.measuring.grading.ranges import NormalRange
from EchoMeasureLib.measuring.measured import BeatValue
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.measuring.sheet_values import OUTPUT_OF
from EchoMeasureLib.review.answers import Answer, State, beat_name
from EchoMeasureLib.review.together import Together
from EchoMeasureLib.rounding import frame_words, written


def number_words(answer: Answer, lengths: Lengths = Lengths.CM) -> str:
    """The value as it is reported, "5.4 cm ~" where a limit is near; in brackets if rejected."""
    row, output = answer.row, OUTPUT_OF[answer.id]
    if row.value is not None:
        return f"{output.answer(row.value, lengths)}{' ~' if row.near else ''}"
    numbers = [beat.value for beat in row.beats if beat.value is not None]
    if answer.state is not State.REJECTED or not numbers:
        return ""
    return f"({output.answer(math.fsum(numbers) / len(numbers), lengths)})"


def normal_words(row: SheetRow, normal: NormalRange | None, lengths: Lengths = Lengths.CM) -> str:
    """The normal range in the unit of the value, with H or L beyond it: "3.8-5.2 H".

    What is no range of normal says what it is: "no AS \u2264 2.5".
    """
    if normal is None or row.value is None:
        return ""
    return f"{_interval(normal.read_in(lengths, row.unit))} {row.mark}".rstrip()


def _interval(normal: NormalRange) -> str:
    low, high = (
        None if limit is None else written(limit, normal.decimals)
        for limit in (normal.low, normal.high)
    )
    if low is None:
        return f"{normal.brief} \u2264 {high}".strip()
    return f"\u2265 {low}" if high is None else f"{low}-{high}"


def beat_words(
    answer: Answer, beat: BeatValue, lengths: Lengths = Lengths.CM
) -> tuple[str, str, str, str]:
    """One beat: its name, its number, when it is, and whether it counts."""
    number = "" if beat.value is None else OUTPUT_OF[answer.id].answer_number(beat.value, lengths)
    state = "counts" if beat.counts else "left out"
    state += " (index)" if beat.index else ""
    return beat_name(answer.id, beat), number, _when(answer, beat), state


def _when(answer: Answer, beat: BeatValue) -> str:
    """When a beat is, such as "0.31 s ED"; the frame where no time is known."""
    phase = OUTPUT_OF[answer.id].phase
    at = f" {phase.brief}" if phase in (Phase.ED, Phase.ES) else ""
    if beat.time_s is None:
        return f"{frame_words(beat.frame)}{at}"
    return f"{written(beat.time_s, 2)} s{at}"


MOST_VIEWS = 4


def missing_words(answers: Sequence[Answer]) -> str:
    """One line for all that was not measured, and its views: "6 not measured: A4C, PSAX"."""
    views = list(dict.fromkeys(_short(CATALOG[answer.measurement].view) for answer in answers))
    named = views[:MOST_VIEWS] + ["..."] * (len(views) > MOST_VIEWS)
    return f"{len(answers)} not measured: {', '.join(named)}"


def _short(view: str) -> str:
    """The first of several views: "A5C or A3C" is "A5C" here."""
    return view.replace(",", " ").split()[0]


def needs_words(derived: Iterable[Derived]) -> str:
    """One line for all that could not be derived: "9 more need height, weight, LVIDs"."""
    absent = [row for row in derived if row.reason and row.needed]
    names = dict.fromkeys(name for row in absent for name in row.missing)
    needs = f" need {', '.join(names)}" if names else " have no value"
    return f"{len(absent)} more{needs}" if absent else ""


def why_words(answer: Answer | None, chosen: Caliper | None = None) -> str:
    """What speaks against an answer: "LVIDd: below normal (normal 3.8 to 5.2)".

    And why the chosen caliper has no number, in sentences.
    """
    words = f"{answer.row.name}: {answer.why}" if answer is not None and answer.why else ""
    if chosen is None or any(value.value is not None for value in chosen.values):
        return words
    rest = reason_words(chosen)
    return words if rest in words else ". ".join(filter(None, (words.rstrip("."), rest)))


def tip_words(answer: Answer, lengths: Lengths = Lengths.CM) -> str:
    """What rests on what, and what speaks against it, a line each."""
    row = answer.row
    uncertain = ""
    if row.deviation is not None and row.value is not None:
        size = OUTPUT_OF[answer.id].text(row.deviation, lengths)
        uncertain = f"Another reader would differ by about {size} (one standard deviation)."
    lines = (
        f"{CATALOG[answer.measurement].name}: {CATALOG[answer.measurement].convention}",
        answer.why,
        row.basis,
        row.source,
        uncertain,
    )
    return "\n".join(line for line in lines if line)


def together_tip(found: Together) -> str:
    """What is left out when the others are accepted together, and why."""
    lines = [f"{answer.row.name}: {why}" for answer, why in found.left_out]
    return "\n".join(["Left out:", *lines]) if lines else "Nothing of this image is left out."


def told_words(found: Together) -> str:
    """What was accepted together, and what was not."""
    count = len(found.ready)
    done = f"Accepted {count} together." if count > 1 else "Accepted 1."
    names = ", ".join(answer.row.name for answer, _ in found.left_out)
    return f"{done} Left out: {names}." if names else done


def image_words(number: int, count: int, answers: Sequence[Answer], ready: int) -> str:
    """How far the review of one image is: "Image 3 of 10 PLAX: 7 ready, 2 need eyes, 1 missing".

    `answers`: those of the image; `ready`: how many of them can be accepted together.
    """
    states = Counter(answer.state for answer in answers)
    done = sum(states[state] for state in (State.ACCEPTED, State.CHANGED, State.REJECTED))
    needing = states[State.NEED_EYES]
    parts = (
        (ready, "ready"),
        (needing, "needs eyes" if needing == 1 else "need eyes"),
        (states[State.UNREVIEWED] - ready, "to look at"),
        (done, "done"),
        (states[State.MISSING], "missing"),
    )
    told = ", ".join(f"{amount} {word}" for amount, word in parts if amount > 0)
    views = Counter(_short(CATALOG[answer.measurement].view) for answer in answers)
    view = f" {views.most_common(1)[0][0]}" if views else ""
    return f"Image {number} of {count}{view}: {told or 'nothing measured'}"
