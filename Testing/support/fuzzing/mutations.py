"""Damage done to a file, by a number: the same number does the same damage again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from fuzzing.seeds import Seed

Random = np.random.Generator

_EDGES = (0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 32768, 40000, 65535)
_LARGE_EDGES = (*_EDGES, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_WORDS = (b"1e308", b"nan", b"inf", b"-1", b"0", b"99999", b"1e-9", b"\\", b"\xff", b"x")


_JPEG = b"1.2.840.10008.1.2.4."
_KINDS = (
    (b"RGB", b"YBR_FULL", b"YBR_FULL_422", b"YBR_RCT", b"YBR_ICT", b"MONOCHROME1", b"MONOCHROME2"),
    (b"MONOCHROME2", b"PALETTE COLOR", b"RGB", b"YBR_PARTIAL_420", b"HSV"),
    (
        *(_JPEG + number for number in (b"50", b"57", b"70", b"80", b"90", b"201", b"110", b"102")),
        *(b"1.2.840.10008.1.2.5", b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.2"),
        *(b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1.98", b"1.2.840.10008.1.2.1.99"),
    ),
    (b"1.2.840.10008.5.1.4.1.1.3.1", b"1.2.840.10008.5.1.4.1.1.6.1", b"1.2.840.10008.5.1.4.1.1.7"),
)


def mutant(seeds: Mapping[str, Seed], name: str, number: int) -> bytes:
    """The file `name`, damaged in the way of `number`; 0 is the sound file."""
    data = seeds[name].data
    if number == 0:
        return data
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    for _ in range(int(rng.choice((1, 1, 1, 2, 3)))):
        change = _CHANGES[int(rng.integers(len(_CHANGES)))]
        data = change(data, rng, seeds) or data
    return data


def _place(data: bytes, rng: Random) -> int:
    """Anywhere, but every second time in the first part, where headers are."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 1200)
    return int(rng.integers(end)) if end else 0


def _put(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def _bytes(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    for _ in range(int(rng.integers(1, 9))):
        data = _put(data, _place(data, rng), bytes((int(rng.integers(256)),)))
    return data


def _bit(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    place = _place(data, rng)
    return _put(data, place, bytes((data[place] ^ 1 << int(rng.integers(8)),))) if data else data


def _number(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    order = "<" if rng.random() < 0.6 else ">"
    if rng.random() < 0.5:
        value = struct.pack(f"{order}H", int(rng.choice(_EDGES)))
    else:
        value = struct.pack(f"{order}L", int(rng.choice(_LARGE_EDGES)))
    return _put(data, _place(data, rng) & ~1, value)


def _element(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    """The value of a DICOM element; its VR or length now and then."""
    places = _elements(data)
    if not places:
        return _number(data, rng, seeds)
    head, start, length = places[int(rng.integers(len(places)))]
    what = rng.random()
    if what < 0.1:
        return _put(data, head + 4, bytes(rng.choice(list(b"USFDSLOBWIQNT"), 2).tolist()))
    if what < 0.2:
        return _put(data, head + 6, struct.pack("<H", int(rng.choice(_EDGES))))
    if what < 0.3:  # gone
        return data[:head] + data[start + length :]
    if what < 0.4:  # twice
        return data[: start + length] + data[head:]
    if what < 0.7 and length >= 2:
        value = struct.pack("<H", int(rng.choice(_EDGES)))
        return _put(data, start + 2 * int(rng.integers(length // 2)), value)
    word = _WORDS[int(rng.integers(len(_WORDS)))]
    return _put(data, start, word[:length].ljust(min(length, 16), b" "))


def _elements(data: bytes) -> list[tuple[int, int, int]]:
    """Tag, value and length of the explicit little endian elements outside sequences."""
    found: list[tuple[int, int, int]] = []
    place = 132 if data[128:132] == b"DICM" else 0
    while place + 12 <= len(data):
        vr = data[place + 4 : place + 6]
        if not vr.isalpha() or not vr.isupper():
            break
        if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
            (length,) = struct.unpack_from("<L", data, place + 8)
            start = place + 12
        else:
            (length,) = struct.unpack_from("<H", data, place + 6)
            start = place + 8
        if vr == b"SQ":  # look into it
            found.append((place, start, 0))
            inner = data.find(b"\xfe\xff\x00\xe0", start)
            place = inner + 8 if inner == start else start
            continue
        if start + length > len(data):
            break
        found.append((place, start, length))
        place = start + length
    return found


def _retag(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    """Another photometric interpretation, transfer syntax or class, of any length."""
    words = _KINDS[int(rng.integers(len(_KINDS)))]
    places = [(data.find(word), word) for word in words if data.find(word) >= 2]
    if not places:
        return _element(data, rng, seeds)
    place, _ = places[int(rng.integers(len(places)))]
    new = words[int(rng.integers(len(words)))]
    (length,) = struct.unpack_from("<H", data, place - 2)
    padded = new + (b"\0" if new.startswith(b"1.") else b" ") * (len(new) % 2)
    return data[: place - 2] + struct.pack("<H", len(padded)) + padded + data[place + length :]


def _cut(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    return data[: _place(data, rng)]


def _lose(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    place = _place(data, rng)
    return data[:place] + data[place + int(rng.choice((1, 2, 4, 8, 64, 500))) :]


def _repeat(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    place, size = _place(data, rng), int(rng.choice((1, 2, 4, 8, 64, 500)))
    return data[: place + size] + data[place:]


def _insert(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    place = _place(data, rng)
    fresh = rng.integers(0, 256, int(rng.integers(1, 20)), np.uint8).tobytes()
    return data[:place] + fresh + data[place:]


def _blank(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    place, fill = _place(data, rng), bytes((int(rng.choice((0, 255))),))
    size = min(int(rng.choice((4, 16, 100))), len(data) - place)
    return _put(data, place, fill * size)


def _splice(data: bytes, rng: Random, seeds: Mapping[str, Seed]) -> bytes:
    names = sorted(seeds)
    other = seeds[names[int(rng.integers(len(names)))]].data
    return data[: _place(data, rng)] + other[_place(other, rng) :]


_CHANGES: tuple[Callable[[bytes, Random, Mapping[str, Seed]], bytes], ...] = (
    *(_bytes, _bit, _number, _number, _element, _element, _element, _retag),
    *(_cut, _lose, _repeat, _insert, _blank, _splice),
)
