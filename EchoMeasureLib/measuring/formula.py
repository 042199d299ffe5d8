"""What a formula of a derived value is made of; `formulae` is the table of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from EchoMeasureLib.measuring.equations import BEYOND, NoAnswer
from EchoMeasureLib.measuring.examination import Examination
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.measuring.unit_words import with_unit

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Known:
    """What formulae may ask beside numbers of the images."""

    subject: Subject = field(default_factory=Subject)
    examination: Examination = field(default_factory=Examination)


@dataclass(frozen=True, slots=True)
class Formula:
    """One derived value: what it needs, how it is computed, and what it is called."""

    id: str
    name: str
    unit: str
    """UCUM; empty for a class. It has none for height^2.7."""
    needs: tuple[str, ...]
    """Ids of inputs, of earlier rows, `sex`, `height` and `weight`, or `heart_rate`."""
    compute: Callable[[Numbers, Known], float]
    """As `result` asks it; may divide by zero or grow beyond all numbers."""
    guideline: str
    code: str = ""
    """LOINC, or of `scheme`; empty where there is none."""
    decimals: int = 1
    note: str = ""
    """What the value is not."""
    scheme: str = "LN"
    """Of the code, as DICOM names it: LN or SCT."""
    site: str = ""
    """SNOMED CT code of the finding site, where the code alone does not say which it is."""
    assumes: Callable[[Known], str] = lambda known: ""
    """What was assumed or given, as a sentence that goes with all that is computed from it."""
    classes: tuple[str, ...] = ()
    """Where the result is a class: the names that `compute` counts from 0."""
    by_beat: bool = False
    """Whether it is of one beat: computed for each that has all inputs, and then averaged."""

    def result(self, numbers: Numbers, known: Known) -> float:
        """The value from all its inputs. Raises `NoAnswer` where they give none."""
        try:
            found = self.compute(numbers, known)
        except ZeroDivisionError as error:
            raise NoAnswer("an input is zero") from error
        except OverflowError as error:
            raise NoAnswer(BEYOND) from error
        if not math.isfinite(found):
            raise NoAnswer(BEYOND)
        return found

    def text(self, number: float) -> str:
        """A number of this formula for people, with its decimals and unit, such as "35.3 %"."""
        return with_unit(number, self.decimals, self.unit)
