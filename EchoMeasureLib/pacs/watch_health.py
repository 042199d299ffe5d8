"""`/health` of a watching service: how it is, as JSON, on the loopback only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from EchoMeasureLib import __version__
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.texts import json_text

LONGEST_REQUEST_S = 5.0


class Health:
    """How the service is; changed by it and read by who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {
            "status": "starting",
            "version": __version__,
            "last_poll": None,
            "server": {"reachable": None, "problem": ""},
            "disk": {"used_bytes": 0, "most_bytes": 0},
            "doing": "",
            "problem": "",
            "studies": {},
        }

    def set(self, **facts: Any) -> None:
        """Change some of it."""
        with self._lock:
            self._facts |= facts

    def record(self) -> dict[str, Any]:
        """All of it, which names nobody."""
        with self._lock:
            return dict(self._facts)


@contextmanager
def served(health: Health, port: int) -> Iterator[int]:
    """Inside, `/health` answers on this port of the loopback, 0 for any; yields the port.

    200 where all is well, 503 where it is not. Raises `OutputProblem` for a port that is taken.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(health))
    except OSError as error:
        raise OutputProblem(
            f"Port {port} of the loopback cannot be listened on ({error.strerror or error}).",
            "Set another health_port.",
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = LONGEST_REQUEST_S

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            record = health.record()
            well = record["status"] == "ok"
            content = json_text(record).encode("utf-8")
            self.send_response(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
