"""What a screen that phantoms are drawn on is made of: sector, strip, inset, text and rulers.

Pixels, (0, 0) = centre of the top-left pixel. `layouts` has the screens themselves.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace

from EchoMeasureLib.geometry import Box

Colour = tuple[int, int, int]


class Quirk(str, enum.Enum):
    """Something that real files do and that a reader has to survive."""

    INVERTED = "inverted"
    """Spectra upside down: DeltaY is positive, so values keep their standard sign."""
    INVERTED_UNSIGNED = "inverted-unsigned"
    """Spectra upside down with DeltaY still negative: values come out on the wrong side."""
    NO_REFERENCE = "no-reference"
    """No reference pixel: the baseline is only in the picture."""
    ABSOLUTE_REFERENCE = "absolute-reference"
    """The reference pixel counts from the image's corner, against the standard."""
    NEGATIVE_DELTA = "negative-delta"
    """DeltaX of the 2-D region is negative: the image is mirrored in its tags."""
    ONE_PAST = "one-past"
    """The region's maximum bounds are one past its last pixel."""
    ECG_REGION = "ecg-region"
    """A calibrated ECG wave below the sector (the region with the largest MinY0)."""
    TWO_PANES = "two-panes"
    """Two 2-D regions side by side, each of its own scale."""
    FRAME_TIME_VECTOR = "frame-time-vector"
    """FrameTimeVector, with slightly uneven steps, in place of FrameTime."""
    LIFELIKE = "lifelike"
    """Pictures as full and as poor as those of real scanners: clutter, dim jets, haze, calipers
    that someone left, other sweeps, zooms, windows and compressions. Without it they are plain."""
    CLIPPED = "clipped"
    """Strips: the peaks lie past the edge and are cut off there; the truth lies outside."""
    ALIASED = "aliased"
    """Spectra: the same, and what is past the edge comes back on the other side."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A phased-array sector, apex at the top."""

    apex: tuple[float, float]
    """x, y of the probe's face, depth 0."""
    radius: float
    """Pixels from apex to the bottom arc."""
    opening_deg: float
    box: Box
    """The 2-D region of the tags, which holds the sector."""

    @property
    def half_angle(self) -> float:
        """Radians from the vertical to each flank."""
        return math.radians(self.opening_deg) / 2

    @property
    def right_edge(self) -> float:
        """x of the bottom right corner of the sector."""
        return self.apex[0] + self.radius * math.sin(self.half_angle)


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a spectral or M-mode still is drawn."""

    box: Box
    """The strip's region."""
    inset: Box
    """The small 2-D picture above."""
    ecg: Box | None
    """Band in which the green ECG runs, None where the screen has none."""
    tick_x: int
    """x of the scale's tick marks; numbers stand right of them."""
    pixels_per_second: float
    """At a sweep of 75 mm/s."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One vendor's screen. Frozen; a study may override quirks with `with_quirks`."""

    name: str
    """As given to --layout and written into file names."""
    columns: int
    rows: int
    sector: Sector
    panes: tuple[Sector, Sector]
    """The two sectors that stand side by side with `Quirk.TWO_PANES`."""
    depth_cm: tuple[float, float]
    """Usual range of depths; cm per pixel = depth / sector radius."""
    strip: Strip
    ecg: Box | None
    """B-mode: where the ECG runs, None where the screen has none."""
    ecg_region: Box
    """B-mode: bounds of the ECG wave's region with `Quirk.ECG_REGION`."""
    text: tuple[int, int]
    """Top left of the left text column."""
    text_px: int
    """Height of its capitals' font."""
    header: Box | None
    """Band that is blanked, as after de-identification."""
    logo: tuple[int, int]
    """Centre of the round logo near the apex."""
    logo_px: int
    grey_bar: Box | None
    heart_rate: tuple[int, int]
    """Top left of the heart rate."""
    results: tuple[int, int]
    """Top left of burned-in results."""
    baseline: Colour
    """Of the spectral baseline."""
    words: tuple[str, ...]
    """Lines of the left column; {} is filled with a number."""
    button_bar: Box | None = None
    model: str = ""
    """Made-up model name for the tags."""
    quirks: frozenset[Quirk] = frozenset()

    def has(self, quirk: Quirk) -> bool:
        """Whether this screen does that."""
        return quirk in self.quirks

    def with_quirks(self, *quirks: Quirk) -> Layout:
        """The same screen with these quirks added; its name tells them."""
        added = self.quirks | set(quirks)
        base = self.name.split("+")[0]
        name = "+".join([base, *sorted(quirk.value for quirk in added)])
        return replace(self, name=name, quirks=frozenset(added))

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """The sectors a B-mode study of this layout shows: one, or two panes."""
        return self.panes if self.has(Quirk.TWO_PANES) else (self.sector,)

    @property
    def scale(self) -> float:
        """Size of this screen against 768x1024, for line widths and text."""
        return self.rows / 768
