"""Every form of pixels comes out as the RGB that it stands for."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from picture_streams import jpeg, jpeg_2000, with_adobe, without_jfif
from pydicom.dataset import Dataset
from raw_dicom import (
    EXPLICIT,
    JPEG,
    JPEG_2000,
    JPEG_LOSSLESS,
    JPEG_LS,
    RLE,
    grey_tags,
    header,
    save,
    write_encapsulated,
    write_native,
)

from EchoMeasureLib.errors import UnreadableFile, UnsupportedPixels
from EchoMeasureLib.imaging.reading import read

RealFile = Callable[[str], Path]
GREYS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def first_frame(path: Path) -> np.ndarray[Any, Any]:
    return read(path).frame(0)


# Ten bars of 10 rows: the colours of pydicom's colour test pattern, from its page about it.
BARS = [
    (255, 0, 0),
    (255, 128, 128),
    (0, 255, 0),
    (128, 255, 128),
    (0, 0, 255),
    (128, 128, 255),
    (0, 0, 0),
    (64, 64, 64),
    (192, 192, 192),
    (255, 255, 255),
]

# Every way of writing the same pattern, and how far lossy coding may move a colour.
PATTERNS = [
    ("SC_rgb.dcm", 0),  # uncompressed
    ("SC_rgb_16bit.dcm", 0),
    ("SC_rgb_expb.dcm", 0),
    ("SC_rgb_expb_16bit.dcm", 0),
    ("SC_rgb_rle.dcm", 0),
    ("SC_rgb_rle_16bit.dcm", 0),
    ("SC_ybr_full_uncompressed.dcm", 5),
    ("SC_ybr_full_422_uncompressed.dcm", 5),
    ("SC_rgb_gdcm_KY.dcm", 0),  # JPEG 2000 whose tag says RGB although the stream is ICT
    ("SC_rgb_jpeg_gdcm.dcm", 0),  # lossless JPEG
    ("SC_rgb_jpeg_lossy_gdcm.dcm", 3),  # JPEG, YBR_FULL
    ("SC_rgb_jpeg_dcmtk.dcm", 5),
    ("SC_rgb_dcmtk_+eb+cr.dcm", 0),  # JPEG of RGB that was never YCbCr
    ("SC_rgb_dcmtk_+eb+cy+n1.dcm", 5),
    ("SC_rgb_dcmtk_+eb+cy+n2.dcm", 5),
    ("SC_rgb_dcmtk_+eb+cy+np.dcm", 5),  # 4:2:2
    ("SC_rgb_dcmtk_+eb+cy+s2.dcm", 5),
    ("SC_rgb_dcmtk_+eb+cy+s4.dcm", 5),  # 4:4:4
    ("SC_rgb_jls_lossy_line.dcm", 2),  # JPEG-LS by line
    ("SC_rgb_jls_lossy_sample.dcm", 2),
]


@pytest.mark.parametrize(("name", "tolerance"), PATTERNS)
def test_the_colour_pattern_has_its_colours_in_every_coding(
    real_file: RealFile, tmp_path: Path, name: str, tolerance: int
) -> None:
    frame = first_frame(as_ultrasound(real_file(name), tmp_path)).astype(int)
    seen = [tuple(frame[row, 50]) for row in range(5, 100, 10)]
    assert np.abs(np.subtract(seen, BARS)).max() <= tolerance


def as_ultrasound(path: Path, folder: Path) -> Path:
    """A copy whose modality says US; the bytes of its pixels stay as they are."""
    dataset = pydicom.dcmread(path)
    dataset.Modality = "US"
    dataset.save_as(folder / "copy")
    return folder / "copy"


@pytest.mark.parametrize(
    ("photometric", "pixels"),
    [
        # Y, Cb, Cr of each pixel; a grey of any level has Cb = Cr = 128.
        ("YBR_FULL", b"".join(bytes((y, 128, 128)) for y in range(256))),
        # Y1 Y2 Cb Cr of each pair of pixels.
        ("YBR_FULL_422", b"".join(bytes((y, y + 1, 128, 128)) for y in range(0, 256, 2))),
        # The same tag on values that were never subsampled.
        ("YBR_FULL_422", b"".join(bytes((y, 128, 128)) for y in range(256))),
    ],
)
def test_uncompressed_ybr_greys_stay_exactly_grey(
    tmp_path: Path, photometric: str, pixels: bytes
) -> None:
    dataset = header(16, 16, PhotometricInterpretation=photometric)
    frame = first_frame(write_native(tmp_path / "a", dataset, pixels))
    for channel in range(3):
        np.testing.assert_array_equal(frame[..., channel], GREYS)


def test_ybr_red_is_red(tmp_path: Path) -> None:
    """BT.601: red is Y 76, Cb 85, Cr 255, so R = 76 + 1.402 x 127 = 254."""
    dataset = header(1, 2, PhotometricInterpretation="YBR_FULL")
    frame = first_frame(write_native(tmp_path / "a", dataset, bytes((76, 85, 255)) * 2))
    np.testing.assert_allclose(frame[0, 0], (254, 0, 0), atol=1)


def test_ybr_planes_are_put_together(tmp_path: Path) -> None:
    dataset = header(16, 16, PhotometricInterpretation="YBR_FULL", PlanarConfiguration=1)
    pixels = GREYS.tobytes() + b"\x80" * 512
    frame = first_frame(write_native(tmp_path / "a", dataset, pixels))
    np.testing.assert_array_equal(frame[..., 1], GREYS)


@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_values_are_kept_in_both_planar_configurations(tmp_path: Path, planar: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    stored = rgb.transpose(2, 0, 1) if planar else rgb
    dataset = header(5, 7, PlanarConfiguration=planar)
    path = write_native(tmp_path / "a", dataset, stored.tobytes())
    np.testing.assert_array_equal(first_frame(path), rgb)


RED = np.full((16, 16, 3), (255, 0, 0), np.uint8)


# What the stream holds, which marker says so, and what the tag says: always red in the end.
JPEGS = [
    ("YCbCr in JFIF, tagged so", jpeg(RED, "RGB"), "YBR_FULL_422"),
    ("YCbCr in JFIF, wrongly tagged RGB", jpeg(RED, "RGB"), "RGB"),
    ("YCbCr without markers, tagged so", without_jfif(jpeg(RED, "RGB")), "YBR_FULL"),
    ("RGB without markers, tagged so", without_jfif(jpeg(RED, "YCbCr")), "RGB"),
    ("RGB by Adobe", with_adobe(without_jfif(jpeg(RED, "YCbCr")), 0), "RGB"),
    (
        "RGB by Adobe, wrongly tagged YBR",
        with_adobe(without_jfif(jpeg(RED, "YCbCr")), 0),
        "YBR_FULL_422",
    ),
    (
        "YCbCr by Adobe, wrongly tagged RGB",
        with_adobe(without_jfif(jpeg(RED, "RGB")), 1),
        "RGB",
    ),
    ("RGB by its component names", jpeg(RED, "RGB", keep_rgb=True), "YBR_FULL_422"),
]


@pytest.mark.parametrize(("stream", "tag"), [row[1:] for row in JPEGS], ids=[r[0] for r in JPEGS])
def test_red_jpeg_is_red_whatever_tag_and_markers_say(
    tmp_path: Path, stream: bytes, tag: str
) -> None:
    dataset = header(16, 16, JPEG, PhotometricInterpretation=tag)
    frame = first_frame(write_encapsulated(tmp_path / "a", dataset, [stream]))
    np.testing.assert_allclose(frame[8, 8], (255, 0, 0), atol=3)


@pytest.mark.parametrize("tag", ["YBR_FULL_422", "YBR_FULL", "RGB"])
def test_grey_jpeg_stays_grey(tmp_path: Path, tag: str) -> None:
    stream = jpeg(np.repeat(GREYS[..., None], 3, axis=2), "RGB")
    dataset = header(16, 16, JPEG, PhotometricInterpretation=tag)
    frame = first_frame(write_encapsulated(tmp_path / "a", dataset, [stream])).astype(int)
    assert (frame.max(axis=2) - frame.min(axis=2)).max() <= 1
    np.testing.assert_allclose(frame[..., 0], GREYS, atol=3)


# In the last row the components are Y, Cb and Cr: a stream without a transform of its own.
@pytest.mark.parametrize(
    ("stored", "transform", "tag"),
    [
        ((255, 0, 0), True, "YBR_RCT"),
        ((255, 0, 0), True, "RGB"),
        ((255, 0, 0), False, "RGB"),
        ((76, 85, 255), False, "YBR_FULL"),
    ],
)
def test_red_jpeg_2000_is_red(
    tmp_path: Path, stored: tuple[int, int, int], transform: bool, tag: str
) -> None:
    stream = jpeg_2000(np.full((16, 16, 3), stored, np.uint8), transform=transform)
    dataset = header(16, 16, JPEG_2000, PhotometricInterpretation=tag)
    frame = first_frame(write_encapsulated(tmp_path / "a", dataset, [stream]))
    np.testing.assert_allclose(frame[8, 8], (255, 0, 0), atol=1)


def test_grey_jpeg_2000_of_12_bits_is_windowed(tmp_path: Path) -> None:
    """Window 2048/4096 shows 0..4095: the value 2048 becomes 2048 / 4095 x 255 = 127.5."""
    stream = jpeg_2000(np.full((16, 16), 2048, np.uint16))
    dataset = header(16, 16, JPEG_2000, **grey_tags(16), WindowCenter="2048", WindowWidth="4096")
    frame = first_frame(write_encapsulated(tmp_path / "a", dataset, [stream]))
    assert frame[0, 0, 0] in (127, 128)


@pytest.mark.parametrize("stored", [[0, 128, 255]])
@pytest.mark.parametrize(
    ("photometric", "shown"), [("MONOCHROME2", [0, 128, 255]), ("MONOCHROME1", [255, 127, 0])]
)
def test_8_bit_grey_is_shown_as_it_is_or_inverted(
    tmp_path: Path, stored: list[int], photometric: str, shown: list[int]
) -> None:
    dataset = header(1, 3, **grey_tags(8, photometric))
    frame = first_frame(write_native(tmp_path / "a", dataset, bytes(stored)))
    assert frame[0].tolist() == [[value] * 3 for value in shown]


def test_a_window_over_the_whole_8_bit_range_changes_nothing(tmp_path: Path) -> None:
    dataset = header(16, 16, **grey_tags(), WindowCenter="127", WindowWidth="254")
    cine = read(write_native(tmp_path / "a", dataset, GREYS.tobytes()))
    np.testing.assert_array_equal(cine.frame(0)[..., 0], GREYS)
    assert cine.notes == ()


def test_a_narrow_window_is_applied_and_said(tmp_path: Path) -> None:
    """Centre 100, width 51: black from 74.5 - 0.. (100 - 0.5 - 25 = 74.5) to white at 124.5."""
    dataset = header(1, 3, **grey_tags(), WindowCenter="100", WindowWidth="51")
    cine = read(write_native(tmp_path / "a", dataset, bytes((74, 100, 125))))
    # (100 - 74.5) / 50 x 255 = 130.05
    assert cine.frame(0)[0, :, 0].tolist() == [0, 130, 255]
    assert "74.5 to 124.5" in cine.notes[0]


def test_a_negative_slope_turns_grey_over(tmp_path: Path) -> None:
    """C.11.1.1.2: 255 - v is what value v stands for, so 0 is the brightest."""
    tags = {**grey_tags(), "RescaleSlope": "-1", "RescaleIntercept": "255"}
    frame = first_frame(write_native(tmp_path / "a", header(16, 16, **tags), GREYS.tobytes()))
    np.testing.assert_array_equal(frame[..., 0], 255 - GREYS)


@pytest.mark.parametrize("keyword", ["ModalityLUTSequence", "VOILUTSequence"])
def test_a_table_of_grey_values_that_is_not_applied_is_said(tmp_path: Path, keyword: str) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTExplanation = [256, 0, 8], "Inverse"
    dataset = header(16, 16, **grey_tags(), **{keyword: [table]})
    (note,) = read(write_native(tmp_path / "a", dataset, GREYS.tobytes())).notes
    assert f"({keyword}) is not applied" in note


def test_16_bit_grey_without_a_window_is_scaled_and_said(tmp_path: Path) -> None:
    dataset = header(1, 3, **grey_tags(12), NumberOfFrames=2)
    pixels = np.array([100, 600, 1100, 0, 600, 4000], "<u2").tobytes()
    cine = read(write_native(tmp_path / "a", dataset, pixels))
    assert cine.frame(0)[0, :, 0].tolist() == [0, 128, 255]
    # The range of the first frame holds for all, or the cine would flicker.
    assert cine.frame(1)[0, :, 0].tolist() == [0, 128, 255]
    assert "12-bit" in cine.notes[0]
    assert "100 to 1100" in cine.notes[0]


def test_bits_above_those_stored_are_not_pixels(tmp_path: Path) -> None:
    """Old files keep overlays in the spare bits of 12-bit values."""
    tags = {**grey_tags(12), "WindowCenter": "2047.5", "WindowWidth": "4096"}
    pixels = np.array([0xF000, 0x0FFF, 0x1FFF], "<u2").tobytes()
    frame = first_frame(write_native(tmp_path / "a", header(1, 3, **tags), pixels))
    assert frame[0, :, 0].tolist() == [0, 255, 255]


def palette_tags(
    entries: np.ndarray[Any, Any], bits: int, first: int = 0, pixel_bits: int = 8
) -> dict[str, Any]:
    """A palette whose green is the given entries, red their reverse, and blue zero."""
    descriptor = [len(entries) % 65536, first, bits]
    tags: dict[str, Any] = grey_tags(pixel_bits, "PALETTE COLOR")
    for colour, column in (("Red", entries[::-1]), ("Green", entries), ("Blue", entries * 0)):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = descriptor
        tags[f"{colour}PaletteColorLookupTableData"] = column.tobytes()
    return tags


# 256 entries whose green should come out as the index itself, in four ways of writing it.
@pytest.mark.parametrize(
    ("entries", "bits"),
    [
        (np.arange(256, dtype="<u2") * 256, 16),  # v << 8
        (np.arange(256, dtype="<u2") * 257, 16),  # the full 16-bit range
        (np.arange(256, dtype="<u2"), 16),  # declared 16 bits, filled with 8
        (np.arange(256, dtype=np.uint8), 8),
        (np.arange(256, dtype="<u2"), 8),  # 8 bits, one to a word
    ],
)
def test_palettes_of_8_and_16_bits_come_out_in_8(
    tmp_path: Path, entries: np.ndarray[Any, Any], bits: int
) -> None:
    dataset = header(16, 16, **palette_tags(entries, bits))
    frame = first_frame(write_native(tmp_path / "a", dataset, GREYS.tobytes()))
    np.testing.assert_array_equal(frame[..., 1], GREYS)
    np.testing.assert_array_equal(frame[..., 0], 255 - GREYS)
    assert not frame[..., 2].any()


def test_16_bit_indices_reach_65536_entries(tmp_path: Path) -> None:
    """A descriptor of 0 entries means 65536; entry 0xABCD of a ramp is 0xABCD, so 0xAB."""
    entries = np.arange(65536, dtype="<u2")
    dataset = header(1, 2, **palette_tags(entries, 16, pixel_bits=16))
    frame = first_frame(
        write_native(tmp_path / "a", dataset, np.array([0xABCD, 0], "<u2").tobytes())
    )
    assert frame[0].tolist() == [[0x54, 0xAB, 0], [0xFF, 0, 0]]


@pytest.mark.parametrize("vr", [b"US", b"SS"])
def test_a_palette_for_the_upper_half_of_the_indices(tmp_path: Path, vr: bytes) -> None:
    """32768 entries from 32768, in either VR, in which 32768 is also written -32768."""
    entries = np.arange(32768, dtype="<u2") * 2
    dataset = header(1, 2, **palette_tags(entries, 16, first=0, pixel_bits=16))
    path = write_native(tmp_path / "a", dataset, np.array([65535, 32768], "<u2").tobytes())
    data = path.read_bytes()
    for element in (0x1101, 0x1102, 0x1103):
        head = struct.pack("<HH", 0x28, element)
        old = head + b"US" + struct.pack("<4H", 6, 32768, 0, 16)
        new = head + vr + struct.pack("<4H", 6, 32768, 32768, 16)
        assert data.count(old) == 1
        data = data.replace(old, new)
    path.write_bytes(data)
    assert first_frame(path)[0, :, 1].tolist() == [255, 0]


def test_indices_outside_the_palette_take_its_ends(tmp_path: Path) -> None:
    """C.7.6.3.1.5: below the first value mapped the first entry, above the last the last."""
    entries = np.array([10, 20, 30, 40], np.uint8)
    dataset = header(1, 4, **palette_tags(entries, 8, first=100))
    frame = first_frame(write_native(tmp_path / "a", dataset, bytes((0, 100, 102, 200))))
    assert frame[0, :, 1].tolist() == [10, 10, 30, 40]


def test_a_segmented_palette_is_unfolded(tmp_path: Path) -> None:
    """Discrete 0 and 100, linear to 200 in 4 steps, then the first segment again."""
    words = [0, 2, 0, 100, 1, 4, 200, 2, 1, 0, 0]
    tags = grey_tags(8, "PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [8, 0, 16]
        tags[f"Segmented{colour}PaletteColorLookupTableData"] = struct.pack("<11H", *words)
    frame = first_frame(write_native(tmp_path / "a", header(1, 8, **tags), bytes(range(8))))
    assert frame[0, :, 0].tolist() == [0, 100, 125, 150, 175, 200, 0, 100]


def test_a_supplemental_palette_colours_only_its_own_range(tmp_path: Path) -> None:
    tags = {**grey_tags(), "PixelPresentation": "MIXED"}
    for colour, entry in (("Red", 250), ("Green", 20), ("Blue", 30)):
        tags[f"{colour}PaletteColorLookupTableDescriptor"] = [2, 200, 8]
        tags[f"{colour}PaletteColorLookupTableData"] = bytes((entry, entry))
    frame = first_frame(
        write_native(tmp_path / "a", header(1, 4, **tags), bytes((7, 199, 200, 202)))
    )
    assert frame[0].tolist() == [[7] * 3, [199] * 3, [250, 20, 30], [202] * 3]


@pytest.mark.parametrize("missing", ["RedPaletteColorLookupTableData", "all"])
def test_palette_colours_without_a_palette_are_refused(tmp_path: Path, missing: str) -> None:
    tags = palette_tags(np.arange(256, dtype=np.uint8), 8)
    for keyword in list(tags):
        if keyword == missing or (missing == "all" and "LookupTable" in keyword):
            del tags[keyword]
    path = write_native(tmp_path / "a", header(16, 16, **tags), GREYS.tobytes())
    with pytest.raises(UnreadableFile, match="no usable palette"):
        read(path)


def test_run_length_coded_planes_are_put_together(tmp_path: Path) -> None:
    """Three segments written by hand: 4 x 10, then 4 x 20 literally, then 4 x 30."""
    segments = [bytes((253, 10)), bytes((3, 20, 20, 20, 20)), bytes((253, 30))]
    start = 64
    offsets = []
    for segment in segments:
        offsets.append(start)
        start += len(segment)
    frame = struct.pack("<16L", 3, *offsets, *[0] * 12) + b"".join(segments)
    dataset = header(2, 2, RLE)
    seen = first_frame(write_encapsulated(tmp_path / "a", dataset, [frame]))
    assert seen.reshape(-1, 3).tolist() == [[10, 20, 30]] * 4


def test_run_length_coded_ybr_is_turned_into_rgb_once(tmp_path: Path) -> None:
    segments = [bytes((253, 90)), bytes((253, 128)), bytes((253, 128))]
    frame = struct.pack("<16L", 3, 64, 66, 68, *[0] * 12) + b"".join(segments)
    dataset = header(2, 2, RLE, PhotometricInterpretation="YBR_FULL")
    seen = first_frame(write_encapsulated(tmp_path / "a", dataset, [frame]))
    assert seen.reshape(-1, 3).tolist() == [[90, 90, 90]] * 4


def test_jpeg_ls_is_also_read_without_pyjpegls(
    real_file: RealFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SimpleITK holds a JPEG-LS decoder of its own."""
    path = as_ultrasound(real_file("SC_rgb_jls_lossy_sample.dcm"), tmp_path)
    expected = first_frame(path)
    monkeypatch.setitem(__import__("sys").modules, "jpeg_ls", None)
    np.testing.assert_array_equal(first_frame(path), expected)


