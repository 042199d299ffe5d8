"""Phantom studies as cines, without the detour over files."""

from __future__ import annotations

from pydicom import Dataset

from EchoMeasureLib.imaging.cine import Cine, Timing
from EchoMeasureLib.imaging.frame import Frame
from EchoMeasureLib.imaging.region_reading import read_regions
from EchoMeasureLib.phantoms.study import PhantomStudy


class StudyFrames:
    """A phantom study as a source of frames."""

    def __init__(self, study: PhantomStudy) -> None:
        self.study = study
        self.frame_count = study.frame_count
        self.size = (study.layout.columns, study.layout.rows)

    def decode(self, index: int) -> Frame:
        return self.study.frame(index).copy()


def cine_of(study: PhantomStudy) -> Cine:
    """A phantom cine without the detour over a file."""
    dataset = Dataset()
    dataset.SequenceOfUltrasoundRegions = list(study.regions)
    source = StudyFrames(study)
    regions = read_regions(dataset, *source.size)
    return Cine(source, Timing(study.frame_times_s, "phantom"), regions)
