"""Ten steps from a phantom study to a saved review, for Slicer's own test runner.

Needs no network, no display and no torch; with torch the tenth step measures. A
failing step raises `AssertionError` with what was expected.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.desk.export_kinds import Export, Wish
from EchoMeasureLib.desk.in_slicer import desk_in_slicer
from EchoMeasureLib.desk.sample import load_phantom, phantom_file
from EchoMeasureLib.folders import DATA_VARIABLE
from EchoMeasureLib.inference.events import LAST, Finished, Stopped
from EchoMeasureLib.measuring.calipers import measure
from EchoMeasureLib.mrml.mapping import PixelMap
from EchoMeasureLib.mrml.views import slice_views_of
from EchoMeasureLib.panel.packages import installed
from EchoMeasureLib.review.entries import Status

Say = Callable[[str], object]
Step = Callable[[Path], object]
"""Saves the scene to a path, or reads it from there."""

FRAME = 3
MEASUREMENT = "lvid"
TOLERANCE_CM = 0.01
ANSWER_WITHIN_S = 180.0


def run(say: Say, save_scene: Step | None = None, load_scene: Step | None = None) -> None:
    """Run every step, saying each. `save_scene` and `load_scene` default to Slicer's own."""
    import slicer

    with (
        tempfile.TemporaryDirectory(prefix="echomeasure-") as folder,
        _data_in(Path(folder) / "data"),
    ):
        test = SelfTest(desk_in_slicer(), say, Path(folder))
        try:
            test.run(
                save_scene or (lambda path: slicer.util.saveScene(str(path))),
                load_scene or (lambda path: slicer.util.loadScene(str(path))),
            )
        finally:
            test.desk.close()


