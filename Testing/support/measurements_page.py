"""Docs/measurements.md from the catalog: run `python Testing/support/measurements_page.py`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from EchoMeasureLib.catalog import CATALOG, CATALOG_VERSION, NETWORKED
from EchoMeasureLib.definitions import CaliperKind, Output, Range
from EchoMeasureLib.flags import BESIDE, DOUBTS, Flag
from EchoMeasureLib.geometry import NOTHING
from EchoMeasureLib.inference.beside_frames import NEAR_S
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.inference.view_check import SEEN_ON_STRIP
from EchoMeasureLib.measuring import hard_pictures, wall_steps
from EchoMeasureLib.measuring import proportions as sizes
from EchoMeasureLib.measuring import wall_edges as walls
from EchoMeasureLib.measuring.envelope.holes import DARK
from EchoMeasureLib.measuring.envelope.traced_areas import AREA_APART
from EchoMeasureLib.measuring.envelope.vote import APART
from EchoMeasureLib.measuring.fastest_echo import MORE_CM
from EchoMeasureLib.measuring.fitted_excursion import OFF, OFF_CM
from EchoMeasureLib.measuring.grading.ranges import VERSION as RANGES_VERSION
from EchoMeasureLib.measuring.grading.ranges import find
from EchoMeasureLib.measuring.ground import MOVED_PX, MOVED_SHARE
from EchoMeasureLib.measuring.known_tips import MOST_CHANCE
from EchoMeasureLib.measuring.long_axis import (
    ALONG_MM,
    APART_MM,
    CLIP_NARROW,
    CLIP_NEAR_MM,
    SLOPE,
    TURNED_DEGREES,
)
from EchoMeasureLib.measuring.neighbours import (
    FASTEST_MM_S,
    JUMP_MM,
    JUMP_SHARE,
    LEAST_JUMP_MM,
    STEADY,
    TURNS_MM_S2,
    TURNS_USUALLY_MM_S2,
)
from EchoMeasureLib.measuring.odd_beats import FEWEST, ODD, ODD_UNEVEN, SPREADS
from EchoMeasureLib.measuring.one_beat import DIASTOLE
from EchoMeasureLib.measuring.one_line import AGREE_CM, BESIDE_CM, NEAR_CM, NEAR_OF_ALL_CM
from EchoMeasureLib.measuring.resolution import (
    MOST_MM,
    MOST_MS,
    MOST_SHARE,
    USUAL_PX,
    WAVE_PX,
)
from EchoMeasureLib.measuring.strip_edge import EDGE_SHARE
from EchoMeasureLib.measuring.tracing import OPEN
from EchoMeasureLib.measuring.unsure_points import (
    DISAGREEMENT_SHARE,
    LOW_CONFIDENCE,
    LOW_OF_PACKAGE,
    least_confidence,
)
from EchoMeasureLib.measuring.wave_times import HIGH

LINEAR = tuple(id for id, row in CATALOG.items() if row.caliper is CaliperKind.LINEAR)
DOPPLER = tuple(id for id, row in CATALOG.items() if row.side is not None)
PEAKS = tuple(id for id in DOPPLER if id in NETWORKED)
TRACED = tuple(id for id, row in CATALOG.items() if row.traced)
TIMES = ("mvdt", "mvedur", "mvadur")
SPECTRAL = tuple(dict.fromkeys((*DOPPLER, *TIMES)))

CHECKS: Mapping[Flag, tuple[str, ...]] = {
    Flag.UNCALIBRATED: tuple(CATALOG),
    Flag.OUT_OF_REGION: tuple(CATALOG),
    Flag.IMPLAUSIBLE: tuple(CATALOG),
    Flag.WRONG_SIDE: DOPPLER,
    Flag.BASELINE_DETECTED: DOPPLER,
    Flag.BASELINE_MOVED: DOPPLER,
    Flag.CLIPPED: DOPPLER,
    Flag.ALIASED: DOPPLER,
    Flag.ORDER: ("mvpeak", "tapse", "ivcmmax", "ivcmmin", *TRACED, *TIMES),
    Flag.NOT_ONE_BEAT: ("mvpeak", "tapse", *TRACED, *TIMES),
    Flag.NOT_ONE_LINE: ("tapse",),
    Flag.OPEN_TRACING: TRACED,
    Flag.ENVELOPE_DISAGREES: (*PEAKS, *TRACED),
    Flag.NO_WAVE: (*PEAKS, *TRACED),
    Flag.OTHER_WAVE: ("latevel", "medevel", "mvpeak"),
    Flag.DROPOUT: (*PEAKS, *TRACED),
    Flag.ONLY_NETWORK: PEAKS,
    Flag.ONLY_ENVELOPE: PEAKS,
    Flag.EDGE_UNSEEN: tuple(id for id in TRACED if id != "mvvti"),
    Flag.JUMP: tuple(CATALOG),
    Flag.WALLS_APART: ("ivs", "lvid", "lvpw"),
    Flag.WRONG_LEVEL: ("aortic_root", "aorta"),
    Flag.AT_ODDS: ("ivs", "lvid", "lvpw", "tapse"),
    Flag.NOT_FOUND: tuple(NETWORKED),
    Flag.LOW_CONFIDENCE: tuple(NETWORKED),
    Flag.DECODERS_DISAGREE: tuple(NETWORKED),
    Flag.POOR_QUALITY: tuple(NETWORKED),
    Flag.OTHER_VIEW: tuple(NETWORKED),
    Flag.COARSE: tuple(id for id in (*LINEAR, *PEAKS) if id in NETWORKED),
    Flag.OFF_WALL: tuple(id for id in CATALOG if id in walls.JUDGED),
}
"""Which measurements each check stands behind; a check without a row here is a mistake."""

OF_NETWORKS = (DOUBTS - BESIDE) | {
    *(Flag.NOT_FOUND, Flag.ONLY_NETWORK, Flag.ONLY_ENVELOPE, Flag.EDGE_UNSEEN)
}
"""Checks of what a network or reader found; all others hold for points put by hand as well."""

PAGE = Path(__file__).parents[2] / "Docs" / "measurements.md"


def text_of(interval: Range | None) -> str:
    """A range for people."""
    if interval is None:
        return "-"
    if interval.low is None:
        return f"<= {interval.high:g}"
    return (
        f">= {interval.low:g}" if interval.high is None else f"{interval.low:g}-{interval.high:g}"
    )


def normal_text(output: Output, sex: str) -> str:
    """A normal range for people, with the unit in which the value is shown."""
    normal = find(output.formula_id, sex)
    return "-" if normal is None else f"{normal.text} {output.people_unit}"


def output_line(id: str, output: Output) -> str:
    """One line of the table of values."""
    cells = (
        *(id, output.id, output.name, output.unit, output.phase.value),
        *(normal_text(output, sex) for sex in "MF"),
        *(text_of(output.plausible), f"LN {output.loinc}" if output.loinc else "-"),
    )
    return f"| {' | '.join(cells)} |"


def checks() -> list[str]:
    """A line per measurement: the checks behind its number. Fails where a check was left out."""
    lines = []
    for id in CATALOG:
        here = [flag for flag in sorted(Flag, key=list(CHECKS).index) if id in CHECKS[flag]]
        anybody = ", ".join(flag.value for flag in here if flag not in OF_NETWORKS)
        networks = ", ".join(flag.value for flag in here if flag in OF_NETWORKS)
        lines.append(f"| {id} | {anybody} | {networks} |")
    return lines


def limits() -> list[str]:
    """A line per measurement: the limits that are its own."""
    ours = Provenance("", "", WeightSet.PHANTOM.value)
    lines = []
    for id, row in CATALOG.items():
        each = (f"{text_of(o.plausible)} {o.unit}".removesuffix(" 1") for o in row.outputs)
        ranges = ", ".join(dict.fromkeys(each))
        speed = f"{FASTEST_MM_S[id]:g} mm/s" if id in FASTEST_MM_S else "-"
        clip = f"{JUMP_MM:g} mm off the clip's" if id in STEADY else "-"
        apart = "-" if row.apart_s is None else "{:g} to {:g} s".format(*row.apart_s)
        sure = f"{least_confidence(row, ours):g}" if row.by_network else "-"
        cells = (id, ranges, sure, speed, clip, apart)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def page() -> str:
    """The whole page."""
    intervals = {row.id: row.apart_s for row in CATALOG.values() if row.apart_s is not None}
    places = [
        f"| {row.id} | {row.name} | {row.view} | {row.mode} | {', then '.join(row.points)} "
        f"| {row.convention} |"
        for row in CATALOG.values()
    ]
    values = [output_line(row.id, output) for row in CATALOG.values() for output in row.outputs]
    return "\n".join(
        [
            "# Measurements",
            "",
            f"Catalog {CATALOG_VERSION}, from `EchoMeasureLib/catalog.py`. Research use only.",
            "",
            "## Where and how",
            "",
            "| id | measurement | view | mode | points, in order | convention |",
            "|---|---|---|---|---|---|",
            *places,
            "",
            "## Values",
            "",
            f"Normal ranges {RANGES_VERSION}, from `EchoMeasureLib/measuring/grading/ranges.py`, "
            "which names the source of each: here those of ASE and EACVI that do not depend on "
            "age. For aorta and root they are the guideline's mean +- 2 standard deviations. That "
            "of AV Vmax is the limit of sclerosis, not of what is normal. A value outside the "
            "plausible range is flagged and still shown. Codes: DICOM TID 5300 (CID 12300).",
            "",
            "| id | value | name | unit | phase | normal, men | normal, women | plausible | code |",
            "|---|---|---|---|---|---|---|---|---|",
            *values,
            "",
            "## Checks",
            "",
            "What stands behind the number of each measurement. The first group holds for network "
            "and hand alike. A flagged number is shown and feeds nothing; which checks leave no "
            "number at all says the table of flags.",
            "",
            "| id | of network and hand | of networks only |",
            "|---|---|---|",
            *checks(),
            "",
            "What is its own of the limits; all others stand in the table of flags. The speed is "
            "that by which a length may change where `jump` has neighbours on one side only.",
            "",
            "| id | plausible | least confidence, package | fastest change | against the clip | "
            "points apart |",
            "|---|---|---|---|---|---|",
            *limits(),
            "",
            "## Flags",
            "",
            "| flag | meaning |",
            "|---|---|",
            "| uncalibrated | no number: the region, its units or its baseline do not hold |",
            "| out_of_region | no number: no calibrated region of its kind holds the points, or no "
            "echo is drawn there |",
            "| wrong_side | the velocity has the other sign than this flow has |",
            "| implausible | outside the plausible range |",
            f"| not_found | no number: a landmark's peak probability is under {NOTHING:g} |",
            "| low_confidence | a landmark's peak probability is under "
            f"{LOW_CONFIDENCE:g}; of the networks of the package under "
            f"{LOW_OF_PACKAGE['PLAX']:g} in a parasternal long axis, "
            f"{LOW_OF_PACKAGE['2-D']:g} in other images and "
            f"{LOW_OF_PACKAGE['strip']:g} on strips |",
            "| decoders_disagree | the two decoders differ by more than "
            f"{100 * DISAGREEMENT_SHARE:g} % of the diagonal |",
            "| baseline_detected | the baseline was found in the picture, not in the file |",
            "| baseline_moved | the baseline is drawn elsewhere than where the file has it, by "
            f"more than {MOVED_PX:g} rows and {100 * MOVED_SHARE:g} % of the strip's height |",
            "| clipped | the peak lies, or its wave ends, within "
            f"{100 * EDGE_SHARE:g} % of the strip's height of its edge, or of a straight row "
            "within it beyond which nothing is drawn |",
            "| aliased | so it does, and its wave comes back at the other edge |",
            "| order | the points are in an impossible order, such as A less than "
            f"{1000 * intervals['mvpeak'][0]:g} ms after E; a TAPSE whose second point is not "
            "nearer to the probe has no number, nor "
            "has a tracing that goes back in time, or a slope whose second point lies at more than "
            f"{100 * HIGH:g} % of the peak |",
            "| not_one_beat | E and A more than "
            f"{intervals['mvpeak'][1]:g} s or {100 * DIASTOLE:g} % of a beat apart, with another "
            "wave between them, or on a strip without times that does not show them together: no "
            f"ratio; the points of a TAPSE not {intervals['tapse'][0]:g} to "
            f"{intervals['tapse'][1]:g} s or more than {100 * DIASTOLE:g} % of a beat apart, or "
            "a tracing or a time of mitral inflow outside its own limits: no number |",
            "| not_one_line | no number: no echo of the M-mode leads from one point of a TAPSE to "
            f"within {NEAR_CM:g} cm of the other ({NEAR_OF_ALL_CM:g} cm where all echoes about it "
            "are followed together; back from the second point alone is not enough, unless "
            f"another way leads to within {BESIDE_CM:g} cm; where all of these ways end within "
            f"{AGREE_CM:g} cm of each other, their middle counts), or it turns back between them |",
            "| open_tracing | no number: a tracing begins or ends at more than "
            f"{100 * OPEN:.0f} % of its peak, so it is not of a whole wave |",
            f"| envelope_disagrees | a Doppler point lies more than {100 * APART:g} % off the peak "
            "of the wave that the picture shows there, or a traced jet encloses an area more than "
            f"{100 * AREA_APART:g} % off that of its edge, where this is seen |",
            "| no_wave | nothing flows where a Doppler point lies, or nothing is drawn there yet |",
            "| other_wave | by its time in the beat the wave is another than the point is named "
            "after: a' where e' is asked for, E where A is |",
            "| dropout | just beyond a Doppler point the picture is darker than "
            f"{100 * DARK:g} % of the strip's noise: something is missing there |",
            "| only_network | network and envelope reader were both asked of the strip, and the "
            "reader does not see this beat |",
            "| only_envelope | both were asked, and the network does not see this beat |",
            "| edge_unseen | the envelope reader traced a beat whose own edge is broken or hidden, "
            "as all beats of its strip together show it |",
            "| poor_quality | a network found it in a picture that is too poor: "
            "[quality.md](quality.md) |",
            "| other_view | a network found it where those of the package see nothing of its own "
            "view or mode: [validation.md](validation.md) |",
            f"| coarse | {USUAL_PX:g} pixels of the network's canvas, by which it is usually off, "
            f"are more than {MOST_MM:g} mm; on spectral strips {WAVE_PX:g} of them are more than "
            f"{100 * MOST_SHARE:g} % of a wave's height; or, of the network of the package, its "
            "peak probability and how clearly the picture shows the tip, and where, leave a "
            f"chance of more than {100 * MOST_CHANCE:g} % that the number is more than "
            f"{100 * MOST_SHARE:g} % off (E/A: by both waves); or, of E, A and e' by any other "
            f"network, a column lasts longer than {MOST_MS:g} ms |",
            "| off_wall | the picture shows an end of LVID on an echo too thin for a wall (bright "
            f"in less than {100 * walls.FILLED:g} % of a disc of {walls.WALL_MM['anterior']:g} mm "
            f"at the septum, {walls.WALL_MM['posterior']:g} mm at the posterior wall), or blood "
            f"for {walls.GAP_MM:g} mm within {walls.BEHIND_MM:g} mm behind its posterior end, or "
            f"for {walls.THIN_GAP_MM:g} mm within {walls.THIN_MM:g} mm behind a septal end on a "
            "bright thin echo, an open leaflet near the septum; or "
            f"the step of grey where a wall ends more than {wall_steps.FARTHER_MM:g} mm beyond or "
            "before an end of IVS or the outer end of LVPW. Nothing is said "
            f"where the echo at an end of LVID is less than {walls.LEAST_GREY:g} grey levels, or "
            f"{walls.LEAST_NOISES:g} times the grain of the blood, brighter than the blood, and "
            f"where tissue varies by more than {100 * hard_pictures.MOST_SPREAD:g} % of its "
            "brightness within 3 mm: that is `poor_quality` |",
            f"| jump | more than {JUMP_MM:g} mm outside what the frames within {NEAR_S:g} s let "
            f"expect (of thin walls {100 * JUMP_SHARE:g} %, {LEAST_JUMP_MM:g} mm at least; at 20 "
            "frames a second, where a turn between two is not seen, up to "
            f"{TURNS_MM_S2['lvid'] / 800:.2g} mm more of LVID and "
            f"{TURNS_USUALLY_MM_S2 / 800:g} mm of others; more yet at fewer), or, of "
            "aorta, root and PA, off the middle value of the clip; of a beat of a strip, more than "
            f"{100 * ODD:g} % ({100 * ODD_UNEVEN:g} % where beats come unevenly) and "
            f"{SPREADS:g} times their own spread off the middle value of the "
            f"others, where there are {FEWEST - 1} at least |",
            f"| walls_apart | IVS, LVID and LVPW of a frame leave a gap or overlap by more than "
            f"{APART_MM:g} mm ({SLOPE:g} mm more for each that they are apart along the wall), "
            f"stand more than {ALONG_MM:g} mm apart along it, or lie at more than "
            f"{TURNED_DEGREES:g} degrees to each other, as one does whose points are in the wrong "
            "order |",
            "| wrong_level | root or ascending aorta lie elsewhere along the vessel than they can, "
            "beside the ventricle, the left atrium and each other; or the root, through a clip, "
            f"less than {CLIP_NEAR_MM:g} mm from an LVID of which it is less than "
            f"{100 * CLIP_NARROW:g} % |",
            f"| at_odds | IVS or LVPW under {sizes.THIN_MM:g} mm beside the other of more than "
            f"{sizes.TIMES:g} times as much; a wall in systole under {100 * sizes.THINNER:g} % of "
            "its thickness in diastole (LVID tells the phases); LVID under "
            f"{100 * sizes.SHORTEST:g} % of its largest of the clip; IVS or LVPW under "
            f"{sizes.THINNEST_MM:g} mm through the diastole of a clip (on one frame "
            f"{sizes.OF_ONE_FRAME_MM:g} mm) where LVID is {sizes.GROWN_MM:g} mm or more, or "
            f"through diastole under {100 * sizes.OF_VENTRICLE:g} % of it; all this only where the "
            "picture does not show both ends on the edges of walls, for disease does it too; an "
            f"end off the wall on {100 * sizes.MOST:g} % or more of the frames within "
            f"{NEAR_S:g} s; an echo beside a TAPSE that moves over {10 * MORE_CM:g} mm more in its "
            f"beat, or tissue at its points that moves over {10 * OFF_CM:g} mm and {100 * OFF:g} % "
            "more or less between them than they lie apart; beats of an M-mode the median of "
            "whose peak probabilities, of networks of the "
            f"package, is under {SEEN_ON_STRIP:g} |",
            "",
            "`jump`, `walls_apart`, `wrong_level` and `at_odds` come from other frames, beats and "
            "calipers of the image, `envelope_disagrees`, `no_wave`, `other_wave` and `dropout` "
            "from its strip (`measuring.beside`), whose waves have no vote on calipers of the "
            "[envelope reader](envelope.md): they are its own. They are asked again after every "
            "change and hold for points put by hand too, until the reviewer takes the position "
            "over. Where single "
            "frames are measured, up to four beside each are run for comparison. A wave that is "
            "not seen clearly speaks neither for nor against a point "
            "near it, and one that is seen in part only against points below that "
            "([envelope.md](envelope.md)).",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
