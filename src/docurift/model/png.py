"""A PNG encoder for raw pixels: what holds credentials imports no image library (security.md, T7)."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES: Final = {1: 0, 3: 2}  # channels -> grey, RGB
# Level 1: a page at 150 dpi takes a third of the time of level 6 and is some 20 % larger.
_LEVEL: Final = 1
_BAND_BYTES: Final = 1 << 20
INCHES_PER_METER: Final = 39.3700787


def encode(width: int, height: int, channels: int, pixels: bytes, *, dpi: int) -> bytes:
    """The PNG (ISO/IEC 15948) of `width * height * channels` bytes of 8 bits, row by row, top row first.

    Raises:
        ValueError: `channels` is neither 1 nor 3, or the number of bytes is another.
    """
    if channels not in _COLOR_TYPES or len(pixels) != width * height * channels or not pixels:
        raise ValueError("pixels do not fit their description")
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    per_meter = round(dpi * INCHES_PER_METER)
    parts = [_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"pHYs", struct.pack(">IIB", per_meter, per_meter, 1))]
    parts.extend(_chunk(b"IDAT", data) for data in _compressed(pixels, width * channels))
    parts.append(_chunk(b"IEND", b""))
    return b"".join(parts)


def _compressed(pixels: bytes, stride: int) -> Iterator[bytes]:
    """Rows without filter, in bands, so that no second copy of the whole raster is made."""
    deflate, view = zlib.compressobj(_LEVEL), memoryview(pixels)
    band = max(1, _BAND_BYTES // stride) * stride
    for start in range(0, len(pixels), band):
        rows = view[start : start + band]
        data = deflate.compress(b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride)))
        if data:
            yield data
    yield deflate.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
