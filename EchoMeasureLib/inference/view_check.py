"""Which view or mode a picture shows, as far as the networks of the package can tell.

Their heads answer to a structure where it is and stay silent where it is not: what answers in
a picture says what it shows. They are asked whichever weights place the landmarks, because the
published networks, one per measurement, answer in every picture. How well they tell stands in
Docs/validation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from EchoMeasureLib.catalog import CATALOG, definition
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.geometry import lowest_confidence
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.inference.prediction import Prediction
from EchoMeasureLib.inference.settings import Settings
from EchoMeasureLib.inference.weight_store import COMPACT_FILES, Store, package_folder
from EchoMeasureLib.measurable import fitting_regions, judge
from EchoMeasureLib.progress import Monitor, Progress, silent

if TYPE_CHECKING:
    from EchoMeasureLib.inference.predicting import Predictor

SEEN, SEEN_ON_STRIP = 0.25, 0.6
"""Peak probability from which a structure is seen in an image, and on a strip.

Of 299 phantom images, half of them lifelike, the networks that were trained again gave 0.47 or more
to the clearest structure of the image's own view and at most 0.19 to that of another. Of 720 strips
the own kind had 0.65 or more but for one; another reached that on few, mostly the outflow on mitral
inflow, whose gate has both, and M-modes of the aorta. `Testing/validation/wrong_views.py` counts on
other seeds.
"""

CLEARER = 0.2
"""A strip is of one beam. What is so much less clear than the clearest is its by-product, as some
inflow in an outflow tract; where two are alike, the picture does not say where the beam lay."""

TISSUE_CM_S = 80.0
"""Most that a strip of tissue Doppler spans, and least of one of flow: tissue moves at under
30 cm/s, and no scanner shows blood on a scale so fine."""

NOT_CHECKED = "The view of the picture was not checked: the package's own networks are not there"

MOST_FRAMES = 4
"""Frames of a cine that are looked at, from beginning to end: no view shows all that it has at
every moment of a beat."""


@dataclass(frozen=True, slots=True)
class View:
    """What cannot be told apart any further by what is seen in the picture."""

    words: str
    """For people, such as "a parasternal long axis"."""
    measurements: tuple[str, ...]
    """What is made in it: ids of the catalog."""

    @property
    def on_strip(self) -> bool:
        return CATALOG[self.measurements[0]].on_strip

    @property
    def regions(self) -> tuple[RegionKind, ...]:
        """Kinds of region that show it."""
        return CATALOG[self.measurements[0]].regions

    @property
    def least(self) -> float:
        """Peak probability from which it is seen."""
        return SEEN_ON_STRIP if self.on_strip else SEEN


VIEWS = (
    View("a parasternal long axis", ("ivs", "lvid", "lvpw", "aorta", "aortic_root", "la")),
    View("an apical view of the right ventricle", ("rv_base",)),
    View("a short axis with the pulmonary artery", ("pa",)),
    View("a subcostal view of the inferior vena cava", ("ivc",)),
    # Where the beam lay, the sonographer knows and the picture does not say.
    View("a systolic jet by continuous wave", ("avvmax", "trvmax", "mrvmax")),
    View("outflow by pulsed wave", ("lvotvmax",)),
    View("tissue Doppler of the mitral annulus", ("latevel", "medevel")),
    View("mitral inflow by pulsed wave", ("mvpeak",)),
    View("an M-mode of the tricuspid annulus", ("tapse",)),
)
"""All that the networks of the package were trained to tell apart."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the heads say of one image."""

    answers: Mapping[str, float]
    """Of every measurement that was asked about: the highest peak probability of the frames
    that were looked at, of the least clear of its points."""
    looked_at: int
    """Number of frames."""
    not_checked: str = ""
    """Why nobody was asked, in a sentence; empty where the networks of the package are there."""

    @property
    def views(self) -> tuple[View, ...]:
        """Those of which anything is seen, the clearest first.

        A screen may show two images side by side; on a strip the clearest count.
        """
        found = {view: self._clarity(view) for view in VIEWS}
        seen = [view for view in VIEWS if found[view] >= view.least]
        seen.sort(key=lambda view: -found[view])
        clearest = {view.regions: found[view] for view in reversed(seen)}
        return tuple(v for v in seen if not v.on_strip or found[v] >= clearest[v.regions] - CLEARER)

    def doubt(self, row: Definition) -> str:
        """Why a measurement should not be made in this image, in a sentence; else empty.

        Empty too where the networks of the package know nothing of its view.
        """
        mine = next((view for view in VIEWS if row.id in view.measurements), None)
        if mine is None or row.id not in self.answers or mine in self.views:
            return ""
        others = [view.words for view in self.views]
        shown = (
            f"The picture looks like {others[0]}."
            if others
            else "Nothing is seen in the picture by which its view is known."
        )
        return f"{shown} {row.short_name} is measured in {mine.words}."

    def doubting(self, prediction: Prediction) -> Prediction:
        """What a network found, with what makes it doubtful here."""
        return replace(prediction, view=self.doubt(definition(prediction.measurement)))

    def _clarity(self, view: View) -> float:
        return max((self.answers.get(id, 0.0) for id in view.measurements), default=0.0)


