"""What a DICOM header says of the person: taken where it can be true, else left with the reason."""

from __future__ import annotations

import pytest
from pydicom import Dataset, Sequence

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.header import quiet_pydicom
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.imaging.subject_reading import read_subject


def header(**tags: object) -> Dataset:
    dataset = Dataset()
    with quiet_pydicom():  # odd values are what this is about
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
    return dataset


def pressure(code: str, value: str) -> Dataset:
    return header(
        ConceptNameCodeSequence=Sequence([header(CodeValue=code, CodingSchemeDesignator="LN")]),
        NumericValue=value,
    )


def test_a_whole_header_is_read_in_the_units_of_clinicians() -> None:
    """PatientSize is in metres."""
    facts = read_subject(
        header(
            PatientSex="F",
            PatientSize="1.655",
            PatientWeight="61.5",
            PatientAge="062Y",
            HeartRate="71",
            AcquisitionContextSequence=Sequence(
                [pressure("8480-6", "124"), pressure("8462-4", "71")]
            ),
        )
    )
    assert facts == SubjectFacts("F", 165.5, 61.5, 62, 71, 124, 71)


def test_a_header_that_says_nothing_gives_nothing() -> None:
    assert read_subject(header()) == SubjectFacts()
    zeros = header(PatientSex="", PatientSize="0", PatientWeight="0.0", HeartRate=0, PatientAge="")
    assert read_subject(zeros) == SubjectFacts()


@pytest.mark.parametrize(
    ("tags", "note"),
    [
        ({"PatientSize": "165"}, "height of 165 m (were centimetres typed?)"),
        ({"PatientSize": "16.5"}, "height of 16.5 m"),
        ({"PatientSize": "0.1"}, "height of 0.1 m"),
        ({"PatientWeight": "61000"}, "weight of 61000 kg"),
        ({"PatientWeight": "-4"}, "weight of -4 kg"),
        # 6 kg over 1.65^2 is 2.2 kg/m2: one of them lost a digit, nobody knows which.
        ({"PatientSize": "1.65", "PatientWeight": "6"}, "do not fit together"),
        ({"HeartRate": "700"}, "heart rate of 700 per minute"),
        ({"PatientAge": "150Y"}, "age of 150 years"),
        ({"PatientBirthDate": "18500101", "StudyDate": "20260101"}, "age of 176 years"),
        ({"PatientBirthDate": "20300101", "StudyDate": "20260101"}, "age of -4 years"),
        (
            {"PatientAge": "062Y", "PatientBirthDate": "19800101", "StudyDate": "20260101"},
            "age of 62 years, where the birth date makes it 46",
        ),
        # A date of birth that a scanner took from the day of the study.
        (
            {"PatientBirthDate": "20260101", "StudyDate": "20260101", "PatientSize": "1.76"},
            "height of 1.76 m at an age of 0 years",
        ),
        (
            {"PatientAge": "003W", "PatientSize": "1.76", "PatientWeight": "70"},
            "height of 1.76 m and weight of 70 kg at an age of 0 years",
        ),
        ({"PatientAge": "004Y", "PatientWeight": "80"}, "weight of 80 kg at an age of 4 years"),
    ],
)
def test_what_cannot_be_true_is_not_used_and_said(tags: dict[str, str], note: str) -> None:
    facts = read_subject(header(**tags))
    assert facts == SubjectFacts(notes=facts.notes)
    (said,) = facts.notes
    assert note in said


@pytest.mark.parametrize(
    ("age", "height_m", "weight_kg"),
    [
        # The tallest and the heaviest that are known of their age (Robert Wadlow and others).
        ("000Y", 0.8, 28.0),
        ("005Y", 1.63, 48.0),
        ("008Y", 1.83, 77.0),
        ("013Y", 2.24, 116.0),
        # Large for their age as many are: the 97th centile of WHO at one, and of a man.
        ("001Y", 0.8, 12.0),
        ("040Y", 1.95, 130.0),
    ],
)
def test_a_large_child_is_believed(age: str, height_m: float, weight_kg: float) -> None:
    facts = read_subject(header(PatientAge=age, PatientSize=height_m, PatientWeight=weight_kg))
    assert facts.notes == ()
    assert (facts.height_cm, facts.weight_kg) == (round(100 * height_m, 1), weight_kg)


@pytest.mark.parametrize(
    ("tags", "years"),
    [
        ({"PatientAge": "062Y"}, 62),
        ({"PatientAge": "9Y"}, 9),
        ({"PatientAge": "018M"}, 1),
        ({"PatientAge": "003W"}, 0),
        ({"PatientAge": "800D"}, 2),
        ({"PatientAge": "old"}, None),
        ({"PatientBirthDate": "19640315", "StudyDate": "20260314"}, 61),
        ({"PatientBirthDate": "19640315", "StudyDate": "20260315"}, 62),
        ({"PatientBirthDate": "19640315"}, None),
        ({"PatientBirthDate": "19641340", "StudyDate": "20260315"}, None),
        # The age is what was typed; a birthday between admission and study is no contradiction.
        ({"PatientAge": "061Y", "PatientBirthDate": "19640315", "StudyDate": "20260401"}, 61),
    ],
)
def test_the_age_is_in_whole_years(tags: dict[str, str], years: int | None) -> None:
    assert read_subject(header(**tags)).age == years


@pytest.mark.parametrize(("word", "sex"), [("M", "M"), ("f", "F"), ("O", ""), ("male", "")])
def test_the_sex_is_m_or_f_or_not_known(word: str, sex: str) -> None:
    assert read_subject(header(PatientSex=word)).sex == sex


def test_pressures_that_cannot_be_of_one_person_are_left() -> None:
    items = Sequence([pressure("8480-6", "70"), pressure("8462-4", "120"), pressure("1-1", "5")])
    facts = read_subject(header(AcquisitionContextSequence=items))
    assert (facts.systolic, facts.diastolic) == (None, None)
    assert "70 over 120" in facts.notes[0]


def test_facts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="16500 as height_cm"):
        SubjectFacts(height_cm=16500)
    with pytest.raises(InvalidArgument, match="as sex"):
        SubjectFacts("male")
