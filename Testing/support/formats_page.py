"""Docs/formats.md from the tables: run `python Testing/support/formats_page.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from video_kinds import KINDS

from EchoMeasureLib.imaging.layout import (
    GREY,
    MAX_FRAMES,
    MAX_PIXELS,
    PALETTE,
    VIDEO,
    YBR,
)
from EchoMeasureLib.imaging.sniffing import SIGNATURES
from EchoMeasureLib.imaging.stream_facts import Coding
from EchoMeasureLib.imaging.syntaxes import SYNTAXES

PAGE = Path(__file__).parents[2] / "Docs" / "formats.md"


@dataclass(frozen=True, slots=True)
class Reader:
    """What decodes one coding."""

    package: str
    bits: str
    """Bits per value."""
    forms: tuple[str, ...]
    """Photometric interpretations."""


_PLAIN = (*GREY, PALETTE, "RGB", *YBR)
_TRANSFORMED = (*_PLAIN, "YBR_ICT", "YBR_RCT")

READERS = {
    Coding.NATIVE: Reader("NumPy", "1-16", _PLAIN),
    Coding.DEFLATED: Reader("zlib, NumPy", "1-16", _PLAIN),
    Coding.RUN_LENGTH: Reader("Pillow, NumPy", "1-16", _PLAIN),
    Coding.JPEG: Reader("Pillow; 12 bits SimpleITK", "8, 12", _PLAIN),
    Coding.JPEG_LOSSLESS: Reader("SimpleITK", "2-16", _PLAIN),
    Coding.JPEG_LS: Reader("pyjpegls, else SimpleITK", "2-16", _PLAIN),
    Coding.JPEG_2000: Reader("Pillow; rare tiles and deep colours SimpleITK", "1-16", _TRANSFORMED),
    Coding.JPEG_XL: Reader("pillow-jxl-plugin", "8, 16", _PLAIN),
    Coding.VIDEO: Reader("PyAV", "8", VIDEO),
}
"""By coding; a test holds that none is missing."""

_OTHER = "test_other_files.py"
_PIXELS = "test_pixels.py"

TESTED: dict[str, str] = {
    "1.2.840.10008.1.2": "gdcm-US-ALOKA-16.dcm",
    "1.2.840.10008.1.2.1": "OBXXXX1A.dcm",
    "1.2.840.10008.1.2.2": "OBXXXX1A_expb.dcm",
    "1.2.840.10008.1.2.1.99": f"{_PIXELS}: test_a_file_that_is_deflated_as_a_whole_is_read",
    "1.2.840.10008.1.2.1.98": f"{_OTHER}: test_frames_that_are_encapsulated_but_not_compressed",
    "1.2.840.10008.1.2.8.1": f"{_OTHER}: test_deflated_frames",
    "1.2.840.10008.1.2.5": "OBXXXX1A_rle.dcm",
    "1.2.840.10008.1.2.4.50": "color3d_jpeg_baseline.dcm",
    "1.2.840.10008.1.2.4.57": "test_formats.py: test_lossless_jpeg_of_any_predictor",
    "1.2.840.10008.1.2.4.70": "JPGLosslessP14SV1_1s_1f_8b.dcm",
    "1.2.840.10008.1.2.4.80": f"{_PIXELS}: test_jpeg_ls_is_also_read_without_pyjpegls",
    "1.2.840.10008.1.2.4.81": "test_formats.py: test_jpeg_ls_that_is_not_lossless",
    "1.2.840.10008.1.2.4.90": "US1_J2KR.dcm",
    "1.2.840.10008.1.2.4.91": "US1_J2KI.dcm",
}
TESTED |= {
    f"1.2.840.10008.1.2.4.{number}": f"{_OTHER}: {name}"
    for name, numbers in (
        ("test_progressive_jpeg_under_current_and_retired_syntaxes", (51, 53, 55)),
        ("test_videos_in_dicom", (100, 101, 102, 103, 104, 107, 108)),
        ("test_jpeg_xl_colours", (110, 111, 112)),
        ("test_high_throughput_jpeg_2000", (201, 202, 203)),
    )
    for number in numbers
}
"""By transfer syntax: a real file of the test data, or a test that writes one."""

PICTURES = (
    ("PNG", "grey, colour, palette, transparency", "1-16", "test_stills.py: test_modes_of_png"),
    ("JPEG", "grey, YCbCr, RGB, CMYK", "8", "test_stills.py: test_a_cmyk_jpeg_is_turned_into_rgb"),
)
"""Format, forms, bits per value, what tests it."""

MPEG_TEST = f"{_OTHER}: test_a_stream_that_was_taken_out_of_a_dicom_file_is_read"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [_row(*head), _row(*("---" for _ in head)), *(_row(*row) for row in rows), ""]


_FORMS = {_PLAIN: "all but ICT and RCT", _TRANSFORMED: "all", VIDEO: "of the stream"}
"""What the column of photometric interpretations says."""


def _syntaxes() -> list[str]:
    rows = []
    for uid, syntax in SYNTAXES.items():
        readers = [READERS[coding] for coding in syntax.codings]
        rows.append(
            (
                uid,
                syntax.name,
                _FORMS[readers[0].forms],
                "; ".join(dict.fromkeys(reader.bits for reader in readers)),
                "; ".join(dict.fromkeys(reader.package for reader in readers)),
                TESTED[uid],
            )
        )
    head = ("transfer syntax", "pixels", "forms", "bits", "read by", "tested by")
    return _table(head, rows)


def _videos() -> list[str]:
    rows: list[tuple[str, str, str, str]] = []
    for container, name in (("avi", "AVI"), ("mp4", "MP4"), ("mov", "QuickTime")):
        kinds = [kind for kind in KINDS if kind[0] == container]
        coded = dict.fromkeys(f"{kind[1].removeprefix('lib')} {kind[2]}" for kind in kinds)
        rows.append((name, ", ".join(coded), "PyAV", "test_access_orders.py"))
    rows.append(("MPEG program and transport streams", "MPEG-2, H.264, HEVC", "PyAV", MPEG_TEST))
    return _table(
        ("container", "coding and pixel format that are tested", "read by", "tested by"), rows
    )


def page() -> str:
    """The page as Markdown."""
    pictures = [(name, forms, bits, "Pillow", tested) for name, forms, bits, tested in PICTURES]
    return "\n".join(
        [
            "# Files that are read",
            "",
            "Written by `python Testing/support/formats_page.py` from the tables in the code. A",
            "file is known by its content, whatever its name. Anything else is refused in a",
            "sentence that says what it is and what to do.",
            "",
            "## DICOM",
            "",
            "Ultrasound images and multi-frame images, current and retired, secondary captures of",
            "ultrasound, with or without preamble and file header. Stills and cines of up to",
            f"{MAX_PIXELS:,} pixels and {MAX_FRAMES:,} frames; frames are decoded one by one.",
            "",
            f"Photometric interpretations (forms): {', '.join(_TRANSFORMED)};",
            f"of videos {' and '.join(VIDEO)}, whose stream decides about its colours.",
            "",
            "Names of files are those of pydicom, pydicom-data and deid-data; the other tests in",
            "Testing/imaging write their files themselves.",
            "",
            *_syntaxes(),
            "## Videos",
            "",
            "They bring no calibration; their times are those at which they play. Turning,",
            "mirroring, the shape of pixels and the colour matrix are taken from the file.",
            "Codings that are not listed are read where FFmpeg knows them.",
            "",
            *_videos(),
            "## Pictures",
            "",
            "They bring no calibration. Exif orientation and the shape of pixels count.",
            "",
            *_table(("format", "forms", "bits", "read by", "tested by"), pictures),
            "## Not read",
            "",
            "Among what is named when it is opened by mistake:",
            "",
            *(f"- {words}" for words in dict.fromkeys(words for *_, words in SIGNATURES)),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