class ViewCheck:
    """Looks at one image after another; the networks are loaded when they are first needed.

    What was seen of the last image is kept.
    """

    def __init__(self, store: Store | None = None, settings: Settings | None = None) -> None:
        """`store` has the networks that are asked; None for those of the package.

        `settings` say how they are run; None as usual.
        """
        self._store = store or Store(package_folder())
        self._settings = settings or Settings()
        self._predictors: dict[bool, Predictor] = {}
        self._last: tuple[Cine, tuple[int, ...]] | None = None
        self._answers: dict[bool, Mapping[str, float]] = {}

    def expect(
        self, cine: Cine, measurements: Sequence[str], frames: Sequence[int] | None = None
    ) -> None:
        """Begin to load what `look` will ask, beside what comes before it.

        What is wrong with it is said there; who does not come to it says so with `let_go`. Raises
        `UnknownMeasurement`.
        """
        several = len(_spread(_offered(cine, frames))) > 1
        for on_strip in {definition(id).on_strip for id in measurements}:
            if self._is_there(on_strip):
                asked = _in_scale(cine, _heads(cine, on_strip))
                self.predictor(on_strip).expect(asked, several)

    def let_go(self) -> None:
        """Expect nothing any longer."""
        for predictor in self._predictors.values():
            predictor.let_go()

    def look(
        self,
        cine: Cine,
        measurements: Sequence[str],
        frames: Sequence[int] | None = None,
        monitor: Monitor = silent,
    ) -> Seen:
        """What is seen in an image of the kind of picture that these measurements are made in.

        `frames` are those that may be looked at, None for all; one that is damaged is passed
        over. Where the package came without its networks nothing is in doubt, and `not_checked`
        says so. Raises `UnknownMeasurement`, `WeightsProblem` when the weights are
        damaged, and `MissingPackage` without torch.
        """
        kinds = sorted({definition(id).on_strip for id in measurements})
        if not all(self._is_there(on_strip) for on_strip in kinds):
            return Seen({}, 0, f"{NOT_CHECKED} (looked in {self._store.folder}).")
        spread = _spread(_offered(cine, frames))
        chosen = tuple(frame for frame in spread if _is_readable(cine, frame))
        if self._last is None or not _is_same(self._last, (cine, chosen)):
            self._last, self._answers = (cine, chosen), {}
        answers: dict[str, float] = {}
        for on_strip in kinds:
            if on_strip not in self._answers:
                self._answers[on_strip] = self._ask(cine, on_strip, chosen, monitor)
            answers |= self._answers[on_strip]
        return Seen(answers, len(chosen))

    def predictor(self, on_strip: bool) -> Predictor:
        """What runs its network: who measures with it can share it."""
        from EchoMeasureLib.inference.predicting import Predictor

        if on_strip not in self._predictors:
            self._predictors[on_strip] = Predictor(self._store, self._settings)
        return self._predictors[on_strip]

    def _is_there(self, on_strip: bool) -> bool:
        """Whether the package has its network; of another store `find` says what is missing."""
        folder = package_folder()
        file = folder / COMPACT_FILES["strip" if on_strip else "image"]
        return self._store.folder != folder or file.exists() or file.is_symlink()

    def _ask(
        self, cine: Cine, on_strip: bool, frames: Sequence[int], monitor: Monitor
    ) -> Mapping[str, float]:
        ids = _heads(cine, on_strip)
        if not (ids and frames):
            return {}
        answers = dict.fromkeys(ids, 0.0)

        def watch(_: Progress) -> None:
            monitor(Progress(0, 0, "looking for the view"))

        asked = _in_scale(cine, ids)
        for found in self.predictor(on_strip).predict(cine, asked, frames, watch):
            clear = lowest_confidence(found.points) or 0.0
            answers[found.measurement] = max(answers[found.measurement], clear)
        return answers


def _heads(cine: Cine, on_strip: bool) -> list[str]:
    """Of what a network is asked in this image: ids of the catalog."""
    known = [CATALOG[id] for view in VIEWS for id in view.measurements]
    rows = [row for row in known if row.on_strip is on_strip]
    return [row.id for row in rows if judge(cine.regions, row).may_look]


def _in_scale(cine: Cine, ids: Sequence[str]) -> list[str]:
    return [id for id in ids if _fits_scale(cine, CATALOG[id])]


def _fits_scale(cine: Cine, row: Definition) -> bool:
    """Whether a strip's span of velocities is that of this measurement: of tissue or of flow."""
    region = next((r for r in fitting_regions(cine.regions, row) if r.usable), None)
    if region is None or region.kind is not RegionKind.PW:
        return True
    fine = abs(region.delta[1]) * region.bounds.height <= TISSUE_CM_S
    return fine == ("tissue" in row.mode)


def _offered(cine: Cine, frames: Sequence[int] | None) -> Sequence[int]:
    return range(cine.frame_count) if frames is None else frames


def _spread(frames: Sequence[int]) -> tuple[int, ...]:
    """At most `MOST_FRAMES` of these, from the first to the last."""
    known = sorted(set(frames))
    count = min(MOST_FRAMES, len(known))
    # The middle of each of as many equal parts.
    return tuple(known[(2 * part + 1) * len(known) // (2 * count)] for part in range(count))


def _is_readable(cine: Cine, frame: int) -> bool:
    try:
        cine.frame(frame)
    except UnreadableFile:
        return False
    return True


def _is_same(before: tuple[Cine, tuple[int, ...]], now: tuple[Cine, tuple[int, ...]]) -> bool:
    (kept, frames), (cine, chosen) = before, now
    return frames == chosen and kept.regions == cine.regions and kept.shares_frames(cine)
