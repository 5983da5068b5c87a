"""Tables of pages without a layout of their own (scans, photos): from ruling lines, then from columns of words."""

from collections.abc import Sequence

import numpy as np

from docurift.engines.tables_columns import ColumnTable, column_of, column_tables
from docurift.engines.tables_ruling import Grid, grids_of
from docurift.model.result import Box, Cell, Table, Word
from docurift.pipeline.ports import Pixels, box_union

_MIN_FILLED_CELLS = 4
_MIN_FILLED_SHARE = 0.3
_PORTRAIT = 0.707
_RULED_CONFIDENCE = 0.9
_COLUMN_CONFIDENCE = 0.7

_Place = tuple[int, int]


class RasterTables:
    """Finds tables by what is printed: the `TableFinder` of OCR pages."""

    def find(self, words: tuple[Word, ...], pixels: Pixels | None) -> tuple[Table, ...]:
        """Tables of the page from top to bottom, boxes as shares of it. Without pixels no ruling lines are seen."""
        aspect = _PORTRAIT if pixels is None else pixels.shape[1] / pixels.shape[0]
        ruled = [] if pixels is None else _ruled(words, grids_of(pixels))
        rest = [i for i, word in enumerate(words) if not any(_holds(table.box, word.box) for table in ruled)]
        free = tables_of_columns(words, rest, aspect)
        return tuple(sorted([*ruled, *free], key=lambda table: (table.box[1], table.box[0])))


def tables_of_columns(words: Sequence[Word], indexes: Sequence[int], aspect: float) -> list[Table]:
    """Tables without rulings among the words at `indexes`; `aspect` is the page's width over its height."""
    return [_of_columns(words, found) for found in column_tables(words, indexes, aspect)]


def _ruled(words: Sequence[Word], grids: Sequence[Grid]) -> list[Table]:
    tables: list[Table] = []
    for grid in grids:
        box = (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
        inside = [i for i, word in enumerate(words) if _holds(box, word.box)]
        places: dict[_Place, list[int]] = {}
        for i in inside:
            row = _between((words[i].box[1] + words[i].box[3]) / 2, grid.ys)
            places.setdefault((row, column_of(words[i].box, grid.xs)), []).append(i)
        rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
        if len(places) >= max(_MIN_FILLED_CELLS, _MIN_FILLED_SHARE * rows * columns) and min(rows, columns) > 1:
            tables.append(_table(words, places, box, _RULED_CONFIDENCE))
    return tables


def _of_columns(words: Sequence[Word], found: ColumnTable) -> Table:
    places: dict[_Place, list[int]] = {}
    for r, row in enumerate(found.rows):
        for segment in row.segments:
            for i in segment.words:
                places.setdefault((r, column_of(words[i].box, found.borders)), []).append(i)
    return _table(words, places, box_union(row.box for row in found.rows), _COLUMN_CONFIDENCE)


def _table(words: Sequence[Word], places: dict[_Place, list[int]], box: Box, confidence: float) -> Table:
    """The full grid of the rows and columns that hold something."""
    rows = sorted({row for row, _ in places})
    columns = sorted({column for _, column in places})
    cells = tuple(
        _cell(r, c, [words[i] for i in places.get((row, column), [])])
        for r, row in enumerate(rows)
        for c, column in enumerate(columns)
    )
    return Table(box=box, rows=len(rows), columns=len(columns), header_rows=1, cells=cells, confidence=confidence)


def _cell(row: int, column: int, words: Sequence[Word]) -> Cell:
    if not words:
        return Cell(row=row, column=column, text="")
    text = " ".join(word.text for word in words)
    return Cell(row=row, column=column, text=text, box=box_union(word.box for word in words))


def _holds(box: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _between(at: float, borders: Sequence[float]) -> int:
    return max(0, min(len(borders) - 2, int(np.searchsorted(borders, at)) - 1))
