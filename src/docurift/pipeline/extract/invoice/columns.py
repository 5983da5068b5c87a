"""The head of a table of items: which column holds descriptions, quantities, prices and amounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.sheets import Segment, Sheet

NUMERIC: Final = ("quantity", "unitPrice", "total")
_AMOUNTS: Final = frozenset({"unitPrice", "total", "grossTotal"})
_THINGS: Final = frozenset({"description", "quantity"})
_MAX_STEP_HEIGHTS: Final = 1.45
_MIN_OVERLAP: Final = 0.3
_MAX_HEAD_WIDTH: Final = 0.42
_MAX_HEAD_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its head: what it holds, None if the head does not say, and where it stands."""

    role: str | None
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table: its columns from left to right, and its first and last row on the sheet."""

    columns: tuple[Column, ...]
    first_row: int
    last_row: int

    def roles(self) -> tuple[str | None, ...]:
        """What the columns hold, from left to right."""
        return tuple(column.role for column in self.columns)

    def has(self, role: str) -> bool:
        """Whether one of them holds this."""
        return any(column.role == role for column in self.columns)

    def nearest(self, x0: float, x1: float) -> Column:
        """The column in whose width, or next to which, `x0` to `x1` lies."""
        return min(self.columns, key=lambda one: (max(0.0, x0 - one.x1, one.x0 - x1), abs(x0 + x1 - one.x0 - one.x1)))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A piece of a head's row: words of one label, or of none."""

    text: str
    role: str | None
    x0: float
    x1: float
    row: int


def heads_of(sheet: Sheet) -> list[Head]:
    """The heads of tables of items on the page, from top to bottom."""
    found: list[Head] = []
    last = -1
    for number in range(len(sheet.rows)):
        if number > last and (head := _head_at(sheet, number)) is not None:
            found.append(head)
            last = head.last_row
    return found


def _head_at(sheet: Sheet, number: int) -> Head | None:
    if not _looks_like_head(sheet.rows[number]):
        return None
    first, last = _grown(sheet, number)
    chunks = [chunk for row in range(first, last + 1) for one in sheet.rows[row] for chunk in _chunks(one, row)]
    columns = tuple(sorted(_columns(chunks), key=lambda column: column.x0))
    roles = {column.role for column in columns}
    if not (roles & _AMOUNTS and roles & _THINGS) or len(columns) < 2:  # noqa: PLR2004
        return None
    return Head(_widened(columns), first, last)


def _looks_like_head(row: Sequence[Segment]) -> bool:
    """Labels of two columns at least, and no numbers."""
    if any(c.isdigit() for one in row for c in one.text):
        return False
    roles = [label.role for one in row for label in labels_in(one.text, phrases_for("column"))]
    letters = sum(c.isalpha() for one in row for c in one.text)
    said = sum(
        label.share * sum(c.isalpha() for c in one.text)
        for one in row
        for label in labels_in(one.text, phrases_for("column"))
    )
    return len(set(roles) & (_AMOUNTS | _THINGS)) >= 2 and said >= letters / 2  # noqa: PLR2004


def _grown(sheet: Sheet, number: int) -> tuple[int, int]:
    """The rows over and under it that belong to the same head: narrow, near, without numbers."""
    first = last = number
    while first > 0 and number - first < _MAX_HEAD_ROWS and _continues(sheet, sheet.rows[first - 1], sheet.rows[first]):
        first -= 1
    while (
        last + 1 < len(sheet.rows)
        and last - number < _MAX_HEAD_ROWS
        and _continues(sheet, sheet.rows[last], sheet.rows[last + 1], down=True)
    ):
        last += 1
    return first, last


def _continues(sheet: Sheet, upper: Sequence[Segment], lower: Sequence[Segment], *, down: bool = False) -> bool:
    added = lower if down else upper
    size = max(one.size for one in lower)
    step = min(one.box[3] for one in lower) - max(one.box[3] for one in upper)
    narrow = all((one.box[2] - one.box[0]) <= _MAX_HEAD_WIDTH / 2 for one in added)
    del sheet
    digits = any(c.isdigit() for one in added for c in one.text)
    ended = any(one.text.rstrip().endswith((":", ".")) and len(one.text) > 12 for one in added)  # noqa: PLR2004
    return step <= _MAX_STEP_HEIGHTS * size and narrow and not digits and not ended


def _chunks(segment: Segment, row: int) -> Iterator[_Chunk]:
    """One for each label; words that are none belong to the label before them, as `(EUR)`, or else behind them."""
    labels = labels_in(segment.text, phrases_for("column"))
    if not labels:
        yield _chunk(segment, segment.words, None, row)
        return
    groups: list[list[int]] = [[] for _ in labels]
    for word, at in zip(segment.words, segment.starts, strict=True):
        place = max((n for n, label in enumerate(labels) if label.start <= at), default=0)
        groups[place].append(word)
    for words, label in zip(groups, labels, strict=True):
        if words:
            yield _chunk(segment, words, label.role, row)


def _chunk(segment: Segment, words: Sequence[int], role: str | None, row: int) -> _Chunk:
    boxes = [segment.page.words[word].box for word in words]
    text = " ".join(segment.page.words[word].text for word in words)
    return _Chunk(text, role, min(box[0] for box in boxes), max(box[2] for box in boxes), row)


def _columns(chunks: Sequence[_Chunk]) -> Iterator[Column]:
    """Chunks over each other make a column; what they say together names it."""
    groups: list[list[_Chunk]] = []
    for chunk in sorted(chunks, key=lambda one: (one.row, one.x0)):
        homes = [group for group in groups if _overlap(chunk, group)]
        if not homes:
            groups.append([chunk])
            continue
        homes[0].append(chunk)
        for other in homes[1:]:  # a wide line under two narrow ones is no reason to join these
            if all(one.row != two.row for one in homes[0] for two in other):
                homes[0].extend(other)
                groups.remove(other)
    for group in groups:
        x0, x1 = min(one.x0 for one in group), max(one.x1 for one in group)
        yield Column(_role(group), x0, x1)


def _overlap(chunk: _Chunk, group: Sequence[_Chunk]) -> bool:
    if any(one.row == chunk.row for one in group):
        return False
    x0, x1 = min(one.x0 for one in group), max(one.x1 for one in group)
    shared = min(x1, chunk.x1) - max(x0, chunk.x0)
    return shared > _MIN_OVERLAP * min(x1 - x0, chunk.x1 - chunk.x0)


def _role(group: Sequence[_Chunk]) -> str | None:
    text = " ".join(one.text for one in sorted(group, key=lambda one: one.row))
    labels = labels_in(text, phrases_for("column"))
    if not labels:
        return None
    best = max(labels, key=lambda label: label.share)
    return best.role


def _widened(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Descriptions begin left of their head and run on until the next column."""
    wide: list[Column] = []
    for place, column in enumerate(columns):
        if column.role == "description":
            left = columns[place - 1].x1 if place else 0.0
            right = columns[place + 1].x0 if place + 1 < len(columns) else 1.0
            # A little less on both sides: numbers of narrow columns stand out of their heads.
            slack = 0.15 * min(column.x0 - left, 0.08), 0.25 * min(right - column.x1, 0.12)
            wide.append(replace(column, x0=left + slack[0] if place else 0.0, x1=max(column.x1, right - slack[1])))
        else:
            wide.append(column)
    return tuple(wide)
