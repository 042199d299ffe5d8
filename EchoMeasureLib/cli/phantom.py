"""`echomeasure phantom`: synthetic studies with known truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import NETWORKED, definition
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, progress_bar
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS, find_layout

EPILOG = f"""Each study is a real ultrasound DICOM file NAME.dcm with NAME.truth.json beside it.
The same seed gives the same bytes. Layouts: {", ".join(LAYOUTS)}
Oddities of real files are added with a plus: {", ".join(quirk.value for quirk in Quirk)}

examples:
  echomeasure phantom phantoms
  echomeasure phantom phantoms --measurement lvid --layout 768x1024 --count 5
  echomeasure phantom phantoms --measurement mvpeak --measurement trvmax --seed 42
  echomeasure phantom phantoms -m trvmax --layout 768x1024+inverted+no-reference

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "phantom",
        help="write synthetic studies with known truth",
        description="Write synthetic ultrasound studies with known truth, as real DICOM.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, help="folder for the files")
    parser.add_argument("--seed", type=int, default=0, help="first seed (default 0)")
    parser.add_argument(
        "--measurement",
        "-m",
        action="append",
        dest="measurements",
        metavar="ID",
        help="what the studies show; may be given several times (default: every measurement)",
    )
    parser.add_argument("--layout", metavar="NAME", help="screen layout (default: by the seed)")
    parser.add_argument(
        "--count", type=int, default=1, metavar="N", help="studies per measurement (default 1)"
    )
    parser.add_argument("--json", action="store_true", help="print the files as JSON only")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the studies and name the files."""
    from EchoMeasureLib.files import make_folder
    from EchoMeasureLib.phantoms.generate import iter_generate

    if args.layout is not None:
        find_layout(args.layout)
    if args.count < 1 or args.seed < 0:
        raise InvalidArgument("--count must be at least 1 and --seed at least 0.")
    ids = tuple(dict.fromkeys(args.measurements or NETWORKED))
    for id in ids:
        definition(id)
    folder = make_folder(args.out)
    written: list[dict[str, Any]] = []
    with progress_bar() as monitor:
        studies = iter_generate(
            ids,
            folder,
            layout=args.layout,
            first_seed=args.seed,
            count=args.count,
            monitor=monitor,
        )
        for study, dicom, truth in studies:
            written.append(
                {
                    "file": str(dicom),
                    "truth": str(truth),
                    "measurements": list(study.measurements),
                    "layout": study.layout.name,
                    "seed": study.seed,
                }
            )
    if args.json:
        print_json(written)
    else:
        print_lines(
            f"{line['file']}  {', '.join(line['measurements']) or 'no measurement in its truth'}"
            for line in written
        )
        say(f"{len(written)} studies with their truth in {folder}")
    return DONE
