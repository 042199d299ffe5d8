"""Running the networks for a subcommand: the options, and what fits an image."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from EchoMeasureLib.catalog import CATALOG, NETWORKED, definition
from EchoMeasureLib.cli.common import frames_of, progress_bar
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import CannotMeasure
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.inference.beside_frames import cost_words
from EchoMeasureLib.inference.engines import ENGINES
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.quality import Judge
from EchoMeasureLib.inference.quality_findings import Quality
from EchoMeasureLib.inference.settings import Decoder, EngineName, Precision, Settings
from EchoMeasureLib.inference.view_check import ViewCheck
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.measurable import TO_CALIBRATE, Obstacle, Verdict, judge
from EchoMeasureLib.measuring.coarse_to_fine import beat_s, is_thinned, predict_what_matters

if TYPE_CHECKING:
    from EchoMeasureLib.inference.predicting import Predictor

AUTO = "auto"
"""In place of an id: everything that the image allows."""


def add_measurements(parser: argparse.ArgumentParser, required: bool) -> None:
    """Add `-m`."""
    of_waves = [id for id, row in CATALOG.items() if not row.by_network and row.on_strip]
    parser.add_argument(
        "-m",
        "--measurement",
        action="append",
        required=required,
        dest="measurements",
        default=[],
        metavar="ID",
        help=f"one of {', '.join(NETWORKED)}; with --reader envelope or both also of "
        f"{', '.join(of_waves)}; or {AUTO}: all that an image allows; may be given several times",
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides how the networks run, and on which frames."""
    parser.add_argument(
        "--frames", default="all", metavar="WHICH", help="all (default), N,N,... or A:B:STEP"
    )
    add_every_frame(parser)
    add_running(parser)
    parser.add_argument(
        "--decoder",
        choices=[*Decoder],
        default=Decoder.ROBUST,
        help="robust (default), or parity: as the published scripts decode",
    )
    parser.add_argument(
        "--no-neighbours",
        action="store_true",
        help="do not run up to four frames within 0.15 s beside each that --frames names, with "
        "which its values are compared",
    )
    parser.add_argument(
        "--no-view-check",
        action="store_false",
        dest="view_check",
        help="do not flag what is measured in another view than its own",
    )


def add_every_frame(parser: argparse.ArgumentParser) -> None:
    """Add what turns `measuring.coarse_to_fine` off."""
    parser.add_argument(
        "--every-frame",
        action="store_true",
        help="run every frame of a cine; without it, and without --frames, a coarse row of frames, "
        "then those about end-diastole, end-systole and what stands out",
    )


