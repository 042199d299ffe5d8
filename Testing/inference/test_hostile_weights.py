"""Weights from anywhere: each oddity is one sentence, soon, and nothing in a file runs."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.checkpoints import read_shapes
from EchoMeasureLib.inference.compact import CompactNetwork
from EchoMeasureLib.inference.install import install
from EchoMeasureLib.inference.networks import load_network, read_state
from EchoMeasureLib.inference.weight_sources import open_source
from EchoMeasureLib.inference.weight_store import Checkpoint, Store

SMALL = (4, 4, 4, 4, 4, 4)


KEY = "heads.lvid.weight"


def compact_state() -> dict[str, torch.Tensor]:
    return CompactNetwork({"lvid": 2}, SMALL).state_dict()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint of a compact network, for a test to spoil."""
    file = tmp_path / "lvid.ckpt"
    torch.save(compact_state(), file)
    return file


class TestPlaces:
    @pytest.mark.parametrize("name", ["lvid.ckpt", "2D_models", "weights", "lvid.json"])
    def test_a_link_to_nowhere_is_not_taken_for_no_weights(self, tmp_path: Path, name: str) -> None:
        """As one to a disk that is not mounted: the user believes that the weights are there."""
        if name == "lvid.json":
            torch.save(compact_state(), tmp_path / "lvid.ckpt")
        (tmp_path / name).symlink_to(tmp_path / "not mounted")
        with pytest.raises(WeightsProblem, match="link to what is not there"):
            Store(tmp_path).find("lvid")

    def test_neither_is_the_whole_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "data").symlink_to(tmp_path / "not mounted")
        monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
        with pytest.raises(WeightsProblem, match="link to what is not there"):
            Store().find("lvid")

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (os.mkfifo, "a pipe"),
            (os.mkdir, "a folder"),
            (lambda path: Path(path).symlink_to("/dev/zero"), "a device"),
            (lambda path: Path(path).symlink_to(path), "cannot be looked at|link to what"),
        ],
        ids=["pipe", "folder", "device", "circle"],
    )
    def test_what_is_no_file_is_said_to_be_that(
        self, tmp_path: Path, make: Callable[[Path], None], said: str
    ) -> None:
        make(tmp_path / "lvid.ckpt")
        with pytest.raises(WeightsProblem, match=said):
            Store(tmp_path).find("lvid")


class TestWrappers:
    @pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "model._orig_mod.m."])
    @pytest.mark.parametrize("inside", [None, "state_dict", "model_state_dict"])
    def test_what_others_put_around_a_network_is_understood(
        self, path: Path, prefix: str, inside: str | None
    ) -> None:
        state = {f"{prefix}{key}": value for key, value in compact_state().items()}
        torch.save(state if inside is None else {"epoch": 3, inside: state}, path)
        found = Store(path.parent).find("lvid")
        assert load_network(found, "lvid").facts.points == {"lvid": 2}


class TestStandIns:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<!DOCTYPE html><html><title>Sign in</title>", "sign in"),
            (b"\xef\xbb\xbf\r\n  <HTML><head>", "sign in"),
            (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "answer of a web"),
            (b'{"message": "Not Found"}', "answer of a web"),
        ],
    )
    def test_what_a_server_sent_instead_is_called_that(
        self, path: Path, content: bytes, said: str
    ) -> None:
        path.write_bytes(content * 100)
        with pytest.raises(WeightsProblem, match=said):
            Store(path.parent).find("lvid")
        with pytest.raises(WeightsProblem, match=said):
            read_state(path)


def archive_of(path: Path, pickled: bytes, **options: int) -> None:
    """An archive as torch writes it, but for what the options say."""
    with zipfile.ZipFile(path, "w", **options) as archive:  # type: ignore[arg-type]
        archive.writestr("lvid/data.pkl", pickled)


def nested(value: bytes, depth: int) -> bytes:
    return value + pickle.TUPLE1 * depth


def in_a_dict(key: bytes, value: bytes) -> bytes:
    return b"\x80\x02}" + key + value + b"s."


TEXT = b"X\x01\x00\x00\x00k"


