"""Errors say the same wherever they are caught."""

from __future__ import annotations

import pickle

import pytest

from EchoMeasureLib.errors import (
    EchoMeasureError,
    EngineProblem,
    MissingPackage,
    OutputProblem,
    WeightsProblem,
)
from EchoMeasureLib.folder_lock import FolderInUse


@pytest.mark.parametrize(
    "error",
    [
        MissingPackage("duckdb", "Asking a cohort", "cohort"),
        OutputProblem("a.csv could not be written (No space left).", "Check the disk space."),
        WeightsProblem("lvid.ckpt is cut short.", "Install it again."),
        EngineProblem("OpenVINO failed."),
        FolderInUse("Another process measures into out.", "Stop it."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_a_worker_is_the_same_in_the_client(error: EchoMeasureError) -> None:
    """A package that a worker lacked came as a fault in unpacking the error."""
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error)
    assert (str(found), found.args) == (str(error), error.args)
    assert vars(found) == vars(error)
