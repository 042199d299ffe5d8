"""Whether a tracing reaches as high as the peak of the same flow that was measured beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper, Origin
from EchoMeasureLib.measuring.envelope.against import SETTLED, fastest
from EchoMeasureLib.measuring.envelope.kept_votes import find_vote
from EchoMeasureLib.measuring.envelope.vote import APART, Verdict


def peaks_apart(cine: Cine, calipers: Sequence[Caliper]) -> Iterator[tuple[int, str]]:
    """Places of calipers whose peak is another one than that of their flow's other caliper.

    With both numbers, in a sentence. A tracing and a peak are of one wave where the peak lies
    within the tracing; more than 8 % apart, one of them is wrong. Where the picture speaks for one
    of them nothing is said of that one; nor of what the envelope reader put, which is the picture.
    """
    for place, traced in enumerate(calipers):
        row = CATALOG[traced.measurement]
        if not row.traced or not _counts(traced):
            continue
        for other, peak in enumerate(calipers):
            if peak.measurement == row.flow and _counts(peak) and _one_wave(traced, peak):
                yield from _apart(cine, (place, traced), (other, peak))


def _counts(caliper: Caliper) -> bool:
    known = caliper.region is not None and caliper.values[0].value is not None
    return known and not SETTLED & set(caliper.flags)


def _one_wave(traced: Caliper, peak: Caliper) -> bool:
    columns = [point.x for point in traced.points]
    inside = all(min(columns) < point.x < max(columns) for point in peak.points)
    return inside and (traced.frame, traced.region) == (peak.frame, peak.region)


def _apart(
    cine: Cine, traced: tuple[int, Caliper], peak: tuple[int, Caliper]
) -> Iterator[tuple[int, str]]:
    assert traced[1].region is not None  # it counts
    region = cine.region(traced[1].region)
    tops = fastest(traced[1], region), fastest(peak[1], region)
    if tops[0] is None or tops[1] is None or not tops[1][0]:
        return
    if abs(tops[0][0] / tops[1][0] - 1) <= APART:
        return
    output = CATALOG[peak[1].measurement].outputs[0]
    texts = output.text(tops[0][0]), output.text(tops[1][0])
    integral = CATALOG[traced[1].measurement].outputs[0].name_at(None)
    if _may_be_wrong(cine, traced[1], region):
        named = f"{output.name_at(None)} beside it is {texts[1]}"
        yield traced[0], f"The tracing of {integral} reaches {texts[0]}; {named}."
    if _may_be_wrong(cine, peak[1], region):
        named = f"the tracing of {integral} beside it reaches {texts[0]}"
        yield peak[0], f"{output.name_at(None)} is put at {texts[1]}; {named}."


def _may_be_wrong(cine: Cine, caliper: Caliper, region: Region) -> bool:
    top = fastest(caliper, region)
    if caliper.origin is Origin.ENVELOPE or top is None:
        return False
    try:
        return find_vote(cine, caliper.frame, region, top[1]).verdict is not Verdict.AGREES
    except UnreadableFile:
        return True
