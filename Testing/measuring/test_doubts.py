"""What cannot well stand together is said in a sentence, and changes no number."""

from __future__ import annotations

import pytest

from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.formula_inputs import OUTPUTS
from EchoMeasureLib.measuring.measured import BeatValue, Measured
from EchoMeasureLib.measuring.sheet import Sheet, make_sheet
from EchoMeasureLib.measuring.subject import Subject


def sheet(numbers: dict[str, float], **given: float) -> Sheet:
    measured = {
        id: Measured(id, OUTPUTS[id].name, number, OUTPUTS[id].unit)
        for id, number in numbers.items()
    }
    return make_sheet(measured, Subject("M", 180, 80), Examination(**given))  # type: ignore[arg-type]


FITS = {"ivsd": 0.9, "lvidd": 5.0, "lvids": 3.2, "lvpwd": 0.9, "medevel": -9.0, "latevel": -12.0}
FITS |= {"e": 80.0, "avvmax": -130.0, "lvotvmax": -100.0, "trvmax": -240.0, "mrvmax": -500.0}


def test_a_healthy_study_raises_no_doubt() -> None:
    assert sheet(FITS, systolic=120, diastolic=75, heart_rate=70, rap=3).doubts == ()


@pytest.mark.parametrize(
    ("numbers", "given", "rows", "sentence"),
    [
        ({"lvids": 5.0}, {}, ("lvids", "lvidd"), "LVIDs 5.0 cm is not smaller than LVIDd 5.0 cm"),
        ({"ivsd": 2.5}, {}, ("ivsd", "lvidd"), "IVSd 2.5 cm is half of LVIDd 5.0 cm or more"),
        ({"lvpwd": 2.6}, {}, ("lvpwd", "lvidd"), "LVPWd 2.6 cm is half of LVIDd 5.0 cm or more"),
        # 2 x 0.35 / 5 = 0.14 and 2 x 3.05 / 5 = 1.22
        ({"lvpwd": 0.35}, {}, ("rwt",), "RWT 0.14 is outside 0.15 to 1.2"),
        ({"lvpwd": 3.05}, {}, ("rwt",), "RWT 1.22 is outside 0.15 to 1.2"),
        # 0.832 (1.6^3 - 1^3) + 0.6 = 3.2 g; 0.832 (13.5^3 - 9^3) + 0.6 = 1441 g
        ({"ivsd": 0.3, "lvidd": 1.0, "lvpwd": 0.3}, {}, ("lv_mass",), "LV mass 3 g is outside"),
        ({"ivsd": 2.2, "lvidd": 9.0, "lvpwd": 2.3}, {}, ("lv_mass",), "LV mass 1441 g is outside"),
        # 100 x 0.2 / 5 = 4 % and 100 x 3.1 / 5 = 62 %
        ({"lvids": 4.8}, {}, ("fs",), "FS 4 % is outside 5 to 60"),
        ({"lvids": 1.9}, {}, ("fs",), "FS 62 % is outside 5 to 60"),
        ({"lvotvmax": -140.0}, {}, ("dvi",), "DVI 1.08 is above 1"),
        ({"medevel": -14.5}, {}, ("medevel", "latevel"), "swapped?"),
        # 80 / 1.9 = 42.1; 80 / 50 = 1.6
        ({"medevel": -1.9}, {}, ("e_e_septal",), "E/e' septal 42.1 is outside 2 to 40"),
        ({"latevel": -50.0}, {}, ("e_e_lateral",), "E/e' lateral 1.6 is outside 2 to 40"),
        # 2 x 80 / 85 = 1.9
        ({"medevel": -35.0, "latevel": -50.0}, {}, ("e_e_average",), "E/e' average 1.9"),
        # 4 x 1^2 + 3 = 7; 4 x 6.1^2 + 3 = 151.8
        ({"trvmax": -100.0}, {"rap": 3}, ("rvsp",), "RVSP 7 mmHg is outside 10 to 150"),
        ({"trvmax": -610.0}, {"rap": 3}, ("rvsp",), "RVSP 152 mmHg is outside 10 to 150"),
        ({}, {"heart_rate": 225}, ("heart_rate",), "Heart rate 225 /min is outside 30 to 220"),
        # 4 x 5^2 = 100 against 85 + 10
        ({}, {"systolic": 85}, ("mr_gradient", "systolic"), "more than 10 mmHg above"),
        ({}, {"systolic": 110, "diastolic": 110}, ("diastolic", "systolic"), "is not below"),
    ],
)
def test_what_is_out_of_proportion_is_said_with_its_numbers(
    numbers: dict[str, float], given: dict[str, float], rows: tuple[str, ...], sentence: str
) -> None:
    found = [doubt for doubt in sheet(FITS | numbers, **given).doubts if doubt.rows == rows]
    assert len(found) == 1
    assert sentence in found[0].text


@pytest.mark.parametrize(
    ("numbers", "given"),
    [
        ({"lvids": 4.9, "lvpwd": 2.4, "ivsd": 2.4}, {}),
        ({"lvotvmax": -130.0}, {}),
        ({"medevel": -14.4}, {}),  # 1.2 times 12
        ({}, {"systolic": 90}),  # 100 is 10 above
    ],
)
def test_a_limit_itself_is_not_beyond_it(
    numbers: dict[str, float], given: dict[str, float]
) -> None:
    pairs = {doubt.rows for doubt in sheet(FITS | numbers, **given).doubts}
    assert not pairs & {("lvids", "lvidd"), ("lvpwd", "lvidd"), ("ivsd", "lvidd"), ("dvi",)}
    assert not pairs & {("medevel", "latevel"), ("mr_gradient", "systolic")}


def strip(*beats: tuple[float, str]) -> Sheet:
    several = tuple(
        BeatValue(number, "1.2.3", 0, None, value, ("trvmax-f0",), why)
        for number, (value, why) in enumerate(beats, 1)
    )
    tr = Measured("trvmax", "TR Vmax", -400, "cm/s", beats=several)
    return make_sheet({"trvmax": tr}, Subject(), Examination())


def test_beats_that_lie_far_apart_are_said() -> None:
    """475, 384 and 426 cm/s: 91 of their mean of 428 is 21 %."""
    (doubt,) = strip((-475, ""), (-384, ""), (-426, "")).doubts
    assert doubt.rows == ("trvmax",)
    assert "beats of TR Vmax 4.0 m/s lie 21 % apart" in doubt.text
    assert strip((-440, ""), (-384, ""), (-426, "")).doubts == ()
    assert strip((-475, "flagged"), (-384, ""), (-426, "")).doubts == ()
