"""Whether a jet that was traced by hand encloses what the strip shows there."""

from __future__ import annotations

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.geometry import Landmark, PixelPoint
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.measuring.calipers import Caliper, Origin, measure
from EchoMeasureLib.measuring.envelope.kept_readings import find_reading
from EchoMeasureLib.measuring.envelope.naming import wave_kind
from EchoMeasureLib.measuring.envelope.timelines import WaveKind
from EchoMeasureLib.measuring.envelope.traced_jets import tracing_of_jet

AREA_APART = 0.15
"""Share by which two areas of a jet may differ: two persons differ by half of it, and so does the
reader from what was drawn on phantoms."""


def area_against(cine: Cine, caliper: Caliper, region: Region, peak: PixelPoint) -> str:
    """That a tracing of a jet encloses another area than its edge as it is seen, with both numbers.

    `peak`: the tracing's own, source pixels. Empty where the two agree, where its edge is not seen
    by itself, and for other waves. Raises `UnreadableFile` for a frame that cannot be seen.
    """
    own = caliper.values[0]
    if own.value is None or wave_kind(caliper.measurement) is not WaveKind.JET:
        return ""
    reading = find_reading(cine, caliper.frame, region)
    if reading is None:
        return ""
    up = peak.y < reading.baseline
    here = (wave for wave in reading.waves() if wave.up is up and wave.onset < peak.x < wave.end)
    wave = min(here, key=lambda wave: abs(wave.peak - peak.x), default=None)
    edge = tracing_of_jet(reading, wave) if wave is not None else ""
    if isinstance(edge, str) or not edge.own:
        return ""
    points = [Landmark(*point, caliper.points[0].label) for point in edge.points]
    seen = measure(cine, caliper.measurement, points, caliper.frame, Origin.ENVELOPE).values[0]
    if seen.value is None or abs(own.value / seen.value - 1) <= AREA_APART:
        return ""
    output = CATALOG[caliper.measurement].outputs[0]
    mine, edges = output.text(own.value), output.text(seen.value)
    return f"{output.name_at(None)} is traced as {mine}; the edge that is seen there has {edges}."
