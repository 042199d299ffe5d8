"""How the networks are run and read, and whose they are. Loads nothing of what it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.errors import InvalidArgument


class Reader(Choice):
    """Who looks for the points of a measurement."""

    NETWORKS = "networks"
    ENVELOPE = "envelope"
    """Doppler strips off the picture, without weights (`measuring.by_envelope`)."""
    BOTH = "both"


class Decoder(Choice):
    """How heat maps become landmarks (see `decoding`)."""

    ROBUST = "robust"
    """The blob around the maximum."""
    PARITY = "parity"
    """As the published scripts decode."""


class EngineName(Choice):
    """What runs the networks; `engines.ENGINES` says how each is made."""

    AUTO = "auto"
    """The quicker one on this machine (`engine_choice`)."""
    TORCH = "torch"
    OPENVINO = "openvino"
    MPS = "mps"
    """PyTorch on the graphics processor of a Mac."""


class Precision(Choice):
    """The number format in which they are run."""

    AUTO = "auto"
    """An accepted int8, else bfloat16 where the processor is made for it; float32 where rounding
    could decide."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"
    """Networks that `echomeasure weights quantise` made and accepted, and no others."""


class WeightSet(Choice):
    """Whose weights a network has."""

    ECHONET = "echonet"
    """A published file of EchoNet-Measurements, known by its SHA-256."""
    PHANTOM = "phantom"
    """Those that the package brings."""
    CUSTOM = "custom"
    DEMO = "demo"
    """Untrained."""
    ENVELOPE = "envelope"
    """No weights at all: read off the picture (`measuring.by_envelope`)."""

    @property
    def word(self) -> str:
        """What people call it."""
        return "published" if self is WeightSet.ECHONET else self.value

    @property
    def warning(self) -> str:
        """What has to be said of its numbers; empty for the published ones."""
        return _WARNINGS.get(self, "")

    @property
    def notice(self) -> str:
        """The warning in a few words, for a line that stands over everything."""
        return _NOTICES.get(self, "")


_NOTICES: Mapping[WeightSet, str] = {
    WeightSet.PHANTOM: "phantom networks, not for patients",
    WeightSet.CUSTOM: "custom networks, not verified",
    WeightSet.DEMO: "untrained network, numbers mean nothing",
    WeightSet.ENVELOPE: "envelope reader, not for patients",
}

_WARNINGS: Mapping[WeightSet, str] = {
    WeightSet.PHANTOM: "Phantom networks: trained on synthetic images only. Not for patients.",
    WeightSet.CUSTOM: "Custom networks: nobody has verified what they measure.",
    WeightSet.DEMO: "Demo network: untrained. Its numbers mean nothing.",
    WeightSet.ENVELOPE: "Envelope reader: tried on synthetic strips only. Not for patients.",
}


def set_warnings(names: Iterable[str]) -> tuple[str, ...]:
    """What is said wherever numbers of these sets are shown, each warning once.

    A name that this version does not know, as a document may have it, is nobody's.
    """
    return tuple(dict.fromkeys(one.warning for one in _sets(names) if one.warning))


def set_notices(names: Iterable[str]) -> tuple[str, ...]:
    """The same in a few words each."""
    return tuple(dict.fromkeys(one.notice for one in _sets(names) if one.notice))


def _sets(names: Iterable[str]) -> list[WeightSet]:
    return [WeightSet(name) if name in [*WeightSet] else WeightSet.CUSTOM for name in names]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the networks are run and read. Plain words are taken for the choices of that name.

    Raises `InvalidArgument` for a word that is no choice, for a batch that is no number, and for
    a view check that is neither true nor false.
    """

    decoder: Decoder = Decoder.ROBUST
    engine: EngineName = EngineName.AUTO
    precision: Precision = Precision.AUTO
    batch: int | None = None
    """Frames at a time, None for what suits the engine; halved when memory runs out."""
    view_check: bool = True
    """Whether the networks of the package are asked which view the picture shows first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "decoder", Decoder(self.decoder))
        object.__setattr__(self, "engine", EngineName(self.engine))
        object.__setattr__(self, "precision", Precision(self.precision))
        if self.batch is not None and not (type(self.batch) is int and self.batch >= 1):
            raise InvalidArgument(
                f"'{self.batch}' is no number of frames.", "A batch holds at least one frame."
            )
        if type(self.view_check) is not bool:
            raise InvalidArgument(f"The view check is true or false, not '{self.view_check}'.")

    @property
    def number_format(self) -> Precision:
        """The precision that is asked for; with `parity` that of the published scripts."""
        automatic = self.precision is Precision.AUTO
        parity = self.decoder is Decoder.PARITY
        return Precision.FLOAT32 if automatic and parity else self.precision

    def record(self) -> dict[str, str | int | bool | None]:
        """Plain words and numbers, by the name of the setting."""
        return {
            "decoder": self.decoder.value,
            "engine": self.engine.value,
            "precision": self.precision.value,
            "batch": self.batch,
            "view_check": self.view_check,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Settings:
        """The settings of a record; what it does not name has its default.

        Raises `InvalidArgument` for a setting or a value that does not exist.
        """
        known = [field.name for field in fields(cls)]
        unknown = [name for name in record if name not in known]
        if unknown:
            raise InvalidArgument(
                f"There is no setting '{unknown[0]}'.", f"Use one of {', '.join(known)}."
            )
        return cls(**record)


DEFAULT_SETTINGS = Settings()
