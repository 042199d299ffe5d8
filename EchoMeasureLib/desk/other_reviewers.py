"""What other reviewers have made of the open image: read, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.exporting.tables import write_comparison
from EchoMeasureLib.mrml.keeping import stored_layers
from EchoMeasureLib.review.document import read_document
from EchoMeasureLib.review.session import Review

if TYPE_CHECKING:
    from pathlib import Path

    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.measuring.sheet import Sheet
    from EchoMeasureLib.review.compare import Comparison
    from EchoMeasureLib.review.layers import Layer


class OtherReviewers:
    """The layers beside the present reviewer's, in the documents of the image and in the scene."""

    def __init__(self, study: OpenStudy, documents: Callable[[], tuple[Path, ...]]) -> None:
        """`documents`: where reviews of the open image are."""
        self._study = study
        self._documents = documents
        self._layers: dict[str, Layer] = {}
        self.trouble = ""
        """Why a document could not be looked into; empty when all could."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every other reviewer of the open image who did something, as of the last `look`."""
        return tuple(self._layers) if self._study.review is not None else ()

    def look(self) -> None:
        """Find the other reviewers; of two layers of one of them, the one that has come further."""
        self._layers.clear()
        self.trouble = ""
        review = self._study.review
        if review is None:
            return
        for layer in self._found(review.reviewer):
            if layer.reviewer == review.reviewer or not layer.has_work:
                continue
            known = self._layers.get(layer.reviewer)
            if known is None or len(layer.audit) > len(known.audit):
                self._layers[layer.reviewer] = layer

    def compare(self, reviewer: str) -> Comparison:
        """The present review beside this one's. Raises `InvalidArgument` when there is none."""
        if reviewer not in self._layers:
            raise InvalidArgument(f"There is no review by '{reviewer}' of this image.")
        return self._study.need_review().compared_with(self._layers[reviewer])

    def sheet(self, reviewer: str) -> Sheet:
        """What this one's review comes to. Raises as `compare`."""
        if reviewer not in self._layers:
            raise InvalidArgument(f"There is no review by '{reviewer}' of this image.")
        images = tuple(self._study.need_review().images.values())
        layer = self._layers[reviewer]
        known = {image.key for image in images}
        if any(entry.image not in known for entry in layer.entries):
            entries = tuple(entry for entry in layer.entries if entry.image in known)
            layer = replace(layer, entries=entries)
        return Review.resume(images, layer).sheet()

    def export(self, reviewer: str, path: Path) -> None:
        """Write that comparison as a table (CSV)."""
        write_comparison(path, self.compare(reviewer))

    def _found(self, reviewer: str) -> Iterator[Layer]:
        """The layers of this image; `reviewer`'s own may be missing."""
        study = self._study
        for path in self._documents():
            try:
                document = read_document(path, reviewer)
            except EchoMeasureError as error:
                self.trouble = str(error)
            else:
                if study.image in document.images:
                    yield from document.layers.values()
        try:
            yield from stored_layers(study.scene, study.image, reviewer)
        except EchoMeasureError as error:
            self.trouble = str(error)
