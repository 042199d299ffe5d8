"""Reads the content tree of a structured report as DICOM PS3.3 C.17.3 says, with pydicom alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset


def code(sequence: list[Dataset]) -> tuple[str, str]:
    """(code, scheme) of a code sequence of one item."""
    (item,) = sequence
    return str(item.get("CodeValue") or item.LongCodeValue), str(item.CodingSchemeDesignator)


@dataclass(frozen=True)
class Item:
    """One content item."""

    dataset: Dataset

    @property
    def kind(self) -> str:
        return str(self.dataset.ValueType)

    @property
    def relation(self) -> str:
        return str(self.dataset.get("RelationshipType", ""))

    @property
    def name(self) -> tuple[str, str]:
        """Code of the concept; empty where it has none."""
        found = self.dataset.get("ConceptNameCodeSequence")
        return code(found) if found else ("", "")

    @property
    def children(self) -> list[Item]:
        return [Item(child) for child in self.dataset.get("ContentSequence", ())]

    @property
    def value(self) -> object:
        """The number, text, code or name that it says."""
        dataset = self.dataset
        if self.kind == "NUM":
            return float(dataset.MeasuredValueSequence[0].NumericValue)
        if self.kind == "CODE":
            return code(dataset.ConceptCodeSequence)
        keyword = {"TEXT": "TextValue", "PNAME": "PersonName", "UIDREF": "UID"}[self.kind]
        return str(getattr(dataset, keyword))

    @property
    def unit(self) -> str:
        """Unit of a number; empty where its value is not known."""
        known = self.dataset.MeasuredValueSequence
        return code(known[0].MeasurementUnitsCodeSequence)[0] if known else ""

    def below(self, *names: str) -> list[Item]:
        """The items that one comes to by these codes, a level each."""
        found = [self]
        for name in names:
            found = [c for item in found for c in item.children if c.name[0] == name]
        return found

    def one(self, *names: str) -> Item:
        """As `below`, of which there is exactly one."""
        (found,) = self.below(*names)
        return found

    def says(self, *names: str) -> list[object]:
        """The values of `below`."""
        return [item.value for item in self.below(*names)]

    def everything(self) -> Iterator[Item]:
        """This item and all below it."""
        yield self
        for child in self.children:
            yield from child.everything()
