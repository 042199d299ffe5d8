"""Nothing that names a person leaves: not from a tag, not from a pixel, by no output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from small_networks import write_small_networks
from training_manifests import write_manifest
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.desk.saving import own_place
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.description import describe
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

MARK = "ZQXJ"
"""Stands in every tag, in any writing of its letters."""

NAMED = (
    *("PatientName", "PatientID", "OtherPatientNames", "PatientBirthName", "PatientAddress"),
    *("PatientMotherBirthName", "PatientTelephoneNumbers", "MedicalRecordLocator", "Occupation"),
    *("PatientComments", "AdditionalPatientHistory", "EthnicGroup", "PatientReligiousPreference"),
    *("IssuerOfPatientID", "MilitaryRank", "BranchOfService", "RegionOfResidence", "Allergies"),
    *("AccessionNumber", "StudyID", "StudyDescription", "SeriesDescription", "ProtocolName"),
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName"),
    *("ReferringPhysicianName", "ReferringPhysicianAddress", "PerformingPhysicianName"),
    *("PhysiciansOfRecord", "NameOfPhysiciansReadingStudy", "OperatorsName", "ImageComments"),
    *("RequestingPhysician", "RequestedProcedureDescription", "RequestingService"),
    *("PerformedProcedureStepDescription", "PerformedProcedureStepID", "DeviceSerialNumber"),
    *("AdmittingDiagnosesDescription", "CurrentPatientLocation", "PatientInstitutionResidence"),
    *("DerivationDescription", "ContentCreatorName", "ScheduledPerformingPhysicianName"),
    *("ReasonForTheRequestedProcedure", "SpecialNeeds", "PatientState", "UserContentLabel"),
)
"""Tags of the confidentiality profile (PS3.15 annex E) that hold words."""

DATES = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
DATE = "19330117"

PAINT = (255, 0, 255)
"""Of the names in the pixels; nothing else on the screen is of it."""


def tags() -> dict[str, Any]:
    """Every tag with the mark; it also stands in a private one and inside a sequence."""
    other = Dataset()
    other.PatientID = f"{MARK}-OTHER"
    marked: dict[str, Any] = {key: f"{MARK} {number}" for number, key in enumerate(NAMED)}
    marked |= {"PatientName": f"{MARK}^Gerda", "OtherPatientIDsSequence": Sequence([other])}
    return marked | dict.fromkeys(DATES, DATE)


INSET, STRIP = (272, 76, 690, 320), (42, 342, 943, 733)


def screens(count: int) -> Frame:
    """A screen with an inset above a strip, and paint on every pixel outside of the two."""
    rng = np.random.default_rng(3)
    frames = np.empty((count, 768, 1024, 3), np.uint8)
    frames[:] = PAINT
    for x0, y0, x1, y1 in (INSET, STRIP):
        noise = rng.integers(20, 90, (count, y1 - y0 + 1, x1 - x0 + 1, 1), np.uint8)
        frames[:, y0 : y1 + 1, x0 : x1 + 1] = noise
    return frames


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cine of three frames."""
    path = tmp_path_factory.mktemp("echo") / "echo.dcm"
    items = [region(INSET, (0.05, 0.05)), spectral(STRIP, reference_y=200, data=3)]
    write_ultrasound(path, screens(3), items, {**tags(), "FrameTime": "40"})
    data = path.read_bytes()
    assert data.count(MARK.encode()) == len(NAMED) + 1
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_networks(tmp_path_factory.mktemp("weights"), ["lvid"], ["mvpeak"])


def forms(word: str) -> list[bytes]:
    """The word as bytes in every coding that a file may write it in."""
    spellings = (word, word.lower(), word.capitalize())
    codings = ("utf-8", "utf-16-le", "utf-16-be")
    return [spelling.encode(coding) for spelling in spellings for coding in codings]


WANTED = [form for word in (MARK, DATE) for form in forms(word)]


def check_bytes(name: str, data: bytes) -> None:
    for form in WANTED:
        assert form not in data, f"{name} holds {form!r}"


