"""What the page can ask for, without a page: the envelope reader, and a scale by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_cava import write_cava
from ultrasound_files import write_ultrasound

from EchoMeasureLib.desk import measuring_run
from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.errors import InvalidArgument, InvalidState, OutputProblem
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.web.commands import run
from EchoMeasureLib.web.messages import Message
from EchoMeasureLib.web.offered import offered
from EchoMeasureLib.web.remembered import Remembered
from EchoMeasureLib.web.rows import SECTIONS
from EchoMeasureLib.web.scene import ServedScene
from EchoMeasureLib.web.sitting import Sitting

# Torch ends a process that loads it after VTK has drawn, and other tests load it.
pytestmark = pytest.mark.slow

JET = generate("trvmax", "480x640", 1)


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sitting]:
    """A jet of known velocity, a picture without a scale, in a view as large as the picture, and a
    vena cava."""
    folder = tmp_path_factory.mktemp("files")
    path, truth = write(JET, folder)
    truth.unlink()
    path.rename(folder / "a.dcm")
    write_ultrasound(folder / "b.dcm", np.full((700, 900, 3), 90, np.uint8))
    write_cava(folder / "c.dcm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECHOMEASURE_DATA", str(tmp_path_factory.mktemp("data")))
        scene = ServedScene()
        found = Sitting(scene, Desk(scene.scene, scene.logic), offered(folder), Remembered())
        found.begin()
        do(found, "view", width=900, height=700, ratio=1)
        yield found
        found.close()


def do(sitting: Sitting, name: str, **fields: object) -> None:
    run(sitting, Message({"do": name, **fields}))


def shown(sitting: Sitting, section: str) -> Any:
    return SECTIONS[section](sitting)


def test_the_envelope_reader_measures_the_jet_that_was_drawn(sitting: Sitting) -> None:
    drawn = next(iter(JET.truth["measurements"]["trvmax"]["frames"].values()))["value"] / 100
    do(sitting, "open", image=0)
    do(sitting, "weights", weights="envelope")
    rows = {r["id"]: r for view in shown(sitting, "measuring")["views"] for r in view["rows"]}
    assert "trvmax" in [id for id, row in rows.items() if row["ticked"]]
    assert rows["lvid"]["why"].startswith("The envelope reader reads Doppler strips")
    do(sitting, "tick", ids=["trvmax"])
    do(sitting, "measure")
    while sitting.desk.measuring.busy:
        sitting.tick()
    assert sitting.desk.measuring.worker_pid is None
    found = [(row["name"], row["value"]) for row in shown(sitting, "calipers")["rows"]]
    assert {name for name, _ in found} == {"TR Vmax"}
    first = float(found[0][1].removesuffix(" m/s"))
    assert first == pytest.approx(abs(drawn), rel=0.02)


def test_a_vena_cava_is_drawn_over_the_time_of_its_strip(sitting: Sitting) -> None:
    """2.0 to 1.0 cm every 3.2 s, over 8 s; other strips show themselves."""
    do(sitting, "open", image=0)
    assert shown(sitting, "trace") is None
    do(sitting, "open", image=2)
    do(sitting, "weights", weights="envelope")
    do(sitting, "tick", ids=["ivcmmax", "ivcmmin"])
    assert shown(sitting, "trace") is None
    do(sitting, "measure")
    while sitting.desk.measuring.busy:
        sitting.tick()
    trace = shown(sitting, "trace")
    values = [value for _, value, _ in trace["lines"][0]["points"]]
    assert (trace["still"], trace["unit"], len(values)) == (True, "s", len(trace["at"]))
    assert max(values) == pytest.approx(2.0, abs=0.08)
    assert min(values) == pytest.approx(1.0, abs=0.08)
    assert "one breath every 3.2 s" in trace["words"]
    assert {phase for _, phase in trace["marks"]} == {"end-expiration", "inspiration"}
    series = sitting.desk.results.draw("ivcmmax ivcmmax").GetNthPlotSeriesNode(0)
    assert series.GetTableNode().GetNumberOfRows() == len(values)


def test_what_cannot_be_saved_is_said_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path))
    write_ultrasound(tmp_path / "a.dcm", np.full((70, 90, 3), 90, np.uint8))
    (tmp_path / "reviews").touch()  # where the folder should be
    scene = ServedScene()
    closing = Sitting(
        scene, Desk(scene.scene, scene.logic), offered(tmp_path / "a.dcm"), Remembered()
    )
    closing.begin()
    closing.desk.study.need_review().place("lvid", 0, [(10.0, 10.0), (10.0, 40.0)])
    assert closing.close().startswith("Nothing is saved by itself: ")


def test_all_that_is_possible_is_all_of_the_flow_that_the_file_names(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jet is not taken for that of three valves."""
    do(sitting, "open", image=0)
    do(sitting, "weights", weights="envelope")
    do(sitting, "tick", ids=[])
    assert sitting.ticked == ()
    do(sitting, "tick_all")
    assert sitting.ticked == ("trvmax", "trvti")
    monkeypatch.setattr(measuring_run, "named_in_file", lambda path: frozenset())
    do(sitting, "weights", weights="auto")
    do(sitting, "weights", weights="envelope")
    assert sitting.ticked == ()
    assert "Tick at least one" in sitting.why_not_measure()
    do(sitting, "tick_all")
    assert set(sitting.ticked) == set(sitting.possible)


