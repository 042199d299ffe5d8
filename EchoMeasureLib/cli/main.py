"""The `echomeasure` command."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import chain
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY, __version__
from EchoMeasureLib.cli.common import EXIT_CODES, FAILED, exit_code
from EchoMeasureLib.cli.streams import Stopped, asked_to_stop, prepared_streams, print_lines, say
from EchoMeasureLib.errors import EchoMeasureError, needed_for
from EchoMeasureLib.progress import Cancelled

SUBCOMMANDS = (
    "info",
    "quality",
    "value",
    "measure",
    "batch",
    "cohort",
    "beats",
    "review",
    "serve",
    "derive",
    "report",
    "export",
    "sr",
    "agreement",
    "pacs",
    "weights",
    "phantom",
    "train",
)

EXAMPLES = """examples:
  echomeasure info echo.dcm
  echomeasure value echo.dcm -m aorta --points 629,319 689,435
  echomeasure measure echo.dcm -m lvid -m ivs --frames 0:60:5 --out results
  echomeasure batch study-folder --out cohort
  echomeasure beats results/measurements.json
  echomeasure derive results/measurements.json --sex F --age 62
  echomeasure report review.json --out report.html
  echomeasure export sr review.json --template 1500 --out report.dcm
  echomeasure review init echo.dcm --out review.json -m lvid -m ivs
  echomeasure weights list
"""


CHECK = "Check the name, and who may use its folder."

_NEGATIVE_FIRST = re.compile(r"-\.?\d[^,:]*[,:].*")


class _Parser(argparse.ArgumentParser):
    """Prints as the commands do: harmless for the terminal, and also where there is none."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A point such as -5,100 is no option: argparse knows single negative numbers only."""
        words = chain.from_iterable(map(self._parted, sys.argv[1:] if args is None else args))
        # What begins with a space is an argument to argparse, and the same number to float.
        said = [f" {word}" if _NEGATIVE_FIRST.fullmatch(word) else word for word in words]
        return super().parse_known_args(said, namespace)

    def _parted(self, word: str) -> tuple[str, ...]:
        """--points=1,2 as --points 1,2: after = argparse takes one word, whatever follows."""
        name, _, value = word.partition("=")
        if not value or (value.startswith("-") and not _NEGATIVE_FIRST.fullmatch(value)):
            return (word,)
        options = self._option_string_actions.items()
        takes = [action.nargs for option, action in options if option.startswith(name)]
        several = name.startswith("--") and any(n not in (None, 0, 1, "?") for n in takes)
        return (name, value) if several else (word,)

    def _print_message(self, message: str, file: object = None) -> None:
        lines = message.splitlines()
        if file is not None and file is sys.stdout:
            print_lines(lines)
        else:
            for line in lines:
                say(line)


def build_parser(subcommands: Sequence[str] = SUBCOMMANDS) -> argparse.ArgumentParser:
    """The parser of the whole command, or of some subcommands of it.

    What a subcommand needs is imported when its parser is made, which takes its time.
    """
    parser = _Parser(
        prog="echomeasure",
        description=f"Measurements on echocardiograms. {RESEARCH_USE_ONLY}",
        epilog=f"{EXAMPLES}\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"EchoMeasure {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in subcommands:
        import_module(f"EchoMeasureLib.cli.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    with prepared_streams():
        try:
            with asked_to_stop():
                args = build_parser(_needed(words)).parse_args(words)
                with needed_for(f"`echomeasure {args.command}`"):
                    return int(args.run(args))
        except EchoMeasureError as error:
            say(f"echomeasure: {error}")
            return exit_code(error)
        except (Cancelled, KeyboardInterrupt):
            say("echomeasure: stopped.")
            return 130
        except Stopped as stop:
            say("echomeasure: stopped.")
            return stop.exit_code
        except BrokenPipeError:
            # The reader of a pipe went away; that is its right.
            return FAILED
        except OSError as error:
            # Where a name is too long or a folder closed even asking whether it is there fails.
            if error.errno is None or not isinstance(error.filename, str):
                raise
            say(f"echomeasure: {error.filename} cannot be used ({error.strerror}). {CHECK}")
            return FAILED
        except MemoryError:
            say("echomeasure: the machine ran out of memory. Close other programs.")
            return FAILED


def _needed(words: Sequence[str]) -> Sequence[str]:
    """The subcommand that is named; all of them where none is, as for the help."""
    first = words[0] if words else ""
    if first in SUBCOMMANDS:
        return (first,)
    return () if first == "--version" else SUBCOMMANDS


if __name__ == "__main__":
    sys.exit(main())
