"""Who may speak to the server: one browser on this machine, that was given the address.

The address holds a token that opens once; where others can reach the server a password is asked
for in its place. Either is turned into a cookie that scripts cannot read and other sites cannot
send. Every request is asked for its host, its origin and the cookie before anything looks at its
path.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from EchoMeasureLib.web.page import static_file

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing but the server's own files, no script in the page, and in nobody's frame."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

REFUSED = "This page belongs to a review that somebody else opened, or its address was used before."
ASKING = ("/", "/static/page.css", "/static/icon.svg")
"""What whoever has to give the password sees before."""

MOST_WRONG = 5
"""Wrong passwords after which nobody is let in for a while."""

LOCKED_S = 60.0

HELP = "Open it with the address that `echomeasure serve` printed last."


class Guard:
    """The keeper of the token and the cookie; `middleware` goes before every handler."""

    def __init__(self, password: str = "", secure: bool = False) -> None:
        """`password` is asked for in place of the token; `secure`: the server speaks TLS."""
        self._password = password
        self._secure = secure
        self._cookie = secrets.token_urlsafe(32)
        self._token = ""
        self._hosts: frozenset[str] = frozenset()
        self._name = "echomeasure"
        self._wrong, self._wrong_at = 0, 0.0
        self._question = static_file("password.html") if password else b""

    def listen(self, host: str, port: int) -> None:
        """The server listens here: it answers to these names and to no others."""
        names = {host, "localhost"} if host in ("127.0.0.1", "localhost", "::1") else {host}
        written = {f"[{name}]" if ":" in name else name for name in names}
        self._hosts = frozenset(f"{name}:{port}" for name in written)
        # Cookies know no ports: that of another review on this machine shall stay.
        self._name = f"echomeasure-{port}"

    def new_token(self) -> str:
        """A token that opens once; one that was not used is worth nothing any longer."""
        self._token = secrets.token_urlsafe(24)
        return self._token

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let through what is the page's own, and say nothing else to anybody."""
        response = self._answered(request)
        if response is None and request.path == "/password" and request.method == "POST":
            response = await self._asked(request)
        if response is None:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = _plain(error.status, error.reason)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _answered(self, request: web.Request) -> web.StreamResponse | None:
        """What is answered at once; None where the request may go on."""
        if request.host not in self._hosts or not self._own_origin(request):
            return _plain(403, f"{REFUSED} {HELP}")
        if self._known(request):
            if "token" in request.query and request.method == "GET":
                return _to_the_page()
            return None
        if self._password:
            if request.method == "GET" and request.path == "/":
                return web.Response(body=self._question, content_type="text/html", charset="utf-8")
            asks = request.method == "POST" and request.path == "/password"
            return None if asks or request.path in ASKING else _plain(403, f"{REFUSED} {HELP}")
        token = request.query.get("token", "")
        if request.path == "/" and request.method == "GET" and self._opens(token):
            self._token = ""
            return self._let_in()
        return _plain(403, f"{REFUSED} {HELP}")

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        """Whoever gives the password gets in; who guesses has to wait."""
        now = time.monotonic()
        if self._wrong >= MOST_WRONG and now - self._wrong_at < LOCKED_S:
            return _plain(429, "Too many wrong passwords. Wait a minute.")
        given = (await request.post()).get("password", "")
        right = isinstance(given, str) and hmac.compare_digest(
            given.encode(), self._password.encode()
        )
        if self._password and right:
            self._wrong = 0
            return self._let_in()
        self._wrong, self._wrong_at = self._wrong + 1, now
        return _plain(403, "That is not the password.")

    def _own_origin(self, request: web.Request) -> bool:
        """A browser names the page that asks; a socket is opened by pages only."""
        origin = request.headers.get("Origin")
        if origin is None:
            return request.path != "/link" and request.method in ("GET", "HEAD")
        parts = urlsplit(origin)
        scheme = "https" if self._secure else "http"
        return parts.scheme == scheme and parts.netloc in self._hosts

    def _known(self, request: web.Request) -> bool:
        return hmac.compare_digest(
            request.cookies.get(self._name, "").encode(), self._cookie.encode()
        )

    def _opens(self, token: str) -> bool:
        return bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())

    def _let_in(self) -> web.StreamResponse:
        response = _to_the_page()
        response.set_cookie(
            self._name,
            self._cookie,
            httponly=True,
            samesite="Strict",
            secure=self._secure,
            path="/",
        )
        return response


def _to_the_page() -> web.Response:
    """Away from the address with the token in it, which then stays in no history."""
    return web.Response(status=303, headers={"Location": "/"})


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
