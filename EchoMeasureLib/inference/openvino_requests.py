"""Runs of what OpenVINO has compiled, one at a time, without what its convenience costs."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import openvino


class Requests:
    """Runs one compiled network of one input and one output of fixed shapes.

    To make a request takes a tenth as long as a small network, and so does a copy of what it
    gives: requests are kept, and write into the array that is handed out. Several threads may run
    the same network.
    """

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        import openvino

        self._compiled = compiled
        self._tensor = openvino.Tensor
        self._shape = tuple(compiled.input(0).shape), tuple(compiled.output(0).shape)
        self._type = compiled.output(0).element_type.to_dtype()
        self._idle: list[openvino.InferRequest] = []

    def run(self, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The output for this input, whose values are laid out as the network has them.

        Raises `RuntimeError` when OpenVINO fails.
        """
        into, out_of = self._shape
        # Held until the run has ended: OpenVINO only knows where they lie.
        seen = _writable(np.ascontiguousarray(given)).reshape(into)
        found = np.empty(out_of, self._type)
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        request.set_input_tensor(self._tensor(seen, shared_memory=True))
        request.set_output_tensor(self._tensor(found, shared_memory=True))
        request.infer()
        self._idle.append(request)
        return found


def _writable(given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory, to be held as long: OpenVINO takes no locked one, and only reads it."""
    if given.flags.writeable:
        return given
    memory = (ctypes.c_ubyte * given.nbytes).from_address(given.ctypes.data)
    lent: npt.NDArray[Any] = np.frombuffer(memoryview(memory), given.dtype)
    return lent
