"""Words of a PDF page from its text layer, by pdfium (extraction.md section 2: the four traps)."""

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import pairwise, repeat

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from docurift.model.result import Word

# pdfium marks a hyphen at the end of a line by one of these two.
_LINE_HYPHENS = "\x02\ufffe"
_RUN = re.compile(rf"[^\s\x00-\x01\x03-\x1f{_LINE_HYPHENS}]+[{_LINE_HYPHENS}]?")
_SOFT_HYPHEN = "\u00ad"
_NOT_TEXT = re.compile("[\ud800-\udfff\ufffd\ue000-\uf8ff]")
# pdfium puts a blank where letters stand apart by less; a gap that it overlooked is wider than this share of a letter.
_GAP_SHARE = 0.8
_MIN_SIDE_POINTS = 0.3
_SIDES = 4

# Called once per character: by address, since an object for each rectangle costs as much as the call (0.45 against
# 0.78 microseconds).
_loose_char_box = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(raw.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """The displayed part of a page in the page's own space (points, y upwards), and its turn."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLayer:
    """The text layer as words in the order of the file. `unreadable` is the share of characters without a meaning
    (U+FFFD, private use); `repaired` counts words in which a broken character was replaced.
    """

    words: tuple[Word, ...]
    characters: int
    unreadable: float
    repaired: int


def text_layer(page: pdfium.PdfPage, geometry: Geometry) -> TextLayer:
    """The words of `page`, boxes as shares of the page as it is displayed.

    Text outside the displayed part, and text too small to be seen, is left out.
    """
    textpage = page.get_textpage()
    try:
        text = _characters(textpage)
        boxes = _loose_boxes(textpage, text)
    finally:
        textpage.close()
    spans = _split(text, boxes)
    words, repaired = _words(text, boxes, spans, geometry)
    characters = sum(len(word.text) for word in words)
    unreadable = sum(len(_NOT_TEXT.findall(word.text)) for word in words) if _NOT_TEXT.search(text) else 0
    return TextLayer(words=words, characters=characters, unreadable=unreadable / max(1, characters), repaired=repaired)


def _characters(textpage: pdfium.PdfTextPage) -> str:
    """One code point for each of pdfium's characters, so that an index into the text is an index of a character."""
    count = textpage.count_chars()
    units = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(textpage.raw, 0, count, units) - 1
    if written == count:
        return np.frombuffer(units, "<u2", count).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    # pdfium leaves characters without a meaning out of the whole text: ask for them one by one.
    return "".join(chr(raw.FPDFText_GetUnicode(textpage.raw, i) & 0x1FFFFF) for i in range(count))


def _loose_boxes(textpage: pdfium.PdfTextPage, text: str) -> Boxes:
    """Left, bottom, right, top of each character. Tight boxes break words: a comma is far from its digits."""
    count = len(text)
    ltrb = np.zeros((count, _SIDES), np.float32)
    handle, first = ctypes.cast(textpage.raw, ctypes.c_void_p).value, ltrb.ctypes.data
    places = range(first, first + ltrb.nbytes, _SIDES * ltrb.itemsize)
    deque(map(_loose_char_box, repeat(handle), range(count), places), maxlen=0)
    boxes = np.empty((count, _SIDES))
    boxes[:, 0], boxes[:, 2] = np.minimum(ltrb[:, 0], ltrb[:, 2]), np.maximum(ltrb[:, 0], ltrb[:, 2])
    boxes[:, 1], boxes[:, 3] = np.minimum(ltrb[:, 1], ltrb[:, 3]), np.maximum(ltrb[:, 1], ltrb[:, 3])
    for i in np.flatnonzero(_is_empty(boxes)).tolist():
        if not text[i].isspace():
            boxes[i] = textpage.get_charbox(i)
    return boxes


def _is_empty(boxes: Boxes) -> NDArray[np.bool_]:
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(~(np.isfinite(sides).all(axis=1) & (sides > 0).all(axis=1)))


def _split(text: str, boxes: Boxes) -> list[tuple[int, int]]:
    """Spans of words: at pdfium's own blanks, at gaps and at changes of line."""
    breaks: list[int] = _breaks(boxes).tolist()
    spans: list[tuple[int, int]] = []
    for match in _RUN.finditer(text):
        start, end = match.span()
        inside = breaks[bisect_right(breaks, start) : bisect_left(breaks, end)]
        if inside:
            spans += pairwise([start, *inside, end])
        else:
            spans.append((start, end))
    return spans


def _breaks(boxes: Boxes) -> NDArray[np.int64]:
    """Indexes of characters that stand apart from the one before, in whatever direction the text runs."""
    if len(boxes) == 0:
        return np.empty(0, np.int64)
    before, after = boxes[:-1], boxes[1:]
    gap = np.maximum(after[:, :2] - before[:, 2:], before[:, :2] - after[:, 2:]).max(axis=1)
    letter = np.maximum((before[:, 2:] - before[:, :2]).max(axis=1), (after[:, 2:] - after[:, :2]).max(axis=1))
    empty = _is_empty(boxes)
    return np.flatnonzero((gap > _GAP_SHARE * letter) & ~empty[:-1] & ~empty[1:]) + 1


def _words(text: str, boxes: Boxes, spans: list[tuple[int, int]], geometry: Geometry) -> tuple[tuple[Word, ...], int]:
    if not spans:
        return (), 0
    around = _unions(boxes, spans)
    shown = _is_shown(around, geometry)
    shares = _displayed(around, geometry).tolist()
    words: list[Word] = []
    repaired = 0
    for (start, end), box, visible in zip(spans, shares, shown.tolist(), strict=True):
        if not visible:
            continue
        clean, broken = _clean(text[start:end])
        if clean:
            words.append(Word(clean, tuple(box)))
            repaired += broken
    return tuple(words), repaired


def _unions(boxes: Boxes, spans: list[tuple[int, int]]) -> Boxes:
    """The box around each span; characters without a size do not count."""
    bounded = boxes.copy()
    bounded[_is_empty(boxes)] = (np.inf, np.inf, -np.inf, -np.inf)
    edges = np.array([edge for span in spans for edge in span])
    # reduceat cannot take an end past the last row: a neutral row makes room for it.
    padded = np.vstack([bounded, (np.inf, np.inf, -np.inf, -np.inf)])
    low = np.minimum.reduceat(padded[:, :2], edges)[::2]
    high = np.maximum.reduceat(padded[:, 2:], edges)[::2]
    return np.hstack([low, high])


def _is_shown(boxes: Boxes, page: Geometry) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        sides = boxes[:, 2:] - boxes[:, :2]
    large = (sides > 0).all(axis=1) & (sides.max(axis=1) >= _MIN_SIDE_POINTS)
    meets = (boxes[:, 0] < page.right) & (boxes[:, 2] > page.left) & (boxes[:, 1] < page.top)
    return large & meets & (boxes[:, 3] > page.bottom)


def _displayed(boxes: Boxes, page: Geometry) -> Boxes:
    """From the page's own space to shares of the page as shown: origin top left, turned clockwise by /Rotate."""
    width, height = page.right - page.left, page.top - page.bottom
    with np.errstate(invalid="ignore"):
        x0, x1 = (boxes[:, 0] - page.left) / width, (boxes[:, 2] - page.left) / width
        y0, y1 = (page.top - boxes[:, 3]) / height, (page.top - boxes[:, 1]) / height
    turned = {
        0: (x0, y0, x1, y1),
        90: (1 - y1, x0, 1 - y0, x1),
        180: (1 - x1, 1 - y1, 1 - x0, 1 - y0),
        270: (y0, 1 - x1, y1, 1 - x0),
    }[page.rotation]
    return np.round(np.clip(np.stack(turned, axis=1), 0.0, 1.0), 5)


def _clean(text: str) -> tuple[str, bool]:
    """The word without marks of line breaks, and whether a broken surrogate had to be replaced."""
    if text.isascii() and text.isprintable():
        return text, False
    if text[-1] in _LINE_HYPHENS or text[-1] == _SOFT_HYPHEN:
        text = text[:-1] + "-"
    text = text.replace(_SOFT_HYPHEN, "")
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text, False
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined, "\ufffd" in joined
