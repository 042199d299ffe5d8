"""What the formulae need to know of the person, and nothing that says who it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from EchoMeasureLib.errors import InvalidArgument


class BsaFormula(str, enum.Enum):
    """Body surface area after Du Bois and Du Bois 1916, or Mosteller 1987."""

    DUBOIS = "DuBois"
    MOSTELLER = "Mosteller"


@dataclass(frozen=True, slots=True)
class Subject:
    """Sex and size, where they are known. Raises `InvalidArgument` for what cannot be."""

    sex: str = ""
    """M or F as in DICOM PatientSex; empty when not given."""
    height_cm: float | None = None
    weight_kg: float | None = None
    rap_mmhg: float | None = None
    """Right atrial pressure as the reader gives it; it replaces the one from the IVC."""
    bsa_formula: BsaFormula = BsaFormula.DUBOIS

    def __post_init__(self) -> None:
        if self.sex not in ("", "M", "F"):
            raise InvalidArgument(f"The sex is M, F or left out, not '{self.sex}'.")
        _check("height", self.height_cm, (20, 260), "Give it in centimetres.")
        _check("weight", self.weight_kg, (0.3, 500), "Give it in kilograms.")
        _check("right atrial pressure", self.rap_mmhg, (0, 50), "Give it in mmHg.")

    def text(self) -> str:
        """What is known, such as "F, 170 cm, 65 kg"."""
        parts = (
            self.sex,
            f"{self.height_cm:g} cm" if self.height_cm is not None else "",
            f"{self.weight_kg:g} kg" if self.weight_kg is not None else "",
            f"RA pressure {self.rap_mmhg:g} mmHg" if self.rap_mmhg is not None else "",
            f"BSA after {self.bsa_formula.value}",
        )
        return ", ".join(part for part in parts if part)


def _check(name: str, number: float | None, limits: tuple[float, float], hint: str) -> None:
    if number is not None and not limits[0] <= number <= limits[1]:
        raise InvalidArgument(f"A {name} of {number:g} is not possible.", hint)
