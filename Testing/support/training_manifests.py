"""Training manifests as somebody else would write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from EchoMeasureLib.training.manifest import FORMAT


def write_manifest(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as `manifest.schema.json` describes them; their files relative to the manifest."""
    document = {"format": FORMAT, "version": 1, "made_by": "a test", "examples": list(rows)}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
