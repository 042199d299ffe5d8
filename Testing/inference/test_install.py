"""Installing weights: from folders, archives and the web; nothing unverified gets a name."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from EchoMeasureLib.definitions import Network
from EchoMeasureLib.errors import OutputProblem, WeightsProblem
from EchoMeasureLib.inference.install import install
from EchoMeasureLib.inference.weight_sources import download_address
from EchoMeasureLib.progress import Cancelled, Progress

CONTENT = {
    "lvid": bytes(range(256)) * 9000,
    "ivs": b"septum" * 1000,
    "tapse": b"annulus" * 500,
}
FILES = {
    "lvid": "2D_models/lvid_weights.ckpt",
    "ivs": "2D_models/ivs_weights.ckpt",
    "tapse": "Doppler_models/tapse_2c_weights.ckpt",
}
TABLE = {
    id: Network(FILES[id], hashlib.sha256(data).hexdigest(), len(data), (0, 1))
    for id, data in CONTENT.items()
}
POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 158894746\n"
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the repository with its weights."""
    for id, file in FILES.items():
        path = tmp_path / "clone" / "weights" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[id])
    return tmp_path / "clone"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def holds(home: Path, *ids: str) -> bool:
    """Whether these weights, and nothing else, are in the folder."""
    files = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    return files == {FILES[id] for id in ids} and all(
        (home / FILES[id]).read_bytes() == CONTENT[id] for id in ids
    )


