"""What a DICOM header says of its view in words, and which measurements these words name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pydicom

from EchoMeasureLib.catalog import NETWORKED, of_same_flow
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.header import PARSE_ERRORS, items_of, quiet_pydicom, text

VIEW_TAGS = ("SeriesDescription", "ProtocolName", "ViewName", "ImageComments", "ViewCodeSequence")
"""Tags in which scanners and archives name a view; of a sequence the meaning of its codes."""

_PLAX = ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la")
_E = r"(e'|e prime|annul\w*|tdi|dti|tissue doppler)"

WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"plax|parasternal long( axis)?", _PLAX),
    (r"a4c|ap4|4ch|apical (4|four)( chamber)?", ("rv_base",)),
    (r"rv focus\w*", ("rv_base",)),
    (r"psax|parasternal short( axis)?|pulmonary artery", ("pa",)),
    (r"subcostal|subcostal long( axis)?|ivc|inferior vena cava", ("ivc",)),
    (r"av (cw|vmax|vti|jet|max)|aortic (valve|stenosis)|as jet", ("avvmax",)),
    (r"tr|tricuspid (regurg\w*|insuff\w*)", ("trvmax",)),
    (r"mr|mitral (regurg\w*|insuff\w*)", ("mrvmax",)),
    (r"lvot( pw)?|lv outflow( tract)?", ("lvotvmax",)),
    (r"mv (inflow|pw|e a)|mitral (valve )?inflow", ("mvpeak",)),
    (rf"(lateral|lat) {_E}|{_E} (lateral|lat)", ("latevel",)),
    (rf"(septal|medial|sept|med) {_E}|{_E} (septal|medial|sept|med)", ("medevel",)),
    (r"tapse|tricuspid annul\w* (m mode|excursion)", ("tapse",)),
)
"""Whole words as people write them, and the measurements that are made there."""


def read_view_texts(path: Path, tags: Iterable[str] = VIEW_TAGS) -> Mapping[str, str]:
    """Text of these tags, by keyword; those that are not there are left out.

    They may name a person and are kept nowhere. Raises `UnreadableFile` for no DICOM file.
    """
    asked = list(dict.fromkeys(tags))
    try:
        with path.open("rb") as file, quiet_pydicom():
            file.seek(128)
            bare = file.read(4) != b"DICM"
            file.seek(0)
            dataset = pydicom.dcmread(
                file,
                stop_before_pixels=True,
                force=bare,
                specific_tags=["SpecificCharacterSet", *asked],
            )
            found = {tag: _text(dataset, tag) for tag in asked}
    except PARSE_ERRORS as error:
        raise UnreadableFile(
            f"{path.name} is no DICOM file with a header that can be read.",
            "Copy or export the file again.",
        ) from error
    return {tag: words for tag, words in found.items() if words}


def named_in_file(path: Path | None) -> frozenset[str]:
    """Ids of all that is measured of what the words of a file name; none where it is no DICOM."""
    try:
        named = named_measurements(read_view_texts(path).values()) if path else frozenset[str]()
    except UnreadableFile:
        return frozenset()
    return frozenset(same for id in named for same in of_same_flow(id))


def _text(dataset: pydicom.Dataset, tag: str) -> str:
    if tag.endswith("Sequence"):
        return "; ".join(text(item, "CodeMeaning") for item in items_of(dataset, tag))
    return text(dataset, tag)


def named_measurements(texts: Iterable[str]) -> frozenset[str]:
    """Ids of measurements of networks that these texts name by a view, a valve or their own id.

    >>> sorted(named_measurements(["TR CW", "Exam 12"]))
    ['trvmax']
    >>> named_measurements(["Echo complete"])
    frozenset()
    """
    said = [re.sub(r"[^a-z0-9']+", " ", words.lower().replace("\u2019", "'")) for words in texts]
    found = {id for id in NETWORKED if any(_says(id.replace("_", " "), words) for words in said)}
    for pattern, ids in WORDS:
        if any(_says(pattern, words) for words in said):
            found.update(ids)
    return frozenset(found)


def _says(pattern: str, words: str) -> bool:
    return re.search(rf"(?<!\S)(?:{pattern})(?!\S)", words) is not None
