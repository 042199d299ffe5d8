"""Pictures of values that lie far from the others, drawn anew from their files and reviews."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from EchoMeasureLib.batch.chunk_running import REVIEWS
from EchoMeasureLib.batch.cohort_figures import Outlier
from EchoMeasureLib.batch.file_endings import nameless
from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import EchoMeasureError
from EchoMeasureLib.exporting.drawn_images import drawn_image
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.exporting.pictures import draw_calipers, part_to_show
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import read_document, resume_closed
from EchoMeasureLib.review.images import image_key

WIDEST = 640
"""Pixels of a picture on the page."""


def outlier_picture(out: Path, path: Path | None, outlier: Outlier) -> tuple[str, str]:
    """The picture as the source of an image on a page, and a sentence where there is none.

    It shows the calibrated regions alone, with the calipers of this value.
    """
    if path is None or not outlier.frames:
        return "", "No picture: its file is not at hand, or it rests on no single frame."
    try:
        cine = read(path)
        review = resume_closed(read_document(out / REVIEWS / f"{outlier.study}.json"), NOBODY)
        key, frame = image_key(cine), outlier.frames[0]
        drawn = drawn_image(review, key, cine, _given_by(outlier.measurement))
        part = part_to_show(drawn.cine, keep_screen=False)
        calipers = drawn.calipers.get(frame, ())
        pixels = draw_calipers(cine.frame(frame), calipers, part, drawn.phases.get(frame))
    except EchoMeasureError as error:
        return "", nameless(error.problem, path)
    picture = Image.fromarray(pixels)
    picture.thumbnail((WIDEST, WIDEST))
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=85, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode('ascii')}", ""


def _given_by(value: str) -> tuple[str, ...]:
    """The measurements that give a value."""
    return tuple(
        row.id
        for row in CATALOG.values()
        if any(value in (output.formula_id, output.id) for output in row.outputs)
    )
