"""The present state of a review, ready to be looked up: entries, images, what else is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from EchoMeasureLib.errors import InvalidArgument, InvalidState
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.cross_checks import CrossChecks, Spot
from EchoMeasureLib.review.entries import Entry
from EchoMeasureLib.review.history import (
    CalibrationChange,
    Change,
    EntryChange,
    ExaminationChange,
    MarksChange,
)
from EchoMeasureLib.review.images import ImageFacts
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.marks import Mark
from EchoMeasureLib.review.positions import remeasured


class Board:
    """Holds what is, knows nothing of who did it or what was before."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._ranks: dict[str, int] = {}
        self._by_frame: dict[tuple[str, int], dict[str, None]] = {}
        self._by_measurement: dict[str, dict[str, None]] = {}
        self._cines: dict[str, Cine] = {}
        self._unchecked: dict[str, set[Spot]] = {}
        """Where calipers of an image are to be compared with those beside them again."""
        self._checks: dict[str, CrossChecks] = {}
        self.comparisons = 0
        """How often that changed a flag."""
        self.images: dict[str, ImageFacts] = {}
        self.hand_made: dict[str, tuple[Region, ...]] = {}
        """Regions of images that were calibrated by hand and have not been opened yet."""
        self.subject = Subject()
        self.examination = Examination()
        self.marks: dict[str, frozenset[Mark]] = {}
        """The frames of each image that the reviewer has marked as ED or ES."""
        self.entries: Mapping[str, Entry] = MappingProxyType(self._entries)
        """Live view, in the order in which the entries came."""

    @classmethod
    def of(cls, images: Iterable[ImageFacts], layer: Layer) -> Board:
        """The state that a reviewer left. No image is open."""
        board = cls()
        board.images.update((facts.key, facts) for facts in images)
        for entry in layer.entries:
            board._put(entry.id, entry)
        board.retire(event.entry for event in layer.audit if event.entry)
        board.subject, board.examination = layer.subject, layer.examination
        board.marks.update(layer.marks)
        board.hand_made.update(layer.calibrations)
        return board

    def find(self, id: str) -> Entry:
        """Raises `InvalidArgument` when there is no such entry."""
        try:
            return self._entries[id]
        except (KeyError, TypeError):
            raise InvalidArgument(
                f"The review has no caliper called '{id}'.", "It may have been deleted."
            ) from None

    def on_frame(self, image: str, frame: int) -> tuple[Entry, ...]:
        """The entries on one frame of an image, in the order in which they came."""
        return tuple(self._entries[id] for id in self._by_frame.get((image, frame), ()))

    def of_measurement(self, measurement: str) -> tuple[Entry, ...]:
        """Every entry of a measurement, on all images."""
        return tuple(self._entries[id] for id in self._by_measurement.get(measurement, ()))

    def predicted_on(self, image: str, frame: int, measurement: str) -> tuple[Entry, ...]:
        """The entries that hold what a network said of this measurement on a frame."""
        here = (e for e in self.on_frame(image, frame) if e.measurement == measurement)
        return tuple(entry for entry in here if entry.predicted is not None)

    def new_id(self, measurement: str, image: str, frame: int, beat: int | None = None) -> str:
        """An id that no entry has or ever had; `beat` counts from 1."""
        number = list(self.images).index(image) + 1
        stem = f"{measurement}-f{frame}" if number == 1 else f"{measurement}-i{number}-f{frame}"
        stem = stem if beat is None else f"{stem}-b{beat}"
        id, copy = stem, 2
        while id in self._ranks:
            id, copy = f"{stem}-{copy}", copy + 1
        return id

    def retire(self, ids: Iterable[str]) -> None:
        """Keep ids of entries that are gone from being used again."""
        for id in ids:
            self._ranks.setdefault(id, len(self._ranks))

    def cine(self, image: str) -> Cine:
        """Raises `InvalidArgument` for an unknown image and `InvalidState` for a closed one."""
        self.facts(image)
        if image not in self._cines:
            raise InvalidState(
                f"The image {image} is part of the review, but it is not open.",
                "Open it to change its calipers.",
            )
        return self._cines[image]

    def facts(self, image: str) -> ImageFacts:
        """What is known of an image, open or not. Raises `InvalidArgument` for an unknown one."""
        if image not in self.images:
            raise InvalidArgument(f"The review has no image {image}.")
        return self.images[image]

    @property
    def open_cines(self) -> Mapping[str, Cine]:
        """Every open image by its key."""
        return MappingProxyType(self._cines)

    def is_open(self, image: str) -> bool:
        """Whether the pixels of this image are at hand."""
        return image in self._cines

    def open(self, cine: Cine, facts: ImageFacts) -> None:
        """Have an image at hand from now on, calibrated by hand where the review was left so."""
        regions = self.calibrations().get(facts.key)
        self.hand_made.pop(facts.key, None)
        self.images[facts.key] = facts
        self._cines[facts.key] = cine if regions is None else cine.with_regions(regions)
        self._uncheck(facts.key)

    def calibrations(self) -> dict[str, tuple[Region, ...]]:
        """The regions of every image that was calibrated by hand, by its key."""
        by_hand = {
            key: cine.regions
            for key, cine in self._cines.items()
            if any(region.index < 0 for region in cine.regions)
        }
        return {**self.hand_made, **by_hand}

    def apply(self, change: Change) -> tuple[str, ...]:
        """Make a change; returns the ids of the entries it touched."""
        if isinstance(change, EntryChange):
            self._put(change.id, change.after)
            for entry in (change.before, change.after):
                if entry is not None:
                    spot = entry.measurement, entry.frame
                    self._unchecked.setdefault(entry.image, set()).add(spot)
            return (change.id,)
        if isinstance(change, CalibrationChange):
            return self._calibrate(change.image, change.after)
        if isinstance(change, MarksChange):
            self.marks.pop(change.image, None)
            self.marks |= {change.image: change.after} if change.after else {}
        elif isinstance(change, ExaminationChange):
            self.examination = change.after
        else:
            self.subject = change.after
        return ()

    def compare(self) -> tuple[str, ...]:
        """Let the calipers of changed images speak against each other, as `measuring.beside` says.

        Returns the ids of those whose flags changed. Of a closed image they stay as they were.
        """
        touched: list[str] = []
        for image, spots in self._unchecked.items():
            if image in self._cines:
                touched += self._compare(image, spots)
        self._unchecked.clear()
        self.comparisons += bool(touched)
        return tuple(touched)

    def _compare(self, image: str, spots: Collection[Spot]) -> list[str]:
        def of(measurement: str) -> list[Entry]:
            return [entry for entry in self.of_measurement(measurement) if entry.image == image]

        def on_frame(frame: int) -> tuple[Entry, ...]:
            return self.on_frame(image, frame)

        checks = self._checks.setdefault(image, CrossChecks())
        new = checks.against(self._cines[image], spots, on_frame, of)
        self._entries.update((entry.id, entry) for entry in new)
        return [entry.id for entry in new]

    def _uncheck(self, image: str) -> None:
        """Everything on an image is to be compared again."""
        here = (entry for entry in self._entries.values() if entry.image == image)
        self._unchecked[image] = {(entry.measurement, entry.frame) for entry in here}
        self._checks.pop(image, None)

    def settled(self, change: Change) -> Change:
        """The change as it can be made now: an old snapshot with what the network said since."""
        if not isinstance(change, EntryChange):
            return change
        current, after = self._entries.get(change.id), change.after
        if current is None or after is None:
            return EntryChange(change.id, current, after)
        predicted, second = current.predicted, current.second
        if predicted is not None and after.follows:
            after = replace(after, predicted=predicted, second=second, caliper=predicted)
        elif (predicted, second) != (after.predicted, after.second):
            after = replace(after, predicted=predicted, second=second)
        return EntryChange(change.id, current, after)

    def remeasured(self, entry: Entry) -> Entry:
        """The entry with the numbers that its image gives now. Raises as `cine`."""
        return remeasured(self.cine(entry.image), entry)

    def _calibrate(self, image: str, regions: tuple[Region, ...]) -> tuple[str, ...]:
        self._cines[image] = self.cine(image).with_regions(regions)
        self._uncheck(image)
        touched = []
        for entry in [entry for entry in self._entries.values() if entry.image == image]:
            renewed = self.remeasured(entry)
            if renewed != entry:
                self._entries[entry.id] = renewed
                touched.append(entry.id)
        return tuple(touched)

    def _put(self, id: str, entry: Entry | None) -> None:
        old = self._entries.get(id)
        if entry is None:
            if old is not None:
                del self._entries[id]
                del self._by_frame[old.image, old.frame][id]
                del self._by_measurement[old.measurement][id]
            return
        self._entries[id] = entry
        if old is None:
            self._insert(entry)

    def _insert(self, entry: Entry) -> None:
        returns = entry.id in self._ranks
        self._ranks.setdefault(entry.id, len(self._ranks))
        groups: tuple[dict[str, None], ...] = (
            self._by_frame.setdefault((entry.image, entry.frame), {}),
            self._by_measurement.setdefault(entry.measurement, {}),
        )
        for group in groups:
            group[entry.id] = None
        if returns:
            # An entry that comes back takes its old place.
            for group in groups:
                self._sort(group)
            self._sort(self._entries)

    def _sort(self, group: dict[str, None] | dict[str, Entry]) -> None:
        items = sorted(group.items(), key=lambda item: self._ranks[item[0]])
        group.clear()
        group.update(items)  # type: ignore[arg-type]
