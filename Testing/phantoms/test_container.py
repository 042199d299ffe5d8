"""Phantoms as files: valid objects, the same bytes for a seed, and truth that reads back."""

from __future__ import annotations

import json

import numpy as np
import pydicom
import pytest

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.errors import InvalidArgument, OutputProblem
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.measuring.calipers import measure, pixel_points
from EchoMeasureLib.phantoms.container import phantom_uid, write_dicom
from EchoMeasureLib.phantoms.encoding import Form, run_lengths
from EchoMeasureLib.phantoms.generate import generate, iter_generate, write
from EchoMeasureLib.progress import Cancelled

STRIPS = ("avvmax", "trvmax", "mrvmax", "lvotvmax", "latevel", "medevel", "mvpeak", "tapse")

# Type 1 and 2 attributes of the Ultrasound Image IODs (PS3.3 A.6, A.7 and C.7, C.8.5, C.12).
TYPE_1 = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
    "SpecificCharacterSet",
)
TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "SeriesNumber",
    "Manufacturer",
    "InstanceNumber",
    "PatientOrientation",
    "ImageType",
)
REGION_TYPE_1 = (
    "RegionLocationMinX0",
    "RegionLocationMinY0",
    "RegionLocationMaxX1",
    "RegionLocationMaxY1",
    "PhysicalUnitsXDirection",
    "PhysicalUnitsYDirection",
    "PhysicalDeltaX",
    "PhysicalDeltaY",
    "RegionSpatialFormat",
    "RegionDataType",
    "RegionFlags",
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One Doppler still in every form."""
    folder = tmp_path_factory.mktemp("forms")
    study = generate("trvmax", "600x800", 3)
    for form in Form:
        write_dicom(study, folder / f"{form.value}.dcm", form)
    return study, folder


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("measurement", "frames"), [("tapse", None), ("lvid", 3)])
def test_a_file_holds_what_its_kind_of_object_requires(measurement, frames, form, tmp_path):
    study = generate(measurement, "480x640", 1, frames)
    path, _ = write(study, tmp_path, form)
    file = pydicom.dcmread(path)
    assert [keyword for keyword in (*TYPE_1, *TYPE_2) if keyword not in file] == []
    assert all(len(str(file[keyword].value)) for keyword in TYPE_1)
    for region in file.SequenceOfUltrasoundRegions:
        assert all(keyword in region for keyword in REGION_TYPE_1)
    assert file.Modality == "US"
    assert ("PlanarConfiguration" in file) is (file.SamplesPerPixel == 3)
    assert file.LossyImageCompression == ("01" if form is Form.JPEG else "00")
    assert ("LossyImageCompressionRatio" in file) is (form is Form.JPEG)
    assert ("RedPaletteColorLookupTableData" in file) is form.has_palette
    assert file.SOPClassUID == file.file_meta.MediaStorageSOPClassUID
    if frames:
        assert file.NumberOfFrames == frames
        assert file.FrameIncrementPointer == 0x00181063
        assert file.SOPClassUID.name == "Ultrasound Multi-frame Image Storage"
    else:
        assert "NumberOfFrames" not in file
        assert file.SOPClassUID.name == "Ultrasound Image Storage"


@pytest.mark.parametrize("form", Form)
def test_every_form_decodes_to_the_picture(written, form):
    """JPEG loses a few grey levels, a palette some of its colours, grey all of them."""
    study, folder = written
    drawn = study.frame(0).astype(int)
    got = read(folder / f"{form.value}.dcm").frame(0).astype(int)
    if form is Form.MONO:
        drawn = np.repeat((drawn @ [0.299, 0.587, 0.114])[..., None], 3, 2)
    error = np.abs(got - drawn)
    limits = {Form.RGB: 0, Form.PLANAR: 0, Form.MONO: 0.6, Form.JPEG: 4}
    assert error.mean() <= limits.get(form, 1.5)
    if form is Form.JPEG:
        grey = np.abs(got.mean(2) - drawn.mean(2))
        assert np.percentile(grey, 99) < 12


@pytest.mark.parametrize("form", [Form.PALETTE, Form.PALETTE_RLE, Form.JPEG])
def test_the_green_of_the_ecg_survives(written, form):
    """Networks are shown the strip without its green ECG, so a reader must still know it."""
    study, folder = written

    def green(frame):
        return (frame[..., 1] > 200) & (frame[..., 0] < 100)

    before = green(study.frame(0)).sum()
    after = green(read(folder / f"{form.value}.dcm").frame(0)).sum()
    assert before > 500
    assert after > 0.5 * before


@pytest.mark.parametrize("form", [Form.JPEG, Form.PALETTE_RLE, Form.PLANAR])
def test_frames_of_a_cine_stand_in_order(form, tmp_path):
    study = generate("pa", "480x640", 2, 4)
    path, _ = write(study, tmp_path, form)
    cine = read(path)
    assert cine.frame_count == 4
    for index in (3, 0, 2):
        errors = [
            np.abs(cine.frame(index).astype(int) - study.frame(other)).mean() for other in range(4)
        ]
        assert int(np.argmin(errors)) == index


def test_the_offset_table_points_at_each_fragment(tmp_path):
    study = generate("pa", "480x640", 2, 3)
    path, _ = write(study, tmp_path, Form.JPEG)
    data = pydicom.dcmread(path).PixelData
    length = int.from_bytes(data[4:8], "little")
    table = np.frombuffer(data[8 : 8 + length], "<u4")
    assert len(table) == 3
    for offset in table.tolist():
        item = 8 + length + offset
        assert data[item : item + 4] == b"\xfe\xff\x00\xe0"
        assert data[item + 8 : item + 10] == b"\xff\xd8"  # a JPEG image starts here


@pytest.mark.parametrize("measurement", ["lvid", "mvpeak", "tapse"])
@pytest.mark.parametrize("form", [Form.JPEG, Form.PALETTE])
def test_the_same_seed_gives_the_same_bytes(measurement, form, tmp_path):
    pairs = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        paths = write(generate(measurement, "480x640", 9, 2), folder, form)
        pairs.append([path.read_bytes() for path in paths])
    assert pairs[0] == pairs[1]


@pytest.mark.parametrize("measurement", sorted(NETWORKED))
def test_the_truth_is_what_the_calipers_read_off_the_file(measurement, tmp_path):
    layout = list(LAYOUT_QUIRKS)[sorted(NETWORKED).index(measurement) % len(LAYOUT_QUIRKS)]
    study = generate(measurement, layout, 21, 4)
    path, truth_path = write(study, tmp_path)
    truth = json.loads(truth_path.read_text("utf-8"))
    assert truth["file"] == path.name
    cine = read(path)
    frames = truth["measurements"][measurement]["frames"]
    for number, entry in frames.items():
        caliper = measure(cine, measurement, pixel_points(entry["points"]), frame=int(number))
        expected = entry.get("values") or {caliper.values[0].id: entry["value"]}
        assert {value.id: value.value for value in caliper.values} == pytest.approx(
            expected, rel=2e-3, abs=2e-3
        )


LAYOUT_QUIRKS = (
    "768x1024",
    "768x1024-348+one-past",
    "708x1016",
    "600x800+ecg-region",
    "480x640+negative-delta",
)


@pytest.mark.parametrize("layout", ["768x1024", "600x800+inverted", "1080x1920"])
def test_a_peak_follows_from_the_tags_by_hand(layout, tmp_path):
    """v = (y - (MinY0 + ReferencePixelY0)) * PhysicalDeltaY."""
    study = generate("avvmax", layout, 8)
    path, _ = write(study, tmp_path)
    strip = next(
        region
        for region in pydicom.dcmread(path).SequenceOfUltrasoundRegions
        if region.RegionSpatialFormat == 3
    )
    entry = study.truth["measurements"]["avvmax"]["frames"]["0"]
    zero = strip.RegionLocationMinY0 + strip.ReferencePixelY0
    by_hand = (entry["points"][0][1] - zero) * strip.PhysicalDeltaY
    assert by_hand == pytest.approx(entry["value"], abs=1e-5)
    assert by_hand < 0


@pytest.mark.parametrize("quirk", ["no-reference", "absolute-reference"])
@pytest.mark.parametrize("layout", ["768x1024", "708x1016", "600x800", "480x640"])
def test_a_baseline_that_the_tags_do_not_give_is_in_the_picture(layout, quirk, tmp_path):
    study = generate("lvotvmax", f"{layout}+{quirk}", 5)
    path, _ = write(study, tmp_path)
    entry = study.truth["measurements"]["lvotvmax"]["frames"]["0"]
    value = measure(read(path), "lvotvmax", pixel_points(entry["points"]), frame=0).values[0]
    assert value.value == pytest.approx(entry["value"], rel=0.02)
    assert "baseline_detected" in {flag.value for flag in value.flags}


def test_frame_times_are_those_of_the_study(tmp_path):
    for layout in ("480x640", "480x640+frame-time-vector"):
        study = generate("ivc", layout, 4, 5)
        path, _ = write(study, tmp_path)
        cine = read(path)
        assert cine.times == pytest.approx(study.frame_times_s, abs=1e-6)
        assert cine.r_waves == pytest.approx(study.r_waves_s, abs=1e-4)
        assert cine.timing.source.startswith(
            "FrameTimeVector" if "vector" in layout else "FrameTime"
        )


def test_no_uid_repeats_and_one_seed_is_one_study(tmp_path):
    files = [
        pydicom.dcmread(write(generate(id, "480x640", seed, 2), tmp_path, Form.MONO)[0])
        for id, seed in (("trvmax", 1), ("mvpeak", 1), ("lvid", 1), ("trvmax", 2))
    ]
    assert len({file.SOPInstanceUID for file in files}) == 4
    assert len({file.StudyInstanceUID for file in files[:3]}) == 1
    assert files[3].StudyInstanceUID != files[0].StudyInstanceUID
    assert all(len(file.SOPInstanceUID) <= 64 for file in files)
    # 2.25 and the first 16 bytes of SHA-256("abc") as a whole number.
    assert phantom_uid("abc") == f"2.25.{0xBA7816BF8F01CFEA414140DE5DAE2223}"


def test_run_lengths_follow_the_rule_book():
    """PS3.5 annex G: three equal bytes are (257 - 3, byte); others (count - 1, bytes)."""
    row = np.array([[7, 7, 7, 1, 2, 2]], np.uint8)
    coded = run_lengths(row)
    assert coded[:8] == bytes([1, 0, 0, 0, 64, 0, 0, 0])
    assert coded[64:] == bytes([254, 7, 2, 1, 2, 2])
    assert len(coded[:64]) == 64


def test_a_long_run_is_split_at_128():
    coded = run_lengths(np.full((1, 129), 9, np.uint8))
    assert coded[64:] == bytes([129, 9, 0, 9])


def test_nothing_is_left_of_a_writing_that_was_stopped(tmp_path):
    def stop(progress):
        if progress.done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        write(generate("pa", "480x640", 1, 3), tmp_path, monitor=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OutputProblem, match="could not be written"):
        write(generate("trvmax", "480x640", 1), tmp_path / "missing")


def test_many_are_made_one_after_the_other_and_counted(tmp_path):
    seen = []
    made = [
        (study.name, dicom.exists(), truth.exists())
        for study, dicom, truth in iter_generate(
            ["trvmax", "tapse"], tmp_path, layout="480x640", count=2, monitor=seen.append
        )
    ]
    assert made == [
        (f"{id}_480x640_{seed:04d}", True, True) for id in ("trvmax", "tapse") for seed in (0, 1)
    ]
    assert [(step.done, step.total) for step in seen] == [(n, 4) for n in range(5)]


def test_an_unknown_measurement_and_a_negative_seed_are_refused():
    with pytest.raises(InvalidArgument, match="Known: ivs"):
        generate("ef", None, 0)
    with pytest.raises(InvalidArgument, match="Give one from 0"):
        generate("ivs", None, -1)


def test_images_of_one_series_say_the_same_of_it():
    """The attributes of the series are those of all its images (PS3.3 C.7.3.1)."""
    from EchoMeasureLib.phantoms.container import header

    told: dict[str, set[tuple[str, ...]]] = {}
    for shown, frames in (("lvid", 2), ("ivs", 2), ("psax", 2), ("trvmax", None), ("tapse", None)):
        found = header(generate(shown, "480x640", 1, frames), Form.JPEG)
        words = ("SeriesDescription", "Modality", "Manufacturer", "SeriesDate", "BodyPartExamined")
        told.setdefault(found.SeriesInstanceUID, set()).add(
            tuple(str(found[w].value) for w in words)
        )
    assert len(told) == 4
    assert all(len(said) == 1 for said in told.values())
