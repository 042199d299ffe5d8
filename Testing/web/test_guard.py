"""Who gets in, and what they get: the page that has the cookie, and nothing but the page."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from served_review import ServedReview

from EchoMeasureLib.cli.common import USAGE
from EchoMeasureLib.cli.main import main

Heard = tuple[list[Any], int | None]
"""Messages, and the code with which the link was closed."""

EVIL = "http://evil.example"


class Visitor:
    """Speaks HTTP as it likes, with any host, origin, path and cookie."""

    def __init__(self, served: ServedReview) -> None:
        self.served = served
        self.host = f"127.0.0.1:{served.port}"
        self.cookie = ""

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=300)
        sent = {"Host": self.host, **({"Cookie": self.cookie} if self.cookie else {}), **headers}
        connection.putrequest("GET", path, skip_host=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def enter(self) -> dict[str, str]:
        """Use the token; what was answered."""
        path = self.served.address.partition(self.host)[2]
        status, headers, _ = self.get(path)
        assert status == 303
        self.cookie = headers["set-cookie"].partition(";")[0]
        return headers


@pytest.fixture(scope="module")
def answered(served: ServedReview) -> dict[str, str]:
    visitor = Visitor(served)
    return {**visitor.enter(), "cookie": visitor.cookie}


@pytest.fixture
def guest(served: ServedReview, answered: dict[str, str]) -> Visitor:
    """Somebody who was let in."""
    visitor = Visitor(served)
    visitor.cookie = answered["cookie"]
    return visitor


@pytest.fixture
def stranger(served: ServedReview, answered: dict[str, str]) -> Visitor:
    """Somebody who was not."""
    return Visitor(served)


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    answered: dict[str, str],
) -> None:
    assert answered["location"] == "/"
    flags = {flag.strip().lower() for flag in answered["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags


@pytest.mark.parametrize(
    "path", ["/", "/static/page.js", "/link", "/download/1", "/frame/1/0", "/nothing"]
)
def test_without_the_cookie_every_address_is_refused_alike(stranger: Visitor, path: str) -> None:
    status, _, body = stranger.get(path)
    assert status == 403
    assert b"echomeasure serve" in body


def test_a_token_opens_once(served: ServedReview, stranger: Visitor) -> None:
    used = served.address.partition(stranger.host)[2]
    assert stranger.get(used)[0] == 403
    assert stranger.get("/?token=wrong")[0] == 403
    assert stranger.get("/?token=")[0] == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "10.0.0.1:{port}"]
)
def test_another_host_is_refused_even_with_the_cookie(guest: Visitor, host: str) -> None:
    """So a name that is pointed at this machine afterwards (DNS rebinding) leads nowhere."""
    assert guest.get("/", Host=host.format(port=guest.served.port))[0] == 403


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1", "https://{host}"])
def test_another_origin_is_refused_even_with_the_cookie(guest: Visitor, origin: str) -> None:
    assert guest.get("/", Origin=origin.format(host=guest.host))[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/../guard.py",
        "/static/%2e%2e/guard.py",
        "/static/..%2fguard.py",
        "/static//etc/passwd",
        "/download/..%2f..%2fetc%2fpasswd",
        "/download/",
        "/frame/1/..%2f..%2fetc%2fpasswd",
        "/frame/1/999999999",
        "/frame/999999999/0",
        "/frame/1/-1",
        "/../../etc/passwd",
        "//etc/passwd",
        "/static/page.js%00.html",
    ],
)
def test_no_path_leads_to_a_file_or_a_list_of_files(guest: Visitor, path: str) -> None:
    status, _, body = guest.get(path)
    assert status in (400, 404)
    assert b"root:" not in body
    assert b"import" not in body


def test_the_page_runs_its_own_scripts_only_and_lies_in_no_frame(guest: Visitor) -> None:
    status, headers, body = guest.get("/")
    policy = headers["content-security-policy"]
    assert status == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert b"<title>EchoMeasure</title>" in body


def test_the_page_names_no_other_server() -> None:
    """Neither a script nor a font nor an address of somebody else's."""
    for item in (resources.files("EchoMeasureLib.web") / "static").iterdir():
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", item.read_text("utf-8"))
        assert set(found) <= {"http://www.w3.org"}, item.name


