"""A new DICOM object in the study of an image: whose it is, which study, and who made it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID, ExplicitVRLittleEndian, generate_uid

from EchoMeasureLib import __version__
from EchoMeasureLib.exporting.structured_report.source_images import PATIENT, STUDY
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.imaging.header import quiet_pydicom

MAKER = "EchoMeasure"
"""Of every object, as Manufacturer."""


def new_study_object(sop_class: str, source: Dataset, made: datetime) -> FileDataset:
    """An object of this SOP class, its instance new, of the patient and study of `source`.

    `source` is the header of an image (`source_images.read_source`). The series is left to the
    caller. `made`, when the content was, has a time zone.
    """
    with quiet_pydicom():
        return _study_object(sop_class, source, made)


def _zone(source: Dataset) -> tzinfo | None:
    """The time zone that an image names.

    An object has one for all its dates (PS3.3 C.12.1.1.8), those of its study too: with that of
    this computer the study would have been at another time. Where the image names none, nor does
    what is made of it, unless its class has to.
    """
    words = str(source.get("TimezoneOffsetFromUTC", "")).strip()
    try:
        return datetime.strptime(words, "%z").tzinfo
    except ValueError:
        return None


def _study_object(sop_class: str, source: Dataset, made: datetime) -> FileDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found = FileDataset(BytesIO(), {}, preamble=b"\0" * 128, file_meta=meta)
    # pydicom 2 takes the encoding from here, pydicom 3 from the transfer syntax.
    if int(pydicom.__version__.split(".")[0]) < 3:
        found.is_little_endian, found.is_implicit_VR = True, False
    found.SpecificCharacterSet = "ISO_IR 192"
    for keyword in (*PATIENT, *STUDY):
        if keyword in source or keyword != "IssuerOfPatientID":
            setattr(found, keyword, source.get(keyword, ""))
    found.SOPClassUID, found.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    zone = _zone(source)
    local = made.astimezone(zone) if zone else made
    found.ContentDate, found.ContentTime = f"{local:%Y%m%d}", f"{local:%H%M%S}"
    if zone:
        found.TimezoneOffsetFromUTC = f"{local:%z}"
    found.Manufacturer = found.ManufacturerModelName = MAKER
    found.SoftwareVersions = __version__
    found.DeviceSerialNumber = __version__  # a program has no other
    return found


def write_study_object(path: Path, found: FileDataset) -> None:
    """Write such an object, whole or not at all. Raises `OutputProblem`."""
    with written_whole(path) as beside, beside.open("wb") as stream, quiet_pydicom():
        found.file_meta.FileMetaInformationGroupLength = 0  # pydicom counts
        dcmwrite(stream, found)
