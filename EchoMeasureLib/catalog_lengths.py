"""Rows of the catalog: lengths, in two dimensions and of M-mode."""

from __future__ import annotations

from dataclasses import replace

from EchoMeasureLib.definitions import CaliperKind, Definition, Network, Output, Phase, Range
from EchoMeasureLib.imaging.regions import RegionKind


def _linear(
    id: str,
    name: str,
    view: str,
    points: tuple[str, str],
    outputs: tuple[Output, ...],
    sha256: str,
    convention: str,
    colour: str,
) -> Definition:
    network = Network(f"2D_models/{id}_weights.ckpt", sha256, 158894746, (0, 1))
    return Definition(
        id,
        name,
        view,
        "2-D",
        (RegionKind.TWO_D, RegionKind.COLOUR),
        CaliperKind.LINEAR,
        points,
        outputs,
        convention,
        colour,
        network=network,
    )


def _cm(
    id: str,
    name: str,
    phase: Phase,
    loinc: str,
    plausible: tuple[float, float],
    any_phase: str = "",
    variable: str = "",
) -> Output:
    row = Output(id, name, "cm", phase, loinc, Range(*plausible))
    return replace(row, any_phase=any_phase, variable=variable)


LENGTHS: tuple[Definition, ...] = (
    _linear(
        "ivs",
        "Interventricular septum",
        "PLAX",
        ("right ventricular edge", "left ventricular edge"),
        (
            _cm(
                "ivs",
                "IVSd",
                Phase.ED,
                "79969-2",
                (0.3, 4),
                "IVS",
                "ivsd",
            ),
        ),
        "879e20dea564bb8c01a55fc78831403eef24c1c1f21adc9a1d0a5c02073d137d",
        "end-diastole, perpendicular to the long axis at or just below the mitral leaflet tips",
        colour="#ffd84d",
    ),
    _linear(
        "lvid",
        "Left ventricular internal diameter",
        "PLAX",
        ("septal edge", "posterior wall edge"),
        (
            _cm(
                "lvid",
                "LVIDd",
                Phase.ED,
                "80007-8",
                (1, 10),
                "LVID",
                "lvidd",
            ),
            _cm(
                "lvid",
                "LVIDs",
                Phase.ES,
                "80011-0",
                (1, 10),
                "LVID",
                "lvids",
            ),
        ),
        "0a7b56274cddbc6ed33d05abc0004a9462ab213431c498be08f14212eb4e53a1",
        "inner edge to inner edge; largest at end-diastole, smallest at end-systole",
        colour="#5fd3ff",
    ),
    _linear(
        "lvpw",
        "Left ventricular posterior wall",
        "PLAX",
        ("endocardial edge", "epicardial edge"),
        (
            _cm(
                "lvpw",
                "LVPWd",
                Phase.ED,
                "80032-6",
                (0.3, 4),
                "LVPW",
                "lvpwd",
            ),
        ),
        "29507be31ac764fd54623bc9678be9584db379297a597b34bce65f05506d5b60",
        "end-diastole, perpendicular to the long axis at or just below the mitral leaflet tips",
        colour="#ff9d5c",
    ),
    _linear(
        "aorta",
        "Ascending aorta",
        "PLAX or high PLAX",
        ("anterior leading edge", "posterior leading edge"),
        # Mean +- 2 standard deviations of the guideline's 3.0 +- 0.4 and 2.7 +- 0.4.
        (_cm("aorta", "Asc Ao", Phase.ED, "79966-8", (1, 8)),),
        "ef85c2fa0917b0a00f1b28e8d937498ae3e075a32f92726e2bfb96e94d4028b2",
        "end-diastole, leading edge to leading edge",
        colour="#8cf08c",
    ),
    _linear(
        "aortic_root",
        "Aortic root (sinuses of Valsalva)",
        "PLAX",
        ("anterior leading edge", "posterior leading edge"),
        # Mean +- 2 standard deviations of the guideline's 3.4 +- 0.3 and 3.0 +- 0.3.
        (
            _cm(
                "aortic_root",
                "Ao root",
                Phase.ED,
                "79953-6",
                (1, 8),
            ),
        ),
        "178bd20fdee0a62ca84deb8df7443d57671a317daf2415a66ec51d3d4423517c",
        "end-diastole, leading edge to leading edge",
        colour="#ff8fc7",
    ),
    _linear(
        "la",
        "Left atrium, antero-posterior",
        "PLAX",
        ("anterior edge", "posterior edge"),
        (replace(_cm("la", "LA", Phase.ES, "79975-9", (1, 10)), code_has_phase=True),),
        "1a91627f7fa1872054f272ef8079a960fd24088ef078a50af70b893bbef044f4",
        "end-systole, when it is largest",
        colour="#c3a6ff",
    ),
    _linear(
        "rv_base",
        "Right ventricular basal diameter",
        "A4C, RV-focused",
        ("free wall edge", "septal edge"),
        (_cm("rv_base", "RV base", Phase.ED, "80080-5", (1, 8)),),
        "b3c88c2f6d425f2f3a537720dbb8d51b9bce5c92e1174a37e6cf8f82d6c50cd9",
        "end-diastole, largest transverse diameter in the basal third",
        colour="#7ff0e0",
    ),
    _linear(
        "pa",
        "Main pulmonary artery",
        "PSAX or RVOT",
        ("left edge", "right edge"),
        (_cm("pa", "MPA", Phase.ED, "80049-0", (0.8, 6)),),
        "73343081353862abacbd20a9b36973be551ca1073dda5796acb30930b4e93c0d",
        "end-diastole",
        colour="#dcfa1e",
    ),
    _linear(
        "ivc",
        "Inferior vena cava",
        "Subcostal long axis",
        ("anterior edge", "posterior edge"),
        (
            _cm(
                "ivc",
                "IVC",
                Phase.EXPIRATION,
                "79967-6",
                (0.2, 5),
                variable="ivc_max",
            ),
        ),
        "b140eb9a3c6d2f2be87f6b46b111ea43681ab14e18463ce4ac72aaef59c1eee1",
        "largest at end-expiration; the smallest with a sniff gives the collapse",
        colour="#ffb3a7",
    ),
)
"""What a network reads between two points of a two-dimensional picture."""

