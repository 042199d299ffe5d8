"""A phantom study as a real DICOM file, written frame by frame.

SOP class Ultrasound Image for a still and Ultrasound Multi-frame Image for a cine
(PS3.3 A.6 and A.7). pydicom writes the header; the pixel data element, which is the last
one, is appended here by hand, so that only one frame is ever in memory. Everything in the
file follows from the study: the same seed gives the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.phantoms.body import BORN, EXAMINED, body_of
from EchoMeasureLib.phantoms.encoding import Encoder, Form, Palette, encoder
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import GENERATOR
from EchoMeasureLib.progress import Monitor, Progress, silent

if TYPE_CHECKING:
    from pydicom import Dataset

US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"

_DATE, _TIME = EXAMINED, "120000"
_LARGEST = 2**32 - 2
"""Longest value, and farthest offset, that DICOM's 32-bit fields hold."""

_MODE_BITS = {(1, 1): 0x0001, (1, 2): 0x0011, (2, 1): 0x0002, (3, 4): 0x0004, (3, 3): 0x0008}
"""Value 4 of ImageType by region format and data type (PS3.3 C.8.5.6.1.1)."""


def phantom_uid(*parts: object) -> str:
    """The UID that belongs to these words: 2.25 and 128 bits of their hash (PS3.5 B.2)."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def write_dicom(
    study: PhantomStudy, path: Path, form: Form = Form.JPEG, monitor: Monitor = silent
) -> None:
    """Write the study; `path` appears only when it is whole.

    The monitor is called with each frame. Raises `OutputProblem` when the disk refuses
    and `InvalidArgument` when the pixels do not fit into a DICOM file.
    """
    palette = Palette.of(study.frame(0)) if form.has_palette else None
    encode = encoder(form, palette)
    dataset = header(study, form, palette)
    if form is Form.JPEG:
        raw = study.layout.rows * study.layout.columns * 3
        ratio = raw / len(encode(study.frame(0)))
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
    with written_whole(path) as beside, beside.open("w+b") as stream:
        _write_header(stream, dataset)
        append = _append_encapsulated if form.encapsulated else _append_native
        append(stream, study, encode, monitor)


def _write_header(stream: BinaryIO, dataset: Any) -> None:
    from pydicom import __version__
    from pydicom.filewriter import dcmwrite

    if int(__version__.split(".")[0]) < 3:
        # pydicom 2 takes the encoding from here, pydicom 3 from the transfer syntax.
        dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dcmwrite(stream, dataset)
    stream.seek(0, 2)


def _frames(study: PhantomStudy, encode: Encoder, monitor: Monitor) -> Any:
    for index in range(study.frame_count):
        monitor(Progress(index, study.frame_count, "writing frames"))
        yield encode(study.frame(index))
    monitor(Progress(study.frame_count, study.frame_count, "writing frames"))


def _append_native(
    stream: BinaryIO, study: PhantomStudy, encode: Encoder, monitor: Monitor
) -> None:
    """Pixel data of a length that is known after the last frame and written then."""
    stream.write(struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0))
    start = stream.tell()
    for data in _frames(study, encode, monitor):
        stream.write(data)
        _check_size(stream.tell() - start)
    if (stream.tell() - start) % 2:
        stream.write(b"\0")
    end = stream.tell()
    stream.seek(start - 4)
    stream.write(struct.pack("<L", end - start))
    stream.seek(end)


def _append_encapsulated(
    stream: BinaryIO, study: PhantomStudy, encode: Encoder, monitor: Monitor
) -> None:
    """One fragment per frame after an offset table, which is filled in at the end."""
    stream.write(struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF))
    stream.write(struct.pack("<HHL", 0xFFFE, 0xE000, 4 * study.frame_count))
    table = stream.tell()
    stream.write(bytes(4 * study.frame_count))
    first, offsets = stream.tell(), []
    for data in _frames(study, encode, monitor):
        offsets.append(stream.tell() - first)
        _check_size(offsets[-1])
        even = data + b"\0" * (len(data) % 2)
        stream.write(struct.pack("<HHL", 0xFFFE, 0xE000, len(even)) + even)
    stream.write(struct.pack("<HHL", 0xFFFE, 0xE0DD, 0))
    end = stream.tell()
    stream.seek(table)
    stream.write(struct.pack(f"<{len(offsets)}L", *offsets))
    stream.seek(end)


def _check_size(length: int) -> None:
    if length > _LARGEST:
        raise InvalidArgument(
            "The phantom's pixels do not fit into one DICOM file (4 GB).",
            "Write fewer frames, or choose the JPEG form.",
        )


def header(study: PhantomStudy, form: Form, palette: Palette | None = None) -> Dataset:
    """Everything but the pixel data."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID

    sop_class = UID(US_MULTI_FRAME if study.frame_count > 1 else US_IMAGE)
    instance = UID(phantom_uid(GENERATOR, "instance", study.name, study.frame_count, form.value))
    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = UID(form.transfer_syntax)
    meta.ImplementationClassUID = UID(phantom_uid("EchoMeasure phantoms"))
    meta.ImplementationVersionName = "ECHOMEASURE"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, instance
    _patient_and_study(dataset, study)
    _series_and_image(dataset, study, form)
    _timing(dataset, study)
    _pixels(dataset, study, form, palette)
    if study.regions:
        from pydicom import Sequence

        dataset.SequenceOfUltrasoundRegions = Sequence(study.regions)
    return dataset


