"""How many examples a property is tried on: few in every run, more in `make validate`."""

from __future__ import annotations

import os

VARIABLE = "ECHOMEASURE_TEST_EXAMPLES"


def examples(usual: int) -> int:
    """`usual` times what the environment says, else once."""
    return usual * int(os.environ.get(VARIABLE, "1"))
