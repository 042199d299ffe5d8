"""Which view or mode a picture shows, by the networks of the package, on phantoms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import UnknownMeasurement, UnreadableFile
from EchoMeasureLib.geometry import Box
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import Region, RegionKind
from EchoMeasureLib.inference.networks import read_state
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.inference.view_check import MOST_FRAMES, SEEN, VIEWS, Seen, ViewCheck
from EchoMeasureLib.inference.weight_store import COMPACT_FILES, package_folder
from EchoMeasureLib.phantoms.generate import generate, write

Shown = Callable[[str], Cine]


@pytest.fixture(scope="module")
def check() -> ViewCheck:
    return ViewCheck()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A phantom of this name, written and read back; cines have one frame."""
    folder = tmp_path_factory.mktemp("shown")
    known: dict[str, Cine] = {}

    def cine(name: str) -> Cine:
        if name not in known:
            known[name] = read(write(generate(name, "480x640", 3, 1), folder)[0])
        return known[name]

    return cine


def test_every_measurement_of_the_packages_networks_is_of_one_view() -> None:
    """A head that is in no view would let everything pass."""
    states = [read_state(package_folder() / file) for file in COMPACT_FILES.values()]
    heads = {key.split(".")[1] for state in states for key in state if key.startswith("heads.")}
    assert Counter(id for view in VIEWS for id in view.measurements) == Counter(heads)


@pytest.mark.parametrize(
    ("picture", "asked"),
    [
        ("plax", ("lvid", "ivs", "la", "aorta")),
        ("a4c", ("rv_base",)),
        ("psax", ("pa",)),
        ("subcostal", ("ivc",)),
        ("trvmax", ("trvmax", "avvmax", "mrvmax")),
        ("lvotvmax", ("lvotvmax",)),
        ("latevel", ("latevel", "medevel")),
        ("mvpeak", ("mvpeak",)),
        ("tapse", ("tapse",)),
    ],
)
def test_its_own_view_is_seen(
    check: ViewCheck, shown: Shown, picture: str, asked: tuple[str, ...]
) -> None:
    """Jets of one look, and the two sides of the mitral annulus, no picture tells apart."""
    seen = check.look(shown(picture), asked)
    assert {id: seen.doubt(CATALOG[id]) for id in asked} == dict.fromkeys(asked, "")
    assert asked[0] in seen.views[0].measurements


@pytest.mark.parametrize(
    ("picture", "asked", "words"),
    [
        (
            "subcostal",
            "lvid",
            "The picture looks like a subcostal view of the inferior vena cava. "
            "LVID is measured in a parasternal long axis.",
        ),
        (
            "plax",
            "ivc",
            "The picture looks like a parasternal long axis. "
            "IVC is measured in a subcostal view of the inferior vena cava.",
        ),
        (
            "mvpeak",
            "latevel",
            "The picture looks like mitral inflow by pulsed wave. "
            "e' lateral is measured in tissue Doppler of the mitral annulus.",
        ),
        (
            "mmode_vena_cava",
            "tapse",
            "Nothing is seen in the picture by which its view is known. "
            "TAPSE is measured in an M-mode of the tricuspid annulus.",
        ),
    ],
)
def test_another_view_is_said(
    check: ViewCheck, shown: Shown, picture: str, asked: str, words: str
) -> None:
    seen = check.look(shown(picture), [asked])
    assert seen.doubt(CATALOG[asked]) == words
    found = Prediction(asked, 0, (), Provenance("a.ckpt", "", "echonet"))
    assert seen.doubting(found) == replace(found, view=words)


def test_what_the_networks_do_not_know_is_not_in_doubt() -> None:
    assert Seen({"ivs": 0.0}, 1).doubt(CATALOG["ivc"]) == ""


def test_the_clearest_view_comes_first() -> None:
    seen = Seen({"pa": SEEN, "ivc": SEEN - 0.01, "lvid": 0.9, "la": 0.2}, 1)
    assert [view.measurements[0] for view in seen.views] == ["ivs", "pa"]


