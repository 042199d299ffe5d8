"""What the envelope reader traces against what was drawn, on strips that nothing was fitted on.

    python Testing/validation/traced_waves.py --strips 20

prints, for plain and lifelike strips, how many of the whole beats were traced and how far they are
off: integrals and mean gradient in per cent, the fall of E in ms. The slow flow between E and A of
lifelike strips is no part of the truth of MV VTI.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict

import numpy as np
from curve_beats import ROOT

sys.path.insert(0, str(ROOT / "Testing" / "support"))

from edge_strips import clean
from traced_truth import true_waves

from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.calipers import Origin, measure
from EchoMeasureLib.phantoms.doppler import plan_spectrum
from EchoMeasureLib.phantoms.layouts import LAYOUTS, Quirk

FIRST_SEED = 71_001
ASKED = {
    "lvotvmax": ("lvotvti",),
    "avvmax": ("avvti",),
    "trvmax": ("trvti",),
    "mrvmax": ("mrvti",),
    "mvpeak": ("mvvti", "mvdt"),
}


def main() -> None:
    """Print a line per value."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strips", type=int, default=20, help="of each kind, plain and lifelike")
    strips = parser.parse_args().strips
    off: dict[tuple[str, str], list[float]] = defaultdict(list)
    beats: Counter[tuple[str, str]] = Counter()
    for looks in ("plain", "lifelike"):
        for name in ASKED:
            for seed in range(FIRST_SEED, FIRST_SEED + strips):
                _one(name, looks, seed, off, beats)
    print("| value | strips | traced | median | median size | 90 % within |\n" + "|---" * 6 + "|")
    for key, errors in off.items():
        sizes = np.abs(errors)
        numbers = (
            f"{np.median(errors):.1f} | {np.median(sizes):.1f} | {np.percentile(sizes, 90):.1f}"
        )
        print(f"| {key[0]} | {key[1]} | {len(errors)} of {beats[key]} | {numbers} |")


def _one(
    name: str,
    looks: str,
    seed: int,
    off: dict[tuple[str, str], list[float]],
    beats: Counter[tuple[str, str]],
) -> None:
    layout = LAYOUTS[list(LAYOUTS)[seed % len(LAYOUTS)]]
    plan = plan_spectrum(
        name, layout.with_quirks(Quirk.LIFELIKE) if looks == "lifelike" else layout, seed
    )
    strip, truths = clean(plan), true_waves(plan)
    for id in ASKED[name]:
        beats[id, looks] += len(truths)
        beats["av_mean_gradient", looks] += len(truths) * (id == "avvti")
        prediction = read_beats(strip.cine, id, 0).prediction
        for points in prediction.beats if prediction is not None else ():
            values = measure(strip.cine, id, points, 0, Origin.ENVELOPE).values
            column = points[0].x if id == "mvdt" else float(np.mean([p.x for p in points]))
            truth = next((t for t in truths if t.first <= column <= t.last), None)
            if truth is None or values[0].value is None:
                continue
            if id != "mvdt":
                off[id, looks].append(100 * (values[0].value / truth.integral_cm - 1))
            elif truth.fall_ms is not None:
                off[id, looks].append(values[0].value - truth.fall_ms)
            if id == "avvti" and values[1].value is not None:
                share = values[1].value / truth.mean_gradient_mmhg
                off["av_mean_gradient", looks].append(100 * (share - 1))


if __name__ == "__main__":
    main()
