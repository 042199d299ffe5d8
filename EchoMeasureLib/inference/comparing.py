"""Frames beside the ones that were asked for, run so that a single value has neighbours.

Nothing of them is reported: they are kept with the prediction beside which they lie, and
`measuring.beside` compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.beside_frames import frames_beside
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.inference.prediction import Near, Prediction
from EchoMeasureLib.progress import Monitor, silent


class Comparing:
    """Runs networks with neighbours."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    def predict(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int],
        monitor: Monitor = silent,
    ) -> Iterator[Prediction]:
        """As `Predictor.predict`, each with what the networks say of the frames beside it.

        What is measured on strips has no neighbours. Raises as `Predictor.predict`.
        """
        rows = [definition(id) for id in dict.fromkeys(measurements)]
        moving = [row.id for row in rows if not row.on_strip]
        beside = frames_beside(cine.times, frames) if moving else ()
        if not beside:
            yield from self.predictor.predict(cine, measurements, frames, monitor)
            return
        others: dict[tuple[str, int], Prediction] = {}
        # Those beside come first, so that each frame that is asked for can be told at once.
        for found in self.predictor.predict(cine, moving, [*beside, *frames], monitor):
            if found.frame in beside:
                others[found.measurement, found.frame] = found
            else:
                yield _compared(cine, found, others)
        strips = [row.id for row in rows if row.on_strip]
        if strips:
            yield from self.predictor.predict(cine, strips, frames, monitor)


def _compared(
    cine: Cine, found: Prediction, others: Mapping[tuple[str, int], Prediction]
) -> Prediction:
    near = [
        Near(frame, others[found.measurement, frame].points)
        for frame in frames_beside(cine.times, [found.frame])
        if (found.measurement, frame) in others
    ]
    return replace(found, near=tuple(near))
