"""Associations of DIMSE (PS3.8) with a server, through pynetdicom, and why there is none."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.silence import silent_logs

MOST_PDU = 128 << 10
"""Bytes of one message on the way."""
MOST_ANSWER = 64 << 20
"""Bytes of all answers to a query."""
SLOWEST = 16 << 10
"""Bytes per second that a server sends at, at least, once it sends."""
LOOK_S = 0.25

clock = time.monotonic
"""What seconds are read from."""

CALLED, CALLING = 7, 3
"""Diagnostics of PS3.8 9.3.4 with the source 1: which title is not known."""


class Guard:
    """Ends an association whose server is silent, or sends more than it may."""

    def __init__(self, seconds: float) -> None:
        self._seconds = self._patience = seconds
        self._done = threading.Event()
        self._most, self._begun = 0, 0.0
        self._received = 0
        self._last = 0.0
        self.words = ""
        """Why it ended the association."""

    def expect(self, most_bytes: int, sent_bytes: int = 0) -> None:
        """From now on so many bytes may come, once so many have been sent."""
        self._received, self._most = 0, most_bytes
        self._patience = self._seconds + sent_bytes / SLOWEST
        self._begun = self._last = clock()

    def came(self, event: evt.Event) -> None:
        """Handler of `EVT_DATA_RECV`."""
        self._received += len(event.data)
        self._last = clock()

    def watch(self, association: Association) -> None:
        """Look after it in a thread of its own, until `end`."""
        self.expect(MOST_ANSWER)
        threading.Thread(target=self._look, args=(association,), daemon=True).start()

    def end(self) -> None:
        self._done.set()

    def _look(self, association: Association) -> None:
        while not self._done.wait(LOOK_S):
            now = clock()
            silent = now - self._last > self._patience
            slow = now - self._begun > self._patience + self._received / SLOWEST
            if self._received > self._most:
                self.words = "sends more than it was asked for"
            elif silent or slow:
                self.words = f"is silent for {self._seconds:g} s, or slower than is of use"
            else:
                continue
            association.abort(block=False)
            # Whoever waits for an answer hears that none comes; others may take that word first.
            while not self._done.wait(LOOK_S):
                association.dimse.msg_queue.put((None, None))
            return


@contextmanager
def association(
    server: ServerSettings,
    contexts: Sequence[PresentationContext],
    roles: Sequence[Any] = (),
    handlers: Sequence[tuple[evt.EventType, Callable[[evt.Event], Any]]] = (),
) -> Iterator[tuple[Association, Guard]]:
    """An association with these contexts, and what guards it; released at the end.

    After an error it is aborted. Raises `ServerProblem`.
    """
    entity = AE(ae_title=server.calling_aet)
    entity.maximum_pdu_size = MOST_PDU
    entity.connection_timeout = entity.acse_timeout = entity.network_timeout = server.timeout_s
    entity.dimse_timeout = None  # the guard's task: a long object comes as one message
    guard = Guard(server.timeout_s)
    with silent_logs("pynetdicom"):
        made = entity.associate(
            server.host,
            server.port,
            contexts=list(contexts),
            ae_title=server.called_aet,
            ext_neg=list(roles),
            max_pdu=MOST_PDU,
            tls_args=(tls_context(server), server.host) if server.tls else None,
            evt_handlers=[(evt.EVT_DATA_RECV, guard.came), *handlers],
        )
        if not made.is_established:
            raise _why_not(server, made)
        guard.watch(made)
        try:
            yield made, guard
        except BaseException:
            made.abort()
            raise
        else:
            made.release()
        finally:
            guard.end()


def lost(server: ServerSettings, guard: Guard) -> ServerProblem:
    """The error where an answer did not come."""
    return ServerProblem(
        f"The server {_where(server)} {guard.words or 'broke off in the middle'}.",
        "Run the command again: it goes on where it stopped.",
    )


def tls_context(server: ServerSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer (PS3.15 B.12), with who is trusted and our own certificate.

    Raises `ServerProblem` for files that hold none.
    """
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if server.certificate:
            context.load_cert_chain(server.certificate, server.key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise ServerProblem(
            f"The certificates for {server.name} cannot be read.",
            "Check ca_file, certificate and key in the file of servers; a key has no password.",
        ) from error
    return context


def _where(server: ServerSettings) -> str:
    return f"{server.name} ({server.host}, port {server.port})"


def _why_not(server: ServerSettings, made: Association) -> ServerProblem:
    if made.is_rejected:
        answer = made.acceptor.primitive
        diagnostic = getattr(answer, "diagnostic", None)
        if getattr(answer, "result_source", None) == 1 and diagnostic == CALLED:
            return ServerProblem(
                f"The server {_where(server)} is not called {server.called_aet}.",
                "Check called_aet in the file of servers.",
            )
        if getattr(answer, "result_source", None) == 1 and diagnostic == CALLING:
            return ServerProblem(
                f"The server {_where(server)} does not know {server.calling_aet}.",
                "Have it enter this AE title with our address, or check calling_aet.",
            )
        return ServerProblem(
            f"The server {_where(server)} refuses the association.",
            "Check both AE titles; it may also be busy, or want TLS.",
        )
    if made.rejected_contexts:
        return ServerProblem(
            f"The server {_where(server)} accepts none of the questions or kinds of objects.",
            "Ask who looks after it whether it allows that to us.",
        )
    return _probed(server)


def _probed(server: ServerSettings) -> ServerProblem:
    """Why there was not even an answer: pynetdicom does not say, so it is tried once more."""
    away = ServerProblem(
        f"The server {_where(server)} cannot be reached.",
        "Check host and port in the file of servers, and whether it is running.",
    )
    try:
        with socket.create_connection((server.host, server.port), server.timeout_s) as plain:
            if server.tls:
                with tls_context(server).wrap_socket(plain, server_hostname=server.host):
                    pass
    except ssl.SSLCertVerificationError as error:
        return ServerProblem(
            f"The certificate of {_where(server)} is not trusted: {error.verify_message}.",
            "Name the certificate of your authority with ca_file in the file of servers.",
        )
    except ssl.SSLError:
        return ServerProblem(
            f"The server {_where(server)} does not speak TLS there, or wants "
            "a certificate of ours.",
            "Check its port, or set certificate and key in the file of servers.",
        )
    except OSError:
        return away
    return ServerProblem(
        f"The server {_where(server)} ends the connection without a word.",
        "It may not know our address or AE title, or want TLS: `tls = true`.",
    )
