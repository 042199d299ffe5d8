"""What the page remembers of a person from one sitting to the next: a signature and a unit."""

from __future__ import annotations

import json
from contextlib import suppress

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.measuring.site import lengths_of_this_site
from EchoMeasureLib.texts import clean

NAME = "browser.json"


class Remembered:
    """Kept in the user's data folder; what cannot be read or kept is forgotten."""

    def __init__(self) -> None:
        fields: object = None
        with suppress(OSError, ValueError, EchoMeasureError):
            fields = json.loads((data_folder() / NAME).read_text(encoding="utf-8"))
        known = fields if isinstance(fields, dict) else {}
        name, lengths = known.get("reviewer"), known.get("lengths")
        self.reviewer = clean(name) if isinstance(name, str) else ""
        """How decisions are signed; empty before anybody said."""
        self.lengths = Lengths(lengths) if lengths in [*Lengths] else _usual()
        """In which unit lengths are read."""

    def keep(self, reviewer: str, lengths: Lengths) -> None:
        """Remember these."""
        self.reviewer, self.lengths = reviewer, lengths
        text = json.dumps({"reviewer": reviewer, "lengths": lengths.value})
        with suppress(EchoMeasureError):
            write_text(make_folder(data_folder()) / NAME, text + "\n")


def _usual() -> Lengths:
    with suppress(EchoMeasureError):
        return lengths_of_this_site()
    return Lengths.CM
