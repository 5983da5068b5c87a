"""The rows of a table of items: each number and word in its column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from docurift.pipeline.extract.invoice.columns import Column, Head
from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.sheets import Segment, Sheet
from docurift.pipeline.values.amounts import Amount, NumberStyle, amounts_in

_SUMS: Final = frozenset({"subtotal", "total", "tax", "due", "paid"})
_MIN_LABEL_SHARE: Final = 0.5
_ALIGNED_HEIGHTS: Final = 0.4


@dataclass(frozen=True, slots=True)
class Number:
    """An amount of a row with its words on the page."""

    amount: Amount
    words: tuple[int, ...]
    x0: float
    x1: float

    @property
    def value(self) -> float:
        """What it says."""
        return float(self.amount.value)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the numbers of each column, and its words of description."""

    sheet: Sheet
    number: int
    numbers: dict[Column, list[Number]] = field(default_factory=dict[Column, list[Number]])
    description: tuple[int, ...] = ()
    left: float = 0.0
    bottom: float = 0.0
    size: float = 0.0

    def first(self, column: Column | None) -> Number | None:
        """The first number of a column that is no share."""
        found = self.numbers.get(column, []) if column is not None else []
        return next((one for one in found if not one.amount.percent), None)


def row_of(sheet: Sheet, number: int, head: Head, style: NumberStyle, *, left: float | None = None) -> Row:
    """The row of the sheet, bound to the columns of `head`; what begins at `left` is description, wherever the columns
    end.
    """
    numbers: dict[Column, list[Number]] = {}
    description: list[int] = []
    lines: list[Segment] = []
    if is_note(sheet.rows[number]):
        return Row(sheet=sheet, number=number)
    for segment in sheet.rows[number]:
        aligned = left is not None and abs(segment.box[0] - left) * sheet.aspect < _ALIGNED_HEIGHTS * segment.size
        said = [] if aligned and not segment.text[0].isdigit() else numbers_of(segment, style)
        taken = {word for one in said for word in one.words}
        for one in said:
            column = head.nearest(one.x0, one.x1)
            if column.role == "description":
                taken -= set(one.words)
            else:
                numbers.setdefault(column, []).append(one)
        words = [word for word in segment.words if word not in taken and (aligned or _describes(segment, word, head))]
        description.extend(words)
        lines.extend([segment] if words else [])
    return Row(
        sheet=sheet,
        number=number,
        numbers=numbers,
        description=tuple(description),
        left=min((one.box[0] for one in lines), default=0.0),
        bottom=max((one.box[3] for one in lines), default=0.0),
        size=max((one.size for one in lines), default=0.0),
    )


def _describes(segment: Segment, word: int, head: Head) -> bool:
    box = segment.page.words[word].box
    return head.nearest(box[0], box[2]).role == "description"


def is_note(row: Sequence[Segment]) -> bool:
    """Whether the row explains an item's price, as `Discount : 4.50`; it is no item and no description."""
    for segment in row:
        labels = labels_in(segment.text, phrases_for("amount"))
        if labels and labels[0].start == 0 and labels[0].role == "otherAmount":
            rest = segment.text[labels[0].end :].lstrip()
            after = row[row.index(segment) + 1 :]
            if rest.startswith(":") or (not rest and after and after[0].text.startswith(":")):
                return True
    return False


def is_other_head(row: Sequence[Segment]) -> bool:
    """Whether the row heads another table: labels of two columns at least, and no numbers."""
    if any(c.isdigit() for one in row for c in one.text):
        return False
    labels = [(label, one) for one in row for label in labels_in(one.text, phrases_for("column"))]
    letters = sum(c.isalpha() for one in row for c in one.text)
    said = sum(label.share * sum(c.isalpha() for c in one.text) for label, one in labels)
    return len({label.role for label, _ in labels}) >= 2 and said >= 0.6 * letters  # noqa: PLR2004


def is_sum(row: Sequence[Segment], style: NumberStyle) -> bool:
    """Whether the row says a sum of the whole invoice: a label of one, and an amount behind it."""
    for place, segment in enumerate(row):
        labels = labels_in(segment.text, phrases_for("amount"))
        if not labels or labels[0].role not in _SUMS or labels[0].start > 1:
            continue
        if sum(label.share for label in labels) < _MIN_LABEL_SHARE:
            continue
        behind = [segment.text[labels[0].end :], *(one.text for one in row[place + 1 :])]
        if any(amounts_in(text, style) for text in behind) and not _has_number_before(row[:place], style):
            return True
    return False


def _has_number_before(row: Sequence[Segment], style: NumberStyle) -> bool:
    return any(one.decimals for segment in row for one in amounts_in(segment.text, style))


def numbers_of(segment: Segment, style: NumberStyle) -> list[Number]:
    """The numbers of a piece of a row, with their words."""
    found: list[Number] = []
    for amount in amounts_in(segment.text, style):
        words = segment.words_at(amount.start, amount.end)
        boxes = [segment.page.words[word].box for word in words]
        if boxes:
            found.append(Number(amount, words, min(box[0] for box in boxes), max(box[2] for box in boxes)))
    return found
