"""Documents of earlier versions, brought up to the present one step at a time.

Version 0 knew one reviewer and one image, version 1 no beats of a strip, version 2 no
examination, version 3 kept all beats of a strip in one entry, version 4 no marks of ED and ES,
version 5 no picture that is too poor, version 6 no tracings and no diameter of the LVOT.
To change the form: raise `SCHEMA_VERSION`, add a function to `_STEPS`, keep a sample in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.fields import Fields, as_list, refuse
from EchoMeasureLib.review.beats_apart import with_beats_apart

SCHEMA = "echomeasure-review"
SCHEMA_VERSION = 7


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
    entries = _records(fields.any("entries"), "entries")
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


def _from_1(old: dict[str, Any]) -> dict[str, Any]:
    layers = _records(old.get("layers"), "layers")
    return {
        **old,
        "schema_version": 2,
        "layers": [
            {
                **layer,
                "entries": [
                    {**entry, "beats": []}
                    for entry in _records(layer.get("entries"), f"layers[{number}].entries")
                ],
            }
            for number, layer in enumerate(layers)
        ],
    }


def _from_2(old: dict[str, Any]) -> dict[str, Any]:
    """The right atrial pressure that a reader gives is of the examination, not of the person."""

    def examined(layer: dict[str, Any], where: str) -> dict[str, Any]:
        known = Fields(layer, where).object("subject")
        subject = {key: known.any(key) for key in ("sex", "height_cm", "weight_kg", "bsa_formula")}
        names = (
            "rhythm manoeuvre heart_rate systolic diastolic ef lavi lars pv_s_d ivrt dt ar_a t_e_e"
        )
        examination = {
            **dict.fromkeys(names.split()),
            "rap": known.any("rap_mmhg"),
            "group": "",
            "disease": False,
            "no_jet": False,
            "ranges": "ase",
            "from_file": [],
        }
        subject |= {"age": None, "from_file": []}
        return {**layer, "subject": subject, "examination": examination}

    layers = enumerate(_records(old.get("layers"), "layers"))
    return {
        **old,
        "schema_version": 3,
        "layers": [examined(layer, f"layers[{number}]") for number, layer in layers],
    }


def _from_3(old: dict[str, Any]) -> dict[str, Any]:
    layers = as_list(old.get("layers"), "layers", with_beats_apart)
    return {**old, "schema_version": 4, "layers": list(layers)}


def _from_4(old: dict[str, Any]) -> dict[str, Any]:
    layers = _records(old.get("layers"), "layers")
    return {**old, "schema_version": 5, "layers": [{**layer, "marks": []} for layer in layers]}


def _from_5(old: dict[str, Any]) -> dict[str, Any]:
    return {**old, "schema_version": 6}  # a caliper may say why its picture is poor


def _from_6(old: dict[str, Any]) -> dict[str, Any]:
    """A caliper may be a tracing, and the examination may give the diameter of the LVOT."""

    def examined(layer: dict[str, Any], where: str) -> dict[str, Any]:
        examination = Fields(layer, where).any("examination")
        if isinstance(examination, dict):
            examination = {**examination, "lvot_diameter": None}
        return {**layer, "examination": examination}

    layers = enumerate(_records(old.get("layers"), "layers"))
    return {
        **old,
        "schema_version": 7,
        "layers": [examined(layer, f"layers[{number}]") for number, layer in layers],
    }


def _records(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        refuse(where, "expected a list of objects")
    return value


_STEPS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    _from_0,
    _from_1,
    _from_2,
    _from_3,
    _from_4,
    _from_5,
    _from_6,
)
"""Step n turns a document of version n into one of version n + 1."""
