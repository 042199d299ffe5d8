"""What the measurements of the catalog are, in the codes of a structured report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.definitions import Output, Phase
from EchoMeasureLib.exporting.structured_report.report_codes import (
    A_WAVE,
    ACCELERATION,
    ANTEGRADE,
    BEHAVIOUR,
    BLOOD_VELOCITY,
    CONTINUOUS,
    DECELERATION,
    DIAMETER,
    DURATION,
    E_WAVE,
    EXCURSION,
    HEMODYNAMIC,
    INTEGRAL,
    INTERNAL,
    M_MODE,
    MEAN_GRADIENT,
    PHASES,
    PULSED,
    RETROGRADE,
    STRUCTURE,
    THICKNESS,
    TISSUE,
    TISSUE_VELOCITY,
    TWO_D,
    SrCode,
    dcm,
    sct,
)

_PLAX = sct("399139001", "Parasternal long axis")
_A4C = sct("399214001", "Apical four chamber")
_LEFT_VENTRICLE = sct("87878005", "Left ventricle")
_MITRAL = sct("91134007", "Mitral Valve")
_AORTIC = sct("34202007", "Aortic Valve")
_TRICUSPID = sct("46030003", "Tricuspid valve")
_OUTFLOW = sct("13418002", "Left ventricle outflow tract")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measurement of the catalog is, in codes."""

    site: SrCode
    property: SrCode
    """Of its first value; `property_of` has that of every one."""
    view: SrCode | None = None
    """None where the catalog names more than one view."""
    flow: SrCode | None = None
    mode: SrCode = TWO_D
    about: SrCode = STRUCTURE


def _jet(
    site: SrCode,
    flow: SrCode,
    view: SrCode | None = None,
    mode: SrCode = CONTINUOUS,
    property: SrCode = BLOOD_VELOCITY,
) -> Meaning:
    return Meaning(site, property, view, flow, mode, HEMODYNAMIC)


def _annulus(site: SrCode) -> Meaning:
    return Meaning(site, TISSUE_VELOCITY, _A4C, None, TISSUE, BEHAVIOUR)


_CAVA = Meaning(
    sct("64131007", "Inferior vena cava"),
    DIAMETER,
    sct("399310008", "Subcostal long axis"),
    mode=M_MODE,
)

MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "ivs": Meaning(sct("589001", "Interventricular septum"), THICKNESS, _PLAX),
        "lvid": Meaning(_LEFT_VENTRICLE, INTERNAL, _PLAX),
        "lvpw": Meaning(_LEFT_VENTRICLE, THICKNESS, _PLAX),
        "aorta": Meaning(sct("54247002", "Ascending aorta"), DIAMETER, _PLAX),
        "aortic_root": Meaning(sct("8128003", "Aortic Root"), DIAMETER, _PLAX),
        "la": Meaning(sct("82471001", "Left atrium"), DIAMETER, _PLAX),
        "rv_base": Meaning(
            sct("277635008", "Right Ventricle Basal Segment"),
            DIAMETER,
            dcm("130681", "Apical four chamber RV Focused"),
        ),
        "pa": Meaning(sct("45341000", "Trunk of pulmonary artery"), DIAMETER),
        "ivc": Meaning(
            sct("64131007", "Inferior vena cava"), DIAMETER, sct("399310008", "Subcostal long axis")
        ),
        "avvmax": _jet(_AORTIC, ANTEGRADE),
        "trvmax": _jet(_TRICUSPID, RETROGRADE, _A4C),
        "mrvmax": _jet(_MITRAL, RETROGRADE),
        "lvotvmax": _jet(_OUTFLOW, ANTEGRADE, None, PULSED),
        "latevel": _annulus(sct("399086000", "Lateral Mitral Annulus")),
        "medevel": _annulus(sct("399093001", "Medial Mitral Annulus")),
        "mvpeak": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED),
        "tapse": Meaning(
            sct("113259005", "Tricuspid Annulus"), EXCURSION, _A4C, None, M_MODE, BEHAVIOUR
        ),
        "ivcmmax": _CAVA,
        "ivcmmin": _CAVA,
        "lvotd": Meaning(_OUTFLOW, DIAMETER, _PLAX),
        "lvotvti": _jet(_OUTFLOW, ANTEGRADE, None, PULSED, INTEGRAL),
        "avvti": _jet(_AORTIC, ANTEGRADE, None, CONTINUOUS, INTEGRAL),
        "mvvti": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED, INTEGRAL),
        "trvti": _jet(_TRICUSPID, RETROGRADE, _A4C, CONTINUOUS, INTEGRAL),
        "mrvti": _jet(_MITRAL, RETROGRADE, None, CONTINUOUS, INTEGRAL),
        "mvdt": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED, DECELERATION),
        "mvedur": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED, DURATION),
        "mvadur": _jet(_MITRAL, ANTEGRADE, _A4C, PULSED, DURATION),
    }
)
"""Every measurement of the catalog by id."""

_OTHER_PROPERTIES: Mapping[str, SrCode] = MappingProxyType(
    {"av_mean_gradient": MEAN_GRADIENT, "av_at": ACCELERATION, "lvot_at": ACCELERATION}
)


def property_of(measurement: str, output: Output) -> SrCode | None:
    """What of the measurement's site a value is; None for a ratio."""
    own_one = _OTHER_PROPERTIES.get(output.id, MEANINGS[measurement].property)
    return None if output.unit == "1" else own_one


SITES: Mapping[str, SrCode] = MappingProxyType(
    {
        **{meaning.site.value: meaning.site for meaning in MEANINGS.values()},
        "65197004": sct("65197004", "Mitral Annulus"),
    }
)
"""Sites by their codes."""


def cycle_point(output: str, phase: Phase | None) -> SrCode | None:
    """Where in the cycle a value is taken: its wave, or the phase; None where it is not known."""
    waves = {
        **dict.fromkeys(("e", "latevel", "medevel", "mvdt", "mvedur"), E_WAVE),
        **dict.fromkeys(("a", "mvadur"), A_WAVE),
    }
    return waves.get(output) or (PHASES[phase] if phase is not None else None)
