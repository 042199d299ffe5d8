"""The training manifest: read, checked, split by study."""

import json

import numpy as np
import pytest
from PIL import Image
from schemas import validate
from training_manifests import write_manifest

from EchoMeasureLib.errors import CannotMeasure, InvalidDocument, UnreadableFile
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.phantoms.layouts import LAYOUTS
from EchoMeasureLib.training.dataset import digest, reduced
from EchoMeasureLib.training.manifest import (
    FORMAT,
    read_manifest,
    read_phantoms,
    split_of,
)
from EchoMeasureLib.training.sources import ManifestSource
from EchoMeasureLib.training.tasks import Heads
from EchoMeasureLib.training.training_run import TrainingRequest, run_training

ROW = {
    "file": "a.png",
    "frame": 0,
    "study": "s1",
    "split": "train",
    "landmarks": {"lvid": [[[100, 80], [110.5, 160]]]},
}


def manifest(tmp_path, *changes):
    path = tmp_path / "manifest.json"
    write_manifest(path, [ROW | change for change in changes])
    return path


def test_what_is_written_follows_the_schema(tmp_path):
    path = manifest(
        tmp_path, {}, {"absent": ["pa"], "region": {"kind": "2d", "bounds": [0, 0, 9, 9]}}
    )
    validate(json.loads(path.read_text()), "training/manifest.schema.json")
    example = read_manifest(path)[0]
    assert example.landmarks["lvid"][0][1] == (110.5, 160)
    assert example.file == tmp_path / "a.png"


BROKEN = [
    # A diameter has two ends.
    ({"landmarks": {"lvid": [[[1, 2]]]}}, "2 point"),
    ({"landmarks": {"spleen": [[[1, 2]]]}}, "spleen"),
    ({"split": "exam"}, "no split"),
    ({"frame": -1}, "counted from 0"),
    ({"region": {"kind": "sonar", "bounds": [0, 0, 1, 1]}}, "sonar"),
    ({"file": None, "landmarks": None}, "Example 0"),
    ({"frame": 1.7}, "frame: expected a whole number"),
    ({"study": ""}, "have to be named"),
    ({"landmarks": {"lvid": [[[1, 2], [3, "4"]]]}}, "expected a number"),
    ({"landmarks": {"lvid": [[[1, 2], [3, 4, 5]]]}}, "expected 2 items"),
    ({"landmarks": {"lvid": []}}, "2 point"),
    ({"absent": ["lvid"]}, "lvid has landmarks, and is said to be absent"),
    ({"absent": "pa"}, "expected a list"),
    ({"region": {"kind": "2d", "bounds": [9, 9, 1, 1]}}, "bounds"),
    ({"region": {"kind": "2d", "bounds": [0, 0, 9]}}, "expected 4 items"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_a_broken_example_is_named(tmp_path, change, said):
    with pytest.raises((InvalidDocument, LookupError), match=said):
        read_manifest(manifest(tmp_path, change))


def test_another_document_is_refused(tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"format": "something"}')
    with pytest.raises(InvalidDocument, match=FORMAT):
        read_manifest(path)


def test_one_study_cannot_be_in_two_splits(tmp_path):
    with pytest.raises(InvalidDocument, match="two splits"):
        read_manifest(manifest(tmp_path, {}, {"split": "test"}))


def test_the_split_of_a_study_follows_from_its_name():
    names = [f"study {i}" for i in range(2000)]
    splits = [split_of(name) for name in names]
    assert splits == [split_of(name) for name in names]
    # 80, 10 and 10 per cent of 2000, within five standard deviations.
    assert splits.count("train") == pytest.approx(1600, abs=90)
    assert splits.count("test") == pytest.approx(200, abs=70)


@pytest.fixture
def picture(tmp_path):
    """A 4:3 screen of 1280 x 960 with one bright pixel block."""
    pixels = np.zeros((960, 1280, 3), np.uint8)
    pixels[400:402, 600:602] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")


@pytest.mark.usefixtures("picture")
def test_landmarks_move_to_the_canvas_with_the_pixels(tmp_path):
    path = manifest(tmp_path, {"landmarks": {"lvid": [[[600.5, 400.5], [0.5, 0.5]]]}})
    source = ManifestSource.of(Heads.of(["lvid", "pa"]), 2, read_manifest(path), "train", True)
    sample = source.sample(0)
    # 1280 x 960 to 640 x 480 is a half: pixel pair (600, 601) is canvas pixel 300.
    assert sample.supervision.points[:2, 0].tolist() == [[300.0, 200.0], [0.0, 0.0]]
    assert sample.picture.shape == (240, 320, 3)
    assert np.argwhere(sample.picture[..., 0] > 0).tolist() == [[100, 150]]
    # Nobody looked for a pulmonary artery here.
    assert sample.supervision.known.tolist() == [1, 1, 0, 0]


@pytest.mark.usefixtures("picture")
def test_a_picture_without_landmarks_is_a_negative_for_every_head(tmp_path):
    path = manifest(tmp_path, {"landmarks": {}})
    source = ManifestSource.of(Heads.of(["lvid", "pa"]), 2, read_manifest(path), "train", True)
    assert source.sample(0).supervision.known.tolist() == [1, 1, 1, 1]
    assert np.isnan(source.sample(0).supervision.points).all()


@pytest.mark.usefixtures("picture")
def test_a_landmark_beside_the_picture_is_no_sign_that_there_is_none(tmp_path):
    """The last pixel of 1280 x 960 ends at 1279.5, 959.5."""
    heads = Heads.of(["lvid"])
    for x, inside in ((1279.5, True), (1280.0, False)):
        path = manifest(tmp_path, {"landmarks": {"lvid": [[[100, 80], [x, 160]]]}})
        source = ManifestSource.of(heads, 2, read_manifest(path), "train", True)
        if inside:
            assert not np.isnan(source.sample(0).supervision.points[1, 0]).any()
        else:
            with pytest.raises(CannotMeasure, match="lies beside the picture of 1280 x 960"):
                source.sample(0)


@pytest.mark.parametrize(("id", "quirk"), [("trvmax", "aliased"), ("tapse", "clipped")])
def test_a_phantom_whose_peaks_are_past_the_edge_has_nothing_to_find(tmp_path, id, quirk):
    write(generate(id, f"480x640+{quirk}", 7), tmp_path)
    (example,) = read_phantoms(tmp_path)
    source = ManifestSource.of(Heads.of([id]), 2, [example], example.split)
    supervision = source.sample(0).supervision
    assert supervision.known.all()
    assert np.isnan(supervision.points).all()


def test_a_file_that_is_not_there_is_named(tmp_path):
    source = ManifestSource.of(
        Heads.of(["lvid"]), 2, read_manifest(manifest(tmp_path, {})), "train"
    )
    with pytest.raises(UnreadableFile, match=r"There is no file .*a\.png"):
        source.identity()


@pytest.mark.parametrize("rows", [None, {"a": ROW}, "abc"])
def test_examples_are_a_list(tmp_path, rows):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"format": FORMAT, "version": 1, "examples": rows}))
    with pytest.raises(InvalidDocument, match="no list of examples"):
        read_manifest(path)


