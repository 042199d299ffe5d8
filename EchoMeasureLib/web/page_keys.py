"""The keys that only the page has, and what all of them do, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PAGE_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "P": "play",
        "M": "take_end",
        "C": "go_place",
        "I": "go_images",
        "E": "go_export",
        "L": "go_light",
        "+": "larger",
        "-": "smaller",
        "0": "fit",
        "?": "help",
    }
)
"""Beside those of the desk (`desk.keys`)."""

HELP: tuple[tuple[str, str], ...] = (
    ("N, Shift+N", "next, previous answer that needs eyes"),
    ("A", "accept the answer with the beats that count, and go on"),
    ("R", "reject it; the note is the reason"),
    ("U", "undo"),
    ("Shift+A", "accept all of this image that nothing speaks against"),
    ("Space", "fold or unfold the beats"),
    ("B", "next beat"),
    ("X", "this beat counts, or not"),
    ("D, S", "the frame shown is end-diastole, end-systole of its beat; again takes it back"),
    ("W", "the points go to the peaks of their waves; again puts them back"),
    ("left, right", "frame before, frame after"),
    ("P", "play, pause"),
    ("M", "take hold of an end of the selected caliper; Tab is the other end"),
    ("C", "choose what to place by hand"),
    ("arrows, Shift+arrows", "move an end or the cross-hair by one pixel, by ten"),
    ("Insert, Shift+Enter", "a traced wave gets one more point after the one that is held"),
    ("Delete", "the point of a traced wave that is held, or under the mouse, goes away"),
    ("double click", "on the edge of a traced wave: one more point; on a point: take hold of it"),
    ("Enter", "set the point; keep what was moved"),
    ("Esc", "take back the point, or what was moved; then leave off"),
    ("+, -, 0", "larger, smaller, the whole image"),
    ("Shift+arrows", "move the picture while nothing is placed"),
    ("L", "brightness and contrast"),
    ("I", "images"),
    ("E", "report and export"),
    ("?", "these keys"),
)
"""As the page lists them; those of the desk in the words of Docs/slicer.md."""
