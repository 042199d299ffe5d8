"""The catalog agrees with DICOM's own dictionaries and with itself."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace

import measurements_page
import numpy as np
import numpy.typing as npt
import pytest
from pydicom.sr._concepts_dict import concepts

from EchoMeasureLib.catalog import CATALOG, NETWORKED, of_same_flow
from EchoMeasureLib.definitions import CaliperKind, Lengths, Output, Phase, Side

OUTPUTS = [(row.id, output) for row in CATALOG.values() for output in row.outputs]

# Words of pydicom's meaning (CID 12300) that each code must carry.
MEANINGS = {
    ("ivs", "IVSd"): "Interventricular septum diastolic dimension 2D",
    ("lvid", "LVIDd"): "Left ventricular internal diastolic dimension - 2D",
    ("lvid", "LVIDs"): "Left ventricular internal systolic dimension - 2D",
    ("lvpw", "LVPWd"): "Left ventricular posterior wall diastolic thickness",
    ("aorta", "Asc Ao"): "Ascending Aorta Dimension",
    ("aortic_root", "Ao root"): "Aortic root diameter",
    ("la", "LA"): "Left atrial end systolic diameter (AP) 2D",
    ("rv_base", "RV base"): "Right ventricular basal dimension 4C",
    ("pa", "MPA"): "Main pulmonary artery diameter",
    ("ivc", "IVC"): "Inferior vena cava diameter",
    ("avvmax", "AV Vmax"): "Aortic valve Vmax",
    ("trvmax", "TR Vmax"): "Tricuspid regurgitation Vmax",
    ("mrvmax", "MR Vmax"): "Mitral regurgitation Vmax",
    ("lvotvmax", "LVOT Vmax"): "Left ventricular outflow tract Vmax",
    ("latevel", "e' lateral"): "Mitral lateral e-prime Vmax",
    ("medevel", "e' septal"): "Mitral septal e-prime Vmax",
    ("mvpeak", "MV E"): "Mitral valve E-wave Vmax",
    ("mvpeak", "MV A"): "Mitral valve A-wave Vmax",
    ("mvpeak", "E/A"): "Mitral Valve E to A Ratio",
    ("tapse", "TAPSE"): "Tricuspid Annular Plane Systolic Excursion (TAPSE)",
    ("lvotd", "LVOT diameter"): "Left ventricular outflow tract dimension (2D)",
    ("lvotvti", "LVOT VTI"): "Left ventricular outflow tract VTI",
    ("avvti", "AV VTI"): "Aortic valve VTI",
    ("avvti", "AV mean gradient"): "Aortic valve mean gradient",
    ("mvvti", "MV VTI"): "Mitral valve VTI",
    ("mvdt", "MV DT"): "Mitral valve deceleration time",
    ("mvadur", "MV A duration"): "Mitral valve A-wave duration",
}

WITHOUT_A_CODE = {"lvot_at", "av_at", "trvti", "mrvti", "mvedur", "ivcmmax", "ivcmmin"}
"""CID 12300 has none for these."""


@pytest.mark.parametrize(
    ("id", "output"), OUTPUTS, ids=lambda v: v if isinstance(v, str) else v.name
)
def test_every_code_means_in_dicom_what_the_catalog_says(id: str, output: Output) -> None:
    assert (output.loinc == "") is (output.id in WITHOUT_A_CODE)
    if not output.loinc:
        return
    found = [names[output.loinc] for names in concepts["LN"].values() if output.loinc in names]
    meaning, cids = found[0]
    assert meaning == MEANINGS[id, output.name]
    assert 12300 in cids


@pytest.mark.parametrize(
    ("id", "output"), OUTPUTS, ids=lambda v: v if isinstance(v, str) else v.name
)
def test_a_code_is_given_where_the_phase_that_it_names_is_known(id: str, output: Output) -> None:
    """A strip shows its phase; of a frame it has to be known where the code says it in words."""
    meaning = MEANINGS.get((id, output.name), "").lower()
    of_frame = output.phase in (Phase.ED, Phase.ES)
    says_phase = of_frame and ("systolic" in meaning or "diastolic" in meaning)
    assert output.loinc_at(output.phase) == output.loinc
    assert output.loinc_at(None) == ("" if says_phase else output.loinc)


def test_the_posterior_wall_has_the_two_dimensional_code_not_the_m_mode_one() -> None:
    """Both mean the same in words; only pydicom's keyword tells them apart."""
    keyword = next(name for name, rows in concepts["LN"].items() if "80032-6" in rows)
    assert keyword.endswith("2D")
    assert CATALOG["lvpw"].outputs[0].loinc == "80032-6"


