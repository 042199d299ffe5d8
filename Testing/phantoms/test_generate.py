"""The generator: every measurement on every screen, each quirk as the reader sees it, the files."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from schemas import validate

from EchoMeasureLib.catalog import CATALOG, NETWORKED
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Side
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.calipers import measure, pixel_points
from EchoMeasureLib.phantoms.doppler_negatives import NEGATIVES
from EchoMeasureLib.phantoms.doppler_plan import MAKERS
from EchoMeasureLib.phantoms.encoding import Form
from EchoMeasureLib.phantoms.generate import VIEWS, default_form, generate, write
from EchoMeasureLib.phantoms.layout_parts import Quirk
from EchoMeasureLib.phantoms.layouts import LAYOUTS

SCHEMA = "phantoms/truth.schema.json"
STRIPS = [id for id, row in NETWORKED.items() if row.regions[0].is_strip]
CINES = ("ivs", "aorta", "rv_base", "pa", "ivc")
"""Together these studies show all measurements of 2-D images."""


def without_picture(study):
    """The same study with black frames: where only tags and truth are looked at."""
    black = np.zeros((study.layout.rows, study.layout.columns, 3), np.uint8)
    return replace(study, render=lambda index: black)


def regions_of(study):
    """The study's regions as the reader sees them."""
    dataset = pydicom.Dataset()
    dataset.SequenceOfUltrasoundRegions = pydicom.Sequence(study.regions)
    return read_regions(dataset, study.layout.columns, study.layout.rows)


def check_truth(path, truth_path):
    """Every true point, measured on the file, gives the true value; the ids that were checked."""
    truth = json.loads(truth_path.read_text("utf-8"))
    validate(truth, SCHEMA)
    assert (truth["file"], truth_path.name) == (path.name, f"{path.stem}.truth.json")
    cine = read(path)
    for id, found in truth["measurements"].items():
        for number, entry in found["frames"].items():
            caliper = measure(cine, id, pixel_points(entry["points"]), int(number))
            expected = entry.get("values") or {caliper.values[0].id: entry["value"]}
            got = {value.id: value.value for value in caliper.values}
            assert got == pytest.approx(expected, rel=1e-5, abs=1e-5), (id, number)
            assert not {Flag.WRONG_SIDE, Flag.OUT_OF_REGION} & set(caliper.flags), (id, number)
            if CATALOG[id].side is not None:
                above = CATALOG[id].side is Side.ABOVE
                assert (caliper.values[0].value > 0) is above
    return set(truth["measurements"])


LONG = ("768x1024-348", "708x1016", "600x800")
"""Screens that are tried in the long tests alone."""


@pytest.mark.parametrize(
    "layout",
    [
        *(name for name in LAYOUTS if name not in LONG),
        "480x640+lifelike",
        *(pytest.param(name, marks=pytest.mark.slow) for name in (*LONG, "768x1024+lifelike")),
    ],
)
def test_every_measurement_is_true_on_every_screen(layout, tmp_path):
    checked = set()
    for id in CINES:
        study = without_picture(generate(id, layout, 5, frames=8))
        checked |= check_truth(*write(study, tmp_path))
    for id in STRIPS:
        checked |= check_truth(*write(generate(id, layout, 5), tmp_path))
    assert checked == set(NETWORKED)


@pytest.mark.parametrize("id", STRIPS)
def test_every_beat_of_a_strip_is_listed_and_the_truth_is_the_largest(id):
    for seed in range(4):
        study = generate(id, None, seed)
        baseline = regions_of(study)[1].baseline_y
        entry = study.truth["measurements"][id]["frames"]["0"]
        beats = entry["beats_points"]
        assert entry["points"] in beats
        assert beats == sorted(beats)  # left to right
        assert len({len(beat) for beat in beats}) == 1
        # TAPSE: from the first point to the second; velocities (mvpeak: of E) from the baseline.
        rises = {
            str(beat): abs(beat[0][1] - (beat[1][1] if id == "tapse" else baseline))
            for beat in beats
        }
        assert rises[str(entry["points"])] == max(rises.values())


