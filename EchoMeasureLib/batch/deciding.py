"""What is measured in a file: what a manifest or rule says, else its regions, words and picture.

Nothing is guessed. Where a jet is seen and nothing says of which valve, it is not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from EchoMeasureLib.batch.map_rules import Manifest, Rules
from EchoMeasureLib.catalog import CATALOG, of_same_flow
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.view_texts import named_in_file
from EchoMeasureLib.inference.view_check import VIEWS, Seen, View, ViewCheck
from EchoMeasureLib.measurable import judge, why_nothing

NOTHING_SEEN = (
    "Nothing is seen in the picture by which its view is known, and no word of the file names one."
)
NOT_NAMED = "The manifest does not name it."
HOW = "A rule of --map or a manifest can."


@dataclass(frozen=True, slots=True)
class Orders:
    """What the site says of its files beside what they say themselves."""

    rules: Rules = field(default_factory=Rules)
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is measured in one file, and what not."""

    asked: Mapping[str, tuple[int, ...]]
    """Frames by measurement; none mean all that are asked for of every file."""
    refused: Mapping[str, str]
    """Why not, by measurement."""
    seen: Seen
    """What the picture shows."""
    by: str
    """What decided: manifest, map, text or picture."""


def decide(
    cine: Cine, path: Path, known: Sequence[str], orders: Orders, views: ViewCheck
) -> Decision:
    """What is measured in this file. `known` are the ids that are asked for and have weights.

    Raises `CannotMeasure` with the reason where it is nothing, and as `ViewCheck.look`.
    """
    if orders.manifest is not None:
        wanted = orders.manifest.asked(path)
        if wanted is None:
            raise CannotMeasure(NOT_NAMED)
        return _as_told(cine, wanted, known, views, "manifest")
    mapped = orders.rules.measurements(path)
    if mapped is not None:
        return _as_told(cine, dict.fromkeys(mapped, ()), known, views, "map")
    return _by_itself(cine, path, known, views)


def _as_told(
    cine: Cine,
    wanted: Mapping[str, tuple[int, ...]],
    known: Sequence[str],
    views: ViewCheck,
    by: str,
) -> Decision:
    asked: dict[str, tuple[int, ...]] = {}
    refused: dict[str, str] = {}
    for id, frames in wanted.items():
        verdict = judge(cine.regions, CATALOG[id])
        if id not in known:
            refused[id] = f"{id} is not asked for, or has no weights."
        elif not verdict.may_look:
            refused[id] = verdict.refusal
        else:
            asked[id] = frames
    if not asked:
        raise CannotMeasure(" ".join(dict.fromkeys(refused.values())))
    return Decision(asked, refused, views.look(cine, list(asked)), by)


def _by_itself(cine: Cine, path: Path, known: Sequence[str], views: ViewCheck) -> Decision:
    allowed = _allowed(cine, known)
    if not allowed:
        raise CannotMeasure(_why_nothing(cine, known))
    named = named_in_file(path) & set(allowed)
    seen = views.look(cine, allowed)
    ids, refused = _chosen(allowed, named, seen.views)
    if not ids:
        raise CannotMeasure(" ".join(dict.fromkeys(refused.values())) or _unseen(seen))
    return Decision(dict.fromkeys(ids, ()), refused, seen, "text" if named else "picture")


def _allowed(cine: Cine, known: Sequence[str]) -> list[str]:
    """What can have a number here. Beside a strip the image is the small one that aims the beam."""
    verdicts = [judge(cine.regions, CATALOG[id]) for id in known]
    ids = [one.measurement for one in verdicts if one.may_look and one.obstacle is None]
    on_strip = any(region.kind.is_strip and region.usable for region in cine.regions)
    return [id for id in ids if CATALOG[id].on_strip or not on_strip]


def _why_nothing(cine: Cine, known: Sequence[str]) -> str:
    words = why_nothing(cine.regions)
    if words:
        return words
    verdicts = (judge(cine.regions, CATALOG[id]) for id in known)
    reasons = dict.fromkeys(verdict.reason for verdict in verdicts if verdict.reason)
    return next(iter(reasons), "What can be measured in it is not asked for, or has no weights.")


def _chosen(
    allowed: Sequence[str], named: frozenset[str] | set[str], shown: Iterable[View]
) -> tuple[list[str], dict[str, str]]:
    """What is measured, and what could be and is not told from another."""
    by_view = VIEWS if named else tuple(shown)
    shows = {id for view in by_view for id in view.measurements}
    offered = named or {same for id in shows for same in of_same_flow(id)}
    ids: list[str] = []
    refused: dict[str, str] = {}
    for view in by_view:
        flows = {id: of_same_flow(id) for id in view.measurements}
        fitting = [id for id in chain(*flows.values()) if id in offered and id in allowed]
        # The picture alone tells none of them from the others, whichever are asked for.
        possible = [id for id, same in flows.items() if not named or {*same} & {*fitting}]
        if view.on_strip and len(possible) > 1:
            which = " or ".join(CATALOG[id].short_name for id in possible)
            why = f"The strip shows {view.words}; nothing says whether it is {which}. {HOW}"
            refused |= dict.fromkeys(fitting, why)
        else:
            ids += fitting
    return [id for id in allowed if id in ids], refused


def _unseen(seen: Seen) -> str:
    if not seen.views:
        return NOTHING_SEEN
    return (
        f"The picture looks like {seen.views[0].words}, of which nothing is asked for that can be "
        "measured in it."
    )
