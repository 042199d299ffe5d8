"""Which value of ours a number of somebody else's report is.

TID 5300 says it with one code. TID 5200 has codes that mean one thing only together with the
finding site, the direction of flow or the method, and where those are not said nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from EchoMeasureLib.exporting.structured_report.report_codes import (
    ANTEGRADE,
    OWN,
    RETROGRADE,
    TEICHHOLZ,
    SrCode,
)
from EchoMeasureLib.exporting.structured_report.report_meanings import MEANINGS
from EchoMeasureLib.measuring.formula_inputs import INPUTS, OUTPUTS, SMALLEST_IVC
from EchoMeasureLib.measuring.formulae import FORMULAE
from EchoMeasureLib.measuring.sheet_values import SHOWN_AS


@dataclass(frozen=True, slots=True)
class Rule:
    """A number with this code is that value of ours, where the rest holds too."""

    code: str
    id: str
    """Of a measured value, as formulae ask for it, or of a formula."""
    site: str = ""
    """SNOMED CT code of the finding site; empty for any."""
    flow: str = ""
    """Direction of flow; empty for any."""
    method: str = ""
    """Code of the measurement method; empty for any."""


_FLOWS = {"avvmax": ANTEGRADE, "lvotvmax": ANTEGRADE, "trvmax": RETROGRADE, "mrvmax": RETROGRADE}
_GRADIENTS = {"avvmax": "av_gradient", "trvmax": "tr_gradient", "mrvmax": "mr_gradient"}
_PEAK_VELOCITY = ("20355-4", "11726-7")
_PEAK_GRADIENT = "20247-3"
_SITES = {id: meaning.site.value for id, meaning in MEANINGS.items()}
_CUBE = "125206"


def _one_way(site: str, code: str, id: str, jet: str) -> list[Rule]:
    """A velocity or gradient at a site.

    At the aortic valve and in the outflow tract one way is meant unless the other is said;
    through the mitral and the tricuspid valve flow goes both ways.
    """
    flow = _FLOWS[jet].value
    usual = [Rule(code, id, site)] if flow == ANTEGRADE.value else []
    return [Rule(code, id, site, flow), *usual]


_FIXED = {
    "18154-5": "ivsd",
    "29436-3": "lvidd",
    "29438-9": "lvids",
    "18152-9": "lvpwd",
    "80031-8": "lvpwd",
    "18012-5": "aorta",
    "18015-8": "aortic_root",
    "29469-4": "la",
    "18020-8": "pa",
    "18037-2": "e",
    "17978-8": "a",
    "18051-3": "fs",
}
"""Codes of TID 5200, and one more of TID 5300, that mean one thing."""

RULES: tuple[Rule, ...] = (
    *(
        Rule(output.loinc, SHOWN_AS.get(id, id))
        for id, output in OUTPUTS.items()
        if id != SMALLEST_IVC
    ),
    *(Rule(row.code, row.id, row.site) for row in FORMULAE.values() if row.code),
    *(Rule(code, id) for code, id in _FIXED.items()),
    Rule("18006-7", "ivc_max"),
    Rule("18043-0", "ef_teichholz", method=TEICHHOLZ.value),
    Rule("18026-5", "edv_teichholz", method=TEICHHOLZ.value),
    Rule("18148-7", "esv_teichholz", method=TEICHHOLZ.value),
    Rule("18087-7", "lv_mass", method=_CUBE),
    *(Rule("399133000", id, _SITES[id]) for id in ("latevel", "medevel")),
    *(Rule("81827009", id, _SITES[id]) for id in ("la", "aorta", "aortic_root", "pa")),
    *(
        rule
        for id in _FLOWS
        for code in _PEAK_VELOCITY
        for rule in _one_way(_SITES[id], code, id, id)
    ),
    *(
        rule
        for jet, id in _GRADIENTS.items()
        for rule in _one_way(_SITES[jet], _PEAK_GRADIENT, id, jet)
    ),
)

_BY_CODE: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {code: tuple(r for r in RULES if r.code == code) for code in {rule.code for rule in RULES}}
)

INSPIRATION = "14910006"


def our_value(
    name: SrCode,
    site: SrCode | None = None,
    flow: SrCode | None = None,
    method: SrCode | None = None,
    phase: SrCode | None = None,
) -> tuple[str, str]:
    """Id of our value, or empty and why there is none, in words.

    The id is that of a row of the sheet.
    """
    if name.scheme == OWN:
        known = name.value in OUTPUTS or name.value in FORMULAE
        return (name.value, "") if known else ("", "no value of the sheet")
    rules = _BY_CODE.get(name.value, ()) if name.scheme in ("LN", "SCT") else ()
    said = {"site": site, "flow": flow, "method": method}
    fitting = [
        rule
        for rule in rules
        if all(
            not (wanted := getattr(rule, key)) or (code is not None and code.value == wanted)
            for key, code in said.items()
        )
        and not _other_way(rule, flow)
    ]
    if fitting:
        # The rule that asks most is the surest.
        best = max(fitting, key=lambda rule: sum(map(bool, (rule.site, rule.flow, rule.method))))
        if best.id == "ivc_max" and phase is not None and phase.value == INSPIRATION:
            return SMALLEST_IVC, ""
        return best.id, ""
    return "", _why_not(rules, said)


def _other_way(rule: Rule, flow: SrCode | None) -> bool:
    """Whether a rule that asks for no direction means one, and another is said."""
    means = next((f for id, f in _FLOWS.items() if rule.id in (id, _GRADIENTS.get(id))), None)
    return means is not None and flow is not None and flow.value != means.value


def _why_not(rules: tuple[Rule, ...], said: Mapping[str, SrCode | None]) -> str:
    if not rules:
        return "no value of the sheet"
    words = {"site": "finding site", "flow": "direction of flow", "method": "method"}
    near = [rule for rule in rules if _fits(rule.site, said["site"])] or list(rules)
    for key, what in words.items():
        if said[key] is None and all(getattr(rule, key) for rule in near):
            return f"the {what} is not said"
    return "of another site, direction or method"


def _fits(wanted: str, said: SrCode | None) -> bool:
    return not wanted or (said is not None and said.value == wanted)


KNOWN_NAMES: Mapping[str, str] = MappingProxyType(
    {**INPUTS, **{row.id: row.name for row in FORMULAE.values()}}
)
"""What people call the values of the sheet, by id."""
