"""EchoMeasure's self-test in a real Slicer; exits with 0 when every step holds.

Slicer --testing --no-splash --additional-module-paths PATH/TO/EchoMeasure \\
    --python-script Testing/slicer/run_self_test.py

With `--no-main-window` it runs without a window, and then does not open the panel.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import slicer

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "EchoMeasure"


def load_module() -> None:
    """Load the module of this repository when Slicer was not told where it is."""
    if hasattr(slicer.modules, "echomeasure"):
        return
    factory = slicer.app.moduleManager().factoryManager()
    path = str(MODULE_FOLDER / "EchoMeasure.py")
    factory.registerModule(__import__("qt").QFileInfo(path))
    factory.loadModules(["EchoMeasure"])


def check_panel() -> None:
    """The panel opens, and says why it cannot measure yet."""
    if slicer.util.mainWindow() is None:
        print("No main window: the panel is not opened", flush=True)
        return
    slicer.util.selectModule("EchoMeasure")
    widget = slicer.modules.EchoMeasureWidget
    assert not widget.ui.measureButton.enabled
    assert widget.ui.measureButton.toolTip == "Choose an image first."
    assert "Research use only" in widget.ui.researchBanner.text


def main() -> int:
    """Run everything; the number of the first failure is not needed, its text is printed."""
    try:
        load_module()
        check_panel()
        import EchoMeasure

        test = EchoMeasure.EchoMeasureTest()
        test.messageDelay = 100
        test.runTest()
    except Exception:  # noqa: BLE001 - the outermost edge: Slicer would stay open otherwise
        traceback.print_exc()
        return slicer.util.EXIT_FAILURE
    return slicer.util.EXIT_SUCCESS


if __name__ == "__main__":
    sys.stdout.flush()
    slicer.util.exit(main())