class TestPickles:
    @pytest.mark.parametrize(
        "pickled",
        [
            in_a_dict(TEXT, nested(b"N", 1_000_000)),
            in_a_dict(nested(b"N", 1_000_000), b"N"),
            in_a_dict(nested(b"N", 200_000), b"N"),
            in_a_dict(TEXT, b"]" * 140_000 + b"a" * 139_999),
            b"\x80\x02" + b"(" * 200_000 + b".",
        ],
        ids=["value", "key", "key, few steps", "lists", "marks"],
    )
    def test_what_is_nested_without_end_takes_nobody_down(self, path: Path, pickled: bytes) -> None:
        archive_of(path, pickled)
        for look in (read_shapes, read_state):
            with pytest.raises(WeightsProblem):
                look(path)

    @pytest.mark.parametrize(
        "pickled",
        [
            b"",
            b".",
            b"\x80\x02",
            b"garbage",
            b"\x80\x02}.",
            in_a_dict(TEXT, b"I99\n"),
            in_a_dict(TEXT, b"h\x05"),
            in_a_dict(TEXT, b"cposix\nsystem\n(X\x02\x00\x00\x00ls\x85R"),
            in_a_dict(TEXT, b"(iposix\nsystem\n"),
            in_a_dict(TEXT, b"\x8a\xff" + b"\xff" * 255),
            b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff}.",
            b"\x80\x02X\xff\xff\xff\xff.",
            b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f.",
            b"\x80\x02}(" + (TEXT + b"N") * 3 + b"u.",
            b"0.",
            b"\x80\x02cos\nsystem\n.",
            b"\x80\x02\x82\x01.",
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nNR.",
            b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.",
        ],
    )
    def test_every_other_pickle_is_refused(self, path: Path, pickled: bytes) -> None:
        archive_of(path, pickled)
        with pytest.raises(WeightsProblem):
            read_shapes(path)

    def test_a_hundred_megabytes_of_instructions_are_not_followed(self, path: Path) -> None:
        archive_of(path, b"\x80\x02" + b"N" * (100 << 20) + b".")
        with pytest.raises(WeightsProblem, match="without end"):
            read_shapes(path)


class TestTensors:
    @pytest.mark.parametrize(
        "tensor",
        [
            torch.zeros(1).expand(1 << 20, 1 << 20),
            torch.zeros(1 << 40, 0),
            torch.zeros(2, 0, 1, 1),
        ],
        ids=["expanded", "empty but wide", "no numbers"],
    )
    def test_a_tensor_has_its_numbers_in_the_file(self, path: Path, tensor: torch.Tensor) -> None:
        torch.save({**compact_state(), KEY: tensor}, path)
        for look in (Store(path.parent).find, lambda _: read_state(path)):
            with pytest.raises(WeightsProblem, match="no numbers"):
                look("lvid")

    def test_a_width_that_a_file_only_claims_is_not_made(self, path: Path) -> None:
        """A million channels in one layer would be a hundred million numbers in the next."""
        wide = torch.zeros(1_000_000, 1, 1, 1, dtype=torch.int8)
        torch.save({**compact_state(), "compact.encoder.0.0.conv.weight": wide}, path)
        with pytest.raises(WeightsProblem, match="not the weights of a compact network"):
            load_network(Checkpoint(path, "", "custom"), "lvid")

    def test_a_key_that_is_missing_is_named_in_one_line(self, path: Path) -> None:
        lost = "compact.up.0.reduce.conv.weight"
        torch.save({key: value for key, value in compact_state().items() if key != lost}, path)
        with pytest.raises(WeightsProblem, match="Missing key") as said:
            load_network(Checkpoint(path, "", "custom"), "lvid")
        assert lost in said.value.problem
        assert "\n" not in said.value.problem

    def test_a_number_alone_is_no_layer(self, path: Path) -> None:
        torch.save({**compact_state(), KEY: torch.tensor(1.0)}, path)
        with pytest.raises(WeightsProblem, match="0 output channel"):
            Store(path.parent).find("lvid")


def packed(path: Path) -> None:
    archive_of(path, b"N" * (64 << 20), compression=zipfile.ZIP_DEFLATED)


def patched(path: Path, local: tuple[int, bytes], central: tuple[int, bytes]) -> None:
    """The headers of the first part changed, here and in the table of contents."""
    content = bytearray(path.read_bytes())
    table = content.rindex(b"PK\x01\x02")
    for start, (offset, new) in ((0, local), (table, central)):
        content[start + offset : start + offset + len(new)] = new
    path.write_bytes(bytes(content))


def encrypted(path: Path) -> None:
    archive_of(path, b"}.")
    patched(path, (6, b"\x01"), (8, b"\x01"))


def larger_than_itself(path: Path) -> None:
    archive_of(path, b"}.")
    size = struct.pack("<I", 0xFFFFFFF0)
    patched(path, (18, size * 2), (20, size * 2))


def rare_packing(path: Path) -> None:
    archive_of(path, b"}.")
    patched(path, (8, b"\x09"), (10, b"\x09"))


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a/data.pkl", "b/data.pkl"):
            archive.writestr(name, b"}.")


def overlapping(path: Path) -> None:
    """A thousand names for the same megabyte."""
    archive_of(path, b"N" * (1 << 20))
    content = path.read_bytes()
    table, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, many = content[table:end], 1000
    record = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, many, many, len(entry) * many, table, 0)
    path.write_bytes(content[:table] + entry * many + record)


def endless_table(path: Path) -> None:
    content = b"PK\x01\x02" + b"\0" * (100 << 20)
    record = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(content), 0, 0)
    path.write_bytes(content + record)


