"""A study that is measured and reviewed: what leaves it is read by other programs.

All say the same; lengths and velocities are computed here, from points of the report and tags of
the images.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from marked_file import MARK, check_files, tags
from phantom_study import CLIPS, write_clip
from report_walking import Item

from EchoMeasureLib.cli.main import main

CODES = {
    "lvidd": "80007-8",
    "lvids": "80011-0",
    "e": "80070-6",
    "a": "80066-4",
    "e_a": "18038-0",
    "trvmax": "79921-3",
}
UNIT_CM = {"cm": 1.0, "mm": 0.1, "cm/s": 1.0, "m/s": 100.0, "1": 1.0}

OUTPUTS = {
    "5300.dcm": ["export", "sr", "--template", "5300"],
    "1500.dcm": ["export", "sr", "--template", "1500"],
    "report.html": ["report"],
    "plax.mp4": ["export", "video"],
    "fhir.json": ["export", "fhir"],
    "values.parquet": ["export", "table"],
    "pack": ["export", "training", "--key-file", "site.key"],
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measured by the phantom networks, reviewed by AB, and everything exported to `out`."""
    folder = tmp_path_factory.mktemp("study")
    clips = []
    for shown in ("plax", "trvmax", "mvpeak"):
        frames = 60 if shown == "plax" else None
        clip = write_clip(folder, shown, CLIPS[shown], person=True, frames=frames)
        dataset = pydicom.dcmread(clip.path)
        for keyword, value in tags().items():
            setattr(dataset, keyword, value)
        dataset.save_as(clip.path)
        clips.append(str(clip.path))
    review, by = str(folder / "review.json"), ["--reviewer", "AB"]
    plax = ["-m", "lvid", "--frames", "12,24", "--no-neighbours"]
    for words in (
        ["init", clips[0], "--out", review, *plax],
        ["add", review, *clips[1:], "-m", "trvmax", "-m", "mvpeak"],
    ):
        assert main(["review", *words, *by]) == 0, words
    (layer,) = json.loads(Path(review).read_text(encoding="utf-8"))["layers"]
    *jets, noise = (e["id"] for e in layer["entries"] if e["id"].startswith("trvmax"))
    for words in (
        ["choose", review, "lvid-f12", "ed"],
        ["choose", review, "lvid-f24", "es"],
        ["move", review, "lvid-f12", "--points", "300,200", "300,320"],
        ["accept", review, "lvid-f24", *jets, "mvpeak-i3-f0"],
        ["reject", review, noise, "--reason", "noise"],
    ):
        assert main(["review", *words, *by]) == 0, words
    (folder / "out").mkdir()
    for name, asked in OUTPUTS.items():
        words = [str(folder / word) if word.endswith(".key") else word for word in asked]
        kind = 1 if words[0] == "report" else 2
        line = [*words[:kind], review, *words[kind:], "--out", str(folder / "out" / name)]
        assert main(line) == 0, line
    return folder


def numbers_of_1500(path: Path) -> dict[str, list[float]]:
    """Computed from the points and the images' tags, after a look at what the report says."""
    images = {}
    for file in path.parent.parent.glob("*.dcm"):
        image = pydicom.dcmread(file, stop_before_pixels=True)
        images[image.SOPInstanceUID] = image
    found: dict[str, list[float]] = {}
    srread(path)  # highdicom holds it to its own rules
    for item in Item(pydicom.dcmread(path)).everything():
        coordinates = [child for child in item.children if child.kind == "SCOORD"]
        if item.kind != "NUM" or not coordinates:
            continue
        data = [float(value) for value in coordinates[0].dataset.GraphicData]
        points = np.array(data).reshape(-1, 2) - 0.5
        (source,) = coordinates[0].children
        image = images[source.dataset.ReferencedSOPSequence[0].ReferencedSOPInstanceUID]
        region = next(
            r
            for r in image.SequenceOfUltrasoundRegions
            if r.RegionLocationMinX0 <= points[0, 0] <= r.RegionLocationMaxX1
            and r.RegionLocationMinY0 <= points[0, 1] <= r.RegionLocationMaxY1
        )
        if len(points) == 2 and region.PhysicalUnitsYDirection == 3:
            (x0, y0), (x1, y1) = points
            wanted = math.hypot(
                (x1 - x0) * region.PhysicalDeltaX, (y1 - y0) * region.PhysicalDeltaY
            )
        elif len(points) == 1:
            zero = region.RegionLocationMinY0 + region.ReferencePixelY0
            wanted = (points[0, 1] - zero) * region.PhysicalDeltaY
        else:
            continue  # the ratio of two points
        said = float(item.value) * UNIT_CM[item.unit]
        assert abs(said) == pytest.approx(abs(wanted), rel=2e-5), item.name
        found.setdefault(item.name[0], []).append(abs(wanted))
    return found


