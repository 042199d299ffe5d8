"""What is drawn on an image of a review: which calipers on which frame, in which phase.

Nothing is computed: numbers, beats and phases are those of the review.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.exporting.value_traces import Trace, trace_of
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.calipers import Caliper
from EchoMeasureLib.review.entries import Entry, Status
from EchoMeasureLib.review.image_files import FindImages
from EchoMeasureLib.review.session import Review


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """An image with what is drawn on it."""

    cine: Cine
    """Calibrated as the review has it."""
    calipers: Mapping[int, tuple[Caliper, ...]]
    """By frame, those that were not rejected."""
    phases: Mapping[int, Phase]
    """Of the frames whose phase is known."""
    trace: Trace | None
    """The course of its values; None where there is none to show."""

    def only_frames(self, frames: Collection[int]) -> DrawnImage:
        """The same with the calipers of these frames alone; the trace stays."""
        kept = {frame: found for frame, found in self.calipers.items() if frame in frames}
        return DrawnImage(self.cine, kept, self.phases, self.trace)


def drawn_image(
    review: Review, image: str, cine: Cine, measurements: Iterable[str] = ()
) -> DrawnImage:
    """What a review draws on one of its images, whose pixels are those of `cine`.

    The image need not be open in the review, and stays as it is there. `measurements` are all
    unless some are named. Raises `InvalidArgument` for a file that is not as it was measured.
    """
    only = set(measurements)
    entries = [
        entry
        for entry in review.entries.values()
        if entry.image == image
        and entry.status is not Status.REJECTED
        and (not only or entry.measurement in only)
    ]
    known = ((entry.frame, review.phase_of(entry)) for entry in entries)
    by_frame: dict[int, list[Caliper]] = {}
    for entry in sorted(entries, key=lambda entry: entry.frame):
        by_frame.setdefault(entry.frame, []).append(entry.caliper)
    return DrawnImage(
        as_reviewed(review, image, cine),
        {frame: tuple(calipers) for frame, calipers in by_frame.items()},
        {frame: phase for frame, phase in known if phase is not None},
        trace_of(review, image, entries),
    )


def as_reviewed(review: Review, image: str, cine: Cine) -> Cine:
    """The cine with the calibration by hand that the review keeps of it.

    Raises `InvalidArgument` for a file that is not as it was when it was measured.
    """
    facts = review.images[image]
    if (cine.frame_count, cine.columns, cine.rows) != (
        facts.frame_count,
        facts.columns,
        facts.rows,
    ):
        raise InvalidArgument(
            "The file of the image is not as it was when it was measured.",
            "Name the file that was measured with --file.",
        )
    by_hand = review.layer().calibrations.get(image)
    return cine.with_regions(by_hand) if by_hand else cine


@dataclass(frozen=True, slots=True)
class NumberedImage:
    """An image of a study with its number, from 1, which names its files."""

    number: int
    key: str
    drawn: DrawnImage


def numbered_images(
    review: Review,
    find: FindImages,
    measurements: Iterable[str] = (),
    keys: Iterable[str] | None = None,
) -> Iterator[NumberedImage]:
    """The images of a review that have calipers to be shown, as they are found.

    Only these `keys` where they are given, and of `measurements` only those where some are named.
    Raises as `reviewed_images`, and `UnknownMeasurement`.
    """
    only = {definition(id).id for id in measurements}
    entries = review.entries.values()
    wanted = {entry.image for entry in entries if not only or entry.measurement in only}
    numbers = {key: number for number, key in enumerate(review.images, 1)}
    chosen = wanted if keys is None else wanted.intersection(keys)
    for key, cine in reviewed_images(review, find, chosen):
        drawn = drawn_image(review, key, cine, only)
        if drawn.calipers:
            yield NumberedImage(numbers[key], key, drawn)


def reviewed_images(
    review: Review, find: FindImages, keys: Collection[str]
) -> Iterator[tuple[str, Cine]]:
    """Key and cine of these images, calibrated as the review has them, as they are found.

    Raises `InvalidArgument` where one is not found or not as it was measured.
    """
    left = {key: number for number, key in enumerate(review.images, 1) if key in keys}
    for key, cine in find(list(left)):
        del left[key]
        yield key, as_reviewed(review, key, cine)
    if left:
        missing = ", ".join(f"{number} ({key})" for key, number in left.items())
        raise InvalidArgument(
            f"No file of these images of the study was found: {missing}.",
            "Name their files with --file on the command line, or load them in Slicer.",
        )


def frames_that_count(review: Review, image: str) -> set[int]:
    """The frames of an image whose calipers give the values, or that a reviewer stands behind."""
    ids = {id for measured in review.measured().values() for id in measured.entries}
    return {
        entry.frame
        for entry in review.entries.values()
        if entry.image == image and (entry.id in ids or _stands(entry))
    }


def _stands(entry: Entry) -> bool:
    return entry.reviewed and not entry.left_out
