"""Which kinds of objects, in which encodings, an association is for (PS3.8 7.1.1.13).

Each encoding has a context of its own: where one context offers several, servers take the plain
one and decompress.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pydicom
from pynetdicom import build_context
from pynetdicom.presentation import PresentationContext

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.file_meta import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.imaging.syntaxes import SYNTAXES
from EchoMeasureLib.pacs.queries import InstanceFound

FIND_MODEL, MOVE_MODEL, GET_MODEL = (f"1.2.840.10008.5.1.4.1.2.2.{end}" for end in (1, 2, 3))
"""Study root, PS3.4 C.6.2."""
FIND, MOVE, GET = build_context(FIND_MODEL), build_context(MOVE_MODEL), build_context(GET_MODEL)

MOST = 128
"""Contexts of an association; their numbers are odd and under 256."""

PLAIN = (EXPLICIT, IMPLICIT, DEFLATED, BIG_ENDIAN)
"""Encodings of what has no pixels."""

_STORAGE = "1.2.840.10008.5.1.4.1.1."
WITHOUT_PIXELS = (f"{_STORAGE}88.", f"{_STORAGE}104.", f"{_STORAGE}11.", f"{_STORAGE}9.")
"""How the UIDs of reports, documents, presentation states and waveforms begin."""

ULTRASOUND = tuple(f"{_STORAGE}{end}" for end in ("6.1", "3.1", "6", "3"))
"""What is asked for where a server does not say of which kind its objects are."""


def fetch_groups(
    wanted: Sequence[InstanceFound],
) -> Iterator[tuple[list[InstanceFound], list[PresentationContext], list[str]]]:
    """What is fetched over one association, the contexts and the classes that it takes."""
    classes = list(dict.fromkeys(one.sop_class for one in wanted))
    while classes:
        chosen: list[str] = []
        contexts: list[PresentationContext] = []
        of_group: list[str] = []
        while classes:
            new = [classes[0]] if classes[0] else [*ULTRASOUND]
            more = [context for one in new if one not in chosen for context in _contexts(one)]
            if contexts and len(contexts) + len(more) >= MOST:
                break
            contexts += islice(more, MOST - 1)
            chosen += new
            of_group.append(classes.pop(0))
        yield (
            [one for one in wanted if one.sop_class in of_group],
            contexts,
            [*dict.fromkeys(chosen)],
        )


def store_contexts(paths: Iterable[Path]) -> list[PresentationContext]:
    """A context for every kind and encoding among these files. Raises `UnreadableFile`."""
    kinds = dict.fromkeys(map(_kind, paths))
    return [build_context(sop_class, [syntax]) for sop_class, syntax in islice(kinds, MOST)]


def _kind(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file, quiet_pydicom():
            found = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SOPClassUID"])
            return str(found.SOPClassUID), str(found.file_meta.TransferSyntaxUID)
    except PARSE_ERRORS as error:
        raise UnreadableFile(f"{path} cannot be read as DICOM.") from error


def _contexts(sop_class: str) -> list[PresentationContext]:
    syntaxes = PLAIN if sop_class.startswith(WITHOUT_PIXELS) else SYNTAXES
    return [build_context(sop_class, [syntax]) for syntax in syntaxes]
