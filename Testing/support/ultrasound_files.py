"""Small ultrasound DICOM files for tests, written in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from raw_dicom import save

US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"


def region(
    bounds: tuple[int, int, int, int],
    delta: tuple[float, float],
    *,
    spatial: int = 1,
    data: int = 1,
    units: tuple[int, int] = (3, 3),
    reference: tuple[int | None, int | None] = (None, None),
    flags: int = 2,
) -> Dataset:
    """One item of SequenceOfUltrasoundRegions; bounds are MinX0, MinY0, MaxX1, MaxY1."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = spatial, data, flags
    (
        item.RegionLocationMinX0,
        item.RegionLocationMinY0,
        item.RegionLocationMaxX1,
        item.RegionLocationMaxY1,
    ) = bounds
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta
    if reference[0] is not None:
        item.ReferencePixelX0 = reference[0]
        item.ReferencePixelPhysicalValueX = 0.0
    if reference[1] is not None:
        item.ReferencePixelY0 = reference[1]
        item.ReferencePixelPhysicalValueY = 0.0
    return item


def spectral(
    bounds: tuple[int, int, int, int] = (42, 342, 943, 733),
    delta: tuple[float, float] = (0.0035, -0.5),
    reference_y: int | None = 100,
    data: int = 4,
) -> Dataset:
    """A spectral Doppler region: data 3 is pulsed wave, 4 continuous wave."""
    return region(bounds, delta, spatial=3, data=data, units=(4, 7), reference=(0, reference_y))


def m_mode(
    bounds: tuple[int, int, int, int] = (42, 342, 943, 733),
    delta: tuple[float, float] = (0.0035, 0.04),
) -> Dataset:
    """An M-mode region."""
    return region(bounds, delta, spatial=2, data=1, units=(4, 3), reference=(0, 0))


def write_ultrasound(
    path: Path,
    pixels: np.ndarray[Any, Any] | None = None,
    regions: Sequence[Dataset] = (),
    tags: Mapping[str, Any] | None = None,
    size: tuple[int, int] = (768, 1024),
) -> Path:
    """Write RGB frames (frames, rows, columns, 3) or (rows, columns, 3) as uncompressed DICOM."""
    pixels = np.zeros((*size, 3), np.uint8) if pixels is None else pixels
    frames = pixels if pixels.ndim == 4 else pixels[None]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(US_MULTI_FRAME if len(frames) > 1 else US_IMAGE)
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.Modality, dataset.PatientName, dataset.PatientID = "US", "Phantom^Test", "T1"
    dataset.Rows, dataset.Columns = frames.shape[1:3]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration, dataset.PixelRepresentation = 0, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    if regions:
        dataset.SequenceOfUltrasoundRegions = DicomSequence(regions)
    for keyword, value in (tags or {}).items():
        setattr(dataset, keyword, value)
    data = np.ascontiguousarray(frames, np.uint8).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    return save(dataset, path)