def test_other_readers_find_other_things(sitting: Sitting) -> None:
    do(sitting, "open", image=0)
    do(sitting, "weights", weights="envelope")
    assert "trvti" in sitting.possible
    do(sitting, "weights", weights="auto")
    assert "trvti" not in sitting.possible
    assert set(sitting.ticked) == set(sitting.possible)


def test_a_scale_is_given_by_two_points_of_a_ruler(sitting: Sitting) -> None:
    """100 rows are 2 cm, so a row is 0.2 mm."""
    do(sitting, "open", image=1)
    assert not shown(sitting, "calibration")["picked"]
    with pytest.raises(InvalidState, match="Pick the two points first"):
        do(sitting, "calibrate", kind="depth", amount=2.0)
    do(sitting, "ruler")
    assert shown(sitting, "calibration")["picking"]
    for row in (200.5, 300.5):
        for kind in ("move", "press", "release"):
            do(sitting, "mouse", kind=kind, x=0.5, y=row / 700, button=0)
        sitting.tick()
    assert shown(sitting, "calibration")["picked"]
    with pytest.raises(InvalidArgument):
        do(sitting, "calibrate", kind="depth", amount=-2.0)
    with pytest.raises(InvalidArgument):
        do(sitting, "calibrate", kind="yards", amount=2.0)
    do(sitting, "calibrate", kind="depth", amount=2.0)
    assert not shown(sitting, "calibration")["picking"]
    said = shown(sitting, "images")["calibration"]
    assert said == "Calibrated: a 2-D image (0.2 mm per pixel, by hand)."


def test_a_pressure_upside_down_is_refused_as_in_a_terminal(sitting: Sitting) -> None:
    """What was known stays, and is gone on with once both are right."""
    do(sitting, "open", image=0)
    person = dict.fromkeys(("sex", "rhythm", "manoeuvre", "group"), "")
    do(sitting, "describe", **person, weight_kg=60, systolic=80)
    with pytest.raises(InvalidArgument, match="80 over 120 mmHg is not possible"):
        do(sitting, "describe", **person, weight_kg=70, systolic=80, diastolic=120)
    review = sitting.desk.study.need_review()
    assert (review.subject.weight_kg, review.examination.diastolic) == (60, None)
    do(sitting, "describe", **person, weight_kg=70, systolic=120, diastolic=80)
    assert (review.subject.weight_kg, review.examination.diastolic) == (70, 80)


def test_what_fails_while_it_is_looked_after_is_said(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def full() -> None:
        raise OutputProblem("The disk is full.")

    monkeypatch.setattr(sitting, "tell_said", said.append)
    monkeypatch.setattr(sitting.desk.measuring, "tick", full)
    sitting.tick()
    assert said == ["The disk is full."]
