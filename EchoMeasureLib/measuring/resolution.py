"""Whether a pixel of what a network sees is too much of the heart for the length it gives.

A 2-D network sees the screen on a canvas of its own (`inference.canvas`) and knows a landmark to a
few pixels of that, however large the screen is. Where the picture is small on the screen, these
few pixels are more than a length may be wrong by.
"""

from __future__ import annotations

from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.canvas import image_map

USUAL_PX = 4.0
"""Canvas pixels by which a landmark is usually off: 3.6 on phantoms that the network of the package
had not seen (`error` in its image.json), rounded up."""

MOST_MM = 3.0
"""What a length may be off by."""


def too_coarse(size: tuple[int, int], region: Region) -> str:
    """Why a network's points give no sure length here, in words; empty where they do.

    `size` is that of the screen in columns and rows, `region` what is measured in. Strips are
    not asked: what counts there is the height of the wave.
    """
    if not region.kind.is_image:
        return ""
    pixel_mm = 10 * max(abs(delta) for delta in region.delta) / image_map(*size).scale_x
    if USUAL_PX * pixel_mm <= MOST_MM:
        return ""
    return (
        f"The picture is small: one pixel of what the network sees is {pixel_mm:.2g} mm here, "
        f"and its points lie within about {USUAL_PX:g} of them."
    )
