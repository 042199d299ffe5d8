"""What the networks are asked for: heat maps, and which head learns from which picture."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from EchoMeasureLib.catalog import CATALOG
from EchoMeasureLib.errors import InvalidArgument
from EchoMeasureLib.training.augmenting import NO_CHANGE, Augmentation, augment, warp
from EchoMeasureLib.training.losses import heat_map_loss
from EchoMeasureLib.training.targets import SPOTS, Grid, Spot, heat_maps, peaks
from EchoMeasureLib.training.tasks import (
    SHARED,
    UNDECIDABLE,
    CanvasKind,
    Heads,
    all_of,
    canvas_kind,
    supervision,
)

GRID = Grid(120, 160, 4.0, 4.0)


def at(*places):
    """Points (1, channels, 1, 2) on the canvas."""
    return torch.tensor([[[place] for place in places]], dtype=torch.float32)


def test_a_cell_lies_where_torch_interpolates_it():
    # Cell 0 covers canvas pixels 0..3, whose centre is 1.5; cell 10 covers 40..43.
    cells = torch.tensor([[0.0, 0.0], [10.0, 5.0]])
    assert GRID.to_canvas(cells).tolist() == [[1.5, 1.5], [41.5, 21.5]]
    assert GRID.to_cells(GRID.to_canvas(cells)).tolist() == cells.tolist()


@pytest.mark.parametrize("place", [(100.0, 80.0), (333.3, 207.9), (41.5, 401.25)])
def test_the_centroid_of_a_target_is_the_landmark(place):
    heat = heat_maps(at(place), GRID, Spot(7, 7))[0, 0]
    x, y = torch.meshgrid(torch.arange(160.0), torch.arange(120.0), indexing="xy")
    centre = torch.stack(((heat * x).sum(), (heat * y).sum())) / heat.sum()
    assert GRID.to_canvas(centre).tolist() == pytest.approx(place, abs=1e-3)


def test_a_target_falls_to_exp_minus_one_half_one_standard_deviation_away():
    # A landmark on the centre of cell (25, 20), canvas (101.5, 81.5); 2 cells are 8 pixels.
    heat = heat_maps(at((101.5, 81.5)), GRID, Spot(8, 4))[0, 0]
    assert float(heat[20, 25]) == 1
    assert float(heat[20, 27]) == pytest.approx(np.exp(-0.5))
    assert float(heat[22, 25]) == pytest.approx(np.exp(-2))


def test_an_absent_structure_is_an_empty_map_and_beats_do_not_add_up():
    points = torch.full((1, 2, 3, 2), torch.nan)
    points[0, 0, 0] = torch.tensor([100.0, 100.0])
    points[0, 0, 2] = torch.tensor([104.0, 100.0])
    heat = heat_maps(points, GRID, Spot(7, 7))
    assert float(heat[0, 1].max()) == 0
    assert float(heat[0, 0].max()) <= 1


def test_the_decoder_of_training_reads_back_what_the_target_says():
    heat = heat_maps(at((203.7, 150.2), (400.1, 333.3)), GRID, SPOTS[CanvasKind.IMAGE])
    places, heights = peaks(torch.logit(heat, 1e-6), GRID, reach=6)
    assert places[0].tolist() == pytest.approx(at((203.7, 150.2), (400.1, 333.3))[0, :, 0], abs=0.2)
    assert heights.min() > 0.9


def test_a_perfect_answer_costs_nothing_and_any_other_something():
    heat = heat_maps(at((203.7, 150.2)), GRID, Spot(7, 7))
    known = torch.ones(1, 1)
    perfect = torch.logit(heat.double()).clamp(-60, 60)
    assert float(heat_map_loss(perfect, heat, known)) == pytest.approx(0, abs=1e-3)
    shifted = torch.logit(heat_maps(at((207.7, 150.2)), GRID, Spot(7, 7)), 1e-6)
    assert float(heat_map_loss(shifted, heat, known)) > 1
    assert float(heat_map_loss(torch.full_like(heat, -8), heat, known)) > 10


def test_a_masked_channel_costs_nothing_and_gives_no_gradient():
    logits = torch.zeros(1, 2, 120, 160, requires_grad=True)
    heat = heat_maps(at((50.0, 50.0), (90.0, 90.0)), GRID, Spot(7, 7))
    heat_map_loss(logits, heat, torch.tensor([[1.0, 0.0]])).backward()
    assert float(logits.grad[0, 0].abs().max()) > 0
    assert float(logits.grad[0, 1].abs().max()) == 0


@pytest.mark.parametrize("kind", list(CanvasKind))
def test_every_measurement_has_a_head_on_one_of_the_two_canvases(kind):
    heads = Heads.of(all_of(kind))
    assert heads.channels == sum(len(CATALOG[id].points) for id in heads.ids)
    assert {canvas_kind(id) for id in heads.ids} == {kind}


def test_one_network_learns_one_kind_of_canvas():
    with pytest.raises(InvalidArgument, match="one kind of canvas"):
        Heads.of(["lvid", "trvmax"])


@pytest.mark.parametrize("id", ["avvti", "mvdt", "mvadur"])
def test_no_network_learns_a_tracing_or_a_time(id):
    with pytest.raises(InvalidArgument, match=rf"No network learns .*\({id}\)"):
        Heads.of(["avvmax", id])


def test_undecidable_and_shared_heads_are_mutual_and_of_one_region_kind():
    for table in (UNDECIDABLE, SHARED):
        for id, others in table.items():
            for other in others:
                assert id in table[other]
                assert CATALOG[id].regions == CATALOG[other].regions
                assert CATALOG[id].side == CATALOG[other].side


STRIP = Heads.of(all_of(CanvasKind.STRIP))
PEAK = np.array([[[300.0, 200.0]]], np.float32)
PAIR = np.array([[[300.0, 100.0], [380.0, 140.0]]], np.float32)

# What a picture of one measurement says to another head: a landmark, nothing there, or nothing.
VERDICTS = [
    ("trvmax", PEAK, "trvmax", "landmark"),
    # A CW jet below the baseline may be any of three valves.
    ("trvmax", PEAK, "mrvmax", "masked"),
    ("avvmax", PEAK, "trvmax", "masked"),
    # Inflow is above the baseline, an LVOT has a window, tissue Doppler is thin lines.
    ("mvpeak", PAIR, "trvmax", "absent"),
    ("lvotvmax", PEAK, "avvmax", "absent"),
    ("latevel", PEAK, "mvpeak", "absent"),
    ("tapse", PAIR, "mvpeak", "absent"),
    # Lateral and septal e' are the same point.
    ("latevel", PEAK, "medevel", "landmark"),
]


@pytest.mark.parametrize(("shown", "points", "head", "verdict"), VERDICTS)
def test_what_a_strip_says_to_each_head(shown, points, head, verdict):
    known = supervision(STRIP, {shown: points})
    channels = STRIP.slices()[head]
    has = not np.isnan(known.points[channels, 0]).any()
    said = "landmark" if has else "absent" if known.known[channels].all() else "masked"
    assert said == verdict


def test_a_structure_that_nobody_measured_is_unknown_and_not_absent():
    heads = Heads.of(["ivs", "lvid", "rv_base"])
    known = supervision(heads, {"lvid": PAIR}, unknown=["ivs", "lvid"])
    assert known.known.tolist() == [0, 0, 1, 1, 1, 1]


def test_flipping_never_happens_unless_it_is_asked_for():
    pictures, points = torch.zeros(4, 3, 24, 32), torch.full((4, 1, 1, 2), 8.0)
    for seed in range(5):
        how = Augmentation(0, 0, 0, 0, 0, 0, 0, 0.01)
        moved = augment(pictures, points, how, torch.Generator().manual_seed(seed))[1]
        assert torch.allclose(moved, points, atol=1e-5)
    how = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, flip=True)
    moved = augment(pictures, points, how, torch.Generator().manual_seed(0))[1]
    # Column 8 of 32 becomes column 31 - 8.
    assert set(moved[..., 0].round().flatten().tolist()) <= {8.0, 23.0}


@pytest.mark.parametrize(
    "matrix",
    [
        [[1.0, 0.0, 5.0], [0.0, 1.0, -3.0]],
        [[1.1, 0.0, 0.0], [0.0, 0.9, 0.0]],
        [[0.996, -0.087, 2.0], [0.087, 0.996, 1.0]],
    ],
)
def test_pixels_and_landmarks_move_together(matrix):
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    blob = torch.exp(-((x - 40) ** 2 + (y - 60) ** 2) / 50).expand(1, 3, -1, -1)
    moved, points = warp(blob, torch.tensor([[[[40.0, 60.0]]]]), torch.tensor([matrix]))
    weight = moved[0, 0]
    centre = [float((weight * axis).sum() / weight.sum()) for axis in (x, y)]
    assert points.flatten().tolist() == pytest.approx(centre, abs=0.05)


def test_a_landmark_that_leaves_the_picture_is_dropped():
    far = torch.tensor([[[1.0, 0.0, 100.0], [0.0, 1.0, 0.0]]])
    points = warp(torch.zeros(1, 3, 96, 128), torch.tensor([[[[40.0, 60.0]]]]), far)[1]
    assert points.isnan().all()


def test_a_landmark_is_gone_where_echo_drops_out_and_no_other_is():
    """Every picture has a hole 4 to 12 pixels wide, half of them at the first of two landmarks."""
    pictures = torch.ones(64, 3, 96, 128)
    points = torch.tensor([[[40.0, 50.0]], [[100.0, 20.0]]]).expand(64, 2, 1, 2)
    how = replace(NO_CHANGE, gaps=1.0)
    light, left = augment(pictures, points, how, torch.Generator().manual_seed(1))
    there = ~left[..., 0].isnan()[..., 0]
    at = torch.stack((light[:, 0, 50, 40], light[:, 0, 20, 100]), 1)
    assert torch.equal(there, at > 0.4)
    assert 16 < int((~there).sum()) < 48
    dark = (light[:, 0] < 1).sum((1, 2))
    assert int(dark.max()) <= 3.15 * 12**2
    untouched, same = augment(pictures, points, replace(how, gaps=0.0), torch.Generator())
    assert torch.equal(untouched, pictures)
    assert torch.equal(same, points)


def test_large_grain_and_lifted_black_are_of_some_pictures_alone():
    pictures, points = torch.full((64, 3, 96, 128), 0.4), torch.zeros(64, 1, 1, 2)
    generator = torch.Generator().manual_seed(2)
    grainy = augment(pictures, points, replace(NO_CHANGE, coarse=0.5), generator)[0]
    spread = grainy.flatten(1).std(1)
    assert 16 < int((spread == 0).sum()) < 48
    assert float(spread.max()) > 0.05
    lifted = augment(0 * pictures, points, replace(NO_CHANGE, lift=0.3), generator)[0]
    black = lifted.flatten(1).amax(1)
    assert 1 <= int((black > 0).sum()) <= 20
    assert float(black.max()) <= 0.3


def test_the_same_seed_changes_a_picture_the_same_way():
    pictures, points = torch.rand(2, 3, 24, 32), torch.rand(2, 1, 1, 2) * 20
    runs = [
        augment(pictures, points, Augmentation(), torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    ]
    assert torch.equal(runs[0][0], runs[1][0])
    assert not torch.equal(runs[0][0], runs[2][0])
    for same in itertools.chain(augment(pictures, points, NO_CHANGE, torch.Generator())):
        assert same is pictures or same is points
