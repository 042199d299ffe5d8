"""What a server says of an object that it was sent (PS3.4 B.2.3, PS3.7 Annex C, PS3.18 10.5)."""

from __future__ import annotations

SUCCESS = 0x0000

_EXACT = {
    0x0110: "it could not process the object",
    0x0117: "it says that the object is none",
    0x0122: "it does not take objects of this kind",
    0x0124: "we may not store there",
    0x0211: "it does not know the operation",
    0xA703: "its disk or memory is full",
    0xB000: "it changed data elements",
    0xB006: "it left data elements out",
    0xB007: "it says that the data do not fit the kind of object",
}
_KINDS = {
    0xA7: "its disk or memory is full",
    0xA9: "it says that the data do not fit the kind of object",
    0xB0: "it stored the object with a warning",
    0xC0: "it does not understand the object",
}
_CLASS = 0xF000


def is_stored(status: int) -> bool:
    """Whether the object is there: success, or a warning."""
    return status in (SUCCESS, 0x0001, 0x0107, 0x0116) or status & _CLASS == 0xB000


def store_words(status: int) -> str:
    """What a status means, such as "its disk or memory is full (status A700)"; empty for success.

    >>> store_words(0xA700), store_words(0)
    ('its disk or memory is full (status A700)', '')
    """
    if status == SUCCESS:
        return ""
    words = _EXACT.get(status) or _KINDS.get(status >> 8)
    if words is None:
        words = _KINDS[0xC0] if status & _CLASS == 0xC000 else "it gives no reason that is known"
    return f"{words} (status {status:04X})"