def test_seventeen_networks_give_eighteen_measurements_and_a_ratio() -> None:
    linear = ["ivs", "lvid", "lvpw", "aorta", "aortic_root", "la", "rv_base", "pa", "ivc"]
    doppler = ["avvmax", "trvmax", "mrvmax", "lvotvmax", "latevel", "medevel", "mvpeak", "tapse"]
    published = [row for row in CATALOG.values() if row.network]
    assert [row.id for row in published] == linear + doppler
    values = {(row.id, output.id) for row in published for output in row.outputs}
    assert len(values) == 17 + 2
    assert {id for row, id in values if row == "mvpeak"} == {"e", "a", "e_a_ratio"}


@pytest.mark.parametrize(
    ("id", "flow"),
    [
        ("lvotvti", ("lvotvmax", "lvotvti")),
        ("avvmax", ("avvmax", "avvti")),
        ("mvdt", ("mvpeak", "mvvti", "mvdt", "mvedur", "mvadur")),
        ("lvid", ("lvid",)),
    ],
)
def test_what_is_measured_of_one_flow_belongs_together(id: str, flow: tuple[str, ...]) -> None:
    assert of_same_flow(id) == flow


def test_what_no_network_finds_is_traced_or_placed() -> None:
    left = [row for id, row in CATALOG.items() if id not in NETWORKED]
    assert {row.id for row in left if row.traced} == {"lvotvti", "avvti", "mvvti", "trvti", "mrvti"}
    placed = {"ivcmmax", "ivcmmin", "lvotd", "mvdt", "mvedur", "mvadur"}
    assert {row.id for row in left if not row.traced} == placed


def test_e_is_channel_1_and_a_channel_0() -> None:
    row = CATALOG["mvpeak"]
    assert dict(zip(row.points, row.channels, strict=True)) == {"E": 1, "A": 0}


@pytest.mark.parametrize(
    ("id", "name"),
    [("lvid", "LVID"), ("ivs", "IVS"), ("trvmax", "TR Vmax"), ("mvpeak", "MV E/A")],
)
def test_short_names_are_those_of_clinicians(id: str, name: str) -> None:
    assert CATALOG[id].short_name == name


def test_what_the_formulae_ask_for_is_named_once() -> None:
    ids = [output.formula_id for _, output in OUTPUTS]
    assert len(set(ids)) == len(ids)
    named = {output.formula_id: output.name for _, output in OUTPUTS}
    expected = {"ivsd": "IVSd", "lvidd": "LVIDd", "lvids": "LVIDs", "ivc_max": "IVC", "e": "MV E"}
    assert {id: named[id] for id in expected} == expected


