"""A real DIMSE server on the loopback (pynetdicom's), which can also do wrong on purpose."""

from __future__ import annotations

import io
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pydicom
from archived_files import Archive
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, evt
from waiting import DEADLINE_S

FIND, MOVE, GET = (f"1.2.840.10008.5.1.4.1.2.2.{end}" for end in (1, 2, 3))
CLASSES = tuple(f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("3.1", "6.1", "88.33", "88.72"))
"""Cines, stills, and reports of both kinds."""
TITLE, OUR_TITLE = "ARCHIVE", "ECHOMEASURE"


class DimseService:
    """A server with an archive. Its settings are read at every request."""

    def __init__(self, context: ssl.SSLContext | None = None, classes: Any = None) -> None:
        self.reset()
        entity = AE(ae_title=TITLE)
        entity.require_called_aet = True
        entity.require_calling_aet = [OUR_TITLE]
        for sop_class in (FIND, MOVE, GET):
            entity.add_supported_context(sop_class)
        for sop_class in CLASSES if classes is None else classes:
            entity.add_supported_context(
                sop_class, ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True
            )
        entity.network_timeout = DEADLINE_S
        handlers: list[Any] = [
            (evt.EVT_C_FIND, self._find),
            (evt.EVT_C_GET, self._get),
            (evt.EVT_C_MOVE, self._move),
            (evt.EVT_C_STORE, self._store),
        ]
        self._server: Any = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=context
        )

    def reset(self) -> None:
        """As it was in the beginning."""
        self.archive = Archive()
        self.fault = ""
        self.status = 0x0000
        """What C-STORE is answered with."""
        self.fetched: list[str] = []
        self.known_port = 0
        """Where it brings what is moved to us; 0 for nowhere."""
        self.brought_with: dict[str, Any] = {}
        """How it asks us for the association, beside the contexts."""
        self.go_on = threading.Event()
        """What a silent server waits for."""
        self.silence: Callable[[], None] = lambda: None
        """Called when it falls silent."""

    @property
    def port(self) -> int:
        """Where it listens."""
        found: int = self._server.server_address[1]
        return found

    @contextmanager
    def running(self) -> Iterator[DimseService]:
        """It answers from the beginning; at the end it is closed."""
        try:
            yield self
        finally:
            self.go_on.set()
            self._server.shutdown()

    def _be_silent(self) -> None:
        self.silence()
        self.go_on.wait()

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        if self.fault == "refuses to find":
            yield 0xA700, None
            return
        if self.fault == "silent":
            self._be_silent()
        asked = event.identifier
        wanted = {
            element.keyword: str(element.value)
            for element in asked
            if element.keyword not in ("QueryRetrieveLevel", "SpecificCharacterSet")
            and element.value
        }
        for header in self.archive.find(asked.QueryRetrieveLevel, wanted):
            answer = Dataset()
            answer.SpecificCharacterSet = "ISO_IR 192"
            for element in asked:
                if element.keyword in header:
                    setattr(answer, element.keyword, header[element.keyword].value)
            yield 0xFF00, answer
        if self.fault == "bad uid":
            answer = Dataset()
            with disable_value_validation():
                answer.StudyInstanceUID, answer.SeriesInstanceUID = "1.2.x", "1.2"
            yield 0xFF00, answer

    def _get(self, event: evt.Event) -> Iterator[Any]:
        uid = str(event.identifier.SOPInstanceUID)
        self.fetched.append(uid)
        if self.fault == "refuses to give":
            yield 1
            yield 0xA702, None
            return
        if self.fault == "breaks off":
            event.assoc.abort()
            return
        if self.fault == "silent":
            self._be_silent()
        files = self.archive.files
        if self.fault == "another object":
            uid = next(other for other in files if other != uid)
        if self.fault == "has it no more" or uid not in files:
            yield 0
            return
        yield 1
        yield 0xFF00, pydicom.dcmread(io.BytesIO(files[uid]))

    def _move(self, event: evt.Event) -> Iterator[Any]:
        if event.move_destination != OUR_TITLE or not self.known_port:
            yield None, None
            return
        contexts = [build_context(name, ALL_TRANSFER_SYNTAXES[:1]) for name in CLASSES]
        kinds = {(h.SOPClassUID, h.file_meta.TransferSyntaxUID) for h in self.archive.headers()}
        contexts += [build_context(name, [syntax]) for name, syntax in sorted(kinds)]
        yield "127.0.0.1", self.known_port, {"contexts": contexts, **self.brought_with}
        yield from self._get(event)

    def _store(self, event: evt.Event) -> int:
        if self.status in (0x0000, 0xB000):
            self.archive.put(event.encoded_dataset())
        return self.status
