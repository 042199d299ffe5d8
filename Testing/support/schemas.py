"""The JSON schemas that the package brings, for tests of what is written."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def schema(place: str) -> Any:
    """A schema by its place in the package, such as "review/review.schema.json"."""
    text = resources.files("EchoMeasureLib").joinpath(place).read_text(encoding="utf-8")
    return json.loads(text)
