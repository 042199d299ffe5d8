"""EchoMeasure: measurements on echocardiograms. Research use only, not a medical device.

The names below are the way in; each is loaded when it is first asked for, so importing
this package loads neither torch nor Slicer, nor anything else:

>>> from EchoMeasureLib import measure, pixel_points, read
>>> cine = read("echo.dcm")
>>> caliper = measure(cine, "aorta", pixel_points([(629, 319), (689, 435)]))
>>> print(f"{caliper.value('aorta').value:.2f} {caliper.value('aorta').unit}")
3.33 cm
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from EchoMeasureLib.agreement.reading_two_sets import ReadingSet, compare_sets
    from EchoMeasureLib.catalog import CATALOG, definition
    from EchoMeasureLib.definitions import Definition
    from EchoMeasureLib.errors import EchoMeasureError
    from EchoMeasureLib.exporting.study_files import read_study
    from EchoMeasureLib.flags import Flag
    from EchoMeasureLib.geometry import Affine2D, Box, Landmark, PixelPoint
    from EchoMeasureLib.imaging.cine import Cine
    from EchoMeasureLib.imaging.reading import read
    from EchoMeasureLib.imaging.regions import Region, RegionKind
    from EchoMeasureLib.inference.prediction import Prediction
    from EchoMeasureLib.measuring.calipers import Caliper, measure, pixel_points
    from EchoMeasureLib.measuring.running import predict_calipers
    from EchoMeasureLib.measuring.values import Value
    from EchoMeasureLib.progress import Cancelled, Monitor, Progress
    from EchoMeasureLib.review.session import Review

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."
"""Said by every skin and every report."""

__all__ = [
    "CATALOG",
    "RESEARCH_USE_ONLY",
    "Affine2D",
    "Box",
    "Caliper",
    "Cancelled",
    "Cine",
    "Definition",
    "EchoMeasureError",
    "Flag",
    "Landmark",
    "Monitor",
    "PixelPoint",
    "Prediction",
    "Progress",
    "ReadingSet",
    "Region",
    "RegionKind",
    "Review",
    "Value",
    "__version__",
    "compare_sets",
    "definition",
    "measure",
    "pixel_points",
    "predict_calipers",
    "read",
    "read_study",
]

_HOMES = {
    "agreement.reading_two_sets": ("ReadingSet", "compare_sets"),
    "catalog": ("CATALOG", "definition"),
    "definitions": ("Definition",),
    "errors": ("EchoMeasureError",),
    "flags": ("Flag",),
    "exporting.study_files": ("read_study",),
    "geometry": ("Affine2D", "Box", "Landmark", "PixelPoint"),
    "imaging.cine": ("Cine",),
    "imaging.reading": ("read",),
    "imaging.regions": ("Region", "RegionKind"),
    "inference.prediction": ("Prediction",),
    "measuring.calipers": ("Caliper", "measure", "pixel_points"),
    "measuring.running": ("predict_calipers",),
    "measuring.values": ("Value",),
    "progress": ("Cancelled", "Monitor", "Progress"),
    "review.session": ("Review",),
}
"""The module of each public name, as type checkers read it above."""

_HOME = {name: f"{__name__}.{module}" for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker must still know a wrong name

    def __getattr__(name: str) -> object:
        """A public name, loaded when it is first asked for (PEP 562)."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_HOME[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
