"""Blocks and tables of a born-digital page: our own words and lines, the layout engine's grids filled with them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from docurift.engines.tables import tables_of_columns
from docurift.engines.tables_native import Grid, GridCell
from docurift.model.result import Block, Box, Cell, Table, Word
from docurift.pipeline.blocks import blocks_of
from docurift.pipeline.lines import Line, line_of, lines_of
from docurift.pipeline.ports import box_union
from docurift.pipeline.reading_order import in_reading_order

_NOWHERE = -1
# Boxes of grids hug their letters, boxes of words their lines: a centre may lie just outside.
_MARGIN = 0.004

Layout = tuple[tuple[Word, ...], tuple[Block, ...], tuple[Table, ...]]


def laid_out(words: Sequence[Word], grids: Sequence[Grid] | None, aspect: float) -> Layout:
    """The words in reading order, their blocks, and the tables, each word in one block; no tables if `grids` is None.

    The tables are those that `grids` make of the words, and those that the table engine overlooked: short ones,
    as on invoices. `aspect` is the page's width over its height.
    """
    tables, groups, free = _engine_tables(words, grids or ())
    if grids is not None:
        own = tables_of_columns(words, free, aspect)
        own_groups, free = _sorted_in(words, free, [table.box for table in own])
        tables, groups = [*tables, *own], [*groups, *own_groups]
    lines = lines_of(words, aspect, free)
    # A table takes its place among the lines as one of them.
    lines += [
        Line(tuple(group), table.box, line_of(words, group).size) for table, group in zip(tables, groups, strict=True)
    ]
    ordered = in_reading_order(words, lines, aspect)
    return _numbered(words, blocks_of(words, ordered, tables=tables), tuple(tables))


def _engine_tables(words: Sequence[Word], grids: Sequence[Grid]) -> tuple[list[Table], list[list[int]], list[int]]:
    groups, free = _sorted_in(words, range(len(words)), [grid.box for grid in grids])
    filled = [(grid, group) for grid, group in zip(grids, groups, strict=True) if group]
    return [_table(words, group, grid) for grid, group in filled], [group for _, group in filled], free


def _sorted_in(
    words: Sequence[Word], indexes: Sequence[int], boxes: Sequence[Box]
) -> tuple[list[list[int]], list[int]]:
    """For each box the words in it, and the words in none."""
    groups: list[list[int]] = [[] for _ in boxes]
    free: list[int] = []
    for i, home in zip(indexes, _homes([words[i] for i in indexes], boxes), strict=True):
        (free if home == _NOWHERE else groups[home]).append(i)
    return groups, free


def _homes(words: Sequence[Word], boxes: Sequence[Box]) -> list[int]:
    """For each word the smallest box that holds its centre, by index."""
    if not words or not boxes:
        return [_NOWHERE] * len(words)
    inside, areas = _inside(words, boxes)
    size = np.where(inside, areas[None, :], np.inf)
    best = size.argmin(axis=1)
    return np.where(inside.any(axis=1), best, _NOWHERE).tolist()


def _inside(words: Sequence[Word], boxes: Sequence[Box]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    spots = np.array([word.box for word in words])
    x, y = (spots[:, 0] + spots[:, 2]) / 2, (spots[:, 1] + spots[:, 3]) / 2
    b = np.array(boxes)
    across = (x[:, None] >= b[:, 0] - _MARGIN) & (x[:, None] <= b[:, 2] + _MARGIN)
    down = (y[:, None] >= b[:, 1] - _MARGIN) & (y[:, None] <= b[:, 3] + _MARGIN)
    return across & down, (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])


def _table(words: Sequence[Word], group: list[int], grid: Grid) -> Table:
    places = [(r, c, cell) for r, row in enumerate(grid.rows) for c, cell in enumerate(row)]
    boxed = [(r, c, cell.box) for r, c, cell in places if cell.box is not None]
    inside: dict[tuple[int, int], list[int]] = {}
    for i, home in zip(group, _homes([words[i] for i in group], [box for _, _, box in boxed]), strict=True):
        if home != _NOWHERE:
            inside.setdefault(boxed[home][:2], []).append(i)
    cells = tuple(_cell(r, c, cell, [words[i] for i in inside.get((r, c), [])]) for r, c, cell in places)
    return Table(
        box=grid.box,
        rows=len(grid.rows),
        columns=max(len(row) for row in grid.rows),
        header_rows=grid.header_rows,
        cells=cells,
    )


def _cell(row: int, column: int, cell: GridCell, words: list[Word]) -> Cell:
    ours = " ".join(word.text for word in words)
    # A word that reaches over two columns is one of ours and two of the grid's: then the grid knows better.
    same = _letters(ours) == _letters(cell.text)
    box = box_union(word.box for word in words) if words and same else cell.box
    return Cell(row=row, column=column, text=ours if same else cell.text, box=box if cell.text else None)


def _letters(text: str) -> list[str]:
    return sorted(text.replace(" ", ""))


def _numbered(words: Sequence[Word], blocks: Sequence[Block], tables: tuple[Table, ...]) -> Layout:
    """The words numbered as their blocks come."""
    ordered: list[Block] = []
    start = 0
    for block in blocks:
        end = start + len(block.words)
        ordered.append(replace(block, words=tuple(range(start, end))))
        start = end
    return tuple(words[i] for block in blocks for i in block.words), tuple(ordered), tables
