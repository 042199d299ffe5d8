"""What the open study says in plain words. Every line can be tested as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition, Lengths
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.events import Event, Failed, Finished
from EchoMeasureLib.inference.settings import set_notices
from EchoMeasureLib.measurable import KIND_WORDS
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.sheet import Sheet
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.wave_points import is_read
from EchoMeasureLib.progress import Progress
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.rounding import frame_words, written


def image_line(cine: Cine) -> str:
    """What the image is: kind, frames, size, duration."""
    size = f"{cine.columns} x {cine.rows} pixels"
    if cine.frame_count == 1:
        return f"{cine.kind}, a still of {size}"
    line = f"{cine.kind}, {cine.frame_count} frames of {size}"
    if cine.times is None:
        return f"{line}. The file does not say when each frame was taken."
    seconds = cine.times[-1] - cine.times[0]
    if seconds <= 0:
        return line
    return f"{line}, {seconds:.2f} s at {(cine.frame_count - 1) / seconds:.0f} frames/s"


def shown_frame_words(cine: Cine, frame: int, ed: Collection[int], es: Collection[int]) -> str:
    """Which frame is shown: "frame 13 of 60, 0.31 s ED"; `ed`, `es`: the frames that are so."""
    time = cine.times[frame] if cine.times is not None and frame >= 0 else None
    phase = " ED" if frame in ed else " ES" if frame in es else ""
    when = "" if time is None else f", {written(time, 2)} s"
    return f"{frame_words(frame)} of {cine.frame_count}{when}{phase}"


def elsewhere_words(chosen: str, displayed: str) -> str:
    """What to know while the slice views do not show the chosen image; names of both nodes."""
    shown = f'show "{displayed}"' if displayed else "do not show it"
    return f'Chosen is "{chosen}"; the views {shown}. Nothing can be placed.'


def notice_words(kinds: Iterable[str]) -> str:
    """The line that stands over everything: "Research use only - phantom networks, ..."."""
    notices = set_notices(kinds) or ("not for diagnosis or treatment",)
    return " - ".join(("Research use only", *notices))


def head_words(subject: Subject, sheet: Sheet, who: str) -> str:
    """Who was examined and who reviews: "F 62 y 165 cm 70 kg | HR 72 regular | AB"."""
    facts = (
        subject.sex or "sex ?",
        _with_unit(subject.age, "y") or "age ?",
        _with_unit(subject.height_cm, "cm") or "height ?",
        _with_unit(subject.weight_kg, "kg") or "weight ?",
    )
    rate, rhythm = sheet.row("heart_rate"), sheet.row("rhythm")
    heart = (
        _with_unit(rate.value, "") if rate is not None else "",
        rhythm.text if rhythm is not None else "",
    )
    return " | ".join((" ".join(facts), f"HR {' '.join(filter(None, heart)) or '?'}", who))


def _with_unit(number: float | None, unit: str) -> str:
    return "" if number is None else f"{written(number, 0)} {unit}".rstrip()


TABLE_NAMES = {
    "diastole_2016": "Filling pressure 2016",
    "diastole_2025": "Filling pressure 2025",
    "dysfunction_2025": "Diastolic function 2025",
    "aortic_stenosis": "Aortic valve",
    "ph_probability": "Pulmonary hypertension",
}
"""What a table is about; those of special groups say it themselves."""

MOST_NAMES = 3
"""Of what is missing, in one line; the tip names all."""


def grade_words(grade: Grade) -> str:
    """One table's answer in a line: "Filling pressure 2016: indeterminate (missing LAVI) [N3]"."""
    # Some tables name what they miss with its limit: "LAVI above 34 mL/m2".
    missed = list(dict.fromkeys(re.split(" at | above ", name)[0] for name in grade.missing))
    names = missed[:MOST_NAMES] + ["..."] * (len(missed) > MOST_NAMES)
    missing = f" (missing {', '.join(names)})" if names else ""
    rule = f" [{grade.rule}]" if grade.fired else ""
    return f"{TABLE_NAMES.get(grade.table, 'Filling pressure')}: {grade.words}{missing}{rule}"


def look_again_words(sheet: Sheet, elsewhere: Collection[str]) -> list[str]:
    """Doubts about what has no row of its own among the rows that say theirs."""
    return [f"Look again: {d.text}" for d in sheet.doubts if not set(d.rows) & set(elsewhere)]


def grade_tip(grade: Grade) -> str:
    """What was asked, how it stood, and what would change the answer."""
    holds = {True: "yes", False: "no", None: "not known"}
    asked = [f"{one.words}: {holds[one.holds]}" for one in grade.criteria]
    changes = [f"Would change it: {change}" for change in grade.changes]
    return "\n".join((grade.guideline, *asked, *changes, *grade.notes))


def calibration_line(cine: Cine) -> str:
    """How the image is calibrated, and what is wrong where it is not."""
    usable = [region for region in cine.regions if region.usable]
    troubled = [r for r in cine.regions if r.problems and (r.kind.is_image or r.kind.is_strip)]
    parts = [f"{KIND_WORDS[r.kind]} ({scale_words(r)})" for r in usable]
    lines = [f"Calibrated: {'; '.join(dict.fromkeys(parts))}."] if parts else []
    lines += dict.fromkeys(problem.text for r in troubled for problem in r.problems)
    if not usable:
        why = "" if troubled else " The file has no calibrated region."
        lines.insert(0, f"Not calibrated: lengths can be given in pixels only.{why}")
    return " ".join(lines)


