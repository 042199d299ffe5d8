"""The page of formats says what is so: each row has its reader and its test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import formats_page
import numpy as np
import pydicom
import pytest
from raw_dicom import grey_tags, header, write_encapsulated

from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.stream_facts import Coding
from EchoMeasureLib.imaging.syntaxes import SYNTAXES

RealFile = Callable[[str], Path]
HERE = Path(__file__).parent


def test_the_page_is_up_to_date() -> None:
    """`python Testing/support/formats_page.py` writes it anew."""
    assert formats_page.PAGE.read_text(encoding="utf-8") == formats_page.page()


def test_every_coding_has_a_reader_and_every_syntax_a_test() -> None:
    assert set(formats_page.READERS) == set(Coding)
    assert set(formats_page.TESTED) == set(SYNTAXES)


NAMED = [
    *formats_page.TESTED.values(),
    *(row[-1] for row in formats_page.PICTURES),
    formats_page.MPEG_TEST,
]


@pytest.mark.parametrize("named", sorted({name for name in NAMED if ": " in name}))
def test_a_test_that_the_page_names_is_there(named: str) -> None:
    file, _, test = named.partition(": ")
    assert f"def {test}(" in (HERE / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("uid", "name"), [row for row in formats_page.TESTED.items() if ": " not in row[1]]
)
def test_a_file_that_the_page_names_is_of_its_syntax_and_read(
    real_file: RealFile, uid: str, name: str
) -> None:
    cine = read(real_file(name))
    assert cine.identity.transfer_syntax_uid == uid
    assert cine.frame(0).any()


def fragments(data: bytes) -> list[bytes]:
    """The items of encapsulated pixels, the offset table first; pydicom 2.4 and 3 differ here."""
    found: list[bytes] = []
    place = 0
    while data[place : place + 4] == b"\xfe\xff\x00\xe0":
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        found.append(data[place + 8 : end])
        place = end
    return found


def test_lossless_jpeg_of_any_predictor(real_file: RealFile, tmp_path: Path) -> None:
    """The stream of the Philips still, whose predictor is the first of seven, under .57."""
    still = real_file("JPGLosslessP14SV1_1s_1f_8b.dcm")
    dataset = pydicom.dcmread(still)
    stream = b"".join(fragments(dataset.PixelData)[1:])
    tags = grey_tags()
    path = write_encapsulated(
        tmp_path / "a", header(768, 1024, "1.2.840.10008.1.2.4.57", **tags), [stream]
    )
    np.testing.assert_array_equal(read(path).frame(0), read(still).frame(0))


def test_jpeg_ls_that_is_not_lossless(tmp_path: Path) -> None:
    """T.87: no value is off by more than NEAR, here 3."""
    import jpeg_ls

    greys = np.random.default_rng(5).integers(0, 256, (16, 16), np.uint8)
    stream = bytes(jpeg_ls.encode_array(greys, lossy_error=3))
    path = write_encapsulated(
        tmp_path / "a", header(16, 16, "1.2.840.10008.1.2.4.81", **grey_tags()), [stream]
    )
    shown = read(path).frame(0)[..., 0].astype(int)
    assert 0 < np.abs(shown - greys).max() <= 3
