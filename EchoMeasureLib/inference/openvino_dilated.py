"""Convolutions whose taps lie far apart, each as a sum over its taps.

DeepLabV3 ends in three convolutions of 3 x 3 whose taps lie 12, 24 and 36 pixels apart, on a map of
60 x 80. Processors that multiply in tiles (AMX) take ten times longer for these than for as many
products in a row, and others multiply the zeros around the map too. One tap is a convolution of
1 x 1 with the part of the map that lies under it, which is quick everywhere.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import openvino

FAR = 8
"""Pixels between two taps from which on this pays."""

WEIGHTS = ("Constant", "Convert", "Multiply", "Subtract")
"""What makes the weights of a convolution, in float32 and in 8-bit integers."""

ROWS, COLUMNS = 2, 3
"""The axes of a map (1, channels, rows, columns)."""


def split_dilated(model: openvino.Model) -> int:
    """Replace these convolutions of a model of fixed size, in place; how many there were.

    It computes the same, and adds in another order. One in 8-bit integers stays so.
    """
    found = [node for node in model.get_ordered_ops() if _is_far_apart(node)]
    for node in found:
        sum_ = _sum_of_taps(node)
        for taker in node.output(0).get_target_inputs():
            taker.replace_source_output(sum_)
    model.validate_nodes_and_infer_types()
    return len(found)


def _is_far_apart(node: openvino.Node) -> bool:
    """Whether it is such a convolution, with a map that stays as large as it is."""
    if node.get_type_name() != "Convolution" or node.get_output_partial_shape(0).is_dynamic:
        return False
    facts = node.get_attributes()
    apart, taps = [*facts["dilations"]], [*node.input(1).get_shape()][ROWS:]
    around = [between * (count // 2) for between, count in zip(apart, taps, strict=True)]
    return bool(
        min(apart) >= FAR
        and all(count % 2 for count in taps)
        and [*facts["strides"]] == [1, 1]
        and [*facts["pads_begin"]] == [*facts["pads_end"]] == around
        and _is_constant(node.input_value(1))
    )


def _is_constant(weights: openvino.Output) -> bool:
    node = weights.get_node()
    parts = node.input_values()
    return node.get_type_name() in WEIGHTS and all(_is_constant(part) for part in parts)


def _tap(weights: openvino.Output, row: int, column: int) -> openvino.Output:
    """The weights (channels out, channels in, 1, 1) of one tap of (..., rows, columns).

    Integers stay integers, with their scale.
    """
    from openvino import opset13 as operations

    node = weights.get_node()
    name = node.get_type_name()
    if name == "Constant":
        numbers = node.get_data()
        # A scale is one number for all taps of a channel, or for all.
        if numbers.ndim < 4 or numbers.shape[ROWS:] == (1, 1):
            return weights
        numbers = numbers[:, :, row : row + 1, column : column + 1]
        return operations.constant(np.ascontiguousarray(numbers)).output(0)
    parts = [_tap(part, row, column) for part in node.input_values()]
    if name == "Convert":
        return operations.convert(*parts, node.get_element_type()).output(0)
    made = operations.multiply if name == "Multiply" else operations.subtract
    return made(*parts).output(0)


def _sum_of_taps(node: openvino.Node) -> openvino.Output:
    from openvino import opset13 as operations

    weights = node.input_value(1)
    counts, size = ([*node.input(number).get_shape()][ROWS:] for number in (1, 0))
    down, across = map(_offsets, counts, node.get_attributes()["dilations"], size)

    def under(map_: openvino.Output, axis: int, offset: int) -> openvino.Output:
        """The part of a map that a tap sees."""
        ends = (max(0, offset), map_.get_shape()[axis] + min(0, offset))
        cut = [operations.constant(np.array([number])) for number in (*ends, 1, axis)]
        return operations.slice(map_, *cut).output(0) if offset else map_

    def back(part: openvino.Output, axis: int, offset: int) -> openvino.Output:
        """As large as the map again, with zeros where the tap saw none of it."""
        before, after = np.zeros((2, 4), np.int64)
        before[axis], after[axis] = max(0, -offset), max(0, offset)
        ends = (operations.constant(before), operations.constant(after))
        zero = operations.constant(np.float32(0))
        return operations.pad(part, *ends, "constant", zero).output(0) if offset else part

    def added(one: openvino.Output, other: openvino.Output) -> openvino.Output:
        return operations.add(one, other).output(0)

    lines = []
    for row, above in down:
        seen = under(node.input_value(0), ROWS, above)
        parts = []
        for column, left in across:
            tap = _tap(weights, row, column)
            part = operations.convolution(
                under(seen, COLUMNS, left), tap, [1, 1], [0, 0], [0, 0], [1, 1]
            )
            parts.append(back(part.output(0), COLUMNS, left))
        lines.append(back(reduce(added, parts), ROWS, above))
    return reduce(added, lines)


def _offsets(count: int, between: int, length: int) -> list[tuple[int, int]]:
    """Each tap that sees some of the map: its number, and how far it lies from the middle one."""
    offsets = [(number, (number - count // 2) * between) for number in range(count)]
    return [(number, offset) for number, offset in offsets if abs(offset) < length]
