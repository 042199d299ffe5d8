"""A session of HTTP whose answers are bounded, in bytes and in time, and which stays where it is.

dicomweb-client reads answers of any size and waits for them without an end. What it asks goes
through this session, which gives up after a while, follows nobody to another server, takes no
proxy or login from its surroundings, and writes wildcards as all servers read them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.inference.bounded_waiting import in_time
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.logins import Login
from EchoMeasureLib.pacs.web_errors import refusal

BLOCK_BYTES = 1 << 18
"""Read in one step, within the time that a server may be silent."""
MOST_ANSWER = 64 << 20
"""Bytes of an answer that is no object: ten thousand studies have twenty million."""
SLOWEST = 16 << 10
"""Bytes per second that what is sent goes at, at least."""


class Session(requests.Session):
    """One server, one login."""

    def __init__(self, server: ServerSettings, login: Login | None) -> None:
        super().__init__()
        self._server, self._seconds = server, server.timeout_s
        self.trust_env = False
        self.verify = str(server.ca_file) if server.ca_file else True
        if server.certificate:
            own = str(server.certificate)
            self.cert = (own, str(server.key)) if server.key else own
        if login is not None and login.user:
            pair = base64.b64encode(f"{login.user}:{login.secret}".encode()).decode("ascii")
            self.headers["Authorization"] = f"Basic {pair}"
        elif login is not None:
            self.headers["Authorization"] = f"Bearer {login.secret}"
        # What is sent to a server is answered in JSON, and nothing is compressed once more.
        self.headers.update({"Accept": "application/dicom+json", "Accept-Encoding": "identity"})

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Raises what requests raises, and `ServerProblem`; `TimeoutError` for a slow one."""
        streamed = bool(options.get("stream"))
        request.url = with_plain_wildcards(request.url or "")
        # dicomweb-client names the host without its port.
        request.headers.pop("Host", None)
        options |= {"stream": True, "allow_redirects": False, "timeout": self._seconds}
        size = int(request.headers.get("Content-Length") or 0)
        answer = in_time(
            lambda: super(Session, self).send(request, **options),
            self._seconds + size / SLOWEST,
            lambda late: late.close(),
        )
        if answer.is_redirect:
            answer.close()
            raise refusal(self._server, answer.status_code)
        if not streamed:
            _read(answer, self._seconds)
        return answer


def blocks_of(answer: requests.Response, seconds: float) -> Iterator[bytes]:
    """What the answer holds, block by block. Raises `TimeoutError` and what requests raises."""
    stream = answer.iter_content(BLOCK_BYTES)
    while block := in_time(lambda: next(stream, b""), seconds, lambda _: answer.close()):
        yield block


def with_plain_wildcards(url: str) -> str:
    """The address with * in its query as itself, and ? for what can only be sent in per cent.

    Orthanc 1.10 does not decode queries: %2A finds nothing. What ? finds beside is taken out of
    the answer (`queries`).

    >>> with_plain_wildcards("http://a/studies?PatientID=P%2A%5E1%2F2+3&limit=9")
    'http://a/studies?PatientID=P*?1/2?3&limit=9'
    """
    parts = urlsplit(url)
    plain = parts.query.replace("%2A", "*").replace("%2F", "/").replace("%2C", ",")
    plain = re.sub(r"(?:%[0-9A-F]{2})+|\+", _unknown, plain)
    return urlunsplit(parts._replace(query=plain))


def _unknown(found: re.Match[str]) -> str:
    """A ? for each character that is written in per cent."""
    text = found[0]
    if text == "+":
        return "?"
    return "?" * len(bytes.fromhex(text.replace("%", "")).decode("utf-8", "replace"))


def _read(answer: requests.Response, seconds: float) -> None:
    """Take the whole answer, as requests does where nothing is streamed."""
    content = bytearray()
    with answer:
        for block in blocks_of(answer, seconds):
            content += block
            if len(content) > MOST_ANSWER:
                raise ServerProblem(
                    "The server's answer has no end.", "Ask for fewer days, or for one study."
                )
    answer._content = bytes(content)
    answer._content_consumed = True
    # dicomweb-client knows the type alone.
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind:
        answer.headers["Content-Type"] = kind