def test_a_syntax_that_nothing_reads_is_named_with_what_would_read_it(tmp_path: Path) -> None:
    dataset = header(4, 4, "1.2.840.10008.1.2.4.106")
    path = write_encapsulated(tmp_path / "a", dataset, [b"\0" * 8])
    with pytest.raises(UnsupportedPixels, match=r"Stereo.*which is not read") as caught:
        read(path)
    assert "JPEG" in caught.value.hint


# tags, what the message says
CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"Rows": 0}, "how large"),
    ({"Rows": 60000, "Columns": 60000}, "no ultrasound system makes"),
    ({"SamplesPerPixel": 1}, "contradicts itself"),
    ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "32 bits"),
    ({"BitsStored": 12}, "contradicts itself"),
    ({"PhotometricInterpretation": "CIELAB"}, "CIELAB"),
    ({"PhotometricInterpretation": None}, "coded as nothing"),
]


@pytest.mark.parametrize(("tags", "words"), CONTRADICTIONS)
def test_headers_that_make_no_sense_are_refused(
    tmp_path: Path, tags: dict[str, Any], words: str
) -> None:
    path = write_native(tmp_path / "a", header(4, 4, **{**tags}), b"\0" * 48)
    with pytest.raises(UnreadableFile, match=words):
        read(path)


