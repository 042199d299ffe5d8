"""The study as FHIR: two libraries take it, and find the review's own numbers in it.

fhirclient has the models of R4 itself (4.0.1), fhir.resources those of R4B, whose values it types.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhirclient.models.bundle import Bundle as R4Bundle
from marked_file import MARK, check_files, write_marked
from review_studies import before, level, plax, predicted, spectral, upright

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.fhir_bundle import OWN_SYSTEM, UCUM, fhir_bundle
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.imaging.named_person import NamedPerson
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
LOINC = "http://loinc.org"


@pytest.fixture
def review() -> Review:
    """A woman: LVIDd 5.5, LVIDs 3.3, walls 1.0 cm; TR 3.0 m/s; nobody has reviewed the root."""
    review = Review(plax(), "AB")
    for measurement, frame, points, phase in (
        ("lvid", 0, level(55, 12), Phase.ED),
        ("lvid", 3, level(33, 12), Phase.ES),
        ("ivs", 0, before(10, 12), Phase.ED),
        ("lvpw", 0, level(10, 67), Phase.ED),
    ):
        entry = review.place(measurement, frame, points)
        review.choose(entry.id, phase)
    review.add_prediction(predicted("aortic_root", 0, [(20, 55), (50, 55)]))
    jet = review.add_cine(spectral(RegionKind.CW, "1.2.840.99.1.9"))
    review.place("trvmax", 0, [(40, 50)], jet)
    review.describe(Subject("F", 165, 70, 62))
    return review


def parsed(bundle: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The report, and the observations by code, as the libraries read the JSON."""
    text = json.dumps(bundle)
    # Refuses a name or type that R4 does not know, and where it asks for more.
    assert R4Bundle(json.loads(text)).as_json() == bundle
    read_back = Bundle.model_validate_json(text)
    resources = [entry.resource for entry in read_back.entry]
    report = next(r for r in resources if r.get_resource_type() == "DiagnosticReport")
    found = [r for r in resources if r.get_resource_type() == "Observation"]
    return report, {one.code.coding[0].code: one for one in found}


NAMES = {
    "Berg^Anna^Maria^Dr.^MD": {
        "family": "Berg",
        "given": ["Anna", "Maria"],
        "prefix": ["Dr."],
        "suffix": ["MD"],
    },
    "^Anna": {"given": ["Anna"]},
    "Berg": {"family": "Berg"},
    "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce": {"family": "Yamada", "given": ["Tarou"]},
    "=\u5c71\u7530^\u592a\u90ce": {"family": "\u5c71\u7530", "given": ["\u592a\u90ce"]},
    "A^B^C^D^E^F": {"family": "A", "given": ["B", "C"], "prefix": ["D"], "suffix": ["E"]},
    "^^": None,
    "": None,
}


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_of_a_name_are_those_of_dicom(review: Review, name: str) -> None:
    """PS3.5 6.2.1: family, given, middle, prefix, suffix; letters, ideographs, sounds."""
    bundle = fhir_bundle(review, MADE, person=NamedPerson(name, "P1"))
    parsed(bundle)
    (patient,) = (
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Patient"
    )
    assert patient.get("name") == ([NAMES[name]] if NAMES[name] else None)


@pytest.mark.parametrize("day", ["19640231", "00000000", "1964", "20261301"])
def test_a_date_that_is_no_day_is_left_out(review: Review, day: str) -> None:
    """Else no server takes any of it."""
    bundle = fhir_bundle(review, MADE, person=NamedPerson("A^B", "P1", day, day))
    parsed(bundle)
    assert "birthDate" not in json.dumps(bundle)
    assert "effectiveDateTime" not in json.dumps(bundle)


def test_values_have_their_codes_and_units(review: Review) -> None:
    """FS (5.5 - 3.3) / 5.5 = 40 %; mass 0.832 (7.5^3 - 5.5^3) + 0.6 = 213.2 g; 4 x 3^2 = 36."""
    _, found = parsed(fhir_bundle(review, MADE))
    for code, value, unit in (
        ("80007-8", 5.5, "cm"),
        ("80011-0", 3.3, "cm"),
        ("79969-2", 1.0, "cm"),
        ("79921-3", 300, "cm/s"),
        ("29434-8", 40, "%"),
        ("80019-3", 213.176, "g"),
        ("79937-9", 36, "mm[Hg]"),
    ):
        observation = found[code]
        assert observation.code.coding[0].system == LOINC
        quantity = observation.valueQuantity
        assert (quantity.system, quantity.code) == (UCUM, unit)
        assert float(quantity.value) == pytest.approx(value, abs=0.001)
    assert found["79937-9"].valueQuantity.unit == "mmHg"


def test_it_is_an_ultrasound_of_the_heart_of_that_study(review: Review) -> None:
    report, found = parsed(fhir_bundle(review, MADE))
    assert report.code.coding[0].code == "42148-7"
    assert report.category[0].coding[0].code == "CUS"
    assert report.imagingStudy[0].identifier.value == "urn:oid:1.2.840.99.1"
    assert len(report.result) == len(found)
    assert report.issued == MADE
    assert report.performer[0].display == "AB"
    assert report.conclusion.startswith(RESEARCH_USE_ONLY)
    assert "rule" in report.conclusion


