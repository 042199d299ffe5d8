"""Docs/pictures/agreement.png: two readers of phantom strips, and what the networks made of them.

Run `python Testing/support/agreement_picture.py` after the phantoms, the weights or the plots have
changed. It also prints the table of Docs/agreement.md. Both readers begin from nothing: one puts
every point where the truth is, with the error of a hand; the other does so a little too low.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from PIL import Image

from EchoMeasureLib.agreement.agreement_folder import write_agreement
from EchoMeasureLib.agreement.agreement_lines import agreement_lines
from EchoMeasureLib.agreement.reading_two_sets import ReadingSet, compare_sets
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.session import Review

MEASUREMENTS, STUDIES, FIRST_SEED = ("trvmax", "latevel"), 20, 300
HAND_PX, TOO_FAR_PX = 5.0, 4.0
"""Of a reader's points, in rows: the standard deviation, and the second reader's habit."""
PICTURE = Path(__file__).parents[2] / "Docs" / "pictures" / "agreement.png"


def write_readers(folder: Path) -> None:
    """A review of every study by either reader, in folders `first` and `second`."""
    (folder / "images").mkdir()
    rng = random.Random(FIRST_SEED)
    for seed in range(FIRST_SEED, FIRST_SEED + STUDIES):
        for id in MEASUREMENTS:
            study = generate(id, "768x1024", seed)
            cine = read(write(study, folder / "images")[0])
            for reader, habit in (("first", 0.0), ("second", TOO_FAR_PX)):
                review = Review(cine, reader)
                for ((x, y),) in study.truth["measurements"][id]["frames"]["0"]["beats_points"]:
                    review.place(id, 0, [(x, y + habit + rng.gauss(0, HAND_PX))])
                (folder / reader).mkdir(exist_ok=True)
                save(review, folder / reader / f"{id}-{seed}.json")


def main() -> None:
    """Write the reviews, compare them, and keep the plots of the first value."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_readers(folder)
        comparison = compare_sets(
            ReadingSet(folder / "first"),
            ReadingSet(folder / "second"),
            names=("Reader 1", "Reader 2"),
        )
        write_agreement(folder / "out", comparison)
        plots = [
            Image.open(folder / "out" / f"{MEASUREMENTS[0]}{end}.png")
            for end in ("-bland-altman", "-scatter")
        ]
        sheet = Image.new("RGB", (sum(plot.width for plot in plots), plots[0].height), "white")
        sheet.paste(plots[0], (0, 0))
        sheet.paste(plots[1], (plots[0].width, 0))
        sheet.quantize(128).save(PICTURE, optimize=True)
    print("\n".join(agreement_lines(comparison)))


if __name__ == "__main__":
    main()
