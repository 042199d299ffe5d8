"""Damage done to a JSON document, by a number: the same number does the same damage again."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 1.9, -0.0, 1e-300, 1e15, 1e16, 1e300, 10**17, 10**30),
    *("", " ", "false", "1", "lvid", "nan", "\ud83d", "\x00", "A\u030a", "x" * 20_000, "../../x"),
    *([], {}, [[]], [None], {"": ""}, [0, 0], [1.5, "a"], [[0, 0], [0, 0]]),
)
"""What may stand where something else is wanted."""

WORDS = (
    b"1e400",
    b"NaN",
    b"-Infinity",
    b"9" * 5000,
    b"[" * 200,
    b'"\\ud83d"',
    b"\xff",
    b"\0",
    b"{",
)

Parent = Any
"""A list or an object of the document."""


def mutant(text: str, number: int) -> bytes:
    """The document in this text, damaged in the way of `number`; 0 is the sound one."""
    if number == 0:
        return text.encode()
    rng = random.Random(number)
    if rng.random() < 0.25:
        return spoiled(text.encode(), rng)
    document = copy.deepcopy(json.loads(text))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        parent, key = rng.choice(_places(document))
        rng.choice(_CHANGES)(parent, key, rng)
    written = json.dumps(document, indent=rng.choice((None, 1)))
    return _twice(written, rng).encode() if rng.random() < 0.1 else written.encode()


def _places(document: Any) -> list[tuple[Parent, Any]]:
    """Every value of the document, as what holds it and where."""
    found: list[tuple[Parent, Any]] = []
    waiting = [document]
    while waiting:
        parent = waiting.pop()
        for key in list(parent) if isinstance(parent, dict) else range(len(parent)):
            found.append((parent, key))
            if isinstance(parent[key], (dict, list)):
                waiting.append(parent[key])
    return found


def _replace(parent: Parent, key: Any, rng: random.Random) -> None:
    parent[key] = copy.deepcopy(rng.choice(VALUES))


def _nudge(parent: Parent, key: Any, rng: random.Random) -> None:
    """A value of the right kind that may be wrong here."""
    value = parent[key]
    if isinstance(value, bool) or value is None:
        parent[key] = not value
    elif isinstance(value, (int, float)):
        parent[key] = rng.choice((value + 1, -value, value * 1000, value / 2, int(value), 0))
    elif isinstance(value, str):
        parent[key] = rng.choice((value + "x", value[:-1], value.upper(), value[::-1], value * 2))
    elif isinstance(value, list) and value:
        rng.shuffle(value)
    else:
        _replace(parent, key, rng)


def _drop(parent: Parent, key: Any, rng: random.Random) -> None:
    del parent[key]


def _repeat(parent: Parent, key: Any, rng: random.Random) -> None:
    if isinstance(parent, list):
        parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
    else:
        parent[f"{key}{rng.choice(('', 'x', '2'))}"] = copy.deepcopy(parent[key])


def _move(parent: Parent, key: Any, rng: random.Random) -> None:
    """Another part of the same parent in its place."""
    keys = list(parent) if isinstance(parent, dict) else range(len(parent))
    parent[key] = copy.deepcopy(parent[rng.choice(list(keys))])


def _bury(parent: Parent, key: Any, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2, 40))):
        parent[key] = [parent[key]] if rng.random() < 0.5 else {"": parent[key]}


_CHANGES: tuple[Callable[[Parent, Any, random.Random], None], ...] = (
    *(_replace, _replace, _replace, _nudge, _nudge, _drop, _repeat, _move, _bury),
)


def _twice(text: str, rng: random.Random) -> str:
    """A key once more, with another value."""
    at = rng.choice([place for place, letter in enumerate(text) if letter == "{"])
    key = rng.choice(("id", "schema", "frame", "x", "reviewer", "layers", "key"))
    before, after = text[: at + 1], text[at + 1 :]
    comma = "" if after.startswith("}") else ", "
    return f'{before}"{key}": 1, "{key}": 2{comma}{after}'


def spoiled(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, lost, put in, or cut off."""
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(data) + 1)
        size = rng.choice((0, 1, 1, 2, 20, 300))
        fresh = rng.choice((b"", rng.randbytes(rng.choice((1, 1, 4))), rng.choice(WORDS)))
        data = data[:at] + fresh + data[at + size :]
    return data[: rng.randrange(len(data))] if data and rng.random() < 0.15 else data
