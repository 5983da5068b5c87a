"""Tables without rulings: rows of words whose gaps stand above each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from docurift.model.result import Box, Word
from docurift.pipeline.lines import on_one_row
from docurift.pipeline.ports import box_union

# Words of one cell stand a third of a letter height apart, columns rarely less than one.
_CELL_GAP_HEIGHTS = 0.9
_GUTTER_HEIGHTS = 0.5
_ROW_GAP_HEIGHTS = 2.5
_MIN_ROWS = 3
_MIN_COLUMNS = 2
_RESOLUTION = 2000
# Headings and notes reach over columns: a gutter may be crossed by this share of the rows.
_CROSSED_SHARE = 0.12
_MAX_CELL_CHARACTERS = 32
_MIN_FILLED = 0.45
_MIN_NUMBERS = 0.25
_NUMBER = re.compile(r"[-+(]?[^\w\s]{0,2}\d[\d.,'/:%-]*[)%]?[^\w\s]?$")


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of one row without a wide gap between them."""

    words: tuple[int, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Row:
    """Segments on one line of the page, from left to right."""

    segments: tuple[Segment, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """Rows of a table and the borders of its columns as shares of the page's width, outer ones included."""

    rows: tuple[Row, ...]
    borders: tuple[float, ...]


def column_tables(words: Sequence[Word], indexes: Sequence[int], aspect: float) -> list[ColumnTable]:
    """The tables among the words at `indexes`; `aspect` is the page's width over its height."""
    rows = _rows(words, indexes, aspect)
    found = (_table(words, run, aspect) for run in _runs(rows))
    return [table for table in found if table is not None]


def _rows(words: Sequence[Word], indexes: Sequence[int], aspect: float) -> list[Row]:
    lines: list[list[int]] = []
    for i in sorted(indexes, key=lambda i: (words[i].box[1] + words[i].box[3]) / 2):
        if lines and on_one_row(box_union(words[k].box for k in lines[-1][-3:]), words[i].box):
            lines[-1].append(i)
        else:
            lines.append([i])
    return [_row(words, sorted(line, key=lambda i: words[i].box[0]), aspect) for line in lines]


def _row(words: Sequence[Word], line: Sequence[int], aspect: float) -> Row:
    height = median(words[i].box[3] - words[i].box[1] for i in line)
    groups: list[list[int]] = []
    reach = 0.0
    for i in line:
        x0, x1 = words[i].box[0], words[i].box[2]
        if groups and (x0 - reach) * aspect < _CELL_GAP_HEIGHTS * height:
            groups[-1].append(i)
        else:
            groups.append([i])
        reach = max(reach, x1)
    segments = tuple(Segment(tuple(group), box_union(words[i].box for i in group)) for group in groups)
    return Row(segments, box_union(segment.box for segment in segments))


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows with gaps that follow each other closely; a single row without a gap may stand between them."""
    runs: list[list[Row]] = []
    run: list[Row] = []
    for row in rows:
        height = row.box[3] - row.box[1]
        far = bool(run) and row.box[1] - run[-1].box[3] > _ROW_GAP_HEIGHTS * height
        several = len(row.segments) > 1
        if run and (far or (not several and len(run[-1].segments) == 1)):
            runs.append(run)
            run = []
        if several or run:
            run.append(row)
    runs.append(run)
    return [_trimmed(run) for run in runs]


def _trimmed(run: list[Row]) -> list[Row]:
    while run and len(run[-1].segments) == 1:
        run = run[:-1]
    return run


def _table(words: Sequence[Word], rows: list[Row], aspect: float) -> ColumnTable | None:
    if len(rows) < _MIN_ROWS:
        return None
    borders = _borders(rows, aspect)
    if len(borders) - 1 < _MIN_COLUMNS:
        return None
    table = ColumnTable(tuple(rows), borders)
    return table if _is_tabular(words, table) else None


def _borders(rows: Sequence[Row], aspect: float) -> tuple[float, ...]:
    several = [row for row in rows if len(row.segments) > 1]
    ink = np.zeros(_RESOLUTION, np.int32)
    for row in several:
        covered = np.zeros(_RESOLUTION, np.bool_)
        for segment in row.segments:
            covered[int(segment.box[0] * _RESOLUTION) : int(segment.box[2] * _RESOLUTION) + 1] = True
        ink += covered
    left, right = min(row.box[0] for row in rows), max(row.box[2] for row in rows)
    height = median(row.box[3] - row.box[1] for row in several)
    free = ink <= int(_CROSSED_SHARE * len(several))
    least = max(2.0, _GUTTER_HEIGHTS * height / aspect * _RESOLUTION)
    gutters = [
        (start + end) / 2 / _RESOLUTION
        for start, end in _intervals(free)
        if end - start >= least and start > left * _RESOLUTION and end < right * _RESOLUTION
    ]
    return (left, *gutters, right)


def _intervals(free: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _is_tabular(words: Sequence[Word], table: ColumnTable) -> bool:
    """Columns of prose have gaps above each other too: the cells of a table are short, mostly filled, and
    some of them are numbers.
    """
    columns = len(table.borders) - 1
    cells: dict[tuple[int, int], list[str]] = {}
    for r, row in enumerate(table.rows):
        for segment in row.segments:
            for i in segment.words:
                cells.setdefault((r, column_of(words[i].box, table.borders)), []).append(words[i].text)
    if len(cells) < _MIN_FILLED * columns * len(table.rows):
        return False
    length = sum(len(word) + 1 for cell in cells.values() for word in cell) / len(cells)
    if length > _MAX_CELL_CHARACTERS:
        return False
    numbers = sum(bool(_NUMBER.match(cell[-1])) for place, cell in cells.items() if place[1] > 0)
    return numbers >= _MIN_NUMBERS * sum(column > 0 for _, column in cells)


def column_of(box: Box, borders: Sequence[float]) -> int:
    """The column in which most of the box lies, by its middle."""
    middle = (box[0] + box[2]) / 2
    return max(0, min(len(borders) - 2, int(np.searchsorted(borders, middle)) - 1))
