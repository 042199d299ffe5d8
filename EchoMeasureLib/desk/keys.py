"""The keys of the review, the same in every skin: what each does, by the name of the action."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "A": "accept",
        "R": "reject",
        "N": "next",
        "Shift+N": "previous",
        "Shift+A": "accept_together",
        "U": "undo",
        "B": "next_beat",
        "X": "toggle_beat",
        "W": "snap",
        "Space": "unfold",
        "D": "mark_ed",
        "S": "mark_es",
        "Left": "frame_back",
        "Right": "frame_on",
    }
)
"""As Qt writes them."""
