"""Docs/pictures/strips/: twenty Doppler strips as they are read without a network.

Both edges, the waves, where each begins and ends, and their names are drawn; on sheets of their
own eight jets with their tracings, and a vena cava with its diameter over time.

Run `python Testing/support/strip_gallery.py` after the reader or the phantoms have changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_strips import strip_of
from PIL import Image, ImageDraw

from EchoMeasureLib.catalog import CATALOG, of_same_flow
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.cava_curve import CavaCurve, curve_of
from EchoMeasureLib.measuring.cava_walls import CavaWalls, find_cava
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.naming import name_waves, wave_kind
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_cases import CASES
from EchoMeasureLib.phantoms.doppler_plan import SpectralPlan, plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.phantoms.mmode import draw_m_mode, plan_m_mode

FOLDER = Path(__file__).parents[2] / "Docs" / "pictures" / "strips"
COUNT, PER_SHEET, COLUMNS, FIRST_SEED = 20, 4, 2, 57_000
WIDTH, HEIGHT = 520, 250
DENSE, WHOLE, SURE, UNSURE = (0, 220, 220), (200, 0, 200), (255, 230, 0), (255, 120, 60)
TRACED, TRACED_SEED = (90, 255, 90), 57_100
CAVA_SEEDS, BELOW = (7_146, 7_224), 110


def plans() -> Iterator[SpectralPlan]:
    """All measurements in turn, three of four lifelike, every fifth upside down."""
    layouts = list(LAYOUTS.values())
    for number in range(COUNT):
        quirks = [Quirk.LIFELIKE] if number % 4 else []
        quirks += [Quirk.INVERTED] if number % 5 == 4 else []
        layout = layouts[number % len(layouts)].with_quirks(*quirks)
        yield plan_spectrum(list(CASES)[number % len(CASES)], layout, FIRST_SEED + number)


class Tile:
    """A strip scaled to its place on the sheet."""

    def __init__(self, plan: SpectralPlan) -> None:
        self.plan = plan
        self.strip = strip_of(plan, draw_spectrum(plan), 0, plan.name)
        self.box = self.strip.region.bounds
        crop = (self.box.x0, self.box.y0, self.box.x1 + 1, self.box.y1 + 1)
        whole = Image.fromarray(self.strip.cine.frame(0)).crop(crop)
        self.picture = whole.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)

    def draw(self) -> Image.Image:
        """The strip with what was read of it."""
        reading = find_reading(self.strip.cine, 0, self.strip.region)
        assert reading is not None
        pen = ImageDraw.Draw(self.picture)
        self._edges(pen, reading)
        for wave in name_waves(reading, wave_kind(self.plan.name)):
            self._wave(pen, reading, wave)
        words = f"{self.plan.name}, {self.plan.sweep} mm/s"
        pen.text((WIDTH - 6, HEIGHT - 4), words, (255, 255, 255), anchor="rd")
        return self.picture

    def trace(self) -> Image.Image:
        """The strip with what was traced on it, and its edge."""
        reading = find_reading(self.strip.cine, 0, self.strip.region)
        assert reading is not None
        pen = ImageDraw.Draw(self.picture)
        self._edges(pen, reading)
        traced = next(id for id in of_same_flow(self.plan.name) if CATALOG[id].traced)
        beats = read_beats(self.strip.cine, traced, 0).prediction
        for points in beats.beats if beats is not None else ():
            line = [self._at(p.x, p.y) for p in points]
            pen.line([*line, line[0]], TRACED, 2)
        words = f"{traced}, {self.plan.sweep} mm/s"
        pen.text((WIDTH - 6, HEIGHT - 4), words, (255, 255, 255), anchor="rd")
        return self.picture

    def _at(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.box.x0 + 0.5) * WIDTH / self.box.width
        return across, (y - self.box.y0 + 0.5) * HEIGHT / self.box.height

    def _edges(self, pen: ImageDraw.ImageDraw, reading: StripReading) -> None:
        for side, edges in reading.sides:
            for heights, colour in ((edges.whole, WHOLE), (edges.smooth, DENSE)):
                seen = [n for n, written in enumerate(side.written) if written]
                line = [self._at(side.left + n, side.row(float(heights[n]))) for n in seen]
                pen.line(line, colour)

    def _wave(self, pen: ImageDraw.ImageDraw, reading: StripReading, named: NamedWave) -> None:
        colour = UNSURE if named.unsure else SURE
        x, y = self._at(*named.peak)
        pen.line((x - 5, y, x + 5, y), colour, 2)
        pen.line((x, y - 5, x, y + 5), colour, 2)
        words = named.name.value + ("?" if named.unsure else "")
        up = named.wave.up
        pen.text((x, y - 7 if up else y + 7), words, colour, anchor="md" if up else "ma")
        foot = self._at(named.wave.onset, reading.baseline)[1]
        for column in (named.wave.onset, named.wave.end):
            place = self._at(column, 0)[0]
            pen.line((place, foot - 6, place, foot + 6), colour)


def jets() -> Iterator[SpectralPlan]:
    """Two of each jet, lifelike."""
    layouts = list(LAYOUTS.values())
    for number, name in enumerate(2 * ("lvotvmax", "avvmax", "trvmax", "mrvmax")):
        layout = layouts[number % len(layouts)].with_quirks(Quirk.LIFELIKE)
        yield plan_spectrum(name, layout, TRACED_SEED + number)


def traced_sheet() -> None:
    """Draw the tracings."""
    sheet = Image.new("RGB", (COLUMNS * WIDTH, 4 * HEIGHT))
    for number, plan in enumerate(jets()):
        sheet.paste(Tile(plan).trace(), (number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT))
    sheet.save(FOLDER / "traced-without-a-network.jpg", quality=72, optimize=True)


def cava_sheet() -> None:
    """Two M-modes of a vena cava: the borders of its blood where they are read, its diameter."""
    layouts = list(LAYOUTS.values())
    sheet = Image.new("RGB", (COLUMNS * WIDTH, HEIGHT + BELOW))
    for number, seed in enumerate(CAVA_SEEDS):
        layout = layouts[seed % len(layouts)].with_quirks(Quirk.LIFELIKE)
        plan = plan_m_mode("mmode_vena_cava", layout, seed)
        box, scale = layout.strip.box, (plan.seconds_per_px, plan.cm_per_px)
        region = Region(0, RegionKind.M_MODE, box, ("s", "cm"), scale, (0.0, 0.0))
        frame = draw_m_mode(plan)
        walls = find_cava(frame, region)
        assert isinstance(walls, CavaWalls)
        curve = curve_of(walls, region)
        assert isinstance(curve, CavaCurve)
        whole = Image.fromarray(frame).crop((box.x0, box.y0, box.x1 + 1, box.y1 + 1))
        tile = Image.new("RGB", (WIDTH, HEIGHT + BELOW))
        tile.paste(whole.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
        pen = ImageDraw.Draw(tile)
        for rows in (walls.near, walls.far):
            points = [walls.grid.point(*at) for at in zip(walls.columns, rows, strict=True)]
            places = [
                ((x - box.x0) * WIDTH / box.width, (y - box.y0) * HEIGHT / box.height)
                for x, y in points
            ]
            _line(pen, places, walls.read.tolist(), DENSE)
        lasts, most = box.width * plan.seconds_per_px, max(cm or 0 for cm in curve.cm)
        foot = HEIGHT + BELOW - 18
        places = [
            (seconds * WIDTH / lasts, foot - (foot - HEIGHT - 8) * (cm or 0) / most)
            for seconds, cm in zip(curve.seconds, curve.cm, strict=True)
        ]
        _line(pen, places, [cm is not None for cm in curve.cm], SURE)
        pen.line([(0, foot), (WIDTH, foot)], (120, 120, 120))
        pen.text((4, HEIGHT + 2), f"{most:.1f} cm", (255, 255, 255))
        said = "; ".join(filter(None, (f"{lasts:.1f} s", curve.breath_words, curve.gaps_words)))
        pen.text((WIDTH - 4, HEIGHT + BELOW - 2), said, (255, 255, 255), anchor="rd")
        sheet.paste(tile, (number * WIDTH, 0))
    sheet.save(FOLDER / "vena-cava-over-time.jpg", quality=72, optimize=True)


def _line(
    pen: ImageDraw.ImageDraw,
    places: list[tuple[float, float]],
    read: list[bool],
    colour: tuple[int, int, int],
) -> None:
    """From place to place where both are read."""
    for first, second, *both in zip(places, places[1:], read, read[1:], strict=False):
        if all(both):
            pen.line([first, second], colour, 2)


def main() -> None:
    """Draw all sheets."""
    FOLDER.mkdir(exist_ok=True)
    traced_sheet()
    cava_sheet()
    sheet = Image.new("RGB", (COLUMNS * WIDTH, PER_SHEET // COLUMNS * HEIGHT))
    for number, plan in enumerate(plans()):
        place = number % PER_SHEET
        at = place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT
        sheet.paste(Tile(plan).draw(), at)
        if place == PER_SHEET - 1:
            name = f"read-without-a-network-{number // PER_SHEET + 1}.jpg"
            sheet.save(FOLDER / name, quality=72, optimize=True)


if __name__ == "__main__":
    main()
