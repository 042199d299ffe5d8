"""Rows of the catalog: traced waves, and times between two points of a strip."""

from __future__ import annotations

from EchoMeasureLib.definitions import CaliperKind, Definition, Output, Phase, Range, Side
from EchoMeasureLib.imaging.regions import RegionKind


def _vti(id: str, name: str, phase: Phase, loinc: str, plausible: tuple[float, float]) -> Output:
    """A velocity-time integral: how far the blood goes in a beat."""
    return Output(id, name, "cm", phase, loinc, Range(*plausible), "cm", decimals=1)


def _ms(id: str, name: str, phase: Phase, loinc: str, plausible: tuple[float, float]) -> Output:
    return Output(*(id, name, "ms", phase, loinc, Range(*plausible)), decimals=0, answer_decimals=0)


def _tracing(
    id: str,
    flow: str,
    name: str,
    view: str,
    region: RegionKind,
    outputs: tuple[Output, ...],
    convention: str,
    colour: str,
    apart_s: tuple[float, float] = (0.12, 0.6),
    side: Side = Side.BELOW,
) -> Definition:
    """A wave's edge from its onset to its end, traced by hand or read from the strip."""
    return Definition(
        *(id, name, view, f"{region.value.upper()} Doppler", (region,), CaliperKind.TRACING),
        *(("edge",), outputs, convention, colour, side),
        short=outputs[0].name,
        apart_s=apart_s,
        by_network=False,
        flow=flow,
    )


def _times(
    id: str, name: str, caliper: CaliperKind, points: tuple[str, str], output: Output,
    convention: str, colour: str, apart_s: tuple[float, float], side: Side | None = None,
) -> Definition:  # fmt: skip
    """A time of mitral inflow, between two points."""
    return Definition(
        *(id, name, "A4C, at the mitral leaflet tips", "PW Doppler", (RegionKind.PW,), caliper),
        *(points, (output,), convention, colour, side),
        apart_s=apart_s,
        by_network=False,
        flow="mvpeak",
    )


TRACINGS: tuple[Definition, ...] = (
    _tracing(
        "lvotvti",
        "lvotvmax",
        "LVOT velocity-time integral",
        "A5C or A3C",
        RegionKind.PW,
        (
            _vti("lvotvti", "LVOT VTI", Phase.SYSTOLE, "80030-0", (4, 60)),
            _ms("lvot_at", "LVOT AT", Phase.SYSTOLE, "", (20, 250)),
        ),
        "systole, along the outer edge of the dense band from onset to end",
        "#f5190f",
    ),
    _tracing(
        "avvti",
        "avvmax",
        "Aortic valve velocity-time integral and mean gradient",
        "A5C or A3C",
        RegionKind.CW,
        (
            _vti("avvti", "AV VTI", Phase.SYSTOLE, "79965-0", (6, 220)),
            Output(
                *("av_mean_gradient", "AV mean gradient", "mm[Hg]", Phase.SYSTOLE, "79962-7"),
                *(Range(0.3, 150), "mmHg"),
                decimals=0,
                answer_decimals=0,
            ),
            _ms("av_at", "AV AT", Phase.SYSTOLE, "", (20, 250)),
        ),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#fa0091",
    ),
    _tracing(
        "mvvti",
        "mvpeak",
        "Mitral inflow velocity-time integral",
        "A4C",
        RegionKind.PW,
        (_vti("mvvti", "MV VTI", Phase.DIASTOLE, "79914-8", (3, 120)),),
        "diastole, along the outer edge from the onset of E to the end of A",
        "#ff7700",
        (0.1, 1.4),
        Side.ABOVE,
    ),
    _tracing(
        "trvti",
        "trvmax",
        "Tricuspid regurgitation velocity-time integral",
        "A4C",
        RegionKind.CW,
        (_vti("trvti", "TR VTI", Phase.SYSTOLE, "", (10, 300)),),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#cd00ff",
        (0.15, 0.75),
    ),
    _tracing(
        "mrvti",
        "mrvmax",
        "Mitral regurgitation velocity-time integral",
        "Apical",
        RegionKind.CW,
        (_vti("mrvti", "MR VTI", Phase.SYSTOLE, "", (10, 350)),),
        "systole, along the outer edge of the whole spectrum from onset to end",
        "#dcfabe",
        (0.15, 0.75),
    ),
    _times(
        "mvdt",
        "Mitral E deceleration time",
        CaliperKind.SLOPE,
        ("E peak", "on the slope"),
        _ms("mvdt", "MV DT", Phase.DIASTOLE, "78191-4", (40, 1300)),
        "from the peak of E along its slope, which is followed down to the baseline",
        "#0aff73",
        # A severe mitral stenosis empties for so long: 220 / 0.6 cm2 is a half-time of 367 ms.
        (0.02, 1.3),
        Side.ABOVE,
    ),
    _times(
        "mvedur",
        "Mitral E duration",
        CaliperKind.INTERVAL,
        ("onset", "end"),
        _ms("mvedur", "MV E duration", Phase.DIASTOLE, "", (60, 900)),
        "from onset to end of E at the baseline",
        "#af6978",
        (0.04, 0.9),
    ),
    _times(
        "mvadur",
        "Mitral A duration",
        CaliperKind.INTERVAL,
        ("onset", "end"),
        _ms("mvadur", "MV A duration", Phase.DIASTOLE, "80065-6", (50, 300)),
        "from onset to end of A at the baseline",
        "#e6ff82",
        (0.03, 0.45),
    ),
)
