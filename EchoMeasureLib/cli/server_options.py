"""Which server a command asks, and for which studies."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.errors import InvalidArgument

if TYPE_CHECKING:
    from EchoMeasureLib.pacs.configuration import ServerSettings
    from EchoMeasureLib.pacs.queries import Query

ANY = "any"
"""In the place of a modality."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="file of servers (default: $ECHOMEASURE_PACS, then servers.toml in the user's data "
        "folder)",
    )


def add_server(parser: argparse.ArgumentParser) -> None:
    """Add the server and `--config`."""
    parser.add_argument("server", metavar="SERVER", help="its name in the file of servers")
    add_config(parser)


def settings_of(args: argparse.Namespace) -> ServerSettings:
    """The server that is named. Raises as `read_config`, and `InvalidArgument`."""
    from EchoMeasureLib.pacs.configuration import config_path, read_config

    return read_config(config_path(args.config)).server(args.server)


def add_query(parser: argparse.ArgumentParser) -> None:
    """Add what says which studies are meant."""
    add = parser.add_argument
    add("--from", type=_day, dest="first", metavar="DAY", help="not before 2026-03-01")
    add("--to", type=_day, dest="last", metavar="DAY", help="not after 2026-03-02")
    add("--days", type=int, metavar="N", help="of the last N days, today among them")
    add(
        "--modality",
        default="US",
        metavar="CODE",
        help=f"US (default), SR, ..., or {ANY}",
    )
    add("--patient-id", default="", metavar="ID", help="may have the wildcards * and ?")
    add("--accession", default="", metavar="NUMBER", help="of the examination; may have wildcards")
    add("--study", action="append", default=[], metavar="UID", help="may be given several times")


def modality_of(args: argparse.Namespace) -> str:
    """The modality; empty for any."""
    return "" if args.modality.lower() == ANY else str(args.modality).upper()


def queries_of(args: argparse.Namespace) -> list[Query]:
    """One query, or one for each study that is named. Raises `InvalidArgument`."""
    from EchoMeasureLib.pacs.queries import Query

    first, last = args.first, args.last
    if args.days is not None:
        if first or last or not 0 < args.days < 40_000:
            raise InvalidArgument("--days is a number from 1 on, and goes with no other days.")
        first = datetime.date.today() - datetime.timedelta(days=args.days - 1)
    asked = (first, last, modality_of(args), args.patient_id, args.accession)
    return [Query(*asked, study) for study in args.study or [""]]


def say_left_out(count: int) -> None:
    """What a server names without a UID is said and left out."""
    from EchoMeasureLib.pacs.queries import left_out_words

    say(left_out_words(count))


def is_open(args: argparse.Namespace) -> bool:
    """Whether nothing is said that would leave a study out but its modality."""
    return not any((args.first, args.last, args.days, args.patient_id, args.accession, args.study))


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no day; write year, month and day as in 2026-03-01"
        ) from None
