"""The command in surroundings that a number chooses: streams, limits, names, files, signals."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from command_line import COMMAND, surroundings
from ultrasound_files import region, write_ultrasound
from waiting import DEADLINE_S

NAMES = (
    *("plain", "\x1b[31mred", "\x9b2J", "new\nline", "\u202egnp", "=1+1", "-dash", " ", "\udcff"),
    *("a" * 200, "\u65e5\u672c", "quote'\"", "$(true)", "~nouser", "[red]", "%s{}"),
)
ENCODINGS = ("utf-8", "ascii", "cp1252", "utf-16", "latin-1")
SIGNALLED_FROM = 100
"""Below, nothing depends on the moment."""
SIGNALS = (None, None, None, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

_KNOWN = {0, 1, 2, 3, 4, 5, 130, 128 + signal.SIGTERM, 128 + signal.SIGHUP}


def try_command(number: int, folder: Path) -> str:
    """Run the command as this number says. Raises `AssertionError` for what must not be."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rng = random.Random(number)
    words = _words(rng, folder)
    environment = _environment(rng, folder)
    process = subprocess.Popen(
        ["bash", "-c", _line(rng), "bash", *COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    sent = rng.choice(SIGNALS) if number >= SIGNALLED_FROM else None
    if sent is not None:
        _signal_later(process, sent, rng.random() * 2)
    out, err = process.communicate(timeout=DEADLINE_S)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    _check(process.returncode, sent, words, out, err, folder, encoding)
    return f"code {process.returncode}: {' '.join(words)!a}"


def _words(rng: random.Random, folder: Path) -> list[str]:
    name = folder / rng.choice(NAMES)
    rng.choice(_FILES)(name)
    words = rng.choice(
        (
            ["info", str(name)],
            ["info", str(name), "--json"],
            ["value", str(name), "-m", "lvid", "--points", "9,9", "40,40", "--json"],
            ["value", str(name), "-m", rng.choice(NAMES), "--points", "1,1"],
            ["measure", str(name), "-m", "trvmax", "--out", str(folder / rng.choice(NAMES))],
            ["beats", str(name), "--json"],
            ["derive", str(name), str(name), "--sex", "F", "--json"],
            ["review", "init", str(name), "--out", str(folder / rng.choice(NAMES))],
            ["review", "show", str(name), "--json"],
            ["review", "accept", str(name), "--all-unflagged", "--reviewer", rng.choice(NAMES)],
            ["weights", "list", "--weights", str(name), "--json"],
            ["weights", "list"],
            ["weights", "install", str(name), "--to", str(folder / "home")],
            ["phantom", str(folder / rng.choice(NAMES)), "-m", "trvmax", "--json"],
            ["train", "--manifest", str(name), "--out", str(folder / "a.ckpt")],
            [rng.choice(NAMES)],
            ["--help"],
        )
    )
    if rng.random() < 0.1:
        words.insert(rng.randrange(len(words) + 1), rng.choice(NAMES))
    return words


def _image(path: Path) -> None:
    beside = path.parent / "image.dcm"
    write_ultrasound(beside, regions=[region((0, 0, 500, 500), (0.02, 0.02))])
    beside.rename(path)


_FILES: tuple[Callable[[Path], object], ...] = (
    *(_image, _image, _image, Path.mkdir),
    os.mkfifo,
    lambda path: path.symlink_to("/dev/zero"),
    lambda path: path.symlink_to("nowhere"),
    lambda path: path.symlink_to(path),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_text('{"a": 1}'),
    lambda path: None,
)


def _line(rng: random.Random) -> str:
    """The command with its streams, on a disk without room or with hardly any files at a time."""
    streams = ("", "", "", ">&-", "2>&-", ">/dev/full", "2>/dev/full", "<&-", ">&- 2>&-")
    limits = (*[""] * 12, "ulimit -f 0; ", "ulimit -f 0; ", "ulimit -n 40; ")
    command = '"$@" | head -c 9' if rng.random() < 0.1 else f'exec "$@" {rng.choice(streams)}'
    return rng.choice(limits) + command


def _environment(rng: random.Random, folder: Path) -> dict[str, str]:
    changes: dict[str, str | None] = {"ECHOMEASURE_DATA": str(folder / "data")}
    if rng.random() < 0.5:
        changes["PYTHONIOENCODING"] = rng.choice(ENCODINGS)
    if rng.random() < 0.3:
        changes |= {"HOME": None, "XDG_DATA_HOME": None, "ECHOMEASURE_DATA": None}
    if rng.random() < 0.2:
        changes["ECHOMEASURE_WEIGHTS"] = str(folder / rng.choice(NAMES))
    if rng.random() < 0.2:
        changes["TERM"] = rng.choice(("dumb", "", "xterm-256color"))
    return surroundings(**changes)


def _signal_later(process: subprocess.Popen[bytes], number: signal.Signals, seconds: float) -> None:
    """Whenever it comes: while Python starts, while it works, or after its end."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _check(
    code: int,
    sent: signal.Signals | None,
    words: list[str],
    out: bytes,
    err: bytes,
    folder: Path,
    encoding: str,
) -> None:
    if sent is not None and code != 128 + sent:
        return  # it came before the command looks after signals, or after its end
    if code not in _KNOWN:
        raise AssertionError(f"code {code}: {words!a} {err[-300:]!a}")
    if b"Traceback" in err + out:
        raise AssertionError(f"a traceback: {words!a} {err[-300:]!a}")
    for stream in (out, err):
        text = stream.decode(encoding, "replace").replace("\n", "").removeprefix("\ufeff")
        if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in text):
            raise AssertionError(f"a terminal would obey: {words!a} {stream[-300:]!a}")
    if "--json" in words and code == 0 and len(out) > 9:
        json.loads(out.decode("utf-8"))
    left = [path.name for path in folder.rglob(".part-*")]
    if left:
        raise AssertionError(f"left behind: {left} by {words!a}")