EXCURSION: tuple[Definition, ...] = (
    Definition(
        "tapse",
        "Tricuspid annular plane systolic excursion",
        "A4C, lateral tricuspid annulus",
        "M-mode",
        (RegionKind.M_MODE,),
        CaliperKind.EXCURSION,
        ("end-diastole", "end-systole"),
        (_cm("tapse", "TAPSE", Phase.SYSTOLE, "77903-3", (0.2, 5)),),
        "from end-diastole (lowest) to end-systole (highest), vertical only",
        "#a5a55a",
        network=Network(
            "Doppler_models/tapse_2c_weights.ckpt",
            "33aac8bb4f7c757a5f4b7493edc6f59f9bf1a146e823b9f00498af930725437d",
            158894746,
            (1, 0),
        ),
        # From the R wave to the end of systole.
        apart_s=(0.1, 0.6),
    ),
)


def _cava(
    id: str, name: str, when: str, output: Output, convention: str, colour: str
) -> Definition:
    return Definition(
        id,
        f"Inferior vena cava {when}, M-mode",
        "Subcostal long axis",
        "M-mode",
        (RegionKind.M_MODE,),
        CaliperKind.DIAMETER,
        ("upper border", "lower border"),
        (output,),
        convention,
        colour,
        short=name,
        # At one time; a hand is no steadier.
        apart_s=(0.0, 0.1),
        by_network=False,
    )


CAVA: tuple[Definition, ...] = (
    _cava(
        "ivcmmax",
        "IVC (M-mode)",
        "at end-expiration",
        _cm("ivcmmax", "IVC (M-mode)", Phase.EXPIRATION, "", (0.2, 5)),
        "border to border of the blood where it is widest; mean of the breaths",
        "#a07040",
    ),
    _cava(
        "ivcmmin",
        "IVC minimum (M-mode)",
        "in inspiration",
        _cm("ivcmmin", "IVC minimum (M-mode)", Phase.INSPIRATION, "", (0, 5)),
        "border to border of the blood where it is narrowest; mean of the breaths",
        "#94ac94",
    ),
)
"""The vena cava over time, by hand or read off the strip."""

OUTFLOW: tuple[Definition, ...] = (
    Definition(
        "lvotd",
        "Left ventricular outflow tract diameter",
        "PLAX",
        "2-D",
        (RegionKind.TWO_D, RegionKind.COLOUR),
        CaliperKind.LINEAR,
        ("septal edge", "mitral edge"),
        (Output("lvotd", "LVOT diameter", "cm", Phase.SYSTOLE, "80028-4", Range(1, 4)),),
        "mid-systole, inner edge to inner edge, where the LVOT velocity is recorded",
        "#6e69ff",
        by_network=False,
    ),
)
"""Of the outflow tract, by hand."""
