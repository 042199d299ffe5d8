"""What a checkpoint file holds, found out without torch and without running anything in it.

A `.ckpt` is a zip archive as `torch.save` writes it: a pickled state dict, and the numbers
beside it, never packed. Files come from anywhere: each look has bounds of time and memory.
"""

from __future__ import annotations

import math
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.documents import read_json
from EchoMeasureLib.errors import InvalidDocument, WeightsProblem
from EchoMeasureLib.inference.archives import ArchiveProblem, archive_errors, open_zip
from EchoMeasureLib.inference.canvas import StripLook
from EchoMeasureLib.inference.pickled_shapes import PickleProblem, state_shapes
from EchoMeasureLib.opening import kind_of, open_file

Shapes = Mapping[str, tuple[int, ...]]
"""Shape of each tensor by its key."""

ECHONET_PREFIX = "m."
"""What EchoNet-Measurements puts before every name."""

AGAIN_HINT = "Get it again and run: echomeasure weights install FOLDER_OR_URL"

MOST_BYTES = 4 << 30
"""Of a checkpoint; the published ones have 159 MB, one with its training's state thrice that."""
MOST_PICKLED = 32 << 20
"""Of the state dict without its numbers; the published ones have a hundred kilobytes."""

POINTER_START = b"version https://git-lfs.github.com/spec/v1"

_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<!--")
_ANSWER_STARTS = (b"<?xml", b"{", b"[")

_ROOT = re.compile(r"((?:[^.]+\.)*?)(?:backbone|classifier|aux_classifier|compact|heads)\.")
"""The parts of the networks, and what wrappers such as Lightning and DataParallel put before."""

_Value = TypeVar("_Value")


def is_there(path: Path) -> bool:
    """Whether there is a file of that name.

    Raises `WeightsProblem` when nobody can tell: for what is no file, may not be looked at, or
    is behind a link that leads nowhere.
    """
    try:
        facts = path.stat()
    except OSError as error:
        broken = _broken_link(path)
        if broken is not None:
            raise WeightsProblem(
                f"{broken} is a link to what is not there.", "Correct or remove it."
            ) from error
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return False
        raise WeightsProblem(
            f"{path} cannot be looked at ({error.strerror or error}).",
            "Check the permissions of its folder, or name another one with --weights.",
        ) from error
    if not stat.S_ISREG(facts.st_mode):
        raise WeightsProblem(f"{path} is {kind_of(facts.st_mode)}, not a file.", AGAIN_HINT)
    return True


def _broken_link(path: Path) -> Path | None:
    # What is there, at whatever depth, has nothing broken above it.
    for place in chain((path,), path.parents):
        if os.path.lexists(place):
            try:
                place.stat()
            except PermissionError:
                return None
            except OSError:
                return place
            return None
    return None


def check_not_stand_in(path: Path, name: str = "") -> None:
    """Raises `WeightsProblem` for what lies where weights should, and says what to do.

    A Git LFS pointer, an empty file, a sign-in page or another answer of a web server. It is
    called `name`, else by its path.
    """
    name = name or str(path)
    with open_file(path) as file:
        start = file.read(1024)
    if not start:
        raise WeightsProblem(f"{name} is empty.", "Download it again.")
    if start.startswith(POINTER_START):
        raise WeightsProblem(
            f"{name} is a Git LFS pointer, not the weights themselves.",
            "Run `git lfs pull` in the clone it comes from, or take the file from the "
            "repository's v1 release, and run: echomeasure weights install FOLDER_OR_URL",
        )
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_PAGE_STARTS):
        raise WeightsProblem(
            f"{name} is a web page, such as one to sign in or to accept terms, not the weights.",
            "Download the file in a browser where you are signed in, and install its folder.",
        )
    if text.startswith(_ANSWER_STARTS):
        raise WeightsProblem(
            f"{name} is the answer of a web server, not the weights.", "Download it again."
        )


def read_shapes(path: Path) -> Shapes:
    """Names and shapes of the tensors of a state dict. Raises `WeightsProblem`.

    Executes nothing that is in the file.
    """
    try:
        check_not_stand_in(path)
        size = path.stat().st_size
        with open_zip(path) as archive, archive_errors():
            inner = _pickled_member(archive, size)
            pickled = None if inner is None else archive.read(inner)
        if pickled is None:
            raise _foreign(path, "is an archive of something else")
        shapes = {key: shape.size for key, shape in state_shapes(pickled).items()}
    except ArchiveProblem as problem:
        raise _bad_archive(path, problem) from problem
    except PickleProblem as problem:
        raise _foreign(path, str(problem)) from problem
    except OSError as error:
        raise _unreadable(path, error) from error
    if not _fit_into(size, shapes):
        raise _foreign(path, "has tensors that the file has no numbers for")
    return shapes


