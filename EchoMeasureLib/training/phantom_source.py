"""Phantoms drawn for training: every sample from a seed of its own, on all screens.

Training takes its seeds from `HELD_OUT_SEEDS` on; smaller ones belong to validation
(`make validate`), so no network has seen a phantom that it is judged by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from EchoMeasureLib.catalog import CATALOG, NETWORKED, definition
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.canvas import Canvas, image_canvas, strip_canvas
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_frame
from EchoMeasureLib.phantoms.layout_parts import Layout, Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import GENERATOR
from EchoMeasureLib.training.dataset import Sample, reduced
from EchoMeasureLib.training.sources import on_canvas
from EchoMeasureLib.training.strip_kinds import LIFELIKE_STRIP_KINDS, STRIP_KINDS, draw_strip
from EchoMeasureLib.training.tasks import CanvasKind, Heads, Supervision, supervision

HELD_OUT_SEEDS = 500_000
"""First seed of the samples that training watches itself with."""

TRAINING_SEEDS = 1_000_000
"""First seed of the samples that it learns from."""

VIEW_ODDS: Mapping[str, float] = MappingProxyType(
    {
        "plax": 0.48,
        "a4c": 0.13,
        "psax": 0.13,
        "subcostal": 0.13,
        "a2c": 0.04,
        "psax_lv": 0.04,
        "strip": 0.05,
    }
)
"""How often the 2-D network sees a view; the last three are negatives."""

LIFELIKE_VIEW_ODDS: Mapping[str, float] = MappingProxyType(
    {
        "plax": 0.47,
        "a4c": 0.14,
        "psax": 0.12,
        "subcostal": 0.12,
        "a2c": 0.04,
        "psax_lv": 0.04,
        "strip": 0.07,
    }
)
"""The same among lifelike frames; the strips are of any kind, M-modes included."""

PAST_THE_EDGE = 0.05
"""Share of lifelike strips whose peaks are cut off or come back on the other side: there is
nothing to find on them."""

OTHER_SIDE = 0.3
"""Share of spectral strips shown as a measurement of the other side of the baseline would
see them: upside down where the canvas turns them, and with nothing to find."""


@dataclass(frozen=True, slots=True)
class PhantomSource:
    """`count` phantoms, one from each seed from `first` on (a `SampleSource`)."""

    heads: Heads
    reduction: int
    first: int
    count: int
    lifelike: float = 0.0
    """Share of lifelike phantoms; the rest are plain."""

    def identity(self) -> dict[str, Any]:
        """Seeds, heads, reduction, looks and the version of the generator."""
        look = {"lifelike": self.lifelike} if self.lifelike else {}
        return {
            **look,
            "source": "phantoms",
            "generator": GENERATOR,
            "heads": list(self.heads.ids),
            "reduction": self.reduction,
            "first_seed": self.first,
            "count": self.count,
        }

    def sample(self, index: int) -> Sample:
        """The phantom of seed `first + index`, with its landmarks in canvas pixels."""
        seed = self.first + index
        rng = np.random.default_rng([seed, 20])
        lifelike = bool(np.random.default_rng([seed, 21]).random() < self.lifelike)
        draw = _image if self.heads.kind is CanvasKind.IMAGE else _strip
        canvas, known, name = draw(self.heads, seed, rng, lifelike)
        return Sample(reduced(canvas.pixels, self.reduction), known, name)


Drawn = tuple[Canvas, Supervision, str]


def _image(heads: Heads, seed: int, rng: np.random.Generator, lifelike: bool) -> Drawn:
    odds = LIFELIKE_VIEW_ODDS if lifelike else VIEW_ODDS
    view = str(rng.choice(list(odds), p=list(odds.values())))
    quirks = {Quirk.TWO_PANES: 0.04, Quirk.ECG_REGION: 0.25}
    layout = _layout(rng, quirks, lifelike)
    if view == "strip":
        kinds = list(LIFELIKE_STRIP_KINDS) if lifelike else list(STRIP_KINDS)
        kind = str(rng.choice([kind for kind in kinds if lifelike or kind != "tapse"]))
        frame = draw_strip(kind, layout, seed).frame(0)
        return image_canvas(frame), supervision(heads, {}), f"{kind} {layout.name} {seed}"
    of_view = [id for id, shown in BMODE_MEASUREMENTS.items() if shown == view]
    wanted = str(rng.choice(of_view)) if of_view and rng.random() < 0.6 else None
    frame, landmarks = bmode_frame(view, layout, rng, measurement=wanted)
    canvas = image_canvas(frame)
    seen = on_canvas({id: (ends,) for id, ends in landmarks.items()}, canvas.to_canvas, heads)
    # A structure of this view without landmarks lies partly outside the sector, and what a
    # second pane shows is not listed: there is nothing to say about either.
    unknown = set(of_view if len(layout.sectors) == 1 else heads.ids)
    return canvas, supervision(heads, seen, unknown), f"{view} {layout.name} {seed}"


def choose_strip(rng: np.random.Generator, lifelike: bool) -> tuple[str, Layout]:
    """The kind and the screen of one strip; at some its peaks are past the edge."""
    table = LIFELIKE_STRIP_KINDS if lifelike else STRIP_KINDS
    kinds = list(table)
    odds = np.array([table[kind] for kind in kinds])
    kind = str(rng.choice(kinds, p=odds / odds.sum()))
    layout = _layout(rng, {Quirk.INVERTED: 0.12}, lifelike)
    if lifelike and kind in CATALOG and rng.random() < PAST_THE_EDGE:
        edges = [Quirk.CLIPPED] if kind == "tapse" else [Quirk.CLIPPED, Quirk.ALIASED]
        layout = layout.with_quirks(edges[int(rng.integers(len(edges)))])
    return kind, layout


def _strip(heads: Heads, seed: int, rng: np.random.Generator, lifelike: bool) -> Drawn:
    kind, layout = choose_strip(rng, lifelike)
    past = layout.has(Quirk.CLIPPED) or layout.has(Quirk.ALIASED)
    study = draw_strip(kind, layout, seed)
    region = _strip_region(study)
    id = kind if kind in CATALOG else str(rng.choice(_fitting(region)))
    other = _other_side(id, region)
    frame = study.frame(0)
    usual = strip_canvas(frame, region, definition(id))
    canvas = usual
    if other is not None and rng.random() < OTHER_SIDE:
        canvas = strip_canvas(frame, region, definition(other))
    name = f"{kind} {layout.name} {seed}"
    if canvas.flipped != usual.flipped and kind in CATALOG:
        # Nobody asks a head of the strip's own side about this upside-down picture.
        same_side = {row.id for row in NETWORKED.values() if row.side is CATALOG[id].side}
        return canvas, supervision(heads, {}, same_side), f"{name} turned"
    seen = on_canvas({} if past else _landmarks(study), canvas.to_canvas, heads)
    known = supervision(heads, seen)
    if kind == "inflow_without_a" and "mvpeak" in heads.ids:
        # Its E is there, though not listed: a pair cannot be measured.
        known.known[heads.slices()["mvpeak"].start] = 0
    return canvas, known, name


def _layout(rng: np.random.Generator, odds: Mapping[Quirk, float], lifelike: bool) -> Layout:
    layout = LAYOUTS[str(rng.choice(list(LAYOUTS)))]
    chosen = [quirk for quirk, chance in odds.items() if rng.random() < chance]
    if lifelike:
        chosen.append(Quirk.LIFELIKE)
    return layout.with_quirks(*chosen) if chosen else layout


def _strip_region(study: PhantomStudy) -> Region:
    from pydicom import Dataset

    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = list(study.regions)
    regions = read_regions(dataset, study.layout.columns, study.layout.rows)
    return next(region for region in regions if region.kind.is_strip)


def _landmarks(study: PhantomStudy) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for id, truth in study.truth["measurements"].items():
        entry = truth["frames"]["0"]
        found[id] = entry.get("beats_points") or [entry["points"]]
    return found


def _fitting(region: Region) -> list[str]:
    return [row.id for row in NETWORKED.values() if region.kind in row.regions]


def _other_side(id: str, region: Region) -> str | None:
    """A measurement of such a region whose flow lies on the other side of the baseline."""
    side = CATALOG[id].side
    others = [
        other for other in _fitting(region) if CATALOG[other].side not in (side, None) and side
    ]
    return others[0] if others else None
