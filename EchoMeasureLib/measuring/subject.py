"""What the formulae need to know of the person, and nothing that says who it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.measuring.site import of_this_site


class BsaFormula(Choice):
    """Body surface area after Du Bois and Du Bois 1916, or Mosteller 1987."""

    DUBOIS = "DuBois"
    MOSTELLER = "Mosteller"


def bsa_of_this_site() -> BsaFormula:
    """The formula that a site has chosen in the variable `ECHOMEASURE_BSA`; else Du Bois.

    A review keeps the formula it was begun with. Raises `InvalidArgument` for any other word.
    """
    return of_this_site("ECHOMEASURE_BSA", BsaFormula.DUBOIS)


WORDS = {"sex": "sex", "age": "age", "height_cm": "height", "weight_kg": "weight"}
"""What people call the facts."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Sex, size and age, where they are known. Raises `InvalidArgument` for what cannot be."""

    sex: str = ""
    """M or F as in DICOM PatientSex; empty when not given."""
    height_cm: float | None = None
    weight_kg: float | None = None
    age: float | None = None
    """Years, on the day of the examination."""
    bsa_formula: BsaFormula = field(default_factory=bsa_of_this_site)
    from_file: frozenset[str] = frozenset()
    """Names of the facts above that stand as the image's file gave them."""

    def __post_init__(self) -> None:
        if self.sex not in ("", "M", "F"):
            raise InvalidArgument(f"The sex is M, F or left out, not '{self.sex}'.")
        _check("height", self.height_cm, (20, 260), "Give it in centimetres.")
        _check("weight", self.weight_kg, (0.3, 500), "Give it in kilograms.")
        if self.age is not None and not 0 <= self.age <= 130:
            raise InvalidArgument(f"An age of {self.age:g} is not possible.", "Give it in years.")

    def text(self) -> str:
        """What is known, such as "F, 62 years, 170 cm, 65 kg, BSA after DuBois"."""
        parts = (
            self.sex,
            f"{self.age:g} years" if self.age is not None else "",
            f"{self.height_cm:g} cm" if self.height_cm is not None else "",
            f"{self.weight_kg:g} kg" if self.weight_kg is not None else "",
            f"BSA after {self.bsa_formula.value}",
        )
        known = ", ".join(part for part in parts if part)
        from_file = [word for name, word in WORDS.items() if name in self.from_file]
        return f"{known} (from the file: {', '.join(from_file)})" if from_file else known


def _check(name: str, number: float | None, limits: tuple[float, float], hint: str) -> None:
    if number is not None and not limits[0] <= number <= limits[1]:
        raise InvalidArgument(f"A {name} of {number:g} is not possible.", hint)