@pytest.mark.parametrize(
    ("inflow", "outflow", "doubted"),
    [
        (0.9, 0.6, "lvotvmax"),
        (0.6, 0.9, "mvpeak"),
        (0.9, 0.75, ""),
        (0.45, 0.4, "lvotvmax mvpeak"),
    ],
)
def test_a_strip_shows_one_flow_unless_two_are_as_clear(
    inflow: float, outflow: float, doubted: str
) -> None:
    """Between valve and outflow tract one gate has both; the picture says no more than that."""
    seen = Seen({"mvpeak": inflow, "lvotvmax": outflow}, 1)
    assert [id for id in ("lvotvmax", "mvpeak") if seen.doubt(CATALOG[id])] == doubted.split()


@pytest.mark.parametrize(
    ("cm_s_per_px", "asked"),
    [(0.1, {"latevel", "medevel"}), (0.5, {"lvotvmax", "mvpeak"})],
)
def test_tissue_and_flow_are_told_apart_by_their_scale(
    check: ViewCheck, cm_s_per_px: float, asked: set[str]
) -> None:
    """400 rows: +-20 cm/s are of tissue, +-100 of blood, whatever is drawn."""
    strip = Region(0, RegionKind.PW, Box(0, 60, 639, 459), ("s", "cm/s"), (0.004, -cm_s_per_px))
    noise = np.random.default_rng(8).integers(0, 200, (1, 480, 640, 3), dtype=np.uint8)
    answers = check.look(
        Cine(ArraySource(noise), Timing(None, "still"), [strip]), ["mvpeak"]
    ).answers
    seen = {id for id, answer in answers.items() if answer}
    assert seen
    assert seen <= asked


class Decoding:
    """Frames of a phantom over and over; some are damaged, and it is known which were asked for."""

    def __init__(self, frame: Frame, count: int, damaged: tuple[int, ...] = ()) -> None:
        self.frame_count, self.damaged = count, damaged
        self.size = (frame.shape[1], frame.shape[0])
        self.frame, self.asked = frame, []

    def decode(self, index: int) -> Frame:
        self.asked.append(index)
        if index in self.damaged:
            raise UnreadableFile("The frame is damaged.")
        return np.array(self.frame)


def test_a_few_frames_of_a_long_cine_are_looked_at_once(check: ViewCheck, shown: Shown) -> None:
    plax = shown("plax")
    source = Decoding(plax.frame(0), 1000, damaged=(125,))
    cine = Cine(source, Timing(None, "unknown"), plax.regions)
    seen = check.look(cine, ["ivs"])
    assert (len(source.asked), source.asked[:2], seen.looked_at) == (MOST_FRAMES, [125, 375], 3)
    again = check.look(cine.with_regions(plax.regions), ["lvid", "pa"])
    assert again.answers == seen.answers
    assert sorted(set(source.asked)) == sorted(set(source.asked[:MOST_FRAMES]))


def test_only_the_frames_that_are_there_are_looked_at(check: ViewCheck, shown: Shown) -> None:
    """Pixels of a Slicer node cross over for the asked frames alone; the others are black."""
    plax = shown("plax")
    frames = np.zeros((9, plax.rows, plax.columns, 3), np.uint8)
    frames[7] = plax.frame(0)
    cine = Cine(ArraySource(frames), Timing(None, "unknown"), plax.regions)
    seen = check.look(cine, ["lvid"], [7])
    assert (seen.looked_at, seen.doubt(CATALOG["lvid"])) == (1, "")


def test_where_no_frame_can_be_read_nothing_is_in_doubt(check: ViewCheck, shown: Shown) -> None:
    """Measuring there says what is wrong with the file."""
    plax = shown("plax")
    cine = Cine(Decoding(plax.frame(0), 1, (0,)), Timing(None, "unknown"), plax.regions)
    assert check.look(cine, ["lvid"]).doubt(CATALOG["lvid"]) == ""


def test_of_an_unknown_measurement_nothing_is_asked(check: ViewCheck, shown: Shown) -> None:
    with pytest.raises(UnknownMeasurement):
        check.look(shown("plax"), ["lvot"])


def test_a_strip_says_nothing_of_what_is_measured_in_another_kind(
    check: ViewCheck, shown: Shown
) -> None:
    """A trvmax on a PW strip is refused by the file's tags: no network is asked about it."""
    assert set(check.look(shown("mvpeak"), ["mvpeak"]).answers) == {
        *("lvotvmax", "latevel", "medevel", "mvpeak")
    }
