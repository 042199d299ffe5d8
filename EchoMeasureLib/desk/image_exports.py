"""What of the open study is made with its pixels: pictures, video, markups, training packs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.desk.export_kinds import Option
from EchoMeasureLib.exporting.caliper_videos import Playback, write_caliper_video
from EchoMeasureLib.exporting.drawn_images import drawn_image, numbered_images, reviewed_images
from EchoMeasureLib.exporting.markup_files import markups_folder, write_markups
from EchoMeasureLib.exporting.picture_folders import showing_counted, write_pictures
from EchoMeasureLib.exporting.pictures import part_to_show
from EchoMeasureLib.exporting.pseudonyms import make_key, read_key, usual_key_file
from EchoMeasureLib.exporting.slicer_places import places_in_slicer
from EchoMeasureLib.exporting.training_packs import PackedImage, packed_image, write_training_pack
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.mrml.cine_nodes import nodes_of
from EchoMeasureLib.mrml.exporting import write_sequence
from EchoMeasureLib.mrml.mapping import ijk_to_ras
from EchoMeasureLib.mrml.volumes import find_image
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from EchoMeasureLib.desk.export_kinds import Wish
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.study_images import StudyImages
    from EchoMeasureLib.progress import Monitor


class ImageExports:
    """Each method writes to `path` and says what it wrote."""

    def __init__(self, study: OpenStudy, images: StudyImages) -> None:
        self._study = study
        self._images = images

    def pictures(self, wish: Wish, path: Path, monitor: Monitor) -> str:
        """A folder of the frames that count, with their calipers."""
        review, notes = self._study.need_review(), list[str]()
        images = numbered_images(review, self._images.find)
        shown = showing_counted(review, images, notes.append)
        screen, form = wish.asks(Option.SCREEN), wish.chosen.id
        notes += write_pictures(path, shown, screen, form=form, monitor=monitor)
        count = sum(1 for item in path.iterdir() if item.suffix == f".{form}")
        return " ".join([f"Wrote {count} picture{'s' * (count != 1)} to {path}.", *notes])

    def video(self, wish: Wish, path: Path, monitor: Monitor) -> str:
        """The open cine with its calipers. Raises as `write_caliper_video`."""
        review, key = self._study.need_review(), self._study.image
        drawn = drawn_image(review, key, self._study.need_cine())
        part = part_to_show(drawn.cine, wish.asks(Option.SCREEN))
        write_caliper_video(path, drawn, part, Playback(wish.speed), monitor)
        return f"Wrote {path}."

    def markups(self, wish: Wish, path: Path, monitor: Monitor) -> str:
        """A folder of `.mrk.json`, and a sequence where a loaded cine has several of a kind."""
        review = self._study.need_review()
        entries = [e for e in review.entries.values() if e.status is not Status.REJECTED]
        keys = dict.fromkeys(entry.image for entry in entries)
        volumes = {key: volume for key in keys if (volume := self._volume(key)) is not None}
        places = {key: ijk_to_ras(volume) for key, volume in volumes.items()}
        not_loaded = [key for key in keys if key not in volumes]
        places |= places_in_slicer(not_loaded, self._images.as_filed)
        with markups_folder(path) as new:
            written = write_markups(new, review, entries, places, monitor)
            for key, volume in volumes.items():
                self._sequences(new, key, volume, [e for e in entries if e.image == key])
        count = len(written) // 2
        return f"Wrote {count} markup{'s' * (count != 1)} to {path}."

    def training(self, wish: Wish, path: Path, monitor: Monitor) -> str:
        """A pack under pseudonyms by the key of the site, which is made where there is none."""
        place = usual_key_file()
        new = not place.exists()
        if new:
            make_folder(place.parent)
        key = make_key(place) if new else read_key(place)
        screen = wish.asks(Option.SCREEN)
        report = write_training_pack(path, self._packed(), key, screen, monitor)
        kept = "A new key was made" if new else "The key of the pseudonyms is"
        split = next(iter(report.splits)) if len(report.splits) == 1 else ""
        alone = f' All are in the split "{split}", as one patient is.' if split else ""
        count = report.examples
        said = (
            f"Wrote {count} frame{'s' * (count != 1)} to {path}.{alone} {kept} in {place}: keep "
            "it, and give it to nobody who gets the pack."
        )
        return " ".join([said, *report.notes])

    def _packed(self) -> Iterator[PackedImage]:
        review = self._study.need_review()
        reviewed = {entry.image for entry in review.entries.values() if entry.reviewed}
        for key, cine in reviewed_images(review, self._images.find, reviewed):
            yield packed_image(review, key, cine)

    def _volume(self, key: str) -> object:
        """The volume of an image that is loaded; None for others."""
        study = self._study
        if key == study.image and study.located is not None:
            return study.located.nodes.volume
        node = find_image(study.scene, key)
        return nodes_of(node).volume if node is not None else None

    def _sequences(self, folder: Path, key: str, volume: object, entries: list[Entry]) -> None:
        review, scene = self._study.need_review(), self._study.scene
        frames: dict[str, set[int]] = {}
        for entry in entries:
            frames.setdefault(entry.measurement, set()).add(entry.frame)
        number = list(review.images).index(key) + 1
        for measurement, several in frames.items():
            if len(several) > 1 and review.is_open(key):
                path = folder / f"image-{number}-{measurement}.seq.mrb"
                write_sequence(path, review, scene, volume, measurement, key)
