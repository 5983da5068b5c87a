"""Lists of objects: tables whose heads name the properties, as they were found or by their head line alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.model.result import Box, Json, Table
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.labelled.columns import Column, goes_on, next_row, placed
from docurift.pipeline.extract.labelled.labels import LabelBook, Meaning, is_label_by_form
from docurift.pipeline.extract.labelled.printed import Habits, read
from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.schemas.folded import folded
from docurift.schemas.wanted import Group, Kind, Wanted

_MAX_HEAD_WORDS: Final = 5
_LEAST_COLUMNS: Final = 2
_MAX_ROWS: Final = 2_000
_MAX_COLUMNS: Final = 40
_CELL_GROWTH_HEIGHTS: Final = 0.1
_IN_TABLE, _IN_LINES = 0.95, 0.92
# Heads of columns that only count the rows.
_COUNTERS: Final = frozenset(
    ("no", "pos", "position", "line", "item", "zeile", "ligne", "riga", "regel", "linea", "linha", "lp")
)
_SAID_KINDS: Final = frozenset({Kind.TEXT, Kind.PARAGRAPH})
_TOTALS: Final = frozenset(
    folded(word)
    for word in (
        "total", "totals", "subtotal", "sum", "grand total", "summe", "gesamt", "zwischensumme", "somme", "sous total",
        "suma", "totale", "totaal", "subtotaal", "razem", "carried forward", "\u00fcbertrag", "total general",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of words under the columns of one head."""

    sheet: Sheet
    leaves: tuple[Wanted | None, ...]
    rows: tuple[tuple[tuple[int, ...], ...], ...]
    head: tuple[int, ...]
    weight: float

    @property
    def bound(self) -> int:
        """How many of the columns are properties."""
        return sum(leaf is not None for leaf in self.leaves)


