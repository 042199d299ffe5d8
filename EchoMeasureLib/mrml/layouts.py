"""How Slicer lays a clip out in nodes, and what to do where that is no row of upright pictures.

Its image sequence plugin makes one volume per frame. Ultrasound of the retired classes comes
through the scalar volume plugin instead, as one stack; plugins of other extensions read the
private data of a scanner's maker, with axes of their own (5.10 to 5.13).
"""

from __future__ import annotations

from pathlib import Path

from EchoMeasureLib.errors import InvalidArgument, UnsupportedPixels
from EchoMeasureLib.mrml.cine_nodes import CineNodes
from EchoMeasureLib.mrml.mapping import ijk_to_ras


def check_flat(nodes: CineNodes, file: Path | None) -> None:
    """Raises `UnsupportedPixels` for a stack of slices or 3-D volumes, and says what to do.

    `file`: that of the stack, where it is known.
    """
    image = nodes.volume.GetImageData()
    slices = image.GetDimensions()[2] if image is not None else 1
    name = nodes.volume.GetName()
    if slices == 1:
        return
    if nodes.sequence is not None:
        raise UnsupportedPixels(
            f"{name} plays volumes of {slices} slices; EchoMeasure measures on flat pictures.",
            "Choose a 2-D clip.",
        )
    if file is not None:
        hint = f'Press "Choose file..." and take {file}: there it is a clip.'
    else:
        hint = (
            'Press "Choose file..." and take its DICOM file, '
            "or load it again in the DICOM module as an image sequence."
        )
    raise UnsupportedPixels(
        f"The volume {name} is a stack of {slices} slices, not a cine. "
        "Slicer loads ultrasound of retired DICOM classes so.",
        hint,
    )


def check_upright(nodes: CineNodes) -> None:
    """Raises `UnsupportedPixels` where rows and columns of the pictures are exchanged.

    A network would see such a picture lying on its side.
    """
    matrix = ijk_to_ras(nodes.volume)
    sideways = abs(matrix[0][0]) < abs(matrix[0][1]) and abs(matrix[1][1]) < abs(matrix[1][0])
    if sideways:
        raise UnsupportedPixels(
            f"The pictures of {nodes.volume.GetName()} lie on their side, as SlicerHeart reads "
            "the private movies of GE scanners.",
            'Press "Choose file..." and take the DICOM file, or load it again in the DICOM module '
            "as an image sequence.",
        )


def check_order(nodes: CineNodes) -> None:
    """Raises `InvalidArgument` where items of a sequence that counts frames are missing."""
    sequence = nodes.sequence
    if sequence is None or sequence.GetIndexName() != "frame":
        return
    values = [sequence.GetNthIndexValue(i) for i in range(sequence.GetNumberOfDataNodes())]
    first = int(values[0]) if values and values[0].isdecimal() else 0
    if any(value != str(first + place) for place, value in enumerate(values)):
        raise InvalidArgument(
            f"Frames of the sequence {sequence.GetName()} were removed or added, so they cannot be "
            "told apart.",
            "Load the series again.",
        )
