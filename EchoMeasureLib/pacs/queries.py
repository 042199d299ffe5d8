"""What is looked for in an archive, and what it says it has.

Servers differ in which keys they obey, and some cannot be sent every character. So what they
answer is matched once more here, by the rules of DICOM PS3.4 C.2.2.2.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from EchoMeasureLib.errors import InvalidArgument, ServerProblem

ULTRASOUND = "US"

LeftOut = Callable[[int], None]
"""Is told how many studies a server names without a UID: nobody can ask for these."""


def uncounted(count: int) -> None:
    """For whom it makes no difference."""


_UID = re.compile(r"[0-9]+(\.[0-9]+)*")


def is_uid(text: str) -> bool:
    """Whether this is a UID (PS3.5 9.1): so it can stand in an address and in a file name."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Query:
    """Which studies are meant; what is empty excludes none.

    `patient_id` and `accession` may have the wildcards * and ?. Raises `InvalidArgument` for a
    study that is no UID, days in the wrong order, and text that no server has.
    """

    first: datetime.date | None = None
    last: datetime.date | None = None
    modality: str = ULTRASOUND
    patient_id: str = field(default="", repr=False)
    accession: str = field(default="", repr=False)
    study: str = ""

    def __post_init__(self) -> None:
        if self.study and not is_uid(self.study):
            raise InvalidArgument(f"{self.study} is no Study Instance UID.", "Copy it again.")
        if self.first and self.last and self.first > self.last:
            raise InvalidArgument(f"{self.first} is after {self.last}.", "Change their order.")
        if self.modality and re.fullmatch(r"[A-Z0-9_]{1,16}", self.modality) is None:
            raise InvalidArgument(f"'{self.modality}' is no modality.", "Write US, SR, ...")
        for text in (self.patient_id, self.accession):
            if len(text) > 64 or not text.isprintable() or "\\" in text:
                raise InvalidArgument("That is no id of a patient or of an examination.")

    @property
    def days(self) -> str:
        """The range of dates as DICOM writes it, such as "20260301-"; empty for all."""
        if self.first == self.last:
            return f"{self.first:%Y%m%d}" if self.first else ""
        return "-".join(f"{day:%Y%m%d}" if day else "" for day in (self.first, self.last))

    def keys(self) -> dict[str, str]:
        """What a server is asked for, by keyword."""
        found = {
            "StudyDate": self.days,
            "ModalitiesInStudy": self.modality,
            "PatientID": self.patient_id,
            "AccessionNumber": self.accession,
            "StudyInstanceUID": self.study,
        }
        return {key: value for key, value in found.items() if value}

    def meant(self, studies: Iterable[StudyFound], left_out: LeftOut) -> list[StudyFound]:
        """Those that match and can be asked for."""
        matching = [study for study in studies if self.matches(study)]
        named = [study for study in matching if study.uid]
        if without := len(matching) - len(named):
            left_out(without)
        return named

    def matches(self, study: StudyFound) -> bool:
        """Whether a study is one that is meant. What the server does not say excludes none."""
        day = study.day
        return (
            (not self.study or study.uid == self.study)
            and (not self.modality or not study.modalities or self.modality in study.modalities)
            and (self.first is None or day is None or day >= self.first)
            and (self.last is None or day is None or day <= self.last)
            and _like(self.patient_id, study.patient_id)
            and _like(self.accession, study.accession)
        )


@dataclass(frozen=True, slots=True)
class StudyFound:
    """A study that a server has. Who was examined is not part of its repr."""

    uid: str
    """Empty where what the server says is none."""
    date: str = ""
    time: str = ""
    modalities: tuple[str, ...] = ()
    description: str = field(default="", repr=False)
    instances: int | None = None
    patient_id: str = field(default="", repr=False)
    patient_name: str = field(default="", repr=False)
    accession: str = field(default="", repr=False)

    @property
    def day(self) -> datetime.date | None:
        """None where the server says none that there is."""
        try:
            return datetime.datetime.strptime(self.date, "%Y%m%d").date()
        except ValueError:
            return None


def left_out_words(count: int) -> str:
    """For people."""
    one = "1 study whose UID is none: it is"
    what = one if count == 1 else f"{count} studies whose UIDs are none: they are"
    return f"The server names {what} left out. Tell who looks after it."


@dataclass(frozen=True, slots=True)
class InstanceFound:
    """One object of a study that a server has. Raises `ServerProblem` for UIDs that are none."""

    study: str
    series: str
    uid: str
    sop_class: str = ""
    modality: str = ""

    def __post_init__(self) -> None:
        if not all(map(is_uid, (self.study, self.series, self.uid))):
            raise ServerProblem(
                "The server names an object whose UID is none.", "Tell who looks after it."
            )


def _like(pattern: str, text: str) -> bool:
    if not pattern:
        return True
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.fullmatch("".join(parts), text.strip(), re.DOTALL) is not None
