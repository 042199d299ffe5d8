"""The JSON schemas that the package brings, for tests of what is written."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator


def validate(record: Any, place: str) -> None:
    """Raise `jsonschema.ValidationError` unless it follows the schema at this place in the package.

    Such as "review/review.schema.json". The schema itself is checked once: for each record that
    would cost more than all else.
    """
    _validator(place).validate(record)


def schema(place: str) -> Any:
    """A schema by its place in the package."""
    text = resources.files("EchoMeasureLib").joinpath(place).read_text(encoding="utf-8")
    return json.loads(text)


@cache
def _validator(place: str) -> Draft202012Validator:
    rules = schema(place)
    Draft202012Validator.check_schema(rules)
    return Draft202012Validator(rules)
