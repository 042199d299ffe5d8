"""Pictures as DICOM objects of the study that they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from report_study import PLAX, STUDY, TR, report_study

from EchoMeasureLib.cli.main import main


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pictures of one review in every form."""
    folder = tmp_path_factory.mktemp("pictures")
    document = report_study(folder).document
    for form in ("png", "dcm"):
        words = ["export", "pictures", str(document), "--format", form]
        assert main([*words, "--out", str(folder / form)]) == 0
    return {form: folder / form for form in ("png", "dcm")}


@pytest.fixture(scope="module")
def captures(folders: dict[str, Path]) -> dict[str, pydicom.Dataset]:
    return {path.stem: pydicom.dcmread(path) for path in folders["dcm"].iterdir()}


def test_each_shows_what_the_picture_shows(
    folders: dict[str, Path], captures: dict[str, pydicom.Dataset]
) -> None:
    pictures = {path.stem: np.asarray(Image.open(path)) for path in folders["png"].iterdir()}
    assert pictures.keys() == captures.keys()
    for name, picture in pictures.items():
        assert np.array_equal(captures[name].pixel_array, picture)


def test_they_are_one_series_of_the_patient_and_study(
    captures: dict[str, pydicom.Dataset],
) -> None:
    found = list(captures.values())
    assert {one.SOPClassUID.name for one in found} == {"Secondary Capture Image Storage"}
    assert {one.StudyInstanceUID for one in found} == {STUDY}
    assert {str(one.PatientName) for one in found} == {"Phantom^Paula"}
    assert len({one.SeriesInstanceUID for one in found}) == 1
    assert len({one.SOPInstanceUID for one in found}) == len(found)
    assert sorted(one.InstanceNumber for one in found) == list(range(1, len(found) + 1))


def test_each_says_of_which_frame_it_is_and_that_no_screen_is_in_it(
    captures: dict[str, pydicom.Dataset],
) -> None:
    (source,) = captures["image-1-frame-2"].SourceImageSequence
    assert (source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber) == (PLAX, 3)
    (still,) = captures["image-2-frame-0"].SourceImageSequence
    assert still.ReferencedSOPInstanceUID == TR
    assert "ReferencedFrameNumber" not in still
    for one in captures.values():
        assert one.BurnedInAnnotation == "NO"
        # No ultrasound: nobody shall measure in a drawing.
        assert one.Modality == "OT"


def test_with_the_whole_screen_each_says_that_a_name_may_be_in_it(tmp_path: Path) -> None:
    document = report_study(tmp_path).document
    words = ["export", "pictures", str(document), "--keep-screen", "--format", "dcm"]
    assert main([*words, "--out", str(tmp_path / "captures")]) == 0
    found = [pydicom.dcmread(path) for path in (tmp_path / "captures").iterdir()]
    assert {one.BurnedInAnnotation for one in found} == {"YES"}
