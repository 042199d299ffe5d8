"""What the page shows, as rows of plain texts and numbers, section by section.

Made from the desk whenever something has changed, and sent when it says something else than
before. Nothing that the page holds ever comes back as a fact: it sends wishes (`commands`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.desk.network_sets import kinds_in_use
from EchoMeasureLib.desk.open_study import OpenStudy
from EchoMeasureLib.desk.quality_words import checks_words, picture_words
from EchoMeasureLib.desk.words import (
    before_words,
    calibration_line,
    head_words,
    image_line,
    notice_words,
    shown_frame_words,
)
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.web.answer_table import answers, decisions
from EchoMeasureLib.web.caliper_list import calipers
from EchoMeasureLib.web.choices_shown import calibration, exports, measuring, person
from EchoMeasureLib.web.conclusions_shown import comparison, derived, trace
from EchoMeasureLib.web.view_shown import view

if TYPE_CHECKING:
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.web.sitting import Sitting

Section = Callable[["Sitting"], Any]


def head(sitting: Sitting) -> Any:
    """The lines over everything."""
    desk = sitting.desk
    review = desk.study.review
    kinds = kinds_in_use(desk.networks.kinds(sitting.weights), review)
    begun = review is not None and review.layer().has_work
    study = desk.study
    return {
        "notice": notice_words(kinds),
        "noticeTip": "\n".join((RESEARCH_USE_ONLY, *set_warnings(kinds))),
        "urgent": bool(set_warnings(kinds)),
        "line": head_words(review.subject, review.sheet(), study.reviewer) if review else "",
        "reviewer": study.reviewer,
        "signed": bool(study.typed_reviewer),
        "before": before_words(() if begun else desk.others.names),
        "saving": desk.saving.trouble,
    }


def images(sitting: Sitting) -> Any:
    """The files that can be opened, and what the open one is."""
    study = sitting.desk.study
    cine, located = study.cine, study.located
    lines = [] if cine is None else [image_line(cine), *cine.timing.notes, *cine.notes]
    scale = "" if cine is None else calibration_line(cine)
    return {
        "names": list(sitting.offered.names),
        "open": sitting.opened,
        "lines": lines or [study.trouble or "Choose an image."],
        "calibration": " ".join(filter(None, (scale, located.hint if located else ""))),
    }


def frame(sitting: Sitting) -> Any:
    """The frame on display, and the ticks of its slider."""
    study = sitting.desk.study
    cine = study.cine
    if cine is None:
        return {"count": 0}
    ed, es = study.phase_frames()
    return {
        "count": cine.frame_count,
        "frame": study.frame,
        "words": shown_frame_words(cine, study.frame, ed, es),
        "ed": list(ed),
        "es": list(es),
        "labels": list(study.link.labels.texts) if study.link is not None else [],
    }


def picture(sitting: Sitting) -> Any:
    """What is wrong with the picture, where something is."""
    study = sitting.desk.study
    quality = sitting.desk.measuring.quality_of(study.image)
    return {"words": picture_words(quality, _kept(study)), "tip": checks_words(quality)}


def _kept(study: OpenStudy) -> list[str]:
    entries = study.review.entries.values() if study.review is not None else ()
    said = [entry.predicted for entry in entries if entry.image == study.image]
    return [one.quality for one in said if one is not None]


SECTIONS: Mapping[str, Section] = {
    "head": head,
    "images": images,
    "frame": frame,
    "view": view,
    "picture": picture,
    "answers": answers,
    "decisions": decisions,
    "calipers": calipers,
    "measuring": measuring,
    "calibration": calibration,
    "person": person,
    "derived": derived,
    "comparison": comparison,
    "trace": trace,
    "exports": exports,
}
"""Every part of the page, by the name under which it is sent."""

OF_THE_REVIEW = (
    "head",
    "frame",
    "view",
    "picture",
    "answers",
    "decisions",
    "calipers",
    "measuring",
    "person",
    "derived",
    "comparison",
    "trace",
    "exports",
)

FOLLOWS: Mapping[Topic, tuple[str, ...]] = {
    "image": tuple(SECTIONS),
    "review": OF_THE_REVIEW,
    "selection": ("answers", "decisions", "calipers"),
    "frame": ("frame", "view", "decisions"),
    "run": ("measuring", "picture"),
    "ruler": ("calibration",),
    "weights": ("head", "measuring"),
    "saving": ("head",),
    "views": ("decisions",),
}
"""What is to be looked at again when this has changed."""


class Rows:
    """What was sent, and what has to be looked at since."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._sent: dict[str, str] = {}
        self._stale: dict[str, None] = dict.fromkeys(SECTIONS)

    def heard(self, topic: Topic) -> None:
        """Something has changed on the desk."""
        self.stale(*FOLLOWS[topic])

    def stale(self, *names: str) -> None:
        """These sections may say something else now."""
        self._stale.update(dict.fromkeys(names))

    def again(self) -> None:
        """Somebody new looks at the page: all of it is news."""
        self._sent.clear()
        self._stale = dict.fromkeys(SECTIONS)

    def news(self) -> str:
        """What says something else than was sent, as JSON; empty when nothing does."""
        names, self._stale = list(self._stale), {}
        fresh: dict[str, str] = {}
        for name in names:
            text = json.dumps(SECTIONS[name](self._sitting), ensure_ascii=False)
            if self._sent.get(name) != text:
                fresh[name] = self._sent[name] = text
        if not fresh:
            return ""
        return '{"show":{' + ",".join(f'"{name}":{text}' for name, text in fresh.items()) + "}}"
