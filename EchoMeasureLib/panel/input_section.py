"""Which image is open, what it is, and how it is calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EchoMeasureLib.desk.ruler_words import NO_RULER, RULER_PICKED, RULERS, USE_RULER
from EchoMeasureLib.desk.words import calibration_line, elsewhere_words, image_line
from EchoMeasureLib.errors import InvalidState
from EchoMeasureLib.imaging.manual_calibration import RulerKind
from EchoMeasureLib.mrml.volumes import why_another
from EchoMeasureLib.panel.dialogs import IMAGES
from EchoMeasureLib.panel.section import Section, chosen, enable, fill

if TYPE_CHECKING:
    from EchoMeasureLib.desk.desk import Desk
    from EchoMeasureLib.desk.topics import Topic
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.mrml.volumes import Located
    from EchoMeasureLib.panel.dialogs import Dialogs

HOW_TO_BEGIN = "Load an echo with Slicer's DICOM module and choose it above, or choose a file."


class InputSection(Section):
    """The input selector and the lines below it."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        self.on(ui.chooseFileButton.clicked, self.choose_file)
        self.on(ui.openDisplayedButton.clicked, desk.open_displayed)
        self.on(ui.showAgainButton.clicked, desk.show_again)
        self._folded_for = ""
        self._show_views()

    def choose_file(self) -> None:
        """Name the file of the loaded image, or open one that is not loaded yet."""
        path = self.dialogs.open_file("Choose an echo", IMAGES)
        if path is None:
            return
        located = self.study.located
        if located is not None and located.source in ("scene", "pixels"):
            another = why_another(path, located)
            if not another:
                self.desk.open_node(self.study.node, path)
                return
            # For bare pixels one asks for the file of the image; else for a new image.
            question = f"{another} Load it as an image of its own?"
            if located.source == "pixels" and not self.dialogs.ask(question):
                return
        node = self.desk.load_file(path)
        if self.parameters is not None:
            self.parameters.image = node

    def refresh(self, topic: Topic | None = None) -> None:
        if topic in (None, "image", "views"):
            self._show_views()
        self._fold()
        if topic not in (None, "image", "review"):
            return
        kept = self.parameters
        opened = topic == "image" and kept is not None and self.study.located is not None
        if opened and not self.study.shows(kept.image):
            # A caliper of another image was chosen.
            self.store("image", self.study.node)
        ui, cine, located = self.ui, self.study.cine, self.study.located
        ui.fileLabel.text = _file_words(cine, located)
        if cine is None or located is None:
            ui.imageLabel.text, ui.calibrationLabel.text = self.study.trouble or HOW_TO_BEGIN, ""
            return
        ui.imageLabel.text = "\n".join((image_line(cine), *cine.timing.notes, *cine.notes))
        ui.calibrationLabel.text = " ".join(filter(None, (calibration_line(cine), located.hint)))

    def _fold(self) -> None:
        """What comes before measuring makes room for the answers, once for each image."""
        review, image = self.study.review, self.study.image
        if image == self._folded_for:
            return
        self._folded_for = image
        entries = review.entries.values() if review is not None else ()
        self.fold(any(entry.image == image for entry in entries))

    def fold(self, away: bool = True) -> None:
        """Fold what comes before measuring, or unfold it."""
        for section in (self.ui.imageSection, self.ui.measureSection):
            if section.collapsed != away:
                section.collapsed = away

    def _show_views(self) -> None:
        """Say when the slice views show another image than the one chosen here."""
        ui, study = self.ui, self.study
        ui.viewsFrame.visible = not study.in_view
        if study.in_view:
            return
        instead = study.shown_instead
        ui.viewsBanner.text = elsewhere_words(
            study.node.GetName(), instead.GetName() if instead is not None else ""
        )
        no_other = "" if instead is not None else "The slice views show no other picture."
        enable(ui.openDisplayedButton, no_other, "Go on with the image in the slice views.")
        enable(ui.showAgainButton, "", "Put the chosen image back into the slice views.")


def _file_words(cine: Cine | None, located: Located | None) -> str:
    if cine is None or located is None:
        return "none"
    if cine.path is not None:
        return cine.path.name
    return "kept in the scene" if located.source == "scene" else "not found"


class ManualCalibration(Section):
    """The scale from two points on a ruler of the screen."""

    def __init__(self, ui: Any, desk: Desk, dialogs: Dialogs) -> None:
        super().__init__(ui, desk, dialogs)
        kinds = [(kind.value, name) for kind, (name, _) in RULERS.items()]
        fill(ui.calibrationKindCombo, kinds, RulerKind.DEPTH.value)
        self.on(ui.calibrateButton.clicked, self.refresh)
        self.on(ui.calibrationKindCombo.currentIndexChanged, self.refresh)
        self.on(ui.pickPointsButton.clicked, desk.clicking.begin_ruler)
        self.on(ui.useCalibrationButton.clicked, self.use)

    def use(self) -> None:
        """Measure with this scale from now on."""
        if self.desk.clicking.ruler is None:
            raise InvalidState(NO_RULER)
        kind = RulerKind(chosen(self.ui.calibrationKindCombo))
        self.desk.clicking.calibrate(kind, self.ui.calibrationValueSpin.value)
        self.ui.calibrateButton.checked = False
        self.refresh()

    def refresh(self, topic: Topic | None = None) -> None:
        ui = self.ui
        no_image = "" if self.study.cine is not None else "Choose an image first."
        tip = "Give the scale yourself, from two points on a ruler of the screen."
        enable(ui.calibrateButton, no_image, tip)
        ui.calibrationFrame.visible = ui.calibrateButton.checked and not no_image
        kind = RulerKind(chosen(ui.calibrationKindCombo))
        click = RULERS[kind][1]
        ui.calibrationValueSpin.suffix = f" {kind.unit}"
        picked = self.desk.clicking.ruler is not None
        state = RULER_PICKED if picked else f"Click {click}."
        ui.calibrationHint.text = state
        enable(ui.useCalibrationButton, "" if picked else NO_RULER, USE_RULER)
