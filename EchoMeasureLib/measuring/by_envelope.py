"""What the envelope reader finds on a Doppler strip or an M-mode: its beats, without weights.

It gives predictions as a network does, which are measured, compared and reviewed like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.catalog_lengths import CAVA
from EchoMeasureLib.definitions import CaliperKind, Phase
from EchoMeasureLib.errors import CannotMeasure, UnreadableFile
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region, Trouble
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.settings import WeightSet
from EchoMeasureLib.measurable import strip_region
from EchoMeasureLib.measuring.annulus import find_excursions
from EchoMeasureLib.measuring.cava_curve import CavaCurve, curve_of, kept_cava
from EchoMeasureLib.measuring.envelope.beat_length import find_beat_length
from EchoMeasureLib.measuring.envelope.kept_readings import find_names, find_reading
from EchoMeasureLib.measuring.envelope.named_wave import NamedWave
from EchoMeasureLib.measuring.envelope.reading import StripReading
from EchoMeasureLib.measuring.envelope.sides import INTERRUPTED
from EchoMeasureLib.measuring.envelope.timelines import WaveName
from EchoMeasureLib.measuring.wave_points import is_read, places, waves_of
from EchoMeasureLib.progress import Monitor, Progress, silent

READER_VERSION = "2026.11"
"""Rises when the reader says something else of a strip."""

READER = Provenance(f"envelope reader {READER_VERSION}", "", WeightSet.ENVELOPE.value)

MOST_OFF = 0.05
"""Doubt of a wave's height, one deviation, up to which it is given as a number."""

POORLY = "It is seen too poorly: its peak may be 10 % off."

CAVA_IDS = tuple(row.id for row in CAVA)
"""What is measured of a vena cava over time."""

NO_BASELINE = "The baseline is not known."
NO_TIMES = "Without times nothing tells one beat from the next."


@dataclass(frozen=True, slots=True)
class StripBeats:
    """What is found of one measurement on one frame."""

    measurement: str
    frame: int
    prediction: Prediction | None
    """Every beat that is clear; its points are those of the clearest."""
    why: str = ""
    """Why there is none, or which beats are not in it, and what speaks against the length of its
    beats, in sentences; empty for all of them."""
    beat: str = ""
    """How long its beats are taken to be and by what, or how far its breaths lie apart, in a
    sentence; empty where nothing says it."""


def not_read(measurement: str) -> str:
    """Why the envelope reader does not measure this, in a sentence; empty where it does.

    Raises `UnknownMeasurement`.
    """
    if is_read(measurement):
        return ""
    return (
        f"{measurement} is not of a Doppler strip, and beside these only TAPSE and the vena cava "
        "of an M-mode are read."
    )


def read_beats(cine: Cine, measurement: str, frame: int) -> StripBeats:
    """The beats of a measurement on one frame of a strip, from left to right.

    Raises `UnknownMeasurement`, `CannotMeasure` for what cannot be made in this image or is not
    read, and `InvalidArgument` for a frame that is not there.
    """
    cine.check_frame(frame)
    if refusal := not_read(measurement):
        raise CannotMeasure(refusal, "Measure it with the networks.")
    region = strip_region(cine.regions, definition(measurement))
    assert region is not None  # what is read has a strip
    if words := _without_scale(region):
        return StripBeats(measurement, frame, None, words)
    if definition(measurement).caliper is CaliperKind.EXCURSION:
        return _excursions(cine, measurement, frame, region)
    if definition(measurement).caliper is CaliperKind.DIAMETER:
        return _diameters(cine, measurement, frame, region)
    try:
        reading = find_reading(cine, frame, region)
    except UnreadableFile as error:
        return StripBeats(measurement, frame, None, str(error))
    if reading is None:
        return StripBeats(measurement, frame, None, NO_BASELINE)
    wanted = waves_of(measurement)
    named = find_names(cine, frame, region, wanted.kind)
    assert named is not None  # with a reading there are names
    found = _whole_beats(measurement, frame, reading, named, wanted.names)
    if not reading.sides:
        return found
    beat = find_beat_length(reading)
    why = " ".join(words for words in (found.why, beat.doubt) if words)
    return replace(found, why=why, beat=beat.words)


def _without_scale(region: Region) -> str:
    """Why nothing can be told of what a strip shows; empty where both of its axes hold."""
    if not region.usable:
        return region.scale_problems[0].text
    times = [problem.text for problem in region.problems if problem.touches is Trouble.TIME]
    return f"{times[0]} {NO_TIMES}" if times else ""


def read_cava_curve(cine: Cine, frame: int) -> CavaCurve | str:
    """The diameter of a vena cava over the M-mode of a frame, or why it is not read, in sentences.

    Raises `CannotMeasure` for an image without such a strip, and `InvalidArgument` for a frame that
    is not there.
    """
    cine.check_frame(frame)
    region = strip_region(cine.regions, definition("ivcmmax"))
    assert region is not None  # an M-mode measurement has a strip
    if words := _without_scale(region):
        return words
    try:
        found = kept_cava(cine, frame, region)
    except UnreadableFile as error:
        return str(error)
    return found if isinstance(found, str) else curve_of(found, region)


def cava_curves(cine: Cine, predictions: Iterable[Prediction]) -> dict[int, CavaCurve]:
    """The curves of a cine, by frame, on which these predictions have found a vena cava.

    Where it is not sure, there is none.
    """
    frames = {p.frame for p in predictions if p.measurement in CAVA_IDS}
    found = {frame: read_cava_curve(cine, frame) for frame in sorted(frames)}
    return {frame: curve for frame, curve in found.items() if isinstance(curve, CavaCurve)}


