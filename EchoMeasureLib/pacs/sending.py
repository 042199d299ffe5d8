"""Reports and pictures to a server. Nothing else is sent: images are where they came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pydicom

from EchoMeasureLib.errors import InvalidArgument, UnreadableFile
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom, uid_name
from EchoMeasureLib.opening import open_file
from EchoMeasureLib.pacs.servers import Server, Stored
from EchoMeasureLib.progress import Monitor, Progress, silent

_STORAGE = "1.2.840.10008.5.1.4.1.1."

SENDABLE = frozenset(
    f"{_STORAGE}{end}"
    for end in (
        *("88.11", "88.22", "88.33", "88.34", "88.72"),  # structured reports
        *("7", "7.1", "7.2", "7.3", "7.4"),  # secondary captures
        "104.1",  # the printed report
    )
)
"""SOP classes of what may be sent (PS3.4 B.5)."""


def check_sendable(path: Path) -> None:
    """Raises `UnreadableFile` for what is no DICOM, `InvalidArgument` for what is not sent."""
    try:
        with open_file(path) as file, quiet_pydicom():
            found = pydicom.dcmread(
                file, stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID"]
            )
            sop_class, uid = str(found.get("SOPClassUID", "")), str(found.get("SOPInstanceUID", ""))
            complete = bool(uid and found.file_meta.get("TransferSyntaxUID"))
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened ({error.strerror or error}).") from error
    except PARSE_ERRORS as error:
        raise UnreadableFile(f"{path} cannot be read as DICOM.", "Name a report.") from error
    if not complete:
        raise UnreadableFile(f"{path} has no UID or no transfer syntax.", "Write it again.")
    if sop_class not in SENDABLE:
        raise InvalidArgument(
            f"{path} is not sent: it is no report or secondary capture, but "
            f"{uid_name(sop_class) if sop_class else 'of no kind'}.",
            "Write reports with `echomeasure export sr`.",
        )


def send(server: Server, paths: Sequence[Path], monitor: Monitor = silent) -> Iterator[Stored]:
    """Send files, and give what the server says of each.

    All are looked at before the first is sent. Raises as `check_sendable` and `Server.store`, and
    what the monitor raises.
    """
    for path in paths:
        check_sendable(path)
    for done, stored in enumerate(server.store(paths), start=1):
        yield stored
        monitor(Progress(done, len(paths), "sending"))
