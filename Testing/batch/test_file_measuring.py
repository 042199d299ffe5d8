"""One file: decoded once for all of its networks, and each of these loaded once for all files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from phantom_study import write_clip
from small_networks import write_small_networks

from EchoMeasureLib.batch.batch_settings import BatchSettings
from EchoMeasureLib.batch.file_measuring import Measurer
from EchoMeasureLib.errors import CannotMeasure, InvalidArgument
from EchoMeasureLib.imaging.dicom import DicomSource
from EchoMeasureLib.inference import predicting
from EchoMeasureLib.inference.settings import Reader, Settings
from EchoMeasureLib.measuring.by_envelope import READER
from EchoMeasureLib.phantoms.generate import generate, write


@pytest.fixture
def cine(tmp_path: Path) -> Path:
    return write(generate("plax", "480x640", 1, 3), tmp_path)[0]


@pytest.fixture
def two_networks(tmp_path: Path) -> Path:
    """The septum has a network of its own, the ventricle another one."""
    folder = tmp_path / "weights"
    folder.mkdir()
    write_small_networks(folder, ["ivs"])
    (folder / "image.ckpt").rename(folder / "ivs.ckpt")
    return write_small_networks(folder, ["lvid"])


def test_a_frame_is_decoded_once_whatever_looks_at_it(
    cine: Path, two_networks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quality, view and two networks."""
    decoded: Counter[int] = Counter()
    plain = DicomSource.decode

    def counted(self: DicomSource, index: int):
        decoded[index] += 1
        return plain(self, index)

    monkeypatch.setattr(DicomSource, "decode", counted)
    measurer = Measurer(BatchSettings(("ivs", "lvid"), weights=two_networks))
    found = measurer.measure(cine)
    assert {(one.measurement, one.frame) for one in found.predictions} == {
        (id, frame) for id in ("ivs", "lvid") for frame in range(3)
    }
    assert decoded == {0: 1, 1: 1, 2: 1}


def test_a_network_is_loaded_once_for_all_files(
    cine: Path, two_networks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    plain = predicting.engine_for

    def counted(name, checkpoint, id, precision, *more):
        loaded.append(checkpoint.path.name)
        return plain(name, checkpoint, id, precision, *more)

    monkeypatch.setattr(predicting, "engine_for", counted)
    measurer = Measurer(BatchSettings(("ivs", "lvid"), "0", two_networks, neighbours=False))
    measurer.measure(cine)
    first = len(loaded)
    measurer.measure(cine)
    measurer.measure(cine)
    assert set(loaded) == {"ivs.ckpt", "image.ckpt"}
    assert len(loaded) == first


def test_a_network_that_tells_views_apart_and_measures_is_loaded_once(
    cine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package's own: an engine in float32 beside it is made where rounding could decide."""
    made: list[str] = []
    plain = predicting.engine_for

    def counted(name, checkpoint, id, precision, *more):
        made.append(str(precision))
        return plain(name, checkpoint, id, precision, *more)

    monkeypatch.setattr(predicting, "engine_for", counted)
    measurer = Measurer(BatchSettings(("lvid",), "0", neighbours=False))
    measurer.warm_up()
    found = measurer.measure(cine)
    assert [one.measurement for one in found.predictions] == ["lvid"]
    assert made.count("auto") == 1


def test_what_is_asked_for_and_not_shown_is_refused_with_what_is_seen(cine: Path) -> None:
    with pytest.raises(CannotMeasure, match="The picture looks like a parasternal long axis"):
        Measurer(BatchSettings(("pa",))).measure(cine)


def test_the_envelope_reader_measures_what_a_file_names_without_weights(tmp_path: Path) -> None:
    strip = write_clip(tmp_path, "lvotvmax", 1)
    settings = BatchSettings(reader=Reader.ENVELOPE, weights=tmp_path / "none")
    found = Measurer(settings).measure(strip.path)
    peaks, traced = found.predictions
    assert (peaks.measurement, peaks.model) == ("lvotvmax", READER)
    assert (traced.measurement, traced.model) == ("lvotvti", READER)
    assert len(peaks.beats) == len(strip.predictions[0].beats)
    assert settings.record()["weights"] == {}
    assert settings.record()["envelope"] == READER.file


def test_what_the_reader_does_not_see_is_refused_with_its_reason(tmp_path: Path) -> None:
    strip = write_clip(tmp_path, "mvpeak", 1)
    found = Measurer(BatchSettings(reader=Reader.ENVELOPE)).measure(strip.path)
    assert "No beat of the strip shows E and A clearly." in found.decision.refused["mvvti"]
    assert "mvpeak" in {prediction.measurement for prediction in found.predictions}


def test_the_integral_alone_can_be_asked_for(tmp_path: Path) -> None:
    strip = write_clip(tmp_path, "lvotvmax", 1)
    for reader in (Reader.ENVELOPE, Reader.BOTH):
        found = Measurer(BatchSettings(("lvotvti",), reader=reader)).measure(strip.path)
        assert {one.measurement for one in found.predictions} == {"lvotvti"}


def test_the_envelope_reader_measures_no_length(cine: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="lvid is not of a Doppler strip"):
        BatchSettings(("lvid",), reader=Reader.ENVELOPE)
    with pytest.raises(CannotMeasure):
        Measurer(BatchSettings(reader=Reader.ENVELOPE)).measure(cine)


def test_all_workers_run_one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` takes the quicker one of each machine, and a run may go on at another one."""
    monkeypatch.delenv("ECHOMEASURE_ENGINE", raising=False)
    assert BatchSettings().record()["networks"]["engine"] == "torch"
    named = BatchSettings(networks=Settings(engine="openvino"))
    assert named.record()["networks"]["engine"] == "openvino"
    monkeypatch.setenv("ECHOMEASURE_ENGINE", "openvino")
    assert BatchSettings().networks == named.networks
