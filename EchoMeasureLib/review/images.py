"""Which images a review is about, and how an image is known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from EchoMeasureLib.imaging.cine import Cine, Identity
from EchoMeasureLib.imaging.patient import may_be_one
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
        )


def of_two_patients(identity: Identity, other: Identity) -> bool:
    """Whether two images under one study UID are of two persons all the same."""
    same_study = identity.study_instance_uid == other.study_instance_uid
    return same_study and not may_be_one(identity.patient, other.patient)


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