def add_running(parser: argparse.ArgumentParser) -> None:
    """Add which networks run, and in what."""
    add = parser.add_argument
    add(
        "--weights",
        type=Path,
        metavar="DIR",
        help="folder of checkpoints (default: $ECHOMEASURE_WEIGHTS, the user's data folder, "
        "then the weights of the package)",
    )
    add(
        "--engine",
        choices=[EngineName.AUTO, *ENGINES],
        default=EngineName.AUTO,
        help="what runs the networks; auto (default) takes the one that $ECHOMEASURE_ENGINE names, "
        "else the quicker one here, which is tried once; mps is a Mac's graphics "
        "processor, through PyTorch",
    )
    add(
        "--precision",
        choices=[*Precision],
        default=Precision.AUTO,
        help="auto (default) takes a network in int8 where weights quantise accepted one, else "
        "bfloat16 where the processor is made for it, and float32 for the frames where rounding "
        "could decide and for --decoder parity",
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of an image: what a network may look for there, and what not, with why."""

    ids: tuple[str, ...]
    refused: dict[str, str]
    """Reason by id."""
    notes: tuple[str, ...]
    """What to know before a network has run for minutes."""


def wanted(cine: Cine, asked: Sequence[str], weights: Path | None) -> Wanted:
    """Which of the measurements asked can be looked for in an image.

    "auto" asks for all that can have a number there and that there are weights for, in `weights`
    or where they are looked for without it. Raises `UnknownMeasurement`.
    """
    if AUTO in asked:
        known = {s.measurement for s in Store(weights).states() if s.checkpoint is not None}
        found = [judge(cine.regions, row) for row in CATALOG.values() if row.id in known]
        verdicts = [verdict for verdict in found if verdict.obstacle is None]
    else:
        return wanted_of(cine, [definition(id) for id in dict.fromkeys(asked)])
    return _wanted(verdicts)


def wanted_of(cine: Cine, rows: Sequence[Definition], only_numbers: bool = False) -> Wanted:
    """Which of these measurements can be looked for in an image.

    `only_numbers`: what could have no number there is refused too.
    """
    return _wanted([judge(cine.regions, row) for row in rows], only_numbers)


def _wanted(verdicts: Sequence[Verdict], only_numbers: bool = False) -> Wanted:
    looked_for = {
        verdict.measurement
        for verdict in verdicts
        if verdict.may_look and not (only_numbers and verdict.obstacle)
    }
    notes = [line for line in dict.fromkeys(map(_before, verdicts)) if line]
    if any(one.obstacle in (Obstacle.NO_REGIONS, Obstacle.NO_SCALE) for one in verdicts):
        notes.append(TO_CALIBRATE)
    return Wanted(
        tuple(one.measurement for one in verdicts if one.measurement in looked_for),
        {one.measurement: one.reason for one in verdicts if one.measurement not in looked_for},
        tuple(notes),
    )


def _before(verdict: Verdict) -> str:
    if verdict.refusal or verdict.obstacle is None:
        return verdict.refusal
    return f"{verdict.measurement} can have no number here. {verdict.reason}"


def predictor_of(args: argparse.Namespace) -> Predictor:
    """What runs the networks as the options of `add_running` say, and decodes as usual."""
    from EchoMeasureLib.inference.predicting import Predictor

    decoder = getattr(args, "decoder", Decoder.ROBUST)
    settings = Settings(decoder=decoder, engine=args.engine, precision=args.precision)
    return Predictor(Store(args.weights), settings)


class Found(NamedTuple):
    """What networks found in an image, and how good its picture is."""

    predictions: list[Prediction]
    """Those that the picture or its view makes doubtful say so."""
    quality: Quality


class Networks:
    """The networks as the options say, kept from one image to the next."""

    def __init__(self, args: argparse.Namespace) -> None:
        from EchoMeasureLib.inference.comparing import Comparing

        self._predictor = predictor_of(args)
        self._judge = Judge(self._predictor.store)
        self._views = ViewCheck() if args.view_check else None
        self._comparing = None if args.no_neighbours else Comparing(self._predictor)
        self._frames: str = args.frames
        self._thinned = args.frames == "all" and not args.every_frame

    def expect(self, measurements: Sequence[str]) -> None:
        """As `Predictor.expect`, for as many frames as such images usually have.

        Nothing where "auto" is asked for: which network that is, the image says (`find`).
        """
        if measurements and AUTO not in measurements:
            moving = measurements[0] in CATALOG and not CATALOG[measurements[0]].on_strip
            self._predictor.expect(measurements, moving and self._frames != "0")

    def find(self, cine: Cine, ids: Sequence[str], name: str = "") -> Found:
        """What they find of these measurements in an image, on the frames asked for.

        What there is to know of the picture is said on standard error, with the `name` of its
        file where it is one of several. Raises `CannotMeasure`
        when they give nothing, else as `Predictor.predict`.
        """
        frames = frames_of(self._frames, cine.frame_count)
        try:
            # Beside the frames that are judged first.
            if self._views is not None:
                self._views.expect(cine, ids)
            self._predictor.expect(ids, len(frames) > 1)
            return self._find(cine, ids, frames, name)
        finally:
            self._predictor.let_go()
            if self._views is not None:
                self._views.let_go()

    def _find(self, cine: Cine, ids: Sequence[str], frames: Sequence[int], name: str) -> Found:
        self._predictor.check(cine, ids)
        with progress_bar() as monitor:
            quality = self._judge.judge(cine, ids, monitor=monitor)
        for sentence in quality.sentences:
            say(f"{name}: {sentence}" if name else sentence)
        thinned = self._thinned and any(is_thinned(cine, id) for id in ids)
        if thinned:
            whose = beat_s(cine)[1]
            say(f"Frames are chosen by the heart ({whose}); --every-frame runs all.")
        elif self._comparing is not None and (cost := cost_words(cine.times, ids, frames)):
            say(f"{cost}; --no-neighbours leaves them out.")
        networks = self._comparing or self._predictor
        with progress_bar() as monitor:
            seen = None if self._views is None else self._views.look(cine, ids, monitor=monitor)
            if thinned:
                steps = predict_what_matters(self._predictor.predict, cine, ids, monitor)
                found = sorted(steps, key=lambda one: (ids.index(one.measurement), one.frame))
            else:
                found = list(networks.predict(cine, ids, frames, monitor=monitor))
        if seen is not None and seen.not_checked:
            say(seen.not_checked)
        for note in self._predictor.notes:
            say(note)
        self._predictor.notes.clear()
        if not found:
            raise CannotMeasure("The networks gave no result.")
        found = [quality.doubting(prediction) for prediction in found]
        return Found(found if seen is None else [seen.doubting(one) for one in found], quality)
