"""What reviewers have corrected, as a folder that `echomeasure train` learns from.

It names nobody: pixels are those of the declared regions, UIDs and patient IDs are pseudonyms,
and there is no date, no text of a header and none of a reviewer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from EchoMeasureLib import __version__
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import CannotMeasure, InvalidArgument, OutputProblem, UnreadableFile
from EchoMeasureLib.exporting.measurement_records import Record, beat_numbers
from EchoMeasureLib.exporting.pictures import part_to_show
from EchoMeasureLib.exporting.pseudonyms import Key
from EchoMeasureLib.files import folder_written_whole, write_text, written_whole
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.named_person import read_named_person
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.imaging.screen_parts import blackened
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.staging import PREFIX
from EchoMeasureLib.texts import json_text
from EchoMeasureLib.training.manifest import FORMAT, split_of

MANIFEST = "manifest.json"
"""The file of a pack that `echomeasure train --manifest` takes."""


@dataclass(frozen=True, slots=True)
class PackedImage:
    """An image of a review with its pixels, and whose it is."""

    review: Review
    image: str
    """Its key in the review."""
    cine: Cine
    """Calibrated as the review has it."""
    patient: str
    """What tells the patient from all others, such as an ID; it does not leave."""


def packed_image(review: Review, image: str, cine: Cine) -> PackedImage:
    """An image of a review on its way into a pack; `cine` is calibrated as the review has it.

    A patient is told by the ID in the file; where it has none by the study, or the image alone.
    """
    try:
        id = read_named_person(cine.path).id if cine.path is not None else ""
    except UnreadableFile:
        id = ""
    study = review.images[image].identity.study_instance_uid
    return PackedImage(review, image, cine, id or study or image)


@dataclass(frozen=True, slots=True)
class PackReport:
    """What is in a pack."""

    examples: int
    patients: int
    splits: Mapping[str, int]
    """Number of examples by split."""
    notes: tuple[str, ...]
    """What was left out, and why."""


def write_training_pack(
    folder: Path,
    images: Iterable[PackedImage],
    key: Key,
    keep_screen: bool = False,
    monitor: Monitor = silent,
) -> PackReport:
    """Write every frame on which a reviewer stands behind a caliper, with its landmarks.

    On a strip all beats of a measurement must have been decided, as a beat without a landmark
    would teach that there is none. Patients are split by their pseudonyms. The folder takes the
    place of an earlier pack whole or not at all. Raises `OutputProblem` where it holds anything
    else, `InvalidArgument` where there is nothing to learn from, and as the frames are read.
    """
    rows: list[Record] = []
    notes: dict[str, None] = {}
    with folder_written_whole(folder, _check) as new:
        for number, image in enumerate(images, 1):
            packing = _Packing(image, key, number)
            for row in packing.write(new, keep_screen):
                rows.append(row)
                monitor(Progress(len(rows), 0, "frames"))
            notes.update(dict.fromkeys(packing.notes))
        if not rows:
            raise InvalidArgument(
                " ".join(["There is nothing to learn from.", *notes]),
                "Accept or move calipers in a review first.",
            )
        made_by = f"EchoMeasure {__version__}, export training"
        document = {"format": FORMAT, "version": 1, "made_by": made_by, "examples": rows}
        write_text(new / MANIFEST, json_text(document))
    splits = Counter(str(row["split"]) for row in rows)
    return PackReport(len(rows), len({row["study"] for row in rows}), splits, tuple(notes))


def _check(folder: Path) -> None:
    others = sorted(item.name for item in folder.iterdir() if not _is_ours(item.name))
    if others:
        raise OutputProblem(
            f"{folder} is no training pack: it holds {others[0]}.", "Name a new folder."
        )


def _is_ours(name: str) -> bool:
    picture = re.fullmatch(r"[0-9a-f]{16}-\d+\.png", name)
    return name == MANIFEST or bool(picture) or name.startswith(PREFIX)


class _Packing:
    """One image on its way into a pack."""

    def __init__(self, packed: PackedImage, key: Key, number: int) -> None:
        self._packed = packed
        self._number = number
        self._patient = key.pseudonym("patient", packed.patient)
        self._name = key.pseudonym("image", packed.image)
        self._beats = beat_numbers(packed.review)
        self.notes: list[str] = []

    def write(self, folder: Path, keep_screen: bool) -> Iterator[Record]:
        """The frames of the image as files in `folder`; yields their rows of the manifest."""
        cine = self._packed.cine
        by_frame = self._taught()
        if not by_frame:
            return
        try:
            part = part_to_show(cine, keep_screen)
        except CannotMeasure as refusal:
            self.notes.append(f"Image {self._number}: {refusal}")
            return
        for frame, entries in by_frame.items():
            rows = list(self._rows(frame, entries))
            if rows:
                pixels = cine.frame(frame)
                shown = pixels if keep_screen else blackened(pixels, part.visible)
                _save(folder / rows[0]["file"], shown)
            yield from rows

    def _taught(self) -> dict[int, list[Entry]]:
        """The calipers that teach, by frame."""
        review, image = self._packed.review, self._packed.image
        here = [e for e in review.entries.values() if e.image == image]
        kept = [e for e in here if e.status is not Status.REJECTED]
        found: dict[int, list[Entry]] = {}
        for entry in sorted(kept, key=lambda entry: entry.frame):
            if not entry.reviewed or not all(point.found for point in entry.caliper.points):
                continue
            if CATALOG[entry.measurement].on_strip:
                beats = [e for e in kept if _same_place(e, entry)]
                open_ = sum(not beat.reviewed for beat in beats)
                if open_:
                    cycle = CATALOG[entry.measurement].outputs[0].phase.cycle
                    self.notes.append(
                        f"Image {self._number}: {open_} of {len(beats)} {cycle}s of "
                        f"{entry.measurement} are not reviewed, so the strip is left out."
                    )
                    continue
            found.setdefault(entry.frame, []).append(entry)
        return found

    def _rows(self, frame: int, entries: Sequence[Entry]) -> Iterator[Record]:
        """A row for each region that holds calipers of this frame."""
        cine, review = self._packed.cine, self._packed.review
        by_region: dict[int | None, list[Entry]] = {}
        for entry in entries:
            by_region.setdefault(entry.caliper.region, []).append(entry)
        for index, some in by_region.items():
            if index is None:
                ids = ", ".join(sorted({entry.measurement for entry in some}))
                self.notes.append(f"Image {self._number}: {ids} lies in no region: left out.")
                continue
            times = review.images[self._packed.image].times
            phases = (review.phase_of(entry) for entry in some)
            phase = next((phase for phase in phases if phase is not None), None)
            digits = len(str(cine.frame_count - 1))
            yield {
                "file": f"{self._name}-{frame:0{digits}d}.png",
                "frame": 0,
                "study": self._patient,
                "split": split_of(self._patient),
                "landmarks": _by_measurement(some, lambda one: _points(one.caliper)),
                "region": _region_record(cine, frame, cine.region(index)),
                "image": self._name,
                "image_frame": frame,
                "time_s": None if times is None else times[frame],
                "phase": phase.value if phase else None,
                "beats": _by_measurement(some, lambda one: self._beats.get(one.id)),
                "status": _by_measurement(some, lambda one: one.status.value),
                "predicted": _by_measurement(
                    some, lambda one: _points(one.predicted) if one.predicted else None
                ),
            }


def _same_place(one: Entry, other: Entry) -> bool:
    return one.measurement == other.measurement and one.frame == other.frame


def _points(caliper: Caliper) -> list[list[float]]:
    return [[point.x, point.y] for point in caliper.points]


_T = TypeVar("_T")


def _by_measurement(entries: Sequence[Entry], of: Callable[[Entry], _T]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for entry in entries:
        found.setdefault(entry.measurement, []).append(of(entry))
    return found


def _region_record(cine: Cine, frame: int, region: Region) -> Record:
    """As `training/manifest.schema.json` describes it; without a scale that cannot be trusted."""
    box, baseline = region.bounds, cine.baseline(frame, region)
    record: Record = {"kind": region.kind.value, "bounds": [box.x0, box.y0, box.x1, box.y1]}
    if region.usable:
        record["delta"] = list(region.delta)
    if baseline is not None:
        record["baseline_y"] = baseline
    return record


def _save(path: Path, picture: Frame) -> None:
    with written_whole(path) as beside:
        Image.fromarray(picture).save(beside, format="PNG")