@pytest.mark.parametrize("id", [row.id for row in CATALOG.values() if row.flow])
def test_a_tracing_is_shown_by_the_strip_of_its_flow(id):
    """A person who wants to try a tracing asks for it by its name."""
    study = generate(id, "480x640", 3)
    assert study.measurements == (CATALOG[id].flow,)
    assert study.name == f"{id}_480x640_0003"


@pytest.mark.parametrize("name", [*VIEWS, *MAKERS])
def test_views_and_negatives_have_a_truth_document_too(name):
    study = generate(name, "480x640", 2, frames=2)
    validate(study.truth, SCHEMA)
    assert bool(study.measurements) is (name in VIEWS or name in NETWORKED)
    assert name not in NEGATIVES or study.truth["measurements"] == {}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("quirk", "problems"),
    [
        (None, set()),
        (Quirk.INVERTED, set()),
        (Quirk.INVERTED_UNSIGNED, set()),
        (Quirk.NO_REFERENCE, {"no_reference"}),
        (Quirk.ABSOLUTE_REFERENCE, {"absolute_reference"}),
        (Quirk.ONE_PAST, set()),
    ],
)
def test_the_reader_finds_in_a_strip_what_its_quirk_broke(layout, quirk, problems):
    name = f"{layout}+{quirk.value}" if quirk else layout
    study = generate("mvpeak", name, 4)
    inset, strip = regions_of(study)
    assert study.layout.name == study.truth["layout"] == name
    assert (inset.kind, strip.kind) == (RegionKind.TWO_D, RegionKind.PW)
    assert inset.usable
    assert strip.usable
    assert {problem.code for problem in strip.problems} == problems
    assert (strip.delta[1] > 0) is (quirk is Quirk.INVERTED)
    assert strip.bounds.height == study.layout.strip.box.height + (quirk is Quirk.ONE_PAST)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "quirk",
    [None, Quirk.NEGATIVE_DELTA, Quirk.ONE_PAST, Quirk.ECG_REGION, Quirk.TWO_PANES],
)
def test_the_reader_uses_a_two_dimensional_image_in_spite_of_its_quirk(layout, quirk):
    study = generate("pa", f"{layout}+{quirk.value}" if quirk else layout, 4, frames=2)
    images = [region for region in regions_of(study) if region.kind.is_image]
    others = [region for region in regions_of(study) if not region.kind.is_image]
    assert len(images) == (2 if quirk is Quirk.TWO_PANES else 1)
    assert all(region.usable and not region.problems for region in images)
    assert all((region.delta[0] < 0) is (quirk is Quirk.NEGATIVE_DELTA) for region in images)
    assert [region.kind for region in others] == [RegionKind.ECG] * (quirk is Quirk.ECG_REGION)
    if quirk is Quirk.TWO_PANES:
        left, right = images
        assert left.bounds.x1 < right.bounds.x0
        assert left.delta != right.delta
    for other in others:
        assert other.bounds.y0 > max(region.bounds.y0 for region in images)


def test_a_spectrum_upside_down_without_its_sign_is_on_the_wrong_side(tmp_path):
    study = generate("avvmax", "480x640+inverted-unsigned", 6)
    path, _ = write(study, tmp_path)
    entry = study.truth["measurements"]["avvmax"]["frames"]["0"]
    value = measure(read(path), "avvmax", pixel_points(entry["points"])).values[0]
    assert value.value == pytest.approx(entry["value"], rel=1e-5)
    assert value.value > 0  # aortic flow leaves the probe: negative where signs hold
    assert Flag.WRONG_SIDE in value.flags


def test_r_waves_of_a_strip_count_from_its_left_edge(tmp_path):
    study = generate("tapse", "480x640", 3)
    cine = read(write(study, tmp_path)[0])
    strip = next(region for region in cine.regions if region.kind is RegionKind.M_MODE)
    assert cine.r_waves == pytest.approx(study.r_waves_s, abs=1e-6)
    assert [beat["r_wave_s"] for beat in study.truth["beats"]] == list(study.r_waves_s)
    assert cine.r_waves[0] >= 0
    assert cine.r_waves[-1] <= strip.bounds.width * strip.delta[0]


