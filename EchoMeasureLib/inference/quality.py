"""How good a picture is: checks that need no network, and the video quality network.

How the limits were found, and how often they are wrong: Docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from EchoMeasureLib.catalog import definition
from EchoMeasureLib.errors import UnreadableFile, needed_for
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import Region
from EchoMeasureLib.inference.ecg_check import ecg
from EchoMeasureLib.inference.looking import Look, Mask, look_at
from EchoMeasureLib.inference.motion_checks import motion, repeats
from EchoMeasureLib.inference.picture_checks import cover, gain_findings, sharpness
from EchoMeasureLib.inference.picture_finding import find_picture
from EchoMeasureLib.inference.quality_findings import (
    CHECKS,
    Finding,
    Quality,
    QualityModel,
    Standing,
    is_of_network,
    judged,
    not_judged,
)
from EchoMeasureLib.inference.quality_weights import find_quality_weights
from EchoMeasureLib.inference.weight_store import Store
from EchoMeasureLib.progress import Monitor, silent

NO_NETWORK = "There are no weights of a video quality network."


class VideoNetwork(Protocol):
    """What gives a probability that a cine is good enough; see `video_quality`."""

    model: QualityModel

    def probability(self, cine: Cine, sector: Mask) -> float:
        """`sector`: (rows, columns) of a frame, False outside of the ultrasound picture."""


def assess(
    cine: Cine,
    network: VideoNetwork | None = None,
    frames: Sequence[int] | None = None,
    monitor: Monitor = silent,
) -> Quality:
    """Judge the picture of a cine or a still by at most `looking.MOST_FRAMES` of its frames.

    `frames` are those that may be looked at, None for all. On a Doppler or M-mode strip only
    its presence and the ECG are judged. Raises `UnreadableFile` where no frame can be
    decoded, and `MissingPackage` without scipy.

    >>> from EchoMeasureLib import read
    >>> quality = assess(read("echo.dcm"))
    >>> [finding.check for finding in quality.findings if finding.value is None]
    ['motion', 'repeats', 'network']
    """
    with needed_for("Judging the picture"):
        look = look_at(cine, frames, monitor)
        findings = {finding.check: finding for finding in _find(cine, look, network)}
    told = tuple(findings[id] for id in CHECKS)
    return Quality(told, len(look.frames), cine.frame_count, network.model if network else None)


def open_network(store: Store) -> VideoNetwork | None:
    """The video quality network of a store, loaded; None where it has no weights of one.

    Raises `WeightsProblem` when they are damaged or of another network, and `MissingPackage`
    without torch.
    """
    checkpoint = find_quality_weights(store)
    if checkpoint is None:
        return None
    with needed_for("The video quality network"):
        from EchoMeasureLib.inference.video_quality import VideoQualityNetwork

    return VideoQualityNetwork(checkpoint)


class Judge:
    """Judges one picture after another; the video quality network is loaded once.

    What was said of the last picture is kept.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._network: VideoNetwork | None = None
        self._opened = False
        self._last: tuple[Cine, bool, tuple[int, ...] | None, Quality] | None = None

    def judge(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int] | None = None,
        monitor: Monitor = silent,
    ) -> Quality:
        """As `assess`; the network is asked where one of these measurements is of its view.

        Raises as `assess` and `open_network`, and `UnknownMeasurement`.
        """
        asked = any(is_of_network(definition(id)) for id in measurements)
        if asked and not self._opened:
            self._network, self._opened = open_network(self.store), True
        there = None if frames is None else tuple(frames)
        last = self._last
        if last is not None and last[1:3] == (asked, there):
            same = last[0].shares_frames(cine) and last[0].regions == cine.regions
            if same and last[0].r_waves == cine.r_waves:
                return last[3]
        quality = assess(cine, self._network if asked else None, frames, monitor)
        self._last = cine, asked, there, quality
        return quality


def _find(cine: Cine, look: Look, network: VideoNetwork | None) -> list[Finding]:
    strips = [region for region in cine.regions if region.kind.is_strip]
    images = [region for region in cine.regions if region.kind.is_image]
    boxes = [region.bounds.clipped(cine.columns, cine.rows) for region in strips or images]
    sector = find_picture(look, [box for box in boxes if box.width > 0 and box.height > 0])
    share = 100 * sector.share
    presence = judged(
        "sector",
        share,
        f"The picture spans {share:.0f} % of the screen.",
        f"No ultrasound picture is seen: what is lit spans {share:.1f} % of the screen.",
    )
    found = [presence, ecg(look, sector, len(cine.r_waves))]
    if strips or not sector:
        why = "A strip is not judged by it." if strips else "There is no picture to judge."
        others = [id for id in CHECKS if id not in ("sector", "ecg")]
        return [*found, *(not_judged(id, why) for id in others)]
    moving = motion(look, sector)
    found += [moving, repeats(look, sector), *gain_findings(look, sector)]
    moves = moving.standing is Standing.GOOD
    found += [sharpness(look, sector, _cm_per_row(images)), cover(look, sector, moves)]
    return [*found, _asked(cine, network, look.screen(sector.margin, cine.rows, cine.columns))]


def _cm_per_row(images: Sequence[Region]) -> float | None:
    """Of the largest image whose scale can be trusted."""
    usable = [region for region in images if region.usable and region.delta[1]]
    largest = max(usable, key=lambda r: r.bounds.width * r.bounds.height, default=None)
    return None if largest is None else abs(largest.delta[1])


def _asked(cine: Cine, network: VideoNetwork | None, sector: Mask) -> Finding:
    if network is None:
        return not_judged("network", NO_NETWORK)
    if cine.frame_count == 1:
        return not_judged("network", "The video quality network judges no stills.")
    try:
        probability = network.probability(cine, sector)
    except UnreadableFile as error:
        return not_judged("network", f"The video quality network was not asked. {error.problem}")
    limit = CHECKS["network"].low
    return judged(
        "network",
        probability,
        f"The video quality network gives {probability:.2f}, if this is a parasternal long axis.",
        f"The video quality network gives {probability:.2f}, under its limit of {limit}, "
        "if this is a parasternal long axis.",
    )
