"""Invoices."""

from tools.synth.draft import Draft
from tools.synth.numbers import iban
from tools.synth.sheet import Fact, Grid, Piece, Prose, Sheet
from tools.synth.types.goods import Priced, grid_of, priced, row_count
from tools.synth.words import listed


def content(draft: Draft) -> Sheet:
    """An invoice whose lines, tax and total agree."""
    seller, buyer = draft.company(draft.country), draft.company()
    day = draft.day()
    lines = priced(draft, row_count(draft))
    rate = float(draft.chance.choice(listed("places", draft.country, "vat")))
    facts = (
        *draft.fact("/invoiceNumber", draft.reference()),
        *draft.dated("/invoiceDate", day),
        *draft.aside("order", draft.reference(), likely=0.5),
        *draft.dated("/dueDate", draft.day(day), likely=0.6),
    )
    return Sheet(
        title=Piece(text=draft.one("titles", "invoice")),
        sender=draft.party("/vendor", seller),
        parties=(draft.party("/customer", buyer, told=0.25),),
        facts=facts,
        grids=(_table(draft, lines),),
        totals=_totals(draft, lines, rate),
        prose=(Prose(paragraphs=(Piece(text=draft.one("phrases", "terms")),)),),
        footer=_footer(draft, seller.name),
        values=draft.values,
    )


def _table(draft: Draft, lines: list[Priced]) -> Grid:
    unit = draft.grammar.wording % 3 == 0
    rows = [_row(draft, f"/lineItems/{i}", line) for i, line in enumerate(lines)]
    columns = [("description", 0.44, False), ("quantity", 0.12, True), ("unitPrice", 0.17, True), ("total", 0.19, True)]
    if unit:
        columns.insert(2, ("unit", 0.1, False))
    return grid_of(draft, "/lineItems", columns, rows)


def _row(draft: Draft, pointer: str, line: Priced) -> dict[str, Piece]:
    quantity = int(line.quantity)
    return {
        "description": draft.text(f"{pointer}/description", line.description),
        "quantity": draft.value(f"{pointer}/quantity", str(quantity), quantity),
        "unit": Piece(text=draft.one("goods", "units")),
        "unitPrice": draft.value(f"{pointer}/unitPrice", draft.amount(line.price), line.price),
        "total": draft.value(f"{pointer}/total", draft.amount(line.total), line.total),
    }


def _totals(draft: Draft, lines: list[Priced], rate: float) -> tuple[Fact, ...]:
    net = round(sum(line.total for line in lines), 2)
    tax = round(net * rate / 100, 2)
    facts = [
        *draft.money("/subtotal", net, likely=0.9),
        *draft.money("/tax", tax, likely=0.95),
        *draft.money("/total", net + tax),
    ]
    draft.values["/currency"] = draft.currency
    shown = Piece(text=draft.currency, pointer="/currency")
    if draft.likely(0.3):
        facts.append(Fact(label="", value=shown))
    percent = draft.locale.number(rate, 0 if rate.is_integer() else 1)
    return tuple(
        Fact(label=fact.label.replace("{r}", percent).replace("{R}", percent), value=fact.value) for fact in facts
    )


def _footer(draft: Draft, name: str) -> tuple[str, ...]:
    account = iban(draft.country, draft.chance)
    return (f"{name} - {draft.wording.own('bank')} {account}",) if account and draft.likely(0.6) else ()
