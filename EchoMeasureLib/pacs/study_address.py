"""A study named by its address on a DICOMweb server, fetched to be looked at and then removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from EchoMeasureLib.errors import InvalidArgument, ServerProblem
from EchoMeasureLib.files import make_folder, write_errors
from EchoMeasureLib.folders import data_folder
from EchoMeasureLib.pacs.configuration import PacsConfig, ServerSettings
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.queries import Query, is_uid
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.server_opening import open_server
from EchoMeasureLib.pacs.servers import Server
from EchoMeasureLib.progress import Monitor, silent
from EchoMeasureLib.staging import remove_leftovers, staging

FOLDER = "fetched"
"""In the folder for data, which other users may not enter. What a killed process left there is
removed by the next one."""

MODALITY = "US"


def is_address(text: str) -> bool:
    """Whether this is the address of a server, and no file.

    >>> [is_address(text) for text in ("https://pacs/dicom-web", "studies/a.dcm", "C:/echo.dcm")]
    [True, False, False]
    """
    return text.lower().startswith(("https://", "http://"))


def named_study(address: str, config: PacsConfig) -> tuple[ServerSettings, str]:
    """The server of an address and the UID of a study; empty where it names the server alone.

    `SERVER`, `SERVER/studies/UID` and `SERVER/studies?StudyInstanceUID=UID` are understood, where
    SERVER is the `url` of a server in the file of servers. Raises `InvalidArgument` for any other:
    who is asked, with which login and whether encrypted, is said by that file alone.
    """
    try:
        asked = urlsplit(address)
        known = [(_place(urlsplit(one.url)), one) for one in config.servers.values() if one.url]
        place = _place(asked)
    except ValueError as error:
        raise InvalidArgument(f"That is no address of a server ({error}).") from error
    if asked.username or asked.password:
        raise InvalidArgument(
            "A password does not belong into an address: others can see it.",
            "Put it into the environment or the keyring, as Docs/pacs.md says.",
        )
    matching = [(url, one) for url, one in known if f"{place}/".startswith(f"{url}/")]
    if not matching:
        raise InvalidArgument(
            f"{config.path} has no DICOMweb server of this address.",
            "Enter it there, as Docs/pacs.md shows: who is asked and how is said by that file.",
        )
    url, settings = max(matching, key=lambda one: len(one[0]))
    return settings, _uid(place.removeprefix(url), asked.query)


def _place(url: SplitResult) -> str:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    return f"{url.scheme}://{url.hostname}:{port}{url.path}".rstrip("/")


def _uid(rest: str, query: str) -> str:
    if not rest and not query:
        return ""
    uid = rest.removeprefix("/studies/")
    if rest == "/studies":
        (uid, *others) = parse_qs(query).get("StudyInstanceUID", [""])
        uid = "" if others else uid
    if not is_uid(uid) or (query and rest != "/studies"):
        raise InvalidArgument(
            "The address names no study.", "It ends with /studies/ and the UID of one."
        )
    return uid


@contextmanager
def study_for_now(address: str, config: PacsConfig, monitor: Monitor = silent) -> Iterator[Path]:
    """A folder with the ultrasound of the study at this address, which is gone at the end.

    Raises as `named_study`, `open_server` and `fetch_study`; `InvalidArgument` where the address
    names a server with several studies; `OutputProblem` where nothing can be written.
    """
    settings, study = named_study(address, config)
    home = make_folder(data_folder() / FOLDER)
    with write_errors(home):
        home.chmod(0o700)
        remove_leftovers(home)
    with staging(home) as stage:
        receiver = Receiver(stage, settings.most_bytes)
        with open_server(settings) as server:
            uid = study or _only_study(server, settings)
            found = fetch_study(server, uid, receiver, MODALITY, monitor)
        yield found.folder


def _only_study(server: Server, settings: ServerSettings) -> str:
    without_uid: list[int] = []
    found = server.studies(Query(modality=MODALITY), without_uid.append)
    count = len(found) + sum(without_uid)
    if not found:
        raise ServerProblem("The server has no study with ultrasound that can be asked for.")
    if count > 1:
        raise InvalidArgument(
            f"The server has {count} studies with ultrasound.",
            f"Name one: {settings.url}/studies/UID; `echomeasure pacs find {settings.name}` lists "
            "them.",
        )
    return found[0].uid
