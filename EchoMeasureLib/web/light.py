"""How bright, and with how much contrast, the picture is shown. What is measured never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from EchoMeasureLib.errors import InvalidArgument

MOST = 100
"""Either goes from minus to plus this; 0 is the file as it is."""


@dataclass(frozen=True, slots=True)
class Light:
    """Window and level as people say them: brightness and contrast."""

    brightness: float = 0.0
    contrast: float = 0.0

    def __post_init__(self) -> None:
        if not (abs(self.brightness) <= MOST and abs(self.contrast) <= MOST):
            raise InvalidArgument(f"Brightness and contrast go from -{MOST} to {MOST}.")

    @property
    def window(self) -> float:
        """How many grey levels of the file lie between black and white."""
        return 255.0 * float(2.0 ** (-self.contrast / 50))

    @property
    def level(self) -> float:
        """The grey level of the file that is shown half bright."""
        return 127.5 * (1 - self.brightness / MOST)

    def apply(self, display: Any) -> None:
        """Show a volume in it; `display`: its vtkMRMLVolumeDisplayNode."""
        display.SetAutoWindowLevel(0)
        display.SetWindowLevel(self.window, self.level)

    def shown(self, values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The same for pixels of 8 bits."""
        if self == Light():
            return values
        low = self.level - self.window / 2
        grey = (np.arange(256) - low) * (255 / self.window)
        table = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        return np.asarray(table[values], np.uint8)
