"""Workers that do only what a test tells them, behind the real client.

`ScriptedWorker` stands where the measuring process stands and is released step by step:
what it says, when, and how it ends are facts of the test. `PromptChild` is the real worker
in this process: it has answered as soon as it is asked.
"""

from __future__ import annotations

import io
from collections import deque

from EchoMeasureLib.inference.child import Child
from EchoMeasureLib.inference.events import Event, event_message
from EchoMeasureLib.inference.messages import Message, from_line, to_line
from EchoMeasureLib.inference.worker import Worker


class ScriptedChild:
    """One worker's life: the requests that it was sent, and what it says when it is told to."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.exit_code: int | None = None
        self.last_words = ""
        self.requests: list[Message] = []
        self._lines: deque[bytes | None] = deque()

    @property
    def killed(self) -> bool:
        return self.exit_code in (-9, 137)

    def send(self, request: Message) -> None:
        if self.exit_code is None:
            # Through the pipe, so that what JSON cannot carry is no request.
            self.requests.append(from_line(to_line(request)))

    def next_line(self) -> bytes | None:
        return self._lines.popleft() if self._lines else b""

    def end(self) -> None:
        if self.exit_code is None:
            self.exit_code = -15

    def say(self, id: int, event: Event) -> None:
        self._lines.append(to_line(event_message(id, event)))

    def die(self, exit_code: int, last_words: str) -> None:
        self.exit_code, self.last_words = exit_code, last_words
        self._lines.append(None)


class ScriptedWorker:
    """Give its `start` to a `WorkerClient`; then tell it what to say."""

    def __init__(self) -> None:
        self.children: list[ScriptedChild] = []

    def start(self) -> Child:
        self.children.append(ScriptedChild(pid=1000 + len(self.children)))
        return self.children[-1]

    @property
    def child(self) -> ScriptedChild:
        """The worker that was started last."""
        return self.children[-1]

    @property
    def asked(self) -> list[str]:
        """The kinds of the requests that it has been sent, in order."""
        return [str(request["type"]) for request in self.child.requests]

    @property
    def job(self) -> int:
        """Id of the job that it was given last."""
        return next(int(r["id"]) for r in reversed(self.child.requests) if r["type"] != "cancel")

    def say(self, *events: Event, job: int | None = None) -> None:
        """Tell of the present job, or of another one."""
        for event in events:
            self.child.say(self.job if job is None else job, event)

    def die(self, exit_code: int = -9, last_words: str = "") -> None:
        """End by itself: of SIGKILL, or as said."""
        self.child.die(exit_code, last_words)


class PromptChild(ScriptedChild):
    """The real worker, which has answered before `send` returns; to cancel is always too late."""

    def __init__(self, pid: int = 1) -> None:
        super().__init__(pid)
        self._replies = io.BytesIO()
        self._worker = Worker(io.BytesIO(), self._replies)

    def send(self, request: Message) -> None:
        super().send(request)
        if request["type"] != "cancel":
            self._worker.answer(self.requests[-1])
            self._lines.extend(self._replies.getvalue().splitlines(keepends=True))
            self._replies.seek(0)
            self._replies.truncate()
