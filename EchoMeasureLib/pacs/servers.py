"""What can be asked of a server, however it is spoken to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from EchoMeasureLib.pacs.queries import InstanceFound, LeftOut, Query, StudyFound, uncounted
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.progress import Monitor, silent

MOST_STUDIES = 10_000
"""Of one query: who has more asks for fewer days."""
MOST_INSTANCES = 20_000
"""Of one study; an echo has a hundred."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a server said of one object that was sent to it."""

    path: Path
    uid: str
    stored: bool
    words: str = ""
    """Why not, or what it warns of."""


class Server(Protocol):
    """A server that is open. Everything raises `ServerProblem`."""

    def studies(self, query: Query, left_out: LeftOut = uncounted) -> list[StudyFound]:
        """The studies that match and can be asked for."""
        ...

    def instances(self, study: str, modality: str) -> list[InstanceFound]:
        """The objects of a study, of the series of this modality; empty for all of them."""
        ...

    def fetch(
        self, wanted: Sequence[InstanceFound], receiver: Receiver, monitor: Monitor = silent
    ) -> Iterator[InstanceFound]:
        """Each of these objects once it has been written.

        Raises `OutputProblem` also, and what the monitor raises.
        """
        ...

    def store(self, paths: Iterable[Path]) -> Iterator[Stored]:
        """What became of each of these files."""
        ...

    def __enter__(self) -> Server: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
