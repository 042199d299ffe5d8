"""Rows of the catalog: peak velocities."""

from __future__ import annotations

from dataclasses import replace

from EchoMeasureLib.definitions import CaliperKind, Definition, Network, Output, Phase, Range, Side
from EchoMeasureLib.imaging.regions import RegionKind


def _fast(
    id: str,
    name: str,
    loinc: str,
    plausible: tuple[float, float],
) -> Output:
    """A systolic velocity that people read in m/s."""
    return Output(id, name, "cm/s", Phase.SYSTOLE, loinc, Range(*plausible), "m/s", 0.01)


def _slow(
    id: str, name: str, loinc: str, plausible: tuple[float, float], answer_decimals: int = 1
) -> Output:
    """A diastolic velocity that people read in cm/s."""
    row = Output(id, name, "cm/s", Phase.DIASTOLE, loinc, Range(*plausible), decimals=1)
    return replace(row, answer_decimals=answer_decimals)


def _velocity(
    id: str,
    name: str,
    view: str,
    region: RegionKind,
    output: Output,
    sha256: str,
    convention: str,
    mode: str = "",
    *,
    colour: str,
) -> Definition:
    network = Network(f"Doppler_models/{id}_weights.ckpt", sha256, 158893722, (0,))
    return Definition(
        id,
        name,
        view,
        mode or f"{region.value.upper()} Doppler",
        (region,),
        CaliperKind.VELOCITY,
        ("peak",),
        (output,),
        convention,
        colour,
        Side.BELOW,
        network,
    )


VELOCITIES: tuple[Definition, ...] = (
    _velocity(
        "avvmax",
        "Aortic valve peak velocity",
        "A5C or A3C",
        RegionKind.CW,
        _fast("avvmax", "AV Vmax", "79964-3", (30, 700)),
        "e8cb4472de38633fd64363a40acffa87b58ccf2d272ad974297b4c54c8751387",
        "systole, below the baseline",
        colour="#ff696e",
    ),
    _velocity(
        "trvmax",
        "Tricuspid regurgitation peak velocity",
        "A4C",
        RegionKind.CW,
        _fast("trvmax", "TR Vmax", "79921-3", (50, 600)),
        "76658959a8fefcc6f6b47ac0b513222eed505aeda8da26e853780d390e7b36e3",
        "systole, below the baseline",
        colour="#649bf5",
    ),
    _velocity(
        "mrvmax",
        "Mitral regurgitation peak velocity",
        "Apical",
        RegionKind.CW,
        _fast("mrvmax", "MR Vmax", "80062-3", (100, 800)),
        "b46637c5f9eb99ead7c7160a1a1ab3c4644328d17f1a8efaff967518ed8e965a",
        "systole, below the baseline",
        colour="#eb5feb",
    ),
    _velocity(
        "lvotvmax",
        "LVOT peak velocity",
        "A5C or A3C",
        RegionKind.PW,
        _fast("lvotvmax", "LVOT Vmax", "80029-2", (20, 400)),
        "5f183bf3c89334cd48b6fcb1f61f1cd62cae2da8044540adcfe2d724a90cbead",
        "systole, below the baseline",
        colour="#7dc305",
    ),
    _velocity(
        "latevel",
        "Mitral annulus e', lateral",
        "A4C",
        RegionKind.PW,
        _slow("latevel", "e' lateral", "80054-0", (1, 30)),
        "4c19172c4800af84c56aa166c46b5d117990457fde8ddc534e17b6b058c75deb",
        "early diastole, below the baseline",
        "PW tissue Doppler",
        colour="#00b4a5",
    ),
    _velocity(
        "medevel",
        "Mitral annulus e', septal",
        "A4C",
        RegionKind.PW,
        _slow("medevel", "e' septal", "79911-4", (1, 30)),
        "edcf4a72dad83613235df54ea4b9333c85cbdb6dfb429ce156d982bc498efda5",
        "early diastole, below the baseline",
        "PW tissue Doppler",
        colour="#c89119",
    ),
    Definition(
        "mvpeak",
        "Mitral inflow E and A",
        "A4C, at the mitral leaflet tips",
        "PW Doppler",
        (RegionKind.PW,),
        CaliperKind.INFLOW,
        ("E", "A"),
        (
            _slow("e", "MV E", "80070-6", (10, 300), 0),
            _slow("a", "MV A", "80066-4", (10, 300), 0),
            Output(
                *("e_a_ratio", "E/A", "1", Phase.DIASTOLE, "18038-0", Range(0.1, 10)),
                answer_decimals=2,
            ),
        ),
        "diastole, above the baseline, E and A of the same beat",
        "#14af64",
        Side.ABOVE,
        Network(
            "Doppler_models/mvpeak_2c_weights.ckpt",
            "a2697103ebd218c8446cf0e5de681fd4d3a6ad4f7efbaadf7b2655aff92ae687",
            158894746,
            # Channel 1 is E and channel 0 is A.
            (1, 0),
        ),
        "MV E/A",
        # Sooner, E and A are one wave; later than the diastole of 42 beats per minute, not of one.
        (0.05, 0.9),
    ),
)
