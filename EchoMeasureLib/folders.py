"""Where EchoMeasure keeps what belongs to the user: weights and reviews."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "EchoMeasure"

DATA_VARIABLE = "ECHOMEASURE_DATA"
"""Environment variable that names another place."""


def data_folder() -> Path:
    """`ECHOMEASURE_DATA`, else the place that the system has for data of applications.

    The same in the terminal and in Slicer, which brings no package for this question.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / NAME
