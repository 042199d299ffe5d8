"""A small real DICOMweb service on the loopback, which can also do everything wrong on purpose.

QIDO-RS, WADO-RS of one object and STOW-RS, as far as a client needs them. A fault is named before
it is wanted; those that are met by fetching an object are in `FETCHING`.
"""

from __future__ import annotations

import base64
import io
import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pydicom
from archived_files import Archive
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence

BOUNDARY = "a-boundary-of-this-service"
FETCHING = (
    "another object",
    "cut part",
    "cut length",
    "two parts",
    "no end",
    "no dicom",
    "no multipart",
    "status 500",
    "status 503",
)


class DicomWebService:
    """A service with an archive. Its settings are read at every request."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.reset()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "http"
        if context is not None:
            self._scheme = "https"
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def reset(self) -> None:
        """As it was in the beginning."""
        self.archive = Archive()
        self.fault = ""
        self.faults_left = 1_000_000
        self.login: tuple[str, str] | None = None
        self.token = ""
        self.failure: int | None = None
        """What STOW-RS gives as FailureReason."""
        self.warning: int | None = None
        self.more_studies: list[dict[str, Any]] = []
        """What it also answers to a search for studies."""
        self.fetched: list[str] = []
        """SOP Instance UIDs in the order in which they were asked for."""
        self.asked: list[str] = []
        """Paths with their queries."""
        self.hosts: set[str] = set()
        """What the host was called."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/dicom-web"

    @contextmanager
    def running(self) -> Iterator[DicomWebService]:
        """Inside, it answers."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def take_fault(self) -> str:
        """The fault of this request."""
        if not self.fault or self.faults_left <= 0:
            return ""
        self.faults_left -= 1
        return self.fault


def _handler(service: DicomWebService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            service.asked.append(self.path)
            if not self._known():
                return
            parts = urlsplit(self.path)
            path = unquote(parts.path).removeprefix("/dicom-web")
            if service.fault == "elsewhere":
                self._send(302, b"", {"Location": "http://192.0.2.1/"})
            elif match := re.fullmatch(r"/studies/([^/]+)/series/([^/]+)/instances/([^/]+)", path):
                self._object(match[3])
            else:
                self._search(path, dict(parse_qsl(parts.query)))

        def do_POST(self) -> None:
            service.asked.append(self.path)
            content = self._body()
            if self._known():
                self._store(content)

        def _known(self) -> bool:
            service.hosts.add(self.headers.get("Host", ""))
            given = self.headers.get("Authorization", "")
            wanted = ""
            if service.login is not None:
                pair = ":".join(service.login).encode("utf-8")
                wanted = f"Basic {base64.b64encode(pair).decode('ascii')}"
            if service.token:
                wanted = f"Bearer {service.token}"
            if wanted and given != wanted:
                self._send(401, b"")
                return False
            return True

        def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _json(self, status: int, value: Any) -> None:
            content = json.dumps(value).encode("utf-8")
            self._send(status, content, {"Content-Type": "application/dicom+json; charset=utf-8"})

        def _search(self, path: str, query: dict[str, str]) -> None:
            if service.fault == "no json":
                self._send(200, b"<html>welcome", {"Content-Type": "text/html"})
                return
            if service.fault == "no end of answers":
                self._endless(b'{"a": "b"}, ', "application/dicom+json", b"[")
                return
            found = re.fullmatch(r"/studies(/([^/]+)/series(/([^/]+)/instances)?)?", path)
            if found is None:
                self._send(404, b"")
                return
            level = "IMAGE" if found[3] else "SERIES" if found[1] else "STUDY"
            about = {"StudyInstanceUID": found[2] or "", "SeriesInstanceUID": found[4] or ""}
            ours = {key: value for key, value in query.items() if key[0].isupper()}
            offset = 0 if service.fault == "no offset" else int(query.get("offset", 0))
            headers = service.archive.find(level, {**ours, **about})
            page = headers[offset : offset + int(query.get("limit", 1000))]
            answers = [_plain(header).to_json_dict() for header in page]
            if level == "STUDY" and not offset:
                answers += service.more_studies
            self._json(200, answers)

        def _object(self, uid: str) -> None:
            service.fetched.append(uid)
            fault = service.take_fault()
            files = service.archive.files
            if uid not in files:
                self._send(404, b"")
                return
            content = files[uid]
            if fault.startswith("status"):
                self._send(int(fault.split()[1]), b"Patient^Name is here")
                return
            if fault == "another object":
                content = next(other for key, other in files.items() if key != uid)
            if fault == "no dicom":
                content = b"no DICOM at all"
            if fault == "the object alone":
                self._send(200, content, {"Content-Type": "application/dicom"})
                return
            if fault == "no multipart":
                self._send(200, content, {"Content-Type": "text/plain"})
                return
            head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
            kind = f'multipart/related; type="application/dicom"; boundary="{BOUNDARY}"'
            if fault == "no end":
                self._endless(b"\0" * 65536, kind, head)
                return
            end = f"\r\n--{BOUNDARY}--\r\n".encode()
            if fault == "two parts":
                end = b"\r\n" + head + content + end
            body = head + content + end
            if fault == "cut part":
                body = body[: len(body) // 2]
            if fault == "cut length":
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            self._send(200, body, {"Content-Type": kind})

        def _endless(self, piece: bytes, kind: str, head: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            chunk = piece * (1 + 65536 // len(piece))
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(head), head))
                while True:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            except OSError:
                self.close_connection = True

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def _store(self, content: bytes) -> None:
            boundary = re.search(r'boundary="?([^";]+)', self.headers["Content-Type"])
            assert boundary is not None
            parts = content.split(b"--" + boundary[1].encode())[1:-1]
            answer = Dataset()
            answer.ReferencedSOPSequence = DicomSequence()
            answer.FailedSOPSequence = DicomSequence()
            for part in parts:
                file = part.partition(b"\r\n\r\n")[2][: -len(b"\r\n")]
                item, header = Dataset(), Dataset()
                if service.failure is not None:
                    header = pydicom.dcmread(io.BytesIO(file), stop_before_pixels=True)
                    item.FailureReason = service.failure
                    answer.FailedSOPSequence.append(item)
                else:
                    header = service.archive.put(file)
                    if service.warning is not None:
                        item.WarningReason = service.warning
                    answer.ReferencedSOPSequence.append(item)
                item.ReferencedSOPClassUID = header.SOPClassUID
                item.ReferencedSOPInstanceUID = header.SOPInstanceUID
            status = 409 if service.failure is not None else 202 if service.warning else 200
            silent = service.fault == "says nothing"
            self._json(status, {} if silent else answer.to_json_dict())

    return Handler


def _plain(header: Dataset) -> Dataset:
    """What QIDO-RS tells of it."""
    keywords = (
        *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Modality"),
        *("StudyDate", "StudyTime", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"),
        *("PatientID", "PatientName", "AccessionNumber", "StudyDescription"),
    )
    found = Dataset()
    for keyword in keywords:
        if keyword in header:
            setattr(found, keyword, header[keyword].value)
    return found
