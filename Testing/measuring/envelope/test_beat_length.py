"""A beat lasts from R wave to R wave, on the strip or in the file, else as the strip repeats."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from drawn_waves import SECONDS, STRIP, ZERO, Hump, cine, region, strip

from EchoMeasureLib.imaging.cine import Timing
from EchoMeasureLib.imaging.subject_facts import SubjectFacts
from EchoMeasureLib.measuring.by_envelope import read_beats
from EchoMeasureLib.measuring.envelope.beat_length import ECG, find_beat_length
from EchoMeasureLib.measuring.envelope.beat_length import STRIP as BY_STRIP
from EchoMeasureLib.measuring.envelope.ecg_trace import DrawnEcg, find_r_waves
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.reading import read_strip
from EchoMeasureLib.measuring.file_beat import FileBeat
from EchoMeasureLib.phantoms.doppler import draw_spectrum
from EchoMeasureLib.phantoms.doppler_plan import plan_spectrum
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

RATE, WAVES = "the heart rate of the file", "the R waves of the file"


def jets(beat: float) -> list[Hump]:
    """One wave away from the probe in every beat of a strip of 2 s."""
    return [Hump(at / SECONDS, -90, 0.25 / SECONDS) for at in (0.2, 0.2 + beat, 0.2 + 2 * beat)]


@pytest.mark.parametrize(
    ("said", "seconds", "source", "doubted"),
    [
        (None, 0.8, BY_STRIP, False),
        (FileBeat(0.83, RATE), 0.83, RATE, False),
        # What repeats itself after half a beat does so after a whole one.
        (FileBeat(1.6, WAVES), 1.6, WAVES, False),
        (FileBeat(1.1, RATE), 0.8, BY_STRIP, True),
        (FileBeat(0.4, WAVES), 0.8, BY_STRIP, True),
    ],
)
def test_the_file_says_how_long_a_beat_is_unless_the_strip_says_otherwise(
    said: FileBeat | None, seconds: float, source: str, doubted: bool
) -> None:
    found = find_beat_length(read_strip(strip(jets(0.8)), region(), ZERO, said))
    assert found.seconds == pytest.approx(seconds, abs=0.02)
    assert found.source == source
    assert bool(found.doubt) is doubted
    if doubted:
        assert said is not None
        assert f"{said.seconds:.2f} s" in found.doubt
        assert "0.80 s" in found.doubt


def test_where_nothing_repeats_itself_the_file_alone_says_it() -> None:
    reading = read_strip(strip([Hump(250, -90, 80)]), region(), ZERO)
    assert find_beat_length(reading).seconds is None
    alone = replace(reading, file_beat=FileBeat(1.2, RATE))
    assert find_beat_length(alone).words == "Beats of 1.20 s by the heart rate of the file."


def test_the_reader_says_by_what_its_beats_are_laid_and_what_speaks_against_it() -> None:
    image = cine(strip(jets(0.8)))
    image.subject = SubjectFacts(heart_rate=75)
    beats = read_beats(image, "lvotvmax", 0)
    assert beats.beat == "Beats of 0.80 s by the heart rate of the file."
    assert "repeats itself" not in beats.why
    other = cine(strip(jets(0.8)))
    other.timing = Timing((0.0,), "still", (0.0, 0.55, 1.1))
    doubted = read_beats(other, "lvotvmax", 0)
    assert doubted.beat == "Beats of 0.80 s by the strip's own repetition."
    assert doubted.why.endswith(
        "By the R waves of the file a beat lasts 0.55 s, but the strip repeats itself after 0.80 s."
    )
    assert doubted.prediction is not None
    assert len(doubted.prediction.beats) == 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (0.8, ""),
        (0.4, ""),  # an R wave too many, or E and A for two beats
        (
            0.6,
            "By the R waves of the file a beat lasts 0.60 s, by the R waves of the ECG on the "
            "strip 0.80 s: is the time axis of the strip right?",
        ),
    ],
)
def test_an_ecg_that_fits_the_strip_may_not_fit_the_file(said: float, words: str) -> None:
    """Then both were stretched alike, as where the seconds of a pixel are wrong."""
    reading = read_strip(strip(jets(0.8)), region(), ZERO, FileBeat(said, WAVES))
    drawn = SimpleNamespace(r_waves=tuple(STRIP.x0 + at / SECONDS for at in (0.1, 0.9, 1.7)))
    with_ecg = replace(reading, ecg=cast(DrawnEcg, drawn))
    assert find_beat_length(with_ecg).doubt == words


@pytest.mark.parametrize(
    ("measurement", "seed", "seen"),
    [("lvotvmax", 71_017, 0.8), ("trvmax", 71_071, 0.7), ("trvmax", 71_036, 0.9)],
)
def test_r_waves_of_lifelike_screens_are_where_they_were_drawn(
    measurement: str, seed: int, seen: float
) -> None:
    """A yellow ECG, a pale green one that spray hides in part, a grey one."""
    names = list(LAYOUTS.values())
    layout = names[(seed - 71_000) % len(names)].with_quirks(Quirk.LIFELIKE)
    plan = plan_spectrum(measurement, layout, seed)
    box, per_px = layout.strip.box, plan.scale.seconds_per_px
    screen = replace(region(), bounds=box, delta=(per_px, -1.0))
    found = [(x - box.x0) * per_px for x in find_r_waves(draw_spectrum(plan), screen)]
    true = [time for time in plan.rhythm.r_waves if 0 <= time <= plan.end * per_px]
    assert all(min(abs(time - r) for r in true) < 0.02 for time in found)
    assert len(found) >= seen * len(true)


def test_a_strip_without_an_ecg_has_no_r_waves() -> None:
    image = cine(strip(jets(0.8)))
    reading = find_reading(image, 0, image.regions[0])
    assert reading is not None
    assert reading.r_waves == ()
    assert find_beat_length(reading).source != ECG
    assert find_beat_length(reading, [STRIP.x0, STRIP.x0 + 0.7 / SECONDS]).seconds == (
        pytest.approx(0.7)
    )
