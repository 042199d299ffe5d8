"""Frames beside the ones that were asked for, run so that a single value has neighbours.

Nothing of them is reported: they are kept with the prediction beside which they lie, and
`measuring.beside` compares.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.beside_frames import frames_beside
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Near, Prediction
from EchoMeasureLib.progress import Monitor, silent

MOST_KEPT = 400
"""Predictions kept for the next time that the same frame of the same image is measured."""


class Comparing:
    """Runs networks with neighbours, and keeps those for the next time."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self._image: Hashable = None
        self._kept: dict[tuple[str, int], Prediction] = {}

    def predict(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor = silent,
        image: Hashable = None,
    ) -> Iterator[Prediction]:
        """As `Predictor.predict`, each with what the networks say of the frames beside it.

        `image` tells this image, as it is calibrated, from others: with it, neighbours that were
        run before are not run again. What is measured on strips has no neighbours. Raises as
        `Predictor.predict`.
        """
        if image is None or image != self._image:
            self._image, self._kept = image, {}
        rows = [definition(id) for id in dict.fromkeys(measurements)]
        moving = [row.id for row in rows if not row.on_strip]
        beside = frames_beside(cine.times, frames) if moving else ()
        if not beside:
            yield from self.predictor.predict(cine, measurements, frames, monitor)
            return
        new = [f for f in beside if any((id, f) not in self._kept for id in moving)]
        # Those beside come first, so that each frame that is asked for can be told at once.
        for found in self.predictor.predict(cine, moving, [*new, *frames], monitor):
            if found.frame in new:
                self._kept[found.measurement, found.frame] = found
            else:
                yield self._compared(cine, found)
        strips = [row.id for row in rows if row.on_strip]
        if strips:
            yield from self.predictor.predict(cine, strips, frames, monitor)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def _compared(self, cine: Cine, found: Prediction) -> Prediction:
        times = cine.times
        assert times is not None  # or there would be no neighbours
        near = [
            Near(frame, kept.points)
            for (id, frame), kept in self._kept.items()
            if id == found.measurement and frame in frames_beside(times, [found.frame])
        ]
        return replace(found, near=tuple(sorted(near, key=lambda one: one.frame)))
