"""Which images a review is about, and how an image is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from EchoMeasureLib.imaging.cine import Cine, Identity
from EchoMeasureLib.measuring.file_beat import FileBeat, file_beat
from EchoMeasureLib.texts import clean


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a review knows of an image without having it open."""

    key: str
    """As `image_key` gives it."""
    identity: Identity
    columns: int
    """Source pixels, as `rows`."""
    rows: int
    frame_count: int
    times: tuple[float, ...] | None
    """Seconds from the first frame, one per frame; None when unknown."""
    time_source: str
    """Where the times come from, in words of `imaging.timing`."""
    r_waves: tuple[float, ...] = ()
    """Seconds from the first frame."""
    heart_rate: float | None = None
    """Per minute, as its own file says."""

    @property
    def size(self) -> str:
        """Such as "800 x 600 pixels"."""
        return f"{self.columns} x {self.rows} pixels"

    @classmethod
    def of(cls, cine: Cine) -> ImageFacts:
        """The facts of an open image."""
        return cls(
            image_key(cine),
            cine.identity,
            cine.columns,
            cine.rows,
            cine.frame_count,
            cine.times,
            cine.timing.source,
            cine.r_waves,
            cine.subject.heart_rate,
        )


def file_beats(images: Mapping[str, ImageFacts]) -> dict[str, FileBeat]:
    """How long a beat lasts by the file of each image that says it, by their keys."""
    said = {key: file_beat(facts.r_waves, facts.heart_rate) for key, facts in images.items()}
    return {key: beat for key, beat in said.items() if beat is not None}


def are_of_one_patient(images: Iterable[ImageFacts]) -> bool:
    """Whether images can be of one person; what an image does not say counts for nothing.

    Archives have given two patients one study UID. Studies of their own are not compared.
    """
    said: dict[tuple[str, int], str] = {}
    return all(
        not part or said.setdefault((facts.identity.study_instance_uid, place), part) == part
        for facts in images
        for place, part in enumerate(facts.identity.patient.split("-"))
    )


def image_key(cine: Cine) -> str:
    """The SOP Instance UID; without one `sha256:` and the hash of the file.

    Pixels that come without any identity are known by `pixels:` and the hash of
    their size and first frame.
    """
    identity = cine.identity
    if identity.sop_instance_uid:
        return clean(identity.sop_instance_uid)
    if identity.file_sha256:
        return f"sha256:{identity.file_sha256}"
    digest = hashlib.sha256(f"{cine.columns} {cine.rows} {cine.frame_count} ".encode())
    digest.update(cine.frame(0).tobytes())
    return f"pixels:{digest.hexdigest()}"
