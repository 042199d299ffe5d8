"""Documents of earlier versions, brought up to the present one step at a time.

Version 0 knew one reviewer and one image. To change the form: raise
`SCHEMA_VERSION`, add a function to `_STEPS`, keep a sample in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.review.fields import Fields, refuse

SCHEMA = "echomeasure-review"
SCHEMA_VERSION = 1


def migrated(value: Any) -> dict[str, Any]:
    """The document in its present form. Raises `InvalidDocument` for a foreign or newer one."""
    fields = Fields(value, "")
    if not fields.has("schema") or fields.text("schema") != SCHEMA:
        raise InvalidDocument(
            "The file is no EchoMeasure review.", f"One begins with the schema {SCHEMA}."
        )
    version = fields.integer("schema_version", 0)
    if version > SCHEMA_VERSION:
        raise InvalidDocument(
            f"The review was written by a newer EchoMeasure (form {version}; "
            f"this one knows up to {SCHEMA_VERSION}).",
            "Update EchoMeasure to open it.",
        )
    document: dict[str, Any] = value
    for step in _STEPS[version:]:
        document = step(document)
    return document


def _from_0(old: dict[str, Any]) -> dict[str, Any]:
    fields = Fields(old, "")
    image = fields.any("image")
    key = fields.object("image").text("key")
    entries = fields.any("entries")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        refuse("entries", "expected a list of objects")
    layer = {
        "reviewer": fields.text("reviewer"),
        "saved": fields.text("saved"),
        "software": fields.any("software"),
        "subject": {
            "sex": "",
            "height_cm": None,
            "weight_kg": None,
            "rap_mmhg": None,
            "bsa_formula": "DuBois",
        },
        "calibrations": [],
        "entries": [{**entry, "image": key} for entry in entries],
        "models": fields.any("models"),
        "audit": fields.any("audit"),
    }
    return {
        "schema": SCHEMA,
        "schema_version": 1,
        "notice": fields.text("notice"),
        "revision": 1,
        "images": [image],
        "layers": [layer],
    }


_STEPS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (_from_0,)
"""Step n turns a document of version n into one of version n + 1."""
