"""Files and folders are written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.files import folder_written_whole, write_text, written_whole
from EchoMeasureLib.names import file_name
from EchoMeasureLib.staging import PREFIX, remove_leftovers, staging


def killed(code: str, *words: object) -> None:
    """Run a program that kills itself the hard way."""
    ran = subprocess.run([sys.executable, "-c", code, *map(str, words)], check=False)
    assert ran.returncode == -signal.SIGKILL


def write_half(place: AbstractContextManager[Path], name: str = "") -> None:
    """Fail in the middle of writing a file, or a folder that holds a file `name`."""
    with place as beside:
        (beside / name if name else beside).write_text("half")
        raise ZeroDivisionError


def texts(folder: Path) -> dict[str, str]:
    return {item.name: item.read_text() for item in folder.iterdir()}


class TestOneFile:
    def test_a_file_keeps_its_rights(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        write_text(path, "old")
        path.chmod(0o640)
        write_text(path, "new")
        assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o640)

    def test_a_new_file_has_the_rights_of_any_new_file(self, tmp_path: Path) -> None:
        (tmp_path / "usual").write_text("")
        write_text(tmp_path / "ours", "")
        assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode

    @pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Linux has these attributes")
    def test_extended_attributes_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        write_text(path, "old")
        os.setxattr(path, "user.ward", b"7")
        write_text(path, "new")
        assert os.getxattr(path, "user.ward") == b"7"

    @pytest.mark.parametrize("there", [True, False])
    def test_a_link_stays_a_link(self, tmp_path: Path, there: bool) -> None:
        """Also one to a file that is not there yet."""
        target, link = tmp_path / "share" / "a.json", tmp_path / "a.json"
        target.parent.mkdir()
        if there:
            target.write_text("old")
        link.symlink_to(target)
        write_text(link, "new")
        assert link.is_symlink()
        assert target.read_text() == "new"

    def test_links_in_a_circle_are_an_output_problem(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")
        with pytest.raises(OutputProblem):
            write_text(tmp_path / "a", "new")
        assert (tmp_path / "a").is_symlink()

    def test_a_write_protected_file_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("signed")
        path.chmod(0o444)
        with pytest.raises(OutputProblem, match="write-protected"):
            write_text(path, "new")
        assert path.read_text() == "signed"

    def test_unfinished_work_has_a_name_that_nobody_can_know(self, tmp_path: Path) -> None:
        seen = set()
        for _ in range(2):
            with written_whole(tmp_path / "a.json") as beside:
                beside.write_text("")
                (stage,) = tmp_path.glob(f"{PREFIX}*")
                assert stage.stat().st_mode & 0o077 == 0
                seen.add(stage.name)
        assert len(seen) == 2
        assert [item.name for item in tmp_path.iterdir()] == ["a.json"]

    def test_an_error_leaves_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("old")
        with pytest.raises(ZeroDivisionError):
            write_half(written_whole(path))
        assert texts(tmp_path) == {"a.json": "old"}

    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self, tmp_path: Path) -> None:
        """A limit on the size of files is a disk that holds names and no content."""
        (tmp_path / "a.json").write_text("old")
        code = (
            "import resource, sys; from pathlib import Path;"
            "from EchoMeasureLib.files import write_text;"
            "from EchoMeasureLib.errors import OutputProblem\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
            "try: write_text(Path(sys.argv[1]), 'new')\n"
            "except OutputProblem as problem: sys.exit(0)\n"
            "sys.exit(1)"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.json")], check=True)
        assert texts(tmp_path) == {"a.json": "old"}

    def test_of_an_error_the_words_of_the_system_are_said(self, tmp_path: Path) -> None:
        """pydicom says on a full disk which tag it was at, with a traceback; pyarrow says more."""
        full = OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space")

        def write(error: OSError) -> None:
            with written_whole(tmp_path / "a.dcm"):
                raise error from (full if error is not full else None)

        for error in (full, OSError("With tag (7FE0,0010) got exception: ...\nTraceback")):
            with pytest.raises(OutputProblem) as said:
                write(error)
            words = f"{tmp_path / 'a.dcm'} could not be written (No space left on device)."
            assert said.value.problem == words

    def test_a_new_file_takes_the_place_of_none(self, tmp_path: Path) -> None:
        """Of two processes that make a key at once, the one that is later has none."""
        path = tmp_path / "site.key"

        def write(text: str, meanwhile: str = "") -> None:
            with written_whole(path, only_new=True) as beside:
                beside.write_text(text)
                if meanwhile:
                    write(meanwhile)

        with pytest.raises(OutputProblem, match="File exists"):
            write("late", meanwhile="early")
        assert texts(tmp_path) == {"site.key": "early"}

    def test_a_disk_without_second_names_has_new_files_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(*paths: object) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", unknown)
        path = tmp_path / "site.key"
        with written_whole(path, only_new=True) as beside:
            beside.write_text("mine")
        with (
            pytest.raises(OutputProblem, match="File exists"),
            written_whole(path, only_new=True) as beside,
        ):
            beside.write_text("another")
        assert texts(tmp_path) == {"site.key": "mine"}

    def test_a_full_disk_leaves_no_half_of_a_key(self, tmp_path: Path) -> None:
        """An empty file stayed, which every later run refused as no key."""
        code = (
            "import resource, sys; from pathlib import Path;"
            "from EchoMeasureLib.exporting.pseudonyms import make_key;"
            "from EchoMeasureLib.errors import OutputProblem\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
            "try: make_key(Path(sys.argv[1]))\n"
            "except OutputProblem as problem: sys.exit(0)\n"
            "sys.exit(1)"
        )
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "site.key")], check=True)
        assert texts(tmp_path) == {}


class TestLeftovers:
    def test_what_a_killed_writer_left_is_removed_by_the_next(self, tmp_path: Path) -> None:
        code = (
            "import os, sys; from pathlib import Path; from EchoMeasureLib.files import *\n"
            "with written_whole(Path(sys.argv[1])) as beside:\n"
            "    beside.write_text('half'); os.kill(os.getpid(), 9)"
        )
        killed(code, tmp_path / "a.json")
        assert list(tmp_path.glob(f"{PREFIX}*/a.json"))
        remove_leftovers(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_what_is_being_written_stays(self, tmp_path: Path) -> None:
        with staging(tmp_path) as stage:
            (stage / "a").write_text("in work")
            remove_leftovers(tmp_path)
            assert (stage / "a").read_text() == "in work"

    def test_what_is_not_ours_stays(self, tmp_path: Path) -> None:
        other = tmp_path / f"{PREFIX}of-another-program"
        other.mkdir()
        (other / "a").write_text("theirs")
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / ".echomeasure").write_text("")
        (tmp_path / f"{PREFIX}link").symlink_to(outside)
        remove_leftovers(tmp_path)
        assert (other / "a").read_text() == "theirs"
        assert (outside / ".echomeasure").exists()

    def test_an_exchange_that_was_cut_off_is_taken_back(self, tmp_path: Path) -> None:
        """The old folder has left its place and the new one has not come."""
        old = tmp_path / "results"
        old.mkdir()
        (old / "a").write_text("old")
        code = (
            "import os, sys; from pathlib import Path; from EchoMeasureLib.staging import *\n"
            "old = Path(sys.argv[1])\n"
            "with staging(old.parent) as stage:\n"
            "    (stage / NEW).mkdir(); (stage / BEFORE).mkdir()\n"
            "    old.rename(stage / BEFORE / old.name); os.kill(os.getpid(), 9)"
        )
        killed(code, old)
        assert not old.exists()
        remove_leftovers(tmp_path)
        assert texts(old) == {"a": "old"}
        assert [item.name for item in tmp_path.iterdir()] == ["results"]

    @pytest.mark.parametrize("taken", [True, False])
    def test_inside_a_folder_it_goes_on_or_back_but_never_half(
        self, tmp_path: Path, taken: bool
    ) -> None:
        code = (
            "import os, sys; from pathlib import Path; from EchoMeasureLib.staging import *\n"
            "folder = Path(sys.argv[1])\n"
            "with staging(folder) as stage:\n"
            "    new, before = stage / NEW, stage / BEFORE; new.mkdir(); before.mkdir()\n"
            "    for name in 'ac': (new / name).write_text('new')\n"
            "    (folder / 'a').rename(before / 'a')\n"
            "    if sys.argv[2] == 'True':\n"
            "        (folder / 'b').rename(before / 'b'); before.rename(stage / TAKEN)\n"
            "        (new / 'c').rename(folder / 'c')\n"
            "    os.kill(os.getpid(), 9)"
        )
        for name in "ab":
            (tmp_path / name).write_text("old")
        killed(code, tmp_path, taken)
        remove_leftovers(tmp_path)
        whole = {"a": "new", "c": "new"} if taken else {"a": "old", "b": "old"}
        assert texts(tmp_path) == whole


class TestOneFolder:
    def test_it_takes_the_place_of_the_old_one_as_a_whole(self, tmp_path: Path) -> None:
        folder = tmp_path / "results"
        for content in ("first", "second"):
            with folder_written_whole(folder) as new:
                (new / content).write_text(content)
        assert texts(folder) == {"second": "second"}
        assert [item.name for item in tmp_path.iterdir()] == ["results"]

    def test_an_error_changes_nothing_and_makes_no_folders(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            write_half(folder_written_whole(tmp_path / "a" / "b"), "x")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
    def test_a_problem_is_said_of_the_file_that_was_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
    ) -> None:
        """On a full disk `.part-0123/new/a.png` was named, which is gone by then."""
        target = tmp_path / "pictures"
        if inside:
            target.mkdir()
            monkeypatch.chdir(target)

        def write() -> None:
            with folder_written_whole(target) as new, written_whole(new / "a.png"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(OutputProblem) as caught:
            write()
        said = f"{target / 'a.png'} could not be written (No space left on device)."
        assert caught.value.problem == said
        assert isinstance(caught.value.__cause__, OSError)

    def test_who_the_folder_belongs_to_is_asked_before_and_after(self, tmp_path: Path) -> None:
        """Another run may have come meanwhile."""
        folder = tmp_path / "results"
        asked: list[int] = []

        def check(old: Path) -> None:
            asked.append(len(list(old.iterdir())))
            if asked[-1]:
                raise OutputProblem("It is another's.")

        def write() -> None:
            with folder_written_whole(folder, check) as new:
                (new / "mine").write_text("")
                (folder / "theirs").write_text("")

        folder.mkdir()
        with pytest.raises(OutputProblem):
            write()
        assert asked == [0, 1]
        assert list(texts(folder)) == ["theirs"]

    def test_the_folder_one_stands_in_stays_the_same_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "results"
        folder.mkdir()
        (folder / "old").write_text("old")
        monkeypatch.chdir(folder)
        before = folder.stat().st_ino
        with folder_written_whole(Path()) as new:
            (new / "new").write_text("new")
        assert texts(folder) == {"new": "new"}
        assert folder.stat().st_ino == before

    def test_a_link_to_a_folder_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "results").symlink_to(tmp_path / "disk")
        with folder_written_whole(tmp_path / "results") as new:
            (new / "a").write_text("a")
        assert (tmp_path / "results").is_symlink()
        assert texts(tmp_path / "disk") == {"a": "a"}

    def test_it_keeps_its_rights(self, tmp_path: Path) -> None:
        folder = tmp_path / "results"
        folder.mkdir()
        folder.chmod(0o750)
        with folder_written_whole(folder) as new:
            (new / "a").write_text("a")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o750

    def test_a_write_protected_result_keeps_all_of_them(self, tmp_path: Path) -> None:
        folder = tmp_path / "results"
        folder.mkdir()
        (folder / "signed").write_text("")
        (folder / "signed").chmod(0o444)
        with pytest.raises(OutputProblem, match="write-protected"), folder_written_whole(folder):
            pass
        assert list(texts(folder)) == ["signed"]

    def test_a_place_below_a_file_is_an_output_problem(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with (
            pytest.raises(OutputProblem, match="cannot be written to"),
            folder_written_whole(tmp_path / "file" / "results"),
        ):
            pass


class TestNames:
    @pytest.mark.parametrize(
        "text", ["1.2.840.113619.2.21.848.246800003", "lvid-f12", "lvid-i2-f3"]
    )
    def test_uids_and_ids_of_calipers_stay_readable(self, text: str) -> None:
        assert file_name(text, "review-", ".json") == f"review-{text}.json"

    @pytest.mark.parametrize(
        "text",
        [
            *("", ".", "..", "../../../evil", "/etc/passwd", "..\\evil", "C:\\evil", "a/b", "a\\b"),
            *("con", "aux.png", "nul", "com1", "a:stream", "a\0b", "a\nb", "-rf", "~", "x.", "x "),
            *(
                "LVID-F1",
                "M\u00fcller^Anna",
                "\udcff",
                "\u202egnp",
                "a" * 300,
                "*",
                "a|b",
                "\x1b[2J",
            ),
        ],
    )
    def test_anything_else_becomes_a_hash(self, text: str) -> None:
        name = file_name(text)
        assert name.startswith("_")
        assert name[1:].isalnum()

    @given(st.text(st.characters()), st.text(st.characters()))
    def test_different_texts_have_different_names_on_any_disk(self, one: str, other: str) -> None:
        names = [file_name(text, "x-", ".json") for text in (one, other)]
        assert all(Path(name).name == name and len(name.encode()) < 200 for name in names)
        assert all(name == name.lower() for name in names)
        assert (names[0] == names[1]) == (one == other)
