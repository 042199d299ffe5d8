"""Names that tell patients and images apart, and whose they are only to who has the key.

HMAC-SHA-256 (RFC 2104) with a key that the site keeps: without it nobody can try UIDs or patient
IDs, of which there are few enough to try all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.opening import open_file

FEWEST_BYTES, MOST_BYTES = 16, 4096
"""Of a key that is long enough, and of a file that can be one."""

DIGITS = 16
"""Hexadecimal ones of a pseudonym: two of a million images share one with a chance of 3e-8."""


@dataclass(frozen=True, slots=True)
class Key:
    """The secret of a site."""

    secret: bytes = field(repr=False)

    def pseudonym(self, kind: str, value: str) -> str:
        """What `value` is called; of another `kind`, such as "patient", it is called otherwise.

        >>> Key(b"a key of this page").pseudonym("patient", "4711")
        'de7c2d296688d8d4'
        """
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:DIGITS]


def usual_key_file() -> Path:
    """Where the key of a site lies when none is named. Raises `InvalidState` without a home."""
    return data_folder() / "site.key"


def read_key(path: Path) -> Key:
    """The key in a file. Raises `UnreadableFile`, and `InvalidArgument` for one too short."""
    try:
        with open_file(path) as file:
            secret = file.read(MOST_BYTES + 1).strip()
    except OSError as error:
        raise UnreadableFile(
            f"The key {path} cannot be opened ({error.strerror or error}).",
            "Name the one that the pseudonyms were made with (--key-file).",
        ) from error
    if not FEWEST_BYTES <= len(secret) <= MOST_BYTES:
        raise InvalidArgument(
            f"{path} holds no key: it has {len(secret)} bytes, and one has {FEWEST_BYTES} to "
            f"{MOST_BYTES}.",
            "Name a file that is not there yet, and one is made.",
        )
    return Key(secret)


def make_key(path: Path) -> Key:
    """A new key in a new file that only its owner may read, there whole or not at all.

    Raises `OutputProblem` where that cannot be written, or is there already.
    """
    text = secrets.token_hex(32)
    with written_whole(path, durable=True, only_new=True) as beside:
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
    return Key(text.encode("ascii"))
