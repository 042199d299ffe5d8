"""Fixtures shared by all rooms: the real files and nothing that could leave the machine."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import count
from pathlib import Path

import pydicom.config
import pytest
from pydicom.data import get_testdata_file

if "PYTEST_XDIST_WORKER" in os.environ:
    # `make test` has a process per processor; their networks would fight for the others.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Many tests parse documents of many small objects: a tenth of their time went into looking for
# circles among these.
gc.set_threshold(50_000, 20, 20)

# A trial of engines in each test would cost more than the tests.
os.environ.setdefault("ECHOMEASURE_ENGINE", "torch")


def pytest_collection_finish() -> None:
    """A search for circles goes through what tests made, not through all that was imported."""
    gc.freeze()


@pytest.fixture(scope="session")
def real_file() -> Callable[[str], Path]:
    """A real ultrasound file of pydicom, pydicom-data or deid-data, by its name."""

    def find(name: str) -> Path:
        # pydicom 2.4 lacks some example files of pydicom 3, see check_pydicom_24.py.
        lent = Path(os.environ.get("ECHOMEASURE_TEST_FILES", "")) / name
        if lent.is_file():
            return lent
        found = get_testdata_file(name, download=False)
        if found:
            return Path(str(found))
        for file in metadata.files("deid-data") or ():
            if file.name == name:
                return Path(str(file.locate()))
        raise FileNotFoundError(f"{name}: run `make setup`, which installs the test data packages")

    return find


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each time another path that is not there."""
    folder = tmp_path_factory.mktemp("data")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def no_surprises(
    monkeypatch: pytest.MonkeyPatch, nowhere: Iterator[Path], request: pytest.FixtureRequest
) -> None:
    """No weights of the user's, and DICOM keywords that do not exist are errors."""
    monkeypatch.delenv("ECHOMEASURE_WEIGHTS", raising=False)
    # A folder is made for those tests alone that have one: most of the thousands need none.
    has_folder = "tmp_path" in request.fixturenames
    data = request.getfixturevalue("tmp_path") / "echomeasure-data" if has_folder else next(nowhere)
    monkeypatch.setenv("ECHOMEASURE_DATA", str(data))
    monkeypatch.setattr(pydicom.config, "INVALID_KEYWORD_BEHAVIOR", "RAISE")
