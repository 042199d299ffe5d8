"""May this be measured here? Decided and worded in one place, for networks, numbers and skins."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.imaging.regions import Region, RegionKind

TO_CALIBRATE = (
    "For numbers export the image as DICOM with its calibration, or calibrate it by hand in the "
    "panel: two marks on its ruler."
)
"""What a person can do about a picture whose scale is not known, or not to be trusted."""


class Obstacle(str, enum.Enum):
    """What keeps a measurement from giving a number."""

    NO_REGIONS = "no_regions"
    """Nothing says what any part of the picture shows, or how large it is."""
    NO_PLACE = "no_place"
    """There are regions, but none in which this is measured."""
    NO_SCALE = "no_scale"
    """There is a region of the right kind, but its scale cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one measurement can be made in an image, and in which words it is refused."""

    measurement: str
    """Id of the catalog."""
    obstacle: Obstacle | None = None
    """None when a number can be given."""
    reason: str = ""
    """Why there can be no number, or why it is left to the hand, in a sentence; empty for neither.
    """
    brief: str = ""
    """The same for a narrow column, such as "needs CW"."""
    may_look: bool = True
    """Whether a network or the envelope reader may look for it: not always where a number can be
    given, as nobody but a person knows which of two strips shows a flow."""
    in_pixels: bool = False
    """Whether a caliper without a number still has a length in pixels."""

    @property
    def refusal(self) -> str:
        """Why no network should even look, in a sentence; empty when one may."""
        return "" if self.may_look else f"{self.measurement} cannot be measured here. {self.reason}"

    def check(self) -> None:
        """Raises `CannotMeasure` with the refusal when no network should look."""
        if not self.may_look:
            raise CannotMeasure(
                self.refusal,
                "`echomeasure info` shows what the file declares and what can be measured in it.",
            )


def judge(regions: Sequence[Region], row: Definition) -> Verdict:
    """Whether this can be measured in an image with these regions.

    A 2-D image without any region is looked at all the same, for pixels; a Doppler or M-mode
    strip has to be declared by the file, or nothing says where it is.
    """
    fitting = fitting_regions(regions, row)
    usable = [region for region in fitting if region.usable]
    if row.on_strip and _lie_apart(usable):
        reason = (
            f"It needs {KIND_WORDS[usable[0].kind]}; the file has {len(usable)} of them and does "
            "not say which one shows it: place its points by hand."
        )
        return Verdict(row.id, None, reason, "two strips", may_look=False)
    if usable:
        return Verdict(row.id)
    if fitting:
        reason = fitting[0].scale_problems[0].text
        lengths = row.caliper.is_length
        return Verdict(row.id, Obstacle.NO_SCALE, reason, "scale unusable", in_pixels=lengths)
    if not regions:
        reason = "The file has no calibrated regions."
        return Verdict(
            row.id,
            Obstacle.NO_REGIONS,
            reason,
            "not calibrated",
            may_look=not row.on_strip,
            in_pixels=row.caliper.is_length,
        )
    wanted = row.regions[0]
    reason = f"It needs {KIND_WORDS[wanted]}; the file has {kind_words(regions)}."
    brief = f"needs {BRIEF_KINDS[wanted]}"
    return Verdict(row.id, Obstacle.NO_PLACE, reason, brief, may_look=False)


def why_nothing(regions: Sequence[Region]) -> str:
    """Why no measurement of the catalog can be made with these regions; empty when one can."""
    obstacles = {judge(regions, row).obstacle for row in CATALOG.values()}
    if None in obstacles:
        return ""
    only_others = obstacles == {Obstacle.NO_PLACE}
    why = f"the file has only {kind_words(regions)}" if only_others else "it is not calibrated"
    return f"Nothing can be measured on this image: {why}."


def fitting_regions(regions: Iterable[Region], row: Definition) -> tuple[Region, ...]:
    """The regions of a kind in which this is measured, usable or not."""
    return tuple(region for region in regions if region.kind in row.regions)


def strip_region(regions: Sequence[Region], row: Definition) -> Region | None:
    """The strip in which a Doppler or M-mode measurement is looked for; None for a 2-D one.

    Raises `CannotMeasure` where it is not to be looked for (see `judge`).
    """
    judge(regions, row).check()
    if not row.on_strip:
        return None
    fitting = fitting_regions(regions, row)
    return next((region for region in fitting if region.usable), fitting[0])


def _lie_apart(regions: Sequence[Region]) -> bool:
    """Whether two of them are different parts of the picture."""
    return any(
        one.bounds.shared(other.bounds) < min(one.bounds.area, other.bounds.area) / 2
        for one, other in combinations(regions, 2)
    )


def kind_words(regions: Iterable[Region]) -> str:
    """What regions show, each kind once, such as "a 2-D image and an ECG trace"."""
    return " and ".join(dict.fromkeys(KIND_WORDS[region.kind] for region in regions))


KIND_WORDS: Mapping[RegionKind, str] = MappingProxyType(
    {
        RegionKind.TWO_D: "a 2-D image",
        RegionKind.COLOUR: "a 2-D image with colour",
        RegionKind.PW: "a pulsed-wave Doppler strip",
        RegionKind.CW: "a continuous-wave Doppler strip",
        RegionKind.SPECTRAL: "a Doppler strip that is not said to be pulsed or continuous",
        RegionKind.M_MODE: "an M-mode strip",
        RegionKind.ECG: "an ECG trace",
        RegionKind.OTHER: "another kind of region",
    }
)

BRIEF_KINDS: Mapping[RegionKind, str] = MappingProxyType(
    {
        RegionKind.TWO_D: "2-D",
        RegionKind.COLOUR: "2-D",
        RegionKind.PW: "PW",
        RegionKind.CW: "CW",
        RegionKind.M_MODE: "M-mode",
    }
)
"""The kinds in which something is measured, for narrow columns."""
