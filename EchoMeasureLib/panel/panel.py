"""The panel: its parts put together, and everybody told what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.desk.keys import KEYS
from EchoMeasureLib.panel.answers_section import AnswersSection
from EchoMeasureLib.panel.caliper_table import CaliperTable
from EchoMeasureLib.panel.comparison_section import ComparisonSection
from EchoMeasureLib.panel.derived_section import DerivedSection
from EchoMeasureLib.panel.dialogs import SlicerDialogs
from EchoMeasureLib.panel.frame_choice import FrameChoice
from EchoMeasureLib.panel.frame_line import FrameLine
from EchoMeasureLib.panel.head_line import HeadLine
from EchoMeasureLib.panel.heartbeat import Heartbeat
from EchoMeasureLib.panel.input_section import InputSection, ManualCalibration
from EchoMeasureLib.panel.measurement_list import MeasurementList
from EchoMeasureLib.panel.note_line import NoteLine
from EchoMeasureLib.panel.notice_line import NoticeLine
from EchoMeasureLib.panel.output_sections import ExportSection, PlotSection, SavingSection
from EchoMeasureLib.panel.picture_line import PictureLine
from EchoMeasureLib.panel.run_section import RunSection
from EchoMeasureLib.panel.section import banner, guarded
from EchoMeasureLib.panel.shortcuts import Shortcuts
from EchoMeasureLib.panel.slicer_room import SlicerRoom
from EchoMeasureLib.panel.subject_form import SubjectForm
from EchoMeasureLib.panel.their_report_section import TheirReportSection
from EchoMeasureLib.panel.weights_section import WeightsSection

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.panel.dialogs import Dialogs

HOUSEKEEPING_MS = 100

HOUSEKEEPING_FAILED = (
    "After an error the panel looks after nothing any longer: clicks in the views are not taken "
    'over, and the review is not saved by itself. Save it with "Save review...", then leave the '
    "module and enter it again."
)

NEVER_SHOWN = object()
"""Neither a node nor none: the choice has not been looked at."""


class Panel:
    """Every part of the panel over one desk."""

    def __init__(self, ui: Any, widget: Any, desk: Desk, dialogs: Dialogs | None = None) -> None:
        """`ui`: the widgets of EchoMeasure.ui by name; `widget`: the one that holds them."""
        import qt

        self.ui, self.desk = ui, desk
        self.dialogs = dialogs or SlicerDialogs(widget)
        self._parameters: Any = None
        self._image: Any = NEVER_SHOWN
        parts = (ui, desk, self.dialogs)
        self.shortcuts = Shortcuts(_main_window() or widget, ui.answersTree, ui.calipersTable)
        self.room = SlicerRoom()
        self.head = HeadLine(*parts)
        self.subject = SubjectForm(*parts)
        self.input = InputSection(*parts)
        self.calibration = ManualCalibration(*parts)
        self.measurements = MeasurementList(*parts)
        self.frames = FrameChoice(*parts)
        self.weights = WeightsSection(*parts)
        self.notice = NoticeLine(*parts, self.weights)
        self.run = RunSection(
            *parts, self.measurements, self.frames, self.weights, self.input, self.head
        )
        self.note = NoteLine(*parts)
        self.answers = AnswersSection(*parts, self.head, self.note)
        self.picture_line = PictureLine(*parts)
        self.frame_line = FrameLine(*parts)
        self.calipers = CaliperTable(*parts, self.head, self.note)
        self.comparison = ComparisonSection(*parts, self.answers.rows)
        self.their_report = TheirReportSection(*parts)
        self.derived = DerivedSection(*parts)
        self.plot = PlotSection(*parts)
        self.export = ExportSection(*parts, self.shortcuts.paused)
        self.saving = SavingSection(*parts)
        self.sections = (
            self.head,
            self.subject,
            self.input,
            self.calibration,
            self.measurements,
            self.frames,
            self.weights,
            self.notice,
            self.run,
            self.note,
            self.comparison,
            self.their_report,
            self.answers,
            self.picture_line,
            self.frame_line,
            self.calipers,
            self.derived,
            self.plot,
            self.export,
            self.saving,
        )
        for line in (ui.savingBanner, ui.troubleBanner, ui.viewsBanner):
            line.styleSheet = banner(urgent=True)
        ui.troubleBanner.visible = False
        self.shortcuts.listen(self.keys())
        self.housekeeping = Heartbeat(self, HOUSEKEEPING_MS, desk.tick, self._housekeeping_failed)
        desk.later = lambda do: qt.QTimer.singleShot(0, do)
        desk.warn = self._warn
        desk.leaving = self.note.keep
        desk.topics.subscribe(self.refresh)

    def set_parameters(self, parameters: Any) -> None:
        """Follow the choices kept in this parameter node, or none."""
        self._parameters = parameters
        self._image = NEVER_SHOWN
        for section in self.sections:
            section.set_parameters(parameters)
        if parameters is not None:
            self.parameters_changed()
            self.refresh()

    def parameters_changed(self) -> None:
        """The user, a script or a loaded scene has changed a choice; errors are shown."""
        guarded(self, self._follow_parameters)()

    def _follow_parameters(self) -> None:
        if self._parameters is None:
            return
        image = self._parameters.image
        if image is not self._image:
            self._image = image
            self.desk.open_node(image)
        for section in (self.measurements, self.frames, self.weights, self.run):
            section.refresh()

    def measure(self) -> None:
        """Let the networks measure what is ticked; errors are shown."""
        guarded(self, self.run.measure)()

    def enter(self) -> None:
        """The module is in front: listen to the keys, and keep house."""
        self.shortcuts.set_active(True)
        self.room.take()
        self.ui.troubleBanner.visible = False
        self.housekeeping.start()

    def leave(self) -> None:
        """Another module is in front. Saving by itself and a measurement that runs go on."""
        self.desk.clicking.leave()
        self.shortcuts.set_active(False)
        self.room.give_back()

    def close(self) -> None:
        """For good."""
        self.housekeeping.stop()
        for section in self.sections:
            section.close()
        self.shortcuts.remove()
        self.room.give_back()

    def refresh(self, topic: Topic | None = None) -> None:
        """Show the present state."""
        for section in self.sections:
            section.refresh(topic)

    def keys(self) -> dict[str, Any]:
        """What each key does. With the table of calipers in focus A, R and N are about calipers."""
        answers, calipers = self.answers, self.calipers

        def either(of_answers: Any, of_calipers: Any) -> Any:
            return lambda: of_calipers() if calipers.in_use else of_answers()

        actions = {
            "accept": either(answers.accept, calipers.accept),
            "reject": either(answers.reject, calipers.reject),
            "next": either(answers.next, calipers.next),
            "previous": answers.previous,
            "accept_together": answers.accept_together,
            "undo": answers.undo,
            "next_beat": answers.next_beat,
            "toggle_beat": answers.toggle_beat,
            "snap": answers.snap,
            "unfold": answers.unfold,
            "mark_ed": lambda: answers.mark(Phase.ED),
            "mark_es": lambda: answers.mark(Phase.ES),
            "frame_back": lambda: self._step(-1),
            "frame_on": lambda: self._step(1),
        }
        return {key: guarded(self, actions[name]) for key, name in KEYS.items()}

    def _step(self, frames: int) -> None:
        self.desk.study.show_frame(self.desk.study.frame + frames)

    def _housekeeping_failed(self) -> None:
        self.ui.troubleBanner.text = HOUSEKEEPING_FAILED
        self.ui.troubleBanner.visible = True

    def _warn(self, text: str) -> None:
        self.dialogs.warn(text)


def _main_window() -> Any:
    import slicer

    return slicer.util.mainWindow()
