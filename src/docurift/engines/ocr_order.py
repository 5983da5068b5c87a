"""Puts the pieces of text that a reader found into lines, and the lines into reading order.

A recursive XY cut (Nagy and Seth, 1984) with one addition: a page is cut into columns only where the columns are prose
or disagree about their baselines. Rows of a table agree, and are read across.
"""

from itertools import pairwise
from statistics import median

from docurift.engines.ocr_words import LineWord
from docurift.model.result import Box

Piece = list[LineWord]

# In heights of the text. A gutter is wider than any blank; a band ends at two empty lines.
_GUTTER = 1.5
_BAND = 1.2
_SAME_LINE_OVERLAP = 0.5
_AGREEING_ROWS = 0.6
_PROSE_SHARE = 0.6
_PROSE_WIDTH = 12.0


def in_order(pieces: list[Piece]) -> list[Piece]:
    """The lines of a page in reading order, each the words of all its pieces from left to right. Pieces that stand in
    one row of one column make one line.
    """
    placed = [(_around(piece), piece) for piece in pieces]
    height = median([box[3] - box[1] for box, _ in placed]) if placed else 0.0
    return [[word for _, piece in line for word in piece] for line in _read(placed, height)]


_Placed = list[tuple[Box, Piece]]


def _around(piece: Piece) -> Box:
    x0, y0, x1, y1 = zip(*(word.box for word in piece), strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def _read(placed: _Placed, height: float) -> list[_Placed]:
    if len(placed) < 2:  # noqa: PLR2004 nothing to order
        return [placed] if placed else []
    columns = _cut(placed, axis=0, gap=_GUTTER * height)
    if len(columns) > 1 and _are_columns(columns, height):
        return [line for column in columns for line in _read(column, height)]
    bands = _cut(placed, axis=1, gap=_BAND * height)
    if len(bands) > 1:
        return [line for band in bands for line in _read(band, height)]
    return _rows(placed)


def _cut(placed: _Placed, *, axis: int, gap: float) -> list[_Placed]:
    """`placed` in groups that are at least `gap` apart along `axis` (0: side by side, 1: one below the other)."""
    groups: list[_Placed] = []
    reach = float("-inf")
    for item in sorted(placed, key=lambda item: item[0][axis]):
        if not groups or item[0][axis] - reach >= gap:
            groups.append([])
        groups[-1].append(item)
        reach = max(reach, item[0][axis + 2])
    return groups


def _are_columns(columns: list[_Placed], height: float) -> bool:
    """Whether to read `columns` one after the other: each is prose, or its rows do not stand level with the others'."""
    if all(_is_prose(column, height) for column in columns):
        return True
    return all(_agreement(left, right) < _AGREEING_ROWS for left, right in pairwise(columns))


def _is_prose(column: _Placed, height: float) -> bool:
    width = max(box[2] for box, _ in column) - min(box[0] for box, _ in column)
    typical = median([box[2] - box[0] for box, _ in column])
    return len(column) > 2 and width > _PROSE_WIDTH * height and typical > _PROSE_SHARE * width  # noqa: PLR2004 lines


def _agreement(left: _Placed, right: _Placed) -> float:
    """The share of rows, on the side that has fewer, that stand level with a row of the other side."""
    fewer, more = sorted((_rows(left), _rows(right)), key=len)
    level = sum(any(_is_level(row[0][0], other[0][0]) for other in more) for row in fewer)
    return level / len(fewer)


def _is_level(a: Box, b: Box) -> bool:
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared > _SAME_LINE_OVERLAP * min(a[3] - a[1], b[3] - b[1])


def _rows(placed: _Placed) -> list[_Placed]:
    """`placed` in rows from top to bottom, each from left to right."""
    rows: list[_Placed] = []
    for item in sorted(placed, key=lambda item: item[0][1] + item[0][3]):
        if rows and _is_level(rows[-1][-1][0], item[0]):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda item: item[0][0]) for row in rows]
