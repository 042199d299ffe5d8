"""The review inside the scene: a text node that is saved with it and read back.

It holds the same document as a review file, so nothing is lost between the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from EchoMeasureLib.review.document import dumps, parse
from EchoMeasureLib.review.entries import Action, ReviewChange
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.session import Review

REVIEWER_ATTRIBUTE = "EchoMeasure.reviewer"
IMAGES_ATTRIBUTE = "EchoMeasure.images"
"""Keys of the images of the review, separated by spaces."""

NODE_NAME = "EchoMeasure review"
IN_SCENE = "The review in the scene"
"""What messages call it."""

PREDICTIONS_S = 1.0
"""Predictions come by the hundred; between them the text is renewed no more often than this."""


class SceneKeeping:
    """Keeps the text in the scene the same as the review."""

    def __init__(
        self, scene: Any, review: Review, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._scene = scene
        self._review = review
        self._clock = clock
        self._written = -PREDICTIONS_S
        self._behind = bool(review.entries)
        self.tick()

    def changed(self, change: ReviewChange) -> None:
        """Write what a reviewer does at once, and predictions when `tick` finds the time."""
        self._behind = True
        if change.action is Action.PREDICT:
            self.tick()
        else:
            self.flush()

    def tick(self) -> None:
        """Write what is behind, unless that was done a moment ago."""
        if self._behind and self._clock() - self._written >= PREDICTIONS_S:
            self.flush()

    def flush(self) -> None:
        """Write what is behind."""
        if not self._behind:
            return
        self._node().SetText(dumps(self._review))
        self._behind = False
        self._written = self._clock()

    def _node(self) -> Any:
        for node in _text_nodes(self._scene):
            if node.GetAttribute(REVIEWER_ATTRIBUTE) == self._review.reviewer and (
                _images(node) & self._review.images.keys()
            ):
                break
        else:
            node = self._scene.AddNewNodeByClass("vtkMRMLTextNode", NODE_NAME)
            # Inside the scene file, so that no saving dialog can leave it out.
            node.SetForceCreateStorageNode(node.CreateStorageNodeNever)
            node.SetAttribute(REVIEWER_ATTRIBUTE, self._review.reviewer)
        keys = " ".join(self._review.images)
        if node.GetAttribute(IMAGES_ATTRIBUTE) != keys:
            node.SetAttribute(IMAGES_ATTRIBUTE, keys)
        return node


def review_texts(scene: Any) -> tuple[tuple[frozenset[str], str], ...]:
    """Every review in the scene: keys of its images, and its document in JSON, unchecked."""
    nodes = [node for node in _text_nodes(scene) if node.GetAttribute(REVIEWER_ATTRIBUTE)]
    return tuple((frozenset(_images(node)), node.GetText() or "") for node in nodes)


def stored_layers(scene: Any, image: str) -> tuple[Layer, ...]:
    """What every reviewer of this image, given by its key, has left in the scene.

    Raises `InvalidDocument` when a text in the scene is damaged.
    """
    found: list[Layer] = []
    for node in _text_nodes(scene):
        if image in _images(node):
            found += parse(node.GetText() or "", IN_SCENE).layers.values()
    return tuple(found)


def _text_nodes(scene: Any) -> Iterator[Any]:
    kind = "vtkMRMLTextNode"
    for index in range(scene.GetNumberOfNodesByClass(kind)):
        yield scene.GetNthNodeByClass(index, kind)


def _images(node: Any) -> set[str]:
    return set((node.GetAttribute(IMAGES_ATTRIBUTE) or "").split())
