"""A convolution whose taps lie far apart is the sum over its taps; torch says what comes out."""

from __future__ import annotations

import numpy as np
import openvino
import pytest
import torch
from openvino import opset13 as operations

from EchoMeasureLib.inference.openvino_dilated import split_dilated
from EchoMeasureLib.inference.openvino_models import core

ROWS, COLUMNS = 30, 44


def convolution(
    taps: tuple[int, int], apart: tuple[int, int], around: tuple[int, int], stride: int = 1
) -> tuple[openvino.Model, torch.Tensor, torch.Tensor]:
    """A model of one convolution, a map for it, and what torch makes of that map."""
    numbers = torch.Generator().manual_seed(3)
    weights = torch.randn(5, 4, *taps, generator=numbers)
    map_ = torch.randn(1, 4, ROWS, COLUMNS, generator=numbers)
    wanted = torch.nn.functional.conv2d(map_, weights, None, stride, around, apart)
    given = operations.parameter([1, 4, ROWS, COLUMNS], openvino.Type.f32)
    made = operations.convolution(
        given, operations.constant(weights.numpy()), [stride] * 2, [*around], [*around], [*apart]
    )
    return openvino.Model([operations.relu(made)], [given]), map_, wanted.relu()


def dilated(model: openvino.Model) -> list[list[int]]:
    """How far apart the taps of its convolutions are."""
    nodes = [node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"]
    return [[*node.get_attributes()["dilations"]] for node in nodes]


@pytest.mark.parametrize(
    ("taps", "apart", "products"),
    [
        # Rows of 30 and columns of 44: taps 36 apart see nothing above and below.
        ((3, 3), (12, 12), 9),
        ((3, 3), (24, 24), 9),
        ((3, 3), (36, 36), 3),
        ((3, 3), (60, 60), 1),
        ((5, 3), (12, 20), 15),
        ((5, 3), (16, 8), 9),
        ((1, 3), (9, 9), 3),
    ],
)
def test_far_taps_are_summed(taps: tuple[int, int], apart: tuple[int, int], products: int) -> None:
    around = (apart[0] * (taps[0] // 2), apart[1] * (taps[1] // 2))
    model, map_, wanted = convolution(taps, apart, around)
    assert split_dilated(model) == 1
    assert dilated(model) == [[1, 1]] * products
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    found = core().compile_model(model, "CPU", exact)(map_.numpy())[0]
    assert found.shape == wanted.shape
    assert np.abs(found - wanted.numpy()).max() < 1e-4


@pytest.mark.parametrize(
    ("taps", "apart", "around", "stride"),
    [
        ((3, 3), (2, 2), (2, 2), 1),
        ((3, 3), (12, 12), (0, 0), 1),
        ((3, 3), (12, 12), (12, 12), 2),
        ((2, 3), (12, 12), (12, 12), 1),
    ],
)
def test_any_other_stays(
    taps: tuple[int, int], apart: tuple[int, int], around: tuple[int, int], stride: int
) -> None:
    model, _, _ = convolution(taps, apart, around, stride)
    assert split_dilated(model) == 0
    assert dilated(model) == [[*apart]]


def test_weights_in_integers_stay_integers_with_their_scale() -> None:
    numbers = np.random.default_rng(4)
    weights = numbers.integers(-127, 128, (5, 4, 3, 3), np.int8)
    scale = numbers.uniform(0.01, 0.02, (5, 1, 1, 1)).astype(np.float32)
    map_ = numbers.normal(size=(1, 4, ROWS, COLUMNS)).astype(np.float32)
    wanted = torch.nn.functional.conv2d(
        torch.from_numpy(map_), torch.from_numpy(weights * scale), None, 1, 12, 12
    )
    given = operations.parameter([1, 4, ROWS, COLUMNS], openvino.Type.f32)
    real = operations.convert(operations.constant(weights), openvino.Type.f32)
    made = operations.convolution(
        given, operations.multiply(real, scale), [1, 1], [12, 12], [12, 12], [12, 12]
    )
    model = openvino.Model([made], [given])
    assert split_dilated(model) == 1
    constants = [
        [*node.shape]
        for node in model.get_ordered_ops()
        if node.get_type_name() == "Constant" and node.get_element_type() == openvino.Type.i8
    ]
    assert constants == [[5, 4, 1, 1]] * 9
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    found = core().compile_model(model, "CPU", exact)(map_)[0]
    assert np.abs(found - wanted.numpy()).max() < 1e-4
