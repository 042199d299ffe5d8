"""The envelope reader in the panel: chosen beside the networks, and reviewed like them."""

from __future__ import annotations

from pathlib import Path

import pytest
from open_module import OpenModule
from phantom_study import Clip, write_clip

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.measuring.calipers import Origin


@pytest.fixture(scope="module")
def outflow(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return write_clip(tmp_path_factory.mktemp("outflow"), "lvotvmax", 1)


def read_off(opened: OpenModule, path: Path, *measurements: str) -> None:
    """Choose the envelope reader, tick these, and press Measure."""
    opened.open_file(path)
    opened.choose("weightsCombo", "envelope")
    opened.panel.measurements.tick(measurements)
    opened.look()
    opened.click("measureButton")


def test_a_strip_is_read_without_networks(opened: OpenModule, outflow: Clip) -> None:
    read_off(opened, outflow.path, "lvotvmax")
    assert opened.text("progressLabel") == "Reading the strip"
    assert opened.desk.measuring.worker_pid is None
    for _ in range(4):
        opened.look()
    assert not opened.desk.measuring.busy
    entries = opened.desk.study.review.entries.values()
    assert len(entries) == len(outflow.predictions[0].beats)
    assert {entry.caliper.origin for entry in entries} == {Origin.ENVELOPE}
    assert "envelope reader, not for patients" in opened.text("researchBanner")
    assert "no PyTorch" in opened.text("weightsLabel")
    opened.screenshot("panel-envelope.png")


def test_it_says_what_it_does_not_read(opened: OpenModule, outflow: Clip) -> None:
    opened.open_file(outflow.path)
    opened.choose("weightsCombo", "envelope")
    opened.panel.measurements.tick(("lvotvmax", "lvid"))
    opened.look()
    assert opened.panel.measurements.ticked == ("lvotvmax",)
    why = opened.panel.measurements.reason("lvid")
    assert why == "The envelope reader reads Doppler strips, TAPSE and IVC of M-modes only."
    opened.panel.measurements.tick(("lvid",))
    assert opened.tip("measureButton") == "Tick at least one measurement."


def test_all_that_is_possible_is_what_the_file_says_it_is_of(
    opened: OpenModule, outflow: Clip
) -> None:
    """A pulsed-wave strip may be of an outflow, an inflow or an annulus."""
    opened.open_file(outflow.path)
    opened.choose("weightsCombo", "envelope")
    opened.click("tickPossibleButton")
    assert opened.panel.measurements.ticked == ("lvotvmax", "lvotvti")


def test_waves_are_traced_by_the_reader_and_by_no_network(
    opened: OpenModule, outflow: Clip
) -> None:
    opened.open_file(outflow.path)
    assert "lvotvti" not in opened.panel.measurements.possible
    assert opened.panel.measurements.reason("lvotvti").startswith("No network finds it.")
    read_off(opened, outflow.path, "lvotvti")
    assert "lvotvti" in opened.panel.measurements.possible
    for _ in range(4):
        opened.look()
    entries = opened.desk.study.review.entries.values()
    assert {entry.measurement for entry in entries} == {"lvotvti"}
    assert all(len(entry.caliper.points) > 10 for entry in entries)
    assert any(row[0].startswith("LVOT VTI") for row in opened.answer_rows())
    # Each beat by the time at which it lies on the strip.
    places = {row[1] for row in opened.table()}
    assert places == {f"1, {entry.caliper.strip_s:.2f} s" for entry in entries}
    assert opened.text("progressLabel").startswith(f"Found {len(entries)} calipers")
    opened.show()
    opened.picture("traced-by-the-reader.png")


def test_its_beats_are_matched_with_those_of_the_networks(
    opened: OpenModule, outflow: Clip
) -> None:
    opened.open_file(outflow.path)
    (network,) = outflow.predictions
    opened.desk.study.review.add_prediction(network)
    read_off(opened, outflow.path, "lvotvmax")
    for _ in range(4):
        opened.look()
    entries = list(opened.desk.study.review.entries.values())
    assert len(entries) == len(network.beats)
    assert all(entry.second is not None for entry in entries)
    assert not {Flag.ONLY_NETWORK, Flag.ONLY_ENVELOPE} & {
        flag for entry in entries for flag in entry.caliper.flags
    }


def test_a_reading_can_be_cancelled(opened: OpenModule, outflow: Clip) -> None:
    read_off(opened, outflow.path, "lvotvmax", "mvpeak")
    opened.click("cancelButton")
    opened.look()
    assert not opened.desk.measuring.busy
    assert opened.text("progressLabel").startswith("Cancelled after")
