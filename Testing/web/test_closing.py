"""A page that goes away while something comes for it leaves nothing behind that waits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from EchoMeasureLib.web.open_page import is_set


def _ran(words: Coroutine[Any, Any, bool]) -> bool:
    """In a thread of its own: the driver of the browser has a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, words).result()


@pytest.mark.parametrize("turns", range(6))
def test_who_is_cancelled_while_the_event_comes_ends(turns: int) -> None:
    async def cancelled() -> bool:
        event = asyncio.Event()
        task = asyncio.ensure_future(_twice(event))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        event.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        return task in done and task.cancelled()

    assert _ran(cancelled())


async def _twice(event: asyncio.Event) -> None:
    await is_set(event, 300)
    event.clear()
    await is_set(event, None)


def test_an_event_comes_or_not() -> None:
    async def both() -> bool:
        event = asyncio.Event()
        late = await is_set(event, 0)
        event.set()
        return not late and await is_set(event, None)

    assert _ran(both())