def painted(frame: Frame) -> int:
    """Number of pixels that are still of the paint, after any compression."""
    red, green, blue = (frame[..., channel].astype(int) for channel in range(3))
    return int(((red - green > 60) & (blue - green > 60)).sum())


def pictures_of(path: Path) -> Iterator[Frame]:
    if path.suffix == ".png":
        with Image.open(path) as picture:
            assert not picture.text, "no text in a picture"  # type: ignore[attr-defined]
            yield np.asarray(picture.convert("RGB"))
    elif path.suffix == ".mp4":
        with av.open(str(path)) as container:
            assert not container.metadata.keys() - {
                *("major_brand", "minor_version", "compatible_brands", "encoder"),
            }
            yield from (f.to_ndarray(format="rgb24") for f in container.decode(video=0))
    elif path.suffix == ".npy":
        yield from np.load(path)


def check_files(paths: Iterable[Path]) -> set[str]:
    """Searches names, bytes and pixels; returns the kinds of file that were there."""
    kinds: set[str] = set()
    for path in paths:
        if path.is_dir():
            continue
        kinds.add(path.suffix)
        check_bytes(path.name, path.name.encode())
        check_bytes(path.name, path.read_bytes())
        for picture in pictures_of(path):
            assert painted(picture) == 0, path.name
    return kinds


def reviewed(cine: Cine) -> Review:
    review = Review(cine, "AB")
    review.place("lvid", 1, [(300, 100), (300, 200)])
    review.place("mvpeak", 0, [(400, 482), (460, 500)])
    return review


def test_measuring_writes_nothing_that_names_a_person(
    echo: Path, weights: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "out"
    words = ["-m", "lvid", "-m", "mvpeak", "--weights", str(weights), "--video", "--json"]
    assert main(["measure", str(echo), *words, "--frames", "0,2", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())
    assert json.loads(printed.out)["results"]
    assert check_files(out.rglob("*")) == {".json", ".csv", ".png", ".mp4"}


def test_the_search_would_find_what_is_kept_on_purpose(
    echo: Path, weights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["-m", "lvid", "--weights", str(weights), "--video", "--keep-screen"]
    assert main(["measure", str(echo), *words, "--frames", "1", "--out", str(out)]) == 0
    for name in ("frame-1.png", "calipers.mp4"):
        assert all(painted(picture) > 100_000 for picture in pictures_of(out / name))
    with pytest.raises(AssertionError):
        check_files([echo])


def test_commands_print_nothing_that_names_a_person(echo: Path, capsys) -> None:
    points = ("--points", "300,100", "300,200")
    for words in (["info"], ["info", "--json"], ["value", "-m", "lvid", *points]):
        assert main([words[0], str(echo), *words[1:]]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())


def test_reviews_and_scenes_hold_nothing_that_names_a_person(echo: Path, tmp_path: Path) -> None:
    cine = read(echo)
    save(reviewed(cine), tmp_path / "review.json")
    assert check_files(tmp_path.rglob("*")) == {".json"}
    check_bytes("where it saves itself", str(own_place(cine).name).encode())
    check_bytes("description in a scene", describe(cine).encode())
    for text in (cine.kind, *cine.notes, *cine.timing.notes, repr(cine.identity)):
        check_bytes("a cine", text.encode())


def test_training_keeps_nothing_that_names_a_person(echo: Path, tmp_path: Path, capsys) -> None:
    """Prepared pictures lie on disk as long as a training may go on."""
    row = {
        "file": str(echo),
        "frame": 1,
        "study": "s1",
        "split": "train",
        "landmarks": {"lvid": [[[300, 100], [300, 200]]]},
    }
    write_manifest(tmp_path / "m.json", [row])
    words = ["train", "--manifest", str(tmp_path / "m.json"), "--steps", "1", "--batch", "1"]
    assert main([*words, "--out", str(tmp_path / "lvid.ckpt")]) == 0
    printed = capsys.readouterr()
    check_bytes("what is printed", (printed.out + printed.err).encode())
    kinds = check_files(path for path in tmp_path.rglob("*") if path.name != "m.json")
    assert {".npy", ".npz", ".ckpt", ".json"} <= kinds
