"""The child process that runs the networks: `python -m EchoMeasureLib.inference.worker`.

It lives as long as the application needs it, reads requests on standard input and
answers on standard output (see `messages`). Whatever libraries print goes to
standard error. When standard input closes, the parent is gone and the worker ends.
"""

from __future__ import annotations

import faulthandler
import importlib.metadata
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from EchoMeasureLib import __version__
from EchoMeasureLib.errors import (
    EchoMeasureError,
    InvalidArgument,
    MissingPackage,
)
from EchoMeasureLib.inference.events import (
    Event,
    Failed,
    Finished,
    Found,
    Judged,
    NetworkState,
    Stopped,
    WeightsInstalled,
    WeightsListed,
    Working,
    event_message,
)
from EchoMeasureLib.inference.job_images import JobImages, frames_there
from EchoMeasureLib.inference.messages import (
    OUT_OF_MEMORY,
    PROTOCOL,
    MeasureRequest,
    Message,
    from_line,
    read_expected,
    read_request,
    to_line,
)
from EchoMeasureLib.progress import Cancelled, Monitor, Progress

if TYPE_CHECKING:
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.inference.comparing import Comparing
    from EchoMeasureLib.inference.engines import Engine
    from EchoMeasureLib.inference.quality import Judge
    from EchoMeasureLib.inference.quality_findings import Quality
    from EchoMeasureLib.inference.settings import Settings
    from EchoMeasureLib.inference.view_check import ViewCheck
    from EchoMeasureLib.inference.weight_store import Checkpoint


