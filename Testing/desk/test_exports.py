"""What leaves the desk: a folder of one image, as its review stands at one moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.progress import Cancelled, Progress

TABLES = {"measurements.csv", "measurements.json"}
MARKUPS = {"lvid-f2.mrk.json", "lvid-f2.echomeasure.json"}


@pytest.fixture
def reviewed(desk: Desk, plax: Path) -> Desk:
    """Two calipers by hand on the open study."""
    desk.load_file(plax)
    desk.set_reviewer("AB")
    review = desk.study.need_review()
    review.place("lvid", 2, [(500, 300), (500, 420)])
    review.place("ivs", 4, [(500, 250), (500, 290)])
    return desk


def names(folder: Path) -> set[str]:
    return {item.name for item in folder.iterdir()}


def numbers(folder: Path) -> dict[str, float]:
    results = json.loads((folder / "measurements.json").read_text())["results"]
    return {result["measurement"]: result["value"] for result in results}


def test_every_export_into_a_folder_shows_the_review_of_the_same_moment(
    reviewed: Desk, tmp_path: Path
) -> None:
    """A picture that says 4.1 cm beside a table that says 4.7 would be of two moments."""
    out, review = tmp_path / "out", reviewed.study.need_review()
    reviewed.exports.table(out)
    before = numbers(out)
    reviewed.exports.pictures(out)
    picture = (out / "lvid-f2.png").read_bytes()
    review.move("lvid-f2", [(500, 300), (500, 460)])
    review.delete("ivs-f4")
    reviewed.exports.markups(out)
    assert names(out) == {*TABLES, *MARKUPS, "lvid-f2.png"}
    assert numbers(out).keys() == {"lvid"}
    # 160 pixels instead of 120.
    assert numbers(out)["lvid"] == pytest.approx(before["lvid"] * 160 / 120)
    assert (out / "lvid-f2.png").read_bytes() != picture


def test_results_of_another_image_stay_as_they_are(reviewed: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    reviewed.exports.pictures(out)
    before = names(out)
    other, _ = write(generate("lvid", "768x1024", 12, 3), tmp_path)
    reviewed.load_file(other)
    reviewed.study.need_review().place("lvid", 0, [(500, 300), (500, 420)])
    with pytest.raises(OutputProblem, match="another image"):
        reviewed.exports.table(out)
    assert names(out) == before


def test_who_stops_an_export_finds_the_folder_as_it_was(reviewed: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    reviewed.exports.table(out)

    def stop_at_the_second(progress: Progress) -> None:
        if progress.done:
            raise Cancelled

    with pytest.raises(Cancelled):
        reviewed.exports.pictures(out, stop_at_the_second)
    assert names(out) == TABLES


def test_a_folder_of_other_things_is_not_taken(reviewed: Desk, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(OutputProblem, match=r"holds .*Name a new folder"):
        reviewed.exports.table(tmp_path)
    assert (tmp_path / "letter.txt").exists()


@pytest.mark.parametrize("id", ["../../evil", "/etc/evil", "lvid-../../evil", "LVID-F2", "lvid-\0"])
def test_an_id_from_a_shared_document_names_no_place(
    reviewed: Desk, tmp_path: Path, id: str
) -> None:
    """Ids come with the review, and whoever wrote that has chosen them."""
    shared = tmp_path / "data" / "shared.json"
    reviewed.study.need_review().delete("ivs-f4")
    reviewed.save_review(shared)
    record = json.loads(shared.read_text())
    record["layers"][0]["entries"][0]["id"] = id
    shared.write_text(json.dumps(record))
    reviewed.open_review(shared)
    out = tmp_path / "a" / "b" / "out"
    reviewed.exports.pictures(out)
    reviewed.exports.markups(out)
    assert len(names(out)) == 5
    assert all(name.startswith(("lvid-_", "measurements.")) for name in names(out))
    assert names(tmp_path) == {"a", "data"}
    assert names(tmp_path / "a" / "b") == {"out"}
    reviewed.exports.table(out)
    assert len(names(out)) == 5
