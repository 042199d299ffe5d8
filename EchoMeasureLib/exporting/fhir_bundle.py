"""A study as FHIR R4: a Bundle with a DiagnosticReport, its Observations and the device.

Values and codes are those of the structured report, and each has the same UID in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.structured_report.report_answers import Answer, tracking_uid
from EchoMeasureLib.exporting.structured_report.report_codes import SrCode
from EchoMeasureLib.exporting.structured_report.report_contents import ReportContents, contents_of
from EchoMeasureLib.imaging.named_person import NamedPerson
from EchoMeasureLib.measuring.grading.ranges import NormalRange, find
from EchoMeasureLib.measuring.grading.rules import Grade
from EchoMeasureLib.measuring.sheet import SheetRow
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS
from EchoMeasureLib.measuring.unit_words import UNIT_WORDS
from EchoMeasureLib.review.session import Review

SYSTEMS: Mapping[str, str] = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
}
"""Coding schemes of DICOM as FHIR names them."""

OWN_SYSTEM = "https://github.com/EchoMeasure/SlicerEchoMeasure/codes"
"""Of what no other scheme has; its codes are ids of the catalog and of the formulae."""

UCUM = "http://unitsofmeasure.org"

NOT_UCUM = ("g/m2.7",)
"""Units that UCUM cannot write: they stay words."""

_HL7 = "http://terminology.hl7.org/CodeSystem"
_REPORT_CODE = {"system": SYSTEMS["LN"], "code": "42148-7", "display": "US Heart"}
_REPORT_CATEGORY = {"system": f"{_HL7}/v2-0074", "code": "CUS", "display": "Cardiac Ultrasound"}
_CATEGORY = {"system": f"{_HL7}/observation-category", "code": "imaging", "display": "Imaging"}
_MARKS = {"H": "High", "L": "Low"}


def fhir_bundle(
    review: Review,
    made: datetime,
    include_unreviewed: bool = False,
    final: bool = False,
    person: NamedPerson | None = None,
) -> Record:
    """The Bundle, of type "collection", as JSON.

    `final`: the reviewer says that nothing is left to do; else all is preliminary. `person` only
    where the user asked for the identity. `made` has a time zone. Raises `InvalidArgument` where
    there is nothing to report, or for a final report of what nobody stands behind.
    """
    contents = contents_of(review, include_unreviewed)
    nobody = contents.reviewer == NOBODY
    if final and (nobody or any(not answer.reviewed for answer in contents.answers)):
        raise InvalidArgument(
            "A report is final only when a reviewer stands behind all of it.",
            "Accept or edit what is left, or write a preliminary one.",
        )
    context = _Context(review, contents, "final" if final else "preliminary", person)
    observations = [*_numbers(context), *_classes(context)]
    report = _report(context, made, [uid for uid, _ in observations])
    patient = [(context.uid("patient"), _patient(person))] if person is not None else []
    entries = [
        (context.uid("diagnostic report"), report),
        *patient,
        (context.uid("device"), _device()),
        *observations,
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _instant(made),
        "entry": [{"fullUrl": _url(uid), "resource": resource} for uid, resource in entries],
    }


@dataclass(frozen=True, slots=True)
class _Context:
    """What every resource of a bundle shares."""

    review: Review
    contents: ReportContents
    status: str
    person: NamedPerson | None

    def uid(self, name: str) -> str:
        return tracking_uid(self.review, "fhir", name)

    def common(self, uid: str) -> Record:
        """Identifier, subject, time and device of an observation or of the report."""
        record: Record = {"identifier": [{"system": "urn:ietf:rfc:3986", "value": _url(uid)}]}
        if self.person is not None:
            record["subject"] = {"reference": _url(self.uid("patient"))}
            if day := _date(self.person.study_date):
                record["effectiveDateTime"] = day
        if self.contents.reviewer != NOBODY:
            record["performer"] = [{"display": self.contents.reviewer}]
        return record


def _numbers(context: _Context) -> Iterator[tuple[str, Record]]:
    known = {answer.uid for answer in context.contents.answers}
    for answer in context.contents.answers:
        record = _observation(context, answer.uid, answer.code, answer.name, answer.reviewed)
        record["valueQuantity"] = _quantity(answer.number, answer.unit)
        record |= _beside_its_range(context.review, answer)
        if answer.site:
            record["bodySite"] = {"coding": [{"system": SYSTEMS["SCT"], "code": answer.site}]}
        if answer.method is not None:
            record["method"] = _concept(answer.method)
        notes = [*([answer.basis] if answer.basis else []), *answer.doubts]
        if notes:
            record["note"] = [{"text": note} for note in notes]
        inputs = [uid for uid in answer.inputs if uid in known]
        if inputs:
            record["derivedFrom"] = [{"reference": _url(uid)} for uid in inputs]
        yield answer.uid, record


def _classes(context: _Context) -> Iterator[tuple[str, Record]]:
    """What is a word and no number, such as the geometry of the left ventricle."""
    for code, text in context.contents.classes:
        uid = context.uid(code.value)
        yield (
            uid,
            {
                **_observation(context, uid, code, code.meaning, True),
                "valueString": text,
            },
        )


def _observation(context: _Context, uid: str, code: SrCode, name: str, reviewed: bool) -> Record:
    return {
        "resourceType": "Observation",
        **context.common(uid),
        "status": context.status if reviewed else "preliminary",
        "category": [{"coding": [_CATEGORY]}],
        "code": {**_concept(code), "text": name},
        "device": {"reference": _url(context.uid("device"))},
    }


def _beside_its_range(review: Review, answer: Answer) -> Record:
    """The range and the mark that the sheet puts beside just this number."""
    row = review.sheet().row(SHOWN_AS.get(answer.id, answer.id))
    if row is None or row.value is None or abs(row.value) != answer.number or not row.range:
        return {}
    subject, examination = review.subject, review.examination
    normal = find(row.id, subject.sex, subject.age, examination.ranges)
    found: Record = {} if normal is None else {"referenceRange": [_range(row, normal)]}
    if row.mark:
        coding = {
            "system": f"{_HL7}/v3-ObservationInterpretation",
            "code": row.mark,
            "display": _MARKS[row.mark],
        }
        found["interpretation"] = [{"coding": [coding], "text": row.word}]
    return found


def _range(row: SheetRow, normal: NormalRange) -> Record:
    limits = {
        side: _quantity(limit / normal.scale, row.unit)
        for side, limit in (("low", normal.low), ("high", normal.high))
        if limit is not None
    }
    # The text is in the unit that people read, which need not be that of the limits.
    unit = row.text.partition(" ")[2]
    words = f"{row.range} {unit}".rstrip()
    return {**limits, "text": f"{words} ({row.source})"}


def _report(context: _Context, made: datetime, results: Sequence[str]) -> Record:
    studies = dict.fromkeys(
        facts.identity.study_instance_uid for facts in context.review.images.values()
    )
    record: Record = {
        "resourceType": "DiagnosticReport",
        **context.common(context.uid("diagnostic report")),
        "status": context.status,
        "category": [{"coding": [_REPORT_CATEGORY]}],
        "code": {"coding": [_REPORT_CODE], "text": "Echocardiography"},
        "issued": _instant(made),
        "result": [{"reference": _url(uid)} for uid in results],
        "conclusion": "\n".join(_conclusion(context.contents)),
    }
    known = [uid for uid in studies if uid]
    if known:
        record["imagingStudy"] = [
            {
                "type": "ImagingStudy",
                "identifier": {"system": "urn:dicom:uid", "value": _url(uid)},
            }
            for uid in known
        ]
    return record


def _conclusion(contents: ReportContents) -> Iterator[str]:
    yield RESEARCH_USE_ONLY
    yield from map(_grade, contents.grades)
    yield from (f"Look again: {remark}" for remark in contents.remarks)
    yield from (f"Not in this report: {absent}." for absent in contents.left_out)


def _grade(grade: Grade) -> str:
    rule = f" (rule {grade.rule})" if grade.fired else ""
    missing = f"; missing: {', '.join(grade.missing)}" if grade.missing else ""
    return f"{grade.guideline}: {grade.words}{rule}{missing}"


def _device() -> Record:
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "EchoMeasure", "type": "user-friendly-name"}],
        "version": [{"value": __version__}],
        "note": [{"text": RESEARCH_USE_ONLY}],
    }


def _patient(person: NamedPerson) -> Record:
    record: Record = {"resourceType": "Patient"}
    if person.id:
        record["identifier"] = [{"value": person.id}]
    if any(person.name_parts):
        family, given, middle, prefix, suffix = (*person.name_parts, *5 * ("",))[:5]
        lists = {"given": (given, middle), "prefix": (prefix,), "suffix": (suffix,)}
        found = {"family": family} if family else {}
        record["name"] = [
            found | {key: list(filter(None, names)) for key, names in lists.items() if any(names)}
        ]
    if day := _date(person.birth_date):
        record["birthDate"] = day
    return record


def _concept(code: SrCode) -> Record:
    system = SYSTEMS.get(code.scheme, OWN_SYSTEM)
    return {"coding": [{"system": system, "code": code.value, "display": code.meaning}]}


def _quantity(number: float, unit: str) -> Record:
    """A number with six digits, and its unit for people and in UCUM."""
    record: Record = {"value": float(f"{number:.6g}"), "unit": UNIT_WORDS.get(unit, unit)}
    return record if unit in NOT_UCUM else {**record, "system": UCUM, "code": unit}


def _url(uid: str) -> str:
    return f"urn:oid:{uid}"


def _instant(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _date(value: str) -> str:
    """A DICOM date as FHIR writes it; empty for what is no day of the calendar."""
    if not (value.isascii() and value.isdigit() and len(value) == 8):
        return ""
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:])).isoformat()
    except ValueError:
        return ""
