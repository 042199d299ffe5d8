"""The service and a real PACS, each killed and started again: nothing lost, nothing twice."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from command_line import COMMAND, surroundings
from free_ports import free_port
from orthanc import Orthanc
from waiting import DEADLINE_S, wait_until

from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.phantoms.encoding import Form
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.review.document import read_document, resume_closed

pytestmark = pytest.mark.slow

TABLE = """
[watch]
server = "{server}"
folder = "watched"
poll_seconds = 1
stable_seconds = 2
days = 3
frames = "0"
health_port = {port}
send_to = "dimse"
send = ["5300", "1500"]
"""


def written(folder: Path, number: int) -> list[Path]:
    """A study of today: a JPEG cine and a strip, whose UIDs end with its number."""
    folder.mkdir(parents=True)
    made = [
        write(generate("plax", "480x640", number, 6), folder, Form.JPEG)[0],
        write(generate("trvmax", "480x640", number), folder, Form.RGB)[0],
    ]
    for place, path in enumerate(made):
        header = pydicom.dcmread(path)
        header.StudyDate = f"{datetime.date.today():%Y%m%d}"
        header.StudyInstanceUID = f"1.2.840.99.{number}"
        header.SeriesInstanceUID = f"1.2.840.99.{number}.{place}"
        uid = f"1.2.840.99.{number}.{place}.1"
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = uid
        header.save_as(path)
    return made


class Process:
    """The service as systemd would start it."""

    def __init__(self, folder: Path, config: Path) -> None:
        self.folder, self._config = folder, config
        self.lines = folder / "log.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = ["pacs", "watch", "--config", str(self._config)]
        environment = surroundings(ECHOMEASURE_PACS_WEB_PASSWORD="measure", OMP_NUM_THREADS="1")
        with self.lines.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, *words], stdout=log, stderr=log, env=environment
            )

    def end(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(DEADLINE_S)

    def stages(self) -> list[str]:
        states = (self.folder / "watched" / "state").glob("*.json")
        return sorted(json.loads(path.read_text(encoding="utf-8"))["stage"] for path in states)

    def events(self) -> list[str]:
        lines = self.lines.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["event"] for line in lines]


@pytest.mark.parametrize("server", ["web", "dimse"])
def test_whichever_side_is_killed_every_study_is_measured_and_reported_once(
    server: str, tmp_path: Path
) -> None:
    orthanc = Orthanc(tmp_path / "orthanc").start()
    table = TABLE.format(server=server, port=free_port())
    config = orthanc.config(tmp_path / "servers.toml", table)
    service = Process(tmp_path, config)
    studies = [written(tmp_path / f"phantoms-{number}", number) for number in (1, 2, 3)]

    def until(condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what)

    try:
        for path in studies[0]:
            orthanc.put(path)
        service.start()
        until(lambda: "found" in service.events(), "a study")
        service.end(signal.SIGKILL)
        service.start()
        until(lambda: "fetched" in service.events(), "its images")
        service.end(signal.SIGKILL)
        orthanc.kill()
        service.start()
        until(lambda: "server_away" in service.events(), "a server that is away")
        orthanc.start()
        until(lambda: service.stages() == ["done"], "the first study")
        for path in (*studies[1], *studies[2]):
            orthanc.put(path)
        until(lambda: service.events().count("found") >= 3, "the others")
        orthanc.kill()
        orthanc.start()
        until(lambda: service.stages() == ["done"] * 3, "all of them")
        assert service.end(signal.SIGTERM) == 0
        assert service.events()[-1] == "stopped"
        check(orthanc, service, studies)
    finally:
        orthanc.stop()


def check(orthanc: Orthanc, service: Process, studies: list[list[Path]]) -> None:
    """Every image is in one review, once; two reports of each study are in the archive."""
    for number, paths in enumerate(studies, start=1):
        study = f"1.2.840.99.{number}"
        folder = service.folder / "watched" / "studies" / study
        uids = {str(pydicom.dcmread(path).SOPInstanceUID) for path in paths}
        document = read_document(folder / f"echomeasure-review-{study}.json")
        assert set(document.images) <= uids
        assert set(document.layers) == {NOBODY}
        review = resume_closed(document, NOBODY)
        assert review.entries
        places = [
            (entry.image, entry.measurement, entry.frame, entry.caliper.points)
            for entry in review.entries.values()
        ]
        assert len(places) == len(set(places))
        for path in paths:
            came = pydicom.dcmread(folder / f"{pydicom.dcmread(path).SOPInstanceUID}.dcm")
            assert came == pydicom.dcmread(path)
    stored = [orthanc.rest(f"/instances/{id}/simplified-tags") for id in orthanc.rest("/instances")]
    reports = [tags for tags in stored if tags["Modality"] == "SR"]
    assert len(stored) == sum(map(len, studies)) + len(reports)
    kinds = sorted((tags["StudyInstanceUID"], tags["SOPClassUID"][-5:]) for tags in reports)
    assert kinds == sorted(
        (f"1.2.840.99.{number}", kind) for number in (1, 2, 3) for kind in ("88.33", "88.72")
    )
    said = service.lines.read_text(encoding="utf-8")
    for word in ("PHANTOM", "Phantom", "1.2.840.99", os.sep + "watched"):
        assert word not in said.replace(str(service.folder), "")
