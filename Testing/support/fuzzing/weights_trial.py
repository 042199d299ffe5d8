"""Checkpoints and archives of weights, damaged by a number, through everything that reads them."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from document_mutants import mutant, spoiled

from EchoMeasureLib.definitions import Network
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.install import install
from EchoMeasureLib.inference.networks import load_network
from EchoMeasureLib.inference.weight_store import Store

FORBIDDEN = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "pickle.find_class")
"""What a file must not bring about (events of PEP 578)."""

CONTENT = {"lvid": bytes(range(256)) * 40, "ivs": b"septum" * 500}
TABLE = {
    id: Network(f"2D_models/{id}_weights.ckpt", hashlib.sha256(data).hexdigest(), len(data), (0, 1))
    for id, data in CONTENT.items()
}

seen: list[str] = []


def watch() -> None:
    """Note from now on whether a file brings about what it must not."""
    sys.addaudithook(lambda event, _: seen.append(event) if event in FORBIDDEN else None)


def sound_checkpoint() -> bytes:
    """A compact network with one head, as small as it can be."""
    torch.manual_seed(0)
    content = io.BytesIO()
    state = CompactNetwork({"lvid": 2}, (4, 4, 4, 4, 4, 4)).state_dict()
    torch.save({key: value.half() for key, value in state.items()}, content)
    return content.getvalue()


SOUND = sound_checkpoint()


def try_checkpoint(number: int, folder: Path) -> str:
    """Find, identify and load the checkpoint of this number."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rng = random.Random(number)
    data, sidecar = SOUND, '{"set": "custom", "mask_ecg": true, "colours": "rgb"}'
    if number:
        data = rng.choice(_DAMAGES)(data, rng)
        if rng.random() < 0.1:
            (folder / "lvid.json").write_bytes(mutant(sidecar, number))
    (folder / "lvid.ckpt").write_bytes(data)
    return _outcome(lambda: load_network(Store(folder).find("lvid"), "lvid"))


def try_archive(number: int, folder: Path) -> str:
    """Install from an archive of this number; what gets a name is the published file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rng = random.Random(number)
    kind, pack = rng.choice((("pack.zip", _zip), ("pack.tar", _tar), ("pack.tar.gz", _tar_gz)))
    data = pack()
    (folder / kind).write_bytes(spoiled(data, rng) if number else data)
    home = folder / "home"
    outcome = _outcome(lambda: install(folder / kind, home, table=TABLE))
    for path in home.rglob("*.ckpt"):
        id = path.name.partition("_")[0]
        if path.read_bytes() != CONTENT[id]:
            raise AssertionError(f"{path.name} is not the published file")
    return outcome


def _outcome(act: Callable[[], object]) -> str:
    del seen[:]
    try:
        act()
    except EchoMeasureError as error:
        outcome = f"refused: {error.problem}"
    else:
        outcome = "read"
    if seen:
        raise AssertionError(f"the file brought about {seen}")
    return outcome


def _bytes(data: bytes, rng: random.Random) -> bytes:
    return spoiled(data, rng)


def _end(data: bytes, rng: random.Random) -> bytes:
    """The table of contents and its record."""
    at = rng.randrange(data.rindex(b"PK\x05\x06") - 400, len(data))
    return data[:at] + rng.randbytes(rng.choice((1, 2, 4))) + data[at + rng.choice((0, 1, 2, 4)) :]


def _pickle(data: bytes, rng: random.Random) -> bytes:
    """The state dict itself, in an archive that is sound."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(content, "w") as new:
        for member in old.infolist():
            part = old.read(member)
            if member.filename.endswith("data.pkl"):
                part = rng.choice((spoiled, _instructions))(part, rng)
            new.writestr(member.filename, part)
    return content.getvalue()


def _instructions(pickled: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(2, len(pickled))
    call = b"cos\nsystem\n(X\x04\x00\x00\x00trueR"
    words = (
        call,
        b"cbuiltins\neval\n",
        b"\x85" * 5000,
        b"0",
        b"N",
        b"}",
        b"]",
        b"(",
        b"R",
        b"b",
        b".",
    )
    return pickled[:at] + rng.choice(words) + pickled[at + rng.choice((0, 0, 1, 9)) :]


def _state(data: bytes, rng: random.Random) -> bytes:
    """Other tensors, or other names."""
    state = dict(torch.load(io.BytesIO(data), weights_only=True))
    for _ in range(rng.choice((1, 1, 3))):
        key = rng.choice(list(state))
        value = state.pop(key)
        if not isinstance(value, torch.Tensor):
            continue
        state[rng.choice((key, key, f"{key}x", f"m.{key}"))] = rng.choice(
            (
                value.float(),
                value[..., :1],
                value.flatten(),
                value.unsqueeze(0),
                value.bool(),
                torch.full_like(value, float("nan")),
                torch.zeros(()),
                torch.zeros(0),
                torch.zeros(1).expand(10 ** rng.randrange(10)),
                {"nested": value},
                [value],
                3,
            )
        )
    content = io.BytesIO()
    torch.save(rng.choice((state, state, {"state_dict": state}, list(state.values()))), content)
    return content.getvalue()


_DAMAGES = (_bytes, _end, _pickle, _pickle, _state)


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for id, data in CONTENT.items():
            archive.writestr(TABLE[id].file, data)
    return content.getvalue()


def _tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for id, data in CONTENT.items():
            member = tarfile.TarInfo(TABLE[id].file)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def _tar_gz() -> bytes:
    return gzip.compress(_tar(), mtime=0)
