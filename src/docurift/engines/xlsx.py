"""XLSX: every visible worksheet a page of its own; blocks of cells between empty rows become tables.

Cells show the values that the writing program last computed; nothing is calculated, no other workbook is asked.
"""

from collections.abc import Iterator
from itertools import groupby

from docurift.engines.archive import Package
from docurift.engines.cells import CellFormat, cell_formats, show
from docurift.engines.flow import Flow, FlowSource, Grid, PageBreak, Text
from docurift.engines.markup import Element, attribute, iterate_xml, local_name
from docurift.engines.refusal import refusing
from docurift.model.failure import FailureCode
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder
from docurift.pipeline.ports import DocumentError

_RELATIONSHIPS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAX_COLUMNS = 16_384
_MAX_ROWS = 1_048_576
_LETTERS = 26
_TRUE = frozenset({"1", "true"})

Row = dict[int, str]
"""The filled cells of a row by their column, counted from 1."""


def open_xlsx(data: bytes, order: WorkOrder) -> FlowSource:
    """The workbook `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    package = Package(data, order.limits)
    main = package.main_part()
    with refusing():
        return FlowSource(_Workbook(package, main).flow(), order.limits)


class _Workbook:
    def __init__(self, package: Package, main: str) -> None:
        self._package = package
        relations = package.relations(main)
        named = {kind: name for kind, name in relations.values() if name in package}
        self._strings = _shared_strings(package, named.get("sharedStrings"))
        self._formats = cell_formats(package.tree(named["styles"])) if "styles" in named else []
        workbook = package.tree(main)
        self._from_1904 = any(attribute(node, "date1904") in _TRUE for node in workbook.iter())
        self._sheets = [
            (sheet.get("name", ""), relations[sheet.get(_RELATIONSHIPS)][1])
            for sheet in workbook.iter()
            if local_name(sheet) == "sheet"
            and sheet.get("state", "visible") == "visible"
            and relations.get(sheet.get(_RELATIONSHIPS), ("", ""))[0] == "worksheet"
        ]

    def flow(self) -> Iterator[Flow]:
        """All visible sheets in order; their names are headings where there are several."""
        for name, part in self._sheets:
            yield PageBreak()
            if len(self._sheets) > 1:
                yield Text(name, BlockKind.HEADING, 1)
            yield from _regions(self._rows(part))

    def _rows(self, part: str) -> Iterator[tuple[int, Row]]:
        """Rows with their numbers, rising."""
        last = 0
        for row in iterate_xml(self._package.read(part), "row"):
            last = int(row.get("r") or last + 1)
            if not 0 < last <= _MAX_ROWS:
                raise DocumentError(FailureCode.FILE_CORRUPT)
            yield last, dict(self._cells(row))

    def _cells(self, row: Element) -> Iterator[tuple[int, str]]:
        column = 0
        for cell in row:
            if local_name(cell) != "c":
                continue
            column = _column(cell.get("r"), column + 1)
            text = self._text(cell)
            if text:
                yield column, text

    def _text(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _plain(cell)
        value = next((child.text or "" for child in cell if local_name(child) == "v"), "")
        match kind:
            case "s":
                return self._strings[int(value)] if value else ""
            case "b":
                return "TRUE" if value in _TRUE else "FALSE"
            case "n":
                return show(value, self._format(cell), from_1904=self._from_1904)
            case _:
                return value.strip()

    def _format(self, cell: Element) -> CellFormat:
        index = int(cell.get("s") or 0)
        return self._formats[index] if index < len(self._formats) else CellFormat()


def _shared_strings(package: Package, part: str | None) -> list[str]:
    return [] if part is None else [_plain(item) for item in iterate_xml(package.read(part), "si")]


def _plain(item: Element) -> str:
    """The text of a string that may be in runs; phonetic readings are no text of the cell."""
    pieces: list[str] = []
    for child in item:
        name = local_name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name in {"r", "is"}:
            pieces.append(_plain(child))
    return "".join(pieces).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _column(reference: str | None, following: int) -> int:
    """The column of a reference such as `BC12`, or the one that follows where there is none."""
    letters = (reference or "").rstrip("0123456789").upper()
    if not letters:
        return following
    column = 0
    for letter in letters:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    if not 0 < column <= _MAX_COLUMNS:
        raise DocumentError(FailureCode.FILE_CORRUPT)
    return column


def _regions(rows: Iterator[tuple[int, Row]]) -> Iterator[Flow]:
    """Filled rows that follow on each other as tables; rows of a single cell as text."""
    filled = ((number, row) for number, row in rows if row)
    for _, run in groupby(enumerate(filled), key=lambda pair: pair[1][0] - pair[0]):
        yield from _region([row for _, (_, row) in run])


def _region(rows: list[Row]) -> Iterator[Flow]:
    """Titles above and notes below a table, often without an empty row between, are not part of it."""
    while rows and len(rows[0]) == 1:
        yield Text(next(iter(rows.pop(0).values())))
    below: list[Flow] = []
    while rows and len(rows[-1]) == 1 and min(rows[-1]) <= min(map(min, rows)):
        below.append(Text(next(iter(rows.pop().values()))))
    if rows:
        columns = sorted({column for row in rows for column in row})
        grid = tuple(tuple(row.get(column, "") for column in columns) for row in rows)
        yield Grid(grid, int(_is_header(grid)))
    yield from reversed(below)


def _is_header(grid: tuple[tuple[str, ...], ...]) -> bool:
    """Whether the first of several rows names the columns: all filled, none with a digit."""
    return len(grid) > 1 and all(cell and not any(map(str.isdigit, cell)) for cell in grid[0])
