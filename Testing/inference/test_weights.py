"""Which file is used for a measurement, and what is said about one that cannot be used."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.errors import UnknownMeasurement, WeightsProblem
from EchoMeasureLib.hashes import file_sha256
from EchoMeasureLib.inference import weight_store
from EchoMeasureLib.inference.canvas import ColourSpace, StripLook
from EchoMeasureLib.inference.checkpoints import bare_keys, read_shapes
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.networks import load_network
from EchoMeasureLib.inference.weight_store import Checkpoint, Store

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 158894746\n"
)
SMALL = (4, 4, 4, 4, 4, 4)


def look_alike(path: Path, channels: int = 2, prefix: str = "m.", layers: int = 50) -> Path:
    """A file with the keys that tell DeepLabV3-ResNet50, and hardly any numbers."""
    state = {
        f"{prefix}backbone.conv1.weight": torch.ones(1),
        f"{prefix}backbone.layer3.5.conv3.weight": torch.ones(1),
        f"{prefix}classifier.4.weight": torch.ones(channels, 256, 1, 1),
        f"{prefix}aux_classifier.4.weight": torch.ones(21, 256, 1, 1),
    }
    if layers == 101:
        state[f"{prefix}backbone.layer3.22.conv3.weight"] = torch.ones(1)
        state[f"{prefix}backbone.layer3.6.conv3.weight"] = torch.ones(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return path


def compact(path: Path, **heads: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(CompactNetwork(heads, SMALL).state_dict(), path)
    return path


@pytest.fixture(autouse=True)
def an_empty_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package brings no weights of its own unless a test puts them there."""
    folder = tmp_path / "package"
    monkeypatch.setattr(weight_store, "package_folder", lambda: folder)
    return folder


class TestPlaces:
    @pytest.mark.parametrize(
        "place",
        [
            "2D_models/lvid_weights.ckpt",
            "weights/2D_models/lvid_weights.ckpt",
            "lvid_weights.ckpt",
            "lvid.ckpt",
        ],
    )
    def test_a_clone_or_a_flat_folder(self, tmp_path: Path, place: str) -> None:
        path = look_alike(tmp_path / "w" / place)
        found = Store(tmp_path / "w").find("lvid")
        assert (found.path, found.set) == (path, "custom")

    def test_the_named_folder_is_the_only_one(self, tmp_path: Path) -> None:
        look_alike(weight_store.user_folder() / CATALOG["lvid"].network.file)
        (tmp_path / "w").mkdir()
        with pytest.raises(WeightsProblem, match="no weights for lvid"):
            Store(tmp_path / "w").find("lvid")

    def test_environment_then_data_folder_then_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, an_empty_package: Path
    ) -> None:
        brought = compact(an_empty_package / "image.ckpt", lvid=2)
        assert (Store().find("lvid").path, Store().find("lvid").set) == (brought, "phantom")
        installed = look_alike(weight_store.user_folder() / CATALOG["lvid"].network.file)
        assert Store().find("lvid").path == installed
        named = look_alike(tmp_path / "env" / "lvid.ckpt")
        monkeypatch.setenv("ECHOMEASURE_WEIGHTS", str(tmp_path / "env"))
        assert Store().find("lvid").path == named

    def test_a_bad_file_is_not_passed_over_for_lesser_weights(self, an_empty_package: Path) -> None:
        compact(an_empty_package / "image.ckpt", lvid=2)
        bad = weight_store.user_folder() / CATALOG["lvid"].network.file
        bad.parent.mkdir(parents=True)
        bad.write_bytes(POINTER)
        with pytest.raises(WeightsProblem, match="pointer"):
            Store().find("lvid")

    @pytest.mark.parametrize("variable", [True, False], ids=["environment", "argument"])
    def test_a_folder_that_is_not_there_is_said_to_be_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: bool
    ) -> None:
        nowhere = tmp_path / "nowhere"
        if variable:
            monkeypatch.setenv("ECHOMEASURE_WEIGHTS", str(nowhere))
        with pytest.raises(WeightsProblem, match="does not exist"):
            Store(None if variable else nowhere).find("lvid")

    def test_an_unknown_measurement_is_not_looked_for(self) -> None:
        with pytest.raises(UnknownMeasurement):
            Store().find("lvidd")

    def test_states_cover_the_catalog_in_order(self, tmp_path: Path) -> None:
        look_alike(tmp_path / "lvid.ckpt")
        (tmp_path / "ivs.ckpt").write_bytes(POINTER)
        states = {state.measurement: state for state in Store(tmp_path).states()}
        assert tuple(states) == tuple(NETWORKED)
        assert states["lvid"].checkpoint is not None
        assert "pointer" in states["ivs"].problem
        assert "no weights for la" in states["la"].problem


