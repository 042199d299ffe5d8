"""`echomeasure weights`: which weights there are, installing and checking them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED, NO_WEIGHTS, progress_bar
from EchoMeasureLib.cli.streams import print_json, print_lines, say
from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.inference.weight_store import Store, WeightsState
from EchoMeasureLib.progress import Progress

EPILOG = f"""The published weights of EchoNet-Measurements are not part of EchoMeasure: they carry
no licence. Get them from their authors and install them from the folder or the release:

  echomeasure weights install ~/measurements/weights
  echomeasure weights install https://github.com/echonet/measurements/releases/tag/v1
  echomeasure weights list
  echomeasure weights verify
  echomeasure weights quantise --frames clips/*.dcm

{EXIT_CODES}"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "weights",
        help="list, install and verify the weights of the networks",
        description="List, install and verify the weights of the networks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="which weights each measurement would use")
    verify = actions.add_parser(
        "verify", help="load every network that is there and say what is wrong"
    )
    for action in (listing, verify):
        action.add_argument("--weights", type=Path, metavar="DIR", help="look only in this folder")
        action.add_argument("--json", action="store_true", help="print JSON only")
    install = actions.add_parser(
        "install", help="copy or download the published weights, verified by their SHA-256"
    )
    install.add_argument("source", help="a folder, a .zip or .tar file, or an http(s) address")
    install.add_argument(
        "--to", type=Path, metavar="DIR", help="where to (default: the user's data folder)"
    )
    small = actions.add_parser(
        "quantise",
        help="make networks in 8-bit integers from your frames, and keep those that find the same",
    )
    small.add_argument("--weights", type=Path, metavar="DIR", help="of the networks in this folder")
    small.add_argument(
        "--frames", nargs="+", type=Path, required=True, metavar="FILE", help="images to learn from"
    )
    small.set_defaults(run=run_quantise)
    listing.set_defaults(run=run_list)
    verify.set_defaults(run=run_verify)
    install.set_defaults(run=run_install)


def run_list(args: argparse.Namespace) -> int:
    """Print what the store finds for each measurement."""
    return _show(args, list(Store(args.weights).states()))


def run_verify(args: argparse.Namespace) -> int:
    """Load every network; exit code 4 when a file that is there cannot be used."""
    states = []
    with progress_bar() as monitor:
        for done, state in enumerate(Store(args.weights).states()):
            monitor(Progress(done, len(NETWORKED), f"verifying {state.measurement}"))
            states.append(_verified(state))
    return _show(args, states)


def _verified(state: WeightsState) -> WeightsState:
    from EchoMeasureLib.inference.networks import load_network

    if state.checkpoint is None:
        return state
    try:
        load_network(state.checkpoint, state.measurement)
    except WeightsProblem as problem:
        return WeightsState(state.measurement, None, str(problem))
    return state


def _show(args: argparse.Namespace, states: list[WeightsState]) -> int:
    if args.json:
        print_json([_record(state) for state in states])
    else:
        print_lines(map(_line, states))
    usable = sum(state.checkpoint is not None for state in states)
    if not args.json:
        say(f"{usable} of {len(states)} measurements have weights.")
    return DONE if usable == len(states) or (args.action == "list" and usable) else NO_WEIGHTS


def _line(state: WeightsState) -> str:
    found = state.checkpoint
    if found is None:
        return f"{state.measurement:<12} none      {state.problem}"
    return f"{state.measurement:<12} {found.set:<9} {found.sha256[:12]}  {found.path}"


def _record(state: WeightsState) -> dict[str, Any]:
    found = state.checkpoint
    return {
        "measurement": state.measurement,
        "set": found.set.value if found else None,
        "file": str(found.path) if found else None,
        "sha256": found.sha256 if found else None,
        "problem": state.problem,
    }


def run_quantise(args: argparse.Namespace) -> int:
    """Quantise what the files allow; exit code 1 when nothing was accepted."""
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.measuring.quantised import quantise

    kept = 0
    with progress_bar() as monitor:
        outcomes = list(
            quantise([read(file) for file in args.frames], Store(args.weights), monitor)
        )
    for one in outcomes:
        kept += not one.why_not
        far = f"{one.median_px:.2f} px in the median, {one.p95_px:.2f} at 95 %"
        moved = f"{far} of {one.landmarks}; " if one.landmarks else ""
        said = f"stays as it is. {one.why_not}" if one.why_not else "is accepted in int8"
        names = ", ".join(one.measurements)
        print_lines([f"{one.checkpoint.path.name} ({names}): {moved}{said}"])
    return DONE if kept else FAILED


def run_install(args: argparse.Namespace) -> int:
    """Fetch the published weights; exit code 4 when some of them are damaged."""
    from EchoMeasureLib.inference.install import install

    with progress_bar() as monitor:
        done = install(args.source, args.to, monitor)
    groups = {
        "Installed": done.installed,
        "Already there": done.present,
        "Not in the source": done.missing,
    }
    for id, problem in done.problems.items():
        say(f"{id}: {problem}")
    print_lines(f"{title}: {', '.join(ids)}" for title, ids in groups.items() if ids)
    print_lines([f"Weights are in {done.folder}"])
    return NO_WEIGHTS if done.problems else DONE
