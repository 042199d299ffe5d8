"""Docs/pictures/gallery.jpg: phantom studies with the calipers of the shipped weights.

Run `python Testing/support/gallery.py` after the phantoms or the weights have changed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.pictures import draw_calipers
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.screen_parts import ScreenPart
from EchoMeasureLib.inference.predicting import Predictor
from EchoMeasureLib.measuring.running import predict_calipers
from EchoMeasureLib.phantoms.generate import generate, write

TILES = (
    ("lvid", "768x1024", ("ivs", "lvid", "lvpw", "aortic_root", "la")),
    ("rv_base", "600x800", ("rv_base",)),
    ("pa", "480x640", ("pa",)),
    ("ivc", "768x1024", ("ivc",)),
    ("trvmax", "768x1024", ("trvmax",)),
    ("mvpeak", "768x1024", ("mvpeak",)),
    ("latevel", "600x800", ("latevel",)),
    ("lvotvmax", "768x1024-348", ("lvotvmax",)),
    ("tapse", "768x1024", ("tapse",)),
)
"""What the study is made for, its layout, and what is measured in it."""

SEED, COLUMNS, TILE = 21, 3, (640, 480)
PICTURE = Path(__file__).parents[2] / "Docs" / "pictures" / "gallery.jpg"


def tile(made_for: str, layout: str, measured: tuple[str, ...], folder: Path) -> Image.Image:
    """One study, measured and drawn, scaled to the tile with its shape kept."""
    study = generate(made_for, layout, SEED)
    cine = read(write(study, folder)[0])
    frame = study.truth["beats"][0]["ed"] if study.frame_count > 1 else 0
    calipers = list(predict_calipers(cine, measured, [frame], Predictor()))
    whole = ScreenPart.whole(cine.columns, cine.rows)
    phase = Phase.ED if study.frame_count > 1 else None
    picture = Image.fromarray(draw_calipers(cine.frame(frame), calipers, whole, phase))
    picture.thumbnail(TILE, Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", TILE)
    canvas.paste(picture, ((TILE[0] - picture.width) // 2, (TILE[1] - picture.height) // 2))
    return canvas


def main() -> None:
    """Draw all tiles."""
    rows = -(-len(TILES) // COLUMNS)
    sheet = Image.new("RGB", (TILE[0] * COLUMNS, TILE[1] * rows))
    with tempfile.TemporaryDirectory() as name:
        for number, (made_for, layout, measured) in enumerate(TILES):
            place = (number % COLUMNS * TILE[0], number // COLUMNS * TILE[1])
            sheet.paste(tile(made_for, layout, measured, Path(name)), place)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(PICTURE, quality=85)
    print(PICTURE)


if __name__ == "__main__":
    main()
