"""Where EchoMeasure keeps what belongs to the user: weights and reviews."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from EchoMeasureLib.errors import InvalidState

NAME = "EchoMeasure"

DATA_VARIABLE = "ECHOMEASURE_DATA"
"""Environment variable that names another place."""


def data_folder() -> Path:
    """`ECHOMEASURE_DATA`, else the place that the system has for data of applications.

    The same in the terminal and in Slicer, which brings no package for this question.
    Raises `InvalidState` for an account that has no home.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local") / NAME
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / NAME
    return Path(os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share") / NAME


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise InvalidState(
            "This account has no home folder, so there is no place for its weights and reviews.",
            f"Set {DATA_VARIABLE} to a folder.",
        ) from error
