"""The first fields of a JPEG XL picture: ISO/IEC 18181-1 annexes D and 18181-2."""

from __future__ import annotations

from EchoMeasureLib.imaging.stream_facts import JPEG_XL_STARTS, CodecError, Coding, StreamHeader

_SIZES = ((9, 1), (13, 1), (18, 1), (30, 1))
"""How many bits, and what is added to them, by the selector before a size."""
_DEPTHS = ((0, 8), (0, 10), (0, 12), (6, 1))
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_HEADER_BYTES = 64


class _Bits:
    """Fields of a codestream, the lowest bits first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise CodecError("its JPEG XL stream ends before its picture")
        field = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return field

    def choose(self, choices: tuple[tuple[int, int], ...]) -> int:
        bits, offset = choices[self.take(2)]
        return self.take(bits) + offset


def read_jpeg_xl_header(data: bytes) -> StreamHeader:
    """The header of a JPEG XL picture. Raises `CodecError` when there is none."""
    bits = _Bits(_codestream_head(data)[2:])
    columns, rows = _size(bits)
    precision, grey = 8, False
    if not bits.take(1):  # anything but the defaults: three colours of 8 bits
        if bits.take(1):
            turned, sized, preview, animated = (bits.take(n) for n in (3, 1, 1, 1))
            if turned or sized or preview or animated:
                raise CodecError("its JPEG XL stream is turned, scaled or animated")
        if bits.take(1):
            raise CodecError("its JPEG XL stream has floating-point values")
        precision = bits.choose(_DEPTHS)
        grey = _is_grey(bits)
    return StreamHeader(
        Coding.JPEG_XL,
        columns=columns,
        rows=rows,
        components=1 if grey else 3,
        precision=precision,
        ybr=None if grey else False,  # the decoder gives RGB
    )


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (1 + bits.take(5)) if small else bits.choose(_SIZES)

    rows = side()
    ratio = bits.take(3)
    if not ratio:
        return side(), rows
    across, down = _RATIOS[ratio - 1]
    return rows * across // down, rows


def _is_grey(bits: _Bits) -> bool:
    bits.take(1)  # modular_16bit_buffers
    extra_channels = bits.choose(((0, 0), (0, 1), (4, 2), (12, 1)))
    if extra_channels:
        raise CodecError("its JPEG XL stream has more channels than colours")
    bits.take(1)  # xyb_encoded
    if bits.take(1):  # all defaults: sRGB
        return False
    bits.take(1)  # want_icc
    return bits.choose(((0, 0), (0, 1), (4, 2), (6, 18))) == 1


def _codestream_head(data: bytes) -> bytes:
    """The first bytes of the codestream, out of its container where it is in one."""
    if data.startswith(JPEG_XL_STARTS[0]):
        return data[:_HEADER_BYTES]
    position = 0
    while position + 8 <= len(data):
        length, kind = (
            int.from_bytes(data[position : position + 4], "big"),
            data[position + 4 :][:4],
        )
        body = position + 8 + (8 if length == 1 else 0)
        if kind in (b"jxlc", b"jxlp"):
            start = body + (4 if kind == b"jxlp" else 0)
            return data[start : start + _HEADER_BYTES]
        if length == 1:
            length = int.from_bytes(data[position + 8 : position + 16], "big")
        if length < 8:
            break
        position += length
    raise CodecError("its JPEG XL stream holds no picture")
