"""A server of DIMSE (PS3.7): C-FIND, C-GET, C-MOVE, C-STORE in the study root, by pynetdicom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import build_role, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from EchoMeasureLib.errors import EchoMeasureError, OutputProblem, ServerProblem
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.pacs.associations import MOST_ANSWER, Guard, association, lost
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.contexts import (
    FIND,
    FIND_MODEL,
    GET,
    GET_MODEL,
    MOVE,
    MOVE_MODEL,
    fetch_groups,
    store_contexts,
)
from EchoMeasureLib.pacs.dimse_answers import failed_words, field_text, study_of
from EchoMeasureLib.pacs.moved_objects import objects_taken
from EchoMeasureLib.pacs.queries import InstanceFound, LeftOut, Query, StudyFound, uncounted
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.servers import MOST_INSTANCES, MOST_STUDIES, Stored
from EchoMeasureLib.pacs.statuses import SUCCESS, is_stored, store_words
from EchoMeasureLib.progress import Monitor, Progress, silent

PENDING = (0xFF00, 0xFF01)
"""More answers come (PS3.4 C.4.1.1.4)."""
NO_DISK, NOT_UNDERSTOOD = 0xA700, 0xC000

STUDY_KEYS = (
    *("StudyInstanceUID", "StudyDate", "StudyTime", "ModalitiesInStudy", "StudyDescription"),
    *("PatientID", "PatientName", "AccessionNumber", "NumberOfStudyRelatedInstances"),
)


class DimseServer:
    """See `Server`. Every call is an association of its own."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings

    def studies(self, query: Query, left_out: LeftOut = uncounted) -> list[StudyFound]:
        """See `Server`."""
        with association(self._settings, [FIND]) as (made, guard):
            answers = self._find(made, guard, "STUDY", STUDY_KEYS, query.keys(), MOST_STUDIES)
        studies = [study_of(answer) for answer in answers]
        return query.meant(studies, left_out)

    def instances(self, study: str, modality: str) -> list[InstanceFound]:
        """See `Server`."""
        found: dict[str, InstanceFound] = {}
        about = {"StudyInstanceUID": study}
        with association(self._settings, [FIND]) as (made, guard):
            keys = ("SeriesInstanceUID", "Modality")
            for one in self._find(made, guard, "SERIES", keys, about, MOST_INSTANCES):
                series, kind = (field_text(one, key) for key in keys)
                if modality and kind not in ("", modality):
                    continue
                wanted = ("SOPInstanceUID", "SOPClassUID")
                within = {**about, "SeriesInstanceUID": series}
                for answer in self._find(made, guard, "IMAGE", wanted, within, MOST_INSTANCES):
                    uid, sop_class = (field_text(answer, key) for key in wanted)
                    found[uid] = InstanceFound(study, series, uid, sop_class, kind)
        return [*found.values()]

    def fetch(
        self, wanted: Sequence[InstanceFound], receiver: Receiver, monitor: Monitor = silent
    ) -> Iterator[InstanceFound]:
        """See `Server`."""
        done = 0
        for instances, contexts, classes in fetch_groups(wanted):
            incoming = _Incoming(receiver)
            with self._fetching(contexts, classes, incoming) as (made, guard):
                for instance in instances:
                    monitor(Progress(done, len(wanted), "fetching"))
                    self._get(made, guard, instance, incoming)
                    done += 1
                    yield instance

    def store(self, paths: Iterable[Path]) -> Iterator[Stored]:
        """See `Server`."""
        files = [*paths]
        with association(self._settings, store_contexts(files)) as (made, guard):
            for path in files:
                yield self._stored(made, guard, path)

    def __enter__(self) -> DimseServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    @contextmanager
    def _fetching(
        self, contexts: Sequence[PresentationContext], classes: Sequence[str], incoming: _Incoming
    ) -> Iterator[tuple[Association, Guard]]:
        """Objects come over the same association (C-GET), or over one that the server makes."""
        if self._settings.listen_port:
            with (
                association(self._settings, [MOVE]) as (made, guard),
                objects_taken(self._settings, contexts, incoming.store, guard),
            ):
                yield made, guard
            return
        roles = [build_role(sop_class, scp_role=True) for sop_class in classes]
        handlers = [(evt.EVT_C_STORE, incoming.store)]
        with association(self._settings, [GET, *contexts], roles, handlers) as both:
            yield both

    def _stored(self, made: Association, guard: Guard, path: Path) -> Stored:
        """What became of a file."""
        guard.expect(MOST_ANSWER, path.stat().st_size)
        with quiet_pydicom():
            dataset = pydicom.dcmread(path)
            uid = str(dataset.SOPInstanceUID)
            try:
                answer = made.send_c_store(dataset)
            except ValueError:
                return Stored(path, uid, False, "it does not take objects of this kind")
            except RuntimeError as error:
                raise lost(self._settings, guard) from error
        if "Status" not in answer:
            raise lost(self._settings, guard)
        status = int(answer.Status)
        return Stored(path, uid, is_stored(status), store_words(status))

    def _find(
        self,
        made: Association,
        guard: Guard,
        level: str,
        keys: Iterable[str],
        wanted: dict[str, str],
        most: int,
    ) -> list[Dataset]:
        """What the server answers at this level; `wanted` are the values to match."""
        asked = Dataset()
        asked.SpecificCharacterSet, asked.QueryRetrieveLevel = "ISO_IR 192", level
        for key in dict.fromkeys((*keys, *wanted)):
            setattr(asked, key, wanted.get(key, ""))
        guard.expect(MOST_ANSWER)
        found: list[Dataset] = []
        try:
            # pynetdicom holds a lock until its answers are closed, and meanwhile aborts nothing.
            asking: Any = made.send_c_find(asked, FIND_MODEL)
            with quiet_pydicom(), closing(asking) as answers:
                for status, answer in answers:
                    if "Status" not in status:
                        raise lost(self._settings, guard)
                    if status.Status not in PENDING:
                        if status.Status != SUCCESS:
                            raise self._refused(int(status.Status))
                        continue
                    if answer is None:
                        raise ServerProblem(
                            f"An answer of the server {self._settings.name} cannot be read.",
                            "Ask for fewer days, or tell who looks after it.",
                        )
                    found.append(answer)
                    if len(found) > most:
                        raise ServerProblem(
                            f"The server has more than {most} answers.",
                            "Ask for fewer days, or for one study.",
                        )
        except (ValueError, RuntimeError) as error:
            if isinstance(error, EchoMeasureError):
                raise
            raise self._not_offered("find") from error
        return found

    def _get(
        self, made: Association, guard: Guard, instance: InstanceFound, incoming: _Incoming
    ) -> None:
        asked = Dataset()
        asked.QueryRetrieveLevel = "IMAGE"
        asked.StudyInstanceUID, asked.SeriesInstanceUID = instance.study, instance.series
        asked.SOPInstanceUID = instance.uid
        incoming.expect(instance)
        guard.expect(incoming.receiver.most_bytes)
        last, moves = Dataset(), bool(self._settings.listen_port)
        try:
            answers: Any = (
                made.send_c_move(asked, self._settings.calling_aet, MOVE_MODEL)
                if moves
                else made.send_c_get(asked, GET_MODEL)
            )
            for status, _ in answers:
                last = status
        except (ValueError, RuntimeError) as error:
            if not made.is_established:
                raise lost(self._settings, guard) from error
            raise self._not_offered("move" if moves else "get") from error
        if incoming.error is not None:
            raise incoming.error
        if incoming.came:
            return
        if "Status" not in last:
            raise lost(self._settings, guard)
        raise self._refused(int(last.Status))

    def _refused(self, status: int) -> ServerProblem:
        return ServerProblem(
            f"The server {self._settings.name} gives nothing: {failed_words(status)}.",
            "Ask who looks after it whether it allows that to us.",
        )

    def _not_offered(self, what: str) -> ServerProblem:
        return ServerProblem(
            f"The server {self._settings.name} does not offer C-{what.upper()}.",
            "Ask who looks after it, use DICOMweb if it has that, or C-MOVE (listen_port) where "
            "C-GET is missing.",
        )


class _Incoming:
    """Takes what a server sends in answer to C-GET or C-MOVE, one object at a time."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.error: EchoMeasureError | None = None
        self.came = False
        self._wanted: InstanceFound | None = None

    def expect(self, instance: InstanceFound) -> None:
        self._wanted, self.error, self.came = instance, None, False

    def store(self, event: evt.Event) -> int:
        """Handler of `EVT_C_STORE`; what goes wrong is kept for the one who asked."""
        wanted = self._wanted
        if wanted is None:
            return NOT_UNDERSTOOD
        try:
            self.receiver.take(wanted, [event.encoded_dataset()])
        except EchoMeasureError as error:
            self.error = error
            return NO_DISK if isinstance(error, OutputProblem) else NOT_UNDERSTOOD
        except PARSE_ERRORS as error:
            self.error = ServerProblem("The server sends what is no DICOM object.")
            self.error.__cause__ = error
            return NOT_UNDERSTOOD
        self.came = True
        return SUCCESS