class Worker:
    """Answers one request after another."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        self._waiting: queue.Queue[Message] = queue.Queue()
        self._cancelled: set[int] = set()
        self._images = JobImages()
        self._networks: Comparing | None = None
        self._judging: Judge | None = None
        self._views: ViewCheck | None = None
        self._tried: Engine | None = None

    def run(self) -> None:
        """Answer until the parent says quit or closes the pipe."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            message = self._waiting.get()
            if message.get("type") == "quit":
                return
            self.answer(message)

    def _listen(self) -> None:
        """Read requests while the main thread works, so that a wish to cancel gets through."""
        for line in self._requests:
            self.take(from_line(line))
        os._exit(0)

    def take(self, message: Message) -> None:
        """Take a request in, from any thread: a wish to cancel holds at once, the rest waits."""
        if message.get("type") == "cancel":
            self._cancelled.add(int(message["id"]))
        else:
            self._waiting.put(message)

    def answer(self, message: Message) -> None:
        """Do what a request asks for; every error becomes a reply."""
        id = int(message.get("id", 0))
        try:
            match message.get("type"):
                case "hello":
                    self._send({"id": id, "reply": "hello", **_greeting()})
                case "measure":
                    self._measure(id, read_request(message))
                case "expect":
                    weights, settings, ids, several = read_expected(message)
                    self._networks_for(weights, settings).predictor.expect(ids, several)
                case "weights":
                    self._list_weights(id, message)
                case "prepare":
                    self._prepare(id, message)
                case "try":
                    self._try_engine(id, message)
                case "install":
                    self._install_weights(id, message)
                case other:
                    raise InvalidArgument(f"The worker knows no request '{other}'.")
        except Cancelled:
            self._tell(id, Stopped())
        except EchoMeasureError as error:
            package = error.package if isinstance(error, MissingPackage) else ""
            self._tell(id, Failed(type(error).__name__, error.problem, error.hint, package))
        except MemoryError:
            problem = "The measuring process ran out of memory."
            self._tell(id, Failed("MemoryError", problem, OUT_OF_MEMORY))
        except Exception as error:  # noqa: BLE001 - the outermost edge of this process
            problem = f"The measuring process met an error it does not know: {error!r}."
            hint = "The review is kept. Please report this message."
            self._tell(id, Failed(type(error).__name__, problem, hint))

    def _watch(self, id: int) -> Monitor:
        """A monitor that tells the parent how far it is, and stops when the parent says so."""

        def watch(progress: Progress) -> None:
            if id in self._cancelled:
                raise Cancelled
            self._tell(id, Working(progress))

        return watch

    def _measure(self, id: int, request: MeasureRequest) -> None:
        started = time.monotonic()
        watch = self._watch(id)
        watch(Progress(0, 0, "starting"))
        networks = self._networks_for(request.weights, request.settings)
        views = self._view_check() if request.settings.view_check else None
        try:
            # Beside the file, and its frames.
            networks.predictor.expect(request.measurements, len(request.frames) > 1)
            cine = self._images.open(request)
            asked = cine, request.measurements, frames_there(request)
            if views is not None:
                views.expect(*asked)
            quality = self._judge(cine, request, watch)
            self._tell(id, Judged(quality))
            seen = None if views is None else views.look(*asked, watch)
            count = 0
            run = networks.predictor.predict if request.planned else networks.predict
            found = run(cine, request.measurements, request.frames, watch)
            for prediction in found:
                doubted = quality.doubting(prediction)
                self._tell(id, Found(doubted if seen is None else seen.doubting(doubted)))
                count += 1
        finally:
            networks.predictor.let_go()
            if views is not None:
                views.let_go()
        notes = [*networks.predictor.notes, "" if seen is None else seen.not_checked]
        networks.predictor.notes.clear()
        note = " ".join(note for note in notes if note)
        self._tell(id, Finished(count, time.monotonic() - started, note))

    def _networks_for(self, weights: Path | None, settings: Settings) -> Comparing:
        """Kept from job to job with what is loaded, as long as weights and settings last."""
        from EchoMeasureLib.inference.comparing import Comparing
        from EchoMeasureLib.inference.predicting import Predictor
        from EchoMeasureLib.inference.weight_store import Store

        kept = self._networks
        if kept is None or (kept.predictor.store.folder, kept.predictor.settings) != (
            weights,
            settings,
        ):
            if kept is not None:
                kept.predictor.let_go()
            self._networks = kept = Comparing(Predictor(Store(weights), settings))
        return kept

    def _judge(self, cine: Cine, request: MeasureRequest, watch: Monitor) -> Quality:
        """How good the picture is."""
        from EchoMeasureLib.inference.quality import Judge
        from EchoMeasureLib.inference.weight_store import Store

        if self._judging is None or self._judging.store.folder != request.weights:
            self._judging = Judge(Store(request.weights))
        return self._judging.judge(cine, request.measurements, frames_there(request), watch)

    def _view_check(self) -> ViewCheck:
        """What tells views apart, with what it saw of the last image."""
        from EchoMeasureLib.inference.view_check import ViewCheck

        if self._views is None:
            self._views = ViewCheck()
        return self._views

    def _list_weights(self, id: int, message: Message) -> None:
        """Hashing gigabytes takes a while; the application need not wait for it."""
        from EchoMeasureLib.inference.weight_store import Store

        states = [
            NetworkState(
                state.measurement,
                state.checkpoint.path.name if state.checkpoint else "",
                state.checkpoint.set.value if state.checkpoint else "",
                state.problem,
            )
            for state in Store(message.get("folder")).states()
        ]
        self._tell(id, WeightsListed(tuple(states)))

    def _prepare(self, id: int, message: Message) -> None:
        """What another process wants done that measures: see `preparing`."""
        from EchoMeasureLib.catalog import definition
        from EchoMeasureLib.inference.canvas import canvas_size
        from EchoMeasureLib.inference.openvino_models import network_model

        started, measurement = time.monotonic(), message["measurement"]
        network_model(_checkpoint(message), measurement, canvas_size(definition(measurement)))
        self._tell(id, Finished(0, time.monotonic() - started))

    def _try_engine(self, id: int, message: Message) -> None:
        """The same; always one engine with one network, kept from run to run."""
        from EchoMeasureLib.catalog import definition
        from EchoMeasureLib.inference.canvas import canvas_size
        from EchoMeasureLib.inference.engine_trial import run_noise
        from EchoMeasureLib.inference.engines import make_engine
        from EchoMeasureLib.inference.settings import EngineName, Precision

        measurement = message["measurement"]
        if self._tried is None:
            how = EngineName(message["engine"]), _checkpoint(message), measurement
            self._tried = make_engine(*how, Precision(message["precision"]))
        seconds = run_noise(self._tried, canvas_size(definition(measurement)))
        self._tell(id, Finished(0, seconds))

    def _install_weights(self, id: int, message: Message) -> None:
        from EchoMeasureLib.inference.install import install

        done = install(str(message.get("source")), monitor=self._watch(id))
        self._tell(
            id,
            WeightsInstalled(
                len(done.installed), len(done.present), tuple(done.missing), done.problems
            ),
        )

    def _tell(self, id: int, event: Event) -> None:
        self._send(event_message(id, event))

    def _send(self, message: Message) -> None:
        self._replies.write(to_line(message))
        self._replies.flush()


def _checkpoint(message: Message) -> Checkpoint:
    from EchoMeasureLib.inference.settings import WeightSet
    from EchoMeasureLib.inference.weight_store import Checkpoint

    return Checkpoint(Path(message["file"]), message["sha256"], WeightSet(message["set"]))


def _greeting() -> Message:
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = ""
    return {"protocol": PROTOCOL, "version": __version__, "torch": torch, "pid": os.getpid()}


def main() -> NoReturn:
    """Serve on the real standard input and output."""
    faulthandler.enable()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Libraries print: let them, but not into the protocol.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker(sys.stdin.buffer, replies).run()
    sys.stderr.flush()
    # The listening thread still holds standard input, which an orderly exit would wait for.
    os._exit(0)


if __name__ == "__main__":
    main()
