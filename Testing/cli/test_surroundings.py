"""The command where streams are closed, full or gone, names are hostile, and homes are missing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import in_shell, run, surroundings
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.staging import PREFIX


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    return write_ultrasound(tmp_path / "a.dcm", regions=[region((0, 0, 500, 500), (0.02, 0.02))])


class TestStreams:
    @pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
    def test_json_is_utf8_whatever_the_terminal_speaks(self, tmp_path: Path, encoding: str) -> None:
        folder = tmp_path / "J\u00f6rg \u65e5\u672c"
        folder.mkdir()
        words = ("weights", "list", "--json", "--weights", folder)
        done = run(*words, env=surroundings(PYTHONIOENCODING=encoding), text=False)
        assert str(folder) in json.loads(done.stdout.decode("utf-8"))[0]["problem"]

    def test_json_is_valid_where_a_name_is_no_text_at_all(self, tmp_path: Path) -> None:
        folder = tmp_path / os.fsdecode(b"\xff\x9b31m")
        folder.mkdir()
        done = run("weights", "list", "--json", "--weights", folder, text=False)
        assert str(folder) in json.loads(done.stdout.decode("utf-8"))[0]["problem"]

    def test_json_obeys_no_name(self, tmp_path: Path) -> None:
        """Terminals take U+009B for the beginning of a command, as ESC [."""
        (tmp_path / "\x9b2J\u202e").mkdir()
        done = run("weights", "list", "--json", "--weights", tmp_path / "\x9b2J\u202e")
        assert "\\u009b2J\\u202e" in done.stdout
        assert "\x9b2J\u202e" in json.loads(done.stdout)[0]["problem"]

    @pytest.mark.parametrize(
        ("redirection", "said"),
        [
            (">&-", "Standard output is closed"),
            (">/dev/full", "could not be written to standard output"),
        ],
    )
    @pytest.mark.parametrize("words", [["info"], ["info", "--json"]])
    def test_a_result_that_cannot_be_shown_is_an_error_in_one_sentence(
        self, echo: Path, redirection: str, said: str, words: list[str]
    ) -> None:
        done = in_shell(f'"$@" {redirection}', *words, echo)
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize("words", [["--help"], ["--version"], ["info", "--help"]])
    def test_help_goes_where_it_can_be_read(self, words: list[str]) -> None:
        full = in_shell('"$@" >/dev/full', *words)
        assert (full.returncode, full.stderr.count("\n")) == (1, 1)
        closed = in_shell('"$@" >&-', *words)
        assert closed.returncode == 0
        assert "echomeasure" in closed.stderr.lower()

    @pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
    @pytest.mark.parametrize(("name", "code"), [("a.dcm", 0), ("nothing.dcm", 3)])
    def test_the_work_is_done_where_nobody_listens(
        self, echo: Path, redirection: str, name: str, code: int
    ) -> None:
        done = in_shell(f'"$@" {redirection}', "info", echo.with_name(name), "--json")
        assert done.returncode == code
        assert not done.stdout or json.loads(done.stdout)["frames"] == 1

    def test_no_stream_at_all(self, echo: Path) -> None:
        done = in_shell('"$@" <&- >&- 2>&-; echo $?', "info", echo)
        assert done.stdout == "1\n"

    def test_a_wrong_word_on_a_closed_terminal_keeps_its_code(self) -> None:
        done = in_shell('"$@" >&- 2>&-; echo $?', "inform")
        assert done.stdout == "2\n"

    @pytest.mark.parametrize("words", [["info"], ["info", "--json"], ["--help"]])
    def test_a_reader_that_goes_away_is_no_trouble(self, echo: Path, words: list[str]) -> None:
        line = 'trap "" PIPE; ("$@"; echo done >&3) 3>&1 1>&4 4>&- | cat'
        done = in_shell(f"exec 4> >(true); wait $!; {line}", *words, *([echo] * (len(words) < 3)))
        assert done.stderr == ""
        assert done.stdout == "done\n"


HOSTILE = "\x1b]0;owned\x07\x1b[31mred\r\n\u202egnp"


class TestNames:
    def test_a_terminal_obeys_no_name_of_a_file(self, tmp_path: Path) -> None:
        for words in (["info", HOSTILE], ["weights", "list", "--weights", HOSTILE], [HOSTILE]):
            done = run(*words, cwd=tmp_path)
            shown = done.stdout + done.stderr
            assert done.returncode in (2, 3, 4)
            assert "\\x1b[31mred\\r\\n\\u202egnp" in shown
            assert shown.replace("\n", "").isprintable()

    def test_nor_what_a_file_says_of_itself(self, tmp_path: Path) -> None:
        path = write_ultrasound(tmp_path / "a.dcm", tags={"SOPClassUID": "1.2", "Modality": "CT"})
        content = path.read_bytes()
        path.write_bytes(content.replace(b"CT", b"\x1bc"))
        done = run("info", path)
        assert done.returncode == 3
        assert (done.stdout + done.stderr).replace("\n", "").isprintable()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


class TestPlaces:
    @pytest.mark.parametrize(
        "words",
        [
            ("cohort", "query", "{name}", "SELECT 1"),
            ("batch", "{name}", "--out", "out", "--progress", "none"),
            ("serve", "{name}"),
        ],
        ids=lambda words: words[0],
    )
    def test_a_name_that_is_too_long_is_said_in_one_sentence(
        self,
        words: tuple[str, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Asking whether it is there is an error of the system already."""
        monkeypatch.chdir(tmp_path)
        assert main([word.format(name="x" * 300) for word in words]) == 1
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 1
        assert "cannot be used (File name too long). Check the name" in said[0]


class TestFiles:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (pipe, "it is a pipe, not a file"),
            (device, "it is a device, not a file"),
            (Path.mkdir, "it is a folder, not a file"),
            (lambda path: path.symlink_to(path), "cannot be opened"),
            (lambda path: path.symlink_to("nowhere"), "There is no file"),
        ],
        ids=["pipe", "device", "folder", "circle", "dangling"],
    )
    def test_what_is_no_file_is_refused_at_once(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], make, said: str
    ) -> None:
        make(tmp_path / "input")
        assert main(["info", str(tmp_path / "input")]) == 3
        assert said in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "\ud83d"])
    def test_a_name_that_no_file_has_is_refused(
        self, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        assert main(["info", name]) == 3
        assert capsys.readouterr().err.count("\n") == 1

    def test_a_folder_that_is_gone_holds_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "gone").mkdir()
        done = in_shell(f'cd {tmp_path}/gone; rmdir ../gone; "$@"', "info", "a.dcm")
        assert (done.returncode, done.stderr.count("\n")) == (3, 1)


