"""The calipers of a report that EchoMeasure wrote: points, status and what was said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import CaliperKind, Phase
from EchoMeasureLib.exporting.structured_report.common_items import (
    ALGORITHM_NAME,
    ALGORITHM_PARAMETERS,
    ALGORITHM_VERSION,
)
from EchoMeasureLib.exporting.structured_report.report_answers import NOT_REVIEWED
from EchoMeasureLib.exporting.structured_report.report_codes import (
    CERTAINTY,
    CYCLE_POINT,
    DOUBT,
    NOT_COUNTED,
    NOTE,
    OBSERVER_NAME,
    OTHER_VIEW,
    OUTPUT_OF_LOINC,
    OWN,
    PHASES,
    QUALITY,
    REVIEW_STATUS,
    SOURCE,
    SrCode,
    dcm,
    same,
)
from EchoMeasureLib.exporting.structured_report.report_tree import ReportNode, ReportTree
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.review.entries import LEFT_OUT, Status, allowed_phases

MEASUREMENTS, GROUP = dcm("126010", ""), dcm("125007", "")
PRE, POST = dcm("125301", ""), dcm("125302", "")
TRACKING = dcm("112039", "")


@dataclass(frozen=True, slots=True)
class ReportedCaliper:
    """One caliper as a report has it."""

    id: str
    """Of the entry; empty in TID 5300, which has no place for it."""
    measurement: str
    image: str
    """SOP Instance UID."""
    frame: int
    points: tuple[Landmark, ...]
    numbers: Mapping[str, float]
    """Sizes by output."""
    status: Status
    phase: Phase | None
    """The phase that it can be chosen for; None where none is said."""
    reviewer: str
    note: str
    left_out: str
    quality: str
    view: str
    """Which other view the picture looks like."""
    doubts: frozenset[str]
    """Its flags, in words."""
    model: Provenance | None
    """None where a person put it there."""


def own_calipers(tree: ReportTree) -> tuple[tuple[ReportedCaliper, ...], tuple[str, ...]]:
    """All calipers, and what could not be put together, in words."""
    groups = tree.root.below(MEASUREMENTS, GROUP)
    if groups:
        pieces = [piece for group in groups for piece in _of_group(group)]
        by_id: dict[str, list[ReportedCaliper]] = {}
        for piece in pieces:
            by_id.setdefault(piece.id, []).append(piece)
        sets = list(by_id.values())
    else:
        sets = list(_sets_of_echo(tree))
    found, notes = [], []
    for parts in sets:
        whole = _joined(parts)
        if whole is None:
            notes.append(f"{parts[0].measurement} on frame {parts[0].frame + 1} is not whole")
        else:
            found.append(whole)
    return tuple(found), tuple(notes)


def reader_of(tree: ReportTree) -> str:
    """Who has reviewed; empty where nobody has."""
    return next((_name(words) for words in tree.root.words_of(OBSERVER_NAME)), "")


def _of_group(group: ReportNode) -> Iterator[ReportedCaliper]:
    """TID 1501: a number with its place, and what is said of it beside it."""
    tracking = next(iter(group.words_of(TRACKING)), "")
    id = tracking.split(":", 2)[2] if tracking.count(":") >= 2 else ""
    status = group.code_of(REVIEW_STATUS)
    reader = next((_name(words) for words in group.words_of(OBSERVER_NAME)), "")
    for number in group.children:
        piece = _piece(number, group)
        if piece is not None and id and status is not None:
            yield replace(piece, id=id, status=_status(status), reviewer=reader)


def _sets_of_echo(tree: ReportTree) -> Iterator[list[ReportedCaliper]]:
    """TID 5301 and 5302: numbers with their places; E and A of a beat are those in their order."""
    reader = reader_of(tree)
    pieces = []
    for number in (n for part in (PRE, POST) for h in tree.root.below(part) for n in h.children):
        piece = _piece(number, number)
        if piece is not None:
            open_ = NOT_REVIEWED in number.words_of(DOUBT)
            # What is accepted by hand stands whatever is beside it, so a doubted one is not.
            by_hand = Status.EDITED if piece.doubts and piece.model is None else Status.ACCEPTED
            status = Status.UNREVIEWED if open_ else by_hand
            pieces.append(replace(piece, status=status, reviewer="" if open_ else reader))
    yield from _of_tracings(pieces)
    for piece in pieces:
        row = CATALOG[piece.measurement]
        if row.caliper is not CaliperKind.INFLOW and not row.traced:
            yield [piece]
    inflow = [p for p in pieces if CATALOG[p.measurement].caliper is CaliperKind.INFLOW]
    inflow.sort(key=lambda piece: (piece.image, piece.frame))
    for _, here in groupby(inflow, lambda piece: (piece.image, piece.frame)):
        beside = sorted(here, key=lambda piece: piece.points[0].x)
        waves = [[p for p in beside if set(p.numbers) == {wave}] for wave in ("e", "a")]
        for e, a in zip(*waves, strict=False):
            yield [e, a]
        for alone in waves[0][len(waves[1]) :] + waves[1][len(waves[0]) :]:
            yield [alone]


def _of_tracings(pieces: Sequence[ReportedCaliper]) -> Iterator[list[ReportedCaliper]]:
    """The values of a tracing are those with the same edge."""
    found: dict[tuple[object, ...], list[ReportedCaliper]] = {}
    for piece in pieces:
        if CATALOG[piece.measurement].traced:
            places = tuple(point.point for point in piece.points)
            edge = (piece.measurement, piece.image, piece.frame, places)
            found.setdefault(edge, []).append(piece)
    yield from found.values()


def _piece(number: ReportNode, about: ReportNode) -> ReportedCaliper | None:
    """One number with its place; None for what is no caliper's."""
    known = _output(number.name)
    places = [child for child in number.below(SOURCE) if child.kind == "SCOORD"]
    places = places or [child for child in number.children if child.kind == "SCOORD"]
    if known is None or number.number is None or len(places) != 1:
        return None
    image = next((child for child in places[0].children if child.kind == "IMAGE"), None)
    if image is None:
        return None
    measurement, output = known
    known_points = len(places[0].points)
    certainties = [*map(_certainty, about.words_of(CERTAINTY)), *[(None, None)] * known_points]
    labels = CATALOG[measurement].labels(len(places[0].points))
    first = ("e", "a").index(output) if output in ("e", "a") else 0
    points = tuple(
        Landmark(x, y, labels[first + place], confidence, None, disagreement)
        for place, ((x, y), (confidence, disagreement)) in enumerate(
            zip(places[0].points, certainties, strict=False)
        )
        if first + place < len(labels)
    )
    phase = next((p for p, code in PHASES.items() if same(code, about.code_of(CYCLE_POINT))), None)
    phase = phase or _pre_coordinated_phase(measurement, number.name)
    chosen = phase if phase in allowed_phases(measurement) and _is_choice(measurement) else None
    return ReportedCaliper(
        "",
        measurement,
        image.image,
        image.frame,
        points,
        {output: number.number},
        Status.ACCEPTED,
        chosen,
        "",
        next(iter(about.words_of(NOTE)), ""),
        next(map(_left_out, about.words_of(NOT_COUNTED)), ""),
        next(iter(about.words_of(QUALITY)), ""),
        next(iter(about.words_of(OTHER_VIEW)), ""),
        frozenset(about.words_of(DOUBT)) - {NOT_REVIEWED},
        _model(about),
    )


