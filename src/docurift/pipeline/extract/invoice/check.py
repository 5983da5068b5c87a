"""Whether what was found fits together: sums, products and dates raise or lower confidence, and tell what does not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from docurift.model.result import ResultWarning, WarningCode
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.invoice.items import Item
from docurift.pipeline.extract.invoice.totals import Totals

CEILING: Final = 0.5
"""The confidence of values of which one must be wrong (extraction.md section 9)."""

_RAISE: Final = 0.03
_SURE: Final = 0.98
_CENT_PER_ITEM: Final = 0.006
_MAX_ROUNDING: Final = 0.05
_LONGEST_TERM_DAYS: Final = 400

Values = dict[str, Found]


def checked(
    values: Mapping[str, Found], sums: Totals, items: Sequence[Item]
) -> tuple[Values, tuple[ResultWarning, ...]]:
    """The values with the confidence that the checks leave them, and a warning for each check that failed."""
    told: Values = dict(values)
    warnings = [
        *_check_sums(told, sums),
        *_check_items(told, sums, items),
        *_check_products(told, items),
    ]
    _check_dates(told)
    return told, tuple(warnings)


def _check_sums(values: Values, sums: Totals) -> list[ResultWarning]:
    if sums.agree is not False:
        return []
    _cap(values, "/subtotal", "/tax", "/total")
    return [_mismatch("The sum without tax and the tax do not make the total.", "/total")]


def _check_items(values: Values, sums: Totals, items: Sequence[Item]) -> list[ResultWarning]:
    """The items' totals make the sum without tax, that with tax, or a sum of items that is printed."""
    totals = [item.total.value for item in items if item.total is not None]
    if not totals or len(totals) < len(items) or not sums.printed:
        return []
    pointers = [f"/lineItems/{place}/total" for place in range(len(items))]
    allowed = min(_MAX_ROUNDING, _CENT_PER_ITEM * len(totals) + _CENT_PER_ITEM)
    if any(abs(sum(totals) - value) <= allowed for value in sums.printed):
        for pointer in pointers:
            values[pointer] = _raised(values[pointer])
        return []
    if sums.subtotal is None:  # nothing is printed that they should make
        return []
    _cap(values, *pointers)
    return [_mismatch("The totals of the line items do not make the sum without tax.", "/subtotal")]


def _check_products(values: Values, items: Sequence[Item]) -> list[ResultWarning]:
    failed = [place for place, item in enumerate(items) if item.multiplies is False and not item.is_explained]
    for place in failed:
        _cap(values, *(f"/lineItems/{place}/{name}" for name in ("quantity", "unitPrice", "total")))
    return [
        _mismatch("Quantity and unit price do not make the total of this line item.", f"/lineItems/{place}/total")
        for place in failed[:10]
    ]


def _check_dates(values: Values) -> None:
    """Nobody wants to be paid long before, or years after, the invoice is written."""
    issued, due = values.get("/invoiceDate"), values.get("/dueDate")
    if issued is None or due is None:
        return
    days = (date.fromisoformat(str(due.value)) - date.fromisoformat(str(issued.value))).days
    if days < 0 or days > _LONGEST_TERM_DAYS:
        _cap(values, "/invoiceDate", "/dueDate")


def _cap(values: Values, *pointers: str) -> None:
    for pointer in pointers:
        if pointer in values:
            values[pointer] = replace(values[pointer], confidence=min(CEILING, values[pointer].confidence))


def _raised(found: Found) -> Found:
    return replace(found, confidence=round(max(found.confidence, min(_SURE, found.confidence + _RAISE)), 4))


def _mismatch(message: str, pointer: str) -> ResultWarning:
    return ResultWarning(code=WarningCode.TOTALS_MISMATCH, message=message, pointer=pointer)
