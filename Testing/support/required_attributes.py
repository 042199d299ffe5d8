"""What PS3.3 requires of a DICOM object and it lacks, by the tables of PS3.3 that highdicom ships.

Type 1 has to be there with a value, type 2 has to be there, in every mandatory module of the
object's class and in the items of its sequences. Conditions (1C, 2C) are no rules in the tables, so
those attributes are not judged; those of a content item follow from its value type and are here.
The tables are highdicom's own business (`_standard_utils`).
"""

from __future__ import annotations

from collections.abc import Iterator

from highdicom._standard_utils import (
    get_iod_module_map,
    get_module_attribute_map,
    get_sop_class_iod_map,
)
from pydicom.dataset import Dataset

CONTENT = "sr-document-content"

ONE, TWO = "1", "2"

OF_TYPE = {
    "CONTAINER": {"ContinuityOfContent": ONE},
    "TEXT": {"ConceptNameCodeSequence": ONE, "TextValue": ONE},
    "CODE": {"ConceptNameCodeSequence": ONE, "ConceptCodeSequence": ONE},
    "NUM": {"ConceptNameCodeSequence": ONE, "MeasuredValueSequence": TWO},
    "PNAME": {"ConceptNameCodeSequence": ONE, "PersonName": ONE},
    "UIDREF": {"ConceptNameCodeSequence": ONE, "UID": ONE},
    "IMAGE": {"ReferencedSOPSequence": ONE},
    "SCOORD": {"GraphicData": ONE, "GraphicType": ONE},
}
"""PS3.3 C.17.3 and C.18: what a content item of each value type has; names as table C.17-5."""

OF_ITEMS = {
    "MeasuredValueSequence": ("NumericValue", "MeasurementUnitsCodeSequence"),
    "ReferencedSOPSequence": ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"),
    **{
        f"{name}Sequence": ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
        for name in ("ConceptNameCode", "ConceptCode", "MeasurementUnitsCode")
    },
}
"""What each item of these sequences has, type 1."""


def lacking(dataset: Dataset) -> list[str]:
    """Such as "general-study: StudyDate (type 2) is missing".

    Raises `KeyError` for a class that the tables do not have.
    """
    name = get_sop_class_iod_map()[str(dataset.SOPClassUID)]
    modules = [module["key"] for module in get_iod_module_map()[name] if module["usage"] == "M"]
    found = [f"{key}: {fault}" for key in modules if key != CONTENT for fault in _of(dataset, key)]
    if CONTENT in modules:
        found += [f"{CONTENT}: {fault}" for fault in _of_content(dataset, "root")]
    return found


def _of(dataset: Dataset, module: str) -> Iterator[str]:
    for row in get_module_attribute_map()[module]:
        if row["type"] in (ONE, TWO):
            for item in _items(dataset, row["path"]):
                yield from _judged(item, row["keyword"], row["type"], ".".join(row["path"]))


def _items(dataset: Dataset, path: list[str]) -> Iterator[Dataset]:
    """The items that one comes to by these sequences; none where one is not there."""
    if not path:
        yield dataset
        return
    for item in dataset.get(path[0]) or ():
        yield from _items(item, path[1:])


def _of_content(item: Dataset, where: str) -> Iterator[str]:
    needed = {"ValueType": ONE, **OF_TYPE.get(str(item.get("ValueType", "")), {})}
    if where != "root":
        needed["RelationshipType"] = ONE
    for keyword, kind in needed.items():
        yield from _judged(item, keyword, kind, where)
        yield from _inside(item, keyword, where)
    for number, child in enumerate(item.get("ContentSequence", ()), 1):
        yield from _of_content(child, f"{where}.{number}")


def _inside(item: Dataset, keyword: str, where: str) -> Iterator[str]:
    for inner in item.get(keyword, ()) if keyword in OF_ITEMS else ():
        for name in OF_ITEMS[keyword]:
            yield from _judged(inner, name, ONE, f"{where}.{keyword}")
            yield from _inside(inner, name, where)


def _judged(item: Dataset, keyword: str, kind: str, where: str) -> Iterator[str]:
    name = f"{where}.{keyword}" if where else keyword
    if keyword not in item:
        yield f"{name} (type {kind}) is missing"
    elif kind == ONE and item[keyword].is_empty:
        yield f"{name} (type 1) is empty"
