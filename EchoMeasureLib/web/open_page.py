"""One page that is open in a browser: its socket, what waits, and what it has seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType

if TYPE_CHECKING:
    from aiohttp import web

    from EchoMeasureLib.web.messages import Message


class OpenPage:
    """One page that is open."""

    def __init__(self, socket: web.WebSocketResponse, tab: str) -> None:
        """`tab`: what the browser's tab calls itself, the same when it is loaded again."""
        self.socket, self.tab = socket, tab
        self.waiting: deque[Message] = deque()
        self.work = asyncio.Event()
        self.picture = asyncio.Event()
        self.seen = asyncio.Event()
        self.rows = asyncio.Event()
        self.sent = self.acknowledged = self.dealt_with = 0
        self._sending = asyncio.Lock()

    async def send(self, what: dict[str, Any] | str | bytes) -> None:
        """Send one message; of a page that went away nothing is expected."""
        async with self._sending:
            if self.socket.closed:
                return
            with contextlib.suppress(ConnectionError):
                if isinstance(what, bytes):
                    await self.socket.send_bytes(what)
                elif isinstance(what, str):
                    await self.socket.send_str(what)
                else:
                    await self.socket.send_str(json.dumps(what, ensure_ascii=False))

    async def wants_to_go_on(self) -> bool:
        """Whether its person says so, who was told that the review is open elsewhere."""
        async for answer in self.socket:
            if answer.type is WSMsgType.TEXT and answer.data == '{"do":"take"}':
                return True
        return False


async def is_set(event: asyncio.Event, within_s: float | None) -> bool:
    """Wait for an event, for so long; whether it came.

    `asyncio.wait_for` of Python before 3.12 loses a cancellation that comes with the event: the
    page was gone then, and its sender waited on.
    """
    waiting = asyncio.ensure_future(event.wait())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=within_s)
        return bool(done)
    finally:
        waiting.cancel()
