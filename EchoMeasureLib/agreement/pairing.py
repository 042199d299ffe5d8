"""Which value of one set belongs to which of the other, and why the rest belongs to none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from EchoMeasureLib.agreement.beats_in_time import Matched, matched, no_match
from EchoMeasureLib.agreement.items import (
    OPPOSITE,
    Item,
    mean_of_parts,
    opposite,
    out_of_proportion,
)
from EchoMeasureLib.agreement.quantities import Level, NoQuantity, Quantity, quantity, rank
from EchoMeasureLib.agreement.readings import NO_GROUPS, Place, Reading, Readings
from EchoMeasureLib.conversions import converted

KEY_DIGITS = 10
"""Hexadecimal digits of a patient's key: any two of a thousand share one once in two million."""

PLACED_BY = {
    Level.STUDY: ("study", "image", "patient"),
    Level.IMAGE: ("image",),
    Level.BEAT: ("image", "study", "patient"),
    Level.FRAME: ("image",),
}
"""By what values are brought together: by the first of these that both sets share."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One value as each of the two has it."""

    quantity: Quantity
    first: float
    """In the quantity's unit, as `second`. Of a velocity the size."""
    second: float
    patient: str
    """A key that tells patients apart and says of none who it is."""
    places: tuple[Place, Place]
    beats: tuple[int, int]
    """How many beats went into each."""
    group: str = ""
    """What it is grouped by; empty where nothing was asked."""

    @property
    def difference(self) -> float:
        """Second minus first."""
        return self.second - self.first

    @property
    def mean(self) -> float:
        return (self.first + self.second) / 2


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A value, image or study that is in no pair."""

    side: int
    """0 for the first set, 1 for the second."""
    measurement: str
    """Id; empty for a whole image or study, or a line of a table."""
    patient: str
    """As of a pair; empty where it is not known."""
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two sets brought together."""

    level: Level
    pairs: tuple[Pair, ...]
    unpaired: tuple[Unpaired, ...]
    placed_by: str
    """One of study, image and patient."""


_Home = tuple[str, str, int | None]
"""Where values are looked for together: key, quantity and, of single calipers, the frame."""


def paired(
    first: Readings,
    second: Readings,
    level: Level,
    group_by: str | None = None,
    patients: Mapping[str, str] = NO_GROUPS,
) -> Pairing:
    """Every value that both sets have, and why the others are in no pair.

    Values are of the same study, image, beat or frame; beats are the same where they are nearest
    in time. What could be meant in two ways is not paired. `group_by` names one of
    `Reading.groups`; where the two sets differ in it both words are given. `patients`: who is in a
    study, by its UID, where the sets do not say it; several studies of one are one patient.
    """
    return _Pairing(first, second, level, group_by, patients).result()


