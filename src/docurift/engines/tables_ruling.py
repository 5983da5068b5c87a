"""Ruling lines of a page: the grids that horizontal and vertical lines draw, found on its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docurift.pipeline.ports import Pixels

# OpenCV's thread pool would be started in a process that forks, and by documents that have one core each.
cv2.setNumThreads(1)

_MAX_SIDE = 2400
# Shorter strokes are letters: a line of a grid is at least this share of the page's width or height.
_MIN_ACROSS_SHARE = 0.035
_MIN_DOWN_SHARE = 0.012
_MERGE_SHARE = 0.004
# A separator counts for the whole grid if it is drawn along this share of it.
_SPAN_SHARE = 0.35
_MIN_LINES = 3
_CHANNELS = 3

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a grid's lines stand: `xs` and `ys` ascending, as shares of the page, outer lines included."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]


def grids_of(pixels: Pixels) -> list[Grid]:
    """The grids drawn on the page: at least three lines one way and two the other, crossing each other."""
    ink = _ink(pixels)
    height, width = ink.shape
    across = _opened(ink, (max(20, int(width * _MIN_ACROSS_SHARE)), 1))
    down = _opened(ink, (1, max(15, int(height * _MIN_DOWN_SHARE))))
    joined = cv2.dilate(cv2.bitwise_or(across, down), np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found: list[Grid] = []
    for x, y, w, h, _ in stats[1:].tolist():
        if w < width * 2 * _MIN_ACROSS_SHARE or h < height * _MIN_DOWN_SHARE:
            continue
        grid = _grid(across[y : y + h, x : x + w], down[y : y + h, x : x + w])
        if grid is not None:
            xs, ys = grid
            found.append(Grid(tuple((x + at) / width for at in xs), tuple((y + at) / height for at in ys)))
    return found


def _ink(pixels: Pixels) -> Mask:
    """Dark on light as 255 on 0, even under uneven light, no larger than lines need."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == _CHANNELS else pixels
    shrink = _MAX_SIDE / max(grey.shape)
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    block = 31
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 12)
    return np.asarray(dark, np.uint8)


def _opened(ink: Mask, kernel: tuple[int, int]) -> Mask:
    """Only the runs at least as long as the kernel; one pixel of waviness is bridged first."""
    across = kernel[0] > kernel[1]
    bridged = cv2.dilate(ink, np.ones((2, 1) if across else (1, 2), np.uint8))
    return np.asarray(cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((kernel[1], kernel[0]), np.uint8)), np.uint8)


def _grid(across: Mask, down: Mask) -> tuple[list[float], list[float]] | None:
    height, width = across.shape
    ys = _merged(_positions(across, axis=1, least=width * _SPAN_SHARE), max(4.0, height * _MERGE_SHARE))
    xs = _merged(_positions(down, axis=0, least=height * _SPAN_SHARE), max(4.0, width * _MERGE_SHARE))
    if min(len(xs), len(ys)) < _MIN_LINES - 1 or max(len(xs), len(ys)) < _MIN_LINES:
        return None
    return xs, ys


def _positions(mask: Mask, *, axis: int, least: float) -> list[int]:
    return np.flatnonzero((mask > 0).sum(axis=axis) >= least).tolist()


def _merged(positions: Sequence[int], within: float) -> list[float]:
    """One place for each thick line or pair of lines."""
    groups: list[list[int]] = []
    for at in positions:
        if groups and at - groups[-1][-1] <= within:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [sum(group) / len(group) for group in groups]
