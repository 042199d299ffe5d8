"""What the application and its worker say to each other arrives exactly as it was said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.inference.events import (
    Event,
    Failed,
    Finished,
    Found,
    Judged,
    NetworkState,
    Stopped,
    WeightsInstalled,
    WeightsListed,
    Working,
    event_message,
    read_event,
)
from EchoMeasureLib.inference.messages import (
    MeasureRequest,
    from_line,
    read_request,
    request_message,
    to_line,
)
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.quality_findings import Finding, Quality, QualityModel, Standing
from EchoMeasureLib.inference.settings import Decoder, Settings
from EchoMeasureLib.progress import Progress

ODD = 0.1 + 0.2  # has no short decimal form

PREDICTION = Prediction(
    "lvid",
    3,
    (Landmark(ODD, 1 / 3, "septal edge", 0.5, 1.25, None), Landmark(2.0, 3.0)),
    Provenance("lvid.ckpt", "ab", "demo", "robust", "torch", "float32"),
    ((Landmark(ODD, 7.0),), (Landmark(1.0, 8.0),)),
)

QUALITY = Quality(
    (
        Finding("sector", Standing.POOR, "No picture.", ODD),
        Finding("network", Standing.NOT_JUDGED, "A still."),
    ),
    3,
    120,
    QualityModel("video_quality_model.pt", "ab" * 32, known=True),
)


def test_a_job_survives_the_pipe_exactly() -> None:
    problem = RegionProblem("no_reference", "No baseline.", Trouble.BASELINE)
    area = Region(
        2,
        RegionKind.PW,
        Box(1, 2, 30, 40),
        ("s", "cm/s"),
        (ODD, -0.5),
        (None, 4.0),
        (0.0, ODD),
        (problem,),
        True,
    )
    job = MeasureRequest(("lvid",), (0, 3), Path("/data/Müller/écho.dcm"), None, (area,), None)
    job = replace(job, settings=Settings(Decoder.PARITY, batch=2))
    assert read_request(from_line(to_line(request_message(1, job)))) == job


@pytest.mark.parametrize(
    "event",
    [
        Working(Progress(3, 8, "measuring")),
        Judged(QUALITY),
        Found(PREDICTION),
        Found(replace(PREDICTION, quality="It is dark.", view="It looks like another.")),
        Finished(16, ODD),
        WeightsListed(
            (NetworkState("lvid", "a.ckpt", "custom", ""), NetworkState("la", "", "", "None."))
        ),
        WeightsInstalled(2, 15, ("tapse",), {"la": "It is damaged."}),
        Stopped(),
        Failed("MissingPackage", "Measuring needs 'torch'.", "Install it.", "torch"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_survives_the_pipe_exactly(event: Event) -> None:
    message = from_line(to_line(event_message(7, event)))
    assert message["id"] == 7
    assert read_event(message) == event


def test_a_reply_that_is_no_event_is_none() -> None:
    assert read_event({"id": 1, "reply": "hello", "pid": 7}) is None


@pytest.mark.parametrize("line", [b"", b"hello\n", b"[1, 2]\n", b"\xff\xfe\n", b'"text"\n'])
def test_a_line_that_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidArgument, match="Not a message"):
        from_line(line)


def test_a_job_names_a_file_or_pixels() -> None:
    with pytest.raises(InvalidArgument):
        MeasureRequest(("lvid",), (0,))
    with pytest.raises(InvalidArgument):
        MeasureRequest(("lvid",), (0,), Path("a.dcm"), Path("a.npy"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colour": "red"}, "There is no setting 'colour'. Use one of decoder, engine, precision"),
        ({"decoder": "best"}, "There is no decoder 'best'. Use one of robust, parity."),
        ({"engine": "onnx"}, "There is no engine 'onnx'. Use one of auto, torch, openvino, mps."),
        ({"precision": "int4"}, "There is no precision 'int4'. Use one of auto, float32, bfloat16"),
        ({"batch": "2"}, "'2' is no number of frames"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_before_anything_is_read(
    settings: dict[str, object], words: str
) -> None:
    job = MeasureRequest(("lvid",), (0,), Path("/nowhere/echo.dcm"))
    with pytest.raises(InvalidArgument, match=words):
        read_request({**request_message(1, job), "settings": settings})
