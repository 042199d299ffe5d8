"""A distribution as a small drawing in a page: bars of SVG, no script and no file."""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.exporting.report.html_text import Html, element

WIDTH, HEIGHT = 230, 46
FEWEST_BARS, MOST_BARS = 5, 24
COLOUR = "#0072b2"


def histogram(numbers: Sequence[float], words: str) -> Html:
    """The bars of these numbers from the least to the greatest; empty for fewer than two.

    `words` say what it shows, for who does not see it.
    """
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if len(numbers) < 2 or low == high:
        return Html()
    number_of_bars = max(FEWEST_BARS, min(MOST_BARS, round(2 * len(numbers) ** 0.5)))
    counts = [0] * number_of_bars
    for number in numbers:
        place = int(number_of_bars * (number - low) / (high - low))
        counts[min(number_of_bars - 1, place)] += 1
    step, tallest = WIDTH / number_of_bars, max(counts)
    bars = [
        element(
            "rect",
            x=f"{place * step + 0.5:.1f}",
            y=f"{HEIGHT * (1 - count / tallest):.1f}",
            width=f"{step - 1:.1f}",
            height=f"{HEIGHT * count / tallest:.1f}",
            fill=COLOUR,
        )
        for place, count in enumerate(counts)
        if count
    ]
    line = element("rect", x="0", y=f"{HEIGHT}", width=f"{WIDTH}", height="1", fill="currentColor")
    return element(
        "svg",
        bars,
        line,
        viewBox=f"0 0 {WIDTH} {HEIGHT + 1}",
        width=f"{WIDTH}",
        height=f"{HEIGHT + 1}",
        role="img",
        aria_label=words,
    )
