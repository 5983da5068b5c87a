"""From whatever an image file holds to grey or RGB bytes: depth, palette, ink colours, transparency, orientation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docurift.pipeline.ports import Pixels

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BYTE = 255
_BYTE_BITS = 8
_WHITE = (255, 255, 255)


def in_bytes(image: Image.Image) -> Image.Image:
    """`image` with a byte a channel and without palette, which is what can be reduced."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "F":
        return Image.fromarray(_stretched(np.asarray(image)))
    if image.mode.startswith("I"):
        return Image.fromarray(_shifted(np.asarray(image)))
    return image


def _shifted(values: NDArray[Any]) -> Pixels:
    """The eight highest bits in use: 12-bit scans are stored in 16 bits."""
    bits = max(int(values.max(initial=0)).bit_length() - _BYTE_BITS, 0)
    return (np.clip(values, 0, None) >> bits).astype(np.uint8)


def _stretched(values: NDArray[Any]) -> Pixels:
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    return ((finite - low) * (_BYTE / ((high - low) or 1.0))).astype(np.uint8)


def flattened(image: Image.Image) -> Image.Image:
    """`image` in grey or RGB, transparent parts white: that is the paper."""
    if image.mode in {"L", "RGB"}:
        return image
    if image.mode in {"RGBa", "La"}:
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if image.mode in {"RGBA", "LA", "PA"}:
        colored = image.mode != "LA"
        paper = Image.new("RGB" if colored else "L", image.size, _WHITE if colored else _BYTE)
        paper.paste(image.convert("RGBA") if image.mode == "PA" else image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """`image` as an EXIF orientation wants it displayed."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of a loaded image; 1 where there is none, or none that can be read."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError):
        return 1
    return value if isinstance(value, int) else 1
