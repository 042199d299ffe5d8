"""One folder of sixty files, and what a batch makes of it, for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from batches import Batch
from cohort_folder import write_cohort

from EchoMeasureLib.phantoms.generate import generate, write


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohort") / "ZQXJ archive")


@pytest.fixture(scope="session")
def measured(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    batch = Batch(cohort, tmp_path_factory.mktemp("results") / "out")
    batch.run()
    return batch


@pytest.fixture
def jet(tmp_path: Path) -> Batch:
    """One jet of a study, not measured yet."""
    folder = tmp_path / "jets"
    folder.mkdir()
    write(generate("trvmax", "480x640", 1), folder)[1].unlink()
    return Batch(folder, tmp_path / "out")
