"""The page image before OCR: grey, upright, straight, evenly lit; and the way back to the given image's pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docurift.model.result import Box

Grey = NDArray[np.uint8]

# Scanners skew by a degree or two; beyond five degrees a page is a photograph, and its lines find their own angle.
_MAX_SKEW_DEGREES = 5.0
_SKEW_STEPS = ((0.5, _MAX_SKEW_DEGREES), (0.1, 0.5), (0.02, 0.1))
_SKEW_SIDE = 1400
_MIN_INK_PIXELS = 300
# A4 at 400 dpi; finer pixels cost memory and show the recognizer nothing more.
_MAX_PIXELS = 16_000_000


@dataclass(frozen=True, slots=True)
class Straight:
    """A straightened image; `back` is the 2x3 matrix, a turn and a scale, from its pixels to those of the image it was
    made from.
    """

    pixels: Grey
    back: NDArray[np.float64]

    def given(self, box: Box) -> Box:
        """`box` on the image this one was made from: the same shape, its centre moved. At a scanner's skew a tight box
        around a turned word would reach into the neighbouring lines.
        """
        x0, y0, x1, y1 = box
        x, y = self.back @ ((x0 + x1) / 2, (y0 + y1) / 2, 1.0)
        scale = float(np.hypot(*self.back[:, 0]))
        half_width, half_height = scale * (x1 - x0) / 2, scale * (y1 - y0) / 2
        return float(x - half_width), float(y - half_height), float(x + half_width), float(y + half_height)


def grey(pixels: NDArray[np.uint8]) -> Grey:
    """The brightness of `pixels`, shape (height, width)."""
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)  # noqa: PLR2004 axes


def turned(pixels: Grey, rotation: int) -> Grey:
    """`pixels` turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90))


def straightened(pixels: Grey) -> Straight:
    """`pixels` with its text lines level, its background white, its hard black-and-white edges softened, and no larger
    than is of use.
    """
    scale = min(1.0, (_MAX_PIXELS / pixels.size) ** 0.5)
    page = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    level = _evenly_lit(_softened(np.asarray(page, np.uint8)))
    height, width = level.shape
    degrees = skew(level)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    if degrees:
        turned_page = cv2.warpAffine(
            level, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        level = np.asarray(turned_page, np.uint8)
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    return Straight(level, back * (pixels.shape[1] / width))


def skew(pixels: Grey) -> float:
    """The angle, in degrees counter-clockwise, that `pixels` must be turned by to level its text lines; 0 when there is
    too little ink to tell. Found where the row profile of the ink is sharpest (Postl, US patent 4723297, expired).
    """
    scale = min(1.0, _SKEW_SIDE / max(pixels.shape))
    height, width = pixels.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    rows, columns = np.nonzero(ink)
    if len(rows) < _MIN_INK_PIXELS:
        return 0.0
    best = 0.0
    for step, span in _SKEW_STEPS:
        candidates = np.arange(best - span, best + span + step / 2, step)
        best = float(candidates[np.argmax([_sharpness(rows, columns, angle) for angle in candidates])])
    return 0.0 if abs(best) < _SKEW_STEPS[-1][0] * 2 else best


def _sharpness(rows: NDArray[np.int64], columns: NDArray[np.int64], degrees: float) -> float:
    shifted = rows - columns * np.tan(np.radians(degrees))
    profile = np.bincount(np.rint(shifted - shifted.min()).astype(np.int64)).astype(np.float64)
    return float(np.square(np.diff(profile)).sum())


def _softened(pixels: Grey) -> Grey:
    """Black-and-white pages get soft edges, which the recognizer was trained on; others stay as they are."""
    middle = np.count_nonzero((pixels > 15) & (pixels < 240))  # noqa: PLR2004 neither ink nor paper
    if middle > pixels.size * 0.001:
        return pixels
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.8), np.uint8)


def _evenly_lit(pixels: Grey) -> Grey:
    """`pixels` divided by its background, found on a quarter of the size by closing the letters."""
    height, width = pixels.shape
    small = cv2.resize(pixels, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8)), (0, 0), 6)
    paper = cv2.resize(paper, (width, height))
    return np.asarray(cv2.divide(pixels, np.maximum(paper, 1), scale=255), np.uint8)