@pytest.mark.parametrize("layout", ["480x640", "1080x1920+no-reference+one-past"])
def test_names_tell_what_is_shown_and_nothing_of_a_patient(layout, tmp_path):
    names = []
    for id in ("ivs", "lvid", "trvmax"):
        study = generate(id, layout, 7, frames=2)
        path, _ = write(without_picture(study), tmp_path)
        names.append(path.stem)
        file = pydicom.dcmread(path, stop_before_pixels=True)
        assert str(file.PatientName) == "Phantom^EchoMeasure"
        assert "patient" not in path.name.lower()
        assert file.PatientID not in path.name
        assert set(path.stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    words = layout.replace("+", "_")
    assert names == [f"{id}_{words}_0007" for id in ("ivs", "lvid", "trvmax")]


def test_a_layout_is_chosen_by_the_seed_and_every_screen_meets_every_form():
    seeds = range(42)  # 6 screens by 7 forms
    stills = [generate("trvmax", None, seed) for seed in seeds]
    met = {(study.layout.name, default_form(study)) for study in stills}
    assert {layout for layout, _ in met} == set(LAYOUTS)
    assert {form for _, form in met} == set(Form) - {Form.MONO}
    assert len(met) == 6 * 5
    assert default_form(generate("pa", None, 1, frames=2)) is Form.JPEG


def test_the_largest_seed_is_a_valid_study_id_and_what_is_larger_is_refused():
    study = generate("trvmax", "480x640", 10**16 - 1)
    assert len(f"{study.seed}") == 16  # DICOM PS3.5: SH has at most 16 characters
    for seed in (-1, 10**16):
        with pytest.raises(InvalidArgument, match="out of range"):
            generate("trvmax", "480x640", seed)


def test_a_measurement_that_is_named_twice_is_drawn_once(tmp_path, capsys):
    assert main(["phantom", str(tmp_path), *("-m", "trvmax") * 2, "--layout", "480x640"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_form_may_be_named_and_an_unknown_one_is_refused(tmp_path):
    study = generate("trvmax", "480x640", 1)
    path, _ = write(study, tmp_path, "mono")
    assert pydicom.dcmread(path).PhotometricInterpretation == "MONOCHROME2"
    with pytest.raises(InvalidArgument, match="Known: jpeg, rgb, planar, palette"):
        write(study, tmp_path, "tiff")


@pytest.mark.parametrize("name", ["640x480", "480x640+upside-down", "480x640+"])
def test_an_unknown_layout_or_quirk_is_answered_with_the_known_ones(name):
    with pytest.raises(InvalidArgument, match=r"Known: (768x1024|inverted), "):
        generate("trvmax", name, 1)


def test_a_long_cine_is_written_without_holding_its_frames(tmp_path):
    """100 frames of 480x640 RGB are 92 MB."""
    study = generate("pa", "480x640", 1, frames=100)
    pictures = [np.full((480, 640, 3), level, np.uint8) for level in (10, 200)]
    study = replace(study, render=lambda index: pictures[index % 2])
    tracemalloc.start()
    path, _ = write(study, tmp_path, Form.RGB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 92_000_000
    assert peak < 10_000_000
    cine = read(path)
    assert [int(cine.frame(index)[5, 5, 0]) for index in (0, 1, 98, 99)] == [10, 200, 10, 200]


@pytest.mark.parametrize("seed", [0, 5, 6])
def test_the_file_says_of_the_made_up_person_what_the_truth_knows(seed: int, tmp_path) -> None:
    """The same in every image of a seed; born in 1960 and examined in 2026, both on 1 January."""
    told = []
    for id in ("trvmax", "mvpeak"):
        study = without_picture(generate(id, "600x800", seed))
        dicom, _ = write(study, tmp_path)
        facts = read(dicom).subject
        told.append((facts.sex, facts.height_cm, facts.weight_kg, facts.age))
        truth = study.truth["subject"]
        assert told[-1] == tuple(truth[key] for key in ("sex", "height_cm", "weight_kg", "age"))
        assert (facts.age, facts.notes) == (66, ())
    assert told[0] == told[1]
