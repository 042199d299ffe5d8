"""A server of DICOMweb (PS3.18): QIDO-RS, WADO-RS and STOW-RS, through dicomweb-client."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any

import pydicom
import requests
from dicomweb_client import DICOMwebClient

from EchoMeasureLib.errors import ServerProblem, UnreadableFile
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.logins import Login
from EchoMeasureLib.pacs.multipart import boundary_of, only_part
from EchoMeasureLib.pacs.queries import InstanceFound, LeftOut, Query, StudyFound, is_uid, uncounted
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.servers import MOST_INSTANCES, MOST_STUDIES, Stored
from EchoMeasureLib.pacs.web_answers import (
    INSTANCE_UID,
    MODALITY,
    SERIES_UID,
    SOP_CLASS,
    STUDY_UID,
    stored,
    study_of,
    text,
)
from EchoMeasureLib.pacs.web_errors import refusal, web_errors
from EchoMeasureLib.pacs.web_session import Session, blocks_of
from EchoMeasureLib.progress import Monitor, Progress, silent

MOST_SENT = 1 << 31
"""Bytes of what is sent at once."""
PAGE = 500
"""Answers that are asked for at once."""

FIELDS = (
    *("StudyDescription", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"),
    *("PatientID", "PatientName", "AccessionNumber", "StudyDate", "StudyTime"),
)

AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
"""Without the asterisk servers decompress."""


class WebServer:
    """See `Server`."""

    def __init__(self, settings: ServerSettings, login: Login | None) -> None:
        self._settings = settings
        self._session = Session(settings, login)
        with web_errors(settings):
            self._client = DICOMwebClient(settings.url, self._session, permissive_uid=True)
        self._client.set_http_retry_params(retry=False)
        # In one piece, so that its length is known, and with it how long it may take.
        self._client.set_chunk_size(MOST_SENT)

    def studies(self, query: Query, left_out: LeftOut = uncounted) -> list[StudyFound]:
        """See `Server`."""
        asked = {"search_filters": query.keys(), "fields": FIELDS}
        with web_errors(self._settings):
            found = _pages(self._client.search_for_studies, asked, STUDY_UID, MOST_STUDIES)
            studies = [study_of(answer) for answer in found]
        return query.meant(studies, left_out)

    def instances(self, study: str, modality: str) -> list[InstanceFound]:
        """See `Server`."""
        found: list[InstanceFound] = []
        about: dict[str, Any] = {"study_instance_uid": study}
        with web_errors(self._settings):
            search = self._client.search_for_series
            for answer in _pages(search, about, SERIES_UID, MOST_INSTANCES):
                series, kind = text(answer, SERIES_UID), text(answer, MODALITY)
                if modality and kind not in ("", modality):
                    continue
                within = {**about, "series_instance_uid": series}
                search_in = self._client.search_for_instances
                for one in _pages(search_in, within, INSTANCE_UID, MOST_INSTANCES):
                    uid, sop_class = text(one, INSTANCE_UID), text(one, SOP_CLASS)
                    found.append(InstanceFound(study, series, uid, sop_class, kind))
        return found

    def fetch(
        self, wanted: Sequence[InstanceFound], receiver: Receiver, monitor: Monitor = silent
    ) -> Iterator[InstanceFound]:
        """See `Server`."""
        for done, instance in enumerate(wanted):
            monitor(Progress(done, len(wanted), "fetching"))
            with web_errors(self._settings), closing(self._blocks(instance)) as blocks:
                receiver.take(instance, blocks)
            yield instance

    def store(self, paths: Iterable[Path]) -> Iterator[Stored]:
        """See `Server`."""
        for path in paths:
            try:
                with quiet_pydicom():
                    dataset = pydicom.dcmread(path)
            except PARSE_ERRORS as error:
                raise UnreadableFile(f"{path} cannot be read as DICOM.") from error
            with web_errors(self._settings), quiet_pydicom():
                answer = stored(path, str(dataset.SOPInstanceUID), self._post(dataset))
            yield answer

    def __enter__(self) -> WebServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def _blocks(self, instance: InstanceFound) -> Generator[bytes, None, None]:
        """The file as the server has it."""
        url = (
            f"{self._settings.url}/studies/{instance.study}/series/{instance.series}"
            f"/instances/{instance.uid}"
        )
        with web_errors(self._settings):
            answer = self._session.get(url, headers={"Accept": AS_STORED}, stream=True)
            with answer:
                if answer.status_code != HTTPStatus.OK:
                    raise refusal(self._settings, answer.status_code)
                blocks = blocks_of(answer, self._settings.timeout_s)
                kind = answer.headers.get("Content-Type", "")
                boundary = boundary_of(kind)
                if boundary is not None:
                    yield from only_part(boundary, blocks)
                elif kind.startswith("application/dicom") and has_end(answer):
                    # Not as PS3.18 10.4 says, but some servers send the object alone.
                    yield from blocks
                else:
                    raise ServerProblem(
                        f"The server {self._settings.name} sends no DICOM where it was asked for "
                        "an object.",
                        "Check its address in the file of servers.",
                    )

    def _post(self, dataset: pydicom.Dataset) -> pydicom.Dataset:
        """What the server says of it."""
        try:
            return self._client.store_instances([dataset])
        except requests.exceptions.HTTPError as error:
            answer = error.response
            if answer is None or answer.status_code != HTTPStatus.CONFLICT or not answer.content:
                raise
            return pydicom.Dataset.from_json(answer.json())


def _pages(
    search: Callable[..., list[dict[str, Any]]], asked: Mapping[str, Any], key: str, most: int
) -> list[dict[str, Any]]:
    """All answers to a search, each once, as long as further ones bring anything new."""
    found: dict[str, dict[str, Any]] = {}
    received = 0
    while True:
        answers = search(**asked, limit=PAGE, offset=received)
        named = [(_name(answer, key), answer) for answer in answers]
        new = {name: answer for name, answer in named if name not in found}
        found |= new
        received += len(answers)
        if len(found) > most:
            raise ServerProblem(
                f"The server has more than {most} answers.", "Ask for fewer days, or for one study."
            )
        if not new:
            return list(found.values())


def _name(answer: Mapping[str, Any], key: str) -> str:
    """What tells an answer from others: its UID, or all of it where that is none."""
    uid = text(answer, key)
    return uid if is_uid(uid) else repr(answer)


def has_end(answer: requests.Response) -> bool:
    """Whether one can tell that an answer is whole."""
    chunked = answer.headers.get("Transfer-Encoding", "").lower() == "chunked"
    return chunked or "Content-Length" in answer.headers
