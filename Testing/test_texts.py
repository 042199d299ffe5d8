"""Text from files and people does nothing where it is shown."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from EchoMeasureLib.texts import cell, harmless, json_text, trace_without_words

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LVID 4.71 cm", "LVID 4.71 cm"),
        ("J\u00f6rg \u65e5\u672c \u0645\u06cc\u200c\u0631\u0648\u0645", None),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("gnp.\u202eexe", "gnp.\\u202eexe"),
        ("half \ud83d", "half \\ud83d"),
        ("\u2028", "\\u2028"),
    ],
)
def test_a_terminal_is_shown_what_it_would_obey(text: str, shown: str | None) -> None:
    assert harmless(text) == (text if shown is None else shown)


@given(ANY_TEXT)
def test_nothing_reaches_the_terminal_but_letters(text: str) -> None:
    shown = harmless(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("  =1", "'  =1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("good;=1+1", "good;'=1+1"),
        ("good\t=1+1", "good\t'=1+1"),
        ("first\n=1+1", "first\n'=1+1"),
        ("first\r=1+1", "first\n'=1+1"),
        ('";=1', "\";'=1"),
        ("-1.5", "-1.5"),
        ("-1.5e-3", "-1.5e-3"),
        ("E/A 1.2 = good", "E/A 1.2 = good"),
        ("\x1b[31m", "\\x1b[31m"),
        ("", ""),
    ],
)
def test_a_table_program_computes_nothing_and_a_number_stays_one(text: str, written: str) -> None:
    assert cell(text) == written


@given(st.text(st.sampled_from("=+-@\uff1d;|\t\n\r '\"1a")))
def test_no_cell_begins_a_formula_whatever_separates_cells(text: str) -> None:
    """A program that wants semicolons sees other cells than one that wants commas."""
    written = cell(text)
    if written != text or not re.fullmatch(r"[+-]?1+", text):
        for part in re.split(r"[;|\t\n]", written):
            assert not re.match(r"[\s\"]*[=+\-@\uff1d]", part)


@given(ANY_TEXT)
def test_json_is_what_it_was_in_utf8_and_harmless(text: str) -> None:
    written = json_text({text: [text]})
    assert json.loads(written.encode("utf-8")) == {text: [text]}
    assert "\x1b" not in written
    assert not any("\x7f" <= character <= "\x9f" for character in written)


def test_a_log_has_the_places_of_an_error_and_not_its_words() -> None:
    def open_study() -> None:
        raise FileNotFoundError("/archive/DOE^JANE/1.dcm")

    try:
        try:
            open_study()
        except OSError as error:
            raise ValueError("of DOE^JANE") from error
    except ValueError as error:
        said = trace_without_words(error)
    assert said.startswith("ValueError\n")
    assert "test_texts.py" in said
    assert "test_a_log_has_the_places" in said
    assert "DOE" not in said
