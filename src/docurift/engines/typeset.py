"""Sets lines as a typewriter would, so that words of a format without places get boxes."""

import re
from collections.abc import Sequence

from docurift.model.result import (
    Block,
    BlockKind,
    Box,
    Cell,
    LengthUnit,
    Page,
    Table,
    TextSource,
    Word,
)
from docurift.pipeline.ports import box_union

COLUMNS = 87  # of text; with the margins, A4 in 10-point Courier
_MARGIN_COLUMNS = 6
_MARGIN_LINES = 4
_PAGE_LINES = 70
_CHARACTER_POINTS = 6.0
_LINE_POINTS = 12.0
_CELL_COLUMNS = 40
_CELL_GAP = 2
_WORD = re.compile(r"\S+")
_BLANKS = re.compile(r"\s+")


def wrap(text: str, columns: int = COLUMNS) -> list[str]:
    """`text` in lines of at most `columns` characters, broken at blanks and at its own line ends; blanks inside a line
    keep their width. Only a word longer than a line is cut.
    """
    return [line for paragraph in text.split("\n") for line in _wrap_line(paragraph.rstrip(), columns)]


def _wrap_line(line: str, columns: int) -> list[str]:
    lines: list[str] = []
    start = 0
    while len(line) - start > columns:
        cut = line.rfind(" ", start + 1, start + columns + 1)
        if cut < 0 or line[start:cut].isspace():
            cut = start + columns
        lines.append(line[start:cut].rstrip())
        blanks = _BLANKS.match(line, cut)
        start = blanks.end() if blanks else cut
    return [*lines, line[start:]]


class Sheet:
    """A page in the making: a cursor that moves down, and the words that were set. Places are columns and lines until
    `page` makes them shares.
    """

    def __init__(self) -> None:
        self._line = _MARGIN_LINES
        self._columns = COLUMNS
        self._words: list[tuple[str, int, int]] = []
        self._blocks: list[tuple[BlockKind, str, int | None, tuple[int, ...], int | None]] = []
        self._tables: list[tuple[int, tuple[tuple[str, ...], ...], dict[tuple[int, int], list[int]]]] = []

    def set_text(self, text: str, kind: BlockKind, level: int | None) -> None:
        """Set `text` below what is there, as one block."""
        indent = 2 * ((level or 1) - 1) if kind is BlockKind.LIST_ITEM else 0
        words: list[int] = []
        for line in wrap(text, max(COLUMNS - indent, COLUMNS // 2)):
            words += self._set_line(line, self._line, indent)
            self._line += 1
        if words:
            self._blocks.append((kind, text.strip(), level, tuple(words), None))
        self._line += kind is not BlockKind.LIST_ITEM

    def set_grid(self, rows: Sequence[tuple[str, ...]], header_rows: int, *, as_table: bool) -> None:
        """Set `rows` in columns below what is there, as one block; as a table if it is wanted."""
        widths = _widths(rows)
        cells: dict[tuple[int, int], list[int]] = {}
        for number, row in enumerate(rows):
            self._line += self._set_row(row, widths, number, cells)
        self._line += 1
        words = tuple(word for _, indexes in sorted(cells.items()) for word in indexes)
        if not words:
            return
        text = "\n".join("\t".join(row).rstrip() for row in rows)
        kind = BlockKind.TABLE if as_table else BlockKind.PARAGRAPH
        self._blocks.append((kind, text, None, words, len(self._tables) if as_table else None))
        if as_table:
            self._tables.append((header_rows, tuple(rows), cells))

    def _set_row(
        self, row: tuple[str, ...], widths: list[int], number: int, cells: dict[tuple[int, int], list[int]]
    ) -> int:
        left, height = 0, 1
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            lines = wrap(cell, width) if cell else []
            words = [word for i, line in enumerate(lines) for word in self._set_line(line, self._line + i, left)]
            if words:
                cells[number, column] = words
            height = max(height, len(lines))
            left += width + _CELL_GAP
        return height

    def _set_line(self, line: str, at: int, left: int) -> list[int]:
        first = len(self._words)
        for match in _WORD.finditer(line):
            self._words.append((match[0], left + match.start(), at))
        self._columns = max(self._columns, left + len(line))
        return list(range(first, len(self._words)))

    def page(self, number: int) -> Page:
        """What was set, as page `number`."""
        columns = self._columns + 2 * _MARGIN_COLUMNS
        lines = max(_PAGE_LINES, self._line + _MARGIN_LINES)
        words = tuple(Word(text, _box(text, column, line, columns, lines)) for text, column, line in self._words)
        return Page(
            number=number,
            width=columns * _CHARACTER_POINTS,
            height=lines * _LINE_POINTS,
            unit=LengthUnit.POINT,
            rotation=0,
            text_source=TextSource.NATIVE if words else TextSource.NONE,
            words=words,
            blocks=tuple(
                Block(kind=kind, box=_around(words, indexes), text=text, words=indexes, level=level, table=table)
                for kind, text, level, indexes, table in self._blocks
            ),
            tables=tuple(_table(words, *drafted) for drafted in self._tables),
            engine="flow",
        )


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """Of each column: its longest line, but no more than is readable, unless a single word needs it."""
    widths = [1] * (len(rows[0]) if rows else 0)
    for row in rows:
        for column, cell in enumerate(row):
            if len(cell) <= widths[column]:
                continue
            longest_line = max(map(len, cell.split("\n")))
            longest_word = max(map(len, cell.split()), default=0)
            needed = max(min(longest_line, _CELL_COLUMNS), min(longest_word, COLUMNS))
            widths[column] = max(widths[column], needed)
    return widths


def _box(text: str, column: int, line: int, columns: int, lines: int) -> Box:
    left = column + _MARGIN_COLUMNS
    return (
        round(left / columns, 5),
        round(line / lines, 5),
        round((left + len(text)) / columns, 5),
        round((line + 1) / lines, 5),
    )


def _around(words: tuple[Word, ...], indexes: Sequence[int]) -> Box:
    return box_union(words[i].box for i in indexes)


def _table(
    words: tuple[Word, ...],
    header_rows: int,
    rows: tuple[tuple[str, ...], ...],
    cells: dict[tuple[int, int], list[int]],
) -> Table:
    return Table(
        box=_around(words, [word for indexes in cells.values() for word in indexes]),
        rows=len(rows),
        columns=len(rows[0]),
        header_rows=header_rows,
        cells=tuple(
            Cell(row=row, column=column, text=text, box=_around(words, found) if found else None)
            for row, texts in enumerate(rows)
            for column, text in enumerate(texts)
            for found in [cells.get((row, column))]
        ),
    )
