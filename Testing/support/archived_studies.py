"""Two small studies on disk, and servers of both kinds that have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from archived_files import Archive
from dicomweb_service import DicomWebService
from dimse_service import OUR_TITLE, TITLE, DimseService
from ultrasound_files import region, write_ultrasound
from waiting import DEADLINE_S

from EchoMeasureLib.pacs.configuration import Protocol, ServerSettings

STUDY, OTHER = "1.2.840.99.7", "1.2.840.99.8"
NAME, ID = "Phantom^Paula", "P-17"


@dataclass(frozen=True)
class Files:
    """Three images of one study in two series, a report beside them, and a study of another day."""

    paths: tuple[Path, ...]
    uids: tuple[str, ...]
    report: Path
    other: str


def _tags(study: str, number: int, day: str, who: str) -> dict[str, str]:
    return {
        "StudyInstanceUID": study,
        "SeriesInstanceUID": f"{study}.{1 if number < 3 else 2}",
        "SOPInstanceUID": f"{study}.9{number}",
        "StudyDate": day,
        "StudyTime": "101500",
        "PatientName": NAME,
        "PatientID": who,
        "AccessionNumber": "A1",
    }


def write_files(folder: Path) -> Files:
    """Write all of them."""
    folder.mkdir(exist_ok=True)
    box = region((0, 0, 63, 47), (0.1, 0.1))
    pixels = np.zeros((3, 48, 64, 3), np.uint8)
    paths = [
        write_ultrasound(
            folder / f"{number}.dcm",
            pixels[:number] if number > 1 else pixels[0],
            [box],
            _tags(STUDY, number, "20260301", ID),
        )
        for number in (1, 2, 3)
    ]
    report = write_ultrasound(
        folder / "report.dcm",
        pixels[0],
        (),
        {
            **_tags(STUDY, 4, "20260301", ID),
            "SeriesInstanceUID": f"{STUDY}.3",
            "Modality": "SR",
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33",
        },
    )
    other = write_ultrasound(
        folder / "other.dcm", pixels[0], [box], _tags(OTHER, 1, "20260405", "Q 2^b/3")
    )
    uids = tuple(f"{STUDY}.9{number}" for number in (1, 2, 3))
    return Files((*paths, other), uids, report, f"{OTHER}.91")


def fill(archive: Archive, files: Files) -> None:
    """Both studies, with the report of the first."""
    for path in (*files.paths, files.report):
        archive.put_file(path)


def web_settings(service: DicomWebService, **more: Any) -> ServerSettings:
    """How to ask it; `more` are other settings."""
    usual: dict[str, Any] = {"timeout_s": DEADLINE_S, "most_bytes": 1 << 20, "url": service.url}
    port = int(service.url.split(":")[2].split("/")[0])
    tls = service.url.startswith("https")
    return ServerSettings("web", Protocol.DICOMWEB, "127.0.0.1", port, tls, **{**usual, **more})


def dimse_settings(service: DimseService, **more: Any) -> ServerSettings:
    """How to ask it; `more` are other settings."""
    titles = {"called_aet": TITLE, "calling_aet": OUR_TITLE}
    usual: dict[str, Any] = {
        "timeout_s": DEADLINE_S,
        "most_bytes": 1 << 20,
        "tls": False,
        **titles,
        **more,
    }
    return ServerSettings("dimse", Protocol.DIMSE, "127.0.0.1", service.port, **{**usual, **more})
