"""Validation speaks in centimetres and cm/s, through the measuring code that users get."""

import numpy as np
import pytest
from PIL import Image

from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.training.manifest import read_manifest, write_manifest
from EchoMeasureLib.training.validating import accuracy, compare


@pytest.fixture
def examples(tmp_path):
    """A diameter of 100 px at 0.05 cm per px, and two jets of 300 and 400 cm/s."""
    Image.fromarray(np.zeros((480, 640, 3), np.uint8)).save(tmp_path / "a.png")
    row = {"file": "a.png", "frame": 0, "split": "test"}
    image = {"kind": "2d", "bounds": [0, 0, 639, 479], "delta": [0.05, 0.05]}
    strip = {"kind": "cw", "bounds": [0, 0, 639, 479], "delta": [0.004, -2.0], "baseline_y": 100}
    write_manifest(
        tmp_path / "m.json",
        [
            row
            | {"study": "a", "landmarks": {"lvid": [[[200, 100], [200, 200]]]}, "region": image},
            row
            | {
                "study": "b",
                "landmarks": {"trvmax": [[[100, 250]], [[400, 300]]]},
                "region": strip,
            },
        ],
        "a test",
    )
    return read_manifest(tmp_path / "m.json")


def answer(**points):
    def find(cine, measurement, frame):
        return tuple(Landmark(*point) for point in points[measurement])

    return find


def test_errors_are_in_the_unit_of_the_value(examples):
    find = answer(lvid=[(200, 98), (200, 202)], trvmax=[(110, 248)])
    found = {row.output: row for row in compare(examples, ["lvid", "trvmax"], find)}
    # 104 px for 100 px at 0.05 cm.
    assert found["lvid"].error == pytest.approx(0.2)
    assert found["lvid"].unit == "cm"
    # 148 rows below the baseline for 150 at 2 cm/s: the first beat, which is the nearer one.
    assert found["trvmax"].found == pytest.approx(-296)
    assert found["trvmax"].error == pytest.approx(-4)


def test_the_record_of_an_output(examples):
    two = [
        *compare(examples, ["lvid"], answer(lvid=[(200, 98), (200, 202)])),
        *compare(examples, ["lvid"], answer(lvid=[(200, 100), (200, 198)])),
    ]
    record = accuracy(two)["lvid"]
    # Errors +0.2 and -0.1 cm: mean 0.05, standard deviation 0.3 / sqrt(2).
    assert record.n == 2
    assert record.mean_absolute == pytest.approx(0.15)
    assert record.bias == pytest.approx(0.05)
    assert record.limits[1] - record.bias == pytest.approx(1.96 * 0.3 / 2**0.5)
    # 0.2 and 0.1 of 5 cm.
    assert record.mean_relative == pytest.approx(0.03)
