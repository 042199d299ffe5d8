"""Structured reports as scanners write them (TID 5200), in one call; codes with the retired SRT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from raw_dicom import save

Code = tuple[str, str, str]

SITE, MODE = ("G-C0E3", "SRT", "Finding Site"), ("G-0373", "SRT", "Image Mode")
METHOD, FLOW = ("G-C036", "SRT", "Measurement Method"), ("G-C048", "SRT", "Flow Direction")
DERIVATION, SELECTION = ("121401", "DCM", "Derivation"), ("121404", "DCM", "Selection Status")
PHASE = ("R-4089A", "SRT", "Cardiac Cycle Point")
LEFT_VENTRICLE = ("T-32600", "SRT", "Left Ventricle")
TWO_D, M_MODE = ("G-03A2", "SRT", "2D mode"), ("G-0394", "SRT", "M mode")


def codes(code: Code) -> DicomSequence:
    """A code sequence of one item."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return DicomSequence([item])


def heading(name: Code, *children: Dataset) -> Dataset:
    """A container."""
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ContinuityOfContent = (
        "CONTAINS",
        "CONTAINER",
        "SEPARATE",
    )
    item.ConceptNameCodeSequence = codes(name)
    item.ContentSequence = DicomSequence(children)
    return item


def said(name: Code, value: Code, relation: str = "HAS CONCEPT MOD") -> Dataset:
    """A coded modifier."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, "CODE"
    item.ConceptNameCodeSequence, item.ConceptCodeSequence = codes(name), codes(value)
    return item


def number(name: Code, value: object, unit: str, *modifiers: Dataset) -> Dataset:
    """A measured number."""
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "NUM"
    item.ConceptNameCodeSequence = codes(name)
    measured = Dataset()
    measured.NumericValue = str(value)
    measured.MeasurementUnitsCodeSequence = codes((unit, "UCUM", unit))
    item.MeasuredValueSequence = DicomSequence([measured])
    if modifiers:
        item.ContentSequence = DicomSequence(modifiers)
    return item


def findings(site: Code, *numbers: Dataset, mode: Code = TWO_D) -> Dataset:
    """A section of TID 5200: site of the findings, a group with its mode, numbers in it."""
    group = heading(("125007", "DCM", "Measurement Group"), said(MODE, mode), *numbers)
    return heading(("121070", "DCM", "Findings"), said(SITE, site), group)


def write_vendor_report(
    path: Path,
    sections: Sequence[Dataset],
    template: str = "5200",
    study: str = "1.2.840.99.7",
    patient: tuple[str, str] = ("P-17", "19640229"),
) -> Path:
    """Write a comprehensive report with these sections."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.33")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    report = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    report.SOPClassUID = meta.MediaStorageSOPClassUID
    report.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    report.StudyInstanceUID, report.SeriesInstanceUID = study, generate_uid()
    report.Modality, report.Manufacturer = "SR", "GE Vingmed Ultrasound"
    report.ManufacturerModelName = "Vivid T8"
    report.PatientID, report.PatientBirthDate = patient
    report.ValueType, report.ContinuityOfContent = "CONTAINER", "SEPARATE"
    report.ConceptNameCodeSequence = codes(("125200", "DCM", "Adult Echocardiography Report"))
    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", template
    report.ContentTemplateSequence = DicomSequence([item])
    report.ContentSequence = DicomSequence(sections)
    return save(report, path)
