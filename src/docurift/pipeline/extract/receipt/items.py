"""What was bought: rows that end in an amount, above the totals. Given only if they add up to what was paid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.money import Printed
from docurift.pipeline.extract.receipt.rows import Row
from docurift.pipeline.extract.receipt.values import Piece

_CENT: Final = Decimal("0.005")
_MAX_ITEMS: Final = 300
_CODE: Final = re.compile(r"^\W*\d{6,14}\W*|^\s*[xX\u00d7*@]\s+")
_EDGES: Final = " :*@-\u20ac\u00a3$\u00a5"
_MANY: Final = 1000
_CENTS: Final = 2


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the list: where its name, its amount and, where told, its quantity and the price of one stand."""

    name: Piece
    total: Printed
    quantity: Printed | None
    price: Printed | None


def items_of(
    rows: Sequence[Row], money: Sequence[Printed], kinds: Sequence[str], sums: frozenset[Decimal]
) -> list[Item]:
    """The list, or none if its amounts do not add up to one of `sums` (the total, the subtotal)."""
    end = next((one.row.place for kind, one in zip(kinds, money, strict=True) if kind in _ENDS), None)
    if end is None:
        return []
    by_row: dict[int, list[Printed]] = {}
    for kind, one in zip(kinds, money, strict=True):
        if one.row.place < end and kind == "nothing":
            by_row.setdefault(one.row.place, []).append(one)
    found = [item for place, amounts in sorted(by_row.items()) if (item := _item(rows, place, amounts)) is not None]
    added = sum((item.total.value for item in found), Decimal(0))
    return found[:_MAX_ITEMS] if found and any(abs(added - one) <= _CENT for one in sums) else []


_ENDS: Final = frozenset({"subtotal", "total", "grand", "rounded", "rounding", "paid", "counted"})


def _item(rows: Sequence[Row], place: int, amounts: Sequence[Printed]) -> Item | None:
    """The item whose amounts stand on this row; its name stands among them or, where only a code does, on the row
    above.
    """
    total = amounts[-1]
    if total.decimals != _CENTS:
        return None
    counted = amounts[0] if len(amounts) > 1 and _is_count(rows[place], amounts[0]) else None
    priced = amounts[1:] if counted is not None else amounts
    name = _named(rows[place], counted.end if counted else 0, priced[0].start)
    if (
        name is None
        and place
        and not any(c in rows[place - 1].text for c in ":\u00b0#")
        and not _is_priced(rows[place - 1])
    ):
        name = _named(rows[place - 1], 0, len(rows[place - 1].text))
    if name is None:
        return None
    quantity, price = _factors(amounts)
    return Item(name=name, total=total, quantity=quantity or counted, price=price)


def _is_count(row: Row, one: Printed) -> bool:
    """`2 Coffee 4.00`: a small whole number that begins the row."""
    return one.decimals == 0 and not row.text[: one.start].strip() and 0 < one.value < _MANY


def _is_priced(row: Row) -> bool:
    return cues.PRICE.search(cues.folded(row.text)) is not None


def _named(row: Row, start: int, end: int) -> Piece | None:
    text = row.text[start:end]
    code = _CODE.match(text)
    begin = code.end() if code else len(text) - len(text.lstrip(_EDGES))
    until = len(text.rstrip(_EDGES))
    named = sum(c.isalpha() for c in text[begin:until]) > 2  # noqa: PLR2004
    return (row, start + begin, start + until) if named else None


def _factors(amounts: Sequence[Printed]) -> tuple[Printed | None, Printed | None]:
    """Two of the amounts before the last whose product it is."""
    total = amounts[-1].value
    for i, one in enumerate(amounts[:-1]):
        for other in amounts[i + 1 : -1]:
            if abs(one.value * other.value - total) <= _CENT:
                return (one, other) if one.decimals <= other.decimals else (other, one)
    return None, None
