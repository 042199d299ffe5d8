"""A folder of pictures of a study: frames with their calipers, and heat maps where asked for."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.drawn_images import (
    DrawnImage,
    NumberedImage,
    frames_that_count,
)
from EchoMeasureLib.exporting.heat_colours import heat_picture, overlaid
from EchoMeasureLib.exporting.pictures import draw_calipers, part_to_show
from EchoMeasureLib.exporting.secondary_captures import CaptureSeries
from EchoMeasureLib.files import folder_written_whole, written_whole
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.progress import Monitor, Progress, silent
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.staging import PREFIX

if TYPE_CHECKING:
    from EchoMeasureLib.inference.heat_maps import HeatMap

FORMS: Mapping[str, Mapping[str, Any]] = {
    "png": {"format": "PNG"},
    # Thin lines keep their colours.
    "jpg": {"format": "JPEG", "quality": 92, "subsampling": 0},
}
"""How pictures are written, by the ending of their names."""

CAPTURE = "dcm"
"""The form of pictures that are DICOM objects of the study."""

PICTURE_NAMES = tuple(f"image-*-frame-*.{form}" for form in (*FORMS, CAPTURE))
"""What the pictures of such a folder are called."""

Looking = Callable[[Cine, Sequence[str], Sequence[int]], Iterator["HeatMap"]]
"""Runs networks again: heat maps of these measurements on these frames."""


def showing_counted(
    review: Review, images: Iterable[NumberedImage], tell: Callable[[str], None]
) -> Iterator[NumberedImage]:
    """The images with the frames alone whose calipers give the values or were reviewed.

    Of an image without any all frames are shown, which `tell` hears.
    """
    for image in images:
        frames = frames_that_count(review, image.key) & image.drawn.calipers.keys()
        if not frames:
            tell(f"No caliper of image {image.number} counts for a value: all frames are shown.")
            frames = set(image.drawn.calipers)
        yield replace(image, drawn=image.drawn.only_frames(frames))


def write_pictures(
    folder: Path,
    images: Iterable[NumberedImage],
    keep_screen: bool = False,
    look: Looking | None = None,
    form: str = "png",
    monitor: Monitor = silent,
) -> list[str]:
    """Write a picture of every frame that has calipers; returns what the user should know.

    `form` is one of `FORMS`, or `CAPTURE`. With `look` a heat map lies beside it for each
    measurement, alone and over the picture. The folder takes the place of an earlier one whole or
    not at all. Raises `OutputProblem` where it holds anything but such pictures, `CannotMeasure`
    where nothing says what of a screen may be shown, `InvalidArgument` for captures of an image
    that is of no study, and what `look` raises.
    """
    notes: dict[str, None] = {}
    series = CaptureSeries()

    def save(path: Path, picture: Frame, cine: Cine, frame: int) -> None:
        if form == CAPTURE:
            series.write(path, picture, cine, frame, keep_screen)
            return
        with written_whole(path) as beside:
            Image.fromarray(picture).save(beside, **FORMS[form])

    with folder_written_whole(folder, _check) as new:
        for image in images:
            notes.update(
                dict.fromkeys(_write_image(new, image, keep_screen, look, form, save, monitor))
            )
    return list(notes)


def _check(folder: Path) -> None:
    others = [item.name for item in folder.iterdir() if not _is_ours(item)]
    if others:
        raise OutputProblem(
            f"{folder} is no folder of pictures: it holds {sorted(others)[0]}.",
            "Name a new folder.",
        )


def _is_ours(item: Path) -> bool:
    named = any(fnmatch.fnmatchcase(item.name, names) for names in PICTURE_NAMES)
    return named or item.name.startswith(PREFIX)


def _write_image(
    folder: Path,
    image: NumberedImage,
    keep_screen: bool,
    look: Looking | None,
    form: str,
    save: Callable[[Path, Frame, Cine, int], None],
    monitor: Monitor,
) -> Iterator[str]:
    drawn = image.drawn
    cine, part = drawn.cine, part_to_show(drawn.cine, keep_screen)
    digits = len(str(cine.frame_count - 1))

    def path(frame: int, more: str = "") -> Path:
        return folder / f"image-{image.number}-frame-{frame:0{digits}d}{more}.{form}"

    for done, (frame, calipers) in enumerate(drawn.calipers.items()):
        monitor(Progress(done, len(drawn.calipers), f"pictures of image {image.number}"))
        phase = drawn.phases.get(frame)
        save(path(frame), draw_calipers(cine.frame(frame), calipers, part, phase), cine, frame)
    if look is None:
        return
    for heat in _heats(drawn, look):
        frame, calipers = heat.frame, drawn.calipers[heat.frame]
        own = [one for one in calipers if one.measurement == heat.measurement]
        phase, sets = drawn.phases.get(frame), [heat.model.set]
        over = overlaid(cine.frame(frame), heat.probability)
        alone = draw_calipers(heat_picture(heat.probability), (), part, networks=sets)
        both = draw_calipers(over, own, part, phase, networks=sets)
        save(path(frame, f"-{heat.measurement}-heat"), alone, cine, frame)
        save(path(frame, f"-{heat.measurement}-overlay"), both, cine, frame)
        known = {one.model.sha256 for one in own if one.model is not None}
        if known and heat.model.sha256 not in known:
            yield (
                f"The heat maps of {heat.measurement} are of {heat.model.file}, but its calipers "
                "were found by other weights."
            )


def _heats(drawn: DrawnImage, look: Looking) -> Iterator[HeatMap]:
    by_measurement: dict[str, list[int]] = {}
    for frame, calipers in drawn.calipers.items():
        for id in dict.fromkeys(caliper.measurement for caliper in calipers):
            by_measurement.setdefault(id, []).append(frame)
    for id, frames in by_measurement.items():
        yield from look(drawn.cine, [id], frames)
