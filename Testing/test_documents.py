"""Documents that anybody may have written are read within bounds, or refused in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from EchoMeasureLib.documents import MOST_DEPTH, parse_json, read_json
from EchoMeasureLib.errors import InvalidDocument


def test_what_json_allows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, -2.5e3, null, true, "\u00e4\\u00e4"]}', encoding="utf-8")
    assert read_json(path) == {"a": [1, -2500.0, None, True, "\u00e4\u00e4"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 2}', "twice"),
        ("[NaN]", "no number"),
        ("[-Infinity]", "no number"),
        ("[1e400]", "larger than any"),
        (f"[{10**18}]", "larger than any"),
        (f"[-{'9' * 5000}]", "no JSON document"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 100_000, "nested"),
        ("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), "nested"),
        ("", "no JSON document"),
        ("[1] [2]", "no JSON document"),
        ("\ufeff[1]", "no JSON document"),
    ],
)
def test_what_readers_disagree_about_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidDocument, match=said):
        parse_json(text, "it")


def test_nesting_as_deep_as_ours_and_deeper_is_read() -> None:
    parse_json("[" * MOST_DEPTH + "]" * MOST_DEPTH, "it")


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "no file"),
        (Path.mkdir, "it is a folder"),
        (make_pipe, "it is a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.write_bytes(b'"\xff"'), "no JSON document"),
        (lambda path: os.truncate(path.touch() or path, 1 << 40), "too large"),
    ],
    ids=["nothing", "folder", "pipe", "device", "circle", "latin-1", "a terabyte"],
)
def test_what_is_no_document_is_refused_at_once(tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "a.json")
    with pytest.raises(InvalidDocument, match=said):
        read_json(tmp_path / "a.json")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    for name in ("a\0b", "a" * 5000, "\ud83d"):
        with pytest.raises(InvalidDocument):
            read_json(tmp_path / name)
