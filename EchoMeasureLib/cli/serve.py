"""`echomeasure serve`: the review in a browser of this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED, progress_bar
from EchoMeasureLib.cli.server_options import add_config
from EchoMeasureLib.cli.streams import print_lines, say
from EchoMeasureLib.errors import UnreadableFile, needed_for

EPILOG = f"""Without a target a phantom study opens, made on this machine. A folder is shown with
all images that lie in it; the page opens those and no other files. The address of a study on a
DICOMweb server (SERVER/studies/UID, SERVER being the url of one in the file of servers) has its
ultrasound fetched into a folder that is removed at the end; the review stays.
The page is served to this machine alone, at a random port, and to whoever has the address, which
opens once. What is done is saved by itself; the command ends some minutes after the page was
closed, or with Ctrl-C.

examples:
  echomeasure serve
  echomeasure serve study-folder
  echomeasure serve review.json --no-browser
  echomeasure serve https://pacs.example.org/dicom-web/studies/1.2.840.99.7

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
    add("target", nargs="?", metavar="FILE|FOLDER|REVIEW|ADDRESS", help="what to open")
    add_config(parser)
    add("--port", type=int, default=0, metavar="N", help="port to listen on (default: a free one)")
    add("--no-browser", action="store_true", help="only print the address")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--keep", action="store_true", help="go on when the page is closed")
    ends.add_argument(
        "--end-after",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="end so long after the page was closed (default: 120)",
    )
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
        args.listen,
        args.port,
        args.keep,
        args.end_after,
        args.certificate,
        args.key,
        _password(args.password_file),
    ).checked()

    def tell(address: str) -> None:
        print_lines([address])
        if not args.no_browser and not opened:
            opened.append(address)
            _open(address)

    opened: list[str] = []
    with _opened(args.target, args.config) as target:
        trouble = serve(target, settings, tell)
    say(f"The last that was done is lost. {trouble}" if trouble else "The review is saved.")
    return FAILED if trouble else DONE


@contextmanager
def _opened(target: str | None, config: Path | None) -> Iterator[Path | None]:
    """What is served: a path as it is, and a study on a server as a folder, there until the end."""
    from EchoMeasureLib.pacs.study_address import is_address, study_for_now

    if target is None or not is_address(target):
        yield None if target is None else Path(target)
        return
    from EchoMeasureLib.pacs.configuration import config_path, read_config

    with ExitStack() as stack:
        servers = read_config(config_path(config))
        with progress_bar() as monitor:
            folder = stack.enter_context(study_for_now(target, servers, monitor))
        yield folder


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