class RowFinder:
    """Finds one list by the labels of its items' properties."""

    def __init__(self, group: Group) -> None:
        """Only plain values of an item can be columns."""
        self._group = group
        labels = [
            (label, Meaning(owner, rank))
            for owner, leaf in enumerate(group.leaves)
            for rank, label in enumerate(leaf.labels)
        ]
        self._book = LabelBook(labels)

    def found(self, sheets: Iterable[Sheet], habits: Habits) -> tuple[dict[str, Found], set[tuple[int, int]]]:
        """The items' values by their pointers, in the order in which they are printed; and the words of heads and
        items, each with its page.
        """
        values: dict[str, Found] = {}
        claimed: set[tuple[int, int]] = set()
        place = 0
        for sheet in sheets:
            for grid in self._grids(sheet):
                items = [(item, row) for row in grid.rows if (item := self._item(grid, row, habits))]
                for item, row in items[: _MAX_ROWS - place]:
                    values |= {f"{self._group.pointer}/{place}{pointer}": found for pointer, found in item.items()}
                    claimed |= {(sheet.page.number, word) for cell in (grid.head, *row) for word in cell}
                    place += 1
        return values, claimed

    def _item(self, grid: Grid, row: Sequence[tuple[int, ...]], habits: Habits) -> dict[str, Found]:
        """The values of a row, if it is one of the list: a total, or what one word alone is found of, is none."""
        first = next((words for words in row if words), ())
        said = grid.sheet.text(_segment(grid.sheet, first)) if first else ""
        if not said or _is_total(said):
            return {}
        item: dict[str, Found] = {}
        for leaf, words in zip(grid.leaves, row, strict=True):
            if leaf is None or not words or leaf.pointer in item:
                continue
            found = _value(grid, leaf, words, habits)
            if found is not None:
                item[leaf.pointer] = found
        sure = [leaf for leaf in grid.leaves if leaf is not None]
        return item if len(item) >= min(_LEAST_COLUMNS, len(sure)) else {}

    def _grids(self, sheet: Sheet) -> Iterator[Grid]:
        """The tables that bind most of the properties: those that were found, or those that head lines say."""
        found = [grid for table in sheet.page.tables if (grid := self._of_table(sheet, table)) is not None]
        said = list(self._of_lines(sheet))
        yield from max((found, said), key=lambda grids: max((grid.bound for grid in grids), default=0))

    def _of_table(self, sheet: Sheet, table: Table) -> Grid | None:
        """The table, if its head, or its first row where it has none, names enough of the properties."""
        heads: dict[int, list[str]] = {}
        count = max(table.header_rows, 1)
        for cell in table.cells:
            if cell.row < count and cell.text.strip():
                heads.setdefault(cell.column, []).append(cell.text)
        bound = self._bound({column: " ".join(texts) for column, texts in heads.items()})
        if len(bound) < self._enough():
            return None
        cells: dict[tuple[int, int], tuple[int, ...]] = {}
        for cell in table.cells:
            if cell.row >= count and cell.box is not None and cell.text.strip():
                cells[cell.row, cell.column] = sheet.words_in(_grown(cell.box))
        rows = [
            tuple(cells.get((row, column), ()) for column in range(table.columns)) for row in range(count, table.rows)
        ]
        leaves = tuple(bound.get(column) for column in range(table.columns))
        boxes = [cell.box for cell in table.cells if cell.row < count and cell.box is not None]
        head = tuple(word for box in boxes for word in sheet.words_in(_grown(box)))
        return Grid(sheet, leaves, tuple(self._joined(sheet, leaves, rows)), head, _IN_TABLE)

    def _enough(self) -> int:
        return min(_LEAST_COLUMNS, len(self._group.leaves))

    def _bound(self, heads: dict[int, str]) -> dict[int, Wanted]:
        """Which column holds which property: the surest first, each once."""
        options: list[tuple[float, int, int]] = []
        for column, head in heads.items():
            for part, weight in ((head, 1.0), *((piece, 0.95) for piece in _pieces(head))):
                meanings, likeness = self._book.meanings(part) or ((), 0.0)
                options += [(weight * likeness - 0.01 * one.rank, column, one.owner) for one in meanings]
        bound: dict[int, Wanted] = {}
        taken: set[int] = set()
        for _, column, owner in sorted(options, reverse=True):
            if column not in bound and owner not in taken:
                bound[column] = self._group.leaves[owner]
                taken.add(owner)
        return bound

    def _joined(
        self, sheet: Sheet, leaves: Sequence[Wanted | None], rows: Sequence[tuple[tuple[int, ...], ...]]
    ) -> Iterator[tuple[tuple[int, ...], ...]]:
        """The rows; one that says nothing but text goes on with the row before it."""
        held: tuple[tuple[int, ...], ...] | None = None
        for row in rows:
            filled = [place for place, words in enumerate(row) if words]
            only = filled[0] if len(filled) == 1 else None
            if held is not None and only is not None and self._continues(sheet, leaves[only], held[only], row[only]):
                held = tuple((*words, *row[place]) if place == only else words for place, words in enumerate(held))
                continue
            if held is not None:
                yield held
            held = row
        if held is not None:
            yield held

    def _continues(self, sheet: Sheet, leaf: Wanted | None, above: tuple[int, ...], below: tuple[int, ...]) -> bool:
        return leaf is not None and leaf.kind in _SAID_KINDS and goes_on(sheet, above, below)

    def _of_lines(self, sheet: Sheet) -> Iterator[Grid]:
        """Tables that nobody found: a line of heads, and the lines below it."""
        seen = 0.0
        for segment in sheet.segments:
            if segment.box[1] < seen or not self._heads_in(sheet.texts(segment), set()):
                continue
            row = sheet.row_of(segment.box)[:_MAX_COLUMNS]
            columns = self._heads(sheet, row)
            if sum(column.leaf is not None for column in columns) < max(self._enough(), _LEAST_COLUMNS):
                continue
            grid, seen = self._under(sheet, row, columns)
            if grid is not None:
                yield grid

    def _heads(self, sheet: Sheet, row: Sequence[Segment]) -> list[Column]:
        """The heads in a row: those that are known, and the segments between them."""
        columns: list[Column] = []
        taken: set[int] = set()
        for segment in row:
            heads = self._heads_in(sheet.texts(segment), taken)
            taken |= {owner for _, _, owner in heads if owner is not None}
            for start, end, owner in heads:
                part = sheet.part(segment, start, end) or segment
                leaf = None if owner is None else self._group.leaves[owner]
                columns.append(Column(leaf, part.box[0], part.box[2]))
            if not heads:
                columns.append(Column(None, segment.box[0], segment.box[2]))
        return columns

    def _heads_in(self, texts: Sequence[str], taken: set[int]) -> list[tuple[int, int, int | None]]:
        """Start, end and owner of each head that the segment consists of; none if more than a bracket is left. A head
        that counts the rows has no owner.
        """
        found: list[tuple[int, int, int | None]] = []
        place = 0
        while place < len(texts):
            end, owner = self._head_at(texts, place, taken | {one for _, _, one in found if one is not None})
            if owner is not None:
                found.append((place, end, owner))
            elif place == 0 and len(texts) > 1 and folded(texts[0]) in _COUNTERS:
                end = 1
                found.append((0, end, None))
            elif not found or not texts[place].startswith(("(", "[", "/")):
                return []
            place = end
        return found

    def _head_at(self, texts: Sequence[str], place: int, taken: set[int]) -> tuple[int, int | None]:
        for end in range(min(len(texts), place + _MAX_HEAD_WORDS), place, -1):
            meanings = self._book.exact(" ".join(texts[place:end])) or ()
            free = [meaning for meaning in meanings if meaning.owner not in taken]
            if free:
                return end, min(free, key=lambda meaning: meaning.rank).owner
        if place == 0:
            said = self._book.meanings(" ".join(texts))
            free = [meaning for meaning in said[0] if meaning.owner not in taken] if said else []
            return len(texts), free[0].owner if free else None
        return len(texts), None

    def _under(self, sheet: Sheet, head: Sequence[Segment], columns: list[Column]) -> tuple[Grid | None, float]:
        leaves = tuple(column.leaf for column in columns)
        rows: list[tuple[tuple[int, ...], ...]] = []
        last = max(head, key=lambda segment: segment.box[3])
        bottom = last.box[3]
        while True:
            row = next_row(sheet, last, bottom)
            if not row or is_label_by_form(sheet.texts(row[0])) or len(rows) >= _MAX_ROWS:
                break
            rows.append(placed(sheet, row, columns))
            last, bottom = row[0], max(segment.box[3] for segment in row)
        joined = tuple(self._joined(sheet, leaves, rows))
        return (
            Grid(sheet, leaves, joined, tuple(word for one in head for word in one.words), _IN_LINES)
            if joined
            else None
        ), bottom


