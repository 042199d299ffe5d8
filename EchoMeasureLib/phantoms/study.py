"""A phantom study: frames on demand, calibration and truth, all from one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.phantoms.layout_parts import Layout

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, slots=True)
class PhantomStudy:
    """One phantom image object: a still or a cine.

    Deterministic: the same generator, layout and seed give the same frames, tags and
    truth. `render` draws one frame and keeps none, so a long cine costs no memory.
    """

    name: str
    """File name without suffix, such as `plax_768x1024_0001`."""
    view: str
    """Short id: plax, a4c, psax, subcostal, or the measurement id of a strip."""
    layout: Layout
    seed: int
    measurements: tuple[str, ...]
    """Ids with truth in this study; empty for a negative."""
    frame_times_s: tuple[float, ...]
    """Seconds from the first frame, one per frame; (0.0,) for a still."""
    r_waves_s: tuple[float, ...]
    """Seconds from the first frame (cine) or from the strip's left edge (still)."""
    regions: tuple[Dataset, ...]
    """Items of (0018,6011)."""
    truth: dict[str, Any]
    """As `truth.schema.json` says."""
    render: Callable[[int], Frame] = field(repr=False)
    """Draws frame i: uint8 (rows, columns, 3) RGB."""
    heart_rate: float | None = None
    """Beats per minute, for (0018,1088)."""
    transducer: str = ""
    """Made-up transducer name, for the tags."""

    @property
    def frame_count(self) -> int:
        """1 for a still."""
        return len(self.frame_times_s)

    def frame(self, index: int) -> Frame:
        """Frame `index` as uint8 (rows, columns, 3) RGB.

        Raises `InvalidArgument` when there is no such frame.
        """
        if not 0 <= index < self.frame_count:
            raise InvalidArgument(
                f"There is no frame {index}: the phantom has {self.frame_count}.",
                f"Choose one from 0 to {self.frame_count - 1}.",
            )
        return self.render(index)
