"""How the limits of the picture checks were found: `python Testing/validation/quality_limits.py`.

Writes Docs/quality.md. The limits were chosen on seeds 5000 to 6011; those here are others.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from pydicom.data import get_testdata_file

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "Testing" / "support"))

from spoiled_cines import CAUGHT_BY, spoiled  # noqa: E402

from EchoMeasureLib.imaging.cine import Cine  # noqa: E402
from EchoMeasureLib.imaging.reading import read  # noqa: E402
from EchoMeasureLib.inference.looking import MOST_FRAMES, choose  # noqa: E402
from EchoMeasureLib.inference.quality import assess  # noqa: E402
from EchoMeasureLib.inference.quality_findings import CHECKS, Quality, Standing  # noqa: E402
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS  # noqa: E402
from EchoMeasureLib.phantoms.doppler_plan import MAKERS  # noqa: E402
from EchoMeasureLib.phantoms.generate import generate  # noqa: E402
from EchoMeasureLib.phantoms.layout_parts import Quirk  # noqa: E402
from EchoMeasureLib.phantoms.layouts import LAYOUTS  # noqa: E402
from EchoMeasureLib.phantoms.study import PhantomStudy  # noqa: E402

PAGE = ROOT / "Docs" / "quality.md"
FIRST_SEED = 7000
FEW_FRAMES = 6
"""Of a spoiled cine, to save time: three pairs of those that are looked at."""
QUIRKS = ("+lifelike", "", "+two-panes", "+ecg-region+lifelike")

REAL = (
    ("color3d_jpeg_baseline.dcm", "apical cine, SonoSite"),
    ("examples_ybr_color.dcm", "the same, a quarter of the pixels"),
    ("ultrasound-multiframe.dcm", "long axis with colour, Philips"),
    ("JPGLosslessP14SV1_1s_1f_8b.dcm", "long axis, still, Philips"),
    ("gdcm-US-ALOKA-16.dcm", "pelvis, two images, still, Aloka"),
    ("US1_UNCI.dcm", "lymph node with colour, still, GE"),
    ("OBXXXX1A.dcm", "curved probe in the air, still, Philips"),
    ("examples_palette.dcm", "the same, its lower part cut off"),
    ("OBXXXX1A_2frame.dcm", "the same, and once more with inverted colours"),
    ("RGB_IMAGE.dcm", "curved probe in the air, still, Siemens"),
    ("GREYSCALE_IMAGE.dcm", "linear probe in the air, still, Philips"),
    ("GREYSCALE_CINE.zip", "linear probe in the air, cine, Philips"),
    ("RGB_CINE.zip", "linear probe in the air, cine, Terason"),
)

Numbers = dict[str, list[float]]


class Tally:
    """The numbers of every check over many pictures, and how often each was out of its limits."""

    def __init__(self) -> None:
        self.count = 0
        self.numbers: Numbers = defaultdict(list)
        self.outside: dict[str, int] = defaultdict(int)
        self.poor = 0

    def add(self, quality: Quality) -> None:
        self.count += 1
        self.poor += quality.poor
        for finding in quality.findings:
            if finding.value is not None:
                self.numbers[finding.check].append(finding.value)
            self.outside[finding.check] += finding.standing in (Standing.POOR, Standing.NOTICE)

    def range(self, check: str) -> str:
        """Lowest and highest number."""
        found = self.numbers[check]
        return (
            "-"
            if not found
            else " to ".join(f"{n:.{CHECKS[check].decimals}f}" for n in (min(found), max(found)))
        )


class Study:
    """All pictures, looked at once."""

    def __init__(self, seeds: int) -> None:
        self.clean, self.stills, self.strips = Tally(), Tally(), Tally()
        self.spoiled: dict[str, Tally] = {how: Tally() for how in CAUGHT_BY}
        self.traces: dict[bool, list[bool]] = {True: [], False: []}
        for study in _cines(seeds):
            self._look(study)
        for study in _strips(seeds):
            self.strips.add(assess(spoiled(study)))

    def _look(self, drawn_anew: PhantomStudy) -> None:
        print(drawn_anew.name, file=sys.stderr, flush=True)
        drawings = functools.lru_cache(drawn_anew.render)
        study = replace(drawn_anew, render=lambda index: drawings(index).copy())
        looked = choose(range(study.frame_count))
        few = (*looked[:2], *looked[len(looked) // 2 - 2 :][:2], *looked[-2:])
        clean = assess(spoiled(study))
        self.clean.add(clean)
        self.stills.add(assess(spoiled(study), frames=[0]))
        for how, tally in self.spoiled.items():
            tally.add(assess(spoiled(study, how), frames=few))
        drawn = study.layout.ecg is not None or study.layout.has(Quirk.ECG_REGION)
        (ecg,) = (finding for finding in clean.findings if finding.check == "ecg")
        self.traces[drawn].append(ecg.standing is Standing.GOOD)


def _cines(seeds: int) -> Iterator[PhantomStudy]:
    seed = FIRST_SEED
    for number in range(seeds):
        for place, layout in enumerate(LAYOUTS):
            for view in dict.fromkeys(BMODE_MEASUREMENTS.values()):
                yield generate(view, layout + QUIRKS[(seed + place + number) % len(QUIRKS)], seed)
                seed += 1


def _strips(seeds: int) -> Iterator[PhantomStudy]:
    for number, shown in enumerate([*MAKERS, "tapse"] * seeds):
        layout = list(LAYOUTS)[number % len(LAYOUTS)] + ("", "+lifelike")[number % 2]
        yield generate(shown, layout, FIRST_SEED + number)


def real_cines(folder: Path) -> Iterator[tuple[str, str, Cine]]:
    """The real files by name, with what they show."""
    for name, shown in REAL:
        path = get_testdata_file(name, download=False)
        if not path:
            (file,) = (f for f in metadata.files("deid-data") or () if f.name == name)
            path = str(file.locate())
        if name.endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                path = archive.extract(name.replace(".zip", ".dcm"), folder)
        yield name, shown, read(Path(path))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


WORDS = {
    "sector": "the hull of what is lit inside the declared regions, without writing and bars",
    "motion": "1 - lowest correlation, between two frames, of the mean grey of small cells",
    "repeats": "neighbouring frames of which under 1 % of the pixels differ by more than a level",
    "gain_low": "the 95th percentile of the grey levels in the sector",
    "gain_high": "pixels of level 128 or more among those that are lit",
    "sharpness": "root mean square step of grey along the beam over 0.75 mm (where nobody knows "
    "how large a pixel is, 0.5 % of the picture's height) against that over four times as much; "
    "0.25 is a picture without any finer detail",
    "cover": "cells with colour that no grey scale has, or with writing that stands still while "
    "the rest moves, among those that are lit",
    "ecg": "the widest thin line with waves; R waves in the file count as well",
    "network": "the probability of the video quality network (parasternal long axes, cines)",
}


def page(study: Study, folder: Path) -> str:
    """The whole page."""
    clean, stills = study.clean, study.stills
    asked = [id for id in CHECKS if id not in ("network", "ecg")]
    drawn, absent = study.traces[True], study.traces[False]
    lines = [
        "# Is the picture good enough?",
        "",
        "Written by `python Testing/validation/quality_limits.py`, a part of `make validate`; do "
        "not edit by hand.",
        "",
        "`echomeasure quality FILE` asks a picture these questions, `echomeasure measure` and the "
        f"panel ask them before they measure. At most {MOST_FRAMES} frames are read, in pairs of "
        "neighbours from the whole cine, however long it is. Research use only.",
        "",
        *table(
            ["check", "question", "number", "unit", "limit", "outside"],
            [
                [c.id, c.asks, WORDS[c.id], c.unit or "-", c.limit, c.outside.value]
                for c in CHECKS.values()
            ],
        ),
        "",
        "*Poor*: what a network finds in the picture carries the flag `poor_quality`, with the "
        "sentence of the check. It is shown, and feeds no derived value until a reviewer takes the "
        "position over or moves it. *Notice*: said, and nothing more. On Doppler and M-mode strips "
        "only the presence of a picture and the ECG are judged; on stills neither motion nor "
        "repeats; writing over the picture is told from tissue by motion, so not on stills.",
        "",
        "## The video quality network",
        "",
        "EchoPrime's quality control, `video_quality_model.pt`: EchoMeasure does not bring it. Put "
        "it into the folder that `--weights` or `$ECHOMEASURE_WEIGHTS` names, or into the user's "
        "data folder. Another file of that name and shape is used as an *unknown file*; its "
        "SHA-256 is shown and goes into the results. It is read as all weights are: nothing in "
        "it is run. Preprocessing as published: every second of the first 32 frames, black outside "
        "the sector, the middle square without a tenth at each side, 112 x 112, and the published "
        "limit. `Testing/inference/test_video_quality.py` holds it against a composition of its "
        "own. Two things the description leaves open: the sector is found by the check above, and "
        "the channels are red, green, blue. The network was made for parasternal long axes and "
        "flags only what is measured there; EchoMeasure does not recognise views. Nobody has run "
        "the published file here: it cannot be had freely.",
        "",
        "## How the limits were found",
        "",
        f"Clean: {clean.count} phantom cines of seeds from {FIRST_SEED} on, through JPEG: each "
        "B-mode view on each screen, half of them lifelike, some with two panes or an ECG region; "
        "the limits were chosen on other seeds. Their first frames as stills: "
        f"{stills.count}. Spoiled: the same cines, "
        f"{FEW_FRAMES} frames of each.",
        "",
        f"False alarms: {clean.poor} of {clean.count} clean cines and {stills.poor} of "
        f"{stills.count} stills are called poor, {study.strips.poor} of {study.strips.count} "
        "strips. An ECG is "
        f"seen on {sum(drawn)} of {len(drawn)} screens that draw one, and on {sum(absent)} of "
        f"{len(absent)} that do not.",
        "",
        *table(
            ["check", "limit", "clean cines", "outside", "stills", "outside"],
            [
                [
                    *(id, CHECKS[id].limit, clean.range(id), clean.outside[id]),
                    *(stills.range(id), stills.outside[id]),
                ]
                for id in asked
            ],
        ),
        "",
        *table(
            ["spoiled", "by", "found", "its number"],
            [
                [
                    how,
                    CAUGHT_BY[how],
                    f"{t.outside[CAUGHT_BY[how]]} of {t.count}",
                    t.range(CAUGHT_BY[how]),
                ]
                for how, t in study.spoiled.items()
            ],
        ),
        "",
        "*Lifeless* is one frame with new noise each time; *dark* 12 % of every level; "
        "*overexposed* 128 levels more wherever there is an echo; *blurred* a Gaussian of 1.2 % of "
        "the sector's radius.",
        "",
        "## Real files",
        "",
        *table(["file", "shows", *asked, "ecg", "said"], _real_rows(folder, [*asked, "ecg"])),
        "",
        "Six files of four makers are clean, three of them cardiac: that is little. The limits "
        "stand far from both sides so that they catch what nobody would measure, and not more.",
        "",
    ]
    return "\n".join(lines)


def _real_rows(folder: Path, asked: Sequence[str]) -> Iterator[list[str]]:
    for name, shown, cine in real_cines(folder):
        quality = assess(cine)
        numbers = {f.check: f.value for f in quality.findings}
        poor = ", ".join(f.check for f in quality.of(Standing.POOR))
        cells = [
            "-" if (n := numbers[id]) is None else f"{n:.{CHECKS[id].decimals}f}" for id in asked
        ]
        yield [name, shown, *cells, f"poor: {poor}" if poor else "nothing against it"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1, help="studies per view and screen")
    parser.add_argument("--out", type=Path, default=PAGE, help="page to write")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        args.out.write_text(page(Study(args.seeds), Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
