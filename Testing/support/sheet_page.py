"""Docs/sheet.md from the tables: run `python Testing/support/sheet_page.py`."""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.measuring.doubts import COMPARISONS, LIMITS, MOST_APART
from EchoMeasureLib.measuring.examination import GIVEN
from EchoMeasureLib.measuring.formula import Formula
from EchoMeasureLib.measuring.formulae import FORMULAE, FORMULAE_VERSION
from EchoMeasureLib.measuring.grading import (
    diastole_2016,
    diastole_2025,
    ranges,
    uncertainty,
    valves,
)
from EchoMeasureLib.measuring.grading import diastole_groups as groups
from EchoMeasureLib.measuring.grading.ranges import NormalRange
from EchoMeasureLib.measuring.grading.uncertainty import Band
from EchoMeasureLib.measuring.output_rate import APART

PAGE = Path(__file__).parents[2] / "Docs" / "sheet.md"

MEASURED = [output.formula_id for row in CATALOG.values() for output in row.outputs]
NAMES = {output.formula_id: output.name for row in CATALOG.values() for output in row.outputs}
NAMES |= {
    "ivc_min": "IVC minimum",
    "sex": "sex",
    "height": "height",
    "weight": "weight",
    "heart_rate": "heart rate",
}
NAMES |= {row.id: row.name for row in GIVEN.values()}
NAMES |= {row.id: row.name for row in FORMULAE.values()}


def formula_line(row: Formula) -> str:
    """One derived value."""
    code = f"{row.scheme} {row.code}" if row.code else "-"
    code += f", site SCT {row.site}" if row.site else ""
    needs = ", ".join(NAMES[id] for id in row.needs)
    cells = (row.name, row.unit or "a class", needs, row.guideline, code, row.note or "-")
    return f"| {' | '.join(cells)} |"


def range_line(row: NormalRange) -> str:
    """One range with its degrees."""
    years = "all" if row.ages == (0, 200) else f"{row.ages[0]}-{row.ages[1]}"
    years = years.replace("-200", " and over")
    degrees = [f"{word} from {limit:g}" for limit, word in row.beyond]
    degrees += [f"{word} to {limit:g}" for limit, word in row.below]
    cells = (
        *(NAMES[row.value], row.set.value.upper(), row.sex or "both", years, row.text),
        *("; ".join(degrees) or "-", row.source),
    )
    return f"| {' | '.join(cells)} |"


def band_line(id: str, band: Band) -> str:
    """One published uncertainty, as the standard deviation of one reading."""
    percent = 100 * band.of(1.0) if band.deviation is None else None
    size = f"{percent:.1f} %" if percent is not None else f"{band.deviation:g} cm"
    return f"| {NAMES[id]} | {size} | {band.source} |"


def page() -> str:
    """The whole page."""
    unknown = [NAMES[id] for id in MEASURED if id not in uncertainty.BANDS]
    likely = [f"{NAMES[id]} {low:g} to {high:g}" for id, (low, high, _) in LIMITS.items()]
    pairs = [row.words.format(*(NAMES[id] for id in row.rows)) for row in COMPARISONS]
    return "\n".join(
        [
            "# The sheet",
            "",
            "What is said of one person's study, from the tables in `EchoMeasureLib/measuring`. "
            "Research use only. A missing input gives its reason, never a default; numbers are "
            "rounded half up to the decimals shown before they are compared.",
            "",
            "## Derived values",
            "",
            f"Formulae {FORMULAE_VERSION}. RA pressure goes by 50 % collapse for a sniff and by "
            "20 % for quiet breathing; where nobody has said which and it matters, it is asked.",
            "",
            "| value | unit | from | source | code | note |",
            "|---|---|---|---|---|---|",
            *(formula_line(row) for row in FORMULAE.values()),
            "",
            "The heart rate of a cardiac output is what the reader gave, else that of the strip on "
            "which LVOT VTI was traced (the R waves of its file, else the time between its beats "
            "where it is clear that none was left out, else the heart rate of its file), else that "
            "of the study. Which one is said beside the value; another one that differs by more "
            f"than {100 * APART:.0f} % is a doubt with both.",
            "",
            "## Given by the reader",
            "",
            "Marked manual on the sheet, and never mixed with what was measured.",
            "",
            "| value | unit | from | to |",
            "|---|---|---|---|",
            *(f"| {r.name} | {r.unit} | {r.low:g} | {r.high:g} |" for r in GIVEN.values()),
            "",
            "## Ranges and degrees",
            "",
            f"Ranges {ranges.VERSION}. Where the BSE set is chosen and has no row, that of ASE "
            "holds. `~` marks a value whose limit lies within one standard deviation of a reading.",
            "",
            "| value | set | sex | years | range | degrees | source |",
            "|---|---|---|---|---|---|---|",
            *(range_line(row) for row in ranges.RANGES),
            "",
            "## Uncertainty of one reading",
            "",
            f"Bands {uncertainty.VERSION}: the standard deviation of one reading, 0.886 of the "
            "mean difference of two readers, of the same recording; a new recording varies more. "
            "Propagated to derived values to first order. None is published for "
            f"{', '.join(unknown)}: unknown.",
            "",
            "| value | standard deviation | source |",
            "|---|---|---|",
            *(band_line(id, band) for id, band in uncertainty.BANDS.items()),
            "",
            "## Grades",
            "",
            "Each with the rule that fired, what was missing and what would change it.",
            "",
            "| table | version | for |",
            "|---|---|---|",
            f"| {diastole_2016.GUIDELINE} | {diastole_2016.VERSION} | everybody else |",
            f"| {diastole_2025.GUIDELINE} | {diastole_2025.VERSION} | everybody else |",
            *(
                f"| {groups.GUIDELINE} | {groups.VERSION} | {row.name} |"
                for row in groups.GROUPS.values()
            ),
            f"| {valves.STENOSIS_2017} | {valves.VERSION} | AV Vmax, DVI |",
            f"| {valves.PRESSURE_2022} | {valves.VERSION} | TR Vmax and signs |",
            "",
            "## Look again",
            "",
            "EchoMeasure's own limits; a doubt changes no number. Outside: "
            f"{'; '.join(likely)}. Beats more than {100 * MOST_APART:.0f} % apart. And:",
            "",
            *(f"* {words}" for words in pairs),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
