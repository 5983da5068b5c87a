"""Line items: rows of the table that have an amount, with the lines of description around them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, permutations
from typing import Final

from docurift.pipeline.extract.found import Found, span_of
from docurift.pipeline.extract.invoice.cells import Number, Row, is_other_head, is_sum, numbers_of, row_of
from docurift.pipeline.extract.invoice.columns import NUMERIC, Column, Head, heads_of
from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.extract.sheets import Sheet

_FITTING, _ALONE, _DESCRIPTION = 0.95, 0.85, 0.86
_LINE_STEP_HEIGHTS: Final = 1.5
_MAX_ITEMS: Final = 2_000
_MIN_AGREEING: Final = 0.6
_DISCOUNT_ROUNDING: Final = 0.01
_SHARE_OF_CENT: Final = 0.0051
"""What rounding a price to its last printed digit may cost, per unit."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line item: its words of description and its numbers, as far as they are printed. `page` is where it stands."""

    sheet: Sheet
    description: tuple[int, ...]
    quantity: Number | None
    unit_price: Number | None
    total: Number | None
    shares: tuple[float, ...] = ()

    @property
    def is_explained(self) -> bool:
        """Whether a discount of the row, or a price for ten, a hundred or a thousand, explains its total."""
        if self.quantity is None or self.unit_price is None or self.total is None:
            return False
        gross, net = abs(self.quantity.value * self.unit_price.value), abs(self.total.value)
        factors = [*(1 - share / 100 for share in self.shares), 0.1, 0.01, 0.001]
        return any(abs(gross * factor - net) <= _DISCOUNT_ROUNDING * max(1.0, net) for factor in factors)

    @property
    def multiplies(self) -> bool | None:
        """Whether quantity times price makes the total; None if one of them is missing."""
        if self.quantity is None or self.unit_price is None or self.total is None:
            return None
        return product_fits(self.quantity, self.unit_price, self.total)


def items_of(paper: Paper) -> list[Item]:
    """The line items of all pages, in order."""
    found: list[Item] = []
    for head, rows in _tables(paper):
        resolved = _resolved(head, rows)
        found.extend(_items(resolved, rows))
        if len(found) >= _MAX_ITEMS:
            break
    return found[:_MAX_ITEMS] or list(islice(_without_head(paper), _MAX_ITEMS))


def _without_head(paper: Paper) -> Iterator[Item]:
    """Where no head names columns: rows in which two numbers multiply to the last one, as `2 x 3.50 coffee 7.00`."""
    for sheet in paper.sheets:
        for row in sheet.rows:
            numbers = [one for segment in row for one in numbers_of(segment, paper.style) if not one.amount.percent]
            if len(numbers) != len(NUMERIC) or not (numbers[1].amount.decimals and numbers[2].amount.decimals):
                continue
            quantity, price, total = numbers
            taken = {word for one in numbers for word in one.words}
            words = tuple(
                word
                for segment in row
                for word in segment.words
                if word not in taken and any(c.isalpha() for c in segment.page.words[word].text.strip("xX"))
            )
            if words and product_fits(quantity, price, total):
                yield Item(sheet, words, quantity, price, total)


def product_fits(quantity: Number, price: Number, total: Number) -> bool:
    """Whether quantity times price makes the total, but for the rounding of the price and of the total."""
    rounding = abs(quantity.value) * 0.5 * 10 ** -max(price.amount.decimals, 0) if price.amount.decimals else 0.0
    wanted = quantity.value * price.value
    return abs(abs(wanted) - abs(total.value)) <= _SHARE_OF_CENT + min(rounding, 0.01 * abs(total.value))


def _tables(paper: Paper) -> Iterator[tuple[Head, list[Row]]]:
    """Each head with the rows under it, on its page and on the next ones until a sum ends the table."""
    head: Head | None = None
    rows: list[Row] = []
    for sheet in paper.sheets:
        heads = heads_of(sheet)
        at, open_ended = 0, head is not None
        for following in (*heads, None):
            end = following.first_row if following is not None else len(sheet.rows)
            if head is not None and open_ended:
                more, open_ended = _body(paper, sheet, head, range(at, end))
                rows.extend(more)
            if following is not None:
                if head is not None and (not open_ended or following.roles() != head.roles()):
                    yield head, rows
                    rows = []
                elif head is not None:
                    rows = [_moved(row, head, following) for row in rows]
                head, at, open_ended = following, following.last_row + 1, True
        if head is not None and not open_ended:
            yield head, rows
            head, rows = None, []
    if head is not None:
        yield head, rows


def _moved(row: Row, old: Head, new: Head) -> Row:
    """A row of the page before, under the head that this page repeats."""
    places = dict(zip(old.columns, new.columns, strict=True))
    return replace(row, numbers={places[column]: numbers for column, numbers in row.numbers.items()})


def _body(paper: Paper, sheet: Sheet, head: Head, numbers: range) -> tuple[list[Row], bool]:
    """The rows of the table, and whether it goes on: no sum has ended it."""
    rows: list[Row] = []
    for number in numbers:
        segments = sheet.rows[number]
        if is_sum(segments, paper.style) or (rows and is_other_head(segments)):
            return _aligned(rows, head, paper), False
        rows.append(row_of(sheet, number, head, paper.style))
    return _aligned(rows, head, paper), True


def _aligned(rows: list[Row], head: Head, paper: Paper) -> list[Row]:
    """The rows once more, now that it is known where descriptions begin on this page."""
    lefts = [round(row.left, 3) for row in rows if row.description and len(row.numbers) > 1]
    if not lefts:
        return rows
    left = Counter(lefts).most_common(1)[0][0]
    return [row_of(row.sheet, row.number, head, paper.style, left=left) for row in rows]


