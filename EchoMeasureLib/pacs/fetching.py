"""A study from a server into a folder: what is there already is not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.errors import OutputProblem, ServerProblem
from EchoMeasureLib.pacs.queries import InstanceFound
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.servers import Server
from EchoMeasureLib.progress import Monitor, Progress, silent

IN_A_ROW = 2
"""Studies that do not come, one after the other, before a server is left alone."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies in the folder of a study now."""

    study: str
    folder: Path
    new: int
    """Objects that came now."""
    present: int
    """Objects that were there."""

    @property
    def instances(self) -> int:
        """All of them."""
        return self.new + self.present


def fetch_study(
    server: Server, study: str, receiver: Receiver, modality: str, monitor: Monitor = silent
) -> Fetched:
    """Fetch what the server has of a study, of series of this modality (empty for all).

    After an error what has come stays, whole files only, and the next call goes on from there.
    Raises `ServerProblem`, also where the server has none of it; `OutputProblem` where it cannot
    be written; and what the monitor raises.
    """
    instances = server.instances(study, modality)
    if not instances:
        what = f"no series of modality {modality}" if modality else "nothing"
        raise ServerProblem(
            f"The server has {what} in the study {study}.", "Look with `echomeasure pacs find`."
        )
    return fetch_instances(server, instances, receiver, monitor)


def fetch_instances(
    server: Server, instances: list[InstanceFound], receiver: Receiver, monitor: Monitor = silent
) -> Fetched:
    """The same for objects of one study that the server has listed. Raises as `fetch_study`."""
    missing = [one for one in instances if not receiver.has(one)]
    present = len(instances) - len(missing)
    study = instances[0].study

    def counted(progress: Progress) -> None:
        monitor(Progress(present + progress.done, len(instances), progress.stage))

    came = sum(1 for _ in server.fetch(missing, receiver, counted))
    absent = [one for one in missing if not receiver.path(one).is_file()]
    if absent:
        raise OutputProblem(
            f"{len(absent)} objects of the study {study} are gone from {receiver.folder}.",
            "Another program has removed them; fetch again.",
        )
    return Fetched(study, receiver.study_folder(study), came, present)


def fetch_studies(
    server: Server,
    studies: list[str],
    receiver: Receiver,
    modality: str,
    not_fetched: Callable[[str, ServerProblem], None],
    monitor: Monitor = silent,
) -> Iterator[Fetched]:
    """Each of these studies once it is there.

    A study that does not come keeps no other from it: `not_fetched` is told its UID and why.
    Raises as `fetch_study`; `ServerProblem` only where several in a row do not come.
    """
    failed = 0
    for number, study in enumerate(studies, start=1):

        def named(progress: Progress, number: int = number) -> None:
            stage = f"study {number} of {len(studies)}"
            monitor(Progress(progress.done, progress.total, stage))

        try:
            fetched = fetch_study(server, study, receiver, modality, named)
        except ServerProblem as problem:
            failed += 1
            if failed >= IN_A_ROW or len(studies) == 1:
                raise
            not_fetched(study, problem)
        else:
            failed = 0
            yield fetched
