"""How much: the amounts of a receipt, each with what its row says it is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.rows import Row
from docurift.pipeline.values.amounts import Amount, NumberStyle, amounts_in

_MAX_AMOUNTS: Final = 1_500
_SUMMARY_ROWS: Final = 5
_LARGEST: Final = Decimal(10_000_000)
# OCR sees blanks around some points: `54. 56`, `16 . 85`.
_TORN: Final = re.compile(r"(?<=\d) (?=[.,] ?\d{2}(?!\d))|(?<=\d[.,]) (?=\d{2}(?!\d))|(?<=\d [.,]) (?=\d{2}(?!\d))")


class Label(StrEnum):
    """What a row says of its amount."""

    GRAND = "grand"
    TOTAL = "total"
    ROUNDED = "rounded"
    ROUNDING = "rounding"
    SUBTOTAL = "subtotal"
    TAX = "tax"
    PAID = "paid"
    CHANGE = "change"
    SAVED = "saved"
    COUNTED = "counted"
    SERVICE = "service"
    SUMMARY = "summary"
    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


_WORDS: Final = (
    (Label.GRAND, cues.GRAND),
    (Label.TOTAL, cues.TOTAL),
    (Label.ROUNDED, cues.ROUNDED),
    (Label.ROUNDING, cues.ROUNDING),
    (Label.SUBTOTAL, cues.SUBTOTAL),
    (Label.TAX, cues.TAX),
    (Label.PAID, cues.PAID),
    (Label.CHANGE, cues.CHANGE),
    (Label.SAVED, cues.SAVED),
    (Label.COUNTED, cues.COUNTED),
    (Label.SERVICE, cues.SERVICE),
    (Label.SUMMARY, cues.SUMMARY),
    (Label.EXCLUSIVE, cues.EXCLUSIVE),
    (Label.INCLUSIVE, cues.INCLUSIVE),
)


@dataclass(frozen=True, slots=True)
class Printed:
    """An amount on a row: `row.text[start:end]` says it. `labels` are of the words before it, on its row or, where
    there are none, on the row above; `last` is the row's rightmost amount, and `summary` one of a table of taxes.
    """

    row: Row
    start: int
    end: int
    value: Decimal
    decimals: int
    currency: str | None
    labels: frozenset[Label]
    beside: bool
    last: bool
    summary: bool


def money_in(rows: Sequence[Row], style: NumberStyle) -> list[Printed]:
    """The amounts of the receipt, from top to bottom; shares in percent are none."""
    found: list[Printed] = []
    until = -1
    for above, row in zip((None, *rows), rows, strict=False):
        if cues.TAXES.search(cues.folded(row.text)):
            until = row.place + _SUMMARY_ROWS
        found.extend(_printed(row, above, style, summary=row.place <= until))
        if len(found) > _MAX_AMOUNTS:
            break
    return found


def labels_of(text: str) -> frozenset[Label]:
    """What the words of `text` say that an amount is."""
    line = cues.folded(text)
    return frozenset(label for label, pattern in _WORDS if pattern.search(line))


def amounts_of(row: Row, style: NumberStyle) -> list[Amount]:
    """The amounts of `row`, at their places in its text."""
    torn = [match.start() for match in _TORN.finditer(row.plain)]
    if not torn:
        return amounts_in(row.plain, style)
    return [
        replace(amount, start=_place(amount.start, torn), end=_place(amount.end - 1, torn) + 1)
        for amount in amounts_in(_TORN.sub("", row.plain), style)
    ]


def _place(position: int, removed: Sequence[int]) -> int:
    """Where a character stood before those at `removed` were taken out."""
    for at in removed:
        position += at <= position
    return position


def _printed(row: Row, above: Row | None, style: NumberStyle, *, summary: bool) -> Iterator[Printed]:
    amounts = [amount for amount in amounts_of(row, style) if not amount.percent and abs(amount.value) < _LARGEST]
    if not amounts:
        return
    head = row.text[: amounts[0].start]
    beside = _says_something(head)
    heading = above.text if above is not None and not beside and not amounts_of(above, style) else ""
    at = 0
    for place, amount in enumerate(amounts):
        # `Qty : 1 Total RM 11.60`: the words right before the amount, if there are any, else those of the row.
        own = row.text[at : amount.start]
        at = amount.end
        yield Printed(
            row=row,
            start=amount.start,
            end=amount.end,
            value=amount.value,
            decimals=amount.decimals,
            currency=amount.currency,
            labels=labels_of(own if _says_something(own) else head if beside else heading),
            beside=beside or _says_something(own),
            last=place == len(amounts) - 1,
            summary=summary,
        )


def _says_something(text: str) -> bool:
    return sum(c.isalpha() for c in _without_currency(text)) > 1


def _without_currency(text: str) -> str:
    return re.sub(r"(?i)\b(?:rm|eur|usd|gbp|pln|chf|myr|sgd)\b", " ", text)
