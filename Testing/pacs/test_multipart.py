"""The one part of an answer, however its bytes come."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.multipart import MOST_HEADER, boundary_of, only_part

HEAD = b"--b\r\nContent-Type: application/dicom\r\nContent-Length: 9\r\n\r\n"
END = b"\r\n--b--\r\n"


def blocks(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


contents = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b"\r\n--", b"\r\n--b", b"--b--", b"\r", b"-", b"x"])).map(b"".join),
).filter(lambda content: b"\n--b" not in b"\n" + content)


@given(
    contents,
    st.lists(st.integers(0, 10_000)),
    st.sampled_from([b"", b"\r\n", b"preamble\r\n"]),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_the_content_is_the_same_wherever_the_blocks_end(
    content: bytes, cuts: list[int], before: bytes, new_line: bytes
) -> None:
    """RFC 2046 wants CR LF; some servers write LF alone."""
    around = [part.replace(b"\r\n", new_line) for part in (before + HEAD, END)]
    data = around[0] + content + around[1]
    assert b"".join(only_part(b"b", blocks(data, cuts))) == content


@given(contents, st.integers(0, 10_000), st.sampled_from([b"\r\n", b"\n"]))
def test_an_answer_that_is_cut_anywhere_is_no_object(
    content: bytes, cut: int, new_line: bytes
) -> None:
    head, end = (part.replace(b"\r\n", new_line) for part in (HEAD, END))
    data = head + content + end
    whole = len(data) - len(new_line)
    with pytest.raises(ServerProblem, match="ends in the middle"):
        list(only_part(b"b", [data[: cut % whole]]))


def test_two_parts_are_too_many() -> None:
    with pytest.raises(ServerProblem, match="several objects"):
        list(only_part(b"b", [HEAD + b"one\r\n" + HEAD + b"two" + END]))


def test_a_header_without_an_end_is_not_read_on_for_ever() -> None:
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"-" * 1024

    with pytest.raises(ServerProblem, match="no beginning"):
        list(only_part(b"b", endless()))
    assert len(taken) <= MOST_HEADER / 1024 + 2


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/related; boundary=abc", b"abc"),
        ('Multipart/Related;type="application/dicom";boundary="a=b;c"', b"a=b;c"),
        ("multipart/related", None),
        ("application/dicom", None),
        ("text/html; boundary=abc", None),
        ("", None),
    ],
)
def test_the_boundary_is_that_of_the_type(kind: str, boundary: bytes | None) -> None:
    assert boundary_of(kind) == boundary