def _spoken(words: Coroutine[Any, Any, Heard]) -> Heard:
    """In a thread of its own: the driver of the browser has a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, words).result()


async def _speak(
    guest: Visitor, *sent: str | bytes, origin: str | None = None, until: str = ""
) -> Heard:
    """Open the link, send this, and hear until a message with that word, or the end."""
    headers = {"Cookie": guest.cookie, "Host": guest.host}
    headers["Origin"] = f"http://{guest.host}" if origin is None else origin
    heard: list[Any] = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://{guest.host}/link?tab=one", headers=headers) as link,
    ):
        for what in sent:
            await (link.send_bytes(what) if isinstance(what, bytes) else link.send_str(what))
        async for message in link:
            if message.type is aiohttp.WSMsgType.TEXT:
                heard.append(json.loads(message.data))
                if until and message.data.startswith(until):
                    break
        return heard, link.close_code


@pytest.mark.parametrize("origin", [EVIL, "null", ""])
def test_a_socket_from_another_page_is_refused(guest: Visitor, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        _spoken(_speak(guest, origin=origin))
    assert refused.value.status == 403


def test_a_socket_without_the_cookie_is_refused(stranger: Visitor) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        _spoken(_speak(stranger))
    assert refused.value.status == 403


@pytest.mark.parametrize(
    "wish",
    [
        {"do": "trame.state.update", "changes": [{"key": "frame", "value": 5}]},
        {"show": {"frame": {"frame": 5}}},
        {"do": "__init__"},
        {"do": "frame", "frame": "5"},
        {"do": "frame", "frame": 1e400},
        {"do": "open", "image": 7},
        {"do": "open", "image": "../../etc/passwd"},
        {"do": "wish", "export": "report", "form": "html", "options": ["all"], "speed": 1},
        {"do": ["frame"]},
        ["frame", 5],
    ],
    ids=str,
)
def test_what_the_page_claims_is_no_fact(guest: Visitor, wish: object) -> None:
    """It can ask for what there is, and is told where it asks for something else."""
    heard, _ = _spoken(_speak(guest, json.dumps(wish), until='{"said"'))
    (said,) = [message["said"] for message in heard if "said" in message]
    assert "Traceback" not in said
    frames = [m["show"]["frame"]["frame"] for m in heard if "frame" in m.get("show", {})]
    assert set(frames) <= {0}


def test_a_flood_is_cut_off_and_the_next_page_has_the_review(guest: Visitor) -> None:
    flood = ['{"do":"fit"}'] * 3000
    _, code = _spoken(_speak(guest, *flood))
    assert code == aiohttp.WSCloseCode.POLICY_VIOLATION
    heard, _ = _spoken(_speak(guest, until='{"show"'))
    assert any("frame" in message.get("show", {}) for message in heard)


@pytest.mark.parametrize("sent", ["x" * 100_000, b"\x93NUMPY"], ids=["long", "binary"])
def test_what_no_page_sends_ends_the_link(guest: Visitor, sent: str | bytes) -> None:
    _, code = _spoken(_speak(guest, sent))
    assert code in (
        aiohttp.WSCloseCode.MESSAGE_TOO_BIG,
        aiohttp.WSCloseCode.UNSUPPORTED_DATA,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "192.0.2.1"], "needs a certificate and a password"),
        (["--listen", "192.0.2.1", "--certificate", "c.pem"], "needs a certificate and a password"),
        (["--listen", "0.0.0.0"], "does not listen on every address"),
        (["--listen", "::"], "does not listen on every address"),
        (["--port", "70000"], "from 0 to 65535"),
    ],
)
def test_others_are_let_in_only_with_a_certificate_and_a_password(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) == USAGE
    assert said in capsys.readouterr().err


def test_nobody_is_named_in_what_the_command_says(plax: Path, tmp_path: Path) -> None:
    """Neither the patient of the file nor the file, whose name may be one."""
    named = tmp_path / "Meyer^Anna.dcm"
    named.write_bytes(plax.read_bytes())
    served = ServedReview(tmp_path / "data", str(named))
    visitor = Visitor(served)
    visitor.enter()
    _spoken(_speak(visitor, '{"do":"nonsense"}', until='{"said"'))
    again = served.next_address()
    code, said = served.stop()
    assert code == 0
    for text in (said, again, visitor.get.__doc__ or ""):
        assert not re.search("meyer|phantom", text, re.IGNORECASE)
