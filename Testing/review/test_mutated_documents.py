"""A damaged review document is read rightly or refused in a sentence, and never anything else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from document_mutants import mutant
from review_trial import sound_document, try_document

from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.review import document as documents
from EchoMeasureLib.review.document import read_document


@pytest.mark.parametrize("first", range(1, 501, 100))
def test_mutants_are_right_or_refused(tmp_path: Path, first: int) -> None:
    """`make fuzz` tries ten thousand."""
    text, path = sound_document(), tmp_path / "review.json"
    found: Counter[str] = Counter()
    for number in range(first, first + 100):
        path.write_bytes(mutant(text, number))
        found[try_document(path).partition(":")[0]] += 1
    assert found["read"] + found["refused"] == 100
    assert found["refused"] > 50


def test_the_sound_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_bytes(mutant(sound_document(), 0))
    assert try_document(path) == "read"


def changed(text: str, place: str, value: object) -> str:
    """The document with another value at a place such as "layers.0.subject.sex"."""
    record = json.loads(text)
    *way, last = place.split(".")
    parent = record
    for key in way:
        parent = parent[int(key) if key.isdigit() else key]
    parent[int(last) if last.isdigit() else last] = value
    return json.dumps(record)


ENTRY = "layers.0.entries.0"
REGION = "layers.0.calibrations.0.regions.0"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"{REGION}.bounds.2", 1.9),
        (f"{REGION}.bounds.2", 10**9),
        (f"{REGION}.units", ["mm", "mm"]),
        (f"{REGION}.units", ["cm", "s"]),
        (f"{REGION}.delta", [0, 0.1]),
        (f"{REGION}.low_priority", "false"),
        (f"{REGION}.low_priority", 0),
        (f"{REGION}.delta.0", 10**300),
        (f"{ENTRY}.caliper.frame", True),
        (f"{ENTRY}.caliper.frame", 0.0),
        (f"{ENTRY}.caliper.points.0.x", "40"),
        (f"{ENTRY}.caliper.points.0.x", 1e7),
        (f"{ENTRY}.caliper.values.0.points.0", True),
        (f"{ENTRY}.notes", None),
        (f"{ENTRY}.status", ["accepted"]),
        ("layers.0.audit.0.number", 1.0),
        ("layers.0.reviewer", ""),
        ("revision", 10**17),
        ("schema_version", True),
    ],
)
def test_a_value_that_is_almost_right_is_refused_with_its_place(
    tmp_path: Path, place: str, value: object
) -> None:
    path = tmp_path / "review.json"
    path.write_text(changed(sound_document(), place, value))
    with pytest.raises(InvalidDocument) as refusal:
        read_document(path)
    assert place.rpartition(".")[2].rstrip("0123456789") in refusal.value.problem


def test_text_that_no_program_could_write_is_read_as_it_will_be_written(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text(changed(sound_document(), f"{ENTRY}.notes", "half \ud83d, A\u030a, \x07"))
    (layer,) = read_document(path).layers.values()
    assert layer.entries[0].notes == "half \ufffd, \u00c5, \ufffd"
    assert try_document(path) == "read"


def test_a_document_larger_than_any_review_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "review.json"
    with path.open("wb") as file:
        file.truncate(documents.MOST_BYTES + 1)
    with pytest.raises(InvalidDocument, match=r"too large: .* at most 128 MB"):
        read_document(path)
    text = sound_document()
    monkeypatch.setattr(documents, "MOST_BYTES", len(text.encode()) - 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDocument, match="too large"):
        read_document(path)
