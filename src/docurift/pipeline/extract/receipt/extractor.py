"""The values of a receipt: its shop, day and total by rankers, what depends on them by arithmetic and labels."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from docurift.model.result import ResultWarning, WarningCode
from docurift.pipeline.extract.found import Findings, Found
from docurift.pipeline.extract.receipt.details import means_of, number_of, phone_of, tax_number_of
from docurift.pipeline.extract.receipt.items import Item, items_of
from docurift.pipeline.extract.receipt.model import RANKERS
from docurift.pipeline.extract.receipt.moment import Clock, Day, clocks_in
from docurift.pipeline.extract.receipt.money import Printed
from docurift.pipeline.extract.receipt.paper import Paper, paper_of
from docurift.pipeline.extract.receipt.total import Sum
from docurift.pipeline.extract.receipt.values import Piece, address_pieces, name_pieces, quoted
from docurift.pipeline.read import Reading

LEAST: Final = 0.5
"""Below this confidence a value is more often wrong than right, and not given."""
_CENT: Final = Decimal("0.005")
# Estimates, not measured: no labels were at hand for what rules of these kinds find.
_ADDS_UP, _LABELLED, _LOOSE = 0.95, 0.8, 0.6
_NO_RECEIPT: Final = "This does not look like a receipt: no amount on it is labelled as a total or as paid."


def receipt(reading: Reading, language: str | None) -> Findings:
    """The values of the receipt; none, and a warning, where no amount is labelled as a total or as paid."""
    pages = [page for page in reading.pages if page.words]
    paper = paper_of(pages, language)
    if not paper.looks_like_one():
        return Findings(warnings=(ResultWarning(code=WarningCode.TYPE_MISMATCH, message=_NO_RECEIPT),))
    values = dict(_shop(paper))
    day = _day(paper)
    if day is not None:
        values["/date"] = day[1]
    clock = _clock(paper, day[0] if day else None)
    if clock is not None:
        values["/time"] = _found(clock.value, (clock.row, clock.start, clock.end), _ADDS_UP if clock.sure else _LOOSE)
    total = _total(paper)
    if total is not None:
        values["/total"] = total[1]
    values.update(_steps(paper, total[0] if total else None))
    values.update(_details(paper))
    return Findings(values=values)


def _shop(paper: Paper) -> Iterator[tuple[str, Found]]:
    address = RANKERS["address"].best(paper.address_features())
    run = paper.addresses[address[0]] if address else None
    name = RANKERS["name"].best(paper.name_features(run))
    if name is not None:
        said, ocr = paper.name(paper.names[name[0]])
        sure = RANKERS["name"].confidence(name[1], ocr)
        if sure >= LEAST:
            pieces = name_pieces(paper.header, paper.names[name[0]])
            yield "/merchant/name", Found(value=said, confidence=sure, span=quoted(pieces))
    if address is not None and run is not None:
        said, ocr = paper.address(run)
        sure = RANKERS["address"].confidence(address[1], ocr)
        if sure >= LEAST:
            pieces = address_pieces(paper.header, run)
            yield "/merchant/address", Found(value=said, confidence=sure, span=quoted(pieces))


def _day(paper: Paper) -> tuple[Day, Found] | None:
    best = RANKERS["date"].best(paper.day_features())
    if best is None:
        return None
    day = paper.days[best[0]]
    sure = RANKERS["date"].confidence(best[1], day.row.confidence(day.start, day.end))
    return (day, _found(day.value.isoformat(), (day.row, day.start, day.end), sure)) if sure >= LEAST else None


def _clock(paper: Paper, day: Day | None) -> Clock | None:
    """The time on the row of the day, else right under it, else the only one."""
    clocks = [clock for row in paper.rows for clock in clocks_in(row)]
    if day is not None:
        for below in (0, 1):
            near = [clock for clock in clocks if clock.row.place == day.row.place + below and clock.sure]
            after = [clock for clock in near if below or clock.start >= day.end]
            if after or near:
                return (after or near)[0]
    times = {clock.value for clock in clocks if clock.sure}
    return next((clock for clock in clocks if clock.sure), None) if len(times) == 1 else None


def _total(paper: Paper) -> tuple[Sum, Found] | None:
    best = RANKERS["total"].best(paper.total_features())
    if best is None:
        return None
    one = paper.sums[best[0]]
    sure = RANKERS["total"].confidence(best[1], one.surest())
    return (one, _amount(one.quoted(), sure)) if sure >= LEAST else None


def _steps(paper: Paper, total: Sum | None) -> Iterator[tuple[str, Found]]:
    """Subtotal, tax and the list of what was bought, and whether they lead to the total."""
    subtotal, tax = _last(paper, "subtotal"), _last(paper, "tax")
    sums = frozenset(one.value for one in (total, subtotal) if one is not None)
    bound = total.value if total else None
    adds_up = bound is not None and subtotal is not None and tax is not None and _leads(paper, subtotal, tax, bound)
    if subtotal is not None and (bound is None or subtotal.value <= bound * 2):
        yield "/subtotal", _amount(subtotal, _ADDS_UP if adds_up else _LABELLED)
    if tax is not None and bound is not None and 0 <= tax.value <= bound / 2:
        yield "/tax", _amount(tax, _ADDS_UP if adds_up else _LABELLED)
    for place, item in enumerate(items_of(paper.rows, paper.money, paper.kinds, sums)):
        yield from _item(f"/lineItems/{place}", item)


def _leads(paper: Paper, subtotal: Printed, tax: Printed, total: Decimal) -> bool:
    steps = {one.value for kind, one in zip(paper.kinds, paper.money, strict=True) if kind == "rounding"} | {Decimal(0)}
    return any(abs(subtotal.value + tax.value + step - total) <= _CENT for step in steps)


def _last(paper: Paper, kind: str) -> Printed | None:
    """The last amount of this kind; with cents, and at the end of its row."""
    found = [one for said, one in zip(paper.kinds, paper.money, strict=True) if said == kind and one.last]
    return next((one for one in reversed(found) if one.decimals == 2), None)  # noqa: PLR2004


def _item(pointer: str, item: Item) -> Iterator[tuple[str, Found]]:
    row, start, end = item.name
    yield f"{pointer}/description", _found(row.text[start:end], item.name, _LABELLED)
    if item.quantity is not None:
        yield f"{pointer}/quantity", _amount(item.quantity, _ADDS_UP if item.price else _LABELLED)
    if item.price is not None:
        yield f"{pointer}/unitPrice", _amount(item.price, _ADDS_UP)
    yield f"{pointer}/total", _amount(item.total, _ADDS_UP)


def _details(paper: Paper) -> Iterator[tuple[str, Found]]:
    number = number_of(paper.rows)
    if number is not None:
        yield "/receiptNumber", _text(*number)
    phone, tax_number = phone_of(paper.rows), tax_number_of(paper.rows)
    if phone is not None:
        yield "/merchant/phone", _text(phone, _LABELLED)
    if tax_number is not None:
        yield "/merchant/taxId", _text(tax_number, _LABELLED)
    paid = [one.row for kind, one in zip(paper.kinds, paper.money, strict=True) if kind == "paid"]
    means = means_of(paper.rows, paid)
    if means is not None:
        yield "/paymentMethod", _text(means, _LABELLED)
    if paper.currency is not None:
        code, piece = paper.currency
        yield "/currency", _found(code, piece, _ADDS_UP)


def _text(piece: Piece, sure: float) -> Found:
    row, start, end = piece
    return _found(row.text[start:end], piece, sure)


def _amount(printed: Printed, sure: float) -> Found:
    return _found(float(printed.value), (printed.row, printed.start, printed.end), sure)


def _found(value: str | float, piece: Piece, sure: float) -> Found:
    row, start, end = piece
    return Found(value=value, confidence=sure, span=row.span(start, end))
