"""Where each value stands in a report."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.choices import Choice


class SheetSection(Choice):
    """Parts of the sheet, in their order."""

    HEAD = "head"
    LV = "LV"
    LA_AORTA = "LA and aorta"
    DIASTOLOGY = "diastology"
    RIGHT_HEART = "right heart"
    VALVES = "valves"
    OTHER = "other"


_IDS = {
    SheetSection.HEAD: "rhythm heart_rate systolic diastolic bsa",
    SheetSection.LV: (
        "ivsd lvidd lvids lvpwd ef fs edv_teichholz esv_teichholz ef_teichholz lv_mass "
        "lv_mass_index lv_mass_height rwt lv_geometry ivs_lvpw sv sv_index co ci"
    ),
    SheetSection.LA_AORTA: "la lavi lars aortic_root aorta la_ao",
    SheetSection.DIASTOLOGY: (
        "e a e_a_ratio e_a medevel latevel e_e_septal e_e_lateral e_e_average pv_s_d ivrt mvdt dt "
        "mvedur mvadur ar_a t_e_e"
    ),
    SheetSection.RIGHT_HEART: (
        "rv_base tapse pa ivc_max ivc_min ivc_collapse ivcmmax ivcmmin ivcm_collapse rap trvmax "
        "tr_gradient trvti rvsp tapse_pasp"
    ),
    SheetSection.VALVES: (
        "lvotd lvot_diameter lvot_area lvotvmax lvotvti lvot_at avvmax av_gradient "
        "av_gradient_corrected avvti av_mean_gradient av_at dvi dvi_vti av_area av_area_index "
        "mvvti mrvmax mr_gradient mrvti"
    ),
}

SECTIONS: Mapping[str, SheetSection] = MappingProxyType(
    {id: section for section, ids in _IDS.items() for id in ids.split()}
)
"""The section of every row of the sheet, by id, in the order in which a report has them."""


def section_of(id: str) -> SheetSection:
    """Where a row of the sheet stands; `OTHER` for a value that has no place of its own."""
    return SECTIONS.get(id, SheetSection.OTHER)
