"""A real Orthanc for a test: started, stopped and killed, with a login and known AE titles.

Debian and Ubuntu have it in orthanc and orthanc-dicomweb. It listens on every address: it takes
what is on the loopback only, but `off_the_network.sh` keeps its ports from others at all.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import requests
from free_ports import free_port
from waiting import DEADLINE_S, wait_until

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
TITLE, OUR_TITLE = "ORTHANC", "ECHOMEASURE"
USER, PASSWORD = "echo", "measure"


def program() -> str:
    """Where Orthanc is. Raises `FileNotFoundError`, which says how to get it."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if found is None or not PLUGIN.exists():
        raise FileNotFoundError(
            "Orthanc is missing. Install it with: sudo apt-get install orthanc orthanc-dicomweb"
        )
    return found


class Orthanc:
    """One server with its storage in a folder; started anew it has what it had."""

    def __init__(self, folder: Path, certificates: Path | None = None) -> None:
        """With `certificates`, a folder of ca.pem, server.pem and key.pem, its DIMSE has TLS.

        Its HTTP has none: Orthanc 1.10.1 of Debian 12 crashes when it is asked over HTTPS, by curl
        as by us, whichever certificate and version of TLS. `tls_front` stands before it.
        """
        self.folder = folder
        self.authority = None if certificates is None else certificates / "ca.pem"
        self.web_port, self.dimse_port = free_port(), free_port()
        self.our_port = free_port()
        """Where it brings what is moved to us."""
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        known = {"AET": OUR_TITLE, "Host": "127.0.0.1", "Port": self.our_port}
        allowed = ("Echo", "Find", "Get", "Move", "Store")
        config = {
            "Name": "Test",
            "StorageDirectory": str(folder / "db"),
            "IndexDirectory": str(folder / "db"),
            "Plugins": [str(PLUGIN)],
            "RemoteAccessAllowed": False,
            "HttpPort": self.web_port,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "DicomAet": TITLE,
            "DicomPort": self.dimse_port,
            "DicomCheckCalledAet": True,
            "DicomCheckModalityHost": True,
            **{f"DicomAlwaysAllow{what}": False for what in allowed},
            "UnknownSopClassAccepted": False,
            "StableAge": 1,
            "DicomModalities": {"echo": {**known, **{f"Allow{what}": True for what in allowed}}},
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            **({} if certificates is None else _encrypted(certificates)),
        }
        self.base = f"http://127.0.0.1:{self.web_port}"
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    @property
    def url(self) -> str:
        """Of its DICOMweb."""
        return f"{self.base}/dicom-web"

    def start(self) -> Orthanc:
        """Start it and wait until it answers."""
        with (self.folder / "log.txt").open("ab") as log:
            command = [program(), str(self.folder / "config.json")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, "an answer of Orthanc")
        return self

    def stop(self) -> None:
        """As a system that is shut down would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(DEADLINE_S)

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE_S)

    def rest(self, path: str) -> Any:
        """What its own interface says, such as `/instances`."""
        return self._ask("GET", path).json()

    def file(self, uid: str) -> bytes:
        """The file that it keeps of the instance with this SOP Instance UID."""
        (one,) = self._ask("POST", "/tools/lookup", uid.encode()).json()
        return self._ask("GET", f"/instances/{one['ID']}/file").content

    def put(self, path: Path) -> None:
        """Give it a file."""
        self._ask("POST", "/instances", path.read_bytes())

    def _ask(self, method: str, path: str, data: bytes = b"") -> requests.Response:
        answer = requests.request(
            method,
            f"{self.base}{path}",
            data=data,
            auth=(USER, PASSWORD),
            timeout=DEADLINE_S,
        )
        answer.raise_for_status()
        return answer

    def config(self, path: Path, more: str = "") -> Path:
        """A file of servers that names it three times: `web`, `dimse`, and `move` without TLS."""
        trusted = "" if self.authority is None else f'ca_file = "{self.authority}"\ntls = true'
        text = f"""
[servers.web]
protocol = "dicomweb"
url = "{self.url}"
user = "{USER}"

[servers.dimse]
protocol = "dimse"
host = "127.0.0.1"
port = {self.dimse_port}
called_aet = "{TITLE}"
calling_aet = "{OUR_TITLE}"
{trusted}

[servers.move]
protocol = "dimse"
host = "127.0.0.1"
port = {self.dimse_port}
called_aet = "{TITLE}"
calling_aet = "{OUR_TITLE}"
tls = false
listen_port = {self.our_port}
{more}"""
        path.write_text(text, encoding="utf-8")
        return path

    def _answers(self) -> bool:
        running = self._process is not None and self._process.poll() is None
        assert running, "Orthanc has ended: see log.txt"
        try:
            answer = requests.get(f"{self.base}/system", timeout=DEADLINE_S)
            return answer.status_code == 401
        except requests.ConnectionError:
            return False


def _encrypted(certificates: Path) -> dict[str, Any]:
    return {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificates / "server.pem"),
        "DicomTlsPrivateKey": str(certificates / "key.pem"),
        "DicomTlsTrustedCertificates": str(certificates / "ca.pem"),
        "DicomTlsRemoteCertificateRequired": False,
    }
