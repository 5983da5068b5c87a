"""Reading order of lines: columns of running text are read one after the other, rows of a form stay rows."""

from collections.abc import Sequence

from docurift.model.result import Word
from docurift.pipeline.lines import Line, on_one_row

# Columns of labels and amounts look like columns of prose; what tells them apart is how much each line says.
_MIN_PROSE_CHARACTERS = 18
_MIN_COLUMN_LINES = 4
_MIN_GUTTER_SHARE = 0.015
_MAX_DEPTH = 8
# What is taller than this many letters is no line but a table: nothing beside it shares its row.
_TALL_SIZES = 2.5


def in_reading_order(words: Sequence[Word], lines: Sequence[Line], aspect: float) -> list[Line]:
    """The lines with columns of prose taken apart, everything else row by row, each from left to right.

    `aspect` is the page's width over its height.
    """
    return _cut(words, list(lines), aspect, 0)


def _cut(words: Sequence[Word], lines: list[Line], aspect: float, depth: int) -> list[Line]:
    if depth == _MAX_DEPTH or len(lines) < 2 * _MIN_COLUMN_LINES:
        return _row_by_row(lines)
    for bands in (_bands(words, lines, aspect), _bands_between_gaps(lines)):
        if len(bands) > 1:
            return [line for band in bands for line in _cut(words, band, aspect, depth + 1)]
    return _row_by_row(lines)


def _row_by_row(lines: list[Line]) -> list[Line]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box[1], line.box[0])):
        if rows and not _is_tall(line) and not _is_tall(rows[-1][0]) and on_one_row(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box[0])]


def _is_tall(line: Line) -> bool:
    return line.box[3] - line.box[1] > _TALL_SIZES * line.size


def _bands(words: Sequence[Word], lines: list[Line], aspect: float) -> list[list[Line]]:
    """Left and right of the widest gutter that no line crosses, if both sides are prose."""
    gutter = _widest_gutter(lines)
    if gutter is None or (gutter[1] - gutter[0]) < max(_MIN_GUTTER_SHARE, _typical_size(lines) / aspect):
        return [lines]
    middle = (gutter[0] + gutter[1]) / 2
    left = [line for line in lines if line.box[2] <= middle]
    right = [line for line in lines if line.box[2] > middle]
    return [left, right] if _is_prose(words, left) and _is_prose(words, right) else [lines]


def _widest_gutter(lines: list[Line]) -> tuple[float, float] | None:
    spans = sorted((line.box[0], line.box[2]) for line in lines)
    widest, reach = None, spans[0][1]
    for start, end in spans[1:]:
        if start > reach and (widest is None or start - reach > widest[1] - widest[0]):
            widest = (reach, start)
        reach = max(reach, end)
    return widest


def _is_prose(words: Sequence[Word], lines: list[Line]) -> bool:
    if len(lines) < _MIN_COLUMN_LINES:
        return False
    characters = sum(len(words[i].text) + 1 for line in lines for i in line.words)
    return characters / len(lines) >= _MIN_PROSE_CHARACTERS


def _typical_size(lines: list[Line]) -> float:
    sizes = sorted(line.size for line in lines)
    return sizes[len(sizes) // 2]


def _bands_between_gaps(lines: list[Line]) -> list[list[Line]]:
    """The lines above and below the widest horizontal gap that no line crosses: a title over two columns."""
    ordered = sorted(lines, key=lambda line: line.box[1])
    reach, widest, cut = ordered[0].box[3], 0.0, 0
    for i, line in enumerate(ordered[1:], start=1):
        if line.box[1] - reach > widest:
            widest, cut = line.box[1] - reach, i
        reach = max(reach, line.box[3])
    if not cut:
        return [lines]
    border = ordered[cut].box[1]
    above = [line for line in lines if line.box[1] < border]
    below = [line for line in lines if line.box[1] >= border]
    return [above, below]
