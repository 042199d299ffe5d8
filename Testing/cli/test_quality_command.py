"""`echomeasure quality`: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.models.video import r2plus1d_18

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.inference.quality_findings import CHECKS
from EchoMeasureLib.inference.quality_weights import PUBLISHED

RealFile = Callable[[str], Path]

STILL = "JPGLosslessP14SV1_1s_1f_8b.dcm"
IN_THE_AIR = "OBXXXX1A.dcm"


def test_a_line_per_check_with_number_limit_and_verdict(real_file: RealFile, capsys) -> None:
    assert main(["quality", str(real_file(IN_THE_AIR))]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "1 frame, 1 looked at"
    told = [
        line.split() for line in lines if line[:1] not in (" ", "") and line.split()[0] in CHECKS
    ]
    assert [words[0] for words in told] == list(CHECKS)
    # 4 % of the screen is lit; 6 % is the limit.
    assert " ".join(told[0]) == "sector 4 % of the screen 6 or more poor"
    assert lines[1].strip().startswith("No ultrasound picture is seen")
    assert lines[-1] == "The picture: poor: what networks find in it is flagged."


def test_a_clean_still_has_nothing_against_it(real_file: RealFile, capsys) -> None:
    assert main(["quality", str(real_file(STILL))]) == 0
    out = capsys.readouterr().out
    assert "A still shows no motion." in out
    assert "There are no weights of a video quality network." in out
    assert out.splitlines()[-1] == "The picture: nothing against it."


def test_json_alone_holds_every_number_with_its_limits(real_file: RealFile, capsys) -> None:
    assert main(["quality", str(real_file(IN_THE_AIR)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["poor"] is True
    assert (told["frames"], told["frames_looked_at"], told["network"]) == (1, 1, None)
    assert [check["check"] for check in told["checks"]] == list(CHECKS)
    for check in told["checks"]:
        assert (check["low"] is None) != (check["high"] is None)
        assert check["sentence"]


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video network that nobody published."""
    path = tmp_path_factory.mktemp("unknown") / PUBLISHED.file
    with torch.device("meta"):
        network = r2plus1d_18(weights=None, num_classes=1)
    state = network.state_dict()
    torch.save({key: torch.zeros_like(value, device="cpu") for key, value in state.items()}, path)
    return path


@pytest.mark.parametrize("as_json", [True, False])
def test_an_unknown_file_is_named_with_its_hash(
    real_file: RealFile, unknown: Path, capsys, as_json: bool
) -> None:
    words = ["quality", str(real_file(STILL)), "--weights", str(unknown.parent)]
    assert main([*words, "--json"] if as_json else words) == 0
    out, sha256 = capsys.readouterr().out, file_sha256(unknown)
    if as_json:
        expected = {"file": PUBLISHED.file, "sha256": sha256, "known": False}
        assert json.loads(out)["network"] == expected
    else:
        assert f"Network: {PUBLISHED.file}, unknown file, SHA-256 {sha256}" in out.splitlines()


@pytest.mark.parametrize(
    ("damage", "code", "said"),
    [
        ("no folder", 4, "does not exist"),
        ("a stand-in", 4, "Git LFS pointer"),
        ("no file", 3, "nothing.dcm"),
    ],
)
def test_what_cannot_be_used_ends_with_its_exit_code(
    real_file: RealFile, tmp_path: Path, capsys, damage: str, code: int, said: str
) -> None:
    weights = tmp_path / ("nowhere" if damage == "no folder" else "")
    if damage == "a stand-in":
        (tmp_path / PUBLISHED.file).write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    file = tmp_path / "nothing.dcm" if damage == "no file" else real_file(STILL)
    assert main(["quality", str(file), "--weights", str(weights)]) == code
    assert said in capsys.readouterr().err