@contextlib.contextmanager
def _data_in(folder: Path) -> Iterator[None]:
    """Keep reviews and samples here meanwhile: the user's own are neither seen nor touched."""
    before = os.environ.get(DATA_VARIABLE)
    os.environ[DATA_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[DATA_VARIABLE]
        else:
            os.environ[DATA_VARIABLE] = before


class SelfTest:
    """The steps, one method each, in the order in which they build on each other."""

    def __init__(self, desk: Desk, say: Say, folder: Path) -> None:
        self.desk = desk
        self._study = desk.study
        self._scene = desk.study.scene
        self._say = say
        self._folder = folder
        truth = json.loads(phantom_file().with_suffix(".truth.json").read_text(encoding="utf-8"))
        self._truth = truth["measurements"][MEASUREMENT]["frames"][str(FRAME)]
        self._id = ""

    def run(self, save_scene: Step, load_scene: Step) -> None:
        """All ten."""
        self._open()
        self._place()
        self._shown_on_its_frame_only()
        self._move_in_the_scene()
        self._browse()
        self._decide()
        self._delete_in_the_scene()
        self._save_and_reload(save_scene, load_scene)
        self._export()
        self._measure()

    @property
    def _node(self) -> Any:
        assert self._study.link is not None
        return self._study.link.node_of(self._id)

    def _open(self) -> None:
        self._say("1. A phantom study opens with its calibration and times")
        self.desk.open_node(load_phantom(self._scene))
        cine = self._study.cine
        assert cine is not None, self._study.trouble
        assert cine.frame_count > FRAME, cine.frame_count
        assert cine.times is not None, "the frame times are gone"
        assert any(region.usable for region in cine.regions), "the calibration is gone"

    def _place(self) -> None:
        self._say("2. A caliper placed at the known points reads the known value")
        self._study.show_frame(FRAME)
        review = self._study.need_review()
        self._id = review.place(MEASUREMENT, FRAME, self._truth["points"], self._study.image).id
        value = review.entry(self._id).caliper.values[0].value
        assert value is not None
        assert abs(value - self._truth["value"]) < TOLERANCE_CM, (value, self._truth["value"])

    def _shown_on_its_frame_only(self) -> None:
        self._say("3. It shows on its own frame, with its value, and on no other")
        assert self._study.located is not None
        if slice_views_of(self._scene, self._study.located.nodes.volume).showing:
            # Without a main window Slicer has no slice view, and nothing to show it in.
            assert self._node.GetDisplayVisibility(), "the caliper is not shown"
        labels = [self._node.GetNthControlPointLabel(i) for i in range(2)]
        assert any(label.endswith(f"{self._truth['value']:.2f} cm") for label in labels), labels
        self._study.show_frame(FRAME + 1)
        assert self._node is None, "the caliper follows to another frame"
        self._study.show_frame(FRAME)

    def _move_in_the_scene(self) -> None:
        self._say("4. Moving the markup edits the review, and the value follows")
        review, located = self._study.need_review(), self._study.located
        assert located is not None
        before = review.entry(self._id).caliper
        start = before.points[1]
        end = start.point._replace(y=start.y + 20)
        self._node.SetNthControlPointPosition(1, *PixelMap(located.nodes.volume).to_local(end))
        entry = review.entry(self._id)
        moved = (entry.caliper.points[1].x, entry.caliper.points[1].y)
        assert abs(moved[1] - end.y) < 1e-3, moved
        assert entry.status is Status.EDITED, entry.status
        again = measure(review.cine(self._study.image), MEASUREMENT, entry.caliper.points, FRAME)
        assert entry.caliper.values == again.values
        review.undo()
        assert review.entry(self._id).caliper == before, "undo does not restore"

    def _browse(self) -> None:
        self._say("5. Browsing is no edit")
        review = self._study.need_review()
        events = len(review.audit)
        for frame in (0, FRAME + 2, FRAME):
            self._study.show_frame(frame)
        assert len(review.audit) == events, review.audit[events:]

    def _decide(self) -> None:
        self._say("6. Accepting locks the markup, rejecting hides it, undo brings it back")
        review = self._study.need_review()
        review.accept(self._id)
        assert self._node.GetLocked(), "an accepted caliper can be moved"
        review.reject(self._id, "self-test")
        assert self._node is None, "a rejected caliper is shown"
        review.undo()
        assert self._node is not None, "undo does not bring it back"
        assert self._node.GetLocked()

    def _delete_in_the_scene(self) -> None:
        self._say("7. Deleting the markup in the scene rejects the caliper")
        review = self._study.need_review()
        self._scene.RemoveNode(self._node)
        assert review.entry(self._id).status is Status.REJECTED, review.entry(self._id).status
        review.undo()
        assert review.entry(self._id).status is Status.ACCEPTED, review.entry(self._id).status

    def _save_and_reload(self, save_scene: Step, load_scene: Step) -> None:
        self._say("8. The review comes back with a saved scene")
        before = self._study.need_review().entry(self._id)
        path = self._folder / "scene.mrb"
        save_scene(path)
        self.desk.close_image()
        self._scene.Clear(False)
        load_scene(path)
        self.desk.open_node(self._scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
        after = self._study.need_review().entry(self._id)
        assert (after.status, after.caliper) == (before.status, before.caliper)
        assert self._node is not None, "the caliper is not shown"

    def _export(self) -> None:
        self._say("9. Table, report and pictures are written")
        table, page, pictures = (self._folder / name for name in ("a.csv", "a.html", "pictures"))
        for export, path in (
            (Export.TABLE, table),
            (Export.REPORT, page),
            (Export.PICTURES, pictures),
        ):
            self.desk.exports.write(Wish(export), path)
        written = [table, page, *pictures.iterdir()]
        assert len(written) == 3, written
        assert all(path.stat().st_size > 0 for path in written)

    def _measure(self) -> None:
        if not (installed("torch") and installed("torchvision")):
            self._say("10. Measuring is left out: PyTorch is not installed")
            return
        self._say("10. The networks measure in their own process, and stop when they are told to")
        self.desk.measuring.start((MEASUREMENT,), (FRAME,))
        last = self._wait()
        assert isinstance(last, Finished), last
        assert last.count == 1, last.count
        frames = tuple(range(FRAME)) * 200
        self.desk.measuring.start((MEASUREMENT,), frames)
        self.desk.measuring.cancel()
        last = self._wait()
        assert isinstance(last, Stopped), last

    def _wait(self) -> object:
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while time.monotonic() < deadline:
            for event in self.desk.measuring.poll():
                if isinstance(event, LAST):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"no answer of the measuring process within {ANSWER_WITHIN_S:.0f} s")
