"""The key of the site, which pseudonyms are made with: read, or made where there is none yet."""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.pseudonyms import Key, make_key, read_key
from EchoMeasureLib.files import make_folder


def site_key(path: Path) -> Key:
    """The key in this file; a new one, in a new file, where there is none.

    Raises as `read_key` and `make_key`.
    """
    if path.exists():
        return read_key(path)
    make_folder(path.resolve().parent)
    try:
        key = make_key(path)
    except OutputProblem:
        if not path.exists():
            raise
        # Another process was quicker.
        return read_key(path)
    say(f"A new key was made: {path}. Keep it, and give it to nobody who gets the results.")
    return key
