"""What the light about a point says of it, where the top of its wave is not known well enough.

However unsure a height is: where light ends well below a point, no flow reached it, and where it
goes on well beyond a point as strong as under it, flow did not end there.
"""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.measuring.envelope.edges import Edges
from EchoMeasureLib.measuring.envelope.sides import Side

BESIDE_MS = 15.0
"""How far to either side of a point light is looked at."""

UNDER, AT, DARKER = (0.55, 0.75), (0.8, 1.0), 0.3
"""Parts of a point's height: well under it, and where the light of a peak is; the share of the
light under it that the latter has at least if it is one."""

WITHIN, BEYOND, AS_BRIGHT = (0.7, 0.9), ((1.0, 1.1), (1.15, 1.25)), 0.4
"""Parts just within a peak, and beyond it; the share of the light within that each of the latter
has where flow goes on. Of 1377 peaks of phantoms and 858 of other strips 1 to 2 % have so much."""

LIGHT = 2.0
"""Deviations of the noise that light stands over it at least, to be any."""


MOST_DRAWN_OVER = 0.3
"""Where more of the strip has something drawn over it, its light says nothing."""

NOT_SO_FAR, GOES_ON = "But no light reaches so far.", "But flow goes on well beyond it."


def light_against(side: Side, edges: Edges, column: int, height: float, seen: float) -> str:
    """What the light about a point says against it, in words, if it says the same as the height to
    which its wave is `seen` to reach, pixels as `height`; empty where it does not."""
    columns = columns_about(side, column)
    if is_drawn_over(side, UNDER[0] * height, BEYOND[-1][1] * height, columns):
        return ""
    if height > seen:
        return NOT_SO_FAR if is_beyond_light(edges, columns, height) else ""
    return GOES_ON if is_within_flow(edges, columns, height) else ""


def columns_about(side: Side, column: int) -> slice:
    """Columns of a side beside one of them."""
    reach = max(2, round(side.columns(BESIDE_MS)))
    return slice(max(0, column - reach), column + reach + 1)


def is_drawn_over(side: Side, low: float, high: float, columns: slice) -> bool:
    """Whether something is drawn over these columns between two heights, pixels."""
    return bool(side.hidden[round(low) : round(high), columns].mean() > MOST_DRAWN_OVER)


def is_beyond_light(edges: Edges, columns: slice, height: float) -> bool:
    """Whether light ends well below a height, pixels, in these columns of a side."""
    under, at = (_light(edges, columns, height, part) for part in (UNDER, AT))
    return under > LIGHT and at < DARKER * under


def is_within_flow(edges: Edges, columns: slice, height: float) -> bool:
    """Whether flow goes on well beyond a height, pixels, in these columns of a side."""
    within = _light(edges, columns, height, WITHIN)
    beyond = min(_light(edges, columns, height, part) for part in BEYOND)
    return beyond > max(AS_BRIGHT * within, LIGHT)


def _light(edges: Edges, columns: slice, height: float, part: Sequence[float]) -> float:
    """Mean light between two shares of a height, deviations of the noise over it."""
    first, last = (round(share * height) for share in part)
    rows = edges.soft[first : max(first + 1, last), columns]
    return (float(rows.mean()) - edges.noise) / max(edges.spread, 1e-6) if rows.size else 0.0
