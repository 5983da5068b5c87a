"""Finds text lines in an image: PP-OCRv6 detection with the "differentiable binarization" reading of its map."""

from dataclasses import dataclass

import cv2
import numpy as np

from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_network import Network, Tensor

# Values of the model's authors, but for the box score: theirs is .5, at which pale small print is lost; what is not
# text is dropped later, by the recognizer's confidence.
_PIXEL_SCORE = 0.3
_BOX_SCORE = 0.35
_UNCLIP_RATIO = 1.6
_MIN_SIDE = 3.0
_MAX_LINES = 2_000
_STRIDE = 32
_SLIP_SHARE = 0.45
_MAX_SLIP = 3072


@dataclass(frozen=True, slots=True)
class LineBox:
    """A box around a piece of a text line: centre, size along and across the line, and the line's angle in degrees
    clockwise. Pixels of the image it was found in.
    """

    x: float
    y: float
    length: float
    height: float
    degrees: float


class Detector:
    """Finds text lines of any angle up to 45 degrees."""

    def __init__(self) -> None:
        self._network = Network("rapidocr", "PP-OCRv6_det_small.onnx")

    def find(self, pixels: Grey, long_side: int) -> list[LineBox]:
        """The text lines in `pixels`, looked at with about `long_side` pixels on its longer side; more on a long slip
        of paper, whose letters would be lost.
        """
        height, width = pixels.shape
        narrow = min(_SLIP_SHARE * long_side / min(height, width), _MAX_SLIP / max(height, width))
        scale = min(1.0, max(long_side / max(height, width), narrow))
        rows, columns = _snapped(height * scale), _snapped(width * scale)
        shrunk = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
        score = self._network(_tensor(np.asarray(shrunk, np.uint8)))[0, 0]
        across, down = width / columns, height / rows
        return [
            LineBox(box.x * across, box.y * down, box.length * across, box.height * down, box.degrees)
            for box in _boxes(score)
        ]


def _snapped(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)


def _tensor(pixels: Grey) -> Tensor:
    plane = pixels.astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(np.broadcast_to(plane, (1, 3, *plane.shape)))


def _boxes(score: Tensor) -> list[LineBox]:
    mask = cv2.dilate((score > _PIXEL_SCORE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    kept: list[LineBox] = []
    for contour in contours[:_MAX_LINES]:
        (x, y), (length, height), degrees = cv2.minAreaRect(contour)
        if min(length, height) < _MIN_SIDE or _mean_score(score, ((x, y), (length, height), degrees)) < _BOX_SCORE:
            continue
        if abs(degrees) > 45:  # noqa: PLR2004 OpenCV 4 gives (0, 90], OpenCV 5 [-90, 0): take the side nearer to level
            degrees, length, height = degrees - np.copysign(90.0, degrees), height, length
        grown = length * height * _UNCLIP_RATIO / (length + height)  # twice area * ratio / perimeter
        kept.append(LineBox(x, y, length + grown, height + grown, float(degrees)))
    return kept


def _mean_score(score: Tensor, rectangle: tuple[tuple[float, float], tuple[float, float], float]) -> float:
    corners = cv2.boxPoints(rectangle)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    window = score[top:bottom, left:right]
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [np.asarray(corners - (left, top), np.int32)], (1,))
    return float(cv2.mean(window, inside)[0])
