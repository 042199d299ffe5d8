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
    marker = b"--" + boundary
    # The first boundary may begin the answer; any other one follows a line break.
    data = _until(b"\r\n" + marker, b"\r\n", stream)
    data = _until(b"\r\n\r\n", data, stream)
    end = b"\r\n" + marker
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


def _until(mark: bytes, data: bytes, stream: Iterator[bytes]) -> bytes:
    """What follows the mark."""
    while (at := data.find(mark)) < 0:
        if len(data) > MOST_HEADER:
            raise ServerProblem("The server answers what is no DICOMweb: a part has no beginning.")
        data += _next(stream)
    return data[at + len(mark) :]


def _next(stream: Iterator[bytes]) -> bytes:
    for block in stream:
        if block:
            return block
    raise ServerProblem(CUT, AGAIN)
