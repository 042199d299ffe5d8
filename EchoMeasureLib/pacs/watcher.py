"""A service that measures new studies of an archive: one round after the other.

A round looks for new studies, fetches those that are complete, measures them, and sends reports
where it was told to. Every step is on the disk before the next, so it may end at any moment.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.batch.journal import Journal
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument, OutputProblem, ServerProblem
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.pacs.disk_bound import DiskBound
from EchoMeasureLib.pacs.fetching import IN_A_ROW, fetch_instances
from EchoMeasureLib.pacs.filling_reviews import Measures, measure_into, review_path
from EchoMeasureLib.pacs.queries import InstanceFound, Query, StudyFound, left_out_words
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.sending import send
from EchoMeasureLib.pacs.servers import Server
from EchoMeasureLib.pacs.study_states import Stage, StudyState, StudyStates
from EchoMeasureLib.pacs.unreviewed_reports import is_reviewed, write_reports
from EchoMeasureLib.pacs.watch_log import WatchLog
from EchoMeasureLib.pacs.watch_settings import WatchSettings
from EchoMeasureLib.progress import Progress

LONGEST_RETRY_S = 6 * 3600.0
LOOKED_AT_AGAIN = (Stage.WAITING, Stage.DONE, Stage.REFUSED)
"""Stages of a study that a server may have got more objects of."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a service works with."""

    source: Callable[[], Server]
    """Opens the server whose studies are measured."""
    target: Callable[[], Server]
    """Opens the one that reports are sent to."""
    measurer: Callable[[], Measures]
    """Loads the networks, when they are first needed."""
    log: WatchLog
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    doing: Callable[[str], None] = lambda words: None
    """Is told what is being done."""


