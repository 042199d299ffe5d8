"""What a watching service knows of each study, on disk: a small document each, written whole.

Whatever ends the service, the next one goes on from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.fields import Fields, as_text, refuse
from EchoMeasureLib.files import make_folder, write_text
from EchoMeasureLib.names import file_name
from EchoMeasureLib.texts import json_text

SCHEMA = "echomeasure-watched-study-1"


class Stage(Choice):
    """How far a study is."""

    WAITING = "waiting"
    """Its objects may still be coming in, or could not be fetched yet."""
    FETCHED = "fetched"
    """Its objects are here, and not all of them have been measured."""
    MEASURED = "measured"
    """Its review is here; where reports are sent, they have not been."""
    DONE = "done"
    """Nothing is left to do."""
    REFUSED = "refused"
    """There is nothing to measure in it."""
    REPORTED = "reported"
    """It came with a report, and was left alone."""


FINAL = (Stage.DONE, Stage.REFUSED, Stage.REPORTED)


@dataclass(frozen=True, slots=True)
class StudyState:
    """One study. Times are seconds since 1970."""

    study: str
    stage: Stage
    seen: float
    """When it was found."""
    since: float
    """Since when its objects have been the same."""
    objects: tuple[str, ...] = ()
    """SOP Instance UIDs that the server listed last."""
    told: int | None = None
    """How many objects of all kinds the server says it has."""
    endings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By SOP Instance UID: "done", or why there is no number."""
    reports: tuple[str, ...] = ()
    """Names of the reports that were sent."""
    attempts: int = 0
    """Fetches and sendings that failed, one after the other."""
    retry: float = 0.0
    """Not before this."""
    problem: str = ""
    """Why the last one failed."""
    images: bool = True
    """Whether the images are still here."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            "study": self.study,
            "stage": str(self.stage),
            "seen": self.seen,
            "since": self.since,
            "objects": list(self.objects),
            "told": self.told,
            "endings": dict(self.endings),
            "reports": list(self.reports),
            "attempts": self.attempts,
            "retry": self.retry,
            "problem": self.problem,
            "images": self.images,
        }


class StudyStates:
    """All of them, by Study Instance UID."""

    def __init__(self, folder: Path) -> None:
        """Raises `OutputProblem` for a folder that cannot be written to.

        Raises `InvalidDocument` for a document in it that is damaged.
        """
        self._folder = make_folder(folder)
        found = (_read(path) for path in sorted(folder.glob("*.json")))
        self._states = {state.study: state for state in found}

    def get(self, study: str) -> StudyState | None:
        """None for a study that was never seen."""
        return self._states.get(study)

    def all(self, *stages: Stage) -> list[StudyState]:
        """Those of these stages, or all; the oldest first."""
        found = (one for one in self._states.values() if not stages or one.stage in stages)
        return sorted(found, key=lambda one: (one.seen, one.study))

    def counts(self) -> dict[str, int]:
        """How many studies there are of each stage."""
        counted = Counter(str(state.stage) for state in self._states.values())
        return {str(stage): counted[str(stage)] for stage in Stage}

    def put(self, state: StudyState, **changes: Any) -> StudyState:
        """Keep a state, with changes; it is on the disk then. Raises `OutputProblem`."""
        new = replace(state, **changes)
        if self._states.get(new.study) != new:
            path = self._folder / file_name(new.study, end=".json")
            write_text(path, json_text(new.record()), durable=True)
            self._states[new.study] = new
        return new


def _read(path: Path) -> StudyState:
    fields = Fields(read_json(path), "")
    try:
        if fields.text("schema") != SCHEMA:
            refuse("schema", "it is none that this version knows")
        endings = fields.object("endings")
        return StudyState(
            fields.text("study"),
            fields.choice("stage", Stage),
            fields.number("seen"),
            fields.number("since"),
            fields.list("objects", as_text),
            fields.integer("told", 0) if fields.has("told") else None,
            MappingProxyType({key: endings.text(key) for key in endings.record}),
            fields.list("reports", as_text),
            fields.integer("attempts", 0),
            fields.number("retry"),
            fields.text("problem"),
            fields.boolean("images"),
        )
    except InvalidDocument as error:
        raise InvalidDocument(
            f"{path}: {error.problem}", "Remove it: the study is looked at again."
        ) from error