@pytest.fixture(scope="module")
def truth(study: Path) -> dict[str, float]:
    """Means of the calipers that count, from points and tags."""
    found = numbers_of_1500(study / "out" / "1500.dcm")
    means = {id: float(np.mean(found[code])) for id, code in CODES.items() if code in found}
    return {**means, "e_a": means["e"] / means["a"]}


def test_three_jets_count_and_the_rejected_one_does_not(
    study: Path, truth: dict[str, float]
) -> None:
    found = numbers_of_1500(study / "out" / "1500.dcm")
    assert {code: len(values) for code, values in found.items()} == {
        **dict.fromkeys(("80007-8", "80011-0", "80070-6", "80066-4"), 1),
        "79921-3": 3,
    }
    assert set(truth) == set(CODES)


def test_the_table_says_the_same(study: Path, truth: dict[str, float]) -> None:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(study / "out" / "values.parquet").to_pylist()
    said = {row["code"]: row for row in rows if row["kind"] == "summary"}
    for id, value in truth.items():
        assert abs(said[CODES[id]]["value"]) == pytest.approx(value, rel=2e-5)
    (rejected,) = (row for row in rows if row["status"] == "rejected")
    assert rejected["measurement"] == "trvmax"


def test_fhir_says_the_same(study: Path, truth: dict[str, float]) -> None:
    from fhir.resources.R4B.bundle import Bundle

    text = (study / "out" / "fhir.json").read_text(encoding="utf-8")
    Bundle.model_validate_json(text)
    said: dict[str, list[float]] = {}
    for entry in json.loads(text)["entry"]:
        observation = entry["resource"]
        if observation["resourceType"] != "Observation" or "valueQuantity" not in observation:
            continue
        codes = {coding["code"] for coding in observation["code"]["coding"]}
        quantity = observation["valueQuantity"]
        for code in codes & set(CODES.values()):
            value = abs(quantity["value"]) * UNIT_CM[quantity["code"]]
            said.setdefault(code, []).append(value)
    for id, value in truth.items():
        assert any(v == pytest.approx(value, rel=1e-4) for v in said[CODES[id]]), id


def test_the_echo_report_says_the_same(study: Path, truth: dict[str, float]) -> None:
    said: dict[str, list[float]] = {}
    for item in Item(pydicom.dcmread(study / "out" / "5300.dcm")).everything():
        if item.kind == "NUM" and item.unit in UNIT_CM:
            said.setdefault(item.name[0], []).append(abs(item.value) * UNIT_CM[item.unit])
    for id, value in truth.items():
        assert any(v == pytest.approx(value, rel=1e-4) for v in said[CODES[id]]), id


def test_the_page_says_the_same(study: Path, truth: dict[str, float]) -> None:
    page = (study / "out" / "report.html").read_text(encoding="utf-8")
    for words in (
        f"{truth['lvidd']:.1f} cm",
        f"{truth['lvids']:.1f} cm",
        f"{truth['e']:.0f} cm/s",
        f"{truth['e_a']:.2f}",
        f"{truth['trvmax'] / 100:.1f} m/s",
    ):
        assert words in page, words


def test_the_video_has_every_frame_at_its_time(study: Path) -> None:
    import av

    (plax,) = (
        image
        for image in map(pydicom.dcmread, study.glob("*.dcm"))
        if int(image.get("NumberOfFrames", 1)) > 1
    )
    with av.open(str(study / "out" / "plax.mp4")) as container:
        stream = container.streams.video[0]
        times = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
    assert len(times) == int(plax.NumberOfFrames)
    assert times[-1] == pytest.approx((len(times) - 1) * float(plax.FrameTime) / 1000, abs=0.002)


def test_the_pack_teaches_what_was_decided(study: Path) -> None:
    pack = study / "out" / "pack"
    manifest = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    taught = sorted(id for row in manifest["examples"] for id in row["landmarks"])
    # The strip of the jet too: all its beats were decided.
    assert taught == ["lvid", "lvid", "mvpeak", "trvmax"]
    assert sum(np.allclose(row["landmarks"].get("lvid", 0), [[300, 200], [300, 320]])
               for row in manifest["examples"]) == 1  # fmt: skip


def test_who_was_examined_stands_in_dicom_reports_alone(study: Path) -> None:
    out = study / "out"
    reports = ("5300.dcm", "1500.dcm")
    check_files(path for path in out.rglob("*") if path.name not in reports)
    for name in reports:
        marked = {
            element.keyword
            for element in pydicom.dcmread(out / name).iterall()
            if MARK in str(element.value) and element.VR != "SQ"
        }
        # Modules Patient and General Study, by which a report finds its place.
        assert marked <= {
            *("PatientName", "PatientID", "AccessionNumber", "StudyID", "StudyDescription"),
            *("ReferringPhysicianName", "IssuerOfPatientID", "OtherPatientNames"),
        }
