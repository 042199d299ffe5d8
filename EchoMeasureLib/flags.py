"""Reasons to look twice at a number, and how they are said: one list for all rooms."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType


class Flag(str, enum.Enum):
    """A reason to look twice. A flagged value is shown, and never feeds a derived value."""

    UNCALIBRATED = "uncalibrated"
    OUT_OF_REGION = "out_of_region"
    WRONG_SIDE = "wrong_side"
    IMPLAUSIBLE = "implausible"
    NOT_FOUND = "not_found"
    """The network sees no such landmark; where it puts one is chance."""
    LOW_CONFIDENCE = "low_confidence"
    DECODERS_DISAGREE = "decoders_disagree"
    BASELINE_DETECTED = "baseline_detected"
    """The file gives no usable baseline; it was found in the picture."""
    BASELINE_MOVED = "baseline_moved"
    """The baseline is drawn elsewhere than where the calibration puts it."""
    CLIPPED = "clipped"
    """The wave runs into the edge of the strip: its peak is not on the picture."""
    ALIASED = "aliased"
    """The wave runs over the edge of the strip and comes back on the other side."""
    ORDER = "order"
    """The points are in an impossible order, such as A before E."""
    NOT_ONE_BEAT = "not_one_beat"
    """The two points are not of one beat, or nothing shows that they are."""
    NOT_ONE_LINE = "not_one_line"
    """No echo of the M-mode leads from one point to the other."""
    OPEN_TRACING = "open_tracing"
    """A tracing does not come down to the baseline at both ends."""
    ENVELOPE_DISAGREES = "envelope_disagrees"
    """The wave there is seen to be of another height (see `measuring.envelope.vote`), or tracing
    and peak of one wave are."""
    NO_WAVE = "no_wave"
    """Nothing flows where the point lies."""
    OTHER_WAVE = "other_wave"
    """The point lies on another wave of the beat, such as e' on a'."""
    DROPOUT = "dropout"
    """The picture has a hole where the wave's tip may have been."""
    ONLY_NETWORK = "only_network"
    """Both readers were asked, and the envelope reader does not see this beat."""
    ONLY_ENVELOPE = "only_envelope"
    """Both readers were asked, and the network does not see this beat."""
    EDGE_UNSEEN = "edge_unseen"
    """The envelope reader drew a beat as all beats of its strip together show it."""
    POOR_QUALITY = "poor_quality"
    """The picture in which a network found it is too poor (see `inference.quality`)."""
    OTHER_VIEW = "other_view"
    """A network found it in a picture of another view or mode (see `inference.view_check`)."""
    COARSE = "coarse"
    """One pixel of what the network sees is too much of the heart (see `measuring.resolution`), or
    the tip of a wave is not known to 5 % (`measuring.known_tips`)."""
    OFF_WALL = "off_wall"
    """The picture shows that an end does not lie on the edge of a wall."""
    JUMP = "jump"
    """The frames beside it, or the other beats of its strip, let expect another value."""
    WALLS_APART = "walls_apart"
    """Calipers that share a wall do not lie end to end on this frame."""
    WRONG_LEVEL = "wrong_level"
    """It lies elsewhere along the vessel than what it is called."""
    AT_ODDS = "at_odds"
    """No heart has such sizes beside each other, or in one beat (see `measuring.proportions`)."""

    @property
    def words(self) -> str:
        """For people, such as "wrong side of the baseline"."""
        return _WORDS[self]


_WORDS: Mapping[Flag, str] = MappingProxyType(
    {
        Flag.UNCALIBRATED: "not calibrated",
        Flag.OUT_OF_REGION: "outside the region",
        Flag.WRONG_SIDE: "wrong side of the baseline",
        Flag.IMPLAUSIBLE: "implausible value",
        Flag.NOT_FOUND: "no landmark found",
        Flag.LOW_CONFIDENCE: "low confidence",
        Flag.DECODERS_DISAGREE: "decoders disagree",
        Flag.BASELINE_DETECTED: "baseline found in the picture",
        Flag.BASELINE_MOVED: "baseline elsewhere in the picture",
        Flag.CLIPPED: "wave cut at the strip's edge",
        Flag.ALIASED: "wave comes back on the other side",
        Flag.ORDER: "points in the wrong order",
        Flag.NOT_ONE_BEAT: "points not of one beat",
        Flag.NOT_ONE_LINE: "points not on one line",
        Flag.OPEN_TRACING: "tracing of no whole wave",
        Flag.ENVELOPE_DISAGREES: "wave of another height",
        Flag.NO_WAVE: "no wave there",
        Flag.OTHER_WAVE: "another wave of the beat",
        Flag.DROPOUT: "the picture has a hole there",
        Flag.ONLY_NETWORK: "only seen by the network",
        Flag.ONLY_ENVELOPE: "only seen by the envelope reader",
        Flag.EDGE_UNSEEN: "its own edge is not clear",
        Flag.POOR_QUALITY: "poor image quality",
        Flag.OTHER_VIEW: "another view",
        Flag.COARSE: "not seen finely enough",
        Flag.OFF_WALL: "an end is not on a wall",
        Flag.JUMP: "jumps from those beside it",
        Flag.WALLS_APART: "calipers of one wall do not meet",
        Flag.WRONG_LEVEL: "elsewhere along the vessel",
        Flag.AT_ODDS: "at odds with the rest of its beat",
    }
)

BESIDE = frozenset(
    {
        Flag.JUMP,
        Flag.WALLS_APART,
        Flag.WRONG_LEVEL,
        Flag.AT_ODDS,
        Flag.ENVELOPE_DISAGREES,
        Flag.NO_WAVE,
        Flag.OTHER_WAVE,
        Flag.DROPOUT,
        Flag.ONLY_NETWORK,
        Flag.ONLY_ENVELOPE,
        Flag.EDGE_UNSEEN,
    }
)
"""What other frames, other calipers and the waves of a strip say against a caliper: it holds for
points put by hand as well, until the reviewer takes the position over."""

DOUBTS = BESIDE | frozenset(
    {
        Flag.LOW_CONFIDENCE,
        Flag.DECODERS_DISAGREE,
        Flag.POOR_QUALITY,
        Flag.OTHER_VIEW,
        Flag.COARSE,
        Flag.OFF_WALL,
    }
)
"""What makes the points of a network doubtful: a reviewer may take them over, and a point put by
hand is not in doubt.

Not so the others. A landmark that was not found has no position to take over: it is put by hand
or not at all. All that is left are facts of the picture or of the file, which stay true whoever
puts the point there.
"""
