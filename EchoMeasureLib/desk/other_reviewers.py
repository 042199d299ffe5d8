"""What other reviewers have made of the open image: read, never written. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.exporting.tables import write_comparison
from EchoMeasureLib.mrml.scene_reviews import stored_layers
from EchoMeasureLib.review.document import read

if TYPE_CHECKING:
    from pathlib import Path

    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.review.compare import Comparison
    from EchoMeasureLib.review.layers import Layer


class Others:
    """The layers beside the present reviewer's, in the documents of the image and in the scene."""

    def __init__(self, desk: Desk, scene: Any) -> None:
        self._desk = desk
        self._scene = scene
        self._layers: dict[str, Layer] = {}
        self.trouble = ""
        """Why a document could not be looked into; empty when all could."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every other reviewer of the open image who did something, as of the last `look`."""
        return tuple(self._layers) if self._desk.review is not None else ()

    def look(self) -> None:
        """Find the other reviewers; of two layers of one of them, the one that has come further."""
        self._layers.clear()
        self.trouble = ""
        review = self._desk.review
        if review is None:
            return
        for layer in self._found():
            if layer.reviewer == review.reviewer or not layer.has_work:
                continue
            known = self._layers.get(layer.reviewer)
            if known is None or len(layer.audit) > len(known.audit):
                self._layers[layer.reviewer] = layer

    def compare(self, reviewer: str) -> Comparison:
        """The present review beside this one's. Raises `InvalidArgument` when there is none."""
        if reviewer not in self._layers:
            raise InvalidArgument(f"There is no review by '{reviewer}' of this image.")
        return self._desk.need_review().compared_with(self._layers[reviewer])

    def export(self, reviewer: str, path: Path) -> None:
        """Write that comparison as a table (CSV)."""
        write_comparison(path, self.compare(reviewer))

    def _found(self) -> Iterator[Layer]:
        desk = self._desk
        for path in desk.keeping.documents:
            try:
                document = read(path)
            except EchoMeasureError as error:
                self.trouble = str(error)
            else:
                if desk.image in document.images:
                    yield from document.layers.values()
        try:
            yield from stored_layers(self._scene, desk.image)
        except EchoMeasureError as error:
            self.trouble = str(error)
