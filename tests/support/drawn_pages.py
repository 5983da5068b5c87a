"""Pages drawn with Pillow's own font, for tests of OCR."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docurift.model.work import OcrRequest

Grey = NDArray[np.uint8]


def a_page(
    *lines: str, size: tuple[int, int] = (900, 600), height: int = 32, ink: int = 0, degrees: float = 0.0
) -> Grey:
    """Black `lines` on white, `height` pixels high, the page turned counter-clockwise by `degrees`."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((60, 50 + number * 2 * height), line, fill=ink, font=ImageFont.load_default(height))
    return np.asarray(image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255))


def a_request(page: Grey, *, language: str = "en") -> OcrRequest:
    height, width = page.shape
    return OcrRequest(page=1, width=width, height=height, channels=1, language=language, dpi=None)
