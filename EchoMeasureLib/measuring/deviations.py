"""Standard deviation of one reading: published of what is measured, propagated to the derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from EchoMeasureLib.measuring.derived import Derived, derive
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.grading.uncertainty import BANDS, deviation_of, propagated
from EchoMeasureLib.measuring.measured import Measured
from EchoMeasureLib.measuring.output_rate import OutputRate
from EchoMeasureLib.measuring.subject import Subject


def deviations_of(
    measured: Mapping[str, Measured],
    derived: Sequence[Derived],
    subject: Subject,
    examination: Examination,
    rate: OutputRate | None,
) -> dict[str, float | None]:
    """The deviation of every value, measured or derived from such, in its unit, by id.

    None where nothing is published. `rate`: the heart rate of a cardiac output, which stays.
    """
    if rate is not None:
        examination = replace(examination, heart_rate=rate.rate, from_file=frozenset())
    known = {id: item.value for id, item in measured.items() if item.value is not None}
    found = {id: deviation_of(id, number) for id, number in known.items()}

    def compute(moved: Mapping[str, float]) -> dict[str, float | None]:
        # Of the mean, so without its beats.
        new = {id: replace(measured[id], value=n, beats=()) for id, n in moved.items()}
        inputs = {**measured, **new}
        return {row.id: row.value for row in derive(inputs, subject, examination)}

    inputs_of = {item.id: item.inputs for item in derived}

    def needs(id: str) -> set[str]:
        """The measured values that one rests on, through other formulae too."""
        return {id} & known.keys() | {need for i in inputs_of.get(id, ()) for need in needs(i)}

    rests_on = {item.id: needs(item.id) for item in derived if item.value is not None}
    return found | propagated(known, rests_on, compute)


def source_of(id: str, deviation: float | None) -> str:
    """Where a deviation was published; "propagated" where it follows from such, else "unknown"."""
    if deviation is None:
        return "unknown"
    return BANDS[id].source if id in BANDS else "propagated"
