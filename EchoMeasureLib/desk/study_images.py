"""The pixels of the images of the open review, wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.imaging.named_person import NamedPerson, read_named_person
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.mrml.volumes import find_image, locate
from EchoMeasureLib.review.image_files import found_images
from EchoMeasureLib.review.images import image_key

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.mrml.volumes import Database


class StudyImages:
    """Those that are open, loaded, in the DICOM database, or beside a file of these."""

    def __init__(self, study: OpenStudy, database: Callable[[], Database | None]) -> None:
        self._study = study
        self._database = database

    def find(self, keys: Iterable[str]) -> Iterator[tuple[str, Cine]]:
        """Key and cine of the images of these keys; those that are nowhere are left out."""
        wanted, folders = list(dict.fromkeys(keys)), dict[Path, None]()
        left: list[str] = []
        for key in wanted:
            cine = self._at_hand(key)
            if cine is None:
                left.append(key)
                continue
            if cine.path is not None:
                folders[cine.path.parent] = None
            yield key, cine
        if left:
            yield from found_images(left, (), [folder for folder in folders if folder.is_dir()])

    def as_filed(self, keys: Iterable[str]) -> Iterator[tuple[str, Cine]]:
        """The same as their files have them, without a calibration by hand."""
        for key, cine in self.find(keys):
            yield key, cine if cine.path is None else read(cine.path)

    def person(self) -> NamedPerson:
        """Who was examined, as the file of an image says. Raises `InvalidArgument` without one."""
        for _, cine in self.find(self._study.need_review().images):
            if cine.path is not None:
                return read_named_person(cine.path)
        raise InvalidArgument(
            "No file of the images is at hand, and nothing else says whose they are.",
            "Choose the file of the image, or leave the patient out.",
        )

    def _at_hand(self, key: str) -> Cine | None:
        """From a file if there is one, which says whose the image is; else as it is loaded."""
        review, database = self._study.need_review(), self._database()
        cine = review.cine(key) if review.is_open(key) else None
        if cine is not None and cine.path is not None:
            return cine
        known = database.fileForInstance(key) if database is not None else ""
        for file in (self._study.files.get(key), Path(known) if known else None):
            if file is not None and file.is_file():
                with suppress(EchoMeasureError):
                    read_again = read(file)
                    if image_key(read_again) == key:
                        return read_again
        node = find_image(self._study.scene, key) if cine is None else None
        with suppress(EchoMeasureError):
            return locate(node, database).cine if node is not None else cine
        return None
