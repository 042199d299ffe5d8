"""A file is recognised by its content, and one that is not read says so in one sentence."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from raw_dicom import header, save, write_native

from EchoMeasureLib.errors import UnreadableFile
from EchoMeasureLib.imaging.reading import read

RealFile = Callable[[str], Path]


@pytest.mark.parametrize("name", ["IM_0001", "cine.avi", "picture.png", "notes.txt"])
def test_dicom_is_read_under_any_name(real_file: RealFile, tmp_path: Path, name: str) -> None:
    shutil.copy(real_file("examples_ybr_color.dcm"), tmp_path / name)
    assert read(tmp_path / name).frame_count == 30
    assert read(str(tmp_path / name)).kind.startswith("DICOM")


def test_dicom_without_a_preamble_is_read(real_file: RealFile, tmp_path: Path) -> None:
    path = tmp_path / "bare"
    path.write_bytes(real_file("OBXXXX1A.dcm").read_bytes()[132:])
    np.testing.assert_array_equal(read(path).frame(0), read(real_file("OBXXXX1A.dcm")).frame(0))


# Only the data set, as it travels on a network, in both ways of writing it.
@pytest.mark.parametrize("name", ["OBXXXX1A.dcm", "OBXXXX1A_expb.dcm", "gdcm-US-ALOKA-16.dcm"])
def test_a_data_set_without_any_header_is_read(
    real_file: RealFile, tmp_path: Path, name: str
) -> None:
    source = real_file(name)
    length = pydicom.dcmread(source, stop_before_pixels=True).file_meta[0x00020000].value
    path = tmp_path / "bare"
    path.write_bytes(source.read_bytes()[132 + 12 + length :])
    np.testing.assert_array_equal(read(path).frame(0), read(source).frame(0))


def lfs_pointer(path: Path) -> None:
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")


def truncated_header(path: Path) -> None:
    write_native(path, header(4, 4), b"\0" * 48)
    path.write_bytes(path.read_bytes()[:300])


def without_pixels(path: Path) -> None:
    dataset = header(4, 4)
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        delattr(dataset, keyword)
    save(dataset, path)


def of_class(sop_class: str, modality: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        dataset = header(4, 4, SOPClassUID=sop_class, Modality=modality)
        write_native(path, dataset, b"\0" * 48)

    return write


CT, SC = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"

# what, how it is made, what the message says
BAD: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty", lambda p: p.write_bytes(b""), "seems to be empty"),
    ("text", lambda p: p.write_text("Dear colleague,\n"), "plain text"),
    ("text that names a box", lambda p: p.write_text("the free wall moves\n"), "plain text"),
    ("zeros", lambda p: p.write_bytes(bytes(5000)), "nothing but zeros"),
    ("noise", lambda p: p.write_bytes(bytes(range(255, 0, -1)) * 9), "unknown kind"),
    ("git lfs pointer", lfs_pointer, "Git LFS pointer"),
    ("pdf", lambda p: p.write_bytes(b"%PDF-1.7\n"), "PDF"),
    ("zip", lambda p: p.write_bytes(b"PK\x03\x04rest"), "ZIP"),
    ("json", lambda p: p.write_text('{"a": 1}'), "JSON"),
    ("gif", lambda p: p.write_bytes(b"GIF89a..."), "GIF"),
    ("webp", lambda p: p.write_bytes(b"RIFF\x24\0\0\0WEBPVP8X" + bytes(50)), "a WebP picture"),
    # FFmpeg would show the first tile, 512 x 512 pixels, of what a telephone writes.
    ("heic", lambda p: p.write_bytes(b"\0\0\0\x18ftypheic" + bytes(50)), "a HEIF or AVIF"),
    ("avif that moves", lambda p: p.write_bytes(b"\0\0\0\x18ftypavis" + bytes(50)), "AVIF"),
    ("jp2", lambda p: p.write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50)), "a JPEG 2000"),
    ("nifti", lambda p: p.write_bytes(b"\x5c\1" + bytes(342) + b"n+1\0" + bytes(9)), "NIfTI"),
    ("a sound in RIFF", lambda p: p.write_bytes(b"RIFF\0\0\0\0WAVEfmt "), "no video"),
    ("only the preamble", lambda p: p.write_bytes(bytes(128) + b"DICM"), "without pixels"),
    ("dicom cut in its header", truncated_header, "cut short|without pixels|damaged"),
    ("dicom cut before its pixels", lambda p: save(header(4, 4), p), "ends before its pixels"),
    ("dicom without pixels", without_pixels, "without pixels .*cut short in its header"),
    ("ct", of_class(CT, "CT"), "no ultrasound image: it is CT Image Storage"),
    ("capture of a ct", of_class(SC, "CT"), "modality CT"),
    ("broken avi", lambda p: p.write_bytes(b"RIFF\x10\0\0\0AVI LIST" + bytes(50)), "video"),
    ("broken mp4", lambda p: p.write_bytes(b"\0\0\0\x18ftypisom" + bytes(50)), "video"),
    ("broken png", lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50)), "picture"),
    ("broken jpeg", lambda p: p.write_bytes(b"\xff\xd8\xff\xe0" + bytes(50)), "picture"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_files_that_are_not_read_say_why(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "file.dcm"
    make(path)
    with pytest.raises(UnreadableFile, match=words) as caught:
        read(path)
    assert "file.dcm" in caught.value.problem
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CT_small.dcm", "no ultrasound image: it is CT Image Storage"),
        ("MR_truncated.dcm", "no ultrasound image"),
        ("test-SR.dcm", r"without pixels \(.*SR Storage\)"),
        ("rtplan.dcm", "without pixels"),
        ("waveform_ecg.dcm", "without pixels"),
        ("SC_rgb.dcm", "modality OT"),
    ],
)
def test_other_real_dicom_files_are_refused(real_file: RealFile, name: str, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(real_file(name))


def test_a_dicomdir_is_an_index_and_no_image(real_file: RealFile) -> None:
    folder = Path(pydicom.__file__).parent / "data/test_files/dicomdirtests"
    with pytest.raises(UnreadableFile, match="index of other files"):
        read(folder / "DICOMDIR")


def test_screen_captures_are_read_when_their_modality_is_ultrasound(tmp_path: Path) -> None:
    path = tmp_path / "a"
    of_class(SC, "US")(path)
    assert read(path).frame(0).shape == (4, 4, 3)


@pytest.mark.parametrize("retired", ["1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.3"])
def test_retired_ultrasound_classes_are_read(tmp_path: Path, retired: str) -> None:
    path = tmp_path / "a"
    of_class(retired, "US")(path)
    assert read(path).identity.sop_class_uid == retired


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"There is no file .*nowhere"):
        read(tmp_path / "nowhere")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read(tmp_path)


def test_a_real_cine_cut_anywhere_opens_or_says_why(real_file: RealFile, tmp_path: Path) -> None:
    data = real_file("examples_ybr_color.dcm").read_bytes()
    path = tmp_path / "cut.dcm"
    for length in [*range(100, 3000, 97), len(data) // 2, len(data) - 10]:
        path.write_bytes(data[:length])
        try:
            cine = read(path)
            cine.frame(0)
        except UnreadableFile:
            continue


def test_warnings_of_pydicom_do_not_reach_the_user(tmp_path: Path) -> None:
    """A date in a wrong form and a UID with letters make pydicom warn, in a plain process."""
    path = write_native(tmp_path / "a", header(2, 2, StudyInstanceUID="1.2.3"), b"\0" * 12)
    path.write_bytes(path.read_bytes().replace(b"1.2.3\0", b"ab.cd\0"))
    code = f"from EchoMeasureLib.imaging.reading import read; read({str(path)!r}).frame(0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr == b""
    assert read(path).identity.study_instance_uid == "ab.cd"


def test_importing_the_library_loads_no_decoder() -> None:
    code = (
        "import sys, EchoMeasureLib, EchoMeasureLib.catalog, EchoMeasureLib.imaging.cine;"
        "print([m for m in ('torch','slicer','av','SimpleITK','pydicom') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_a_picture_is_read_under_a_dicom_name(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (5, 4), (1, 2, 3)).save(out, "PNG")
    (tmp_path / "a.dcm").write_bytes(out.getvalue())
    assert read(tmp_path / "a.dcm").kind == "PNG picture"