ARCHIVES: list[tuple[Callable[[Path], None], str]] = [
    (packed, "packed"),
    (encrypted, "encrypted"),
    (larger_than_itself, "more than once|damaged"),
    (rare_packing, "packed"),
    (twice, "more than one"),
    (overlapping, "more than once|damaged"),
    (endless_table, "lists more files"),
    (lambda path: path.write_bytes(b"PK\x05\x06" + b"\0" * 18), "something else"),
    (lambda path: path.write_bytes(b"PK" + b"\0" * 9), "truncated"),
    (lambda path: os.truncate(path, 5 << 30), "larger than any|truncated"),
]


@pytest.mark.parametrize(("make", "said"), ARCHIVES, ids=[make.__name__ for make, _ in ARCHIVES])
def test_an_odd_archive_is_refused_in_a_sentence(
    path: Path, make: Callable[[Path], None], said: str
) -> None:
    make(path)
    for look in (lambda: Store(path.parent).find("lvid"), lambda: read_state(path)):
        with pytest.raises(WeightsProblem, match=said):
            look()


def tar_bytes(path: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.add(path, "2D_models/lvid_weights.ckpt")
    return content.getvalue()


class TestSources:
    @pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
    def test_a_tar_that_was_cut_is_a_sentence_wherever_it_ends(
        self, path: Path, tmp_path: Path, pack: Callable[[bytes], bytes]
    ) -> None:
        whole = pack(tar_bytes(path))
        cut = tmp_path / "pack.tar"
        for size in range(520, len(whole), len(whole) // 23):
            cut.write_bytes(whole[:size])
            with pytest.raises(WeightsProblem):
                install(cut, tmp_path / "home")

    @pytest.mark.parametrize(
        "records",
        [
            b"27 path=" + b"a" * 18 + b"\n",
            b"1000000000000 path=a\n",
            b"\xff" * 512,
        ],
    )
    def test_a_tar_with_odd_records_is_a_sentence(self, tmp_path: Path, records: bytes) -> None:
        header = tarfile.TarInfo("x")
        header.type, header.size = tarfile.XHDTYPE, len(records)
        block = records + b"\0" * (-len(records) % 512)
        (tmp_path / "a.tar").write_bytes(header.tobuf() + block)
        with pytest.raises(WeightsProblem):
            install(tmp_path / "a.tar", tmp_path / "home")

    def test_records_of_gigabytes_are_not_read(self, tmp_path: Path) -> None:
        """A megabyte of gzip holds a gigabyte of one record; this one only says so."""
        header = tarfile.TarInfo("x")
        header.type, header.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
        content = header.tobuf(format=tarfile.GNU_FORMAT) + b"\0" * (32 << 20)
        (tmp_path / "a.tar.gz").write_bytes(gzip.compress(content))
        with pytest.raises(WeightsProblem, match="says more about its files"):
            install(tmp_path / "a.tar.gz", tmp_path / "home")

    def test_a_member_larger_than_all_weights_is_not_unpacked(self, tmp_path: Path) -> None:
        header = tarfile.TarInfo("films.mkv")
        header.size = 1 << 42
        content = header.tobuf(format=tarfile.GNU_FORMAT) + b"\0" * 1024
        (tmp_path / "a.tar.gz").write_bytes(gzip.compress(content))
        with pytest.raises(WeightsProblem, match="unpacks to more than 16 GB"):
            install(tmp_path / "a.tar.gz", tmp_path / "home")

    @pytest.mark.parametrize("make", [encrypted, rare_packing, larger_than_itself, endless_table])
    def test_an_odd_zip_is_a_sentence(self, tmp_path: Path, make: Callable[[Path], None]) -> None:
        make(tmp_path / "pack.zip")
        (tmp_path / "pack.zip").write_bytes(
            (tmp_path / "pack.zip").read_bytes().replace(b"lvid/data.pkl", b"v/ivs_weights"[:13])
        )
        with pytest.raises(WeightsProblem):
            install(tmp_path / "pack.zip", tmp_path / "home")

    def test_an_encrypted_zip_is_called_that(self, path: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
            archive.write(path, "lvid_weights.ckpt")
        patched(tmp_path / "pack.zip", (6, b"\x01"), (8, b"\x01"))
        with pytest.raises(WeightsProblem, match=r"is encrypted.*unpack it"):
            install(tmp_path / "pack.zip", tmp_path / "home")

    @pytest.mark.parametrize("place", ["~nouser/weights", "a\0b", "a" * 5000])
    def test_a_place_that_cannot_be_is_a_sentence(self, place: str) -> None:
        with pytest.raises(WeightsProblem):
            open_source(place)

    def test_a_pipe_is_no_source(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(WeightsProblem, match="it is a pipe"):
            open_source(tmp_path / "pipe")
