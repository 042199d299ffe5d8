"""Review documents as text: how they are laid out, and one that is written at every step."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.review.audit_records import event_record
from EchoMeasureLib.review.caliper_records import model_record
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.image_records import image_record
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layer_records import Record, document_record, entry_record, layer_record
from EchoMeasureLib.review.ledger import Clock, iso, utc_now
from EchoMeasureLib.review.session import Review

OPEN_DEPTH = 3
"""Down to here every item has its own line: one line per entry and per audit event."""


class Writer:
    """Writes one review again and again; what has not changed since is not made anew.

    A thousand calipers take a few ms, where all of it takes a hundred.
    """

    def __init__(self, review: Review, clock: Clock = utc_now) -> None:
        self._review = review
        self._clock = clock
        self._images: dict[str, tuple[ImageFacts, str]] = {}
        self._entries: dict[str, tuple[Entry, str]] = {}
        self._events: list[str] = []
        self._models: dict[Provenance, int] = {}

    def text(self) -> str:
        """A document with this review as it is now as its only layer."""
        layer = self._review.layer()
        self._entries = {entry.id: (entry, self._entry(entry)) for entry in layer.entries}
        # An audit trail only ever grows.
        self._events += [_line(event_record(e)) for e in layer.audit[len(self._events) :]]
        record = layer_record(replace(layer, entries=(), audit=()), iso(self._clock))
        record["entries"] = _Lines(line for _, line in self._entries.values())
        record["models"] = [model_record(model) for model in self._models]
        record["audit"] = _Lines(self._events)
        document = document_record(None, [], record)
        document["images"] = _Lines(self._image(facts) for facts in self._review.images.values())
        return laid_out(document)

    def _entry(self, entry: Entry) -> str:
        known = self._entries.get(entry.id)
        if known is not None and known[0] is entry:
            return known[1]
        return _line(entry_record(entry, self._models))

    def _image(self, facts: ImageFacts) -> str:
        known = self._images.get(facts.key)
        if known is None or known[0] is not facts:
            known = facts, _laid_out(image_record(facts), 2)
            self._images[facts.key] = known
        return known[1]


def laid_out(document: Record) -> str:
    """A document as text that people can read and compare line by line."""
    return _laid_out(document, 0) + "\n"


class _Lines(list[str]):
    """Items that are text already."""


def _laid_out(value: Any, depth: int) -> str:
    spread = isinstance(value, (dict, _Lines)) or (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )
    if not value or not spread or depth > OPEN_DEPTH:
        return _line(value)
    margin = " " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_laid_out(item, depth + 1)}" for key, item in value.items()]
    elif isinstance(value, _Lines):
        items = value
    else:
        items = [_laid_out(item, depth + 1) for item in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    joined = f",\n{margin}".join(items)
    return f"{begin}\n{margin}{joined}\n{' ' * depth}{end}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
