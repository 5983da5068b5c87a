"""Blocks and tables of a born-digital page: the regions of the layout engine, filled with our own words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docurift.engines.tables_native import GridCell, Region
from docurift.model.result import Block, BlockKind, Box, Cell, Table, Word
from docurift.pipeline.blocks import blocks_of, table_block, text_of_lines
from docurift.pipeline.lines import lines_of
from docurift.pipeline.ports import box_union
from docurift.pipeline.reading_order import in_reading_order

_NOWHERE = -1
# Boxes of regions hug their letters, boxes of words their lines: a centre may lie just outside.
_MARGIN = 0.004

Layout = tuple[tuple[Word, ...], tuple[Block, ...], tuple[Table, ...]]


def laid_out(words: Sequence[Word], regions: Sequence[Region], aspect: float) -> Layout:
    """The words in reading order, their blocks, and the tables, each word in exactly one block.

    `aspect` is the page's width over its height. Words that no region holds make blocks of their own.
    """
    homes = _homes(words, [region.box for region in regions])
    groups: list[list[int]] = [[] for _ in regions]
    strays: list[int] = []
    for i, home in enumerate(homes):
        (strays if home == _NOWHERE else groups[home]).append(i)
    blocks: list[Block] = []
    tables: list[Table] = []
    for region, group in zip(regions, groups, strict=True):
        if not group:
            continue
        if region.kind is BlockKind.TABLE and region.grid:
            tables.append(_table(words, group, region))
            blocks.append(table_block(tables[-1], len(tables) - 1, tuple(group)))
        else:
            blocks.append(_block(words, group, region, aspect))
    return _in_order(words, _merged(blocks, plain_blocks(words, aspect, strays)), tuple(tables))


def plain_layout(words: Sequence[Word], aspect: float) -> Layout:
    """The words in reading order and their blocks, without the layout engine and without tables."""
    return _in_order(words, plain_blocks(words, aspect, range(len(words))), ())


def plain_blocks(words: Sequence[Word], aspect: float, indexes: Sequence[int]) -> list[Block]:
    """Blocks of the words at `indexes`, made from their lines alone."""
    lines = in_reading_order(words, lines_of(words, aspect, indexes), aspect)
    return list(blocks_of(words, lines)) if lines else []


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


def _block(words: Sequence[Word], group: list[int], region: Region, aspect: float) -> Block:
    text = text_of_lines(words, lines_of(words, aspect, group))
    kind = BlockKind.PARAGRAPH if region.kind is BlockKind.TABLE else region.kind
    box = box_union(words[i].box for i in group)
    return Block(kind=kind, box=box, text=text, words=tuple(group), level=region.level)


def _table(words: Sequence[Word], group: list[int], region: Region) -> Table:
    places = [(r, c, cell) for r, row in enumerate(region.grid) for c, cell in enumerate(row)]
    boxed = [(r, c, cell.box) for r, c, cell in places if cell.box is not None]
    inside: dict[tuple[int, int], list[int]] = {}
    for i, home in zip(group, _homes([words[i] for i in group], [box for _, _, box in boxed]), strict=True):
        if home != _NOWHERE:
            inside.setdefault(boxed[home][:2], []).append(i)
    cells = tuple(_cell(r, c, cell, [words[i] for i in inside.get((r, c), [])]) for r, c, cell in places)
    return Table(
        box=region.box,
        rows=len(region.grid),
        columns=max(len(row) for row in region.grid),
        header_rows=region.header_rows,
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


def _merged(blocks: list[Block], strays: list[Block]) -> list[Block]:
    """Each stray block before the first of the others that begins below it and shares its column."""
    for stray in strays:
        middle = (stray.box[1] + stray.box[3]) / 2
        later = (
            i
            for i, block in enumerate(blocks)
            if block.box[1] > middle and block.box[0] < stray.box[2] and block.box[2] > stray.box[0]
        )
        blocks.insert(next(later, len(blocks)), stray)
    return blocks


def _in_order(words: Sequence[Word], blocks: Sequence[Block], tables: tuple[Table, ...]) -> Layout:
    """Number the words as their blocks come."""
    order = [i for block in blocks for i in block.words]
    ordered: list[Block] = []
    start = 0
    for block in blocks:
        end = start + len(block.words)
        ordered.append(
            Block(
                kind=block.kind,
                box=block.box,
                text=block.text,
                words=tuple(range(start, end)),
                level=block.level,
                table=block.table,
            )
        )
        start = end
    return tuple(words[i] for i in order), tuple(ordered), tables
