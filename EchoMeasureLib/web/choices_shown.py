"""What can be chosen on the page: measurements, frames, networks, the person, exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.desk.export_kinds import OFFERS, OPTION_WORDS, SPEEDS
from EchoMeasureLib.desk.frames import CHOICES
from EchoMeasureLib.desk.ruler_words import NO_RULER, RULER_PICKED, RULERS
from EchoMeasureLib.desk.words import by_view, chosen_frames_words
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.beside_frames import frames_beside
from EchoMeasureLib.measurable import judge
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.coarse_to_fine import is_thinned
from EchoMeasureLib.measuring.examination import GIVEN, Rhythm
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS

if TYPE_CHECKING:
    from EchoMeasureLib.web.sitting import Sitting


def measuring(sitting: Sitting) -> Any:
    """What can be measured with which networks, and how far a measurement is."""
    desk = sitting.desk
    cine, networks = desk.study.cine, desk.networks
    views = [
        {
            "name": view,
            "rows": [
                {
                    "id": row.id,
                    "name": row.name,
                    "why": desk.measuring.reason(row.id, sitting.reader),
                    "brief": judge(cine.regions, row).brief if cine is not None else "",
                    "tip": row.convention,
                    "ticked": row.id in sitting.wished,
                }
                for row in rows
            ],
        }
        for view, rows in by_view().items()
    ]
    done, total = sitting.progress
    return {
        "views": views,
        "ticked": len(sitting.ticked),
        "why": sitting.why_not_measure(),
        "busy": desk.measuring.busy,
        "done": done,
        "total": total,
        "words": sitting.run_words,
        "frames": sitting.frames,
        "choices": list(CHOICES.items()),
        "between": [sitting.between[0] + 1, sitting.between[1] + 1, sitting.between[2]],
        "count": cine.frame_count if cine is not None else 0,
        "framesWords": _frames_words(sitting),
        "weights": sitting.weights,
        "sets": [[key, networks.name(key)] for key in networks.choices()],
        "weightsWords": networks.status(sitting.weights),
        "files": networks.files(sitting.weights),
        "places": [[row.id, f"{row.name} ({row.view})"] for row in CATALOG.values()],
    }


def _frames_words(sitting: Sitting) -> str:
    cine = sitting.desk.study.cine
    if cine is None:
        return ""
    try:
        frames = sitting.chosen_frames()
    except EchoMeasureError as error:
        return str(error)
    beside = len(frames_beside(cine.times, frames))
    thinned = sitting.frames == "all" and is_thinned(cine)
    words = chosen_frames_words(frames, cine.frame_count, beside, thinned)
    return f"{words}. {sitting.desk.study.frames_run_words()}".rstrip(". ")


def person(sitting: Sitting) -> Any:
    """What is known of the person and of the examination, and what can be said of them."""
    review = sitting.desk.study.review
    if review is None:
        return None
    subject, examination = review.subject, review.examination
    return {
        "sex": subject.sex,
        "age": subject.age,
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
        "rhythm": str(examination.rhythm or ""),
        "manoeuvre": str(examination.manoeuvre or ""),
        "group": examination.group,
        "disease": examination.disease,
        "no_jet": examination.no_jet,
        "given": [
            {
                "id": row.id,
                "name": row.name,
                "tip": f"{row.what[:1].upper()}{row.what[1:]}, {row.spoken}, if it is known.",
                "low": row.low,
                "high": row.high,
                "decimals": row.decimals,
                "value": getattr(examination, row.id),
            }
            for row in GIVEN.values()
        ],
        "rhythms": [one.value for one in Rhythm],
        "manoeuvres": [one.value for one in Manoeuvre],
        "groups": [[group.id, group.name] for group in GROUPS.values()],
        "lengths": sitting.desk.lengths.value,
        "units": [one.value for one in Lengths],
    }


def calibration(sitting: Sitting) -> Any:
    """How a scale is given by hand, and how far that is."""
    desk = sitting.desk
    return {
        "why": "" if desk.study.cine is not None else "Choose an image first.",
        "kinds": [
            {"id": kind.value, "name": name, "click": f"Click {click}.", "unit": kind.unit}
            for kind, (name, click) in RULERS.items()
        ],
        "picked": desk.clicking.ruler is not None,
        "picking": desk.clicking.picking,
        "state": RULER_PICKED if desk.clicking.ruler is not None else "",
        "missing": "" if desk.clicking.ruler is not None else NO_RULER,
    }


def exports(sitting: Sitting) -> Any:
    """What can leave, in which forms, with what in it; and what was written."""
    downloads, desk = sitting.downloads, sitting.desk
    number, name = downloads.latest
    done = downloads.progress
    wish = sitting.wish
    measured = bool(desk.selection.entries)
    return {
        "offers": [
            {
                "id": export.value,
                "name": offer.name,
                "about": offer.about,
                "forms": [[form.id, form.name] for form in offer.forms],
                "options": [
                    [option.value, OPTION_WORDS[option]]
                    for option in desk.exports.options(export, wish.form)
                ],
                "speeds": [[str(speed), words] for speed, words in SPEEDS.items()]
                if offer.speeds
                else [],
            }
            for export, offer in OFFERS.items()
        ],
        "chosen": wish.export.value,
        "form": wish.chosen.id,
        "options": sorted(option.value for option in wish.options),
        "speed": str(wish.speed),
        "why": desk.exports.obstacle(wish),
        "says": desk.exports.says(wish) if desk.study.cine is not None else "",
        "review": "" if measured else "Nothing has been measured yet.",
        "busy": downloads.busy,
        "stage": done.stage,
        "done": done.done,
        "total": done.total,
        "said": downloads.said,
        "number": number,
        "name": name,
    }
