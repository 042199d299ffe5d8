"""Where others can reach the server they need its password, and guessing does not help."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from aiohttp import web

from EchoMeasureLib.web.guard import MOST_WRONG, Guard
from EchoMeasureLib.web.page import add_page

PASSWORD = "correct horse"


@pytest.fixture
def port() -> Iterator[int]:
    """The page behind a password, without Slicer's scene."""
    ready, ports = threading.Event(), list[int]()
    stop: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        guard = Guard(PASSWORD)
        app = web.Application(middlewares=[guard.middleware])
        add_page(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(int(runner.addresses[0][1]))
        guard.listen("127.0.0.1", ports[0])
        stop.append((asyncio.get_running_loop(), asyncio.Event()))
        ready.set()
        await stop[0][1].wait()
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    yield ports[0]
    stop[0][0].call_soon_threadsafe(stop[0][1].set)
    thread.join()


def ask(
    port: int, method: str, path: str, password: str = "", **headers: str
) -> tuple[int, str, str]:
    """Status, cookie and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    body = urlencode({"password": password}) if method == "POST" else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection.request(method, path, body, {**kind, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Set-Cookie", ""), text


def own(port: int) -> dict[str, str]:
    return {"Origin": f"http://127.0.0.1:{port}"}


def test_the_password_opens_the_page_and_nothing_else_does(port: int) -> None:
    status, cookie, text = ask(port, "GET", "/")
    assert (status, cookie) == (200, "")
    assert "Password" in text
    assert ask(port, "GET", "/static/page.js")[0] == 403
    assert ask(port, "GET", "/?token=")[2] == text
    status, cookie, _ = ask(port, "POST", "/password", PASSWORD, **own(port))
    assert status == 303
    status, _, page = ask(port, "GET", "/", Cookie=cookie.partition(";")[0])
    assert status == 200
    assert "stage" in page


def test_another_site_cannot_try_passwords(port: int) -> None:
    evil = {"Origin": "http://evil.example"}
    assert ask(port, "POST", "/password", PASSWORD, **evil)[0] == 403
    assert ask(port, "POST", "/password", PASSWORD)[0] == 403


def test_who_guesses_has_to_wait_even_when_right(port: int) -> None:
    for _ in range(MOST_WRONG):
        assert ask(port, "POST", "/password", "guess", **own(port))[0] == 403
    assert ask(port, "POST", "/password", PASSWORD, **own(port))[0] == 429
