"""Names and shapes of a pickled state dict, without unpickling it.

A pickle is a program. Here its instructions are read one by one, and the few that build a
state dict are followed on plain values; nothing is imported or called, whatever it asks for.
What is nested so deep that others would run out of stack, or has more instructions than any
state dict, is refused, so that torch can be given the file afterwards.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MOST_STEPS = 300_000
"""Instructions; a compact network has six thousand, a DeepLabV3 with its training's state
seventy thousand."""
MOST_DEPTH = 40
"""Of what lies inside one another; a state dict of torch has six."""

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys under which trainings keep the state dict beside their own state."""

ORDERED_DICT = ("collections", "OrderedDict")
TENSOR = ("torch._utils", "_rebuild_tensor_v2")
PARAMETER = ("torch._utils", "_rebuild_parameter")


class PickleProblem(Exception):
    """Why this is no state dict, in words that follow "it"."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A tensor, of which only its size is known."""

    size: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """What the pickle would import."""

    place: tuple[str, str]


@dataclass(slots=True, eq=False)
class _Items:
    """A tuple, list or dict: its items, keys and values in turn, and how deep they go."""

    kind: type
    items: list[Any] = field(default_factory=list)
    depth: int = 1

    def add(self, items: list[Any]) -> None:
        inside = [item.depth for item in items if isinstance(item, _Items)]
        self.depth = max(self.depth, 1 + max(inside, default=0))
        if self.depth > MOST_DEPTH:
            raise PickleProblem("is nested without end")
        self.items += items


_MARK = object()
_STORED = object()
"""The numbers of a tensor, which lie elsewhere in the archive."""


def state_shapes(pickled: bytes) -> dict[str, Shape]:
    """Shape by name. Raises `PickleProblem`."""
    machine = _Machine()
    try:
        found = machine.run(pickled)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise PickleProblem("cannot be read") from error
    state = _as_dict(found)
    for wrapper in WRAPPERS:
        inner = state.get(wrapper)
        if isinstance(inner, _Items) and inner.kind is dict:
            state = _as_dict(inner)
            break
    if not state or not all(isinstance(value, Shape) for value in state.values()):
        raise PickleProblem("holds something else than a plain state dict")
    return {str(key): value for key, value in state.items()}


def _as_dict(value: Any) -> dict[Any, Any]:
    if not isinstance(value, _Items) or value.kind is not dict:
        raise PickleProblem("holds something else than a plain state dict")
    return dict(zip(value.items[::2], value.items[1::2], strict=True))


class _Machine:
    """The stack and the memory of a pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def run(self, pickled: bytes) -> Any:
        for step, (code, value, _) in enumerate(pickletools.genops(pickled)):
            if step >= MOST_STEPS:
                raise PickleProblem("has more parts than any network")
            if code.name == "STOP":
                return self.stack.pop()
            self.do(code.name, value)
        raise ValueError("no end")

    def do(self, name: str, value: Any) -> None:
        if name in _VALUES:
            self.stack.append(value)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memory[value] = self.stack[-1]
        elif name == "MEMOIZE":
            self.memory[len(self.memory)] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            self.stack.append(self.memory[value])
        elif name == "GLOBAL":
            self.name(*value.split(" ", 1))
        elif name == "STACK_GLOBAL":
            *_, module, attribute = self.top(2)
            self.name(module, attribute)
        elif name in _ACTIONS:
            _ACTIONS[name](self)
        elif name not in ("PROTO", "FRAME"):
            raise PickleProblem(f"wants more than weights have a need for ({name})")

    def name(self, module: str, attribute: str) -> None:
        place = (module, attribute)
        storage = module == "torch" and attribute.endswith("Storage")
        if place not in (ORDERED_DICT, TENSOR, PARAMETER) and not storage:
            wanted = f"{module}.{attribute}"[:80]
            raise PickleProblem(f"wants to run {wanted}, which weights have no need for")
        self.stack.append(_Name(place))

    def top(self, count: int) -> list[Any]:
        """The last so many values, taken off the stack."""
        if count > len(self.stack):
            raise ValueError("empty stack")
        found = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return found

    def marked(self) -> list[Any]:
        """What lies above the last mark, taken off with it."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise ValueError("no mark")
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found

    def build(self, kind: type, items: list[Any]) -> None:
        made = _Items(kind)
        made.add(items)
        self.stack.append(made)

    def put_in(self, kind: type, items: list[Any]) -> None:
        box = self.stack[-1]
        if not isinstance(box, _Items) or box.kind is not kind:
            raise ValueError("no place for items")
        if kind is dict and not all(isinstance(key, (str, int)) for key in items[::2]):
            raise PickleProblem("holds something else than a plain state dict")
        box.add(items)

    def call(self) -> None:
        """The three calls that make a state dict: an empty dict, a tensor, a parameter."""
        function, arguments = self.top(2)
        if not isinstance(function, _Name) or arguments.kind is not tuple:
            raise ValueError("no call")
        given = arguments.items
        if function.place == ORDERED_DICT and not given:
            self.build(dict, [])
        elif function.place == TENSOR:
            size = given[2]
            if size.kind is not tuple or not all(type(n) is int for n in size.items):
                raise ValueError("no size")
            self.stack.append(Shape(tuple(size.items)))
        elif function.place == PARAMETER:
            self.stack.append(given[0])
        else:
            raise ValueError("no call")

    def keep(self) -> None:
        """Notes that torch makes on a dict, such as versions of layers: not needed."""
        box, _ = self.top(2)
        if not isinstance(box, _Items):
            raise ValueError("no place for notes")
        self.stack.append(box)

    def stored(self) -> None:
        self.top(1)
        self.stack.append(_STORED)


_VALUES = frozenset(
    (
        *("BININT", "BININT1", "BININT2", "INT", "LONG1", "LONG4", "BINFLOAT", "FLOAT"),
        *("BINUNICODE", "SHORT_BINUNICODE", "UNICODE", "BINSTRING", "SHORT_BINSTRING"),
    )
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "MARK": lambda: _MARK,
    "EMPTY_TUPLE": lambda: _Items(tuple),
    "EMPTY_LIST": lambda: _Items(list),
    "EMPTY_DICT": lambda: _Items(dict),
}
_ACTIONS: dict[str, Callable[[_Machine], None]] = {
    "TUPLE": lambda machine: machine.build(tuple, machine.marked()),
    "TUPLE1": lambda machine: machine.build(tuple, machine.top(1)),
    "TUPLE2": lambda machine: machine.build(tuple, machine.top(2)),
    "TUPLE3": lambda machine: machine.build(tuple, machine.top(3)),
    "APPEND": lambda machine: machine.put_in(list, machine.top(1)),
    "APPENDS": lambda machine: machine.put_in(list, machine.marked()),
    "SETITEM": lambda machine: machine.put_in(dict, machine.top(2)),
    "SETITEMS": lambda machine: machine.put_in(dict, machine.marked()),
    "REDUCE": _Machine.call,
    "BUILD": _Machine.keep,
    "BINPERSID": _Machine.stored,
}