@pytest.fixture
def for_all() -> Iterator[Path]:
    """A folder that other users may enter, with an image in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_ultrasound(folder / "a.dcm", regions=[region((0, 0, 500, 500), (0.02, 0.02))])
        yield folder


AS_A_STRANGER = """
import contextlib, io, json, os, sys
from EchoMeasureLib.cli.main import main
runs = json.loads(sys.argv[1])
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    # What is loaded late might lie where only its owner may look.
    for words in (["info", runs[0]["file"]], ["weights", "list"], ["measure", "none", "-m", "la"]):
        main(words)
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(12345), os.setuid(12345)
for run in runs:
    for name in ("HOME", "XDG_DATA_HOME", "ECHOMEASURE_DATA", "ECHOMEASURE_WEIGHTS"):
        os.environ.pop(name, None)
    os.environ.update(run["environment"])
    print("code", main(run["words"]))
"""


def as_a_stranger(file: Path, *runs: tuple[list[str], dict[str, str]]) -> list[tuple[int, str]]:
    """Exit code and output of commands run by a user without an account, if root may play one."""
    told = [{"file": str(file), "words": words, "environment": where} for words, where in runs]
    done = subprocess.run(
        [sys.executable, "-c", AS_A_STRANGER, json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=surroundings(PYTHONUNBUFFERED="1"),
        check=True,
    )
    parts = re.split(r"code (\d)\n", done.stdout)
    return [(int(code), text) for text, code in zip(parts[::2], parts[1::2], strict=False)]


class TestAccounts:
    def test_without_home_and_account_everything_but_keeping_works(self, for_all: Path) -> None:
        file = for_all / "a.dcm"
        done = as_a_stranger(file, (["info", str(file)], {}), (["weights", "list"], {}))
        assert [code for code, _ in done] == [0, 0]

    def test_a_folder_for_weights_is_asked_for_where_there_is_none(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        for name in ("HOME", "ECHOMEASURE_DATA", "XDG_DATA_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
        assert main(["weights", "install", str(tmp_path)]) == 1
        assert "Set ECHOMEASURE_DATA" in capsys.readouterr().err

    def test_folders_that_may_not_be_entered_are_named(self, for_all: Path) -> None:
        file, shut = for_all / "a.dcm", for_all / "shut"
        shut.mkdir(mode=0o000)
        measure = ["measure", str(file), "-m", "lvid", "--frames", "0"]
        listing = ["weights", "list"]
        done = as_a_stranger(
            file,
            (["info", str(shut / "a.dcm")], {}),
            ([*measure, "--out", str(shut / "out")], {}),
            ([*listing, "--weights", str(shut / "weights")], {}),
            (listing, {"ECHOMEASURE_WEIGHTS": str(shut / "weights")}),
            (listing, {"ECHOMEASURE_DATA": str(shut / "data")}),
            (listing, {"HOME": str(shut)}),
        )
        shut.chmod(0o700)
        assert [code for code, _ in done] == [3, 1, 4, 4, 4, 4]
        assert all("Permission denied" in text for _, text in done)


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_who_asks_to_stop_finds_nothing_half_written(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        """The signal comes while the second file is being written."""
        code = (
            "import os, signal, sys; from EchoMeasureLib.cli.main import main\n"
            # Whoever runs the tests in the background has some signals ignored.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            "def hook(event, args):\n"
            "    name = str(args[0]) if event == 'open' else ''\n"
            "    if '.part-' in name and name.endswith('.truth.json'):\n"
            "        os.kill(os.getpid(), int(sys.argv[2]))\n"
            "sys.addaudithook(hook)\n"
            "sys.exit(main(['phantom', sys.argv[1], '-m', 'trvmax']))"
        )
        out = tmp_path / "out"
        done = subprocess.run(
            [sys.executable, "-c", code, str(out), str(int(number))],
            capture_output=True,
            text=True,
            env=surroundings(),
            check=False,
        )
        assert done.returncode == 128 + number
        assert done.stderr == "echomeasure: stopped.\n"
        assert [item.suffix for item in out.iterdir()] == [".dcm"]

    def test_who_wants_it_to_go_on_without_a_terminal_gets_that(self, tmp_path: Path) -> None:
        """As with nohup: the signal is ignored from the start."""
        line = 'trap "" HUP; "$@" & kill -HUP $!; wait $!'
        assert in_shell(line, "weights", "--help").returncode == 0

    def test_a_folder_of_results_is_whole_or_not_there(self, tmp_path: Path, echo: Path) -> None:
        """The signal comes when the table is written, between document and pictures."""
        code = (
            "import os, signal, sys; from pathlib import Path\n"
            "from EchoMeasureLib.exporting.drawn_images import drawn_image\n"
            "from EchoMeasureLib.exporting.measurement_documents import document\n"
            "from EchoMeasureLib.exporting.results import results_folder, write_results\n"
            "from EchoMeasureLib.cli.streams import Stopped, asked_to_stop\n"
            "from EchoMeasureLib.imaging.reading import read\n"
            "from EchoMeasureLib.review.session import Review\n"
            "def hook(event, args):\n"
            "    if event == 'open' and str(args[0]).endswith('measurements.csv'):\n"
            "        os.kill(os.getpid(), signal.SIGTERM)\n"
            "cine = read(sys.argv[1])\n"
            "review = Review(cine, 'AB')\n"
            "review.place('lvid', 0, [(9, 9), (9, 99)])\n"
            "(key,) = review.images\n"
            "found = document(review, key)\n"
            "sys.addaudithook(hook)\n"
            "try:\n"
            "    with asked_to_stop():\n"
            "        with results_folder(Path(sys.argv[2]), key) as new:\n"
            "            write_results(new, drawn_image(review, key, cine), found)\n"
            "except Stopped: sys.exit(7)"
        )
        out = tmp_path / "out"
        done = subprocess.run(
            [sys.executable, "-c", code, str(echo), str(out)], env=surroundings(), check=False
        )
        assert done.returncode == 7
        assert not out.exists()
        assert not list(tmp_path.glob(f"{PREFIX}*"))


class TestFrames:
    def test_a_range_past_the_end_says_what_is_left_out(
        self, real_file: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        from EchoMeasureLib.cli.common import frames_of

        assert frames_of("30:1000000", 37) == list(range(30, 37))
        said = capsys.readouterr().err
        assert "37 frames" in said
        assert "after frame 36" in said
        assert frames_of("0:37", 37) == list(range(37))
        assert frames_of("5:", 37) == list(range(5, 37))
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize(
        "points", [("-5,3", "2,2"), ("2,2", "-.75,3"), ("-5,-3", "-2,-1"), ("-5.25,1e1", "2,2")]
    )
    def test_a_point_left_of_the_picture_is_one_that_has_no_number(
        self, echo: Path, capsys: pytest.CaptureFixture[str], points: tuple[str, ...]
    ) -> None:
        main(["value", str(echo), "-m", "lvid", "--points", *points])
        assert "no number. The points do not lie" in capsys.readouterr().out

    @pytest.mark.parametrize("points", [("-5,3", "2,2"), ("2,2", "-.75,3")])
    def test_points_may_follow_an_equals_sign(
        self, echo: Path, capsys: pytest.CaptureFixture[str], points: tuple[str, ...]
    ) -> None:
        """As in --points=-5,3 2,2: the second one was an argument that is not known."""
        first, second = points
        main(["value", str(echo), "-m", "lvid", f"--points={first}", second])
        assert "no number. The points do not lie" in capsys.readouterr().out

    def test_a_range_that_begins_below_zero_names_no_frames(
        self, echo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = str(tmp_path / "o")
        words = ["measure", str(echo), "-m", "lvid", "--out", out]
        assert main([*words, "--frames", "-3:5"]) == 2
        assert "'-3:5' names no frames." in capsys.readouterr().err

    @pytest.mark.parametrize("points", ["nan,1", "1,inf", "1e999,1"])
    def test_a_point_is_two_numbers_that_exist(self, echo: Path, points: str) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["value", str(echo), "-m", "lvid", "--points", points, "2,2"])
        assert stop.value.code == 2