def test_uncompressed_pixels_under_a_compressed_syntax_are_refused(tmp_path: Path) -> None:
    path = write_native(tmp_path / "a", header(4, 4, JPEG), b"\0" * 48)
    with pytest.raises(UnreadableFile, match="contradicts itself"):
        read(path)


@pytest.mark.parametrize("syntax", [JPEG, JPEG_2000, JPEG_LS, JPEG_LOSSLESS, RLE])
@pytest.mark.parametrize("stream", [b"", b"\xff\xd8\xff\xe0", b"rubbish" * 20])
def test_a_damaged_frame_is_one_clear_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], syntax: str, stream: bytes
) -> None:
    path = write_encapsulated(tmp_path / "a.dcm", header(16, 16, syntax), [stream])
    with pytest.raises(UnreadableFile, match=r"a\.dcm cannot be decoded \(\w"):
        first_frame(path)


def test_a_stream_of_another_size_than_the_header_says_is_refused(tmp_path: Path) -> None:
    path = write_encapsulated(tmp_path / "a", header(8, 8, JPEG), [jpeg(RED, "RGB")])
    with pytest.raises(UnreadableFile, match="16 x 16 pixels, not 8 x 8"):
        first_frame(path)


def test_a_file_that_is_deflated_as_a_whole_is_read(tmp_path: Path) -> None:
    import zlib

    plain = write_native(tmp_path / "a", header(16, 16, EXPLICIT), GREYS.tobytes() * 3)
    data = plain.read_bytes()
    length = pydicom.dcmread(plain).file_meta.FileMetaInformationGroupLength
    start = 128 + 4 + 12 + length
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    meta = data[:start].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    grown = meta.replace(struct.pack("<L", length), struct.pack("<L", length + 2), 1)
    grown = grown.replace(b"UI\x14\x001.2.840.10008.1.2.1.99", b"UI\x16\x001.2.840.10008.1.2.1.99")
    path = tmp_path / "b"
    path.write_bytes(grown + packer.compress(data[start:]) + packer.flush())
    cine = read(path)
    assert cine.kind == "DICOM, uncompressed, deflated"
    assert cine.frame(0)[0, :2].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_saving_helper_writes_what_pydicom_reads(tmp_path: Path) -> None:
    path = save(header(4, 5), tmp_path / "a")
    assert pydicom.dcmread(path).Columns == 5
