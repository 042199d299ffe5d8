"""The page and the desk, tied together: messages in, rows and pictures out, one page at a time.

A picture goes out when the one before it has been seen, so a slow page gets fewer pictures and
never late ones.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from EchoMeasureLib.desk.keys import KEYS
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.texts import trace_without_words
from EchoMeasureLib.web.commands import asks_for_name, run
from EchoMeasureLib.web.messages import Message
from EchoMeasureLib.web.open_page import OpenPage, is_set
from EchoMeasureLib.web.page_keys import HELP, PAGE_KEYS
from EchoMeasureLib.web.playing import played
from EchoMeasureLib.web.rows import Rows
from EchoMeasureLib.web.view import CURSOR_NAMES, MOVING, STILL

if TYPE_CHECKING:
    from collections.abc import Callable

    from EchoMeasureLib.web.sitting import Sitting

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 64 * 1024
MOST_WAITING = 512
"""Messages that nobody has dealt with yet; a page that sends faster is no person's."""

MOST_A_SECOND = 1000

CLOSING_S = 2.0
"""A page that does not answer that it closes is gone after so long."""

UNSEEN_PICTURES = 2
"""Pictures on their way at a time."""

STILL_AFTER_S = 0.25
"""After so long without another picture it is sent once more, finely."""

ROWS_EVERY_S = 0.04

HEADER = struct.Struct(">IiIB3x")
"""Before every picture: its number, the frame, the number of the last message dealt with, the
cursor."""

QUESTION = "Your initials? Every decision is signed with them."
ELSEWHERE = "This review is open in another window of the browser."
TAKEN = "This review was opened in another window, and goes on there."
FLOOD = "The page sent more than anybody can ask for, and was cut off. Load it again."
UNKNOWN = "EchoMeasure met an error it does not know. The review is kept."


