"""Docs/pictures/video.png: a frame of the video of a phantom, by its own truth.

Run after pictures or videos have changed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
from phantom_study import write_clip

from EchoMeasureLib.exporting.caliper_videos import Playback, write_caliper_video
from EchoMeasureLib.exporting.drawn_images import drawn_image
from EchoMeasureLib.exporting.pictures import part_to_show
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.session import Review

PICTURE = Path(__file__).parents[2] / "Docs" / "pictures" / "video.png"
SEED, FRAME, SPEED = 3, 30, 0.5


def main() -> None:
    """Write the video of a parasternal long axis, and one of its frames as a picture."""
    with tempfile.TemporaryDirectory() as name:
        clip = write_clip(Path(name), "plax", SEED)
        cine = read(clip.path)
        review = Review(cine, "AB")
        for prediction in clip.predictions:
            review.add_prediction(prediction)
        (image,) = review.images
        path, part = Path(name) / "video.mp4", part_to_show(cine, keep_screen=False)
        write_caliper_video(path, drawn_image(review, image, cine), part, Playback(SPEED))
        with av.open(str(path)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number == FRAME:
                    frame.to_image().save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