class Watcher:
    """The service."""

    def __init__(self, settings: WatchSettings, most_object: int, tools: Tools) -> None:
        """`most_object`: bytes of one object. Raises as `make_folder` and `StudyStates`."""
        self._settings, self._tools = settings, tools
        self.states = StudyStates(settings.folder / "state")
        self._receiver = Receiver(make_folder(settings.folder / "studies"), most_object)
        self.disk = DiskBound(
            self._receiver,
            self.states,
            settings.most_bytes,
            settings.least_free,
            lambda state: self._tools.log.event("images_removed", state.study),
        )
        self._measurer: Measures | None = None
        self._left_out = 0
        self.put_off = 0
        """Studies that the last round did not get or send, and that are tried again later."""

    def round(self) -> None:
        """Look once, and do all that can be done.

        Raises `ServerProblem` for a server that is away, `OutputProblem` for a disk that is full,
        `WeightsProblem` and `MissingPackage` where nothing can be measured: later it may be.
        """
        self.put_off = 0
        for state in self.states.all(Stage.FETCHED):
            self._measure(state)
        self._tools.doing("looking")
        with self._tools.source() as server:
            without_uid: list[int] = []
            for study in server.studies(self._query(), without_uid.append):
                self._note(study)
            self._note_left_out(sum(without_uid))
            self._fetch_all(server)
        for state in self.states.all(Stage.FETCHED):
            self._measure(state)
        self._tools.doing("sending")
        self._send_all()
        self._tools.doing("")

    def _query(self) -> Query:
        today = datetime.datetime.fromtimestamp(self._tools.clock()).date()
        first = today - datetime.timedelta(days=self._settings.days - 1)
        return Query(first=first, modality=self._settings.modality)

    def _note(self, study: StudyFound) -> None:
        """A study is new, has changed, or is known."""
        known, now = self.states.get(study.uid), self._tools.clock()
        reported = "SR" in study.modalities and not self._settings.with_reports
        stage = Stage.REPORTED if reported else Stage.WAITING
        if known is None:
            self.states.put(StudyState(study.uid, stage, now, now, told=study.instances))
            self._tools.log.event("found", study.uid, stage=str(stage))
        elif known.stage is Stage.WAITING and reported and not known.endings:
            # Scanners send their report last.
            self.states.put(known, stage=Stage.REPORTED)
        elif study.instances != known.told and known.stage in LOOKED_AT_AGAIN:
            self.states.put(known, told=study.instances, stage=Stage.WAITING, since=now)

    def _note_left_out(self, count: int) -> None:
        """Studies without a UID are said once, not in every round."""
        if count > self._left_out:
            self._tools.log.event("left_out", words=left_out_words(count))
        self._left_out = count

    def _fetch_all(self, server: Server) -> None:
        """Fetch what is complete; one study that does not come keeps no other from it."""
        failed = 0
        for state in self.states.all(Stage.WAITING):
            if state.retry > self._tools.clock():
                continue
            try:
                self._fetch(server, state)
                failed = 0
            except ServerProblem as problem:
                failed += 1
                self._later(state.study, problem, "not_fetched")
                if failed >= IN_A_ROW:
                    raise

    def _fetch(self, server: Server, state: StudyState) -> None:
        now, settings = self._tools.clock(), self._settings
        instances = server.instances(state.study, settings.modality)
        objects = tuple(sorted(one.uid for one in instances))
        if objects != state.objects:
            self.states.put(state, objects=objects, since=now)
            return
        if now - state.since < settings.stable_s:
            return
        if not objects:
            self.states.put(state, stage=Stage.REFUSED, problem="It has no ultrasound.")
            return
        if set(objects) <= set(state.endings):
            # What is new in it is nothing to measure, such as our own report.
            there = self.review(state.study).exists()
            stage = Stage.DONE if there else Stage.REFUSED
            self.states.put(state, stage=stage, attempts=0, retry=0.0, problem="")
            return
        self._take(server, state, instances)

    def _take(self, server: Server, state: StudyState, wanted: list[InstanceFound]) -> None:
        def with_room(_: Progress) -> None:
            self.disk.make_room()

        self._tools.doing("fetching")
        try:
            self.disk.make_room()
            done = fetch_instances(server, wanted, self._receiver, with_room)
        except OutputProblem:
            if not self.disk.is_too_large(state):
                raise
            self.disk.remove(state)
            problem = "It is larger than all that may be kept."
            self.states.put(state, stage=Stage.REFUSED, images=False, problem=problem)
            return
        self.states.put(state, stage=Stage.FETCHED, attempts=0, retry=0.0, problem="", images=True)
        self._tools.log.event("fetched", state.study, new=done.new, present=done.present)

    def _measure(self, state: StudyState) -> None:
        """Measure the objects of a study that have not been."""
        self._tools.doing("measuring")
        if self._measurer is None:
            self._measurer = self._tools.measurer()
        study = state.study
        files = {
            uid: self._receiver.file(study, uid)
            for uid in state.objects
            if uid not in state.endings
        }
        journal = Journal(
            self._settings.folder / "journal", self._receiver.study_folder(study).name
        )
        endings = dict(state.endings)
        for uid, ended in measure_into(files, self.review(study), self._measurer, journal):
            endings[uid] = ended.reason or str(ended.ending)
            state = self.states.put(state, endings=dict(endings))
            if ended.ending is Ending.FAILED:
                self._tools.log.event("file_failed", study, words=ended.reason)
        measured = sum(ending == str(Ending.DONE) for ending in endings.values())
        self._tools.log.event("measured", study, files=len(endings), measured=measured)
        self._settle(state)
        journal.remove()

    def _settle(self, state: StudyState) -> None:
        """Which stage follows, once all objects have ended."""
        if not self.review(state.study).exists():
            self.states.put(state, stage=Stage.REFUSED, problem="Nothing in it can be measured.")
            return
        new = Stage.MEASURED if self._settings.send_to else Stage.DONE
        self.states.put(state, stage=new, problem="")

    def _send_all(self) -> None:
        waiting = [
            state for state in self.states.all(Stage.MEASURED) if state.retry <= self._tools.clock()
        ]
        if not waiting or not self._settings.send_to:
            return
        with self._tools.target() as server:
            for state in waiting:
                self._send(server, state)

    def _send(self, server: Server, state: StudyState) -> None:
        path, study = self.review(state.study), state.study
        try:
            if is_reviewed(path):
                self.states.put(state, stage=Stage.DONE)
                self._tools.log.event("left_to_reviewer", study)
                return
            reports = write_reports(path, self._settings.send, state.reports)
            answers = list(send(server, reports))
        except InvalidArgument as nothing:
            self.states.put(state, stage=Stage.DONE, problem=nothing.problem)
            self._tools.log.event("nothing_to_send", study)
            return
        refused = [answer.words for answer in answers if not answer.stored]
        if refused:
            self._later(study, ServerProblem(refused[0]), "not_sent")
            return
        names = (*state.reports, *(report.name for report in reports))
        self.states.put(state, stage=Stage.DONE, reports=names, attempts=0, retry=0.0, problem="")
        self._tools.log.event("sent", study, reports=len(reports))

    def _later(self, study: str, problem: EchoMeasureError, event: str) -> None:
        """It is tried again, each time later."""
        self.put_off += 1
        state = self.states.get(study)
        assert state is not None  # it is being worked on
        wait = min(self._settings.poll_s * 2**state.attempts, LONGEST_RETRY_S)
        retry = self._tools.clock() + wait
        self.states.put(
            state, attempts=min(state.attempts + 1, 30), retry=retry, problem=problem.problem
        )
        self._tools.log.event(event, study, words=problem.problem)

    def review(self, study: str) -> Path:
        """The review of a study, there or not."""
        return review_path(self._receiver.study_folder(study), study)
