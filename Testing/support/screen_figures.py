"""Figures by which real screens and phantoms are told apart, measured the same way on both.

    python Testing/support/screen_figures.py [--seeds 16]

prints them for the plain and the lifelike phantoms beside the range seen on real screens
(`RANGES`). Grey levels 0 to 255 and pixels of the 768x1024 screen.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.signal import find_peaks

from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.layout_parts import Sector

Grey = npt.NDArray[np.float64]

RANGES: Mapping[str, tuple[float, float]] = {
    "other side, mitral PW": (75, 135),
    "other side, TR": (90, 150),
    "clutter, CW and mitral": (110, 165),
    "p99, tissue Doppler": (130, 175),
    "layers per column, M-mode": (16, 20),
    "lit share of the screen, PLAX": (0.31, 0.41),
    "mid-grey share of the sector, PLAX": (0.28, 0.54),
    "speckle across the beam's depth, px": (2.6, 5.0),
    "speckle along the arc, px": (5.0, 12.0),
}
"""What the median over seeds should lie in: the real figures of 103, 126, 120-157, 139-167, 17-19,
0.34-0.39, 0.29-0.53, 3-5 and 5-12, with the spread that a median over few seeds needs."""


def grey(frame: Frame, box: Box) -> Grey:
    """A box of a screen as grey levels."""
    part: Grey = frame[box.y0 : box.y1 + 1, box.x0 : box.x1 + 1].astype(float).mean(axis=2)
    return part


def beside(strip: Grey, baseline: int, up: bool, near: int, far: int) -> float:
    """Mean grey of the rows `near` to `far` px off the baseline on one side."""
    rows = strip[max(0, baseline - far) : baseline - near + 1] if up else None
    return float((strip[baseline + near : baseline + far + 1] if rows is None else rows).mean())


def layers(strip: Grey) -> float:
    """Bright layers per column: maxima of the smoothed column that stand out by 22 levels."""
    smooth = gaussian_filter1d(gaussian_filter1d(strip, 2.0, axis=0), 3.0, axis=1)
    columns = range(40, strip.shape[1] - 10, 20)
    return float(np.mean([len(find_peaks(smooth[:, x], prominence=22)[0]) for x in columns]))


def lit_share(frame: Frame, box: Box) -> float:
    """Share of the screen that is the picture: 8 levels above the screen's own black, smoothed, so
    that dark blood counts where it lies in grain."""
    lit = gaussian_filter(grey(frame, box), 6) > 8 + float(np.median(frame[box.y0 : box.y1, :60]))
    return float(lit.sum() / (frame.shape[0] * frame.shape[1]))


def mid_grey_share(frame: Frame, sector: Sector) -> float:
    """Pixels between 64 and 128 as a share of the whole sector."""
    part = grey(frame, sector.box)
    return float(((part > 64) & (part < 128)).sum() / (sector.radius**2 * sector.half_angle))


def speckle_lengths(frame: Frame, sector: Sector) -> tuple[float, float]:
    """1/e lengths of the grain's autocorrelation down and across, px, below the apex.

    Medians over patches of tissue in the middle of the sector, where beams run nearly down.
    """
    found = []
    for down in range(-120, 121, 40):
        for aside in range(-120, 121, 40):
            x = round(sector.apex[0]) + aside
            y = round(sector.apex[1] + 0.5 * sector.radius) + down
            part = frame[y - 24 : y + 24, x - 24 : x + 24].astype(float).mean(axis=2)
            if 40 < part.mean() < 170:
                rest = part - gaussian_filter(part, 4)
                found.append((_fall(rest, 0), _fall(rest, 1)))
    deep, wide = np.median(found, axis=0) if found else (np.nan, np.nan)
    return float(deep), float(wide)


def _fall(rest: Grey, axis: int) -> float:
    power = float((rest * rest).mean())
    before = 1.0
    for lag in range(1, 40):
        a = rest[lag:] if axis == 0 else rest[:, lag:]
        b = rest[:-lag] if axis == 0 else rest[:, :-lag]
        now = float((a * b).mean()) / power
        if now < np.exp(-1):
            return float(lag - 1 + (before - np.exp(-1)) / (before - now))
        before = now
    return 40.0


def figures(lifelike: bool, seeds: range) -> dict[str, list[float]]:
    """Every figure of every seed, by the names of `RANGES`."""
    from EchoMeasureLib.phantoms.bmode import bmode_study
    from EchoMeasureLib.phantoms.doppler import draw_spectrum
    from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
    from EchoMeasureLib.phantoms.layouts import find_layout
    from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode

    layout = find_layout("768x1024+lifelike" if lifelike else "768x1024")
    found: dict[str, list[float]] = {name: [] for name in RANGES}
    for seed in seeds:
        for kind in ("mvpeak", "trvmax", "latevel"):
            plan = plan_spectrum(kind, layout, seed)
            box = layout.strip.box
            strip = grey(draw_spectrum(plan), box)[:, 60 : plan.end - 2]
            line = plan.baseline_y - box.y0
            if kind == "latevel":
                found["p99, tissue Doppler"].append(float(np.percentile(strip, 99)))
                continue
            name = "other side, mitral PW" if kind == "mvpeak" else "other side, TR"
            found[name].append(beside(strip, line, kind == "trvmax", 8, 60))
            both = [beside(strip, line, up, 3, 15) for up in (True, False)]
            found["clutter, CW and mitral"].append(float(np.mean(both)))
        moving = plan_m_mode("tapse", layout, seed)
        strip = grey(draw_m_mode(moving), layout.strip.box)[:, : moving.end]
        found["layers per column, M-mode"].append(layers(strip))
        study = bmode_study("plax", layout, seed, frames=1)
        frame, sector = study.frame(0), study.layout.sector
        found["lit share of the screen, PLAX"].append(lit_share(frame, sector.box))
        found["mid-grey share of the sector, PLAX"].append(mid_grey_share(frame, sector))
        deep, wide = speckle_lengths(frame, sector)
        found["speckle across the beam's depth, px"].append(deep)
        found["speckle along the arc, px"].append(wide)
    return found


def table(seeds: range) -> list[str]:
    """Median and quartiles of both looks beside the range of real screens."""
    spread: Callable[[list[float]], str] = lambda v: (  # noqa: E731
        f"{np.nanmedian(v):.3g} ({np.nanpercentile(v, 25):.3g}-{np.nanpercentile(v, 75):.3g})"
    )
    plain, lifelike = figures(False, seeds), figures(True, seeds)
    lines = ["| figure | plain | lifelike | asked of the median |", "|---|---|---|---|"]
    for name, (low, high) in RANGES.items():
        cells = (spread(plain[name]), spread(lifelike[name]), f"{low:g}-{high:g}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=16)
    print("\n".join(table(range(parser.parse_args().seeds))))
