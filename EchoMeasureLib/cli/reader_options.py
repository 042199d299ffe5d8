"""Who reads an image for a subcommand: the networks, the envelope reader, or both."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.cli.common import frames_of, progress_bar
from EchoMeasureLib.cli.network_options import AUTO, Networks, Wanted, wanted, wanted_of
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.view_texts import named_in_file
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.quality_findings import Quality
from EchoMeasureLib.inference.settings import Reader
from EchoMeasureLib.measurable import TO_CALIBRATE, kind_words
from EchoMeasureLib.measuring.by_envelope import not_read, predict_by_envelope
from EchoMeasureLib.measuring.wave_points import is_read

NOT_NAMED = (
    "No word of the file says what its strip is of, and the envelope reader cannot tell: name it "
    "with -m."
)

SEVERAL = (
    "The strip was read on {} frames, which may show the same beats: name the one that counts, "
    "such as --frames {}."
)


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add `--reader`."""
    parser.add_argument(
        "--reader",
        choices=[*Reader],
        type=Reader,
        default=Reader.NETWORKS,
        help="networks (default); envelope: reads peaks, integrals and times off Doppler strips, "
        "TAPSE and the vena cava (ivcmmax, ivcmmin) off M-modes, without weights; both: a beat "
        "that only one of them sees counts for nothing until it is reviewed",
    )


def wanted_by(args: argparse.Namespace, cine: Cine, asked: Sequence[str]) -> Wanted:
    """Which of the measurements asked the chosen reader can look for in an image.

    "auto" asks the networks for all that the image allows, and the envelope reader for all that is
    measured of the flow that the words of the file name. Raises `UnknownMeasurement`.
    """
    if args.reader is Reader.NETWORKS:
        return wanted(cine, asked, args.weights)
    if args.reader is Reader.BOTH:
        first = wanted(cine, asked, args.weights)
        more = _of_flows(cine).ids if AUTO in asked else ()
        return replace(first, ids=tuple(dict.fromkeys((*first.ids, *more))))
    if AUTO not in asked:
        rows = [definition(id) for id in dict.fromkeys(asked)]
        of_strips = wanted_of(cine, [row for row in rows if is_read(row.id)], only_numbers=True)
        others = {row.id: not_read(row.id) for row in rows if not is_read(row.id)}
        notes = (*of_strips.notes, *others.values())
        return Wanted(of_strips.ids, of_strips.refused | others, notes)
    found = _of_flows(cine)
    return Wanted(found.ids, {}, () if found.ids else _why_none(cine, found))


def _why_none(cine: Cine, found: Wanted) -> tuple[str, ...]:
    """Why the envelope reader finds nothing to look for by itself, and what to do."""
    if not cine.regions:
        return "The file has no calibrated regions.", TO_CALIBRATE
    if not any(region.kind.is_strip for region in cine.regions):
        there = kind_words(cine.regions)
        return (
            f"The envelope reader reads Doppler strips and M-modes, and the file has {there}: "
            "measure it with the networks, or place calipers by hand.",
        )
    return found.notes or (NOT_NAMED,)


def _of_flows(cine: Cine) -> Wanted:
    named = named_in_file(cine.path)
    rows = [row for row in CATALOG.values() if row.id in named and is_read(row.id)]
    return wanted_of(cine, rows, only_numbers=True)


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in an image."""

    predictions: list[Prediction]
    unread: dict[str, str]
    """Measurements of which the envelope reader saw nothing on any frame, each with the reason."""
    quality: Quality | None = None
    """How good the picture is for networks; None where none ran."""

    def failed(self, asked: Sequence[str]) -> dict[str, str]:
        """Of these the ones that were asked for by name and not found, each with the reason."""
        return {} if AUTO in asked and self.predictions else self.unread


class Readers:
    """The readers as the options say, kept from one image to the next."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._reader: Reader = args.reader
        self._frames: str = args.frames
        self._networks = None if self._reader is Reader.ENVELOPE else Networks(args)

    @classmethod
    def expecting(cls, args: argparse.Namespace) -> Readers:
        """These, which load the first network that is named beside what comes before `find`."""
        readers = cls(args)
        if readers._networks is not None:
            readers._networks.expect(args.measurements)
        return readers

    def find(self, cine: Cine, ids: Sequence[str], name: str = "") -> Read:
        """What they find of these measurements in an image, on the frames asked for.

        As `Networks.find`, but the envelope reader may see nothing.
        """
        if self._networks is None:
            return Read(*self._off_the_strip(cine, ids, name))
        both = self._reader is Reader.BOTH
        networked = [id for id in ids if CATALOG[id].by_network or not both]
        predictions: list[Prediction] = []
        quality = None
        if networked:
            predictions, quality = self._networks.find(cine, networked, name)
        if not both:
            return Read(predictions, {}, quality)
        seen, unread = self._off_the_strip(cine, [id for id in ids if is_read(id)], name)
        # A network has answered for the others.
        missing = {id: why for id, why in unread.items() if id not in networked}
        return Read([*predictions, *seen], missing, quality)

    def _off_the_strip(
        self, cine: Cine, ids: Sequence[str], name: str
    ) -> tuple[list[Prediction], dict[str, str]]:
        frames = frames_of(self._frames, cine.frame_count)
        with progress_bar() as monitor:
            found = list(predict_by_envelope(cine, ids, frames, monitor))
        seen = [beats.prediction for beats in found if beats.prediction is not None]
        read = {prediction.measurement for prediction in seen}
        whys = {beats.measurement: beats.why for beats in reversed(found) if beats.why}
        first = {beats.measurement: beats.frame for beats in reversed(found) if beats.why}
        lengths = (beats.beat for beats in found if beats.prediction and beats.beat)
        for words in dict.fromkeys(lengths):
            say(": ".join(part for part in (name, "Envelope reader", words) if part))
        for id, why in whys.items():
            where = f" on frame {first[id]}" if len(frames) > 1 else ""
            who = f"{id} by the envelope reader{where}"
            say(": ".join(part for part in (name, who, why) if part))
        shown = sorted({prediction.frame for prediction in seen})
        if len(shown) > 1:
            say(": ".join(part for part in (name, SEVERAL.format(len(shown), shown[-1])) if part))
        return seen, {id: why for id, why in whys.items() if id not in read}
