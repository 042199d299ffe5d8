"""`echomeasure serve`: the review in a browser of this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.streams import print_lines, say
from EchoMeasureLib.errors import UnreadableFile, needed_for

EPILOG = f"""Without a target a phantom study opens, made on this machine. A folder is shown with
all images that lie in it; the page opens those and no other files.
The page is served to this machine alone, at a random port, and to whoever has the address, which
opens once. What is done is saved by itself; the command ends some minutes after the page was
closed, or with Ctrl-C.

examples:
  echomeasure serve
  echomeasure serve study-folder
  echomeasure serve review.json --no-browser

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "serve",
        help="the review in a browser of this machine",
        description=f"The review in a browser of this machine. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("target", type=Path, nargs="?", metavar="FILE|FOLDER|REVIEW", help="what to open")
    add("--port", type=int, default=0, metavar="N", help="port to listen on (default: a free one)")
    add("--no-browser", action="store_true", help="only print the address")
    add("--keep", action="store_true", help="go on when the page is closed")
    add(
        "--listen",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; beyond this machine it needs --certificate and --password-file",
    )
    add("--certificate", type=Path, metavar="PEM", help="certificate of the server, for TLS")
    add("--key", type=Path, metavar="PEM", help="its private key, where it is a file of its own")
    add("--password-file", type=Path, metavar="FILE", help="file with the password to ask for")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve, and print the address."""
    with needed_for("`echomeasure serve`"):
        from EchoMeasureLib.web.serve import ServeSettings, serve
    settings = ServeSettings(
        args.listen, args.port, args.keep, args.certificate, args.key, _password(args.password_file)
    ).checked()

    def tell(address: str) -> None:
        print_lines([address])
        if not args.no_browser and not opened:
            opened.append(address)
            _open(address)

    opened: list[str] = []
    serve(args.target, settings, tell)
    say("The review is saved.")
    return DONE


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"The file of the password cannot be read: {path}.") from error


def _open(address: str) -> None:
    """In the default browser, which may take its time; the address is printed in any case."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
