"""The panel in the light and the dark theme, narrow and wide: pictures to look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from open_module import OpenModule
from phantom_study import CLIPS, Clip, write_clip
from scripted_worker import ScriptedWorker

from EchoMeasureLib.inference.events import Finished, Judged
from EchoMeasureLib.inference.quality_findings import Finding, Quality, Standing

GROUNDS = {"light": ("#ffffff", "#efefef", "#000000"), "dark": ("#2d2d2d", "#353535", "#ffffff")}
"""Base, window and text of Slicer's two styles."""

DOUBTFUL = Quality(
    (
        Finding(
            "sharpness",
            Standing.POOR,
            "The picture is blurred: a step of grey over 0.75 mm is 0.28 of one over 3 mm, and "
            "0.25 where no fine detail is left.",
        ),
        Finding("ecg", Standing.NOTICE, "No ECG is seen and the file gives no R waves."),
    ),
    24,
    90,
)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """A parasternal clip of three beats, strips of three valves and an annulus of one person."""
    folder = tmp_path_factory.mktemp("looks")
    seeds = {"plax": 1, "trvmax": CLIPS["trvmax"], "mvpeak": 1, "medevel": 1, "tapse": 1}
    seeds["avvmax"] = 1
    return [write_clip(folder, shown, seed, person=True, few=True) for shown, seed in seeds.items()]


@pytest.fixture(params=[pytest.param("light", marks=pytest.mark.slow), "dark"])
def theme(request: pytest.FixtureRequest, qt_app: object) -> Iterator[str]:
    """The application in this theme."""
    from PySide6 import QtGui, QtWidgets

    name = str(request.param)
    before = QtGui.QPalette(QtWidgets.QApplication.palette())
    base, window, text = (QtGui.QColor(colour) for colour in GROUNDS[name])
    palette = QtGui.QPalette(before)
    role = QtGui.QPalette.ColorRole
    for one, colour in (
        *((role.Base, base), (role.Window, window), (role.Button, window)),
        *((role.Text, text), (role.WindowText, text), (role.ButtonText, text)),
        (role.AlternateBase, window),
        (role.PlaceholderText, QtGui.QColor("#8f8f8f")),
    ):
        palette.setColor(one, colour)
    QtWidgets.QApplication.setPalette(palette)
    yield name
    QtWidgets.QApplication.setPalette(before)


def test_the_answers_can_be_read(
    theme: str, opened: OpenModule, worker: ScriptedWorker, clips: list[Clip]
) -> None:
    opened.answers.typed = "AB"
    for clip in clips:
        opened.open_file(clip.path)
        review = opened.desk.study.need_review()
        review.add_predictions(clip.predictions, opened.desk.study.image)
        opened.look()
    opened.desk.show_image(next(iter(opened.desk.study.need_review().images)))
    opened.desk.measuring.start(("lvid",), (0,))
    worker.say(Judged(DOUBTFUL), Finished(0, 1.0))
    opened.look()
    opened.show()
    opened.key("N")
    opened.click_answer("IVSd")
    opened.key("A")
    opened.click_answer("Ao root")
    opened.key("R")
    opened.click_answer("LVIDd")
    opened.key("Space")
    opened.key("B")
    opened.key("X")
    opened.open_section("derivedSection")
    opened.picture(f"slice-{theme}.png")
    for width in (420, 600):
        opened.screenshot(f"panel-{theme}-{width}.png", 1250, width)
        assert opened.visible("pictureLabel")
        assert opened.cut_off("answersTree") == []
        assert opened.ui.sections.width() <= opened.ui.sectionsArea.viewport().width()