def scale_words(region: Region) -> str:
    """The size of a pixel, such as "0.32 mm per pixel"."""
    dx, dy = (abs(delta) for delta in region.delta)
    by_hand = ", by hand" if region.index < 0 else ""
    time = f"{1000 * dx:.3g} ms by " if region.times_known else ""
    if region.kind.is_spectral:
        return f"{time}{dy:.3g} cm/s per pixel{by_hand}"
    if region.kind.is_strip:
        return f"{time}{10 * dy:.3g} mm per pixel{by_hand}"
    if abs(dx - dy) < 0.005 * dy:
        return f"{10 * dy:.3g} mm per pixel{by_hand}"
    return f"{10 * dx:.3g} by {10 * dy:.3g} mm per pixel{by_hand}"


def which_image(number: int, count: int, shown: bool, loaded: bool) -> str:
    """Which image of several a caliper lies on: "Image 2 of 3: not loaded"."""
    state = "shown now" if shown else ("a click opens it" if loaded else "not loaded")
    return f"Image {number} of {count}: {state}"


def value_words(caliper: Caliper, lengths: Lengths = Lengths.CM) -> str:
    """The values of a caliper for a table: "4.71 cm", "E 82.0 cm/s, A 61.2 cm/s, E/A 1.34"."""
    row = CATALOG[caliper.measurement]
    texts = []
    for value in caliper.values:
        output = row.output(value.id)
        if value.value is not None:
            text = output.text(value.value, lengths)
        elif value.pixels is not None:
            text = f"{value.pixels:.1f} pixels"
        else:
            text = "no value"
        texts.append(text if len(caliper.values) == 1 else f"{output.name} {text}")
    return ", ".join(texts)


def reason_words(caliper: Caliper) -> str:
    """Why there is no number and what its flags mean; else empty."""
    return " ".join(caliper.sentences)


def confidence_words(caliper: Caliper) -> str:
    """The lowest confidence of the points, two decimals; empty for points placed by hand."""
    confidence = lowest_confidence(caliper.points)
    return "" if confidence is None else f"{confidence:.2f}"


def flag_words(caliper: Caliper) -> str:
    """The flags of a caliper, readable."""
    return ", ".join(flag.words for flag in caliper.flags)


def unused_words(entry: Entry) -> str:
    """Why a caliper feeds no derived value, such as "Not used: flagged implausible value."

    Empty when it may feed one, and for a rejected one, whose status says it.
    """
    caliper = entry.caliper
    if entry.status is Status.REJECTED or not entry.excluded:
        return ""
    if entry.left_out or not caliper.flags:
        return f"Not used: {entry.excluded}"
    words = f"Not used: flagged {flag_words(caliper)}. {reason_words(caliper)}".rstrip()
    if entry.status is Status.ACCEPTED:
        words += " Accepting does not lift a flag."
    if entry.adoptable:
        words += " Dragging its points to where they belong does, or taking the position over."
    return words


def reviewed_words(measured: int, left: int, listed: int) -> str:
    """How far the review is: "4 of 90 reviewed. 12 listed." """
    if not measured:
        return "Nothing measured yet."
    done = f"{measured - left} of {measured} reviewed" + ("." if left else ": done.")
    return done if listed == measured else f"{done} {listed} listed."


def by_view() -> dict[str, list[Definition]]:
    """What networks or the envelope reader measure under its views, both in clinical order."""
    views: dict[str, list[Definition]] = {}
    for row in CATALOG.values():
        if row.by_network or is_read(row.id):
            views.setdefault(row.view, []).append(row)
    return views


def time_left(elapsed_s: float, done: int, total: int) -> str:
    """How long it will still take, such as "about 40 s left"; empty while nobody can know."""
    if done <= 0 or total <= 0 or elapsed_s <= 0:
        return ""
    left = elapsed_s * (total - done) / done
    if left < 1:
        return "almost done"
    if left < 90:
        return f"about {left:.0f} s left"
    return f"about {left / 60:.0f} min left"


def progress_words(progress: Progress, left: str) -> str:
    """How far a measurement is, such as "12 of 90 calipers, about 30 s left"."""
    if not progress.done or not progress.total:
        return f"{progress.stage[:1].upper()}{progress.stage[1:]}"
    calipers = f"{progress.done} of {progress.total} calipers"
    return ", ".join(word for word in (calipers, left) if word)


def outcome_words(event: Event, found: int) -> str:
    """How a measurement ended, by its last event: "Found 4 calipers in 2.1 s."."""
    calipers = "1 caliper" if found == 1 else f"{found} calipers"
    if isinstance(event, Finished):
        return f"Found {calipers} in {event.seconds:.1f} s. {event.note}".rstrip()
    if isinstance(event, Failed):
        return f"Stopped by an error after {calipers}. The review is kept."
    return f"Cancelled after {calipers}."


def before_words(others: Sequence[str]) -> str:
    """Who reviewed this image before; empty when nobody did."""
    if not others:
        return ""
    return f"Reviewed by {' and '.join(others)} before. To go on as one of them, type that name."


def chosen_frames_words(
    frames: tuple[int, ...], count: int, beside: int = 0, thinned: bool = False
) -> str:
    """Which frames will be measured: "frame 13, and 4 beside it for comparison".

    `thinned`: of these those that matter.
    """
    if thinned:
        return f"of {count} frames those that matter"
    words = frame_words(frames[0]) if len(frames) == 1 else f"{len(frames)} of {count} frames"
    if not beside:
        return words
    return f"{words}, and {beside} beside {'it' if len(frames) == 1 else 'them'} for comparison"
