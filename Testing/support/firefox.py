"""Firefox without a window, driven over WebDriver BiDi: stock Firefox needs no other driver."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

NAMES = ("firefox-esr", "firefox")

WAIT_S = 40.0

QUIET = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
}
"""Nothing but the page is asked for."""


def find_firefox() -> str | None:
    """The program, where there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Firefox:
    """One window with one page. Keys and mouse are those of the browser, not scripts."""

    def __init__(self, program: str, width: int = 1280, height: int = 800) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="echomeasure-firefox-")
        words = [program, "--headless", "--no-remote", "--profile", self._folder.name]
        words += ["--remote-debugging-port", "0", "--width", str(width), "--height", str(height)]
        quiet = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in QUIET.items())
        (Path(self._folder.name) / "user.js").write_text("\n".join(quiet))
        self._log = (Path(self._folder.name) / "log").open("w")
        self._process = subprocess.Popen(
            [*words, "about:blank"], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count(1)
        self._size = width, height

    def __enter__(self) -> Firefox:
        self._loop.run_until_complete(self._connect())
        self.send("session.new", capabilities={})
        (first,) = self.send("browsingContext.getTree")["contexts"]
        self._page = first["context"]
        self.send("browsingContext.activate", context=self._page)
        width, height = self._size
        self.send(
            "browsingContext.setViewport",
            context=self._page,
            viewport={"width": width, "height": height},
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.run_until_complete(self._close())
        self._process.terminate()
        self._process.wait(60)
        self._loop.close()
        self._log.close()
        self._folder.cleanup()

    def send(self, method: str, **params: Any) -> Any:
        """One command of WebDriver BiDi; its result."""
        return self._loop.run_until_complete(self._send(method, params))

    def go(self, address: str) -> None:
        """Open an address."""
        self.send("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def ask(self, script: str) -> Any:
        """The value of an expression in the page: a text, a number or a truth."""
        answer = self.send(
            "script.evaluate",
            expression=script,
            target={"context": self._page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + WAIT_S
        while not self.ask(script):
            assert time.monotonic() < deadline, f"not in the page: {script}"
            time.sleep(0.1)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, with Shift where they say so."""
        actions = []
        for key in keys:
            shift, _, name = key.rpartition("+")
            value = KEYS.get(name, name)
            held = [{"type": "keyDown", "value": KEYS["Shift"]}] if shift else []
            let_go = [{"type": "keyUp", "value": KEYS["Shift"]}] if shift else []
            one = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
            actions += [*held, *one, *let_go]
        self._act({"type": "key", "id": "keys", "actions": actions})

    def drag(self, *places: tuple[float, float]) -> None:
        """Press the left button at the first place, and let go at the last."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20} for x, y in places
        ]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._act({"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]})

    def click(self, id: str) -> None:
        """Press the mouse on it. In a Firefox without a window keys press no button."""
        self.ask(f"document.getElementById('{id}').scrollIntoView({{block: 'center'}})")
        place = f"document.getElementById('{id}').getBoundingClientRect()"
        x, y = (
            self.ask(f"{place}.x + {place}.width / 2"),
            self.ask(f"{place}.y + {place}.height / 2"),
        )
        self.drag((x, y), (x, y))

    def _act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self._page, actions=[source])

    async def _connect(self) -> None:
        deadline = time.monotonic() + WAIT_S
        log = Path(self._log.name)
        while "BiDi listening on " not in (said := log.read_text(errors="replace")):
            assert time.monotonic() < deadline, f"Firefox does not start: {said}"
            await asyncio.sleep(0.1)
        where = said.partition("BiDi listening on ")[2].split()[0]
        self._session = aiohttp.ClientSession()
        self._link = await self._session.ws_connect(f"{where}/session", max_msg_size=0)

    async def _close(self) -> None:
        await self._link.close()
        await self._session.close()

    async def _send(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._numbers)
        await self._link.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = json.loads((await self._link.receive(WAIT_S)).data)
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]


KEYS = {
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Tab": "\ue004",
    "Shift": "\ue008",
    "Left": "\ue012",
    "Up": "\ue013",
    "Right": "\ue014",
    "Down": "\ue015",
}
"""As WebDriver writes those that are no sign."""
