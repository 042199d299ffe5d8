"""TLS before a server that has none, as a hospital's proxy would be: it ends here, on the loopback.

What stands behind it is spoken to in plain words over the same machine. For tests alone.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BLOCK = 1 << 16


@contextmanager
def tls_front(context: ssl.SSLContext, port: int) -> Iterator[int]:
    """A port of the loopback that speaks TLS, and passes all on to this one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, context, port), daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        # A thread that waits for the next one is woken by it.
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def _accept(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_pass_on, args=(plain, context, port), daemon=True).start()


def _pass_on(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    # Who does not trust the certificate goes away in the middle.
    with (
        plain,
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as outer,
        socket.create_connection(("127.0.0.1", port)) as inner,
    ):
        back = threading.Thread(target=_copy, args=(inner, outer), daemon=True)
        back.start()
        _copy(outer, inner)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(BLOCK):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
