"""A file that names a person in every tag and on every pixel beside the image, and the search."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from ultrasound_files import region, spectral, write_ultrasound

from EchoMeasureLib.imaging.frame import Frame

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


def write_marked(path: Path) -> Path:
    """A cine of three frames: an inset above a pulsed-wave strip."""
    items = [region(INSET, (0.05, 0.05)), spectral(STRIP, reference_y=200, data=3)]
    write_ultrasound(path, screens(3), items, {**tags(), "FrameTime": "40"})
    assert path.read_bytes().count(MARK.encode()) == len(NAMED) + 1
    return path


def forms(word: str) -> list[bytes]:
    """The word as bytes in every coding that a file may write it in."""
    spellings = (word, word.lower(), word.capitalize())
    codings = ("utf-8", "utf-16-le", "utf-16-be")
    return [spelling.encode(coding) for spelling in spellings for coding in codings]


EMBEDDED = re.compile(rb"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")
"""A picture in a page."""

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
            assert not picture.text, "no text in a picture"
            yield np.asarray(picture.convert("RGB"))
    elif path.suffix == ".mp4":
        import av

        with av.open(str(path)) as container:
            assert not container.metadata.keys() - {
                *("major_brand", "minor_version", "compatible_brands", "encoder"),
            }
            yield from (f.to_ndarray(format="rgb24") for f in container.decode(video=0))
    elif path.suffix == ".npy":
        yield from np.load(path)
    elif path.suffix == ".html":
        for found in EMBEDDED.findall(path.read_bytes()):
            with Image.open(io.BytesIO(base64.b64decode(found))) as picture:
                assert not picture.text, "no text in a picture"
                yield np.asarray(picture.convert("RGB"))


def check_files(paths: Iterable[Path]) -> set[str]:
    """Searches names, bytes and pixels; returns the kinds of file that were there."""
    kinds: set[str] = set()
    for path in paths:
        if path.is_dir():
            continue
        kinds.add(path.suffix)
        check_bytes(path.name, path.name.encode())
        # Four letters of a picture in base64 may be the mark by chance.
        check_bytes(path.name, EMBEDDED.sub(b"", path.read_bytes()))
        for picture in pictures_of(path):
            assert painted(picture) == 0, path.name
    return kinds
