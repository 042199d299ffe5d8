"""What the open study says in plain words. Every line can be tested as text."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.catalog import CATALOG, Definition
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measurable import KIND_WORDS
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.progress import Progress
from EchoMeasureLib.review.entries import Entry, Status


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


def elsewhere_words(chosen: str, displayed: str) -> str:
    """What to know while the slice views do not show the chosen image; names of both nodes."""
    shown = f'show "{displayed}"' if displayed else "do not show it"
    return (
        f'The chosen image is "{chosen}"; the slice views {shown}. '
        "Nothing can be placed until they show the same."
    )


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


def value_words(caliper: Caliper) -> str:
    """The values of a caliper for a table: "4.71 cm", "E 82.0 cm/s, A 61.2 cm/s, E/A 1.34"."""
    row = CATALOG[caliper.measurement]
    texts = []
    for value in caliper.values:
        output = row.output(value.id)
        if value.value is not None:
            text = output.text(value.value)
        elif value.pixels is not None:
            text = f"{value.pixels:.1f} pixels"
        else:
            text = "no value"
        texts.append(text if len(caliper.values) == 1 else f"{output.name} {text}")
    return ", ".join(texts)


def reason_words(caliper: Caliper) -> str:
    """Why there is no number, or what a flag means in figures; else empty."""
    return " ".join(
        dict.fromkeys(v.reason or v.doubt for v in caliper.values if v.reason or v.doubt)
    )


def confidence_words(caliper: Caliper) -> str:
    """The lowest confidence of the points, two decimals; empty for points placed by hand."""
    confidence = lowest_confidence(caliper.points)
    return "" if confidence is None else f"{confidence:.2f}"


def flag_words(caliper: Caliper) -> str:
    """The flags of a caliper, readable."""
    return ", ".join(flag.words for flag in caliper.flags)


def _doubts(caliper: Caliper) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.doubt for value in caliper.values if value.doubt))


def unused_words(entry: Entry) -> str:
    """Why a caliper feeds no derived value, such as "Not used: flagged implausible value."

    Empty when it may feed one, and for a rejected one, whose status says it.
    """
    caliper = entry.caliper
    if entry.status is Status.REJECTED or not entry.excluded:
        return ""
    if entry.left_out or not caliper.flags:
        return f"Not used: {entry.excluded}"
    words = " ".join([f"Not used: flagged {flag_words(caliper)}.", *_doubts(caliper)])
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
    """The catalog's measurements under their views, both in clinical order."""
    views: dict[str, list[Definition]] = {}
    for row in CATALOG.values():
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


def reviewer_words(typed: str, acting: str, others: Sequence[str]) -> str:
    """What a reviewer should know before deciding: whose name is used, and who was here before."""
    lines = []
    if not typed:
        lines.append(
            f"Decisions are signed {acting}, the name of this account. "
            "Type your own name or initials."
        )
    if others:
        names = " and ".join(others)
        lines.append(f"Reviewed by {names} before. To go on as one of them, type that name.")
    return " ".join(lines)


def frame_words(frames: tuple[int, ...], count: int) -> str:
    """Which frames will be measured: "1 frame (12)", "30 of 120 frames"."""
    if len(frames) == 1:
        return f"1 frame (number {frames[0]})"
    return f"{len(frames)} of {count} frames"
