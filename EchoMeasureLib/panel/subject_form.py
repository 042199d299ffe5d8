"""What can be said of the person and of the examination, from the file or typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from EchoMeasureLib.definitions import Lengths
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.breathing import Manoeuvre
from EchoMeasureLib.measuring.examination import GIVEN, GivenNumber, Rhythm
from EchoMeasureLib.measuring.grading.diastole_groups import GROUPS
from EchoMeasureLib.measuring.site import lengths_of_this_site
from EchoMeasureLib.panel.section import Section, chosen, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

LENGTHS_SETTING = "EchoMeasure/lengths"

SEXES = [("", "sex: ?"), ("F", "female"), ("M", "male")]
RHYTHMS = [
    ("", "rhythm: ?"),
    (Rhythm.SINUS.value, "sinus rhythm"),
    (Rhythm.AF.value, "atrial fibrillation"),
]
MANOEUVRES = [
    ("", "IVC seen with: ?"),
    (Manoeuvre.SNIFF.value, "IVC with a sniff"),
    (Manoeuvre.QUIET.value, "IVC in quiet breathing"),
]
LENGTHS = [(Lengths.CM.value, "lengths in cm"), (Lengths.MM.value, "lengths in mm")]


class SubjectForm(Section):
    """The fields behind "edit". What is not typed is not known."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        import qt

        super().__init__(ui, desk, dialogs)
        groups = [("", "no special group"), *((g.id, g.name) for g in GROUPS.values())]
        self._groups = groups
        for combo, rows in (
            (ui.sexCombo, SEXES),
            (ui.rhythmCombo, RHYTHMS),
            (ui.manoeuvreCombo, MANOEUVRES),
            (ui.groupCombo, groups),
        ):
            fill(combo, rows, "")
            self.on(combo.activated, self._described)
        self._facts = {"age": ui.ageSpin, "height_cm": ui.heightSpin, "weight_kg": ui.weightSpin}
        for spin in self._facts.values():
            self.on(spin.editingFinished, self._described)
        for box in (ui.diseaseCheck, ui.noJetCheck):
            self.on(box.clicked, self._described)
        self.given = {id: self._made(row) for id, row in GIVEN.items()}
        kept = str(qt.QSettings().value(LENGTHS_SETTING, "") or "")
        fill(ui.lengthsCombo, LENGTHS, kept if kept in [*Lengths] else self._of_this_site())
        self.on(ui.lengthsCombo.activated, self._lengths_chosen)
        desk.show_lengths(Lengths(chosen(ui.lengthsCombo)))

    def refresh(self, topic: Topic | None = None) -> None:
        review = self.study.review
        if topic not in (None, "image", "review") or review is None:
            return
        ui, subject, examination = self.ui, review.subject, review.examination
        fill(ui.sexCombo, SEXES, subject.sex)
        fill(ui.rhythmCombo, RHYTHMS, str(examination.rhythm or ""))
        fill(ui.manoeuvreCombo, MANOEUVRES, str(examination.manoeuvre or ""))
        fill(ui.groupCombo, self._groups, examination.group)
        for name, spin in self._facts.items():
            _set(spin, getattr(subject, name))
        for id, spin in self.given.items():
            _set(spin, getattr(examination, id))
        ui.diseaseCheck.checked = examination.disease
        ui.noJetCheck.checked = examination.no_jet

    def _described(self) -> None:
        review, ui = self.study.need_review(), self.ui
        facts = {name: _value(spin) for name, spin in self._facts.items()}
        given = {id: _value(spin) for id, spin in self.given.items()}
        rhythm, manoeuvre = chosen(ui.rhythmCombo), chosen(ui.manoeuvreCombo)
        subject = replace(review.subject, sex=chosen(ui.sexCombo), **facts)  # type: ignore[arg-type]
        examination = replace(
            review.examination,
            rhythm=Rhythm(rhythm) if rhythm else None,
            manoeuvre=Manoeuvre(manoeuvre) if manoeuvre else None,
            group=chosen(ui.groupCombo),
            disease=bool(ui.diseaseCheck.checked),
            no_jet=bool(ui.noJetCheck.checked),
            **given,  # type: ignore[arg-type]
        )
        with review.step("describe"):
            self.desk.describe(subject)
            self.desk.examine(examination)

    def _of_this_site(self) -> str:
        try:
            return lengths_of_this_site().value
        except InvalidArgument as error:
            self.dialogs.warn(str(error))
            return Lengths.CM.value

    def _lengths_chosen(self) -> None:
        import qt

        kept = chosen(self.ui.lengthsCombo)
        qt.QSettings().setValue(LENGTHS_SETTING, kept)
        self.desk.show_lengths(Lengths(kept))

    def _made(self, row: GivenNumber) -> Any:
        """A spin box whose lowest value stands for "not known"."""
        import qt

        spin = qt.QDoubleSpinBox()
        spin.decimals = row.decimals
        spin.minimum, spin.maximum = row.low - 10.0**-row.decimals, row.high
        spin.specialValueText = f"{row.name}: ?"
        spin.prefix = f"{row.name}: "
        spin.toolTip = f"{row.what[:1].upper()}{row.what[1:]}, {row.spoken}, if it is known."
        spin.value = spin.minimum
        place = list(GIVEN).index(row.id)
        self.ui.givenLayout.addWidget(spin, place // 2, place % 2)
        self.on(spin.editingFinished, self._described)
        return spin


def _set(spin: Any, number: float | None) -> None:
    blocked = spin.blockSignals(True)
    spin.value = spin.minimum if number is None else number
    spin.blockSignals(blocked)


def _value(spin: Any) -> float | None:
    return None if spin.value <= spin.minimum else float(spin.value)
