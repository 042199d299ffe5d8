"""The one part of a multipart/related answer (RFC 2387), read as it comes and never held whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import Message

from EchoMeasureLib.errors import ServerProblem

MOST_HEADER = 16 << 10
"""Bytes before a part and of its header lines."""

CUT = "The server's answer ends in the middle."
AGAIN = "Run the command again: it goes on where it stopped."


def boundary_of(content_type: str) -> bytes | None:
    """What separates the parts; None for an answer of another type.

    >>> boundary_of('multipart/related; type="application/dicom"; boundary="a b"')
    b'a b'
    """
    message = Message()
    message["Content-Type"] = content_type
    if message.get_content_type() != "multipart/related":
        return None
    return str(message.get_param("boundary") or "").encode("ascii", "replace") or None


def only_part(boundary: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of the part. Raises `ServerProblem` where there is none, or not its end."""
    stream = iter(blocks)
    # The first boundary may begin the answer; any other one follows a line break.
    _, data = _split(b"\n--" + boundary, b"\n", stream)
    line, data = _split(b"\n", data, stream)
    # RFC 2046 wants CR LF; some servers write LF alone, then everywhere.
    new_line = b"\r\n" if line.endswith(b"\r") else b"\n"
    _, data = _split(new_line * 2, new_line + data, stream)
    end = new_line + b"--" + boundary
    while (at := data.find(end)) < 0:
        # A boundary may begin in this block and end in the next one.
        safe = max(0, len(data) - len(end))
        if safe:
            yield data[:safe]
        data = data[safe:] + _next(stream)
    if at:
        yield data[:at]
    rest = data[at + len(end) :]
    while len(rest) < len(b"--"):
        rest += _next(stream)
    if not rest.startswith(b"--"):
        raise ServerProblem("The server sends several objects where it was asked for one.")


def _split(mark: bytes, data: bytes, stream: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What lies before the mark, and what follows it."""
    while (at := data.find(mark)) < 0:
        if len(data) > MOST_HEADER:
            raise ServerProblem("The server answers what is no DICOMweb: a part has no beginning.")
        data += _next(stream)
    return data[:at], data[at + len(mark) :]


def _next(stream: Iterator[bytes]) -> bytes:
    for block in stream:
        if block:
            return block
    raise ServerProblem(CUT, AGAIN)
