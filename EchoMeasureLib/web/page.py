"""The files of the page: fixed ones of this package, named here, and nothing else.

No text of a user or a file is ever written into them: it comes through the link, and the page
shows it as text.
"""

from __future__ import annotations

from importlib import resources

from aiohttp import web

KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Every file of the page by its address, with its type; the page itself is `/`."""
    found = {}
    for item in (resources.files("EchoMeasureLib.web") / "static").iterdir():
        kind = KINDS.get(item.name[item.name.rfind(".") :])
        if kind is not None:
            path = "/" if item.name == "index.html" else f"/static/{item.name}"
            found[path] = item.read_bytes(), kind
    return found


def static_file(name: str) -> bytes:
    """One file of the page."""
    return (resources.files("EchoMeasureLib.web") / "static" / name).read_bytes()


def add_page(app: web.Application) -> None:
    """Serve them. An address is looked up in a table: there is no path to a file in it."""
    files = page_files()

    async def answer(request: web.Request) -> web.Response:
        data, kind = files[request.path]
        return web.Response(body=data, content_type=kind, charset="utf-8")

    for path in files:
        app.router.add_get(path, answer)
