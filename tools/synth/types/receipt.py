"""Receipts of shops and restaurants."""

from tools.synth.draft import Draft
from tools.synth.numbers import filled
from tools.synth.sheet import Column, Fact, Grid, Party, Piece, Prose, Sheet
from tools.synth.types.goods import Priced, priced
from tools.synth.words import listed

from docurift.model.result import Json


def content(draft: Draft) -> Sheet:
    """A receipt."""
    shop = draft.company(draft.country)
    day = draft.day()
    clock = f"{draft.chance.randrange(7, 23):02}:{draft.chance.randrange(60):02}"
    lines = priced(
        draft, draft.chance.randrange(1, 9), goods=draft.chance.choice(("food", "food", "items")), dearest=30.0
    )
    facts = (
        *draft.fact("/receiptNumber", draft.reference(), likely=0.85),
        *draft.dated("/date", day),
        *draft.fact("/time", clock + draft.chance.choice(("", ":17", "")), clock, likely=0.8),
        *draft.aside("cashier", draft.one("people", "first"), likely=0.5),
    )
    sender = draft.party("/merchant", shop, label="")
    return Sheet(
        title=Piece(text=draft.one("titles", "receipt")),
        sender=Party(label="", lines=sender.lines, facts=sender.facts),
        facts=facts,
        grids=(_table(draft, lines),),
        totals=_totals(draft, lines),
        prose=(Prose(paragraphs=(Piece(text=draft.one("phrases", "thanks")),)),),
        values=draft.values,
    )


def _table(draft: Draft, lines: list[Priced]) -> Grid:
    rows: list[tuple[Piece, ...]] = []
    for i, line in enumerate(lines):
        pointer = f"/lineItems/{i}"
        rows.append(
            (
                draft.value(f"{pointer}/quantity", str(int(line.quantity)), int(line.quantity)),
                draft.text(f"{pointer}/description", line.description),
                draft.value(f"{pointer}/unitPrice", draft.amount(line.price), line.price),
                draft.value(f"{pointer}/total", draft.amount(line.total), line.total),
            )
        )
    places = ("quantity", 0.12, False), ("description", 0.44, False), ("unitPrice", 0.2, True), ("total", 0.24, True)
    shown = draft.grammar.wording % 3
    columns = tuple(
        Column(label=draft.label(f"/lineItems/*/{name}") if shown else "", share=share, right=right)
        for name, share, right in places
    )
    return Grid(columns=columns, rows=tuple(rows))


def _totals(draft: Draft, lines: list[Priced]) -> tuple[Fact, ...]:
    total = round(sum(line.total for line in lines), 2)
    rate = float(draft.chance.choice(listed("places", draft.country, "vat")))
    net = round(total / (1 + rate / 100), 2)
    tip: Json = round(total * 0.1, 2)
    facts = [*draft.money("/subtotal", net, likely=0.5), *draft.money("/tax", round(total - net, 2), likely=0.7)]
    if draft.likely(0.1):
        facts += draft.money("/tip", float(tip))
        total = round(total + float(tip), 2)
    facts += draft.money("/total", total)
    facts += draft.fact("/paymentMethod", draft.one("labels", "methods"), likely=0.7)
    draft.values["/currency"] = draft.currency
    if draft.likely(0.5):
        facts += draft.aside("change", draft.amount(draft.chance.uniform(0, 20)))
    percent = draft.locale.number(rate, 0 if rate.is_integer() else 1)
    facts = [Fact(label=fact.label.replace("{r}", percent).replace("{R}", percent), value=fact.value) for fact in facts]
    return (
        *facts,
        *((Fact(label="#", value=Piece(text=filled("############", draft.chance))),) if draft.likely(0.3) else ()),
    )
