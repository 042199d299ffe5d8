"""Calipers of one long-axis frame: walls that meet, vessels at their level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from long_axis_frames import Lines, long_axis_clip

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.long_axis import Line, Misfit, misfits

NAMES = {id: row.short_name for id, row in CATALOG.items()}
CAVITY = {"lvid": [(0, 0), (0, 48)]}
Pairs = Mapping[str, Sequence[tuple[float, float]]]


def found(lines: Pairs) -> tuple[Misfit, ...]:
    """Ends in mm."""
    return misfits({id: Line(ends[0], ends[1]) for id, ends in lines.items()}, NAMES)


def in_mm(frame: Lines) -> dict[str, list[tuple[float, float]]]:
    return {id: [(10 * x, 10 * z) for x, z in ends] for id, ends in frame.items()}


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ([(0, 48), (0, 57)], ""),
        ([(0, 50.5), (0, 59)], ""),
        ([(0, 56), (0, 65)], "LVID and LVPW, which share a wall, leave a gap of 8 mm."),
        ([(0, 41), (0, 50)], "LVID and LVPW, which share a wall, overlap by 7 mm."),
        ([(0, 48), (6, 55)], "LVID and LVPW, which share a wall, lie at 41 degrees to each other."),
        ([(0, 48), (4, 57)], ""),
        # At another place along a wall that lies askew by 17 degrees.
        ([(10, 51), (10, 60)], ""),
        ([(18, 49), (18, 58)], "LVID and LVPW, which share a wall, stand 18 mm apart along it."),
    ],
)
def test_walls_lie_end_to_end(wall: Sequence[tuple[float, float]], words: str) -> None:
    said = found({**CAVITY, "lvpw": wall})
    assert [misfit.words for misfit in said] == ([words] if words else [])
    assert all(misfit.measurements == ("lvid", "lvpw") for misfit in said)


def test_a_wall_drawn_from_the_wrong_side_does_not_meet() -> None:
    (said,) = found({**CAVITY, "ivs": [(0, 0), (0, -10)]})
    assert said.flag is Flag.WALLS_APART
    assert "run against each other" in said.words


def test_a_posterior_wall_half_as_thick_as_the_septum_is_at_odds_with_it() -> None:
    (said,) = found({**CAVITY, "ivs": [(0, -10), (0, 0)], "lvpw": [(0, 48), (0, 52.5)]})
    assert (said.flag, said.measurements) == (Flag.AT_ODDS, ("lvpw",))
    assert said.words == "LVPW is 4 mm beside IVS of 10 mm."


VESSEL = {
    "aortic_root": [(35, 0), (35, 33)],
    "aorta": [(60, 0), (60, 30)],
    "la": [(36, 36), (36, 70)],
}


@pytest.mark.parametrize("side", [1, -1], ids=["to the right", "mirrored"])
@pytest.mark.parametrize(
    ("changed", "about", "words"),
    [
        ({}, (), ""),
        (
            {"aortic_root": [(23, 5), (23, 28)]},
            ("aortic_root",),
            "Ao root lies 13 mm before LA along the vessel, too near to the ventricle.",
        ),
        (
            {"aorta": [(39, 0), (39, 33)]},
            ("aorta",),
            "Asc Ao lies 3 mm beyond LA along the vessel, too near to the ventricle.",
        ),
        (
            {"aortic_root": [(12, 5), (12, 28)]},
            ("aortic_root",),
            "Ao root lies 12 mm from the ventricle's calipers; it has 22 or more.",
        ),
    ],
)
def test_vessels_lie_beyond_the_ventricle_in_order(
    side: int, changed: Pairs, about: Sequence[str], words: str
) -> None:
    lines = {**CAVITY, **VESSEL, **changed}
    mirrored = {id: [(side * x, y) for x, y in ends] for id, ends in lines.items()}
    said = found(mirrored)
    assert [misfit.words for misfit in said] == ([words] if words else [])
    assert all(misfit.measurements == about for misfit in said)


def test_root_and_aorta_on_one_place_speak_against_each_other() -> None:
    """Nothing else says which of the two is wrong."""
    (said,) = found({"aortic_root": [(35, 0), (35, 33)], "aorta": [(38, 0), (38, 32)]})
    assert said.measurements == ("aortic_root", "aorta")
    assert said.words == "Asc Ao lies 3 mm beyond Ao root along the vessel."


@pytest.mark.parametrize("jitter", [0.0, 1.0], ids=["true", "as a network reads it"])
def test_hearts_pass(jitter: float) -> None:
    for seed in range(40):
        clip = long_axis_clip(seed, 8, beats=1, lifelike=bool(seed % 2), jitter=jitter)
        for frame in clip.frames:
            assert not found(in_mm(frame))


@pytest.mark.parametrize(
    ("id", "others"),
    [
        ("lvid", ("ivs", "lvpw")),
        ("aortic_root", ("lvid", "la")),
        ("aorta", ("lvid", "lvpw", "aortic_root")),
    ],
)
def test_what_is_read_elsewhere_is_told(id: str, others: Sequence[str]) -> None:
    """The diameter on a leaflet; root and ascending aorta at the annulus; whatever the phase."""
    told = []
    for seed in range(40):
        clip = long_axis_clip(seed, 8, beats=1, lifelike=bool(seed % 2), jitter=1.0)
        for true, wrong in zip(clip.frames, clip.wrong, strict=True):
            lines = {**{other: true[other] for other in others}, id: wrong[id]}
            told.append(any(id in misfit.measurements for misfit in found(in_mm(lines))))
    assert np.mean(told) >= 0.95
