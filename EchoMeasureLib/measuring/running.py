"""From a cine to calipers in one go: landmarks by the networks, numbers by `measure`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.measuring.beside import checked
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.progress import Monitor, silent

if TYPE_CHECKING:
    from EchoMeasureLib.geometry import Landmark
    from EchoMeasureLib.inference.comparing import Comparing
    from EchoMeasureLib.inference.predicting import Predictor
    from EchoMeasureLib.inference.prediction import Prediction
    from EchoMeasureLib.inference.quality_findings import Quality
    from EchoMeasureLib.inference.view_check import ViewCheck


def predict_calipers(
    cine: Cine,
    measurements: Sequence[str],
    frames: Sequence[int],
    predictor: Predictor | None = None,
    monitor: Monitor = silent,
    quality: Quality | None = None,
    views: ViewCheck | None = None,
    neighbours: bool = True,
) -> Iterator[Caliper]:
    """Calipers as the networks place them, in the order the predictor gives them.

    Those of a cine come when all are there and have been compared with each other; with
    `neighbours`, frames beside the ones asked for are run too, so that single values have
    something to be compared with (`inference.beside_frames`). On a strip there is one for every
    beat, left to right. `measurements` are ids of the catalog, `frames` count from 0. Without a
    predictor the networks are those that `echomeasure weights list` names, loaded for this call
    only. With the `quality` of the picture, what it makes doubtful is flagged; so is what is found
    in another view, unless the predictor's settings say that nobody asks. `views` looks for that,
    and keeps its networks from one call to the next.
    Raises `UnknownMeasurement`, `CannotMeasure`, `WeightsProblem` and, for a frame that is
    not there, `InvalidArgument`; `MissingPackage` without torch.

    >>> from EchoMeasureLib import read
    >>> (caliper,) = predict_calipers(read("echo.dcm"), ["aorta"], frames=[0])
    >>> caliper.measurement, caliper.frame, [point.label for point in caliper.points]
    ('aorta', 0, ['anterior leading edge', 'posterior leading edge'])
    """
    for id in measurements:
        definition(id)
    if predictor is None:
        from EchoMeasureLib.inference.predicting import Predictor

        predictor = Predictor()
    predictor.check(cine, measurements)
    for frame in frames:
        cine.check_frame(frame)
    seen = None
    if predictor.settings.view_check:
        from EchoMeasureLib.inference.view_check import ViewCheck

        seen = (views or ViewCheck()).look(cine, measurements, monitor=monitor)
    networks: Comparing | Predictor = predictor
    if neighbours:
        from EchoMeasureLib.inference.comparing import Comparing

        networks = Comparing(predictor)
    found: list[Caliper] = []
    for prediction in networks.predict(cine, measurements, frames, monitor=monitor):
        doubted = prediction if quality is None else quality.doubting(prediction)
        doubted = doubted if seen is None else seen.doubting(doubted)
        found += beat_by_beat(cine, doubted)[1]
    yield from checked(cine, found)


def beat_by_beat(cine: Cine, prediction: Prediction) -> tuple[Caliper, tuple[Caliper, ...]]:
    """The caliper of the clearest beat, and those of all beats, that one among them, left to right.

    What is on no strip has one beat. The points of the clearest alone are compared with the
    other decoder's, so that it is the first caliper itself.
    """
    clearest = _measured(cine, prediction, prediction.points)
    found = {points: _measured(cine, prediction, points) for points in prediction.beats}
    others = [beat for beat in found.values() if any(beat.distances_px(clearest))]
    return clearest, tuple(sorted((clearest, *others), key=lambda beat: beat.points[0].x))


def _measured(cine: Cine, prediction: Prediction, points: Sequence[Landmark]) -> Caliper:
    id, frame, model = prediction.measurement, prediction.frame, prediction.model
    doubts = prediction.quality, prediction.view, prediction.near
    return measure(cine, id, points, frame, Origin.of(model), model, *doubts)
