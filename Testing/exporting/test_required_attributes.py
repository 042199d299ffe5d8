"""What is written as DICOM has what PS3.3 requires of its class, by tables that highdicom ships."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from report_study import PLAX, STUDY, WHO, report_study
from required_attributes import lacking

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.exporting.report.dicom_pdf import encapsulated_pdf
from EchoMeasureLib.phantoms.generate import generate, write

SIGNED = ("--complete", "--verified-by", "Berg^Anna", "--organisation", "Echo laboratory")
BARE = {"StudyInstanceUID": STUDY}
"""An image whose file says nothing of patient and study but this."""


def report(folder: Path, template: str, *words: str, tags: dict[str, str] = WHO) -> Dataset:
    study, out = report_study(folder, tags), folder / "report.dcm"
    command = ["export", "sr", str(study.document), "--template", template, "--out", str(out)]
    assert main([*command, *words]) == 0
    return pydicom.dcmread(out)


@pytest.mark.parametrize("template", ["1500", "5300"])
@pytest.mark.parametrize(
    ("words", "tags"),
    [(SIGNED, WHO), (("--include-unreviewed",), BARE)],
    ids=["signed", "of a bare image"],
)
def test_a_report_has_what_its_class_requires(
    template: str, words: tuple[str, ...], tags: dict[str, str], tmp_path: Path
) -> None:
    assert lacking(report(tmp_path, template, *words, tags=tags)) == []


@pytest.mark.parametrize("shown", ["trvmax", "plax"])
def test_a_phantom_has_what_its_class_requires(shown: str, tmp_path: Path) -> None:
    path, _ = write(generate(shown, "480x640", 1, 2 if shown == "plax" else None), tmp_path)
    assert lacking(pydicom.dcmread(path)) == []


def test_a_printed_report_has_what_its_class_requires(tmp_path: Path) -> None:
    study = report_study(tmp_path, BARE)
    made = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)
    source, images = pydicom.dcmread(tmp_path / "1.dcm"), study.review.images.values()
    assert source.SOPInstanceUID == PLAX
    assert lacking(encapsulated_pdf(b"%PDF", source, images, made, named=False)) == []


@pytest.mark.parametrize("tags", [WHO, BARE], ids=["known", "bare"])
def test_a_picture_has_what_its_class_requires(tags: dict[str, str], tmp_path: Path) -> None:
    study, out = report_study(tmp_path, tags), tmp_path / "captures"
    command = ["export", "pictures", str(study.document), "--format", "dcm", "--out", str(out)]
    assert main(command) == 0
    found = [pydicom.dcmread(path) for path in sorted(out.iterdir())]
    assert found
    for one in found:
        assert lacking(one) == []


def first_number(item: Dataset) -> Dataset:
    """The first content item with a number, in the order of the document."""
    if item.get("ValueType") == "NUM":
        return item
    for child in item.get("ContentSequence", ()):
        try:
            return first_number(child)
        except LookupError:
            continue
    raise LookupError("no number")


def without_unit(found: Dataset) -> None:
    del first_number(found).MeasuredValueSequence[0].MeasurementUnitsCodeSequence


def without_name(found: Dataset) -> None:
    del first_number(found).ConceptNameCodeSequence


def without_date(found: Dataset) -> None:
    del found.StudyDate


def without_maker(found: Dataset) -> None:
    found.ManufacturerModelName = ""


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (without_unit, "MeasuredValueSequence.MeasurementUnitsCodeSequence (type 1) is missing"),
        (without_name, "ConceptNameCodeSequence (type 1) is missing"),
        (without_date, "general-study: StudyDate (type 2) is missing"),
        (
            without_maker,
            "enhanced-general-equipment: ManufacturerModelName (type 1) is empty",
        ),
    ],
)
def test_a_fault_is_found(spoil: Callable[[Dataset], None], fault: str, tmp_path: Path) -> None:
    found = report(tmp_path, "5300")
    spoil(found)
    (said,) = lacking(found)
    assert said.endswith(fault)
