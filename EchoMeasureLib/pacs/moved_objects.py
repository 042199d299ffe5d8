"""Where a server of DIMSE brings objects by C-MOVE: a port of ours, open while they are fetched."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.presentation import PresentationContext

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.associations import MOST_PDU, Guard
from EchoMeasureLib.pacs.configuration import ServerSettings, is_loopback


@contextmanager
def objects_taken(
    server: ServerSettings,
    contexts: Sequence[PresentationContext],
    store: Callable[[evt.Event], int],
    guard: Guard,
) -> Iterator[None]:
    """Inside, this server, and nobody who calls itself otherwise, can bring such objects to us.

    `store` is the handler of each, `guard` counts what comes. With TLS it is our certificate that
    they come under. Raises `ServerProblem` where the port is taken or the certificate unreadable.
    """
    entity = AE(ae_title=server.calling_aet)
    entity.require_called_aet = True
    entity.require_calling_aet = [server.called_aet]
    entity.maximum_pdu_size = MOST_PDU
    entity.maximum_associations = 4
    entity.network_timeout = server.timeout_s
    for context in contexts:
        entity.add_supported_context(str(context.abstract_syntax), context.transfer_syntax)

    def came(event: evt.Event) -> None:
        guard.came(event)
        if guard.words:
            event.assoc.abort()

    handlers: list[Any] = [(evt.EVT_C_STORE, store), (evt.EVT_DATA_RECV, came)]
    # Only who is on this machine has to reach us where the server is on it too.
    address = "127.0.0.1" if is_loopback(server.host) else ""
    tls = _our_side(server) if server.tls else None
    try:
        listening = entity.start_server(
            (address, server.listen_port), block=False, ssl_context=tls, evt_handlers=handlers
        )
    except OSError as error:
        raise ServerProblem(
            f"Port {server.listen_port} of this machine cannot be opened "
            f"({error.strerror or error}).",
            "Another program may have it: set another listen_port, and tell the server.",
        ) from error
    assert listening is not None  # it does not block
    try:
        yield
    finally:
        listening.shutdown()


def _our_side(server: ServerSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer, with our certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if server.certificate:
            context.load_cert_chain(server.certificate, server.key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise ServerProblem(
            f"The certificates for {server.name} cannot be read.",
            "Check certificate and key in the file of servers; a key has no password.",
        ) from error
    return context
