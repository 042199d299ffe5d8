"""A connection that breaks, and one that falls silent: the person is told, and it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import WebSocketRoute, expect
from served_review import ServedReview
from waiting import wait_until

if TYPE_CHECKING:
    from .conftest import PageUser


def test_what_is_done_while_the_connection_is_away_is_told_not_to_be(
    served: ServedReview, visit: Callable[[str], PageUser]
) -> None:
    """The page's socket goes through the test, which cuts it, and later keeps all to itself.

    Its clock and its socket are the test's until the end, so no other test may go on with it.
    """
    user = visit(served.address)
    page, listens = user.page, [True]
    ways: list[tuple[WebSocketRoute, WebSocketRoute]] = []
    came: list[int] = []

    def between(way: WebSocketRoute) -> None:
        server = way.connect_to_server()
        ways.append((way, server))
        number = len(ways)

        def to_page(message: str | bytes) -> None:
            came.append(number)
            way.send(message)

        way.on_message(lambda message: server.send(message) if listens[0] else None)
        server.on_message(to_page)

    def cut() -> None:
        for side in ways[-1]:
            side.close()

    page.clock.install()
    page.route_web_socket("**/link*", between)
    page.reload()
    user.seen()
    # Time goes on until it stands still, and a busy machine may take seconds for that.
    page.clock.pause_at(page.evaluate("Date.now()") + 10_000)
    cut()
    page.keyboard.press("d")
    expect(page.locator("#said")).to_contain_text("interrupted: that was not done")
    page.clock.resume()
    wait_until(lambda: 2 in came, "another try", lambda s: page.wait_for_timeout(1000 * s))
    listens[0] = False
    page.clock.run_for(60_000)
    expect(page.locator("#gone")).to_contain_text("does not answer")
    listens[0] = True
    cut()
    expect(page.locator("#gone")).to_be_hidden()
