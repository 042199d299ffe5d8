"""What the reviewer does with answers: going through them, deciding, choosing beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.candidates import candidates
from EchoMeasureLib.desk.decisions import FIX
from EchoMeasureLib.desk.looked_at import LookedAt
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.measuring.sheet_values import cycle_of
from EchoMeasureLib.review.answers import Answer, State, answers_of, beat_name
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.together import Together, accept_together, unflagged

if TYPE_CHECKING:
    from EchoMeasureLib.desk.open_study import OpenStudy
    from EchoMeasureLib.desk.selection import Selection
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.measuring.measured import BeatValue

NONE_CHOSEN = "Choose an answer in the table first."
UNSEEN = "Its image is not loaded. Load it to see what you decide about."
ALL_REVIEWED = "Every answer has been reviewed."


class Answering:
    """One answer at a time, or none; it is the one whose caliper is selected."""

    def __init__(self, study: OpenStudy, selection: Selection) -> None:
        self._study = study
        self._selection = selection
        self.looked_at = LookedAt(study)
        self._id = ""
        self._known: tuple[object, tuple[Answer, ...]] = (None, ())

    # What there is

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer of the study, in the order of the table."""
        review = self._study.review
        if review is None:
            return ()
        lengths = self._study.lengths
        state = review, len(review.audit), lengths
        if self._known[0] != state:
            self._known = state, answers_of(review, lengths)
        return self._known[1]

    @property
    def answer(self) -> Answer | None:
        """The selected answer: the chosen one or, of another caliper, the one that rests on it."""
        entry, chosen = self._selection.entry, self._find(self._id)
        if entry is None:
            # Where nothing was measured there is no caliper to select.
            return chosen if chosen is not None and not chosen.entries else None
        if chosen is not None and entry.id in chosen.entries:
            return chosen
        return next((a for a in self.answers if entry.id in a.entries), None)

    @property
    def beat(self) -> BeatValue | None:
        """The selected beat of the selected answer."""
        entry, answer = self._selection.entry, self.answer
        return answer.beat_of(entry.id) if entry is not None and answer is not None else None

    def here(self) -> tuple[Answer, ...]:
        """The answers of the open image."""
        return tuple(a for a in self.answers if a.image and a.image == self._study.image)

    def obstacle(self, name: str) -> str:
        """Why this cannot be done now: `accept`, `reject` or `next`; empty where it can."""
        if name == "next":
            return "" if any(answer.state.waits for answer in self.answers) else ALL_REVIEWED
        answer = self.answer
        if answer is None:
            return NONE_CHOSEN
        if self._selection.unseen:
            return UNSEEN
        if not answer.entries:
            return f"Nothing was measured for {answer.row.name}."
        if name == "accept":
            return "" if self._acceptable(answer) else f"No number counts: {_why(answer)}."
        return "" if answer.row.beats else f"There is no number to reject: {_why(answer)}."

    # Going through them

    def choose(self, id: str, entry: str | None = None) -> None:
        """Select an answer, by this caliper of it if one is named: opens its image and frame."""
        answer = self._find(id)
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

    def next_beat(self) -> None:
        """On to the next beat of the answer; after the last, the first.

        Where several images have a number, on to the next of them. Raises `InvalidState` when
        no answer is selected, or when it has one beat only.
        """
        answer, entry = self._need(), self._selection.entry
        groups = [beat.entries for beat in answer.row.beats if beat.entries]
        groups = groups or candidates(self._study.need_review(), answer)
        if len(groups) < 2:
            raise InvalidState(f"{answer.row.name} has no other {cycle_of(answer.id)}.")
        now = next((n for n, ids in enumerate(groups) if entry and entry.id in ids), -1)
        self.choose(answer.id, groups[(now + 1) % len(groups)][0])

    # Deciding

    def accept(self, note: str | None = None) -> None:
        """Agree with the answer: its beats that count are accepted, in one step. Then go on.

        Where several images have a number, that of the selected caliper is taken. `note`: to be
        kept with the selected caliper. Raises `InvalidState` where nothing counts.
        """
        answer, review, entry = self._need(), self._study.need_review(), self._selection.entry
        ids = self._acceptable(answer)
        if not ids:
            raise InvalidState(f"{answer.row.name} has no number to accept: {_why(answer)}.", FIX)
        with review.step(f"accept {answer.row.name}"):
            if note is not None and entry is not None:
                review.note(entry.id, note)
            for id in ids:
                review.accept(id)
        self._go_on_from(answer)

    def reject(self, reason: str = "") -> None:
        """The answer is no good: every caliper of it is rejected, in one step. Then go on.

        On a cine they are left out as well, so that no frame beside them takes their place.
        Raises `InvalidState` where there is no number, or no answer is selected.
        """
        answer, review = self._need(), self._study.need_review()
        if obstacle := self.obstacle("reject"):
            raise InvalidState(obstacle, "Single calipers are rejected under All calipers.")
        with review.step(f"reject {answer.row.name}"):
            for id in answer.entries:
                if not CATALOG[answer.measurement].on_strip:
                    review.leave_out(id, reason)
                review.reject(id, reason)
        self._go_on_from(answer)

    def accept_together(self) -> Together:
        """Accept what `together` says, as one step; then go on. Returns what was done.

        Raises `InvalidState` where there is nothing to accept so.
        """
        found, review = self.together(), self._study.need_review()
        if not found.ready:
            why = "; ".join(f"{answer.row.name}: {why}" for answer, why in found.left_out[:3])
            raise InvalidState("Nothing here can be accepted together.", why)
        accept_together(review, found)
        self._go_on_from(found.ready[-1])
        return found

    def together(self) -> Together:
        """What of the open image can be accepted together, and what not, and why."""
        review = self._study.review
        if review is None:
            return Together((), ())
        return unflagged(review, self.answers, self._study.image, self.looked_at.at)

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
            name = beat_name(answer.id, beat).capitalize()
            raise InvalidState(f"{name} does not count anyway: {beat.why_not}.", FIX)
        verb = "count" if decided else "leave out"
        with review.step(f"{verb} {beat_name(answer.id, beat)} of {answer.row.name}"):
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
        study, answer = self._study, self.answer
        if study.need_cine().frame_count < 2:
            raise InvalidState(f"A still has no {phase.words} to choose.")
        study.need_review().mark(study.frame, phase, study.image)
        moved = self._find(answer.id) if answer is not None else None
        beats = moved.row.beats if moved is not None else ()
        here = next((beat for beat in beats if beat.frame == study.frame and beat.entries), None)
        if moved is not None and here is not None:
            self.choose(moved.id, here.entries[0])

    def heard(self, topic: Topic) -> None:
        """Something has changed on the desk."""
        if topic in ("image", "review", "frame", "views", "selection"):
            self.looked_at.look()

    def forget(self) -> None:
        """Another review: nothing is selected, and nothing was seen."""
        self._id, self._known = "", (None, ())
        self.looked_at.forget()

    # Inside

    def _find(self, id: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.id == id), None)

    def _acceptable(self, answer: Answer) -> tuple[str, ...]:
        """What is accepted with an answer: what counts, else what would where it is selected."""
        entry = self._selection.entry
        if answer.counting or entry is None:
            return answer.counting
        groups = candidates(self._study.need_review(), answer)
        return next((ids for ids in groups if entry.id in ids), ())

    def _step(self, step: int) -> None:
        if not self._go_on(self._tiers(), step):
            raise InvalidState(ALL_REVIEWED)

    def _tiers(self) -> tuple[Callable[[Answer], bool], ...]:
        return (
            lambda answer: answer.state is State.NEED_EYES,
            lambda answer: answer.state.waits and not self.looked_at.at(answer),
            lambda answer: answer.state.waits,
        )

    def _go_on(self, tiers: Sequence[Callable[[Answer], bool]], step: int = 1) -> bool:
        """Select the next answer of the first tier that has any; whether there was one."""
        order, current = self._in_turn(), self.answer
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
            self.choose(here[0].id)
        else:
            self._go_on(self._tiers()[2:])

    def _in_turn(self) -> list[Answer]:
        """Those that can be gone to: image by image, the open one first."""
        keys = list(self._study.need_review().images)
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
