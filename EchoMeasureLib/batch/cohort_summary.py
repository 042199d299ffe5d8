"""`summary.html`: how the files of a cohort ended, and how its values are spread."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.batch.cohort_figures import FAR, FEWEST, Figures, Outlier, figures_of
from EchoMeasureLib.batch.cohort_index import CohortIndex
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.histograms import histogram
from EchoMeasureLib.batch.outlier_pictures import outlier_picture
from EchoMeasureLib.batch.run_folder import read_run
from EchoMeasureLib.exporting.report.html_text import Html, Part, element, joined, listed, table
from EchoMeasureLib.exporting.report.whole_page import whole_page
from EchoMeasureLib.files import write_text
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.sections import SECTIONS
from EchoMeasureLib.measuring.sheet_values import shown

PAGE = "summary.html"

MOST_REASONS = 30

HOW = (
    "Every file of the folders is counted once: done, refused (nothing can be measured in it) or "
    "failed (an error). In reasons, # stands for figures that differ.",
    "A value is that of a study: the mean of its beats that count. Whether it is right, nobody has "
    "looked: reviews are unreviewed until a person opens them.",
    f"Far from the others is what lies {FAR:g} robust standard deviations or more from the median, "
    f"where {FEWEST} studies or more have the value. It may be disease as well as error.",
    "Files, studies and patients have pseudonyms, made with the key of the site: "
    "echomeasure cohort where says which file is which, to who has that key and the files.",
)


def write_summary(out: Path, index: CohortIndex) -> None:
    """Write the page. Pictures come from the files that `index` knows.

    Raises `OutputProblem`, and as `read_part`.
    """
    figures, record = figures_of(out), read_run(out).record
    title = f"Cohort of {figures.endings.total()} files"
    page = whole_page(
        title,
        element("header", _head(title, figures, record)),
        element("main", _main(out, index, figures)),
        element("footer", element("p", element("strong", RESEARCH_USE_ONLY))),
    )
    write_text(out / PAGE, page)


def _head(title: str, figures: Figures, record: dict[str, object]) -> Iterator[Html]:
    yield element("h1", title)
    yield element("p", RESEARCH_USE_ONLY, class_="notice")
    settings = record["settings"]
    assert isinstance(settings, dict)
    weights = {name: value for name, value in settings["weights"].items() if "view" not in name}
    views = {value for name, value in settings["weights"].items() if "view" in name}
    if views & set(weights.values()):
        # Those that tell views apart are of the package, and so are these.
        yield element("p", WeightSet.PHANTOM.warning, class_="draft")
    asked = settings["measurements"]
    ended = (f"{figures.endings[one.value]} {one.value}" for one in Ending)
    facts = [
        ("Files", ", ".join(ended)),
        ("Measured", f"{len(figures.studies)} studies of {len(figures.patients)} patients"),
        ("Asked for", asked if isinstance(asked, str) else ", ".join(asked)),
        ("Frames", str(settings["frames"])),
        ("Begun", str(record["begun"])),
        ("By", f"EchoMeasure {settings['version']}, catalog {settings['catalog']}"),
        ("Weights", ", ".join(sorted({value[:12] for value in weights.values()}))),
        ("Run", str(record["fingerprint"])),
    ]
    yield element("dl", ((element("dt", name), element("dd", text)) for name, text in facts))


def _main(out: Path, index: CohortIndex, figures: Figures) -> Iterator[Html]:
    yield _part("How the files ended", _endings(figures))
    yield _part("Values", _values(figures))
    heads = ("Guideline", "Answer", "Studies")
    rows = ((label, words, str(n)) for (label, words), n in sorted(figures.grades.items()))
    yield _part("Grades", table("", heads, rows))
    yield _part("Flags", _flags(figures))
    yield _part("Studies without a number", _missing(figures))
    figures_far = joined(_outlier(out, index, one) for one in figures.outliers)
    far = element("div", figures_far, class_="pictures") if figures.outliers else Html()
    yield _part("Far from the others", far)
    yield _part("How to read it", listed(HOW))


def _part(title: str, content: Html) -> Html:
    return element("section", element("h2", title), content) if content else Html()


def _endings(figures: Figures) -> Html:
    order = [one.value for one in (Ending.FAILED, Ending.REFUSED, Ending.DONE)]
    rows = sorted(figures.reasons.items(), key=lambda one: (order.index(one[0][0]), -one[1]))
    shown_rows: list[tuple[Part, ...]] = [(Ending.DONE.value, "", str(figures.endings["done"]))]
    shown_rows += [(ending, why, str(number)) for (ending, why), number in rows[:MOST_REASONS]]
    if len(rows) > MOST_REASONS:
        rest = sum(number for _, number in rows[MOST_REASONS:])
        shown_rows.append(("", f"{len(rows) - MOST_REASONS} more reasons", str(rest)))
    return table("", ("Ended", "Reason", "Files"), shown_rows)


def _name(id: str) -> str:
    if id in OUTPUTS:
        return OUTPUTS[id].name
    return FORMULAE[id].name if id in FORMULAE else id


def _places(figures: Figures) -> list[str]:
    """Values in the order of a report."""
    place = {id: number for number, id in enumerate(SECTIONS)}
    return sorted(figures.values, key=lambda one: (place.get(one, len(place)), one))


def _values(figures: Figures) -> Html:
    heads = ("Value", "Studies", "Median", "Middle half", "Least to greatest", "Spread")
    return table("", heads, (_value_cells(id, figures) for id in _places(figures)))


def _value_cells(id: str, figures: Figures) -> tuple[Part, ...]:
    # Velocities away from the probe are negative, and are reported by their size.
    sign = -1.0 if statistics.median(figures.values[id]) < 0 else 1.0
    numbers = sorted(sign * number for number in figures.values[id])
    middle = statistics.median(numbers)
    quarter, _, last = statistics.quantiles(numbers, n=4) if len(numbers) > 1 else (middle,) * 3
    half = f"{shown(id, quarter)} to {shown(id, last)}" if len(numbers) > 3 else ""
    ends = f"{shown(id, numbers[0])} to {shown(id, numbers[-1])}" if len(numbers) > 1 else ""
    words = f"Distribution of {_name(id)}: {ends}"
    drawn = histogram(numbers, words)
    whole = element("span", shown(id, middle), class_="number")
    return _name(id), str(len(numbers)), whole, half, ends, drawn


def _flags(figures: Figures) -> Html:
    """Of the numbers of calipers, how many are in doubt and by what."""
    by_flag: Counter[str] = Counter()
    where: dict[str, Counter[str]] = {}
    for (id, flag), number in figures.flags.items():
        by_flag[flag] += number
        where.setdefault(flag, Counter())[id] += number
    total = figures.calipers.total()
    rows = (
        (
            _flag_words(flag),
            str(number),
            f"{100 * number / total:.1f} %",
            ", ".join(f"{_name(id)} {some}" for id, some in where[flag].most_common(4)),
        )
        for flag, number in by_flag.most_common()
    )
    heads = ("Flag", "Calipers", f"Of {total}", "Most of them")
    return table("", heads, rows)


def _flag_words(flag: str) -> str:
    return Flag(flag).words if flag in [one.value for one in Flag] else flag


def _missing(figures: Figures) -> Html:
    rows = figures.missing.most_common(MOST_REASONS)
    return table(
        "",
        ("Value", "Reason", "Studies"),
        ((_name(id), why, str(number)) for (id, why), number in rows),
    )


def _outlier(out: Path, index: CohortIndex, one: Outlier) -> Html:
    source, why = outlier_picture(out, index.path_of(one.image), one)
    name = f"{_name(one.measurement)} {one.text}"
    picture = element("img", src=source, alt=name) if source else element("p", why, class_="none")
    words = f"{name}, {one.deviations:.1f} robust SD from the median\nStudy {one.study}"
    frames = f", frame {one.frames[0]}" if one.frames else ""
    return element("figure", picture, element("figcaption", f"{words}{frames}"))
