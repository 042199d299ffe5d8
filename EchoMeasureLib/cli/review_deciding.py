"""One decision about a saved review: images opened, done, saved, and what it changed printed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from EchoMeasureLib.cli.common import DONE
from EchoMeasureLib.cli.review_showing import print_entries
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.review.document import read_document
from EchoMeasureLib.review.image_files import open_image
from EchoMeasureLib.review.on_disk import changed
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.together import TOGETHER

Arguments = argparse.Namespace
Parser = argparse.ArgumentParser

Act = Callable[[Review, Arguments], Sequence[str]]
"""What is done to a review; gives ids or keys of what it is about."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One subcommand: what it takes, and what it does to a review."""

    name: str
    what: str
    arguments: Callable[[Parser], None]
    act: Act
    """Does it, and gives the ids of the calipers to be shown afterwards."""
    opens: Act | None = None
    """Keys of the images that have to be open for it; None where numbers do not change."""
    epilog: str = ""
    """What else there is to know, for `--help`."""


def run_decision(args: Arguments) -> int:
    """Decide, save, and print the calipers as they are now."""
    decision: Decision = args.decision
    opened: dict[str, Cine] = {}

    def act(review: Review) -> tuple[Review, Sequence[str]]:
        for key in decision.opens(review, args) if decision.opens else ():
            if key not in opened:
                opened[key] = open_image(key, args.file, args.review.resolve().parent)
            review.add_cine(opened[key])
        together = getattr(args, "all_unflagged", False)
        with review.step(TOGETHER if together else decision.name):
            return review, decision.act(review, args)

    before = read_document(args.review)
    review, ids = changed(args.review, args.reviewer, act)
    if review.reviewer not in before.layers:
        others = " and ".join(name for name in before.layers if name != NOBODY)
        without = f", without what {others} decided" if others else ""
        say(f"{review.reviewer} begins a review with the calipers that were found{without}.")
    print_entries(args, review, ids)
    return DONE