def _diameters(cine: Cine, measurement: str, frame: int, region: Region) -> StripBeats:
    """The vena cava of an M-mode where it is widest or narrowest, once a breath."""
    try:
        found = kept_cava(cine, frame, region)
    except UnreadableFile as error:
        return StripBeats(measurement, frame, None, str(error))
    if isinstance(found, str):
        return StripBeats(measurement, frame, None, found)
    widest = definition(measurement).outputs[0].phase is Phase.EXPIRATION
    words = " ".join((*_sentence(found.motion.reason), *found.motion.warnings))
    breaths = tuple(_landmarks(measurement, points) for points in found.calipers(widest))
    if not breaths:
        return StripBeats(measurement, frame, None, words)
    prediction = Prediction(measurement, frame, breaths[0], READER, breaths)
    curve = curve_of(found, region)
    breath = "" if isinstance(curve, str) else curve.breath_words
    return StripBeats(measurement, frame, prediction, words, " ".join(_sentence(breath)))


def _sentence(reason: str) -> tuple[str, ...]:
    if not reason:
        return ()
    end = "" if reason.endswith("?") else "."
    return (f"{reason[0].upper()}{reason[1:]}{end}",)


def _excursions(cine: Cine, measurement: str, frame: int, region: Region) -> StripBeats:
    """The annulus of an M-mode in each of its beats."""
    try:
        found = find_excursions(cine.frame(frame), region)
    except UnreadableFile as error:
        return StripBeats(measurement, frame, None, str(error))
    if isinstance(found, str):
        return StripBeats(measurement, frame, None, found)
    beats = tuple(_landmarks(measurement, points) for points in found)
    return StripBeats(measurement, frame, Prediction(measurement, frame, beats[0], READER, beats))


def predict_by_envelope(
    cine: Cine,
    measurements: Sequence[str],
    frames: Sequence[int],
    monitor: Monitor = silent,
) -> Iterator[StripBeats]:
    """As `read_beats` for each measurement and frame, one after the other."""
    done, total = 0, len(measurements) * len(frames)
    for frame in frames:
        for measurement in measurements:
            monitor(Progress(done, total, measurement))
            yield read_beats(cine, measurement, frame)
            done += 1
    monitor(Progress(done, total, "done"))


def _whole_beats(
    measurement: str,
    frame: int,
    reading: StripReading,
    waves: Sequence[NamedWave],
    names: Sequence[WaveName],
) -> StripBeats:
    beats: dict[int, dict[WaveName, NamedWave]] = {}
    for wave in waves:
        if wave.name in names:
            beats.setdefault(wave.beat, {})[wave.name] = wave
    whys: list[str] = []
    clear: list[tuple[tuple[bool, float], tuple[Landmark, ...]]] = []
    riding: list[WaveName] = []
    for _, beat in sorted(beats.items()):
        if why := _unclear(beat, names):
            whys.append(why)
            continue
        of_beat = [beat[name] for name in names]
        if not _in_one_sweep(reading, of_beat):
            whys.append(INTERRUPTED)
            continue
        found = places(measurement, reading, of_beat)
        if isinstance(found, str):
            whys.append(found)
        else:
            quality = min(wave.quality for wave in of_beat)
            riding += [wave.name for wave in of_beat if wave.wave.shoulder]
            clear.append(((found.own, quality), _landmarks(measurement, found.points)))
    why = " ".join((_words(len(beats), whys, names), *_on_flanks(riding, len(clear)))).strip()
    if not clear:
        return StripBeats(measurement, frame, None, why)
    best = max(clear, key=lambda one: one[0])[1]
    points = tuple(one for _, one in clear)
    return StripBeats(measurement, frame, Prediction(measurement, frame, best, READER, points), why)


def _in_one_sweep(reading: StripReading, waves: Sequence[NamedWave]) -> bool:
    side = reading.sides[0][0]
    peaks = [named.wave.peak - side.left for named in waves]
    return side.shows(min(peaks), max(peaks))


def _on_flanks(riding: Sequence[WaveName], read: int) -> tuple[str, ...]:
    """What is to be said of beats in which a wave has no dip before it."""
    return tuple(
        f"In {count} of {read} beats {name.value} rides on the fall of the wave before it, without "
        "a dip between them: look at these first."
        for name, count in Counter(riding).items()
    )


def _landmarks(measurement: str, points: Sequence[PixelPoint]) -> tuple[Landmark, ...]:
    labels = CATALOG[measurement].labels(len(points))
    return tuple(Landmark(*point, label) for point, label in zip(points, labels, strict=True))


def _unclear(beat: Mapping[WaveName, NamedWave], names: Sequence[WaveName]) -> str:
    """Why a beat is not measured, in words; empty where it is."""
    waves = [beat[name] for name in names if name in beat]
    unsure = [wave.unsure or (POORLY if wave.wave.top.doubt > MOST_OFF else "") for wave in waves]
    unsure = [words for words in unsure if words]
    absent = [name.value for name in names if name not in beat]
    return unsure[0] if unsure else f"It shows no {' and '.join(absent)}." if absent else ""


def _words(beats: int, whys: Sequence[str], names: Sequence[WaveName]) -> str:
    """Why beats are missing, by what most of them lack; empty where none is."""
    asked = " and ".join(name.value for name in names)
    if not beats:
        return f"The strip shows no {asked} clearly."
    if not whys:
        return ""
    most = Counter(whys).most_common(1)[0][0]
    if len(whys) == beats:
        article = "its " if WaveName.JET in names else ""
        return f"No beat of the strip shows {article}{asked} clearly. {most}"
    are = "is" if len(whys) == 1 else "are"
    return f"{len(whys)} of {beats} beats {are} not clear. {most}"