def _value(grid: Grid, leaf: Wanted, words: tuple[int, ...], habits: Habits) -> Found | None:
    text = grid.sheet.text(_segment(grid.sheet, words))
    said = read(text, leaf, habits)
    if not said and leaf.kind is Kind.IDENTIFIER and len(words) == 1:
        value: Json = text
        return Found(value=value, confidence=0.8 * grid.weight, span=grid.sheet.span(words))
    if not said:
        return None
    first = said[0]
    touched = grid.sheet.touched(words, first.start, first.end)
    sure = grid.weight * first.certainty * grid.sheet.surest(touched) * (1.0 if len(said) == 1 else 0.85)
    return Found(value=first.value, confidence=round(sure, 4), span=grid.sheet.span(touched))


def _segment(sheet: Sheet, words: Sequence[int]) -> Segment:
    found = sheet.of_words(words)
    if found is None:
        raise AssertionError("a cell with words has a segment")
    return found


def _pieces(head: str) -> list[str]:
    """`Weight (kg)` without its bracket, and each side of `Bezeichnung / Description`."""
    bare = head.split("(", maxsplit=1)[0].strip()
    parts = [part.strip() for part in head.replace("\n", "/").split("/")]
    return [part for part in dict.fromkeys([bare, *parts]) if part and part != head]


def _is_total(text: str) -> bool:
    words = folded(text).split()
    return any(" ".join(words[:count]) in _TOTALS for count in (1, 2))


def _grown(box: Box) -> Box:
    more = _CELL_GROWTH_HEIGHTS * (box[3] - box[1])
    return (box[0] - more, box[1] - more, box[2] + more, box[3] + more)
