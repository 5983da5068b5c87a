"""Rows of words below the heads of columns, where nobody found a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from docurift.model.result import Box
from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.pipeline.lines import on_one_row
from docurift.schemas.wanted import Wanted

_MAX_ROW_DROP_HEIGHTS: Final = 3.0
_CELL_PITCH_HEIGHTS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Column:
    """A property and where its values stand across the page."""

    leaf: Wanted | None
    left: float
    right: float


def goes_on(sheet: Sheet, above: tuple[int, ...], below: tuple[int, ...]) -> bool:
    """Whether words are the next line of a cell: right below its last one, and beginning where that does."""
    if not above:
        return False
    last = sheet.page.words[above[-1]].box
    start, first = sheet.union(below), sheet.union(above)
    height = last[3] - last[1]
    aligned = abs(start[0] - first[0]) * sheet.aspect <= height
    return aligned and start[1] - last[3] <= _CELL_PITCH_HEIGHTS * height


def next_row(sheet: Sheet, last: Segment, bottom: float) -> list[Segment]:
    """The row that follows, if it is not too far below."""
    reach = _MAX_ROW_DROP_HEIGHTS * last.size
    for one in sheet.below(last.box, reach):
        if one.box[1] >= bottom - 0.3 * one.size and not on_one_row(one.box, last.box):
            return sheet.row_of(one.box)
    return []


def placed(sheet: Sheet, row: Sequence[Segment], columns: Sequence[Column]) -> tuple[tuple[int, ...], ...]:
    """Each segment of the row in the column that it stands under, or is nearest to."""
    cells: list[list[int]] = [[] for _ in columns]
    for segment in row:
        covered = sum(min(segment.box[2], one.right) > max(segment.box[0], one.left) for one in columns)
        # Narrow columns run together: then each word looks for its own.
        parts = [(word,) for word in segment.words] if covered > 1 else [segment.words]
        for words in parts:
            box = sheet.union(words)
            cells[min(range(len(columns)), key=lambda place: _away(box, columns[place]))].extend(words)
    return tuple(tuple(cell) for cell in cells)


def _away(box: Box, column: Column) -> float:
    """How far a segment is from a column: less than nought where they overlap."""
    shared = min(box[2], column.right) - max(box[0], column.left)
    if shared > 0:
        return -shared
    edges = (abs(box[0] - column.left), abs(box[2] - column.right))
    return min(-shared, *edges)
