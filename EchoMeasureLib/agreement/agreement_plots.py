"""Bland-Altman and scatter plots of one value, with the published band of two readers."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from EchoMeasureLib.agreement.comparing import Finding, allowed_difference
from EchoMeasureLib.agreement.estimates import Estimate
from EchoMeasureLib.errors import needed_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS = (7.0, 5.0), 150
"""Size of a plot, and pixels per inch: 1050 by 750 pixels."""

INK, BAND_COLOUR, LIMIT_COLOUR = "#16181d", "#cfe3f3", "#a33b00"

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"""Of groups, told apart by every eye (Okabe and Ito); each has a shape of its own too."""
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*")

MOST_GROUPS = 12
"""Named beside a plot; more of them cannot be told apart, and are drawn alike."""

LONGEST_NAME = 40
"""Characters of a group's name that a plot shows."""

FARTHEST_EDGE = 4.0
"""The edge of the band is shown where it is at most so much farther out than anything else."""

CLOSEST = 0.075
"""Labels beside the plot are at least so far apart, as a share of its height."""

_LOOK: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 11.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def bland_altman_plot(finding: Finding, names: tuple[str, str]) -> bytes:
    """Differences over means, bias and limits with their intervals, as PNG.

    Raises `MissingPackage` without matplotlib.
    """
    return _drawn(lambda axes: _draw_differences(axes, finding, names))


def scatter_plot(finding: Finding, names: tuple[str, str]) -> bytes:
    """The second over the first beside the line on which both are equal, as PNG.

    Raises as `bland_altman_plot`.
    """
    return _drawn(lambda axes: _draw_both(axes, finding, names))


