"""Which saved review to go on with: in the scene or on disk, whichever has come further."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.files import make_folder
from EchoMeasureLib.mrml.keeping import IN_SCENE, review_texts
from EchoMeasureLib.review.document import Document, concerns, parse, read_document, resume
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.places import taken_places, write_aside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.review.entries import AuditEvent
    from EchoMeasureLib.review.session import Review

HOW_TO_SEE = '"Open review..." of the panel shows them, or: echomeasure review show FILE'


@dataclass(frozen=True, slots=True)
class SavedReview:
    """A document that was read, or why it could not be."""

    name: str
    document: Document | None = None
    trouble: str = ""
    text: str = ""
    """Of one in the scene, which the next review of this image overwrites there."""

    @property
    def saved(self) -> str:
        """When the last of its layers was."""
        layers = self.document.layers.values() if self.document is not None else ()
        return max((layer.saved for layer in layers), default="")

    def audit(self, reviewer: str) -> tuple[AuditEvent, ...]:
        """Every step of this reviewer, as saved."""
        layer = self.document.layers.get(reviewer) if self.document is not None else None
        return layer.audit if layer is not None else ()


def find_review(
    scene: Any, place: Path, cine: Cine, reviewer: str, own_only: bool = False
) -> tuple[Review | None, list[str]]:
    """The review of this image, and what could not be used of all that was found, and why.

    A reviewer without any begins with the predictions in what was saved last by others,
    unless `own_only`. What is not used stays: files as they are, and a text of the scene
    as a file beside `place`.
    """
    found = [*_in_scene(scene, cine), *_on_disk(place, cine)]
    troubles = [_unusable(item, place) for item in found if item.document is None]
    whole = [item for item in found if item.document is not None]
    own = [item for item in whole if item.audit(reviewer)]
    best = max(own, key=lambda item: len(item.audit(reviewer)), default=None)
    if best is not None:
        steps = best.audit(reviewer)
        for item in own:
            other = item.audit(reviewer)
            if steps[: len(other)] != other:
                troubles.append(_left_out(item, len(other), reviewer, place))
    others = () if own_only else sorted(whole, key=lambda item: item.saved, reverse=True)
    for item in filter(None, (best, *others)):
        assert item.document is not None
        try:
            return resume(item.document, cine, reviewer), troubles
        except EchoMeasureError as error:
            troubles.append(f"{item.name}: {error}")
    return None, troubles


def _in_scene(scene: Any, cine: Cine) -> Iterator[SavedReview]:
    for images, text in review_texts(scene):
        try:
            document = parse(text, IN_SCENE)
        except EchoMeasureError as error:
            if image_key(cine) in images:
                yield SavedReview(IN_SCENE, None, str(error), text)
        else:
            if concerns(document, cine):
                yield SavedReview(IN_SCENE, document, "", text)


def _on_disk(place: Path, cine: Cine) -> Iterator[SavedReview]:
    for path in taken_places(place):
        try:
            document = read_document(path)
        except EchoMeasureError as error:
            yield SavedReview(str(path), None, f"{path.name}: {error}")
        else:
            if concerns(document, cine):
                yield SavedReview(str(path), document)


def _unusable(item: SavedReview, place: Path) -> str:
    return f"{item.trouble} It stays as it is{_kept(item, place)}."


def _left_out(item: SavedReview, steps: int, reviewer: str, place: Path) -> str:
    return (
        f"{item.name} holds {steps} steps of {reviewer} that are not part of the review shown, "
        f"which has come further. They stay there{_kept(item, place)}; {HOW_TO_SEE}"
    )


def _kept(item: SavedReview, place: Path) -> str:
    """Save the text of the scene from being overwritten; where it is then."""
    if not item.text:
        return ""
    with suppress(EchoMeasureError):
        make_folder(place.parent)
        return f" and in {write_aside(place, item.text)}"
    return ""
