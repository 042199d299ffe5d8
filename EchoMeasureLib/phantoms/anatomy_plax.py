"""Parasternal long axis: septum, LV cavity, posterior wall, aorta, left atrium, valves.

Frame of its own (cm): x along the long axis of the left ventricle from the apex
(left) to the base, z from the septum to the posterior wall; the axis is z = 0.
Calipers of the ventricle stand at one station, square to that axis. The aorta
has an axis of its own that starts at the base and leans forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from EchoMeasureLib.phantoms.anatomy import Drawing, Pose
from EchoMeasureLib.phantoms.anatomy_plax_heart import LongAxisHeart
from EchoMeasureLib.phantoms.anatomy_plax_moment import LongAxisMoment
from EchoMeasureLib.phantoms.motion import HeartState


@dataclass(frozen=True, slots=True)
class LongAxisView:
    """A heart before the probe, drawn moment by moment (an `Anatomy`)."""

    heart: LongAxisHeart

    @classmethod
    def sample(cls, rng: np.random.Generator) -> LongAxisView:
        """A random patient: normal, dilated, hypertrophied, small, large aorta or atrium."""
        return cls(LongAxisHeart.sample(rng))

    @classmethod
    def lifelike(cls, rng: np.random.Generator) -> LongAxisView:
        """A random patient as real pictures frame it."""
        return cls(LongAxisHeart.lifelike(rng))

    @property
    def depth_cm(self) -> float:
        """Depth that shows all of it."""
        return self.heart.depth

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was drawn, for the truth file; lengths in cm."""
        return self.heart.facts

    def draw(self, state: HeartState) -> Drawing:
        """All outlines at one moment, in cm before the probe."""
        heart, moment = self.heart, LongAxisMoment(self.heart, state)
        drawing = Drawing(moment.tissues(), moment.interfaces(), moment.calipers())
        # The heart moves forward as it empties, so that the septum nearly rests.
        forward = Pose(0.0, (0.0, -0.35 * heart.lvid * heart.shortening * state.contraction))
        return heart.pose.place_all(forward.place_all(drawing))
