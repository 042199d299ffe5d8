"""The facts of an image as JSON records and back."""

from __future__ import annotations

from typing import Any

from EchoMeasureLib.fields import Fields, as_integer, as_number, refuse
from EchoMeasureLib.imaging.cine import Identity
from EchoMeasureLib.review.images import ImageFacts


def image_record(facts: ImageFacts) -> dict[str, Any]:
    """Which image, by UIDs and hashes, never by a name."""
    identity = facts.identity
    return {
        "key": facts.key,
        "sop_instance_uid": identity.sop_instance_uid,
        "sop_class_uid": identity.sop_class_uid,
        "series_instance_uid": identity.series_instance_uid,
        "study_instance_uid": identity.study_instance_uid,
        "transfer_syntax_uid": identity.transfer_syntax_uid,
        "modality": identity.modality,
        "manufacturer": identity.manufacturer,
        "model": identity.model,
        "file_sha256": identity.file_sha256,
        "patient": identity.patient,
        "columns": facts.columns,
        "rows": facts.rows,
        "frames": facts.frame_count,
        "times_s": None if facts.times is None else [float(time) for time in facts.times],
        "time_source": facts.time_source,
        "r_waves_s": [float(time) for time in facts.r_waves],
        "heart_rate": facts.heart_rate,
    }


def parse_image(fields: Fields) -> ImageFacts:
    """The facts of an image. Raises `InvalidDocument` naming the place of what is wrong."""
    frames = fields.integer("frames", 1)
    times = fields.list("times_s", as_number) if fields.any("times_s") is not None else None
    if times is not None and len(times) != frames:
        refuse(fields.at("times_s"), f"{len(times)} times for {frames} frames")
    identity = Identity(
        **{
            key: fields.text(key)
            for key in (
                "sop_instance_uid",
                "sop_class_uid",
                "series_instance_uid",
                "study_instance_uid",
                "transfer_syntax_uid",
                "modality",
                "manufacturer",
                "model",
                "file_sha256",
            )
        },
        patient=fields.text("patient") if fields.has("patient") else "",
    )
    return ImageFacts(
        fields.text("key"),
        identity,
        fields.integer("columns", 1),
        fields.integer("rows", 1),
        frames,
        times,
        fields.text("time_source"),
        fields.list("r_waves_s", as_number),
        fields.maybe_number("heart_rate") if fields.has("heart_rate") else None,
    )


def as_frame(value: Any, where: str, frames: int) -> int:
    """One of so many frames. Raises `InvalidDocument` naming the place of what is wrong."""
    frame = as_integer(value, where, 0)
    if frame >= frames:
        refuse(where, f"there is no frame {frame}; the image has {frames}")
    return frame
