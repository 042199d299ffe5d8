"""Addresses of weights as people type them, and a server that drips."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference import weight_sources
from EchoMeasureLib.inference.install import install
from EchoMeasureLib.inference.weight_sources import download_address


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "http://[::1",
            "http://[nonsense]/weights",
            "http://::1/weights",
            "http://",
            "https:///weights",
            "http://host:99999/weights",
            "http://host:port/weights",
            "http://user:word@host:port/weights",
        ],
    )
    def test_what_is_no_address_is_said_to_be_none(self, address: str) -> None:
        with pytest.raises(WeightsProblem, match="is no web address"):
            download_address(address)

    @pytest.mark.parametrize(
        ("address", "taken"),
        [
            ("http://[::1]:8080/weights/", "http://[::1]:8080/weights"),
            ("https://host/Gewichte f\u00fcr/", "https://host/Gewichte%20f%C3%BCr"),
            ("https://host/a%20b#part", "https://host/a%20b"),
        ],
    )
    def test_an_address_is_written_as_servers_want_it(self, address: str, taken: str) -> None:
        assert download_address(address) == taken

    @pytest.mark.parametrize("host", ["a..b", f"{'a' * 70}.example", "\u2603" * 70])
    def test_a_name_that_no_server_has_is_a_sentence(self, host: str, tmp_path: Path) -> None:
        with pytest.raises(WeightsProblem):
            install(f"http://{host}/weights", tmp_path / "home")


class SlowServer:
    """A server that sends the beginning of an answer, and then a byte now and then."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._end = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/weights"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connections = []
        while not self._end.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(1000)
                connection.sendall(self._beginning)
                while not self._end.wait(0.02):
                    connection.sendall(b"a")
            except OSError:
                pass

    def close(self) -> None:
        self._end.set()
        self._socket.close()


@pytest.fixture(params=[b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\nPK"])
def slow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowServer]:
    monkeypatch.setattr(weight_sources, "TIMEOUT_S", 0.2)
    server = SlowServer(request.param)
    yield server
    server.close()


def test_a_server_that_drips_is_given_up(slow: SlowServer, tmp_path: Path) -> None:
    """A socket's own timeout would begin anew with each byte, and never end."""
    with pytest.raises(WeightsProblem, match=r"takes longer than 0\.2 s"):
        install(slow.address, tmp_path / "home")