class TestIdentity:
    def test_only_the_hash_makes_a_file_echonets(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = look_alike(tmp_path / "lvid_weights.ckpt")
        sha256 = file_sha256(path)
        monkeypatch.setattr(weight_store, "published_hashes", lambda: {sha256: "lvid"})
        found = Store(tmp_path).find("lvid")
        assert (found.set, found.sha256) == ("echonet", sha256)

    def test_published_weights_under_another_name_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sha256 = file_sha256(look_alike(tmp_path / "lvid_weights.ckpt"))
        monkeypatch.setattr(weight_store, "published_hashes", lambda: {sha256: "ivs"})
        with pytest.raises(WeightsProblem, match="published weights of ivs"):
            Store(tmp_path).find("lvid")

    @pytest.mark.parametrize(
        ("claimed", "set"), [("demo", "demo"), ("echonet", "custom"), ("phantom", "custom")]
    )
    def test_a_file_can_call_itself_a_demo_and_nothing_better(
        self, tmp_path: Path, claimed: str, set: str
    ) -> None:
        look_alike(tmp_path / "lvid.ckpt").with_suffix(".json").write_text(
            json.dumps({"set": claimed})
        )
        assert Store(tmp_path).find("lvid").set == set

    def test_colours_and_mask_are_a_setting_of_each_network(self, tmp_path: Path) -> None:
        path = look_alike(tmp_path / "avvmax.ckpt", channels=1)
        assert Store(tmp_path).find("avvmax").look == StripLook(True, ColourSpace.RGB)
        path.with_suffix(".json").write_text('{"colours": "ybr", "mask_ecg": false}')
        assert Store(tmp_path).find("avvmax").look == StripLook(False, ColourSpace.YBR)

    @pytest.mark.parametrize("text", ['{"colours": "bgr"}', "[1]", "not json"])
    def test_a_sidecar_that_says_nonsense_is_not_guessed_at(
        self, tmp_path: Path, text: str
    ) -> None:
        look_alike(tmp_path / "avvmax.ckpt", channels=1).with_suffix(".json").write_text(text)
        with pytest.raises(WeightsProblem, match=r"avvmax\.json"):
            Store(tmp_path).find("avvmax")

    def test_one_compact_file_serves_several_measurements_and_no_others(
        self, tmp_path: Path
    ) -> None:
        path = compact(tmp_path / "image.ckpt", lvid=2, ivs=2)
        assert {Store(tmp_path).find(id).path for id in ("lvid", "ivs")} == {path}
        with pytest.raises(WeightsProblem, match="no weights for la"):
            Store(tmp_path).find("la")


def truncated(path: Path) -> None:
    look_alike(path)
    path.write_bytes(path.read_bytes()[:-300])


def bit_rot(path: Path) -> None:
    look_alike(path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        last = max(archive.infolist(), key=lambda info: info.file_size)
    content[last.header_offset + last.file_size // 2 + 200] ^= 0xFF
    path.write_bytes(bytes(content))


def some_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


BAD_FILES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(POINTER), "Git LFS pointer"),
    (lambda path: path.write_bytes(b""), "empty"),
    (lambda path: path.write_bytes(b"these are not weights" * 99), "not a checkpoint"),
    (lambda path: path.write_bytes(pickle.dumps({"weights": 1})), "not a checkpoint"),
    (lambda path: torch.save({"epoch": 3, "weights": [1.0]}, path), "plain state dict"),
    (lambda path: torch.save(torch.ones(3), path), "plain state dict"),
    (lambda path: torch.save({"fc.weight": torch.ones(3)}, path), "another network"),
    (lambda path: look_alike(path, layers=101), "another network"),
    (lambda path: look_alike(path, channels=1), "has 1 output channel.*needs 2"),
    (lambda path: look_alike(path, channels=21), "has 21 output channel.*needs 2"),
    (lambda path: compact(path, lvid=1), "has 1 output channel.*needs 2"),
    (some_zip, "something else"),
    (truncated, "truncated"),
    (bit_rot, "checksums"),
]

READ_BY_TORCH = [row for row in BAD_FILES if row[1] != "checksums"]
"""Torch takes numbers as they come and does not compare checksums."""


class TestBadFiles:
    @pytest.mark.parametrize(("make", "said"), BAD_FILES, ids=[said for _, said in BAD_FILES])
    def test_one_sentence_and_what_to_do(
        self, tmp_path: Path, make: Callable[[Path], object], said: str
    ) -> None:
        make(tmp_path / "lvid.ckpt")
        with pytest.raises(WeightsProblem, match=said) as refusal:
            Store(tmp_path).find("lvid")
        assert "lvid.ckpt" in refusal.value.problem
        assert refusal.value.hint

    @pytest.mark.parametrize(
        ("make", "said"), READ_BY_TORCH, ids=[said for _, said in READ_BY_TORCH]
    )
    def test_loading_itself_refuses_it_as_well(
        self, tmp_path: Path, make: Callable[[Path], object], said: str
    ) -> None:
        """A file may change between looking and loading."""
        make(tmp_path / "lvid.ckpt")
        with pytest.raises(WeightsProblem):
            load_network(Checkpoint(tmp_path / "lvid.ckpt", "", "custom"), "lvid")

    def test_a_file_with_missing_layers_does_not_load(self, tmp_path: Path) -> None:
        look_alike(tmp_path / "lvid.ckpt")
        with pytest.raises(WeightsProblem, match="does not fit DeepLabV3-ResNet50"):
            load_network(Store(tmp_path).find("lvid"), "lvid")


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, broken: float) -> None:
    """A ReLU may make 0 of them, and the network goes on as if nothing were."""
    path = compact(tmp_path / "image.ckpt", lvid=2)
    state = torch.load(path, weights_only=True)
    key = next(key for key, value in state.items() if value.is_floating_point())
    state[key].view(-1)[1] = broken
    torch.save(state, path)
    with pytest.raises(WeightsProblem, match="not finite") as refusal:
        load_network(Checkpoint(path, "", "custom"), "lvid")
    assert key in refusal.value.problem


