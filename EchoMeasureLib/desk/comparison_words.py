"""What the comparison of two reviewers says in plain words."""

from __future__ import annotations

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.review.compare import Comparison, Line


def comparison_words(comparison: Comparison) -> str:
    """Who is compared, and on how much they differ."""
    first, second = comparison.reviewers
    count, differing = comparison.calipers, len(comparison.differences)
    who = f"{first} (you) and {second}"
    calipers = "1 caliper" if count == 1 else f"{count} calipers"
    if not differing:
        told = f"{who} agree on {calipers}."
    else:
        told = f"{who} differ on {differing} of {calipers}, largest difference first."
    return f"{told} A line leads to its frame. Nothing of {second}'s can be changed here."


def line_words(line: Line) -> tuple[str, ...]:
    """A line of a comparison: name, frame, both values, difference, distance, both statuses."""
    caliper, value = line.caliper, line.value
    row = CATALOG[caliper.measurement]
    output = row.output(value.id)
    name = row.short_name if len(caliper.values) == 1 else output.name
    ids, numbers = (caliper.first, caliper.second), (value.first, value.second)
    texts = (
        "none" if id is None else "no value" if number is None else output.text(number)
        for id, number in zip(ids, numbers, strict=True)
    )
    statuses = (
        ", ".join(
            [
                status.value if status is not None else "",
                *([phase.words] if phase else []),
                *(["left out"] if left_out else []),
            ]
        )
        for status, phase, left_out in zip(
            caliper.statuses, caliper.phases, caliper.left_out, strict=True
        )
    )
    return (
        name,
        str(caliper.frame + 1),
        *texts,
        _difference_words(line),
        _apart_words(line),
        *statuses,
    )


def _difference_words(line: Line) -> str:
    """Such as "0.32 cm (7.7 %)"; empty where one of the two has no number."""
    value = line.value
    if value.difference is None:
        return ""
    text = CATALOG[line.caliper.measurement].output(value.id).text(value.difference)
    return text if value.percent is None else f"{text} ({value.percent:.1f} %)"


def _apart_words(line: Line) -> str:
    """In mm where the image says how large a pixel is, else in pixels."""
    if line.distance_mm is not None:
        return f"{line.distance_mm:.1f} mm"
    return "" if line.distance_px is None else f"{line.distance_px:.1f} px"
