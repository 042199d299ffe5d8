"""What the reviewer does with answers: going through them, accepting, rejecting, choosing beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG, Phase
from EchoMeasureLib.desk.answers import Answer, State, Together, answers_of
from EchoMeasureLib.desk.decisions import FIX
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.inference.settings import set_warnings
from EchoMeasureLib.review.entries import Entry, Status

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.measuring.calipers import Caliper
    from EchoMeasureLib.measuring.derived import BeatValue
    from EchoMeasureLib.review.session import Review

TOGETHER = "accepted together"
"""How the audit trail calls a step that accepts several answers at once."""

NONE_CHOSEN = "Choose an answer in the table first."
UNSEEN = "Its image is not loaded. Load it to see what you decide about."


class Answering:
    """One answer at a time, or none; it is the one whose caliper is selected."""

    def __init__(self, study: OpenStudy, selection: Selection) -> None:
        self._study = study
        self._selection = selection
        self._id = ""
        self.seen: dict[str, Caliper] = {}
        """The calipers that were on display, as they were then, by their ids."""
        self._known: tuple[Review | None, int, tuple[Answer, ...]] = (None, -1, ())

    # What there is

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer of the study, in the order of the table."""
        review = self._study.review
        if review is None:
            return ()
        version = len(review.audit)
        if self._known[:2] != (review, version):
            self._known = review, version, answers_of(review)
        return self._known[2]

    @property
    def answer(self) -> Answer | None:
        """The selected answer: the chosen one or, of another caliper, the one that rests on it."""
        entry = self._selection.entry
        mine = next((a for a in self.answers if a.id == self._id), None)
        if entry is None or (mine is not None and entry.id in mine.entries):
            return mine if entry is not None or mine is None or not mine.entries else None
        return next((a for a in self.answers if entry.id in a.entries), None)

    @property
    def beat(self) -> BeatValue | None:
        """The selected beat of the selected answer."""
        entry, answer = self._selection.entry, self.answer
        return answer.beat_of(entry.id) if entry is not None and answer is not None else None

    def here(self) -> tuple[Answer, ...]:
        """The answers of the open image."""
        return tuple(a for a in self.answers if a.image and a.image == self._study.image)

    # Going through them

    def choose(self, id: str, entry: str | None = None) -> None:
        """Select an answer, by this caliper of it if one is named: opens its image and frame."""
        answer = next((a for a in self.answers if a.id == id), None)
        self._id = id
        self._selection.choose(entry or (answer.first if answer is not None else None))

    def next(self) -> None:
        """Go to the next answer that needs eyes; when none does, to the next that waits.

        Of those that wait the ones that were not on display yet come first. Raises
        `InvalidState` when none waits.
        """
        self._step(1)

    def previous(self) -> None:
        """The same backwards. Raises as `next`."""
        self._step(-1)

    def _step(self, step: int) -> None:
        if not self._go_on(self._tiers(), step):
            raise InvalidState("Every answer has been reviewed.")

    def next_beat(self) -> None:
        """On to the next beat of the answer; after the last, the first.

        Raises `InvalidState` when no answer is selected, or when it has one beat only.
        """
        answer = self._need()
        beats = [beat for beat in answer.row.beats if beat.entries]
        if len(beats) < 2:
            raise InvalidState(f"{answer.row.name} has no other beat.")
        now = beats.index(self.beat) if self.beat in beats else -1
        self.choose(answer.id, beats[(now + 1) % len(beats)].entries[0])

    # Deciding

    def accept(self, note: str | None = None) -> None:
        """Agree with the answer: its beats that count are accepted, in one step. Then go on.

        `note`: to be kept with the selected caliper. Raises `InvalidState` where nothing counts.
        """
        answer, review, entry = self._need(), self._study.need_review(), self._selection.entry
        if not answer.counting:
            raise InvalidState(f"{answer.row.name} has no number to accept: {_why(answer)}.", FIX)
        with review.step(f"accept {answer.row.name}"):
            if note is not None and entry is not None:
                review.note(entry.id, note)
            for id in answer.counting:
                review.accept(id)
        self._go_on_from(answer)

    def reject(self, reason: str = "") -> None:
        """The answer is no good: every caliper of it is rejected, in one step. Then go on.

        On a cine they are left out as well, so that no frame beside them takes their place.
        Raises `InvalidState` where nothing was measured, or no answer is selected.
        """
        answer, review = self._need(), self._study.need_review()
        if not answer.entries:
            raise InvalidState(f"Nothing was measured for {answer.row.name}.")
        with review.step(f"reject {answer.row.name}"):
            for id in answer.entries:
                if not CATALOG[answer.measurement].on_strip:
                    review.leave_out(id, reason)
                review.reject(id, reason)
        self._go_on_from(answer)

    def toggle_beat(self) -> None:
        """Let the selected beat count for nothing, or count again.

        Raises `InvalidState` for a beat that a flag keeps from counting.
        """
        answer, beat = self._need(), self.beat
        if beat is None:
            raise InvalidState("Choose a beat first.", "B goes through the beats of an answer.")
        review = self._study.need_review()
        entries = [review.entry(id) for id in beat.entries]
        decided = [e for e in entries if e.left_out or e.status is Status.REJECTED]
        if not decided and not beat.counts:
            raise InvalidState(f"Beat {beat.number} does not count anyway: {beat.why_not}.", FIX)
        verb = "count" if decided else "leave out"
        with review.step(f"{verb} beat {beat.number} of {answer.row.name}"):
            for entry in decided:
                if entry.status is Status.REJECTED:
                    review.reopen(entry.id)
                review.count(entry.id)
            for entry in () if decided else entries:
                review.leave_out(entry.id)

    def mark(self, phase: Phase) -> None:
        """The frame shown is end-diastole (end-systole) of its beat, or is so no longer.

        Raises `InvalidState` without an image, and on a still or a strip.
        """
        cine = self._study.need_cine()
        if cine.frame_count < 2:
            raise InvalidState(f"A still has no {phase.words} to choose.")
        study, answer = self._study, self.answer
        study.need_review().mark(study.frame, phase, study.image)
        moved = next((a for a in self.answers if answer is not None and a.id == answer.id), None)
        beats = moved.row.beats if moved is not None else ()
        here = next((b for b in beats if b.frame == study.frame and b.entries), None)
        if moved is not None and here is not None:
            self.choose(moved.id, here.entries[0])

    def obstacle(self, name: str) -> str:
        """Why this cannot be done now: `accept`, `reject` or `next`; empty where it can."""
        answer = self.answer
        if name == "next":
            waiting = any(answer.state.waits for answer in self.answers)
            return "" if waiting else "Every answer has been reviewed."
        if answer is None:
            return NONE_CHOSEN
        if self._selection.unseen:
            return UNSEEN
        if not answer.entries:
            return f"Nothing was measured for {answer.row.name}."
        return (
            f"No number counts: {_why(answer)}." if name == "accept" and not answer.counting else ""
        )

    # Accepting together

    def together(self) -> Together:
        """What of the open image can be accepted together, and what not, and why.

        Never what has a flag, lies near or beyond a limit, was not on display yet, or comes from
        networks that nobody has verified.
        """
        waiting = [answer for answer in self.here() if answer.state.waits]
        reasons = [(answer, self._brake(answer)) for answer in waiting]
        return Together(
            tuple(answer for answer, why in reasons if not why),
            tuple((answer, why) for answer, why in reasons if why),
        )

    def accept_together(self) -> Together:
        """Accept what `together` says, as one step; then go on. Returns what was done.

        Raises `InvalidState` where there is nothing to accept so.
        """
        found, review = self.together(), self._study.need_review()
        if not found.ready:
            raise InvalidState("Nothing here can be accepted together.", _first_brake(found))
        with review.step(TOGETHER):
            for id in dict.fromkeys(id for answer in found.ready for id in answer.counting):
                review.accept(id)
        self._go_on_from(found.ready[-1])
        return found

    def look(self) -> None:
        """Remember which answers are on display now."""
        study = self._study
        review = study.review
        if review is None or study.cine is None or not study.in_view:
            return
        for entry in review.on_frame(study.frame, study.image):
            self.seen[entry.id] = entry.caliper

    def heard(self, topic: Topic) -> None:
        """Something has changed on the desk."""
        if topic in ("image", "review", "frame", "views", "selection"):
            self.look()

    def forget(self) -> None:
        """Another review: nothing is selected, and nothing was seen."""
        self._id, self._known = "", (None, -1, ())
        self.seen = {}

    # Inside

    def _brake(self, answer: Answer) -> str:
        """Why an answer cannot be accepted without being looked at by itself; empty when it can."""
        if answer.state is State.NEED_EYES:
            return answer.why
        entries = [self._study.need_review().entry(id) for id in answer.counting]
        if answer.row.near:
            return "near a limit of normal"
        models = (entry.caliper.model for entry in entries)
        warnings = set_warnings(model.set for model in models if model is not None)
        if warnings:
            return warnings[0].partition(":")[0].lower()
        return "" if self._was_shown(entries) else "not on display yet"

    def _was_shown(self, entries: Sequence[Entry]) -> bool:
        """Whether one of its beats was on display, as it is now."""
        return any(self.seen.get(entry.id) == entry.caliper for entry in entries)

    def _tiers(self) -> tuple[Callable[[Answer], bool], ...]:
        review = self._study.need_review()

        def fresh(answer: Answer) -> bool:
            entries = [review.entry(id) for id in answer.counting]
            return answer.state.waits and not self._was_shown(entries)

        return (lambda a: a.state is State.NEED_EYES), fresh, (lambda a: a.state.waits)

    def _go_on(self, tiers: Sequence[Callable[[Answer], bool]], step: int = 1) -> bool:
        """Select the next answer of the first tier that has any; whether there was one."""
        order = self._in_turn()
        current = self.answer
        at = next((n for n, a in enumerate(order) if current and a.id == current.id), -1)
        turn = [order[(at + step * k) % len(order)] for k in range(1, len(order) + 1)]
        for tier in tiers:
            found = next((answer for answer in turn if tier(answer)), None)
            if found is not None:
                self.choose(found.id)
                self._study.zoom_to(self._selection.entry)
                return True
        return False

    def _go_on_from(self, answer: Answer) -> None:
        """After a decision: to what waits on the same image, else on the images after it."""
        here = [a for a in self.answers if a.image == answer.image and a.state.waits]
        if here:
            if self.answer is None or not self.answer.state.waits:
                self.choose(here[0].id)
            return
        self._go_on(self._tiers()[2:])

    def _in_turn(self) -> list[Answer]:
        """Those that can be gone to: image by image, the open one first."""
        review = self._study.need_review()
        keys = list(review.images)
        now = keys.index(self._study.image) if self._study.image in keys else 0
        ranks = {key: (place - now) % len(keys) for place, key in enumerate(keys)}
        reachable = [a for a in self.answers if a.first and self._study.loaded(a.image)]
        return sorted(reachable, key=lambda a: ranks[a.image])

    def _need(self) -> Answer:
        answer = self.answer
        if answer is None:
            raise InvalidState(NONE_CHOSEN)
        if self._selection.unseen:
            raise InvalidState(UNSEEN)
        return answer


def _why(answer: Answer) -> str:
    return answer.why or answer.row.reason or "nothing counts"


def _first_brake(found: Together) -> str:
    return "; ".join(f"{answer.row.name}: {why}" for answer, why in found.left_out[:3])