def _resolved(head: Head, rows: Sequence[Row]) -> dict[str, Column]:
    """Which columns hold quantity, price and total: as their heads say, unless the products say otherwise."""
    named: dict[str, Column] = {}
    for role in NUMERIC:
        fitting = [column for column in head.columns if column.role == role]
        if not fitting and role == "total":
            fitting = [column for column in head.columns if column.role == "grossTotal"]
        if fitting:
            named[role] = fitting[-1]  # of two columns of amounts the last one is the row's
    if len(named) == len(NUMERIC) and _agreeing(named, rows) >= _MIN_AGREEING:
        return named
    used = [column for column in head.columns if any(row.first(column) for row in rows) and column.role in _OPEN]
    best, most = named, 0.0
    for quantity, price, total in permutations(used, len(NUMERIC)):
        trial = {"quantity": quantity, "unitPrice": price, "total": total}
        share = _agreeing(trial, rows)
        alike = sum(0.1 for role, column in trial.items() if column.role == role) - 0.02 * (total is not used[-1])
        alike += 0.01 * (quantity.x0 < price.x0)
        if share >= _MIN_AGREEING and share + alike > most:
            best, most = trial, share + alike
    return best


_OPEN: Final = frozenset({None, *NUMERIC, "grossTotal", "unit", "position"})


def _agreeing(columns: dict[str, Column], rows: Sequence[Row]) -> float:
    """The share of rows with all three numbers in which they multiply."""
    told = [[row.first(columns[role]) for role in NUMERIC] for row in rows]
    whole = [(q, p, t) for q, p, t in told if q is not None and p is not None and t is not None]
    if not whole:
        return 0.0
    return sum(product_fits(*one) for one in whole) / len(whole)


def _items(columns: dict[str, Column], rows: Sequence[Row]) -> Iterator[Item]:
    """Each row with an amount, with the lines of text that hang on it."""
    anchor = columns.get("total") or columns.get("unitPrice")
    anchors = [place for place, row in enumerate(rows) if row.first(anchor) is not None and _says_more(row, columns)]
    owner = _owners(rows, anchors)
    for place in anchors:
        row = rows[place]
        lines = [rows[other] for other in sorted(owner) if owner[other] == place]
        words = tuple(word for line in lines if line.sheet is row.sheet for word in line.description)
        quantity, price, total = (row.first(columns.get(role)) for role in NUMERIC)
        shares = tuple(one.value for numbers in row.numbers.values() for one in numbers if one.amount.percent)
        yield Item(row.sheet, words, quantity, price, total, shares)


def _says_more(row: Row, columns: dict[str, Column]) -> bool:
    """A lone amount is a carry or a sum; an item has a description or a second number. A discount is no item."""
    numbers = sum(row.first(column) is not None for column in columns.values())
    if not row.description:
        return numbers > 1
    text = " ".join(row.sheet.page.words[word].text for word in row.description)
    labels = labels_in(text, phrases_for("amount"))
    named = bool(labels) and labels[0].start == 0 and labels[0].role in ("otherAmount", "paid")
    return numbers > 1 or not named


def _owners(rows: Sequence[Row], anchors: Sequence[int]) -> dict[int, int]:
    """Which anchor each row's words of description belong to: those in an unbroken run of lines down from it, else up
    to it.
    """
    owner = {place: place for place in anchors}
    for place in anchors:
        if rows[place].description:
            _claim_below(rows, owner, place)
    for place in anchors:
        _claim_above(rows, owner, place)
    return owner


def _claim_below(rows: Sequence[Row], owner: dict[int, int], place: int) -> None:
    last = place
    for step in range(place + 1, len(rows)):
        if step in owner or (rows[step].description and not _adjoins(rows, last, step)):
            return
        if rows[step].description:
            owner[step], last = place, step


def _claim_above(rows: Sequence[Row], owner: dict[int, int], place: int) -> None:
    current = place
    for step in range(place - 1, -1, -1):
        if step in owner:
            return
        if not rows[step].description:
            continue
        joins = _adjoins(rows, step, current) if rows[current].description else _near(rows, step, current)
        if not joins:
            return
        owner[step], current = place, step


def _adjoins(rows: Sequence[Row], upper: int, lower: int) -> bool:
    a, b = rows[upper], rows[lower]
    if not b.description or a.sheet is not b.sheet:
        return False
    return b.bottom - a.bottom <= _LINE_STEP_HEIGHTS * max(a.size, b.size)


def _near(rows: Sequence[Row], upper: int, lower: int) -> bool:
    """Whether the text stands right over a row that has numbers only."""
    return rows[upper].sheet is rows[lower].sheet and lower - upper == 1


def found_of(item: Item, place: int) -> dict[str, Found]:
    """The item's values by pointers; numbers that multiply are surer than those that nothing confirms."""
    page, base = item.sheet.page, f"/lineItems/{place}"
    fits = item.multiplies
    sure = _FITTING if fits or (fits is False and item.is_explained) else _ALONE
    found: dict[str, Found] = {}
    if item.description:
        span = span_of(page, item.description)
        found[f"{base}/description"] = Found(value=span.text, confidence=_DESCRIPTION, span=span)
    numbers = {"quantity": item.quantity, "unitPrice": item.unit_price, "total": item.total}
    for name, number in numbers.items():
        if number is not None:
            found[f"{base}/{name}"] = Found(value=number.value, confidence=sure, span=span_of(page, number.words))
    return found
