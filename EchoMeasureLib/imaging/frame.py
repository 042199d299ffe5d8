"""What a frame is: the one type that readers, phantoms and networks hand to each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]
"""RGB, (rows, columns, 3), uint8."""
