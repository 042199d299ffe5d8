"""A review filled with images and with what networks or the envelope reader find in them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from EchoMeasureLib.cli.common import DONE, NOT_HERE
from EchoMeasureLib.cli.network_options import AUTO
from EchoMeasureLib.cli.reader_options import Readers, wanted_by
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.review.session import Review


class Filling:
    """Images that come into a review with what the networks say; these run once for each."""

    def __init__(
        self,
        args: argparse.Namespace,
        cines: Sequence[Cine],
        readers: Readers,
        unasked: Callable[[Cine], Sequence[str]] = lambda cine: (),
    ) -> None:
        """`args` are those of `network_options` and `reader_options`, with the files as `files`.

        `unasked` says what is measured in an image where `args` name nothing.
        """
        self._args = args
        self._cines = cines
        self._found: dict[str, list[Prediction]] = {}
        self._measured: set[str] = set()
        self._refused: dict[str, str] = {}
        self._unasked = unasked
        self._readers = readers

    def fill(self, review: Review) -> Review:
        """Add every image, and measure in it."""
        for path, cine in zip(self._args.files, self._cines, strict=True):
            key = review.add_cine(cine)
            if key not in self._found:
                self._found[key] = self._look(review.cine(key), path.name)
            review.add_predictions(self._found[key], key)
        return review

    def outcome(self) -> int:
        """The exit code; what was asked for and could be measured nowhere is said."""
        nowhere = {id: why for id, why in self._refused.items() if id not in self._measured}
        for id, why in nowhere.items():
            say(f"{id} can be measured in none of the files. {why}")
        return NOT_HERE if nowhere else DONE

    def _look(self, cine: Cine, name: str) -> list[Prediction]:
        named = self._args.measurements or self._unasked(cine)
        asked = wanted_by(self._args, cine, named)
        self._refused |= asked.refused
        if AUTO in named and not asked.ids:
            say(f"{name}: nothing can be measured in it. {' '.join(asked.notes)}".rstrip())
        if not asked.ids:
            return []
        found = self._readers.find(cine, asked.ids, name)
        self._measured |= set(asked.ids) - set(found.unread)
        self._refused |= found.failed(named)
        return found.predictions
