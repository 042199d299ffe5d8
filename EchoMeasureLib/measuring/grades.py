"""Which tables of the guidelines are asked about a study, and with which of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.equations import COLLAPSE_LIMITS
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.grading.diastole import DiastolicFacts
from EchoMeasureLib.measuring.grading.diastole_2016 import grade_2016
from EchoMeasureLib.measuring.grading.diastole_2025 import dysfunction_2025, grade_2025
from EchoMeasureLib.measuring.grading.diastole_groups import grade_group
from EchoMeasureLib.measuring.grading.rules import Grade, above, below
from EchoMeasureLib.measuring.grading.valves import grade_aortic_stenosis, ph_probability
from EchoMeasureLib.measuring.subject import Subject


def grades(
    values: Mapping[str, float],
    examination: Examination,
    subject: Subject,
    assumed: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Grade, ...]:
    """Filling pressure by both guidelines, or by the group's own table; valves; right heart.

    `values` by id, in their stored units; `assumed` says of some what they rest on, which goes
    with the grades. A table about which nothing was measured is left out.
    """
    assumed = assumed or {}
    found: list[Grade] = []
    facts = diastolic_facts(values, examination, subject)
    if any(x is not None for x in (facts.e, facts.a, facts.septal, facts.lateral)):
        if examination.special_group:
            found.append(grade_group(examination.special_group, facts))
        else:
            found += [grade_2016(facts), grade_2025(facts), dysfunction_2025(facts)]
        found = [_with_origin(grade, values, examination, assumed) for grade in found]
    if "avvmax" in values:
        found.append(
            grade_aortic_stenosis(
                abs(values["avvmax"]) / 100,
                values.get("dvi", values.get("dvi_vti")),
                values.get("av_mean_gradient"),
                values.get("av_area"),
            )
        )
    if "trvmax" in values or examination.no_jet:
        jet = None if examination.no_jet else facts.tr
        signs = ph_signs(values, examination.manoeuvre)
        grade = ph_probability(jet, signs, examination.no_jet)
        rests = dict.fromkeys(word for id in ("tapse_pasp", "rap") for word in assumed.get(id, ()))
        found.append(replace(grade, notes=(*grade.notes, *rests)))
    return tuple(found)


def _with_origin(
    grade: Grade,
    values: Mapping[str, float],
    examination: Examination,
    assumed: Mapping[str, tuple[str, ...]],
) -> Grade:
    """The grade with what its EF and its PASP rest on, where it asks for them."""
    asked = " ".join(criterion.words for criterion in grade.criteria)
    notes = list(grade.notes)
    if "EF" in asked and examination.ef is None and "ef_teichholz" in values:
        notes.append("EF from linear dimensions (Teichholz)")
    if "PASP" in asked and "rvsp" in values:
        notes.append("; ".join(("PASP taken as RVSP", *assumed.get("rvsp", ()))))
    return replace(grade, notes=tuple(notes))


def diastolic_facts(
    values: Mapping[str, float], examination: Examination, subject: Subject
) -> DiastolicFacts:
    """What the tables of diastolic function ask for, from the sheet's values."""

    def size(id: str) -> float | None:
        return None if id not in values else abs(values[id])

    tr = size("trvmax")
    height, weight = subject.height_cm, subject.weight_kg
    return DiastolicFacts(
        ef=examination.ef if examination.ef is not None else size("ef_teichholz"),
        e=size("e"),
        a=size("a"),
        septal=size("medevel"),
        lateral=size("latevel"),
        tr=None if tr is None else tr / 100,
        pasp=size("rvsp"),
        lavi=examination.lavi,
        lars=examination.lars,
        pv_s_d=examination.pv_s_d,
        ivrt=examination.ivrt,
        dt=examination.dt if examination.dt is not None else size("mvdt"),
        ar_a=examination.ar_a,
        t_e_e=examination.t_e_e,
        bmi=weight / (height / 100) ** 2 if height and weight else None,
        age=subject.age,
        disease=examination.disease,
        no_jet=examination.no_jet,
    )


def ph_signs(values: Mapping[str, float], manoeuvre: Manoeuvre | None) -> dict[str, bool | None]:
    """The signs of pulmonary hypertension that the sheet's values can show.

    A: TAPSE/PASP below 0.55 mm/mmHg. B: pulmonary artery above 2.5 cm. C: IVC above 2.1 cm
    that collapses by less than half with a sniff, or by less than a fifth in quiet breathing.
    """
    wide, fall = above(values.get("ivc_max"), 2.1, 1), values.get("ivc_collapse")
    limits = COLLAPSE_LIMITS if manoeuvre is None else {manoeuvre: COLLAPSE_LIMITS[manoeuvre]}
    answers = {below(fall, limit, 0) for limit in limits.values()}
    vein = answers.pop() if wide and len(answers) == 1 else (None if wide else wide)
    return {
        "A": below(values.get("tapse_pasp"), 0.55, 2),
        "B": above(values.get("pa"), 2.5, 1),
        "C": vein,
    }