class Link:
    """The page that is open now, if one is."""

    def __init__(self, sitting: Sitting, changed: Callable[[], None]) -> None:
        """`changed`: called when a page came or went."""
        self._sitting = sitting
        self._changed = changed
        self._rows = Rows(sitting)
        self._page: OpenPage | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self.pictures = 0
        """How many were sent since the start."""
        sitting.desk.topics.subscribe(self._heard)
        sitting.downloads.tell = lambda: self._stale("exports")
        sitting.tell_picture = self._picture_changed
        sitting.tell_said = self._say

    @property
    def open(self) -> bool:
        """Whether a page is open."""
        return self._page is not None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One page from its first message to its last."""
        socket = web.WebSocketResponse(
            max_msg_size=LONGEST_MESSAGE, heartbeat=20, compress=False, timeout=CLOSING_S
        )
        await socket.prepare(request)
        page = OpenPage(socket, request.query.get("tab", "")[:64])
        if not await self._gets_in(page):
            return socket
        self._begin(page)
        tasks = [
            asyncio.create_task(work(page))
            for work in (self._deal, self._send_pictures, self._send_rows)
        ]
        try:
            await self._receive(page)
        finally:
            self._end(page)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Let the page know that the server ends."""
        page = self._page
        if page is not None:
            await page.send({"ended": "EchoMeasure has ended. Nothing is lost."})
            await page.socket.close(code=WSCloseCode.GOING_AWAY)
        for job in self._jobs:
            job.cancel()

    # One page at a time

    async def _gets_in(self, page: OpenPage) -> bool:
        """A second page is told that it is one; whether its person wants to go on there."""
        before = self._page
        if before is None:
            return True
        if not page.tab or page.tab != before.tab:
            await page.send({"refused": ELSEWHERE})
            if not await page.wants_to_go_on():
                return False
        await self._turn_away(TAKEN, WSCloseCode.OK)
        return True

    async def _turn_away(self, why: str, code: WSCloseCode) -> None:
        """The page that is open is told why it is no longer."""
        page = self._page
        if page is not None:
            self._end(page)
            await page.send({"refused": why})
            await page.socket.close(code=code)

    def _begin(self, page: OpenPage) -> None:
        self._page = page
        self._rows.again()
        page.rows.set()
        page.picture.set()
        self._changed()

    def _end(self, page: OpenPage) -> None:
        if self._page is page:
            self._page = None
            # A page that is loaded again in the middle of a drag never sends its end.
            self._sitting.window.release_all()
            self._changed()

    # In

    async def _receive(self, page: OpenPage) -> None:
        second, count = time.monotonic(), 0
        async for item in page.socket:
            if item.type is not WSMsgType.TEXT:
                await self._turn_away(FLOOD, WSCloseCode.UNSUPPORTED_DATA)
                return
            now = time.monotonic()
            if now - second >= 1:
                second, count = now, 0
            count += 1
            if count > MOST_A_SECOND or len(page.waiting) >= MOST_WAITING:
                page.waiting.clear()
                await self._turn_away(FLOOD, WSCloseCode.POLICY_VIOLATION)
                return
            try:
                message = Message.parse(item.data)
                if message.do == "seen":
                    page.acknowledged = max(page.acknowledged, message.whole("picture"))
                    page.seen.set()
                    continue
                if message.do == "here":
                    self._tell({"here": True})
                    continue
            except InvalidArgument as error:
                self._say(str(error))
                continue
            page.waiting.append(message)
            page.work.set()

    async def _deal(self, page: OpenPage) -> None:
        """Do what the page asks for, in turn; of many moves in a row only the last."""
        while True:
            await page.work.wait()
            page.work.clear()
            while page.waiting:
                message = page.waiting.popleft()
                if not (_is_move(message) and page.waiting and _is_move(page.waiting[0])):
                    self._do(message)
                    page.dealt_with += 1
                    self._stale("view")
                    await asyncio.sleep(0)
                else:
                    page.dealt_with += 1

    def _do(self, message: Message) -> None:
        try:
            if asks_for_name(self._sitting, message):
                self._tell({"ask": QUESTION, "then": message.fields})
            elif message.do == "export":
                self._export()
            elif message.do == "play":
                self._tell({"play": played(self._sitting)})
            else:
                run(self._sitting, message)
        except EchoMeasureError as error:
            self._say(str(error))
        except Exception as error:  # noqa: BLE001 - one step that fails must not end the sitting
            log.error("A message of the page failed: %s", trace_without_words(error))
            self._say(UNKNOWN)

    def _export(self) -> None:
        sitting = self._sitting

        async def make() -> None:
            try:
                await sitting.downloads.make(sitting.wish)
            except EchoMeasureError as error:
                self._say(str(error))

        job = asyncio.create_task(make())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    # Out

    async def _send_pictures(self, page: OpenPage) -> None:
        window, quality = self._sitting.window, MOVING
        while True:
            fine = quality == STILL
            another = await is_set(page.picture, None if fine else STILL_AFTER_S)
            quality = MOVING if another else STILL
            while page.sent - page.acknowledged >= UNSEEN_PICTURES:
                page.seen.clear()
                await page.seen.wait()
            page.picture.clear()
            dealt_with, frame = page.dealt_with, self._sitting.desk.study.frame
            data = window.picture(quality)
            page.sent += 1
            self.pictures += 1
            cursor = CURSOR_NAMES.index(window.cursor)
            await page.send(HEADER.pack(page.sent, frame, dealt_with, cursor) + data)
            # What is written in it while a point is dragged is told in words too.
            self._stale("frame", "view")

    async def _send_rows(self, page: OpenPage) -> None:
        await page.send({"keys": {**KEYS, **PAGE_KEYS}, "help": [list(line) for line in HELP]})
        while True:
            await page.rows.wait()
            page.rows.clear()
            if news := self._rows.news():
                await page.send(news)
            await asyncio.sleep(ROWS_EVERY_S)

    def _heard(self, topic: Any) -> None:
        self._rows.heard(topic)
        if self._page is not None:
            self._page.rows.set()

    def _stale(self, *names: str) -> None:
        self._rows.stale(*names)
        if self._page is not None:
            self._page.rows.set()

    def _picture_changed(self) -> None:
        if self._page is not None:
            self._page.picture.set()

    def _say(self, text: str) -> None:
        self._tell({"said": text})

    def _tell(self, what: dict[str, Any]) -> None:
        if self._page is not None:
            job = asyncio.create_task(self._page.send(what))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)


def _is_move(message: Message) -> bool:
    return message.do == "mouse" and message.fields.get("kind") == "move"