class Payload:
    """What a pickle can do: run something when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, (f"open({str(self.marker)!r}, 'w').close()",))


class TestNothingIsExecuted:
    @pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy pickle"])
    @pytest.mark.parametrize("inside", [True, False], ids=["beside tensors", "alone"])
    def test_a_malicious_checkpoint_does_nothing(
        self, tmp_path: Path, zipped: bool, inside: bool
    ) -> None:
        marker, path = tmp_path / "ran", tmp_path / "lvid.ckpt"
        payload = Payload(marker)
        content = {"m.classifier.4.weight": torch.ones(2, 256, 1, 1), "x": payload}
        torch.save(content if inside else payload, path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(WeightsProblem):
            Store(tmp_path).find("lvid")
        with pytest.raises(WeightsProblem):
            load_network(Checkpoint(path, "", "custom"), "lvid")
        assert not marker.exists()

    def test_what_it_wants_to_run_is_named(self, tmp_path: Path) -> None:
        torch.save({"x": Payload(tmp_path / "ran")}, tmp_path / "lvid.ckpt")
        with pytest.raises(WeightsProblem, match=r"wants to run \S+\.eval"):
            read_shapes(tmp_path / "lvid.ckpt")

    def test_looking_needs_no_torch(self, tmp_path: Path) -> None:
        look_alike(tmp_path / "lvid.ckpt")
        code = (
            "import sys; from EchoMeasureLib.inference.weight_store import Store;"
            f"Store({str(tmp_path)!r}).find('lvid'); print('torch' in sys.modules)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == "False"


def test_the_catalog_names_17_files_of_two_sizes() -> None:
    """One output channel more is 256 weights of 4 bytes: 1024. Its bias fits into padding."""
    networks = {row.id: row.network for row in CATALOG.values() if row.network}
    sizes = {id: network.bytes for id, network in networks.items()}
    assert len({network.sha256 for network in networks.values()}) == len(sizes) == 17
    for id, size in sizes.items():
        assert size == (158893722 if len(CATALOG[id].points) == 1 else 158894746)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m.backbone.m.weight", "backbone.m.weight"),
        ("backbone.m.weight", "backbone.m.weight"),
        ("module.m.backbone.conv1.weight", "backbone.conv1.weight"),
        ("model._orig_mod.backbone.conv1.weight", "backbone.conv1.weight"),
        ("_orig_mod.compact.up.0.weight", "compact.up.0.weight"),
        ("net.wrapped.heads.lvid.weight", "heads.lvid.weight"),
    ],
)
def test_what_stands_before_the_parts_of_a_network_is_understood(before: str, after: str) -> None:
    """EchoNet's m., Lightning, DataParallel, torch.compile, and all of them together."""
    prefix = before.removesuffix(after)
    assert list(bare_keys({before: 1, f"{prefix}classifier.4.bias": 2})) == [
        after,
        "classifier.4.bias",
    ]


def test_what_stands_before_some_parts_only_is_part_of_their_names() -> None:
    keys = ["student.backbone.conv1.weight", "teacher.backbone.conv1.weight"]
    assert list(bare_keys(dict.fromkeys(keys, 1))) == keys