def _joined(parts: Sequence[ReportedCaliper]) -> ReportedCaliper | None:
    """The caliper whose numbers these are; None where points of it are missing."""
    first = parts[0]
    by_label = {point.label: point for part in parts for point in part.points}
    row = CATALOG[first.measurement]
    points = first.points if row.traced else tuple(map(by_label.get, row.points))
    whole = tuple(point for point in points if point is not None)
    if len(whole) != len(points) or not row.takes(len(whole)):
        return None
    numbers = {key: value for part in parts for key, value in part.numbers.items()}
    doubts = frozenset(doubt for part in parts for doubt in part.doubts)
    unreviewed = any(part.status is Status.UNREVIEWED for part in parts)
    return replace(
        first,
        points=whole,
        numbers=numbers,
        doubts=doubts,
        status=Status.UNREVIEWED if unreviewed else first.status,
    )


def _output(name: SrCode | None) -> tuple[str, str] | None:
    """Measurement and output of a number; None for one of the study or a ratio."""
    if name is None:
        return None
    if name.scheme != OWN:
        found = OUTPUT_OF_LOINC.get(name.value)
    else:
        found = next(
            (
                (row.id, output.id)
                for row in CATALOG.values()
                for output in row.outputs
                if output.id == name.value
            ),
            None,
        )
    return None if found is None or CATALOG[found[0]].output(found[1]).unit == "1" else found


def _pre_coordinated_phase(measurement: str, name: SrCode | None) -> Phase | None:
    """The phase that the code of a number says itself; None where it says none."""
    if name is None or name.scheme == OWN:
        return None
    outputs = (o for o in CATALOG[measurement].outputs if o.loinc == name.value)
    return next((o.phase for o in outputs if not o.loinc_at(None)), None)


def _is_choice(measurement: str) -> bool:
    """Whether a reviewer says which phase a frame is of; a strip shows it by itself."""
    return not CATALOG[measurement].on_strip


def _certainty(words: str) -> tuple[float | None, float | None]:
    said = dict(part.partition("=")[::2] for part in words.split())

    def number(name: str) -> float | None:
        try:
            return float(said[name])
        except (KeyError, ValueError):
            return None

    return number("confidence"), number("disagreement")


def _model(about: ReportNode) -> Provenance | None:
    names, versions = about.words_of(ALGORITHM_NAME), about.words_of(ALGORITHM_VERSION)
    if not (names and versions):
        return None
    said = dict(words.partition("=")[::2] for words in about.words_of(ALGORITHM_PARAMETERS))
    settings = {key: said.get(key, "") for key in ("decoder", "engine", "precision")}
    return Provenance.of_algorithm(names[0], versions[0], set=said.get("weights", ""), **settings)


def _status(code: SrCode) -> Status:
    known = {status.value: status for status in Status}
    return known.get(code.value, Status.UNREVIEWED)


def _left_out(words: str) -> str:
    return words.removeprefix(f"{LEFT_OUT}: ") or LEFT_OUT


def _name(words: str) -> str:
    return words.rstrip("^").strip()
