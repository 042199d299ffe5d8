"""The colours of a heat map: from black over purple and orange to a pale yellow.

Each step is brighter than the one before, so that the map reads without colour too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.imaging.frame import Frame

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_COLOURS = ((0, 0, 0), (80, 18, 123), (182, 54, 121), (251, 136, 97), (252, 253, 191))

STRENGTH = 0.75
"""How much of the picture a certain landmark covers."""


def heat_picture(probability: npt.NDArray[np.float32]) -> Frame:
    """The map alone, (rows, columns) 0 to 1, as RGB."""
    channels = [
        np.interp(probability, _SHARES, [colour[channel] for colour in _COLOURS])
        for channel in range(3)
    ]
    picture: Frame = np.rint(np.stack(channels, -1)).astype(np.uint8)
    return picture


def overlaid(frame: Frame, probability: npt.NDArray[np.float32]) -> Frame:
    """A frame with the map over it; where nothing was seen the frame is as it was."""
    share = STRENGTH * np.sqrt(np.clip(probability, 0, 1))[..., None]
    mixed = frame * (1 - share) + heat_picture(probability) * share
    picture: Frame = np.rint(mixed).astype(np.uint8)
    return picture
