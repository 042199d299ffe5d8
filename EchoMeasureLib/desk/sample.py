"""The phantom study of Slicer's Sample Data module: made here, nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from EchoMeasureLib.files import make_folder
from EchoMeasureLib.folders import data_folder

VIEW, SCREEN, SEED, FRAMES = "plax", "768x1024", 7, 30
"""A parasternal long axis of a beat or so, on the commonest screen."""


def phantom_file() -> Path:
    """The study as a DICOM file in the user's data folder; made when it is not there."""
    folder = make_folder(data_folder() / "samples")
    path = folder / "EchoMeasurePhantom.dcm"
    if not path.exists():
        from EchoMeasureLib.phantoms.generate import generate, write

        made, truth = write(generate(VIEW, SCREEN, SEED, FRAMES), folder)
        truth.replace(path.with_suffix(".truth.json"))
        made.replace(path)
    return path


def load_phantom(scene: Any) -> Any:
    """Load the study into a scene; returns the node to choose as the image."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.mrml.loading import load_cine

    nodes = load_cine(scene, read(phantom_file()), "EchoMeasurePhantom")
    return nodes.browser if nodes.browser is not None else nodes.volume
