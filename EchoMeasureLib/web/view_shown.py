"""Where things lie in the picture, in shares of its width and height, and the keys' hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.mrml.view_window import window_of
from EchoMeasureLib.review.entries import Status

if TYPE_CHECKING:
    from EchoMeasureLib.web.sitting import Sitting


def view(sitting: Sitting) -> Any:
    """Where the image lies, what of it can be moved, how bright it is, and the cross-hair."""
    study = sitting.desk.study
    cine, located = study.cine, study.located
    window = None
    if cine is not None and located is not None:
        window = window_of(sitting.window.slice_node, located.nodes.volume)
    light = [sitting.light.brightness, sitting.light.contrast]
    if cine is None or window is None:
        return {"light": light, "image": None, "ends": [], "hand": None}

    def share(point: PixelPoint) -> list[float]:
        there = window.on_screen(point)
        return [round(there.x / window.size[0], 5), round(there.y / window.size[1], 5)]

    corner = PixelPoint(-0.5, -0.5), PixelPoint(cine.columns - 0.5, cine.rows - 0.5)
    return {
        "light": light,
        "image": [share(point) for point in corner],
        "ends": [share(point) for point in _ends(sitting)],
        "hand": _hand(sitting, share),
    }


def _hand(sitting: Sitting, share: Any) -> Any:
    hand = sitting.hand
    placing = sitting.desk.clicking.measurement
    entry = hand.held
    if not placing and entry is None:
        return None
    row = CATALOG[placing or (entry.measurement if entry is not None else "")]
    return {
        "placing": placing,
        "traced": row.traced,
        "words": hand.words,
        "colour": row.colour,
        "cross": None if hand.point is None else share(hand.point),
        "line": [share(point) for point in hand.line],
    }


def _ends(sitting: Sitting) -> list[PixelPoint]:
    """The points of the frame on display that a finger can take hold of."""
    study = sitting.desk.study
    entries = study.review.on_frame(study.frame, study.image) if study.review is not None else ()
    free = (e for e in entries if not e.locked and e.status is not Status.REJECTED)
    return [landmark.point for entry in free for landmark in entry.caliper.points]
