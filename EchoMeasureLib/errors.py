"""The errors of EchoMeasure. Each says what happened and, in `hint`, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class EchoMeasureError(Exception):
    """Root of every error that EchoMeasure raises on purpose.

    `problem` says what happened and where; `hint` says what the user can do.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem} {hint}".strip())

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it comes out of another process as it went in, whatever it is made of."""
        return _restored, (type(self), self.args, vars(self))


def _restored(
    kind: type[EchoMeasureError], args: tuple[Any, ...], facts: dict[str, Any]
) -> EchoMeasureError:
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(facts)
    return error


class UnreadableFile(EchoMeasureError, ValueError):
    """The file is missing, damaged, or of a kind that EchoMeasure does not read."""


class ForeignFile(UnreadableFile):
    """The file may well be sound, but it is none that EchoMeasure measures in."""


class UnsupportedPixels(UnreadableFile):
    """The file is sound, but nothing installed decodes its pixels."""


class UnknownMeasurement(EchoMeasureError, LookupError):
    """No measurement of that id is in the catalog."""


class CannotMeasure(EchoMeasureError, ValueError):
    """This measurement cannot be made on this image."""


class EngineProblem(EchoMeasureError, RuntimeError):
    """What runs the networks failed, or cannot do what is asked on this machine."""


class WeightsProblem(EchoMeasureError, ValueError):
    """No usable checkpoint: missing, a pointer, truncated, foreign or of the wrong shape."""


class MissingPackage(EchoMeasureError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed.",
            f"Install it with: pip install 'echomeasure[{extra}]'",
        )
        self.package = package


EXTRAS = {
    "torch": "inference",
    "torchvision": "inference",
    "openvino": "fast",
    "nncf": "int8",
    "highdicom": "sr",
    "pyarrow": "tables",
    "matplotlib": "agreement",
    "distributed": "cohort",
    "dask": "cohort",
    "duckdb": "cohort",
    "dicomweb_client": "pacs",
    "keyring": "pacs",
    "pynetdicom": "pacs",
    "requests": "pacs",
    "tomli": "pacs",
    "aiohttp": "web",
    "slicer": "web",
    "trame_slicer": "web",
}
"""The extra of pyproject.toml that brings a package which is loaded where it is used."""


@contextmanager
def needed_for(purpose: str) -> Iterator[None]:
    """Loading in here, a package of `EXTRAS` that is not installed raises `MissingPackage`.

    `purpose` begins the sentence, as "Measuring" does in "Measuring needs the package torch".
    Raises `EchoMeasureError` for a package that is installed and does not load.
    """
    try:
        yield
    except EchoMeasureError:
        raise
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package in EXTRAS and isinstance(error, ModuleNotFoundError):
            raise MissingPackage(package, purpose, EXTRAS[package]) from error
        raise EchoMeasureError(
            f"{purpose} needs a package that does not load ({error}).", "Install it again."
        ) from error


class OutputProblem(EchoMeasureError, OSError):
    """A result could not be written; nothing half-written is left behind."""


class InvalidArgument(EchoMeasureError, ValueError):
    """A value given by the user or the caller makes no sense, such as a frame past the end."""


class InvalidState(EchoMeasureError, RuntimeError):
    """Not possible as things stand, such as undo where nothing was done; later it may be."""


class ServerProblem(EchoMeasureError, RuntimeError):
    """A server is away, refuses what is asked, or answers what it should not."""


class InvalidDocument(EchoMeasureError, ValueError):
    """A saved EchoMeasure document is damaged, foreign, or belongs to another image."""
