"""What the application and its worker say to each other: one JSON object per line.

Requests carry `id` and `type` (hello, expect, measure, cancel, quit); every reply carries the
`id` of its request and `reply` (hello, progress, quality, prediction, done, cancelled,
error). To be told what will be asked (expect) has no reply.
Only plain numbers and words cross: neither side unpickles anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.fields import as_list
from EchoMeasureLib.geometry import Landmark
from EchoMeasureLib.imaging.region_records import read_region, region_record
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.prediction import Near, Prediction, Provenance
from EchoMeasureLib.inference.settings import DEFAULT_SETTINGS, Settings

PROTOCOL = 1

NO_JOB = 0
"""Id of a message that nobody waits for."""

OUT_OF_MEMORY = "Measure fewer frames at a time, or close other programs. The review is kept."
"""What to do about it."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """One press of Measure: which networks on which frames of which image."""

    measurements: tuple[str, ...]
    frames: tuple[int, ...]
    path: Path | None = None
    """The file, which the worker reads itself."""
    pixels: Path | None = None
    """Where there is no file: an .npy of the frames, (frames, rows, columns, 3) uint8."""
    regions: tuple[Region, ...] | None = None
    """Calibration to use instead of the file's, for instance one made by hand."""
    weights: Path | None = None
    """Folder of checkpoints that the user chose; None searches the usual places."""
    settings: Settings = DEFAULT_SETTINGS
    times: tuple[float, ...] | None = None
    """Times of the frames (s) where there is no file that says them."""
    planned: bool = False
    """Whether these frames are one step of a plan (`measuring.coarse_to_fine`): no others are run
    beside them, and all frames of `pixels` are there."""

    def __post_init__(self) -> None:
        if (self.path is None) == (self.pixels is None):
            raise InvalidArgument("A request names either a file or an array of pixels.")


def to_line(message: Message) -> bytes:
    """One line; plain ASCII, so that no locale of either side can damage a path."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Message:
    """The message of a line. Raises `InvalidArgument` when it is none."""
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise InvalidArgument(f"Not a message of the worker's protocol: {line[:80]!r}")
    return message


def request_message(id: int, request: MeasureRequest) -> Message:
    """The message that carries a request."""
    return {
        "id": id,
        "type": "measure",
        "measurements": list(request.measurements),
        "frames": list(request.frames),
        "path": str(request.path) if request.path else None,
        "pixels": str(request.pixels) if request.pixels else None,
        "regions": None if request.regions is None else [region_record(r) for r in request.regions],
        "weights": str(request.weights) if request.weights else None,
        "settings": request.settings.record(),
        "times": None if request.times is None else list(request.times),
        "planned": request.planned,
    }


def read_request(message: Message) -> MeasureRequest:
    """The request in a message. Raises `InvalidArgument` when it is not complete."""
    try:
        regions = message["regions"]
        return MeasureRequest(
            measurements=tuple(str(id) for id in message["measurements"]),
            frames=tuple(int(frame) for frame in message["frames"]),
            path=Path(message["path"]) if message["path"] else None,
            pixels=Path(message["pixels"]) if message["pixels"] else None,
            regions=None if regions is None else as_list(regions, "regions", read_region),
            weights=Path(message["weights"]) if message["weights"] else None,
            settings=Settings.of(message["settings"]),
            times=None if message["times"] is None else tuple(map(float, message["times"])),
            planned=bool(message["planned"]),
        )
    except InvalidArgument:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidArgument(f"The request is not complete: {error!r}.") from error


def expected_message(
    weights: Path | None, settings: Settings, measurements: Sequence[str], several: bool
) -> Message:
    """The message that tells what will be asked soon, nothing where that is no longer so.

    As `Predictor.expect` of a store of these weights.
    """
    return {
        "id": NO_JOB,
        "type": "expect",
        "weights": str(weights) if weights else None,
        "settings": settings.record(),
        "measurements": list(measurements),
        "several": several,
    }


def read_expected(message: Message) -> tuple[Path | None, Settings, list[str], bool]:
    """What such a message was made of. Raises `InvalidArgument` when it is not complete."""
    try:
        weights, ids = message["weights"], [str(id) for id in message["measurements"]]
        settings = Settings.of(message["settings"])
        return Path(weights) if weights else None, settings, ids, bool(message["several"])
    except (KeyError, TypeError) as error:
        raise InvalidArgument(f"The message is not complete: {error!r}.") from error


def prediction_record(prediction: Prediction) -> Message:
    """A prediction as plain numbers and words; floats survive exactly."""
    return asdict(prediction)


def read_prediction(record: Mapping[str, Any]) -> Prediction:
    """The prediction of a record, exactly as it was."""
    return Prediction(
        measurement=record["measurement"],
        frame=record["frame"],
        points=tuple(Landmark(**point) for point in record["points"]),
        model=Provenance(**_known(Provenance, record["model"])),
        beats=tuple(tuple(Landmark(**point) for point in beat) for beat in record["beats"]),
        quality=record["quality"],
        view=record["view"],
        near=tuple(
            Near(near["frame"], tuple(Landmark(**point) for point in near["points"]))
            for near in record["near"]
        ),
    )


def _known(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in record.items() if key in names}
