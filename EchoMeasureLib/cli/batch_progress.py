"""How far a batch has come: a line for people, or lines for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from EchoMeasureLib.batch.batch_run import Tally, Watch
from EchoMeasureLib.choices import Choice
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.texts import json_line

JSON_EVERY_S, WORDS_EVERY_S = 1.0, 60.0
"""Between two lines, unless the stage changes."""

STAGES = {
    "looking": "Looking at the files",
    "measuring": "Measuring",
    "writing": "Writing the tables",
    "finished": "Finished",
}


class ProgressKind(Choice):
    """How progress is shown on standard error."""

    AUTO = "auto"
    """A bar on a terminal, else a line a minute."""
    JSON = "json"
    """A JSON object a second."""
    NONE = "none"


@contextmanager
def batch_progress(kind: ProgressKind) -> Iterator[Watch]:
    """What shows the steps of a batch."""
    if kind is ProgressKind.NONE:
        yield lambda tally: None
    elif kind is ProgressKind.JSON:
        yield _Lines(JSON_EVERY_S, lambda tally: say(json_line(tally_record(tally)).rstrip()))
    elif sys.stderr is None or not sys.stderr.isatty():
        yield _Lines(WORDS_EVERY_S, lambda tally: say(words(tally)))
    else:
        with _bar() as watch:
            yield watch


def tally_record(tally: Tally) -> dict[str, str | int | float | None]:
    """The progress as JSON; times in seconds."""
    return {
        "stage": tally.stage,
        "files": tally.files,
        "ended": tally.ended,
        "done": tally.done,
        "refused": tally.refused,
        "failed": tally.failed,
        "seconds": round(tally.seconds, 1),
        "files_per_s": None if tally.rate is None else round(tally.rate, 3),
        "left_s": None if tally.left_s is None else round(tally.left_s, 1),
    }


def words(tally: Tally) -> str:
    """The same for people, on one line."""
    if tally.stage == "looking":
        return f"{STAGES['looking']}: {tally.files}"
    text = f"{STAGES[tally.stage]}: {tally.ended} of {tally.files} files"
    if tally.rate is not None:
        text += f", {tally.rate:.1f}/s"
    if tally.stage == "measuring" and tally.left_s is not None:
        text += f", {time_words(tally.left_s)} left"
    return f"{text}, {tally.refused} refused, {tally.failed} failed"


def time_words(seconds: float) -> str:
    """Such as "35 s", "12 min" or "3 h 05 min"."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{round(seconds)} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


class _Lines:
    """Writes a line now and then, and whenever the stage changes."""

    def __init__(self, every_s: float, write: Watch) -> None:
        self._every_s, self._write = every_s, write
        self._stage, self._at = "", 0.0

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if tally.stage != self._stage or now - self._at >= self._every_s:
            self._stage, self._at = tally.stage, now
            self._write(tally)


@contextmanager
def _bar() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[more]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None, more="")

        def show(tally: Tally) -> None:
            looking = tally.stage == "looking"
            rate = "" if tally.rate is None else f"{tally.rate:.1f}/s"
            left = "" if tally.left_s is None else f"{time_words(tally.left_s)} left"
            counts = f"{tally.refused} refused, {tally.failed} failed"
            bar.update(
                task,
                description=STAGES[tally.stage],
                completed=tally.files if looking else tally.ended,
                total=None if looking else tally.files,
                more="" if looking else ", ".join(part for part in (rate, left, counts) if part),
            )

        yield show
