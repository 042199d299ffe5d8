"""Small seeded networks: milliseconds a frame, sure of points that mean nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from EchoMeasureLib.catalog import CATALOG


def write_small_networks(
    folder: Path, image: Iterable[str] = (), strip: Iterable[str] = ()
) -> Path:
    """Compact checkpoints for measurements on 2-D images and on strips; returns the folder."""
    import torch

    from EchoMeasureLib.inference.compact import CompactNetwork

    for name, ids in (("image", tuple(image)), ("strip", tuple(strip))):
        if ids:
            torch.manual_seed(4)
            heads = {id: len(CATALOG[id].points) for id in ids}
            network = CompactNetwork(heads, width=(4, 8, 8, 8, 8, 8))
            for head in network.heads.values():
                # A fresh head says that there is nothing; these see something everywhere.
                head.bias.data.zero_()  # type: ignore[operator]
            torch.save(network.state_dict(), folder / f"{name}.ckpt")
    return folder
