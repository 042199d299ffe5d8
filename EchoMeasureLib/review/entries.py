"""What a review consists of: entries, and the audit trail of what was done to them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.flags import DOUBTS
from EchoMeasureLib.geometry import PixelPoint
from EchoMeasureLib.measuring.beside import bare
from EchoMeasureLib.measuring.calipers import Caliper


class Status(str, enum.Enum):
    """What the reviewer has said about a caliper."""

    UNREVIEWED = "unreviewed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    """Moved, taken over or placed by the reviewer."""
    REJECTED = "rejected"


LEFT_OUT = "left out"
"""What stands for the reason where the reviewer gave none."""


class Action(str, enum.Enum):
    """What was done, as the audit trail names it."""

    PREDICT = "predict"
    PLACE = "place"
    MOVE = "move"
    SNAP = "snap"
    """Put on the peak of the wave that it lies on."""
    ADOPT = "adopt"
    BEAT = "beat"
    """Another beat was chosen; only in documents of earlier versions."""
    ACCEPT = "accept"
    REJECT = "reject"
    REOPEN = "reopen"
    RESET = "reset"
    DELETE = "delete"
    NOTE = "note"
    CHOOSE = "choose"
    LEAVE_OUT = "leave out"
    COUNT = "count"
    MARK = "mark"
    DESCRIBE = "describe"
    EXAMINE = "examine"
    FROM_FILE = "from file"
    """What an image's file says of the person, taken where nothing was known."""
    CALIBRATE = "calibrate"
    ADD_IMAGE = "add image"
    REMEASURE = "remeasure"
    UNDO = "undo"
    REDO = "redo"
    STEP = "step"
    """Several actions that are undone as one; only in `ReviewChange`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One caliper of a review; on a strip, one beat."""

    id: str
    """Unique within the review and never used again, such as `lvid-f12` or `trvmax-f0-b2`."""
    image: str
    """Key of the image it lies on (`images.image_key`)."""
    predicted: Caliper | None
    """What the network, or the envelope reader, said of it last, whatever lies beside it; None for
    a caliper placed by hand."""
    caliper: Caliper
    """Where it is now, with its values and flags."""
    status: Status = Status.UNREVIEWED
    reviewer: str = ""
    """Who gave it its status; empty while unreviewed."""
    time: str = ""
    """When, ISO 8601 in UTC; empty while unreviewed."""
    reason: str = ""
    """Why it was rejected."""
    notes: str = ""
    """What the reviewer wrote beside it."""
    phase: Phase | None = None
    """The phase this frame was chosen for by the reviewer; None for any."""
    left_out: str = ""
    """Why the reviewer has it count for nothing, whatever its status; empty when it counts."""
    second: Caliper | None = None
    """What the other reader said of the same beat: of network and envelope reader the one that
    `predicted` is not of. None where it was not asked, or said nothing of this beat."""

    @property
    def said(self) -> tuple[Caliper, ...]:
        """What networks and the envelope reader said of it last."""
        return tuple(one for one in (self.predicted, self.second) if one is not None)

    @property
    def measurement(self) -> str:
        """Id in the catalog, such as `lvid`."""
        return self.caliper.measurement

    @property
    def frame(self) -> int:
        """Counted from 0."""
        return self.caliper.frame

    @property
    def locked(self) -> bool:
        """Whether skins should keep it from being dragged by accident."""
        return self.status is Status.ACCEPTED

    @property
    def reviewed(self) -> bool:
        """Whether the reviewer stands behind its position."""
        return self.status in (Status.ACCEPTED, Status.EDITED)

    @property
    def excluded(self) -> str:
        """Why it feeds no derived value, such as "flagged low confidence"; empty when it may."""
        if self.status is Status.REJECTED:
            return f"rejected: {self.reason}" if self.reason else "rejected"
        if self.left_out:
            return LEFT_OUT if self.left_out == LEFT_OUT else f"{LEFT_OUT}: {self.left_out}"
        return self.caliper.excluded

    @property
    def adoptable(self) -> bool:
        """Whether the network's doubt is all that keeps it from being used (see `Review.adopt`)."""
        flags = set(self.caliper.flags)
        return bool(flags) and flags <= DOUBTS and self.status is not Status.REJECTED

    @property
    def handled(self) -> bool:
        """Whether the reviewer has done anything to it."""
        return self.status is not Status.UNREVIEWED or bool(
            self.notes or self.phase or self.left_out
        )

    @property
    def follows(self) -> bool:
        """Whether it is where the network put it, untouched, so that it goes where that goes."""
        return self.status is Status.UNREVIEWED and bare(self.caliper) == self.predicted


def allowed_phases(measurement: str) -> tuple[Phase, ...]:
    """The phases for which a caliper of this measurement can be chosen."""
    phases = tuple(dict.fromkeys(output.phase for output in definition(measurement).outputs))
    cycle = (Phase.ED, Phase.ES)
    return cycle if set(phases) <= set(cycle) else phases


@dataclass(frozen=True, slots=True)
class EntryState:
    """What the audit trail keeps of an entry."""

    points: tuple[PixelPoint, ...]
    """Source pixels."""
    values: tuple[float | None, ...]
    """In the order of the measurement's outputs, in their stored units."""
    status: Status
    reason: str = ""
    notes: str = ""
    phase: Phase | None = None
    left_out: str = ""

    @classmethod
    def of(cls, entry: Entry) -> EntryState:
        """What the trail keeps of this entry as it is now."""
        return cls(
            tuple(landmark.point for landmark in entry.caliper.points),
            tuple(value.value for value in entry.caliper.values),
            entry.status,
            entry.reason,
            entry.notes,
            entry.phase,
            entry.left_out,
        )


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened: who, when, what, from, to, why. Never changed, never removed."""

    number: int
    """1 for the first event of a review."""
    time: str
    """ISO 8601 in UTC."""
    who: str
    """The reviewer, the network for a prediction, or the file for what it says of the person."""
    action: Action
    entry: str
    """Id of the entry; empty for what concerns the whole review."""
    before: EntryState | None = None
    """None where the entry did not exist."""
    after: EntryState | None = None
    """None where the entry is gone."""
    why: str = ""
    """The reason that the reviewer gave."""
    detail: str = ""
    """What was undone or redone, the step it was part of, or from and to of what is no entry."""


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """Sent to subscribers once the review is consistent again."""

    action: Action
    entries: tuple[str, ...]
    """Ids of all entries touched, each once; some may be gone."""