def linear_light(colour: str) -> npt.NDArray[np.float64]:
    """Red, green and blue as amounts of light (IEC 61966-2-1)."""
    share = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(colour: str) -> npt.NDArray[np.float64]:
    """CIE 1976 L*a*b* under D65: a step of 2.3 is just noticeable."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(to_xyz @ linear_light(colour) / (0.9505, 1.0, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_every_measurement_has_a_colour_of_its_own() -> None:
    """Apart from each other, from the white ruler and from the green of an ECG."""
    colours = [row.colour for row in CATALOG.values()]
    assert len(set(colours)) == len(CATALOG)
    for one, other in itertools.combinations([*colours, "#ffffff", "#00ff00"], 2):
        assert np.linalg.norm(lab(one) - lab(other)) > 20, (one, other)


@pytest.mark.parametrize("id", CATALOG)
def test_a_colour_can_be_read_on_black(id: str) -> None:
    """Contrast (L + 0.05) / 0.05 of at least 4.5, as WCAG 2 asks for text."""
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ linear_light(CATALOG[id].colour)
    assert (luminance + 0.05) / 0.05 >= 4.5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "no colour such as"),
        ({"points": ("one",)}, "has 2 point"),
        ({"caliper": CaliperKind.TRACING}, "has 1 point"),
        ({"apart_s": (0.1, 0.2)}, "several points on a strip"),
        ({"side": Side.BELOW}, "velocities only"),
        ({"network": replace(CATALOG["lvid"].network, channels=(0, 2))}, "has 2 point"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CATALOG["lvid"], **changes)


def test_several_values_need_a_name_for_all_of_them() -> None:
    with pytest.raises(ValueError, match="short name"):
        replace(CATALOG["mvpeak"], short="")


@pytest.mark.parametrize(
    ("id", "phase", "value", "text"),
    [
        ("lvid", Phase.ED, 4.712, "4.71 cm"),
        ("trvmax", None, -260.0, "2.60 m/s"),
        ("latevel", None, -9.44, "9.4 cm/s"),
        ("tapse", None, 1.9, "1.90 cm"),
    ],
)
def test_values_are_written_as_people_read_them(id: str, phase, value: float, text: str) -> None:
    assert CATALOG[id].output(id, phase).text(value) == text


@pytest.mark.parametrize(
    ("id", "value", "answer", "reading", "in_mm"),
    [
        ("lvid", 4.712, "4.7 cm", "4.71 cm", "47 mm"),
        ("ivs", 0.85, "0.9 cm", "0.85 cm", "9 mm"),
        ("tapse", 1.94, "1.9 cm", "1.94 cm", "19 mm"),
        ("trvmax", -284.0, "2.8 m/s", "2.84 m/s", "2.8 m/s"),
        ("lvotvmax", -95.0, "1.0 m/s", "0.95 m/s", "1.0 m/s"),
        ("mvpeak e", 80.24, "80 cm/s", "80.2 cm/s", "80 cm/s"),
        ("mvpeak a", 60.5, "61 cm/s", "60.5 cm/s", "61 cm/s"),
        ("latevel", -8.46, "8.5 cm/s", "8.5 cm/s", "8.5 cm/s"),
        ("mvpeak e_a_ratio", 1.336, "1.34", "1.34", "1.34"),
        # How far blood goes is read in cm by all, as valve areas are in cm2.
        ("lvotvti", 21.46, "21.5 cm", "21.5 cm", "21.5 cm"),
        ("avvti av_mean_gradient", 38.5, "39 mmHg", "39 mmHg", "39 mmHg"),
        ("mvdt", 182.6, "183 ms", "183 ms", "183 ms"),
        ("lvotd", 2.04, "2.0 cm", "2.04 cm", "20 mm"),
    ],
)
def test_what_is_reported_has_the_decimals_that_clinicians_use(
    id: str, value: float, answer: str, reading: str, in_mm: str
) -> None:
    """Chambers and walls in cm or mm, jets in m/s, inflow and tissue in cm/s, rounded half up."""
    measurement, _, output_id = id.partition(" ")
    output = CATALOG[measurement].output(output_id or measurement)
    assert (output.answer(value), output.text(value)) == (answer, reading)
    assert output.answer(value, Lengths.MM) == in_mm


def test_a_reading_in_mm_is_as_fine_as_one_in_cm() -> None:
    assert CATALOG["lvid"].output("lvid").text(4.716, Lengths.MM) == "47.2 mm"


@pytest.mark.parametrize(
    ("id", "phase", "name"),
    [
        ("ivs", Phase.ED, "IVSd"),
        ("ivs", Phase.ES, "IVS (ES)"),
        ("ivs", None, "IVS"),
        ("la", Phase.ED, "LA (ED)"),
        ("aortic_root", Phase.ED, "Ao root"),
        # Breathing changes it, not the beat.
        ("ivc", Phase.ED, "IVC"),
        ("trvmax", Phase.ES, "TR Vmax"),
    ],
)
def test_a_name_says_in_which_other_phase_it_was_measured(
    id: str, phase: Phase | None, name: str
) -> None:
    assert CATALOG[id].output(id, phase).name_at(phase) == name


def test_importing_the_library_loads_neither_torch_nor_slicer() -> None:
    code = (
        "import sys, EchoMeasureLib, EchoMeasureLib.catalog, EchoMeasureLib.measuring.calipers;"
        "heavy = {'torch', 'slicer', 'vtk', 'av', 'SimpleITK', 'highdicom', 'scipy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_page_about_measurements_is_that_of_the_catalog() -> None:
    """`python Testing/support/measurements_page.py` writes it anew."""
    assert measurements_page.PAGE.read_text(encoding="utf-8") == measurements_page.page()


@pytest.mark.parametrize(
    ("phase", "words", "brief"),
    [
        (Phase.ED, "end-diastole", "ED"),
        (Phase.ES, "end-systole", "ES"),
        (Phase.SYSTOLE, "systole", "systole"),
        (Phase.DIASTOLE, "diastole", "diastole"),
        # The vena cava is measured at the end of expiration (ASE/EACVI 2015).
        (Phase.EXPIRATION, "end-expiration", "end-expiration"),
    ],
)
def test_phases_have_one_name_for_all_skins(phase: Phase, words: str, brief: str) -> None:
    assert (phase.words, phase.brief) == (words, brief)
