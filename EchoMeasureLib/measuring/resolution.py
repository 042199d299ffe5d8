"""Whether a pixel of what a network sees is too much of the heart for the number it gives.

A network sees the screen, or a strip, on a canvas of its own (`inference.canvas`) and knows a
landmark to a few pixels of that, however large the screen is. Where the picture is small on the
screen, these few pixels are more than a length may be wrong by; where a wave is low, they are more
than a velocity may be. Where the sweep is slow, the tip of a short wave is a few columns wide, and
their grain decides how high it seems.
"""

from __future__ import annotations

from collections.abc import Sequence

from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.canvas import image_map, strip_map

USUAL_PX = 4.0
"""Canvas pixels by which a landmark is usually off: 3.6 on phantoms that the network of the package
had not seen (`error` in its image.json), rounded up."""

MOST_MM = 3.0
"""What a length may be off by."""

WAVE_PX = 2.0
"""Canvas pixels by which the tip of a wave may be off: 1.6 on lifelike strips, rounded up."""

MOST_SHARE = 0.05
"""What a velocity may be off by."""

MOST_MS = 12.0
"""Time of a column in which the tip of a wave of diastole, which lasts about a tenth of a second,
is still seen: 25 mm/s on the screens of 800 columns and less have more."""


def too_coarse(
    size: tuple[int, int],
    region: Region,
    points: Sequence[PixelPoint],
    short: bool = False,
) -> str:
    """Why a network's points give no sure number here, in words; empty where they do.

    `size` is that of the screen in columns and rows, `region` what is measured in; `short` says
    that a wave lasts no longer than E, A and e' do. M-modes are not asked: no limit is known for
    them. How well the tip of a wave itself is known is asked by `known_tips`.
    """
    if region.kind.is_spectral and region.baseline_y is not None:
        low = _low_wave(wave_heights(size, region, region.baseline_y, points))
        return low or (_slow_sweep(size, region) if short else "")
    if not region.kind.is_image:
        return ""
    pixel_mm = 10 * max(abs(delta) for delta in region.delta) / image_map(*size).scale_x
    if USUAL_PX * pixel_mm <= MOST_MM:
        return ""
    return (
        f"The picture is small: one pixel of what the network sees is {pixel_mm:.2g} mm here, "
        f"and its points lie within about {USUAL_PX:g} of them."
    )


def wave_heights(
    size: tuple[int, int], region: Region, baseline: float, points: Sequence[PixelPoint]
) -> list[float]:
    """Of the waves at these points, pixels of the canvas; none where there is no strip."""
    strip = region.bounds.clipped(*size)
    if strip.width < 1 or strip.height < 1:
        return []
    scale = abs(strip_map(*size, strip).scale_y)
    return [scale * abs(point.y - baseline) for point in points]


def _low_wave(heights: Sequence[float]) -> str:
    height = min(heights, default=WAVE_PX / MOST_SHARE)
    if MOST_SHARE * height >= WAVE_PX:
        return ""
    return (
        f"The wave is low: {height:.0f} pixels of what the network sees, whose points lie within "
        f"about {WAVE_PX:g} of them."
    )


def _slow_sweep(size: tuple[int, int], region: Region) -> str:
    strip = region.bounds.clipped(*size)
    if strip.width < 1 or strip.height < 1 or region.units[0] != "s" or not region.times_known:
        return ""
    # A canvas that shows more columns than the screen has shows no more of the wave.
    column_ms = 1000 * abs(region.delta[0]) / min(1.0, abs(strip_map(*size, strip).scale_x))
    if column_ms <= MOST_MS:
        return ""
    return (
        f"The sweep is slow: one column is {column_ms:.0f} ms here, so that the tip of a wave that "
        "lasts about a tenth of a second is a few columns wide."
    )
