"""Splits a recognized line into words and finds each word's box.

The recognizer sees most blanks; it misses those between digits and around punctuation, where its second guess is a
blank. So a blank stands wherever the recognizer half believes in one and the ink leaves room for it, or where the room
alone is beyond any letter spacing.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_recognizer import STRIP_HEIGHT, Character, Strip
from docurift.model.result import Box

# Of 16,000 gaps on simulated scans: above .1 every gap was a blank that the recognizer had suppressed, below .01 one in
# 13,000 was; between them the room decides. Typewriter letters stand up to half a strip's height apart.
_BELIEVED = 0.1
_SUSPECTED = 0.015
_ROOM_IF_SUSPECTED = 8
_ROOM_ALONE = 0.55 * STRIP_HEIGHT
_INK = 0.35


@dataclass(frozen=True, slots=True)
class LineWord:
    """A word of one strip; `box` in the pixels of the image the strip was cut from."""

    text: str
    confidence: float
    box: Box


def words_of(strip: Strip, characters: list[Character]) -> list[LineWord]:
    """The words of a strip from left to right."""
    if not characters:
        return []
    ink = _ink(strip.pixels)
    columns = ink.max(axis=0) >= _INK
    groups: list[list[Character]] = [[characters[0]]]
    for before, after in pairwise(characters):
        if _is_apart(columns, before, after):
            groups.append([])
        groups[-1].append(after)
    middles = [_middle(columns, a[-1], b[0]) for a, b in pairwise(groups)]
    limits = zip([0, *middles], [*middles, len(columns)], strict=True)
    rows = _extent(ink.max(axis=1) >= _INK, 0, STRIP_HEIGHT)
    return [_word(strip, group, _extent(columns, *limit), rows) for group, limit in zip(groups, limits, strict=True)]


def _ink(pixels: Grey) -> NDArray[np.float32]:
    """How dark each pixel is between the paper (0) and the ink (1)."""
    paper, ink = float(np.percentile(pixels, 70)), float(np.percentile(pixels, 2))
    contrast = (paper - pixels.astype(np.float32)) / max(paper - ink, 10.0)
    contrast[:4] = contrast[-4:] = 0.0  # the line above and the line below look in
    return contrast


def _is_apart(columns: NDArray[np.bool_], before: Character, after: Character) -> bool:
    if after.blank_before >= _BELIEVED:
        return True
    start, end = _gap(columns, before, after)
    return end - start >= (_ROOM_IF_SUSPECTED if after.blank_before >= _SUSPECTED else _ROOM_ALONE)


def _gap(columns: NDArray[np.bool_], before: Character, after: Character) -> tuple[int, int]:
    """The widest run of columns without ink between the middles of two characters."""
    start, end = int((before.start + before.end) / 2), int((after.start + after.end) / 2) + 1
    edges = np.flatnonzero(np.diff(columns[start:end], prepend=True, append=True)) + start
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    return max(runs, key=lambda run: run[1] - run[0], default=(end, end))


def _middle(columns: NDArray[np.bool_], before: Character, after: Character) -> int:
    start, end = _gap(columns, before, after)
    return int(start + end) // 2 if end > start else int((before.end + after.start) / 2)


def _extent(has_ink: NDArray[np.bool_], start: int, end: int) -> tuple[int, int]:
    """From the first to the last True in `start`-`end`; all of it if there is none."""
    inked = np.flatnonzero(has_ink[start:end])
    return (start + int(inked[0]), start + int(inked[-1]) + 1) if len(inked) else (start, end)


def _word(strip: Strip, group: list[Character], columns: tuple[int, int], rows: tuple[int, int]) -> LineWord:
    matrix = strip.to_image
    x, y = matrix @ (sum(columns) / 2, sum(rows) / 2, 1.0)
    half_width = (columns[1] - columns[0]) / 2 * float(np.hypot(*matrix[:, 0]))
    half_height = (rows[1] - rows[0]) / 2 * float(np.hypot(*matrix[:, 1]))
    return LineWord(
        "".join(character.text for character in group),
        float(np.exp(np.mean([np.log(max(character.confidence, 1e-3)) for character in group]))),
        (float(x - half_width), float(y - half_height), float(x + half_width), float(y + half_height)),
    )
