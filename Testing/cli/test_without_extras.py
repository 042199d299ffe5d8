"""`pip install echomeasure` alone: what needs more says so, and the rest works."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from review_studies import plax, upright

import EchoMeasureLib
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

EXTRAS = ("torch", "torchvision", "av", "jpeg_ls", "pyarrow", "matplotlib")


def _without_extras(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run this code in a Python for which the optional packages are not installed."""
    return _without(EXTRAS, code, folder)


def _without(
    packages: tuple[str, ...], code: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    # Python's own word for "there is none": PEP 328 leaves None in sys.modules.
    hidden = f"import sys\nsys.modules.update(dict.fromkeys({packages!r}))\n"
    library = str(Path(EchoMeasureLib.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", f"{hidden}sys.path.insert(0, {library!r})\n{code}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _command(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"from EchoMeasureLib.cli.main import main\nsys.exit(main({words!r}))"
    return _without_extras(code, folder)


@pytest.mark.parametrize(
    ("words", "what", "package"),
    [
        (
            ["measure", "echo.dcm", "-m", "aorta", "--out", "results"],
            "Running the networks",
            "torch",
        ),
        (["weights", "verify"], "`echomeasure weights`", "torch"),
        (["train", "--phantoms", ".", "--out", "results/a.ckpt"], "`echomeasure train`", "torch"),
    ],
)
def test_a_command_that_needs_an_extra_says_which(
    words: list[str], what: str, package: str, real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "echo.dcm").write_bytes(echo.read_bytes())
    done = _command(words, tmp_path)
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"echomeasure: {what} needs the package {package}, which is not "
        "installed. Install it with: pip install 'echomeasure[inference]'"
    ]
    assert done.returncode == 1
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["info", "echo.dcm"],
        ["value", "echo.dcm", "-m", "aorta", "--points", "629,319", "689,435"],
        ["weights", "list"],
    ],
)
def test_what_needs_no_extra_works_without_any(
    words: list[str], real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "echo.dcm").write_bytes(echo.read_bytes())
    done = _command(words, tmp_path)
    assert done.returncode == 0, done.stderr


def test_parquet_without_its_package_says_so_and_other_tables_are_written(tmp_path: Path) -> None:
    review = Review(plax(), "AB")
    review.place("lvid", 0, upright(45))
    save(review, tmp_path / "review.json")
    words = ["export", "table", "review.json", "--out"]
    done = _command([*words, "values.parquet"], tmp_path)
    assert done.stderr == (
        "echomeasure: Writing Parquet needs the package pyarrow, which is not installed. "
        "Install it with: pip install 'echomeasure[tables]'\n"
    )
    assert _command([*words, "values.jsonl"], tmp_path).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"review.json", "values.jsonl"}


def test_the_library_says_what_the_networks_need(
    real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    echo = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    (tmp_path / "echo.dcm").write_bytes(echo.read_bytes())
    code = """
from EchoMeasureLib import predict_calipers, read
from EchoMeasureLib.errors import MissingPackage
try:
    list(predict_calipers(read("echo.dcm"), ["aorta"], [0]))
except MissingPackage as error:
    print(error.package, error.hint)
"""
    done = _without_extras(code, tmp_path)
    assert done.stdout == "torch Install it with: pip install 'echomeasure[inference]'\n"


@pytest.mark.parametrize("hidden", [("matplotlib",), ("matplotlib", "scipy")])
def test_agreement_without_plots_is_still_tables_and_without_scipy_a_sentence(
    hidden: tuple[str, ...], tmp_path: Path
) -> None:
    for reader, lengths in (("first", (47, 50)), ("second", (49, 51))):
        lines = ["study,measurement,value,unit"]
        lines += [f"1.2.3.{n},lvidd,{length},mm" for n, length in enumerate(lengths)]
        (tmp_path / f"{reader}.csv").write_text("\n".join(lines), encoding="utf-8")
    words = ["agreement", "first.csv", "second.csv", "--out", "out"]
    code = f"from EchoMeasureLib.cli.main import main\nsys.exit(main({words!r}))"
    done = _without(hidden, code, tmp_path)
    last = f"needs the package {hidden[-1]}, which is not installed. Install it with: pip install "
    assert f"{last}'echomeasure[agreement]'" in done.stderr
    written = (tmp_path / "out").exists()
    assert (done.returncode, written) == ((0, True) if len(hidden) == 1 else (1, False))
