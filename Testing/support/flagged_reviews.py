"""For every flag a review with one caliper, or a few, that truly has it: drawn or placed so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from drawn_waves import STRIP, ZERO, Hump, cine, region, strip
from edge_strips import clean, past_the_edge
from review_studies import MODEL, before, level, plax, predicted, spectral, upright

from EchoMeasureLib.flags import Flag
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_problems import find_problems
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.prediction import Near, Prediction
from EchoMeasureLib.measuring.by_envelope import READER, read_beats
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.review.session import Review

Points = Sequence[tuple[float, float]]


def flagged_review(flag: Flag) -> Review:
    """A review of one image on which a caliper has this flag."""
    return _MADE[flag]()


def _reviewed(image: Cine, *said: Prediction) -> Review:
    identity = Identity(sop_instance_uid="1.2.840.99.1.7", study_instance_uid="1.2.840.99.1")
    pixels = np.stack([image.frame(number) for number in range(image.frame_count)])
    named = Cine(ArraySource(pixels), image.timing, image.regions, identity)
    review = Review(named, "EchoMeasure")
    for prediction in said:
        review.add_prediction(prediction)
    return review


def _on(image: Cine, *lines: tuple[str, Points], sure: float = 0.9) -> Review:
    return _reviewed(image, *(predicted(id, 0, points, sure) for id, points in lines))


def _doubted(quality: str = "", view: str = "") -> Review:
    said = predicted("lvid", 0, upright(45))
    return _reviewed(plax(1), replace(said, quality=quality, view=view))


def _scaled(*regions: Region) -> Cine:
    return Cine(ArraySource(np.zeros((1, 60, 80, 3), np.uint8)), Timing(None, "still"), regions)


def _two_d(columns: int, cm: float) -> Cine:
    box = Box(0, 0, columns - 1, 59)
    return _scaled(Region(0, RegionKind.TWO_D, box, ("cm", "cm"), (cm, cm)))


def _on_waves(*at: tuple[float, float], zero: float | None = ZERO) -> Review:
    """E of 50 and A of 35 cm/s at columns 150 and 300; points at columns and rows over zero."""
    image = cine(strip((Hump(150, 100), Hump(300, 70))))
    if zero != ZERO:
        reference = (0.0, None if zero is None else zero - STRIP.y0)
        there = replace(region(), reference=reference)
        told = replace(there, problems=find_problems(there, image.columns, image.rows))
        image = image.with_regions([told])
    return _on(image, ("mvpeak", [(STRIP.x0 + x, ZERO - y) for x, y in at]))


def _over_the_edge(wrapped: bool) -> Review:
    drawn = past_the_edge(plan_spectrum("trvmax", LAYOUTS["768x1024"], 40), 0.2, wrapped)
    bounds = drawn.region.bounds
    seen = [
        (point.x, min(max(point.y, bounds.y0), bounds.y1)) for beat in drawn.beats for point in beat
    ]
    return _reviewed(drawn.cine, *(predicted("trvmax", 0, [point]) for point in seen[:1]))


def _on_another_wave() -> Review:
    """E is put on the A of one beat, and A on the E of the next."""
    strip = clean(plan_spectrum("mvpeak", LAYOUTS["768x1024"], 4001))
    (_, a), (e, _) = strip.beats[:2]
    return _on(strip.cine, ("mvpeak", [a, e]))


def _leaflet() -> Review:
    """A septum, blood, and in it an echo of 3 mm to which LVID is measured."""
    picture = np.full((300, 240), 20.0)
    picture[64:80], picture[176:196], picture[196:] = 120, 120, 220
    picture[129:135, 92:148] = 150
    grain = np.random.default_rng(1).normal(1, 0.15, picture.shape)
    frame: Frame = np.repeat(np.clip(picture * grain, 0, 255).astype(np.uint8)[..., None], 3, 2)
    there = Region(0, RegionKind.TWO_D, Box(0, 0, 239, 299), ("cm", "cm"), (0.05, 0.05))
    image = Cine(ArraySource(frame[None]), Timing(None, "still"), [there])
    return _on(image, ("lvid", [(120, 80), (120, 132)]))


def _jumping() -> Review:
    """6.1 cm on the frame that was asked for, 4.8 on those beside it."""
    beside = predicted("lvid", 0, level(48, 10)).points
    near = tuple(Near(frame, beside) for frame in (2, 3, 5, 6))
    return _reviewed(plax(9, fps=25), replace(predicted("lvid", 4, level(61, 10)), near=near))


def _two_lines() -> Review:
    """An M-mode of two still lines, and a TAPSE from one to the other."""
    frame = np.zeros((240, 320, 3), np.uint8)
    frame[20:220, 10:310] = np.random.default_rng(4).integers(0, 30, (200, 300, 1))
    frame[95:105, 10:310], frame[155:165, 10:310] = 150, 150
    there = Region(0, RegionKind.M_MODE, Box(10, 20, 309, 219), ("s", "cm"), (0.005, 0.05), (0, 0))
    image = Cine(ArraySource(frame[None]), Timing(None, "still"), [there])
    return _on(image, ("tapse", [(100, 160), (160, 100)]))


def _covered() -> Review:
    """A black box over the tip of E, whose rest ends 13 rows lower."""
    frame = strip((Hump(150, 100), Hump(300, 70)))
    frame[ZERO - 112 : ZERO - 87, STRIP.x0 + 138 : STRIP.x0 + 163] = 0
    points = [(STRIP.x0 + 150, ZERO - 87), (STRIP.x0 + 300, ZERO - 70)]
    return _on(cine(frame), ("mvpeak", points))


def _open_tracing() -> Review:
    review = _reviewed(cine(strip([Hump(150, -100)])))
    edge = [(STRIP.x0 + x, ZERO + y) for x, y in ((130, 80), (150, 100), (190, 0))]
    review.place("lvotvti", 0, edge)
    return review


def _two_readers(network: Sequence[int], reader: Sequence[int]) -> Review:
    """Four jets, of which each reader sees these."""
    columns = (70, 190, 310, 430)
    image = cine(strip([Hump(at, -100) for at in columns]))
    said = []
    for seen, model, sure in ((network, MODEL, 0.9), (reader, READER, None)):
        places = [(STRIP.x0 + columns[jet], float(ZERO + 100)) for jet in seen]
        beats = tuple((Landmark(x, y, confidence=sure),) for x, y in places)
        said.append(Prediction("lvotvmax", 0, beats[0], model, beats))
    return _reviewed(image, *said)


def _half_seen() -> Review:
    """A lifelike strip with a jet whose own edge is broken beside jets that show theirs."""
    plan = plan_spectrum("avvmax", LAYOUTS["480x640"].with_quirks(Quirk.LIFELIKE), 79_102)
    image = clean(plan).cine
    said = read_beats(image, "avvti", 0).prediction
    assert said is not None
    return _reviewed(image, said)


def _disagreeing() -> Review:
    said = predicted("lvid", 0, upright(45))
    return _reviewed(
        plax(1), replace(said, points=tuple(replace(p, disagreement=5.0) for p in said.points))
    )


_MADE: Mapping[Flag, Callable[[], Review]] = {
    Flag.UNCALIBRATED: lambda: _on(_scaled(), ("lvid", upright(45))),
    Flag.OUT_OF_REGION: lambda: _on(_two_d(40, 0.1), ("lvid", upright(45, 60))),
    Flag.WRONG_SIDE: lambda: _on(spectral(RegionKind.CW), ("avvmax", [(10, 12)])),
    Flag.IMPLAUSIBLE: lambda: _on(plax(1), ("lvid", upright(5))),
    Flag.NOT_FOUND: lambda: _on(plax(1), ("lvid", upright(45)), sure=0.02),
    Flag.LOW_CONFIDENCE: lambda: _on(plax(1), ("lvid", upright(45)), sure=0.2),
    Flag.DECODERS_DISAGREE: _disagreeing,
    Flag.BASELINE_DETECTED: lambda: _on_waves((150, 100), (300, 70), zero=None),
    Flag.BASELINE_MOVED: lambda: _on_waves((150, 100), (300, 70), zero=ZERO - 20),
    Flag.CLIPPED: lambda: _over_the_edge(wrapped=False),
    Flag.ALIASED: lambda: _over_the_edge(wrapped=True),
    Flag.ORDER: lambda: _on_waves((300, 70), (150, 100)),
    Flag.NOT_ONE_BEAT: lambda: _on_waves((20, 100), (470, 70)),
    Flag.NOT_ONE_LINE: _two_lines,
    Flag.OPEN_TRACING: _open_tracing,
    Flag.ENVELOPE_DISAGREES: lambda: _on_waves((150, 70), (300, 70)),
    Flag.OTHER_WAVE: _on_another_wave,
    Flag.NO_WAVE: lambda: _on_waves((150, 100), (400, 70)),
    Flag.DROPOUT: _covered,
    Flag.ONLY_NETWORK: lambda: _two_readers((0, 1, 2), (0, 1)),
    Flag.ONLY_ENVELOPE: lambda: _two_readers((0, 1), (0, 1, 3)),
    Flag.EDGE_UNSEEN: _half_seen,
    Flag.POOR_QUALITY: lambda: _doubted(quality="The picture is dark: half of it is under 4."),
    Flag.OTHER_VIEW: lambda: _doubted(view="The picture looks like an apical view."),
    Flag.COARSE: lambda: _on(_two_d(80, 2.0), ("lvid", upright(3))),
    Flag.OFF_WALL: _leaflet,
    Flag.JUMP: _jumping,
    Flag.WALLS_APART: lambda: _on(plax(1), ("ivs", before(10, 20)), ("lvid", level(45, 28))),
    Flag.WRONG_LEVEL: lambda: _on(
        plax(1), ("lvid", level(45)), ("aortic_root", [(24.0, 38.0), (56.0, 38.0)])
    ),
    Flag.AT_ODDS: lambda: _on(plax(1), ("ivs", upright(16, 20)), ("lvpw", upright(5, 60))),
}