class Server:
    """A web server on this machine with the files it is given."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.ranges: list[str | None] = []
        self.skips = True
        self.break_after: int | None = None
        """Bytes after which the first answer breaks off."""
        handler = partial(_Handler, self)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}/release"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Server, *rest: object) -> None:
        self.site = site
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        data = self.site.files.get(self.path.removeprefix("/release/"))
        if data is None:
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        self.site.ranges.append(wanted)
        start = int(wanted.split("=")[1].rstrip("-")) if wanted and self.site.skips else 0
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        sent = data[start:]
        if self.site.break_after is not None:
            sent, self.site.break_after = sent[: self.site.break_after], None
            self.close_connection = True
        self.wfile.write(sent)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def release() -> Iterator[Server]:
    """The files of a GitHub release, which knows no folders."""
    server = Server({Path(FILES[id]).name: data for id, data in CONTENT.items()})
    yield server
    server.close()


class TestSources:
    def test_a_clone_of_the_repository_is_copied(self, clone: Path, home: Path) -> None:
        done = install(clone, home, table=TABLE)
        assert done.installed == ("lvid", "ivs", "tapse")
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_flat_folder_with_some_of_the_files_is_enough(
        self, tmp_path: Path, home: Path
    ) -> None:
        flat = tmp_path / "flat"
        flat.mkdir()
        (flat / "ivs_weights.ckpt").write_bytes(CONTENT["ivs"])
        done = install(flat, home, table=TABLE)
        assert (done.installed, done.missing) == (("ivs",), ("lvid", "tapse"))
        assert holds(home, "ivs")

    def test_a_zip_of_the_clone_is_read(self, clone: Path, tmp_path: Path, home: Path) -> None:
        archive = shutil.make_archive(str(tmp_path / "pack"), "zip", clone.parent, clone.name)
        assert install(archive, home, table=TABLE).installed == ("lvid", "ivs", "tapse")
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_tar_whose_paths_climb_out_writes_only_to_the_weights_folder(
        self, clone: Path, tmp_path: Path, home: Path
    ) -> None:
        with tarfile.open(tmp_path / "pack.tar.gz", "w:gz") as archive:
            for file in FILES.values():
                archive.add(clone / "weights" / file, f"../../outside/{Path(file).name}")
        assert len(install(tmp_path / "pack.tar.gz", home, table=TABLE).installed) == 3
        assert holds(home, "lvid", "ivs", "tapse")
        assert not list(tmp_path.rglob("outside"))

    def test_a_release_is_downloaded(self, release: Server, home: Path) -> None:
        assert len(install(release.address, home, table=TABLE).installed) == 3
        assert holds(home, "lvid", "ivs", "tapse")

    @pytest.mark.parametrize(
        ("page", "files"),
        [
            (
                "https://github.com/echonet/measurements/releases/tag/v1",
                "https://github.com/echonet/measurements/releases/download/v1",
            ),
            (
                "https://github.com/echonet/measurements/releases/latest",
                "https://github.com/echonet/measurements/releases/latest/download",
            ),
            ("https://hospital.example/weights/", "https://hospital.example/weights"),
        ],
    )
    def test_a_release_page_stands_for_its_files(self, page: str, files: str) -> None:
        assert download_address(page) == files

    @pytest.mark.parametrize("place", ["nowhere", "ftp://host/weights", "file:///etc"])
    def test_what_is_no_source_is_refused(self, place: str, home: Path) -> None:
        with pytest.raises(WeightsProblem) as refusal:
            install(place, home, table=TABLE)
        assert refusal.value.hint

    def test_a_single_checkpoint_is_no_archive(self, tmp_path: Path, home: Path) -> None:
        with zipfile.ZipFile(tmp_path / "lvid_weights.ckpt", "w") as archive:
            archive.writestr("data.pkl", b"")
        with pytest.raises(WeightsProblem, match="neither a folder nor"):
            install(tmp_path / "lvid_weights.ckpt", home, table=TABLE)


class TestVerifying:
    def test_what_is_there_and_sound_is_not_fetched_again(
        self, release: Server, home: Path
    ) -> None:
        install(release.address, home, table=TABLE)
        release.ranges.clear()
        done = install(release.address, home, table=TABLE)
        assert (done.installed, done.present) == ((), ("lvid", "ivs", "tapse"))
        assert release.ranges == []

    def test_a_damaged_file_at_home_is_replaced(self, clone: Path, home: Path) -> None:
        install(clone, home, table=TABLE)
        (home / FILES["ivs"]).write_bytes(b"x" * len(CONTENT["ivs"]))
        assert install(clone, home, table=TABLE).installed == ("ivs",)
        assert holds(home, "lvid", "ivs", "tapse")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (POINTER, "Git LFS pointer"),
            (CONTENT["ivs"][:-1], "truncated"),
            (b"x" * len(CONTENT["ivs"]), "not the published file"),
            (CONTENT["ivs"] + b"more", "not the published file"),
        ],
        ids=["pointer", "truncated", "changed", "longer"],
    )
    def test_a_bad_file_is_named_and_the_others_are_installed(
        self, clone: Path, home: Path, content: bytes, said: str
    ) -> None:
        (clone / "weights" / FILES["ivs"]).write_bytes(content)
        done = install(clone, home, table=TABLE)
        assert done.installed == ("lvid", "tapse")
        assert said in done.problems["ivs"]
        assert done.problems["ivs"].startswith(f"{Path(FILES['ivs']).name} in the source is ")
        assert holds(home, "lvid", "tapse")

    def test_a_clone_of_pointers_says_what_to_do(self, clone: Path, home: Path) -> None:
        for file in FILES.values():
            (clone / "weights" / file).write_bytes(POINTER)
        with pytest.raises(WeightsProblem, match="git lfs pull"):
            install(clone, home, table=TABLE)
        assert holds(home)

    def test_a_folder_without_weights_is_said_to_be_one(self, tmp_path: Path, home: Path) -> None:
        with pytest.raises(WeightsProblem, match="None of the 3 published files"):
            install(tmp_path, home, table=TABLE)


class TestInterruptions:
    def test_a_broken_connection_goes_on_where_it_stopped(
        self, release: Server, home: Path
    ) -> None:
        release.break_after = 1_500_000
        install(release.address, home, table=TABLE)
        assert holds(home, "lvid", "ivs", "tapse")
        assert release.ranges[:2] == [None, "bytes=1500000-"]

    def test_a_cancelled_run_is_gone_on_with(self, release: Server, home: Path) -> None:
        def stop_at_once_with_a_megabyte(progress: Progress) -> None:
            if progress.done:
                raise Cancelled

        with pytest.raises(Cancelled):
            install(release.address, home, stop_at_once_with_a_megabyte, TABLE)
        assert not (home / FILES["lvid"]).exists()
        release.ranges.clear()
        install(release.address, home, table=TABLE)
        assert release.ranges[0] == f"bytes={1 << 20}-"
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_server_that_cannot_skip_sends_everything_again(
        self, release: Server, home: Path
    ) -> None:
        release.skips = False
        release.break_after = 1_500_000
        install(release.address, home, table=TABLE)
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_remnant_of_another_file_is_thrown_away(self, release: Server, home: Path) -> None:
        part = home / f"{FILES['lvid']}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"something else")
        install(release.address, home, table=TABLE)
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_link_planted_in_its_place_is_not_followed(
        self, clone: Path, home: Path, tmp_path: Path
    ) -> None:
        target, part = tmp_path / "precious", home / f"{FILES['lvid']}.part"
        target.write_text("mine")
        part.parent.mkdir(parents=True)
        part.symlink_to(target)
        install(clone, home, table=TABLE)
        assert holds(home, "lvid", "ivs", "tapse")
        assert target.read_text() == "mine"

    def test_a_whole_remnant_needs_no_more_bytes(self, release: Server, home: Path) -> None:
        part = home / f"{FILES['lvid']}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(CONTENT["lvid"])
        install(release.address, home, table=TABLE)
        assert holds(home, "lvid", "ivs", "tapse")

    def test_a_sign_in_page_is_called_that(self, release: Server, home: Path) -> None:
        page = b"<!DOCTYPE html><title>Please sign in</title>" * 30
        release.files = dict.fromkeys(release.files, page)
        with pytest.raises(WeightsProblem, match="web page, such as one to sign in"):
            install(release.address, home, table=TABLE)
        assert holds(home)

    def test_a_server_that_is_not_there_is_one_sentence(self, home: Path) -> None:
        with pytest.raises(WeightsProblem, match="could not be fetched"):
            install("http://127.0.0.1:9", home, table=TABLE)

    def test_progress_counts_megabytes_up_to_the_end(self, clone: Path, home: Path) -> None:
        seen: list[Progress] = []
        install(clone, home, seen.append, TABLE)
        counts = [progress.done for progress in seen]
        assert counts == sorted(counts)
        # 2,304,000 + 6,000 + 3,500 bytes.
        assert seen[-1].total == 2
        assert counts[-1] == 2
        assert seen[0].stage == "Installing lvid (1 of 3), MB"


class TestDisk:
    def test_a_full_disk_is_told_before_anything_is_fetched(
        self, clone: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
        with pytest.raises(OutputProblem, match="MB are free"):
            install(clone, home, table=TABLE)
        assert holds(home)

    def test_a_home_that_is_a_file_is_an_output_problem(self, clone: Path, home: Path) -> None:
        home.write_text("in the way")
        with pytest.raises(OutputProblem):
            install(clone, home, table=TABLE)

    def test_weights_go_to_the_users_data_folder(
        self, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ECHOMEASURE_DATA", str(tmp_path / "data"))
        assert install(clone, table=TABLE).folder == tmp_path / "data" / "weights"
        assert holds(tmp_path / "data" / "weights", "lvid", "ivs", "tapse")
