"""A port for a test that has to name one before anything listens on it."""

from __future__ import annotations

import atexit
import socket
import sys


def free_port() -> int:
    """A port of the loopback that nobody else is given as long as these tests run.

    On Linux it stays bound, without listening: the kernel then gives it to no connection and to no
    other program that asks for any port, and a server that sets SO_REUSEADDR, as all of ours,
    Orthanc and Dask do, can listen on it. Elsewhere it is one that was free a moment ago.
    """
    held = socket.socket()
    atexit.register(held.close)
    if sys.platform == "linux":
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    if sys.platform != "linux":
        held.close()
    return port
