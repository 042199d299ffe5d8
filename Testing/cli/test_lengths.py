"""Lengths in mm for people, by option or by the site's choice; files and JSON keep their units."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from review_studies import beating, plax, predicted, upright

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.cli.measure import result_lines
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import load, save
from EchoMeasureLib.review.session import Review

SITE = "ECHOMEASURE_LENGTHS"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """LVIDd of 5.0 cm in three beats, in a woman: the normal range is 3.8 to 5.2 cm."""
    review = Review(plax(81), "AB")
    review.describe(Subject("F"))
    review.add_predictions(predicted("lvid", frame, upright(beating(frame))) for frame in range(81))
    save(review, tmp_path / "review.json")
    return tmp_path / "review.json"


def printed(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    assert main([str(word) for word in words]) == code
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [("review", "show"), ("derive",), ("beats",)])
def test_every_length_is_in_mm_where_that_is_asked_for(saved: Path, capsys, command) -> None:
    usual = printed(capsys, *command, saved)
    assert "5.0 cm" in usual
    asked = printed(capsys, *command, saved, "--mm")
    assert "50 mm" in asked
    assert "38 to 52" in asked
    assert " cm" not in asked


def test_a_site_chooses_once(saved: Path, capsys, monkeypatch) -> None:
    asked = printed(capsys, "derive", saved, "--mm")
    monkeypatch.setenv(SITE, "mm")
    assert printed(capsys, "derive", saved) == asked
    monkeypatch.setenv(SITE, "inch")
    assert main(["derive", str(saved)]) == 2
    assert f"In {SITE}" in capsys.readouterr().err


def test_json_keeps_the_unit_of_the_catalog(saved: Path, capsys, monkeypatch) -> None:
    before = printed(capsys, "derive", saved, "--json")
    monkeypatch.setenv(SITE, "mm")
    after = printed(capsys, "derive", saved, "--mm", "--json")
    assert after == before
    (row,) = [row for row in json.loads(after)["values"] if row["id"] == "lvidd"]
    assert (row["unit"], row["text"], row["range"]) == ("cm", "5.0 cm", "3.8 to 5.2")


def test_what_measure_prints_follows_too(saved: Path) -> None:
    lines = result_lines(load(saved, plax(81), "AB"), Lengths.MM)
    assert next(line for line in lines if line.startswith("LVIDd")).startswith("LVIDd 50 mm")
    assert not any(" cm" in line for line in lines)


def test_a_diameter_that_was_given_follows(saved: Path, capsys) -> None:
    words = ("derive", saved, "--lvot-diameter", "2.05")
    assert "2.05 cm" in printed(capsys, *words)
    assert "20.5 mm" in printed(capsys, *words, "--mm")
