"""Phantom studies for every measurement: made from a seed, written with their truth.

A seed decides everything, also the screen where none is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.files import written_whole
from EchoMeasureLib.phantoms.bmode import BMODE_MEASUREMENTS, bmode_study
from EchoMeasureLib.phantoms.container import write_dicom
from EchoMeasureLib.phantoms.doppler import spectral_still
from EchoMeasureLib.phantoms.doppler_plan import MAKERS
from EchoMeasureLib.phantoms.encoding import Form, find_form
from EchoMeasureLib.phantoms.layout_parts import Layout
from EchoMeasureLib.phantoms.layouts import LAYOUTS, find_layout
from EchoMeasureLib.phantoms.mmode import m_mode_still
from EchoMeasureLib.phantoms.mmode_views import MMODE_VIEWS
from EchoMeasureLib.phantoms.study import PhantomStudy
from EchoMeasureLib.phantoms.truth import truth_bytes
from EchoMeasureLib.progress import Monitor, Progress, silent

VIEWS = tuple(dict.fromkeys(BMODE_MEASUREMENTS.values()))
"""The B-mode views, which show more than one measurement at once."""

_STILL_FORMS = (
    *(Form.JPEG, Form.RGB, Form.JPEG, Form.PALETTE, Form.JPEG, Form.PLANAR),
    Form.PALETTE_RLE,
)
"""How stills are stored, by seed, where no form is asked for. Cines are JPEG.

Seven, where there are six screens: so that consecutive seeds join each form to each screen.
"""


MOST_SEED = 10**16 - 1
"""The seed is the Study ID, which has 16 characters (DICOM PS3.5, SH)."""

OF_VEINS = dict.fromkeys(("ivcmmax", "ivcmmin"), "mmode_vena_cava")
"""M-modes without a truth of their own; lifelike screens only show the vein's blood."""

OF_FLOWS = {row.id: row.flow for row in CATALOG.values() if row.flow}
"""Tracings and times, which are of the same strip as the peak of their flow."""


def generate(
    measurement: str, layout: str | Layout | None = None, seed: int = 0, frames: int | None = None
) -> PhantomStudy:
    """A study that shows this measurement (or B-mode view, or spectral or M-mode negative).

    `layout` is a name such as "768x1024" or "600x800+inverted"; None chooses by the seed.
    `frames` fixes the length of a cine. Its name is SHOWN_LAYOUT_SEED, safe as a file name.
    Raises `InvalidArgument` for an unknown name.
    """
    if not 0 <= seed <= MOST_SEED:
        raise InvalidArgument(
            f"The seed {seed} is out of range.", f"Give one from 0 to {MOST_SEED}."
        )
    if layout is None:
        layout = list(LAYOUTS.values())[seed % len(LAYOUTS)]
    screen = find_layout(layout) if isinstance(layout, str) else layout
    name = f"{measurement}_{screen.name.replace('+', '_')}_{seed:04d}"
    study = _draw(measurement, screen, seed, frames)
    return replace(study, name=name, truth={**study.truth, "file": f"{name}.dcm"})


def _draw(shown: str, screen: Layout, seed: int, frames: int | None) -> PhantomStudy:
    if shown in BMODE_MEASUREMENTS:
        return bmode_study(
            BMODE_MEASUREMENTS[shown], screen, seed, measurement=shown, frames=frames
        )
    if shown in VIEWS:
        return bmode_study(shown, screen, seed, frames=frames)
    if shown == "tapse" or shown in MMODE_VIEWS:
        return m_mode_still(shown, screen, seed)
    if shown in OF_VEINS:
        return m_mode_still(OF_VEINS[shown], screen, seed)
    if OF_FLOWS.get(shown, shown) in MAKERS:
        return spectral_still(OF_FLOWS.get(shown, shown), screen, seed)
    others = (name for name in (*MAKERS, *MMODE_VIEWS) if name not in NETWORKED)
    known = ", ".join((*NETWORKED, *VIEWS, *others))
    raise InvalidArgument(f"There is no phantom of '{shown}'.", f"Known: {known}.")


def write(
    study: PhantomStudy, folder: Path, form: Form | str | None = None, monitor: Monitor = silent
) -> tuple[Path, Path]:
    """Write NAME.dcm and NAME.truth.json into a folder that exists; their paths.

    `form` is a `Form` or its word, such as "jpeg"; None chooses by the study. The monitor is
    called with each frame. Raises `InvalidArgument` for an unknown form and `OutputProblem`
    when the disk refuses.
    """
    chosen = default_form(study) if form is None else find_form(form)
    dicom, truth = folder / f"{study.name}.dcm", folder / f"{study.name}.truth.json"
    write_dicom(study, dicom, chosen, monitor)
    with written_whole(truth) as beside:
        beside.write_bytes(truth_bytes(study.truth))
    return dicom, truth


def default_form(study: PhantomStudy) -> Form:
    """The form in which a study is stored when none is asked for."""
    if study.frame_count > 1:
        return Form.JPEG
    return _STILL_FORMS[study.seed % len(_STILL_FORMS)]


def iter_generate(
    measurements: Iterable[str],
    folder: Path,
    *,
    layout: str | None = None,
    first_seed: int = 0,
    count: int = 1,
    monitor: Monitor = silent,
) -> Iterator[tuple[PhantomStudy, Path, Path]]:
    """Write `count` studies of each measurement, one seed after the other.

    Yields each study with its two paths once they are whole.
    """
    jobs = [(id, first_seed + number) for id in measurements for number in range(count)]
    for done, (id, seed) in enumerate(jobs):
        monitor(Progress(done, len(jobs), id))
        study = generate(id, layout, seed)
        yield (study, *write(study, folder))
    monitor(Progress(len(jobs), len(jobs)))
