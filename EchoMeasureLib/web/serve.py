"""The process that serves: one study, one person, until its page is closed or it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import signal
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from EchoMeasureLib.desk.desk import Desk
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.pacs.configuration import is_loopback
from EchoMeasureLib.web.guard import Guard
from EchoMeasureLib.web.link import Link
from EchoMeasureLib.web.offered import offered
from EchoMeasureLib.web.page import add_page
from EchoMeasureLib.web.playing import frame_jpeg
from EchoMeasureLib.web.remembered import Remembered
from EchoMeasureLib.web.scene import ServedScene
from EchoMeasureLib.web.sitting import Sitting

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"

IDLE_S = 120.0
"""So long after its last page was closed the server usually ends; a page that is loaded again is
back."""

NEVER_OPENED_S = 900.0
"""So long it waits for the first page."""

TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Where the server listens, and for how long."""

    host: str = LOOPBACK
    port: int = 0
    """0 for any that is free."""
    keep: bool = False
    """Whether it goes on without a page."""
    idle_s: float = IDLE_S
    """How long after its last page was closed it ends."""
    certificate: Path | None = None
    key: Path | None = None
    password: str = ""

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.certificate is not None

    def checked(self) -> ServeSettings:
        """Itself. Raises `InvalidArgument` for what would let others than the person in."""
        if not 0 <= self.port <= 65535:
            raise InvalidArgument("A port is a number from 0 to 65535.")
        if not 0 <= self.idle_s < math.inf:
            raise InvalidArgument("It ends after a number of seconds.", "--keep: it does not end.")
        if is_loopback(self.host):
            return self
        if self.host in ("", "0.0.0.0", "::", "*"):
            raise InvalidArgument(
                "The server does not listen on every address of this machine.",
                "Name the one address by which others reach it.",
            )
        if self.certificate is None or not self.password:
            raise InvalidArgument(
                f"On {self.host} others can reach the server, so it needs a certificate and a "
                "password.",
                "Give --certificate, --key and --password-file, or leave --listen out.",
            )
        return self


def serve(target: Path | None, settings: ServeSettings, tell: Callable[[str], None]) -> str:
    """Show a file, a folder or a review in the browser until that ends; saves at its end.

    The answer is why the last of it is not saved; empty where all is. `tell` is given the address,
    each time anew when the page was closed. Raises `InvalidArgument` for settings that are not safe
    and for a port that is taken, and as `offered.offered`.
    """
    settings.checked()
    images = offered(target)
    scene = ServedScene()
    sitting = Sitting(scene, Desk(scene.scene, scene.logic), images, Remembered())
    try:
        sitting.begin()
        asyncio.run(Server(sitting, settings, tell).run())
    finally:
        trouble = sitting.close()
    return trouble


class Server:
    """Listens, looks after the sitting, and knows when to end."""

    def __init__(
        self, sitting: Sitting, settings: ServeSettings, tell: Callable[[str], None]
    ) -> None:
        self._sitting, self._settings, self._tell = sitting, settings, tell
        self._guard = Guard(settings.password, settings.secure)
        self._link: Link | None = None
        self._stop = asyncio.Event()
        self._port = 0
        self._alone_since = 0.0
        self._was_open = False

    async def run(self) -> None:
        """Until the last page is gone for long, or a signal comes."""
        loop = asyncio.get_running_loop()
        self._sitting.desk.later = lambda do: _soon(loop, do)
        self._link = Link(self._sitting, self._pages_changed)
        runner = web.AppRunner(self._app(self._link), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await self._listen(runner)
            self._say_where()
            with _signals(self._stop):
                task = asyncio.create_task(self._tick())
                # Where nothing is looked after any longer, nothing is saved: then it ends.
                task.add_done_callback(lambda _: self._stop.set())
                await self._stop.wait()
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        finally:
            # Its thread would be waited for.
            self._sitting.downloads.cancel()
            await self._link.close()
            await runner.cleanup()

    def _app(self, link: Link) -> web.Application:
        app = web.Application(middlewares=[self._guard.middleware], client_max_size=64 * 1024)
        add_page(app)
        app.router.add_get("/link", link.handle)
        app.router.add_get("/download/{number}", self._download)
        app.router.add_get(r"/frame/{pictures:\d{1,9}}/{frame:\d{1,9}}", self._frame)
        return app

    async def _download(self, request: web.Request) -> web.StreamResponse:
        ready = self._sitting.downloads.find(request.match_info["number"])
        if ready is None:
            raise web.HTTPNotFound
        said = f'attachment; filename="{ready.name}"'
        return web.FileResponse(ready.path, headers={"Content-Disposition": said})

    async def _frame(self, request: web.Request) -> web.StreamResponse:
        asked = (int(request.match_info[name]) for name in ("pictures", "frame"))
        data = await asyncio.to_thread(frame_jpeg, self._sitting, *asked)
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="image/jpeg")

    async def _listen(self, runner: web.AppRunner) -> None:
        settings = self._settings
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings))
        try:
            await site.start()
        except OSError as error:
            raise InvalidArgument(
                f"Nothing can listen on {settings.host}, port {settings.port}: {error.strerror}.",
                "Leave the port out, and a free one is taken.",
            ) from error
        self._port = int(runner.addresses[0][1])
        self._guard.listen(settings.host, self._port)

    def _say_where(self) -> None:
        scheme = "https" if self._settings.secure else "http"
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        token = "" if self._settings.password else f"?token={self._guard.new_token()}"
        self._tell(f"{scheme}://{host}:{self._port}/{token}")

    def _pages_changed(self) -> None:
        is_open = self._link is not None and self._link.open
        if self._was_open and not is_open:
            # Whoever closed the browser has lost the cookie, and gets another way in.
            self._say_where()
        self._was_open = self._was_open or is_open
        self._alone_since = asyncio.get_running_loop().time()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._alone_since = loop.time()
        while True:
            self._sitting.tick()
            assert self._link is not None
            sitting = self._sitting
            busy = self._link.open or sitting.desk.measuring.busy or sitting.downloads.busy
            if busy or self._settings.keep:
                self._alone_since = loop.time()
            patience = self._settings.idle_s if self._was_open else NEVER_OPENED_S
            if loop.time() - self._alone_since > patience:
                self._stop.set()
            await asyncio.sleep(TICK_S)


def _soon(loop: asyncio.AbstractEventLoop, do: Callable[[], None]) -> None:
    loop.call_soon(do)


def _tls(settings: ServeSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidArgument(f"The certificate or its key cannot be used: {error}.") from error
    return context


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Inside, what ends a program sets `stop` instead, so that all is saved and tidied."""
    loop, taken = asyncio.get_running_loop(), []
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, stop.set)
                taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