def test_every_reference_leads_to_a_resource_of_the_bundle(review: Review) -> None:
    bundle = fhir_bundle(review, MADE)
    there = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(there)) == len(there)

    def references(value: Any) -> list[str]:
        if isinstance(value, list):
            return [one for item in value for one in references(item)]
        if not isinstance(value, dict):
            return []
        own = [value["reference"]] if "reference" in value else []
        return own + references(list(value.values()))

    asked = references(bundle)
    assert len(asked) > 10
    assert set(asked) <= set(there)


def test_a_derived_value_names_what_it_is_made_from(review: Review) -> None:
    bundle = fhir_bundle(review, MADE)
    _, found = parsed(bundle)
    inputs = {ref.reference for ref in found["29434-8"].derivedFrom}
    by_url = {e["fullUrl"]: e["resource"] for e in bundle["entry"]}
    codes = {by_url[url]["code"]["coding"][0]["code"] for url in inputs}
    assert codes == {"80007-8", "80011-0"}


def test_a_value_beyond_its_range_is_marked(review: Review) -> None:
    """LVIDd of women: 3.8 to 5.2 cm; 5.5 lies above. LVIDs 2.2 to 3.5: 3.3 lies within."""
    _, found = parsed(fhir_bundle(review, MADE))
    (limits,) = found["80007-8"].referenceRange
    assert (float(limits.low.value), float(limits.high.value)) == (3.8, 5.2)
    assert found["80007-8"].interpretation[0].coding[0].code == "H"
    assert found["80011-0"].interpretation is None
    (velocity,) = found["79921-3"].referenceRange
    assert (float(velocity.high.value), velocity.high.code) == (280, "cm/s")
    assert velocity.text.startswith("up to 2.8 m/s ("), "beside 300 cm/s it needs its unit"


def test_a_class_is_a_word_and_a_value_without_a_code_has_ours(review: Review) -> None:
    """RWT 2 x 1.0 / 5.5 = 0.36; 213 g over 1.77 m2 is 120 g/m2: eccentric hypertrophy."""
    _, found = parsed(fhir_bundle(review, MADE))
    assert found["lv_geometry"].valueString == "eccentric hypertrophy"
    assert found["rwt"].code.coding[0].system == OWN_SYSTEM
    assert float(found["rwt"].valueQuantity.value) == pytest.approx(0.3636, abs=0.0001)


def test_what_nobody_reviewed_is_there_only_when_asked_and_says_so(review: Review) -> None:
    report, found = parsed(fhir_bundle(review, MADE))
    assert "79953-6" not in found
    assert "Not in this report: 1 caliper not reviewed." in report.conclusion
    _, found = parsed(fhir_bundle(review, MADE, include_unreviewed=True))
    root = found["79953-6"]
    assert root.status == "preliminary"
    assert "not reviewed" in [note.text for note in root.note]


def test_a_report_is_final_only_as_a_reviewer_says(review: Review) -> None:
    report, found = parsed(fhir_bundle(review, MADE))
    assert {report.status, *(one.status for one in found.values())} == {"preliminary"}
    report, found = parsed(fhir_bundle(review, MADE, final=True))
    assert {report.status, *(one.status for one in found.values())} == {"final"}
    with pytest.raises(InvalidArgument, match="stands behind all of it"):
        fhir_bundle(review, MADE, include_unreviewed=True, final=True)


def test_where_nobody_reviews_nothing_is_final() -> None:
    review = Review(plax(), NOBODY)
    review.place("lvid", 0, upright(45), phase=Phase.ED)
    with pytest.raises(InvalidArgument, match="stands behind all of it"):
        fhir_bundle(review, MADE, final=True)
    report, _ = parsed(fhir_bundle(review, MADE))
    assert report.performer is None


def test_the_same_value_has_the_same_identifier_again(review: Review) -> None:
    first = [entry["fullUrl"] for entry in fhir_bundle(review, MADE)["entry"]]
    assert [entry["fullUrl"] for entry in fhir_bundle(review, MADE)["entry"]] == first


class TestCommand:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        review = Review(read(write_marked(tmp_path / "echo.dcm")), "AB")
        review.place("lvid", 1, [(300, 100), (300, 200)], phase=Phase.ED)
        save(review, tmp_path / "review.json")
        return tmp_path / "review.json"

    def test_no_name_gets_into_it(self, saved: Path) -> None:
        out = saved.with_name("out.fhir.json")
        assert main(["export", "fhir", str(saved), "--out", str(out)]) == 0
        assert check_files([out]) == {".json"}
        _, found = parsed(json.loads(out.read_text(encoding="utf-8")))
        assert float(found["80007-8"].valueQuantity.value) == pytest.approx(5.0)

    def test_with_identity_it_is_about_a_patient(self, saved: Path) -> None:
        out = saved.with_name("out.fhir.json")
        words = ["--final", "--with-identity", "--out", str(out)]
        assert main(["export", "fhir", str(saved), *words]) == 0
        read_back = Bundle.model_validate_json(out.read_text(encoding="utf-8"))
        patient = next(
            e.resource for e in read_back.entry if e.resource.get_resource_type() == "Patient"
        )
        assert (patient.name[0].family, patient.name[0].given) == (MARK, ["Gerda"])
        assert patient.birthDate.isoformat() == "1933-01-17"
        report, found = parsed(json.loads(out.read_text(encoding="utf-8")))
        assert report.subject.reference == found["80007-8"].subject.reference
        assert report.effectiveDateTime.isoformat() == "1933-01-17"
