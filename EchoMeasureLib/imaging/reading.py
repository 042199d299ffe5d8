"""Open a file, whatever it is, as a cine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.cine import (
    DEFAULT_CACHE_BYTES,
    ArraySource,
    Cine,
    Identity,
    Timing,
)
from EchoMeasureLib.imaging.regions import read_regions


def read(path: str | Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> Cine:
    """The cine or still in this file. First version: plain DICOM only."""
    path = Path(path)
    try:
        dataset = pydicom.dcmread(path)
        pixels = np.asarray(dataset.pixel_array)
    except (OSError, ValueError, AttributeError, pydicom.errors.InvalidDicomError) as error:
        raise UnreadableFile(f"{path.name} cannot be read as DICOM.") from error
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        from pydicom.pixel_data_handlers.util import apply_color_lut

        pixels = (apply_color_lut(pixels, dataset) >> 8).astype(np.uint8)
    shaped = pixels.reshape(frames, rows, columns, -1).astype(np.uint8)
    rgb = np.repeat(shaped, 3, axis=3) if shaped.shape[3] == 1 else shaped
    step = float(dataset.get("FrameTime", 0) or 0) / 1000
    waves = np.atleast_1d(dataset.get("RWaveTimeVector", []) or [])
    timing = Timing(
        tuple(i * step for i in range(frames)) if step else None,
        "FrameTime" if step else "unknown",
        tuple(float(w) / 1000 for w in waves),
    )
    if frames == 1:
        timing = Timing((0.0,), "still", timing.r_waves)
    identity = Identity(
        sop_instance_uid=str(dataset.get("SOPInstanceUID", "")),
        sop_class_uid=str(dataset.get("SOPClassUID", "")),
        series_instance_uid=str(dataset.get("SeriesInstanceUID", "")),
        study_instance_uid=str(dataset.get("StudyInstanceUID", "")),
        transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
        modality=str(dataset.get("Modality", "")),
        manufacturer=str(dataset.get("Manufacturer", "")),
        model=str(dataset.get("ManufacturerModelName", "")),
    )
    regions = read_regions(dataset, columns, rows)
    return Cine(ArraySource(rgb), timing, regions, identity, path, "DICOM", cache_bytes)
