"""What a site says of its files: rules from tags to measurements, and manifests of files."""

from __future__ import annotations

import csv
import fnmatch
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydicom.datadict import dictionary_VR, tag_for_keyword

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.documents import read_table
from EchoMeasureLib.errors import EchoMeasureError, InvalidDocument
from EchoMeasureLib.imaging.view_texts import read_view_texts
from EchoMeasureLib.measuring.wave_points import is_read

RULE_COLUMNS = ("tag", "pattern", "measurements")
MANIFEST_COLUMNS = ("file", "frame", "measurement")

PATH = "path"
"""In place of a tag: the file's path."""

MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Rule:
    """Files whose tag is like this show these measurements."""

    tag: str
    """A DICOM keyword, or `PATH`."""
    pattern: str
    """With * and ?, as in file names; case does not count."""
    measurements: tuple[str, ...]

    def fits(self, words: str) -> bool:
        return fnmatch.fnmatchcase(words.lower(), self.pattern.lower())


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in their order: the first that fits a file counts."""

    rules: tuple[Rule, ...] = ()

    def measurements(self, path: Path) -> tuple[str, ...] | None:
        """What the first rule that fits says; None where none does."""
        tags = [rule.tag for rule in self.rules if rule.tag != PATH]
        texts: Mapping[str, str] = {}
        if tags:
            with suppress(EchoMeasureError):  # what is no DICOM has a path only
                texts = read_view_texts(path, tags)
        said = {**texts, PATH: path.as_posix()}
        for rule in self.rules:
            if rule.tag in said and rule.fits(said[rule.tag]):
                return rule.measurements
        return None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which measurements are made in which files, on which frames."""

    files: Mapping[str, Mapping[str, tuple[int, ...]]]
    """By real path and measurement; no frames mean all that are asked for otherwise."""

    def asked(self, path: Path) -> Mapping[str, tuple[int, ...]] | None:
        """What is asked of a file; None where it is not named."""
        return self.files.get(os.path.realpath(path))


def read_rules(path: Path) -> Rules:
    """Rules from a CSV with the columns tag, pattern, measurements (several with spaces).

    Raises `InvalidDocument` naming the line.
    """
    rules = []
    for number, row in _rows(path, RULE_COLUMNS):
        tag, pattern = row["tag"], row["pattern"]
        if tag != PATH and tag_for_keyword(tag) is None:
            _refuse(path, number, f"'{tag}' is no keyword of DICOM, nor {PATH}")
        if tag != PATH and dictionary_VR(tag) == "PN":
            _refuse(path, number, f"{tag} is the name of a person")
        ids = row["measurements"].replace(",", " ").replace(";", " ").split()
        _check_ids(path, number, ids)
        rules.append(Rule(tag, pattern, tuple(ids)))
    return Rules(tuple(rules))


def read_manifest(path: Path) -> Manifest:
    """A manifest from a CSV with the columns file, frame, measurement.

    A file is a path from the folder of the manifest; a frame counts from 0, and is left out for
    all. Raises `InvalidDocument` naming the line, also for a file that is not there.
    """
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for number, row in _rows(path, MANIFEST_COLUMNS):
        file = path.parent / row["file"]
        if not row["file"] or not file.is_file():
            _refuse(path, number, f"there is no file {row['file']}")
        _check_ids(path, number, [row["measurement"]])
        text = row["frame"]
        if text and not (text.isascii() and text.isdigit()):
            _refuse(path, number, f"'{text}' is no frame")
        frames = found.setdefault(os.path.realpath(file), {})
        known = frames.get(row["measurement"])
        new = (int(text),) if text else ()
        # A line without a frame asks for all, whatever the others ask for.
        whole = not text or known == ()
        frames[row["measurement"]] = () if whole else tuple(sorted({*(known or ()), *new}))
    return Manifest(found)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    text = read_table(path, MOST_BYTES)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if reader.fieldnames is None or not set(columns) <= set(reader.fieldnames):
        raise InvalidDocument(
            f"{path} has no columns {', '.join(columns)}.", "Its first line has to name them."
        )
    empty = True
    for row in reader:
        empty = False
        yield reader.line_num, {name: (row.get(name) or "").strip() for name in columns}
    if empty:
        raise InvalidDocument(f"{path} has no line below its columns.", "Write one for each case.")


def _check_ids(path: Path, number: int, ids: Sequence[str]) -> None:
    for id in ids:
        if id not in NETWORKED and not (id in CATALOG and is_read(id)):
            _refuse(path, number, f"no network finds '{id}', nor does the envelope reader")
    if not ids:
        _refuse(path, number, "it names no measurement")


def _refuse(path: Path, number: int, why: str) -> None:
    raise InvalidDocument(f"{path}, line {number}: {why}.", "Nothing was measured.")
