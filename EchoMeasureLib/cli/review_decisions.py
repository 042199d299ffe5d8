"""What a reviewer can decide from a script: the operations of `Review`, one subcommand each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.cli.common import point
from EchoMeasureLib.cli.person_options import UNSETTING, add_person, examination_of, subject_of
from EchoMeasureLib.cli.review_deciding import Act, Arguments, Decision, Parser
from EchoMeasureLib.cli.review_showing import image_numbered
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.review.answers import answers_of
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.together import accept_together, unflagged

PHASES = [phase.value for phase in Phase]


def _ids(parser: Parser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help="calipers, such as lvid-f12")


def _ids_and_reason(parser: Parser) -> None:
    _ids(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why")


def _one(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="a caliper, such as lvid-f12")


def _image(parser: Parser) -> None:
    parser.add_argument(
        "--image", type=int, metavar="N", help="number of the image, from 1 (default: the only one)"
    )


def _points(parser: Parser) -> None:
    parser.add_argument(
        "--points",
        required=True,
        nargs="+",
        type=point,
        metavar="X,Y",
        help="one or two points in source pixels, or those of a traced edge, in the order of "
        "`echomeasure value`",
    )


def _accepting(parser: Parser) -> None:
    ids = parser.add_argument(
        "ids", nargs="+", default=[], metavar="ID", help="calipers, such as lvid-f12"
    )
    # With nargs="*" Python before 3.12.7 refuses those that come after an option.
    ids.required = False
    parser.add_argument(
        "--all-unflagged",
        action="store_true",
        help="the unreviewed values of one image against which nothing speaks, with the beats "
        "that count: no flag, no limit near or passed, no network that is not for patients; what "
        "is left out is said",
    )
    _image(parser)


def _accept(review: Review, args: Arguments) -> Sequence[str]:
    if bool(args.ids) == args.all_unflagged:
        raise InvalidArgument("Name calipers, or give --all-unflagged, and not both.")
    if args.all_unflagged:
        return _accept_unflagged(review, image_numbered(review, args.image))
    for id in args.ids:
        review.accept(id)
    return list(args.ids)


def _accept_unflagged(review: Review, image: str) -> Sequence[str]:
    # Nothing is on display in a terminal: whoever calls answers for the look.
    found = unflagged(review, answers_of(review), image, seen=lambda answer: True)
    accept_together(review, found)
    for answer, why in found.left_out:
        say(f"Left out: {answer.row.name}: {why}")
    if not found.ready:
        say("No value of that image waits without anything against it: nothing is accepted.")
    return found.entries


def _marking(parser: Parser) -> None:
    parser.add_argument("frame", type=int, metavar="FRAME", help="counted from 0")
    parser.add_argument("phase", choices=["ed", "es", "none"], help="none takes the mark back")
    _image(parser)


def _mark(review: Review, args: Arguments) -> Sequence[str]:
    """Marks; `Review.mark` takes a mark back that is there, and here nothing is done twice."""
    image = image_numbered(review, args.image)
    here = [mark for mark in review.marks(image) if mark.frame == args.frame]
    if args.phase == "none":
        for mark in here:
            review.mark(mark.frame, mark.phase, image)
    elif args.phase not in [mark.phase.value for mark in here]:
        review.mark(args.frame, Phase(args.phase), image)
    return [entry.id for entry in review.on_frame(args.frame, image)]


def _describe(review: Review, args: Arguments) -> Sequence[str]:
    review.describe(subject_of(args, review.subject))
    review.examine(examination_of(args, review.examination))
    return ()


def _each(operation: Callable[[Review, str], object]) -> Act:
    def act(review: Review, args: Arguments) -> Sequence[str]:
        for id in args.ids:
            operation(review, id)
        return list(args.ids)

    return act


def _each_because(operation: Callable[[Review, str, str], object]) -> Act:
    def act(review: Review, args: Arguments) -> Sequence[str]:
        for id in args.ids:
            operation(review, id, args.reason)
        return list(args.ids)

    return act


def _images_of(review: Review, args: Arguments) -> Sequence[str]:
    ids = args.ids if "ids" in args else [args.id]
    return list(dict.fromkeys(review.entry(id).image for id in ids))


def _moving(parser: Parser) -> None:
    _one(parser)
    _points(parser)


def _move(review: Review, args: Arguments) -> Sequence[str]:
    return [review.move(args.id, args.points).id]


def _placing(parser: Parser) -> None:
    parser.add_argument("measurement", metavar="MEASUREMENT", help=f"one of {', '.join(CATALOG)}")
    _points(parser)
    parser.add_argument("--frame", type=int, default=0, help="frame, counted from 0 (default 0)")
    parser.add_argument("--phase", choices=PHASES, help="the phase it counts for")
    _image(parser)


def _place(review: Review, args: Arguments) -> Sequence[str]:
    phase = Phase(args.phase) if args.phase else None
    image = image_numbered(review, args.image)
    return [review.place(args.measurement, args.frame, args.points, image, phase).id]


def _noting(parser: Parser) -> None:
    _one(parser)
    parser.add_argument("text", metavar="TEXT", help="the note; an empty one takes it away")


def _note(review: Review, args: Arguments) -> Sequence[str]:
    return [review.note(args.id, args.text).id]


def _choosing(parser: Parser) -> None:
    _one(parser)
    parser.add_argument(
        "phase",
        choices=[*(phase.value for phase in Phase), "none"],
        help="none takes the choice back",
    )


def _choose(review: Review, args: Arguments) -> Sequence[str]:
    phase = None if args.phase == "none" else Phase(args.phase)
    return [review.choose(args.id, phase).id]


DECISIONS = (
    Decision("accept", "agree with calipers as they lie", _accepting, _accept),
    Decision(
        "reject",
        "say that calipers are no good: they feed nothing",
        _ids_and_reason,
        _each_because(Review.reject),
    ),
    Decision(
        "reopen",
        "take back an acceptance or a rejection",
        _ids,
        _each(Review.reopen),
    ),
    Decision(
        "adopt",
        "take positions over as the reviewer's own, which lifts a network's doubts",
        _ids,
        _each(Review.adopt),
        _images_of,
    ),
    Decision("move", "put a caliper elsewhere", _moving, _move, _images_of),
    Decision(
        "snap",
        "put the points of Doppler calipers on the peaks of their waves; again, back",
        _ids,
        _each(Review.snap),
        _images_of,
    ),
    Decision(
        "place",
        "put a new caliper by hand",
        _placing,
        _place,
        lambda review, args: [image_numbered(review, args.image)],
    ),
    Decision(
        "reset",
        "go back to where the networks put calipers",
        _ids,
        _each(Review.reset),
    ),
    Decision(
        "leave-out",
        "let calipers, such as beats of a strip, count for nothing; their status stays",
        _ids_and_reason,
        _each_because(Review.leave_out),
    ),
    Decision("count", "let calipers that were left out count again", _ids, _each(Review.count)),
    Decision("choose", "say for which phase a caliper counts", _choosing, _choose),
    Decision(
        "mark", "say that a frame is the end-diastole or end-systole of its beat", _marking, _mark
    ),
    Decision("note", "replace the note on a caliper", _noting, _note),
    Decision(
        "describe",
        "say what is known of the person and of the examination",
        add_person,
        _describe,
        epilog=UNSETTING,
    ),
    Decision(
        "delete", "take calipers out of the review", _ids_and_reason, _each_because(Review.delete)
    ),
)