def _pickled_member(archive: zipfile.ZipFile, size: int) -> zipfile.ZipInfo | None:
    """The state dict in an archive as torch writes them. Raises `ArchiveProblem` for others."""
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise ArchiveProblem("is encrypted")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ArchiveProblem("is packed, which weights never are")
    names = [member.filename.lower() for member in members]
    # Of two parts of one name, or that share their bytes, readers take different ones.
    if sum(member.file_size for member in members) > size or len(set(names)) < len(names):
        raise ArchiveProblem("says more than once what is in it")
    found = [m for m, name in zip(members, names, strict=True) if name.endswith("data.pkl")]
    if len(found) > 1 or any(member.file_size > MOST_PICKLED for member in found):
        raise ArchiveProblem("holds more than one state dict, or one without end")
    return found[0] if found else None


def _fit_into(size: int, shapes: Shapes) -> bool:
    """Whether a file of so many bytes can hold these tensors, of at least a byte per number."""
    counts = [math.prod(shape) for shape in shapes.values() if all(n > 0 for n in shape)]
    return len(counts) == len(shapes) and sum(counts) <= size


def _foreign(path: Path, what: str) -> WeightsProblem:
    return WeightsProblem(
        f"{path.name} is not a checkpoint of EchoMeasure's networks: it {what}.",
        "Use the files of EchoNet-Measurements, or ones that `echomeasure train` wrote.",
    )


def _bad_archive(path: Path, problem: ArchiveProblem) -> WeightsProblem:
    with suppress(OSError), path.open("rb") as file:
        if not file.read(4).startswith(b"PK"):
            return _foreign(path, "is no archive of torch")
    return WeightsProblem(f"{path.name} {problem}.", AGAIN_HINT)


def _unreadable(path: Path, error: OSError) -> WeightsProblem:
    return WeightsProblem(
        f"{path.name} cannot be read ({error.strerror or error}).",
        "Check that it is there and may be read.",
    )


def bare_keys(state: Mapping[str, _Value]) -> dict[str, _Value]:
    """The mapping without what stands before the parts of the network, and without the
    auxiliary head: "m.backbone.conv1.weight" is "backbone.conv1.weight".

    EchoNet puts `m.` there, Lightning `model.`, DataParallel `module.`, torch.compile
    `_orig_mod.`. What does not stand before every key is none of these.
    """
    first = next((found for key in state if (found := _ROOT.match(key))), None)
    prefix = first[1] if first is not None else ""
    cut = len(prefix) if all(key.startswith(prefix) for key in state) else 0
    bare = {key[cut:]: value for key, value in state.items()}
    return {key: value for key, value in bare.items() if not key.startswith("aux_classifier.")}


def check_whole(path: Path) -> None:
    """Compare every part of the archive with its checksum. Raises `WeightsProblem`."""
    try:
        with open_zip(path) as archive, archive_errors():
            _pickled_member(archive, path.stat().st_size)
            damaged = archive.testzip()
    except ArchiveProblem as problem:
        raise _bad_archive(path, problem) from problem
    if damaged is not None:
        raise WeightsProblem(f"{path.name} is damaged: its checksums do not fit.", AGAIN_HINT)


def finds(path: Path, shapes: Shapes, measurement: Definition) -> bool:
    """Whether these are weights for this measurement; False for a compact network without it.

    Raises `WeightsProblem` when they are those of another network or have other channels.
    """
    bare = bare_keys(shapes)
    if any(key.startswith("compact.") for key in bare):
        head = bare.get(f"heads.{measurement.id}.weight")
        if head is None:
            return False
    else:
        # Layer 3 of ResNet-50 ends with block 5, that of ResNet-101 with block 22.
        if (
            "classifier.4.weight" not in bare
            or "backbone.layer3.5.conv3.weight" not in bare
            or "backbone.layer3.6.conv3.weight" in bare
        ):
            raise _foreign(path, "holds the weights of another network")
        head = bare["classifier.4.weight"]
    channels = head[0] if head else 0
    wanted = len(measurement.points)
    if channels != wanted:
        raise WeightsProblem(
            f"{path.name} has {channels} output channel(s); {measurement.id} needs {wanted}.",
            "Check that the file is not that of another measurement.",
        )
    return True


def read_sidecar(path: Path) -> Mapping[str, Any]:
    """The JSON object NAME.json beside a checkpoint NAME.ckpt; empty when there is none.

    EchoMeasure reads the keys `set`, `mask_ecg`, `colours` and `regions_only`. Raises
    `WeightsProblem`.
    """
    sidecar = path.with_suffix(".json")
    if not is_there(sidecar):
        return {}
    try:
        record = read_json(sidecar)
        StripLook.of(record)
    except (InvalidDocument, ValueError, AttributeError, TypeError) as error:
        reason = error.problem if isinstance(error, InvalidDocument) else f"{error}."
        raise WeightsProblem(
            f"{sidecar.name} beside the weights cannot be read: {reason}", "Correct or remove it."
        ) from error
    return dict(record)
