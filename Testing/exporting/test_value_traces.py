"""A vena cava over its strip: the curve as it was read, and where its calipers stand."""

from __future__ import annotations

from drawn_cava import BREATHING, TIMES, cine

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.value_traces import TracePoint, cava_trace
from EchoMeasureLib.measuring.by_envelope import read_beats, read_cava_curve
from EchoMeasureLib.measuring.cava_curve import CavaCurve
from EchoMeasureLib.review.session import Review


def test_a_gap_of_the_curve_has_no_value_and_breaths_are_marked_where_they_are() -> None:
    """Narrowest at 1.8 and 5.0 s; from 2.4 to 2.7 s nothing is to be seen."""
    frame = BREATHING.copy()
    frame[:, (TIMES >= 2.4) & (TIMES < 2.7)] = 0
    image = cine(frame)
    curve = read_cava_curve(image, 0)
    assert isinstance(curve, CavaCurve)
    review = Review(image, "AB")
    for id in ("ivcmmax", "ivcmmin"):
        read = read_beats(image, id, 0).prediction
        assert read is not None
        review.add_prediction(read)
    trace = cava_trace(curve, review.entries.values())
    assert (trace.still, trace.times) == (True, curve.seconds)
    (line,) = trace.lines
    assert (line.name, line.unit) == ("IVC (M-mode)", "cm")
    assert line.points == tuple(TracePoint(n, cm) for n, cm in enumerate(curve.cm))
    marked = [curve.seconds[m.frame] for m in trace.marks if m.phase is Phase.INSPIRATION]
    assert len(marked) == 2
    assert abs(marked[0] - 1.8) < 0.5
    assert abs(marked[1] - 5.0) < 0.5
    assert {mark.phase for mark in trace.marks} == {Phase.INSPIRATION, Phase.EXPIRATION}
    assert trace.words.startswith("by the envelope reader; one breath every 3.2 s, 19 per minute; ")