def _patient_and_study(dataset: Dataset, study: PhantomStudy) -> None:
    body = body_of(study.seed)
    dataset.PatientName = "Phantom^EchoMeasure"
    dataset.PatientID = f"PHANTOM-{study.seed:06d}"
    dataset.PatientBirthDate = BORN
    dataset.PatientSex = body.sex
    dataset.PatientSize = f"{body.height_cm / 100:.2f}"
    dataset.PatientWeight = f"{body.weight_kg:.1f}"
    dataset.StudyInstanceUID = phantom_uid(GENERATOR, "study", study.seed)
    dataset.StudyDate, dataset.StudyTime = _DATE, _TIME
    dataset.StudyID = str(study.seed)
    dataset.StudyDescription = "EchoMeasure phantom, not a patient"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""


def _series_and_image(dataset: Dataset, study: PhantomStudy, form: Form) -> None:
    dataset.Modality = "US"
    # What is said of a series holds for all of its images: so each view is one of its own.
    words = (study.seed, study.layout.name, study.view)
    dataset.SeriesInstanceUID = phantom_uid(GENERATOR, "series", *words)
    dataset.SeriesNumber = 1
    dataset.SeriesDate, dataset.SeriesTime = _DATE, _TIME
    dataset.SeriesDescription = f"Phantom {study.view}"
    dataset.Manufacturer = "EchoMeasure phantom"
    dataset.ManufacturerModelName = study.layout.model
    dataset.SoftwareVersions = GENERATOR
    dataset.DeviceSerialNumber = "0"
    dataset.InstanceNumber = 1 + int(phantom_uid(study.view)[5:]) % 9999
    dataset.BodyPartExamined = "HEART"
    dataset.PatientOrientation = ""
    dataset.ContentDate, dataset.ContentTime = _DATE, _TIME
    dataset.AcquisitionDateTime = _DATE + _TIME
    bits = 0
    for region in study.regions:
        bits |= _MODE_BITS.get((region.RegionSpatialFormat, region.RegionDataType), 0)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "TTE", f"{bits or 1:04X}"]
    dataset.QualityControlImage = "YES"
    dataset.BurnedInAnnotation = "NO"
    dataset.ImageComments = "Synthetic image with known truth; shows no patient."
    # Colour is flow here, not the green of an ECG.
    flow = any(region.RegionDataType == 2 for region in study.regions)
    dataset.UltrasoundColorDataPresent = int(flow)
    dataset.TransducerData = [study.transducer or "PHANTOM", "", ""]
    if form is not Form.JPEG:
        dataset.LossyImageCompression = "00"


def _timing(dataset: Dataset, study: PhantomStudy) -> None:
    if study.heart_rate is not None:
        dataset.HeartRate = round(study.heart_rate)
    if study.r_waves_s:
        dataset.RWaveTimeVector = [1000 * time for time in study.r_waves_s]
    if study.frame_count < 2:
        return
    from pydicom.tag import Tag

    steps = np.diff(study.frame_times_s) * 1000
    dataset.NumberOfFrames = study.frame_count
    dataset.StartTrim, dataset.StopTrim = 1, study.frame_count
    dataset.CineRate = round(1000 / float(steps.mean()))
    dataset.EffectiveDuration = f"{study.frame_times_s[-1] + float(steps.mean()) / 1000:.6g}"
    if study.layout.has(Quirk.FRAME_TIME_VECTOR):
        dataset.FrameIncrementPointer = Tag("FrameTimeVector")
        dataset.FrameTimeVector = [f"{step:.9g}" for step in (0.0, *steps)]
    else:
        dataset.FrameIncrementPointer = Tag("FrameTime")
        dataset.FrameTime = f"{float(steps.mean()):.12g}"


def _pixels(dataset: Dataset, study: PhantomStudy, form: Form, palette: Palette | None) -> None:
    dataset.Rows, dataset.Columns = study.layout.rows, study.layout.columns
    dataset.SamplesPerPixel = form.samples
    dataset.PhotometricInterpretation = form.photometric
    if form.samples == 3:
        dataset.PlanarConfiguration = 1 if form is Form.PLANAR else 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    if palette is None:
        return
    for channel, name in enumerate(("Red", "Green", "Blue")):
        # 16-bit entries, as PS3.3 C.7.6.3.1.5 wants them: white is 65535.
        table = palette.colours[:, channel].astype("<u2") * 257
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{name}PaletteColorLookupTableData", table.tobytes())
