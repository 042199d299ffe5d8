"""A server opened, whichever protocol it speaks."""

from __future__ import annotations

from EchoMeasureLib.errors import needed_for
from EchoMeasureLib.pacs.configuration import Protocol, ServerSettings
from EchoMeasureLib.pacs.logins import login_of
from EchoMeasureLib.pacs.servers import Server


def open_server(settings: ServerSettings) -> Server:
    """The server with these settings; it is asked nothing yet.

    Raises `InvalidState` where its secret is missing, `MissingPackage` without the extra `pacs`,
    `ServerProblem` for certificates that cannot be read.
    """
    with needed_for("Asking a server"):
        if settings.protocol is Protocol.DICOMWEB:
            from EchoMeasureLib.pacs.web_server import WebServer

            return WebServer(settings, login_of(settings))
        from EchoMeasureLib.pacs.dimse_server import DimseServer

        return DimseServer(settings)
