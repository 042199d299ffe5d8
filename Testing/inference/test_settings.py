"""Settings are words out of a list, refused before anything heavy is loaded."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.imaging.manual_calibration import RulerKind
from EchoMeasureLib.inference.engines import ENGINES
from EchoMeasureLib.inference.settings import (
    Decoder,
    EngineName,
    Precision,
    Reader,
    Settings,
    WeightSet,
    set_warnings,
)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Decoder, "There is no decoder 'best'. Use one of robust, parity."),
        (EngineName, "There is no engine 'best'. Use one of auto, torch, openvino, mps."),
        (Precision, "There is no precision 'best'. Use one of auto, float32, bfloat16, int8."),
        (Reader, "There is no reader 'best'. Use one of networks, envelope, both."),
        (
            WeightSet,
            "There is no weight set 'best'. Use one of echonet, phantom, custom, demo, envelope.",
        ),
        (RulerKind, "There is no ruler kind 'best'. Use one of depth, cw, pw, m-mode."),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(choice: type[Choice], said: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        choice("best")
    assert str(refused.value) == said


def test_a_choice_is_written_as_its_word_wherever_it_goes() -> None:
    choice = Precision.BFLOAT16
    table = io.StringIO()
    csv.writer(table).writerow([choice])
    assert json.dumps({"precision": choice}) == '{"precision": "bfloat16"}'
    assert (str(choice), f"{choice:>9}", table.getvalue()) == (
        "bfloat16",
        " bfloat16",
        "bfloat16\r\n",
    )
    assert choice == "bfloat16"


def test_plain_words_become_choices() -> None:
    settings = Settings(decoder="parity", precision="float32")  # type: ignore[arg-type]
    assert settings == Settings(Decoder.PARITY, precision=Precision.FLOAT32)
    assert settings.decoder is Decoder.PARITY


@pytest.mark.parametrize("settings", [Settings(), Settings(Decoder.PARITY, batch=3)])
def test_what_is_recorded_can_be_read(settings: Settings) -> None:
    assert Settings.of(json.loads(json.dumps(settings.record()))) == settings


@pytest.mark.parametrize("batch", [0, -1, "2", 1.5, True])
def test_a_batch_is_a_number_of_frames(batch: object) -> None:
    with pytest.raises(InvalidArgument, match="at least one frame"):
        Settings.of({"batch": batch})


def test_every_engine_but_auto_has_its_row() -> None:
    assert {EngineName.AUTO, *ENGINES} == set(EngineName)


def test_the_choices_of_the_command_line_are_known_without_loading_torch() -> None:
    code = (
        "import sys\n"
        "from EchoMeasureLib.cli.main import build_parser\n"
        "try:\n"
        "    build_parser().parse_args(['measure', 'x', '-m', 'lvid', '--engine', 'onnx'])\n"
        "except SystemExit as end:\n"
        "    heavy = {'torch', 'openvino', 'scipy', 'SimpleITK', 'av'}\n"
        "    print(end.code, sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "2 []"
    assert "choose from" in run.stderr
    for name in EngineName:
        assert name in run.stderr


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], []),
        (["echonet", "echonet"], []),
        (["phantom", "echonet", "phantom"], ["Not for patients."]),
        (["demo", "custom"], ["Its numbers mean nothing.", "nobody has verified"]),
        # A document of a later version may name a set that this one does not know.
        (["hospital"], ["nobody has verified"]),
    ],
)
def test_numbers_of_unpublished_networks_carry_a_warning(names: list[str], said: list[str]) -> None:
    warnings = set_warnings(names)
    assert len(warnings) == len(said)
    for warning, words in zip(warnings, said, strict=True):
        assert words in warning
