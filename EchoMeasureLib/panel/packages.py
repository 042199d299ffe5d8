"""Packages that Slicer does not bring: asked for when something first needs them.

PyTorch comes through the PyTorch extension, which picks the build that fits the
graphics card. Nothing that Slicer itself brings is ever replaced.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Protocol

from EchoMeasureLib.errors import EchoMeasureError

if TYPE_CHECKING:
    from EchoMeasureLib.panel.dialogs import Dialogs

OPTIONAL = {
    "av": "av>=16.1",
    "openvino": "openvino>=2026.4",
    "pillow-jxl-plugin": "pillow-jxl-plugin>=1.3",
    "pyarrow": "pyarrow>=17",
    "pyjpegls": "pyjpegls>=1.4",
}
"""What can be missing besides PyTorch, and what pip then installs.

Not highdicom: Slicer 5.12 brings it, and in 5.10 it would put another pydicom in the place of
Slicer's own.
"""


OPENVINO_SETTING = "EchoMeasure/openvino"


def installed(name: str) -> bool:
    """Whether a package can be imported, found out without importing it."""
    return importlib.util.find_spec(name) is not None


def ensure_torch(dialogs: Dialogs) -> bool:
    """Whether the networks can run; offers to install what is missing. False when declined."""
    if installed("torch") and installed("torchvision"):
        return True
    try:
        import PyTorchUtils  # type: ignore[import-not-found]
    except ModuleNotFoundError as error:
        raise EchoMeasureError(
            "The networks need Slicer's PyTorch extension, which is not installed.",
            "Install 'PyTorch' in the Extensions Manager and restart Slicer. "
            "Calipers can be placed by hand without it.",
        ) from error
    if not dialogs.ask(
        "The networks need PyTorch, a download of up to 2.5 GB that takes some minutes. "
        "Install it now? Calipers can be placed by hand without it."
    ):
        return False
    return PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False) is not None


class Kept(Protocol):
    """Settings of the application, as QSettings."""

    def value(self, name: str, default: str = "") -> object: ...

    def setValue(self, name: str, value: str) -> object: ...  # noqa: N802


def offer_openvino(dialogs: Dialogs, kept: Kept) -> None:
    """Offer what may run the networks faster, once and for all; they run without it too."""
    if installed("openvino") or kept.value(OPENVINO_SETTING, ""):
        return
    kept.setValue(OPENVINO_SETTING, "asked")
    if dialogs.ask(
        "The package OpenVINO can run the networks too, on the processor: which of both is "
        "quicker here is then tried once. "
        f"Install {OPTIONAL['openvino']} now? PyTorch runs them without it."
    ):
        _install(OPTIONAL["openvino"])
        importlib.invalidate_caches()


class Missing(Protocol):
    """What is missing: an error of this process, or word from the measuring one."""

    @property
    def package(self) -> str: ...

    @property
    def problem(self) -> str: ...


def offer(missing: Missing, dialogs: Dialogs) -> bool:
    """Offer to install a missing package; whether it was installed."""
    requirement = OPTIONAL.get(missing.package)
    if requirement is None:
        return False
    if not dialogs.ask(f"{missing.problem} Install {requirement} now?"):
        return False
    _install(requirement)
    importlib.invalidate_caches()
    return True


def _install(requirement: str) -> None:
    """With Slicer's newer installer (5.11 on), which shows its progress, or with its older one."""
    import slicer

    try:
        from slicer.packaging import pip_ensure  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        slicer.util.pip_install(requirement)
        return
    from packaging.requirements import Requirement

    pip_ensure([Requirement(requirement)], prompt_install=False, requester="EchoMeasure")
