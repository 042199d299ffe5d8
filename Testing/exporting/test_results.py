"""A folder of results belongs to one run on one image, and is whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.drawn_images import drawn_image
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.results import results_folder, write_results
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.session import Review

REGION = Region(0, RegionKind.TWO_D, Box(0, 0, 79, 59), ("cm", "cm"), (0.1, 0.1))


def cine(uid: str = "1.2.3", grey: int = 0) -> Cine:
    pixels = np.full((12, 60, 80, 3), grey, np.uint8)
    timing = Timing(tuple(index / 25 for index in range(12)), "FrameTime")
    return Cine(ArraySource(pixels), timing, (REGION,), Identity(sop_instance_uid=uid))


def export(
    folder: Path, image: Cine, frames: Sequence[int], video: bool = False, overwrite: bool = False
) -> None:
    review = Review(image, "AB")
    for frame in frames:
        review.place("lvid", frame, [(20, 10), (20, 50)])
    key = image_key(image)
    with results_folder(folder, key, overwrite) as new:
        write_results(new, drawn_image(review, key, image), document(review, key), video)


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


TABLES = ["measurements.csv", "measurements.json"]


def test_nothing_of_an_earlier_run_stays_beside_the_numbers_of_this_one(tmp_path: Path) -> None:
    export(tmp_path / "out", cine(), range(3), video=True)
    assert names(tmp_path / "out") == [
        "calipers.mp4",
        *(f"frame-{frame:02d}.png" for frame in range(3)),
        *TABLES,
    ]
    export(tmp_path / "out", cine(), [7])
    assert names(tmp_path / "out") == ["frame-07.png", *TABLES]
    assert names(tmp_path) == ["out"]


def contents(folder: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in folder.iterdir()}


@pytest.mark.parametrize(
    "other", [cine("1.2.4"), cine("", grey=9)], ids=["another UID", "no UID, other pixels"]
)
def test_results_of_another_image_are_replaced_on_request_only(tmp_path: Path, other: Cine) -> None:
    out = tmp_path / "out"
    export(out, cine("", grey=5), [0, 1])
    before = contents(out)
    with pytest.raises(OutputProblem, match=r"another image.*--overwrite"):
        export(out, other, [4])
    assert contents(out) == before
    export(out, other, [4], overwrite=True)
    assert names(out) == ["frame-04.png", *TABLES]


def test_an_image_without_a_uid_is_known_again_by_its_pixels(tmp_path: Path) -> None:
    export(tmp_path / "out", cine("", grey=5), [0])
    export(tmp_path / "out", cine("", grey=5), [1])
    assert names(tmp_path / "out") == ["frame-01.png", *TABLES]


def test_a_document_of_before_names_its_image_by_the_uid(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(out, cine(), [0])
    old = json.loads((out / "measurements.json").read_text())
    del old["source"]["image"]
    (out / "measurements.json").write_text(json.dumps(old))
    with pytest.raises(OutputProblem, match="another image"):
        export(out, cine("1.2.4"), [0])
    export(out, cine(), [1])


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("name", ["letter.txt", ".~lock.measurements.csv#", "patient.png"])
def test_what_is_no_result_is_never_replaced(tmp_path: Path, name: str, overwrite: bool) -> None:
    """A file of the user's, or a table that is open in an office program."""
    out = tmp_path / "out"
    export(out, cine(), [0])
    (out / name).write_text("mine")
    before = contents(out)
    with pytest.raises(OutputProblem, match=f"no folder for results: it holds {name}"):
        export(out, cine(), [1], overwrite=overwrite)
    assert contents(out) == before


def test_a_table_that_may_not_change_keeps_everything_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(out, cine(), [0])
    (out / "measurements.csv").chmod(0o444)
    before = contents(out)
    with pytest.raises(OutputProblem, match=r"measurements\.csv .* write-protected"):
        export(out, cine(), [1])
    assert contents(out) == before


def test_what_the_system_puts_into_every_folder_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".DS_Store").write_bytes(b"\0")
    export(tmp_path / "out", cine(), [0])
    assert names(tmp_path / "out") == ["frame-00.png", *TABLES]


def test_what_was_left_half_written_in_the_folder_goes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(out, cine(), [0])
    (out / ".part-k2x9").mkdir()
    (out / ".part-k2x9" / "frame-03.png").write_bytes(b"half")
    export(out, cine(), [1])
    assert names(out) == ["frame-01.png", *TABLES]


def test_what_another_program_has_not_finished_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(out, cine(), [0])
    (out / ".part-download").mkdir()
    (out / ".part-download" / "thesis.pdf").write_bytes(b"half")
    with pytest.raises(OutputProblem, match=r"it holds \.part-download"):
        export(out, cine(), [1])
    assert (out / ".part-download" / "thesis.pdf").exists()


def test_pictures_without_a_document_belong_to_nobody_known(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(out, cine(), [0])
    (out / "measurements.json").write_text("{")
    with pytest.raises(OutputProblem, match="do not say which image"):
        export(out, cine(), [0])