class _Pairing:
    def __init__(
        self,
        first: Readings,
        second: Readings,
        level: Level,
        group_by: str | None,
        patients: Mapping[str, str],
    ) -> None:
        self._level, self._group_by = level, group_by
        self._sets = (first, second)
        self._studies = {**second.studies, **first.studies}
        named = "\n".join(f"{study} {who}" for study, who in sorted(patients.items()))
        self._salt = sha256((first.salt + second.salt + named).encode()).hexdigest()
        self._unpaired: list[Unpaired] = []
        self._pairs: list[Pair] = []
        self._persons = self._known_persons(patients)
        items = [self._items(side) for side in (0, 1)]
        places = [[item.place for item in own] for own in items]
        self._by = next(
            (name for name in PLACED_BY[level] if _share(name, *places)), PLACED_BY[level][0]
        )
        if self._by == "patient" and all(any(place.study for place in own) for own in places):
            # Two studies of one patient, not one that two have measured.
            self._by = PLACED_BY[level][0]
        self._homes = [self._at_home(side, own) for side, own in enumerate(items)]
        self._said = [self._reasons(side) for side in (0, 1)]

    def result(self) -> Pairing:
        homes = dict.fromkeys((*self._homes[0], *self._homes[1]))
        for home in homes:
            self._pair(home, *(own.get(home, []) for own in self._homes))
        self._pairs.sort(key=lambda pair: (rank(pair.quantity.id), pair.patient))
        self._unpaired.sort(key=lambda one: (rank(one.measurement), one.side, one.patient))
        return Pairing(self._level, tuple(self._pairs), tuple(self._unpaired), self._by)

    def _items(self, side: int) -> list[Item]:
        found = []
        for reading in self._sets[side].readings:
            place = self._filled(reading.place)
            what = quantity(reading.measurement, self._level)
            if isinstance(what, NoQuantity):
                self._leave(side, reading.measurement, place, what.value)
                continue
            value = converted(reading.value, reading.unit, what.unit)
            if value is None:
                unit = f"its unit '{reading.unit}'" if reading.unit else "a number without a unit"
                self._leave(side, what.id, place, f"{unit} cannot be turned into {what.unit}")
                continue
            odd = out_of_proportion(value, what)
            if odd:
                self._leave(side, what.id, place, odd)
                continue
            if what.unit == "cm/s" and not reading.direction:
                # A source that says nothing of sides may still write what flows away as negative.
                value = abs(value)
            found.append(Item(reading, what, value, place))
        return found

    def _filled(self, place: Place) -> Place:
        study = place.study or self._studies.get(place.image, "")
        return place if study == place.study else replace(place, study=study)

    def _known_persons(self, patients: Mapping[str, str]) -> dict[str, str]:
        """Who is in a study or an image, where any source says so."""
        known = dict(patients)
        for reading in (one for own in self._sets for one in own.readings):
            place = self._filled(reading.place)
            for key in (place.study, place.image):
                if key and place.patient:
                    known.setdefault(key, place.patient)
        return known

    def _at_home(self, side: int, items: Iterable[Item]) -> dict[_Home, list[Item]]:
        homes: dict[_Home, list[Item]] = {}
        for item in items:
            home = self._home(item.place, item.quantity.id)
            if home is None:
                self._leave(side, item.quantity.id, item.place, self._why_homeless(item.place))
                continue
            homes.setdefault(home, []).append(item)
        return homes

    def _home(self, place: Place, id: str) -> _Home | None:
        key = getattr(place, self._by)
        if not key or (self._level is Level.FRAME and place.frame is None):
            return None
        return key, id, place.frame if self._level is Level.FRAME else None

    def _why_homeless(self, place: Place) -> str:
        if getattr(place, self._by):
            return "it does not say on which frame it was measured"
        return f"it does not say of which {self._by} it is"

    def _reasons(self, side: int) -> dict[_Home, list[str]]:
        """Why the source itself leaves values out, by where they would be looked for."""
        found: dict[_Home, list[str]] = {}
        for left in self._sets[side].left_out:
            place = self._filled(left.place)
            what = quantity(left.measurement, self._level) if left.measurement else None
            id = what.id if isinstance(what, Quantity) else left.measurement
            self._leave(side, id, place, left.reason)
            home = self._home(place, id)
            if home is not None:
                found.setdefault(home, []).append(left.reason)
        return found

    def _pair(self, home: _Home, ours: list[Item], theirs: list[Item]) -> None:
        if ours and theirs:
            found = self._matched(ours, theirs)
            for i, j in found.pairs:
                self._add(ours[i], theirs[j])
            for side, items, reasons in ((0, ours, found.first), (1, theirs, found.second)):
                for index, reason in reasons.items():
                    self._leave(side, items[index].quantity.id, items[index].place, reason)
            return
        side, items = (0, ours) if ours else (1, theirs)
        other = "AB"[1 - side]
        # What is said of a whole study or image is the reason for each of its values.
        told = self._said[1 - side]
        said = dict.fromkeys((*told.get(home, ()), *told.get((home[0], "", home[2]), ())))
        why = f": {'; '.join(said)}" if said else ""
        for item in items:
            self._leave(side, item.quantity.id, item.place, f"missing in {other}{why}")

    def _matched(self, ours: list[Item], theirs: list[Item]) -> Matched:
        if self._level in (Level.BEAT, Level.FRAME):
            first, second = ([item.place for item in own] for own in (ours, theirs))
            return matched(first, second, on_one_frame=self._level is Level.FRAME)
        # Values of a study or an image: one each, or the parts that make up one.
        one, other = mean_of_parts(ours), mean_of_parts(theirs)
        if one is None or other is None:
            side, own = (0, ours) if one is None else (1, theirs)
            why = f"ambiguous: {'AB'[side]} has {len(own)} of it for one {self._by}"
            return no_match(ours, theirs, why)
        if opposite(one, other):
            return no_match(ours, theirs, OPPOSITE)
        ours[:], theirs[:] = [one], [other]
        return Matched(((0, 0),), {}, {})

    def _add(self, ours: Item, theirs: Item) -> None:
        if opposite(ours, theirs):
            for side, item in ((0, ours), (1, theirs)):
                self._leave(side, item.quantity.id, item.place, OPPOSITE)
            return
        self._pairs.append(
            Pair(
                ours.quantity,
                ours.value,
                theirs.value,
                self._key(ours.place, theirs.place),
                (ours.place, theirs.place),
                (ours.reading.beats, theirs.reading.beats),
                self._group(ours.reading, theirs.reading),
            )
        )

    def _group(self, ours: Reading, theirs: Reading) -> str:
        if self._group_by is None:
            return ""
        said = (one.groups.get(self._group_by) for one in (ours, theirs))
        words = [word for word in said if word]
        return " / ".join(dict.fromkeys(words)) or "not known"

    def _leave(self, side: int, measurement: str, place: Place, reason: str) -> None:
        self._unpaired.append(Unpaired(side, measurement, self._key(place), place, reason))

    def _key(self, *places: Place) -> str:
        """The key of the person: told by who it is, else by the study, else by the image."""
        known = self._persons
        said = [
            # One source for all studies of a person: what it was told, or else its own word.
            *(known.get(one.study) or known.get(one.image) or one.patient for one in places),
            *(one.study for one in places),
            *(one.image for one in places),
        ]
        word = next(filter(None, said), "")
        return sha256(f"{self._salt}{word}".encode()).hexdigest()[:KEY_DIGITS] if word else ""


def _share(name: str, ours: Iterable[Place], theirs: Iterable[Place]) -> bool:
    here, there = ({getattr(place, name) for place in own} - {""} for own in (ours, theirs))
    return bool(here & there)


def known_uid(text: str) -> str:
    """A UID, or a key of an image as we make it; empty for what may name somebody."""
    return text if _UID.fullmatch(text) else ""


_UID = re.compile(r"\d{1,39}(\.\d{1,39}){3,}|(sha256|pixels):[0-9a-f]{64}")
