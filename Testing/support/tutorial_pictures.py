"""Docs/pictures: the tutorial and the dialogs, from build/screens as the panel's tests leave it.

Run after the panel has changed:
    pytest -m "slow or not slow" Testing/panel && python Testing/support/tutorial_pictures.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCREENS, PICTURES = ROOT / "build" / "screens", ROOT / "Docs" / "pictures"


def main() -> None:
    """Write the pictures that README.md and Docs/slicer.md show."""
    for path in sorted(SCREENS.glob("tutorial-*.png")):
        picture = Image.open(path).convert("RGB")
        picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)).save(
            PICTURES / f"{path.stem}.jpg", quality=85, optimize=True
        )
    for name in ("comparison.png", "scanner-report.png", "export.png"):
        Image.open(SCREENS / name).convert("RGB").save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