@pytest.mark.usefixtures("picture")
def test_the_data_hash_changes_with_pixels_and_with_landmarks(tmp_path):
    heads = Heads.of(["lvid"])

    def of(change):
        examples = read_manifest(manifest(tmp_path, change))
        return digest(ManifestSource.of(heads, 2, examples, "train").identity())

    assert of({}) == of({})
    assert of({}) != of({"landmarks": {"lvid": [[[100, 80], [110.6, 160]]]}})


@pytest.mark.usefixtures("picture")
def test_a_job_goes_from_manifest_to_checkpoint(tmp_path):
    path = manifest(tmp_path, {}, {"study": "s2", "split": "validation"})
    request = TrainingRequest(
        tmp_path / "lvid.ckpt", manifest=path, steps=2, batch=1, keep_screen=True
    )
    report = run_training(request)
    told = json.loads((tmp_path / "lvid.json").read_text())
    assert told["measurements"] == ["lvid"]
    assert told["data"]["train"]["count"] == report.samples == 1
    assert (tmp_path / "lvid.ckpt").stat().st_size < 10e6
    assert told["regions_only"] is False


IMAGE = {"kind": "2d", "bounds": [200, 100, 1000, 800]}


@pytest.mark.parametrize(("region", "keep_screen"), [(None, True), (IMAGE, False), (IMAGE, True)])
def test_what_lies_beside_the_image_is_black_in_prepared_pictures(
    tmp_path, region, keep_screen: bool
):
    """A white screen of 1280 x 960; columns 200 to 1000 and rows 100 to 800 are the image."""
    Image.fromarray(np.full((960, 1280, 3), 255, np.uint8)).save(tmp_path / "a.png")
    path = manifest(tmp_path, {} if region is None else {"region": region})
    heads = Heads.of(["lvid"])
    source = ManifestSource.of(heads, 2, read_manifest(path), "train", keep_screen)
    picture = source.sample(0).picture
    # A pixel of the picture is 4 x 4 of the screen.
    inside, outside = picture[26:200, 51:249], np.delete(picture, np.s_[25:201], axis=0)
    assert (inside == 255).all()
    assert (outside == (255 if keep_screen else 0)).all()


def test_a_screen_that_declares_nothing_is_kept_only_when_a_person_says_so(tmp_path):
    Image.fromarray(np.full((96, 128, 3), 255, np.uint8)).save(tmp_path / "a.png")
    source = ManifestSource.of(
        Heads.of(["lvid"]), 2, read_manifest(manifest(tmp_path, {})), "train"
    )
    with pytest.raises(CannotMeasure, match=r"a\.png declares no part.*--keep-screen"):
        source.sample(0)


def test_averaging_keeps_brightness():
    canvas = np.zeros((3, 4, 4), np.float32)
    canvas[:, 0, 0] = 1
    assert reduced(canvas, 2)[..., 0].tolist() == [[64, 0], [0, 0]]
    assert reduced(canvas, 1)[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize(("id", "layout"), [("lvid", "480x640"), ("mvpeak", "600x800")])
def test_phantoms_on_disk_are_training_data_with_every_beat(tmp_path, id, layout):
    study = generate(id, LAYOUTS[layout], 7, frames=4)
    _, truth_path = write(study, tmp_path)
    truth = json.loads(truth_path.read_text())["measurements"][id]["frames"]
    examples = read_phantoms(tmp_path, per_study=2)
    assert 1 <= len(examples) <= 2
    source = ManifestSource.of(Heads.of([id]), 2, examples, examples[0].split)
    sample = source.sample(0)
    entry = truth[str(examples[0].frame)]
    beats = entry.get("beats_points", [entry["points"]])
    for channel in sample.supervision.points:
        assert np.isfinite(channel[:, 0]).sum() == len(beats)
    # The measured structure lies in the picture and not in a black border.
    x, y = ((sample.supervision.points[:, 0] + 0.5) / 2).astype(int).T
    for column, row in zip(x, y, strict=True):
        assert sample.picture[row - 6 : row + 7, column - 6 : column + 7].max() > 20
