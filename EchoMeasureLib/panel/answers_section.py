"""The answers: what was measured, what is to be decided, and the decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.desk.answer_words import image_words, together_tip, told_words, why_words
from EchoMeasureLib.desk.decisions import TIPS
from EchoMeasureLib.panel.answer_rows import MISSING, AnswerRows, key_of
from EchoMeasureLib.panel.section import Section, chosen, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.definitions import Phase
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs
    from EchoMeasureLib.panel.head_line import HeadLine
    from EchoMeasureLib.panel.note_line import NoteLine

NOTHING_YET = (
    "Nothing measured yet. Tick measurements below and press Measure, or place a caliper by hand."
)


class AnswersSection(Section):
    """Table of answers, its buttons, and calipers placed by hand."""

    def __init__(
        self, ui: Any, desk: Desk, dialogs: Dialogs, head: HeadLine, note: NoteLine
    ) -> None:
        super().__init__(ui, desk, dialogs)
        self._head, self._note = head, note
        self._told = ""
        """What the last step did, until the next one."""
        self.rows = AnswerRows(ui.answersTree, desk)
        fill(ui.placeCombo, [(row.id, f"{row.name} ({row.view})") for row in CATALOG.values()], "")
        self.on(ui.answersTree.itemSelectionChanged, self._row_chosen)
        for signal in (ui.answersTree.itemExpanded, ui.answersTree.itemCollapsed):
            signal.connect(lambda item: self.rows.fit())
        # A section that is unfolded shows all that is in it, also what was hidden on purpose.
        ui.answersSection.contentsCollapsed.connect(lambda collapsed: self.refresh())
        for button, action in (
            (ui.acceptButton, self.accept),
            (ui.rejectButton, self.reject),
            (ui.undoButton, self.undo),
            (ui.nextButton, self.next),
            (ui.togetherButton, self.accept_together),
            (ui.adoptButton, self.adopt),
            (ui.snapButton, self.snap),
            (ui.placeButton, self.place),
        ):
            self.on(button.clicked, action)

    # What the keys and the buttons do

    def accept(self) -> None:
        """It is right: its beats that count are accepted, with the note just typed; go on."""
        self._decide(lambda: self.desk.answering.accept(self._note.typed()))

    def reject(self) -> None:
        """It is wrong; what was just typed is the reason. Go on."""
        self._decide(lambda: self.desk.answering.reject(self._note.typed() or ""))

    def accept_together(self) -> None:
        """Accept what nothing speaks against on this image, and say what was left out."""
        self._decide(self._accept_together)

    def next(self) -> None:
        """To the next answer that needs eyes, else to the next that waits."""
        self._step(self.desk.answering.next)

    def previous(self) -> None:
        """To the one before."""
        self._step(self.desk.answering.previous)

    def next_beat(self) -> None:
        """To the next beat of the answer."""
        self._step(self.desk.answering.next_beat)

    def toggle_beat(self) -> None:
        """This beat counts, or does not."""
        self._sign(self.desk.answering.toggle_beat)

    def mark(self, phase: Phase) -> None:
        """The frame shown is end-diastole, or end-systole, of its beat."""
        self._sign(lambda: self.desk.answering.mark(phase))

    def adopt(self) -> None:
        """The position is right although the network doubts it."""
        self._sign(self.desk.decisions.adopt)

    def snap(self) -> None:
        """The points go to the peaks of their waves, or back; say which one stays."""
        self._sign(self._snap)

    def undo(self) -> None:
        """Take back the last step."""
        self._told = ""
        self.desk.decisions.undo()

    def unfold(self) -> None:
        """Show the beats of the answer, or hide them."""
        answer = self.desk.answering.answer
        if answer is not None:
            self.rows.toggle(answer)
            self.rows.select(answer, self.desk.answering.beat)

    def place(self) -> None:
        """Let the user click the points of a measurement in the slice view."""
        self._head.ask()
        self.desk.clicking.place(chosen(self.ui.placeCombo))

    # What is shown

    def refresh(self, topic: Topic | None = None) -> None:
        if topic not in (None, "image", "review", "selection", "views", "frame"):
            return
        ui, answering = self.ui, self.desk.answering
        review = self.study.review
        ui.answersSection.visible = review is not None
        enable(ui.placeButton, self.desk.decisions.obstacles()["place"], TIPS["place"])
        if review is None:
            return
        if topic != "frame":
            self.rows.fill()
            self.rows.select(answering.answer, answering.beat)
            self._show_table(bool(review.entries))
        self._offer()

    def _show_table(self, any_measured: bool) -> None:
        ui, review = self.ui, self.study.need_review()
        for part in (ui.answersTree, ui.whyLabel, ui.noteEdit, ui.togetherButton, ui.decisionFrame):
            part.visible = any_measured
        images = list(review.images)
        number = images.index(self.study.image) + 1 if self.study.image in images else 1
        answering = self.desk.answering
        ready = len(answering.together().ready)
        words = image_words(number, len(images), answering.here(), ready)
        ui.answersLabel.text = words if any_measured else NOTHING_YET

    def _offer(self) -> None:
        """Enable what can be done now; a button that cannot says why."""
        ui, answering = self.ui, self.desk.answering
        answer, found = answering.answer, answering.together()
        obstacles = self.desk.decisions.obstacles()
        for name, tip in (("accept", TIPS["answer"]), ("reject", TIPS["answer_wrong"])):
            enable(getattr(ui, f"{name}Button"), answering.obstacle(name), tip)
        enable(ui.nextButton, answering.obstacle("next"), TIPS["next_answer"])
        enable(ui.undoButton, obstacles["undo"], TIPS["undo"])
        count = f"{len(found.ready)} " if found.ready else ""
        ui.togetherButton.text = f"Accept {count}unflagged of this image (Shift+A)"
        nothing = "" if found.ready else "Nothing here can be accepted together."
        tip = together_tip(found)
        enable(ui.togetherButton, "\n".join(filter(None, (nothing, tip))) if nothing else "", tip)
        ui.adoptButton.visible = self.desk.decisions.adoptable
        ui.snapButton.visible = self.desk.decisions.snappable
        enable(ui.snapButton, obstacles["snap"], TIPS["snap"])
        chosen = self.desk.selection.entry
        caliper = chosen.caliper if chosen is not None else None
        ui.whyLabel.text = self._told or why_words(answer, caliper)

    def _row_chosen(self) -> None:
        item = self.ui.answersTree.currentItem()
        if item is None:
            return
        answer, entry = key_of(item)
        if answer == MISSING:
            return
        self._told = ""
        self._note.keep()
        self.desk.answering.choose(answer, entry or None)
        chosen_one = self.desk.answering.answer
        if chosen_one is not None and not chosen_one.entries:
            place = list(CATALOG).index(chosen_one.measurement)
            self.ui.placeCombo.currentIndex = place

    def _decide(self, decide: Callable[[], object]) -> None:
        self._sign(decide)
        self._note.used()

    def _snap(self) -> None:
        self._told = self.desk.decisions.snap()
        self._offer()

    def _accept_together(self) -> None:
        found = self.desk.answering.accept_together()
        self._told = told_words(found)
        self.refresh()

    def _sign(self, act: Callable[[], object]) -> None:
        """Do what is signed with a name, which is asked for where it is not known."""
        self._told = ""
        self._head.ask()
        act()

    def _step(self, go: Callable[[], object]) -> None:
        self._told = ""
        self._note.keep()
        go()