def _drawn(draw: Callable[[Any], None]) -> bytes:
    with needed_for("Drawing plots"):
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    data = io.BytesIO()
    with matplotlib.rc_context(_LOOK), warnings.catch_warnings():
        # A group may be named in a script that the font lacks.
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=INCHES, dpi=DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _draw_differences(axes: Axes, finding: Finding, names: tuple[str, str]) -> None:
    what = finding.quantity
    factor = what.factor
    means = [pair.mean * factor for pair in finding.pairs]
    differences = [pair.difference * factor for pair in finding.pairs]
    left, right = _range(means, 0.08)
    grid = np.linspace(left, right, 50)
    band = [_allowed(finding, x / factor) for x in grid]
    edge = 0.0
    if band[0] is not None:
        top = np.array(band, float) * factor
        edge = float(top[len(top) // 2])
        axes.fill_between(grid, -top, top, color=BAND_COLOUR, lw=0, label=_band_words(finding))
    axes.axhline(0, color=INK, lw=0.8, ls=":")
    limits = finding.limits
    lines = [
        _Line(estimate.value * factor, estimate.times(factor), f"{word} {number}", style)
        for estimate, word, style in (
            (limits.upper, "upper limit", "--"),
            (limits.bias, "bias", "-"),
            (limits.lower, "lower limit", "--"),
        )
        if estimate.value is not None and (number := what.number(estimate.value))
    ]
    for line in lines:
        axes.axhline(line.at, color=LIMIT_COLOUR, lw=1.6, ls=line.style)
    _draw_points(axes, finding, means, differences)
    axes.set_xlim(left, right)
    reach = [*differences, 0.0, *(line.at for line in lines)]
    reach += [y for line in lines for y in (line.estimate.low, line.estimate.high) if y is not None]
    if edge <= FARTHEST_EDGE * max(map(abs, reach)):
        # Where the band ends is seen too, unless the differences would be lost in it.
        reach += [-edge, edge]
    axes.set_ylim(*_range(reach, 0.06, 0.05 * max(map(abs, means))))
    for place, line in enumerate(lines):
        _draw_interval(axes, line.estimate, 0.99 - 0.018 * place)
    _label_lines(axes, lines)
    axes.set_xlabel(f"mean of {names[0]} and {names[1]}{_unit(finding)}")
    axes.set_ylabel(f"{names[1]} minus {names[0]}{_unit(finding)}")
    _finish(axes, finding)


@dataclass(frozen=True, slots=True)
class _Line:
    """Bias or a limit, in the unit that is shown."""

    at: float
    estimate: Estimate
    words: str
    style: str


def _draw_interval(axes: Axes, estimate: Estimate, at: float) -> None:
    """The interval of a line as a bar near the right edge, `at` a share of the width."""
    if estimate.low is None or estimate.high is None:
        return
    axes.plot(
        [at, at], [estimate.low, estimate.high], color=LIMIT_COLOUR, lw=3.5, alpha=0.55,
        solid_capstyle="butt", transform=axes.get_yaxis_transform(),
    )  # fmt: skip


def _label_lines(axes: Axes, lines: Sequence[_Line]) -> None:
    """What each line is, beside the plot, from above, far enough apart to be read."""
    low, high = axes.get_ylim()
    place = math.inf
    for line in lines:
        place = min((line.at - low) / (high - low), place - CLOSEST)
        axes.text(
            1.015, place, line.words, transform=axes.transAxes, va="center", color=LIMIT_COLOUR,
            fontsize=10,
        )  # fmt: skip


def _draw_both(axes: Axes, finding: Finding, names: tuple[str, str]) -> None:
    factor = finding.quantity.factor
    first = [pair.first * factor for pair in finding.pairs]
    second = [pair.second * factor for pair in finding.pairs]
    low, high = _range([*first, *second], 0.08)
    grid = np.linspace(low - (high - low), high + (high - low), 200)
    band = [_allowed(finding, x / factor) for x in grid]
    if band[0] is not None:
        half = np.array(band, float) * factor / 2
        # Where the mean of the two is x and their difference what is allowed.
        outline = [*zip(grid - half, grid + half, strict=True)]
        outline += [*zip(grid + half, grid - half, strict=True)][::-1]
        xs, ys = zip(*outline, strict=True)
        axes.fill(xs, ys, color=BAND_COLOUR, lw=0, label=_band_words(finding))
    axes.axline((low, low), slope=1, color=INK, lw=0.9, ls=":")
    _draw_points(axes, finding, first, second)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.set_xlabel(f"{names[0]}{_unit(finding)}")
    axes.set_ylabel(f"{names[1]}{_unit(finding)}")
    _finish(axes, finding)


def _draw_points(axes: Axes, finding: Finding, x: Sequence[float], y: Sequence[float]) -> None:
    """A point per pair; each group in a colour and a shape, unless there are too many."""
    groups = sorted({pair.group for pair in finding.pairs})
    told_apart = 1 < len(groups) <= MOST_GROUPS
    size = 46 if len(x) <= 60 else 22 if len(x) <= 400 else 9
    for group, colour, shape in zip(groups, cycle(COLOURS), cycle(SHAPES), strict=False):
        own = [index for index, pair in enumerate(finding.pairs) if pair.group == group]
        name = group if len(group) <= LONGEST_NAME else f"{group[:LONGEST_NAME]}..."
        # What begins with a dash below would be hidden from the legend.
        name = f" {name}" if name.startswith("_") else name
        axes.scatter(
            [x[i] for i in own], [y[i] for i in own], s=size, zorder=3, edgecolors="white",
            linewidths=0.6, color=colour if told_apart else COLOURS[0],
            marker=shape if told_apart else SHAPES[0], label=name if told_apart else None,
        )  # fmt: skip


def _finish(axes: Axes, finding: Finding) -> None:
    limits, what = finding.limits, finding.quantity
    pairs = "1 pair" if limits.n == 1 else f"{limits.n} pairs"
    whose = "1 patient" if limits.patients == 1 else f"{limits.patients} patients"
    axes.set_title(f"{what.name}: {pairs} of {whose}", loc="left", fontsize=12.5, weight="bold")
    handles, labels = axes.get_legend_handles_labels()
    figure = axes.get_figure(root=True)
    if handles and figure is not None:
        figure.legend(
            handles, labels, loc="outside lower center", frameon=False, fontsize=9.5,
            ncols=2 if len(handles) > 1 else 1,
        )  # fmt: skip


def _allowed(finding: Finding, size: float) -> float | None:
    return allowed_difference(finding.quantity, abs(size))


def _band_words(finding: Finding) -> str:
    assert finding.band is not None
    return f"95 % of pairs of readers, as published ({finding.band.source})"


def _unit(finding: Finding) -> str:
    unit = finding.quantity.shown_unit
    return f", {unit}" if unit else ""


def _range(numbers: Sequence[float], margin: float, least: float = 0.0) -> tuple[float, float]:
    """What an axis shows: all numbers and some room, at least `least` to either side."""
    low, high = min(numbers), max(numbers)
    room = max((high - low) * margin, least if low == high else 0.0)
    room = room or max(abs(low), 1e-3) * 0.1
    assert math.isfinite(room)
    return low - room, high + room
