"""A measurement in steps: which frames a worker runs next follows from what it has found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from EchoMeasureLib.inference.events import LAST, Finished, Found, Judged, Stopped, Working
from EchoMeasureLib.progress import Progress

if TYPE_CHECKING:
    from EchoMeasureLib.inference.events import Event
    from EchoMeasureLib.inference.messages import MeasureRequest
    from EchoMeasureLib.inference.worker_client import WorkerClient
    from EchoMeasureLib.measuring.coarse_to_fine import Ask, FramePlan


MORE_LOOKS = 12
"""After a step has begun, a millisecond each."""


@dataclass(slots=True)
class _Run:
    plan: FramePlan
    request: MeasureRequest
    done: int = 0
    """Predictions of the steps before."""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    judged: bool = False
    cancelled: bool = False


class PlannedRun:
    """Gives a worker one step after the other, and tells of them as of one job."""

    def __init__(self, client: WorkerClient) -> None:
        self._client = client
        self._run: _Run | None = None
        self._ended: FramePlan | None = None
        self._steps = 0

    def start(self, plan: FramePlan, request: MeasureRequest) -> None:
        """Begin with the first step. `request` says all but the measurements and frames.

        Raises `InvalidState` while the worker is busy.
        """
        self.stop()
        ask = plan.next()
        if ask is not None:
            self._client.measure(_step(request, ask))
            self._run = _Run(plan, request)

    def stop(self) -> None:
        """Let no step follow, and know of none."""
        self._run = self._ended = None

    @property
    def ended(self) -> FramePlan | None:
        """The plan of a run that came to its end and was neither cancelled nor failed."""
        return self._ended

    def cancel(self) -> None:
        """Stop what the worker does. A step that ends meanwhile is the last."""
        if self._run is not None:
            self._run.cancelled = True
        self._client.cancel()

    def poll(self) -> list[Event]:
        """What has happened since the last time; a step that ends gives way to the next.

        That one is waited for a little: where everything was found before, nobody has to wait for
        the next look.
        """
        told: list[Event] = []
        looks = 1
        while looks > 0:
            asked = self._steps
            told += [one for event in self._client.poll() for one in self._told(event)]
            looks = MORE_LOOKS if asked != self._steps else looks - 1
        return told

    def _told(self, event: Event) -> Iterator[Event]:
        run = self._run
        if run is None:
            yield event
            return
        match event:
            case Judged():
                if not run.judged:
                    yield event
                run.judged = True
            case Working(progress):
                done = run.done + progress.done
                total = max(done, run.plan.expected)
                yield Working(Progress(done, total if progress.total else 0, progress.stage))
            case Found(prediction):
                run.plan.take(prediction)
                yield event
            case Finished():
                yield from self._next(run, event)
            case _:
                if isinstance(event, LAST):
                    self._run = None
                yield event

    def _next(self, run: _Run, step: Finished) -> Iterator[Event]:
        if run.cancelled:
            self._run = None
            yield Stopped()
            return
        run.done, run.seconds = run.done + step.count, run.seconds + step.seconds
        run.notes = tuple(dict.fromkeys((*run.notes, *([step.note] if step.note else []))))
        ask = run.plan.next()
        if ask is not None:
            self._client.measure(_step(run.request, ask))
            self._steps += 1
            return
        self._run, self._ended = None, run.plan
        yield Finished(run.done, run.seconds, " ".join(run.notes))


def _step(request: MeasureRequest, ask: Ask) -> MeasureRequest:
    return replace(request, measurements=ask.measurements, frames=ask.frames, planned=True)
