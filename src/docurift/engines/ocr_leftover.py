"""Finds what the detector passed over: runs of ink of a text line's size that no line covers, such as pale small print
and single digits in a table.
"""

from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from docurift.engines.ocr_detector import LineBox
from docurift.engines.ocr_image import Grey

# A page of text leaves a handful; hundreds of them are the texture of a photograph, not worth their reading.
_MAX_LEFTOVERS = 60
_MIN_HEIGHT, _MAX_HEIGHT = 0.3, 1.6
_MAX_COVERED = 0.2
_MARGIN = 0.25
_SCALE = 0.5


def leftovers(pixels: Grey, found: list[LineBox]) -> list[LineBox]:
    """Boxes around runs of ink in `pixels` that are as high as the lines in `found` and covered by none of them."""
    if not found:
        return []
    height = median(line.height for line in found) * _SCALE
    ink = _ink(pixels)
    covered = _covered(ink.shape, found)
    ink[covered > 0] = 0
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, max(3, round(height * 0.6)))))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = [_grown(*(int(value) for value in row[:4])) for row in stats[1:] if _is_line(row, height)]
    kept = [box for box in boxes if not _touches(box, covered)]
    return kept if len(kept) <= _MAX_LEFTOVERS else []


def _ink(pixels: Grey) -> Grey:
    height, width = pixels.shape
    size = (max(1, round(width * _SCALE)), max(1, round(height * _SCALE)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    return np.asarray(ink, np.uint8)


def _covered(shape: tuple[int, ...], found: list[LineBox]) -> Grey:
    mask = np.zeros(shape, np.uint8)
    for line in found:
        size = (line.length * _SCALE, line.height * _SCALE)
        corners = cv2.boxPoints(((line.x * _SCALE, line.y * _SCALE), size, line.degrees))
        cv2.fillPoly(mask, [np.asarray(corners, np.int32)], (1,))
    return mask


def _is_line(row: NDArray[np.int32], height: float) -> bool:
    _, _, box_width, box_height, area = row
    is_stroke = box_width > 20 * box_height or area > 0.9 * box_width * box_height > height * height  # rules and bars
    return bool(_MIN_HEIGHT * height <= box_height <= _MAX_HEIGHT * height and box_width >= 0.15 * height) and (
        not is_stroke
    )


def _grown(left: int, top: int, width: int, height: int) -> LineBox:
    margin = _MARGIN * height
    return LineBox(
        x=(left + width / 2) / _SCALE,
        y=(top + height / 2) / _SCALE,
        length=(width + 2 * margin) / _SCALE,
        height=(height + 2 * margin) / _SCALE,
        degrees=0.0,
    )


def _touches(box: LineBox, covered: Grey) -> bool:
    top, bottom = (max(0, round((box.y + side * box.height / 2) * _SCALE)) for side in (-1, 1))
    left, right = (max(0, round((box.x + side * box.length / 2) * _SCALE)) for side in (-1, 1))
    window = covered[top:bottom, left:right]
    return not window.size or float(window.mean()) > _MAX_COVERED
