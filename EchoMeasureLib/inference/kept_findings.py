"""What networks found in the image that is open, so that nothing is run twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.canvas import Canvas
from EchoMeasureLib.inference.heat import Heat
from EchoMeasureLib.inference.prediction import Prediction

MOST_PREDICTIONS = 20_000
"""Of an image: all measurements on a thousand frames, some 20 MB."""

MOST_CANVAS_BYTES = 128 << 20
"""Of the canvases that several networks see: 145 frames of a 2-D image."""

MOST_HEAT_BYTES = 96 << 20
"""Of heat maps that nobody has asked for yet: those of one view on 125 frames."""


class KeptFindings:
    """Kept until another image is opened, or this one has other regions."""

    def __init__(self) -> None:
        self._cine: Cine | None = None
        self._found: dict[tuple[str, str, int], Prediction] = {}
        self._canvases: dict[Hashable, Canvas] = {}
        self._canvas_bytes = 0
        self.by_neighbours: set[tuple[str, str, int]] = set()
        """Network, measurement and frame of ties that frames beside decided (`ties`)."""
        self._heats: dict[tuple[str, str, int], Heat] = {}
        self._heat_bytes = 0

    def open(self, cine: Cine) -> None:
        """Forget what was found in any other image."""
        last = self._cine
        if last is None or not last.shares_frames(cine) or last.regions != cine.regions:
            self._found.clear()
            self.by_neighbours.clear()
            self._canvases.clear()
            self._canvas_bytes = 0
            self._heats.clear()
            self._heat_bytes = 0
        self._cine = cine

    def found(
        self, network: str, measurements: Iterable[str], frames: Sequence[int]
    ) -> dict[tuple[str, int], Prediction]:
        """What this network (its SHA-256) said of these measurements, as far as it was asked."""
        keys = [(network, id, frame) for id in measurements for frame in frames]
        return {key[1:]: self._found[key] for key in keys if key in self._found}

    def keep(self, network: str, found: Prediction) -> None:
        """Keep it, and let the oldest go where there are too many."""
        self._found[network, found.measurement, found.frame] = found
        if len(self._found) > MOST_PREDICTIONS:
            del self._found[next(iter(self._found))]

    def heat(self, network: str, measurement: str, frame: int) -> Heat | None:
        """What a network of several measurements said of another one than was asked for."""
        return self._heats.get((network, measurement, frame))

    def keep_heat(self, network: str, measurement: str, frame: int, heat: Heat) -> None:
        """Keep it, and let the oldest go where they are too large together."""
        if (network, measurement, frame) not in self._heats:
            self._heat_bytes += heat.logits.nbytes
        self._heats[network, measurement, frame] = heat
        while self._heat_bytes > MOST_HEAT_BYTES:
            oldest = self._heats.pop(next(iter(self._heats)))
            self._heat_bytes -= oldest.logits.nbytes

    def canvas(self, key: Hashable, make: Callable[[], Canvas]) -> Canvas:
        """The canvas of this key, made where it is not there, and kept while there is room.

        The first ones stay: networks see the frames of a long cine in one order.
        """
        kept = self._canvases.get(key)
        if kept is not None:
            return kept
        canvas = make()
        if self._canvas_bytes + canvas.picture.nbytes <= MOST_CANVAS_BYTES:
            self._canvases[key] = canvas
            self._canvas_bytes += canvas.picture.nbytes
        return canvas
