"""MPEG streams by their first bytes: what DICOM stores of a video that is no MP4."""

from __future__ import annotations

HEAD_BYTES = 400

_PACKET, _TIMED_PACKET, _SYNC = 188, 192, 0x47
"""Packets of a transport stream, without and with a time code before each."""

_START = b"\x00\x00\x01"


def mpeg_form(head: bytes) -> str:
    """FFmpeg's name of the MPEG stream that begins with these bytes; empty for another file."""
    if head.startswith(b"\x00\x00\x01\xba"):
        return "mpeg"
    for size, first in ((_PACKET, 0), (_TIMED_PACKET, 4)):
        if len(head) > size + first and head[first] == head[size + first] == _SYNC:
            return "mpegts"
    start = 1 if head.startswith(b"\0" + _START) else 0
    if head[start : start + 3] != _START or len(head) < start + 4:
        return ""
    code = head[start + 3]
    if code == 0xB3:  # sequence header
        return "mpegvideo"
    if code in (0x40, 0x42, 0x46):  # VPS, SPS, access unit delimiter of HEVC
        return "hevc"
    return "h264" if code & 0x9F in (7, 9) else ""
