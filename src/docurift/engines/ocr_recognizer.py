"""Reads one text line: PP-OCRv6 recognition, its output decoded with the place of each character."""

import re
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from docurift.engines.ocr_detector import LineBox
from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_network import Network, Tensor

STRIP_HEIGHT = 48
_MIN_STRIP_WIDTH = 48
# 64 line heights: a longer line than any page has; bounds the memory of one recognition.
_MAX_STRIP_WIDTH = 64 * STRIP_HEIGHT
_FRAME_PIXELS = 8

_IDEOGRAPHIC_LANGUAGES = {"zh", "ja"}
_IDEOGRAPH = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Specks and smudges are read as Chinese characters; where another language is named, one needs to be three times as
# likely as what else it may be. A Chinese page sent as English is still read.
_IDEOGRAPHS_ELSEWHERE = 0.3
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# On simulated scans and receipts: right readings have rivals below .003, wrong ones above .04.
_LIKELY_TOO = 0.04
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Strip:
    """One line cut out of an image, level, `STRIP_HEIGHT` pixels high; `to_image` is the 2x3 matrix from its pixels to
    the image's.
    """

    pixels: Grey
    to_image: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Character:
    """One recognized character; `start` and `end` are pixels along the strip. `blank_before` is how sure the recognizer
    is that a blank stands between this character and the one before it.
    """

    text: str
    confidence: float
    start: float
    end: float
    blank_before: float


def cut(pixels: Grey, box: LineBox) -> Strip:
    """The line in `box`, as the recognizer wants it."""
    angle = np.radians(box.degrees)
    along, across = np.array((np.cos(angle), np.sin(angle))), np.array((-np.sin(angle), np.cos(angle)))
    corner = np.array((box.x, box.y)) - along * box.length / 2 - across * box.height / 2
    scale = box.height / STRIP_HEIGHT
    width = int(np.clip(round(box.length / scale), 8, _MAX_STRIP_WIDTH))
    stretch = box.length / width
    to_image = np.column_stack((along * stretch, across * scale, corner))
    if scale > 1.5:  # noqa: PLR2004 from here on cubic samples would step over ink: average instead
        size = (max(1, round(box.length)), max(1, round(box.height)))
        level = _warped(pixels, np.column_stack((along, across, corner)), size)
        strip = cv2.resize(level, (width, STRIP_HEIGHT), interpolation=cv2.INTER_AREA)
        return Strip(np.asarray(strip, np.uint8), to_image)
    return Strip(_warped(pixels, to_image, (width, STRIP_HEIGHT)), to_image)


def _warped(pixels: Grey, matrix: NDArray[np.float64], size: tuple[int, int]) -> Grey:
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


class Recognizer:
    """Reads strips, one at a time: on one thread a batch is no faster, and padding costs."""

    def __init__(self) -> None:
        self._network = Network("rapidocr", "PP-OCRv6_rec_small.onnx")
        self._classes = ["", *self._network.characters, " "]
        self._ideographs = np.array([bool(_IDEOGRAPH.fullmatch(name)) for name in self._classes])
        self._digits = np.flatnonzero([name in _DIGITS for name in self._classes])

    def read(self, strip: Strip, language: str) -> list[Character]:
        """The characters on `strip` from left to right, without blanks."""
        scores = self._network(_tensor(strip.pixels))[0]
        if language not in _IDEOGRAPHIC_LANGUAGES:
            scores[:, self._ideographs] *= _IDEOGRAPHS_ELSEWHERE
        spans = self._spans(scores)
        found: list[Character] = []
        last = 0
        for position, (start, end, best) in enumerate(spans):
            best_here = self._digit(scores, spans, position) or best
            text = self._classes[best_here].translate(_NARROW)
            confidence = float(scores[start:end, best_here].max())
            gap = float(scores[last : start + 1, -1].max()) if found else 0.0
            found.append(Character(text, confidence, float(start * _FRAME_PIXELS), float(end * _FRAME_PIXELS), gap))
            last = end - 1
        return found

    def _spans(self, scores: Tensor) -> list[tuple[int, int, int]]:
        """First frame, end and class of each character: equal neighbours are one (greedy CTC), blanks are none."""
        best = scores.argmax(axis=1)
        edges = np.flatnonzero(np.diff(best, prepend=-1, append=-1))
        spans = [(int(start), int(end), int(best[start])) for start, end in pairwise(edges)]
        return [span for span in spans if self._classes[span[2]].strip()]

    def _digit(self, scores: Tensor, spans: list[tuple[int, int, int]], position: int) -> int | None:
        """The digit that the letter at `position`, between two digits, is likely to be; None if it is none such.
        "DE136G95976" is DE136695976.
        """
        if not 0 < position < len(spans) - 1 or not self._classes[spans[position][2]].isalpha():
            return None
        if any(spans[position + step][2] not in self._digits for step in (-1, 1)):
            return None
        start, end, _ = spans[position]
        rivals = scores[start:end][:, self._digits].max(axis=0)
        return int(self._digits[rivals.argmax()]) if rivals.max() >= _LIKELY_TOO else None


def _tensor(strip: Grey) -> Tensor:
    width = strip.shape[1]
    padded = max(-(-width // _FRAME_PIXELS) * _FRAME_PIXELS, _MIN_STRIP_WIDTH)
    batch = np.zeros((1, 3, STRIP_HEIGHT, padded), np.float32)
    batch[:, :, :, :width] = strip.astype(np.float32) / 127.5 - 1.0
    return batch
