"""Objects from a server into files: whole or not at all, and only what was asked for.

A study is a folder named by its UID, an object a file named by its own. What lies there under
its name was complete when it got it, so a fetch that was broken off goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pydicom

from EchoMeasureLib.errors import OutputProblem, ServerProblem
from EchoMeasureLib.files import make_folder, written_whole
from EchoMeasureLib.imaging.header import PARSE_ERRORS, quiet_pydicom
from EchoMeasureLib.names import file_name
from EchoMeasureLib.pacs.queries import InstanceFound

_UIDS = ["SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]


class Receiver:
    """Writes what comes from a server into one folder per study."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self.bytes = 0
        """Written so far."""

    def study_folder(self, study: str) -> Path:
        """Where the objects of this study lie."""
        return self.folder / file_name(study)

    def path(self, instance: InstanceFound) -> Path:
        """Where this object lies, or will."""
        return self.file(instance.study, instance.uid)

    def file(self, study: str, uid: str) -> Path:
        """Where the object with this UID lies, or will."""
        return self.study_folder(study) / file_name(uid, end=".dcm")

    def has(self, instance: InstanceFound) -> bool:
        """Whether the object is there."""
        path = self.path(instance)
        return path.is_file() and _difference(path, instance) == ""

    def take(self, instance: InstanceFound, blocks: Iterable[bytes]) -> Path:
        """Write the file that these bytes are, in which this object is expected.

        Raises `ServerProblem` when they are another object, no object or too many,
        `OutputProblem` when they cannot be written, and what `blocks` raises.
        """
        path = self.path(instance)
        make_folder(path.parent)
        with written_whole(path, durable=True) as beside:
            size = 0
            with beside.open("wb") as file:
                for block in blocks:
                    size += len(block)
                    if size > self.most_bytes:
                        raise ServerProblem(
                            f"The server sends an object of more than {self.most_bytes >> 20} MB.",
                            "Where it has such, set most_megabytes in the file of servers.",
                        )
                    file.write(block)
            difference = _difference(beside, instance)
            if difference:
                raise ServerProblem(
                    f"The server was asked for {instance.uid} and sent {difference}.",
                    "Nothing was kept. Tell who looks after it.",
                )
        self.bytes += size
        return path

    def size(self) -> int:
        """Bytes of all objects in the folder. Raises `OutputProblem` where it cannot be read."""
        try:
            return sum(path.stat().st_size for path in self.folder.glob("*/*.dcm"))
        except OSError as error:
            raise OutputProblem(f"{self.folder} cannot be read ({error.strerror}).") from error


def _difference(path: Path, wanted: InstanceFound) -> str:
    """What is in the file in the place of the object that is wanted, in words; empty for that."""
    try:
        with path.open("rb") as file, quiet_pydicom():
            found = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*_UIDS])
            uids = {keyword: str(found.get(keyword, "")) for keyword in _UIDS}
            syntax = str(found.file_meta.get("TransferSyntaxUID", ""))
    except PARSE_ERRORS:
        return "what is no DICOM file"
    expected = (wanted.sop_class or uids["SOPClassUID"], wanted.study, wanted.series, wanted.uid)
    for keyword, uid in zip(_UIDS, expected, strict=True):
        if uids[keyword] != uid:
            return f"an object with another {keyword}"
    return "" if syntax else "an object that does not say how it is encoded"
