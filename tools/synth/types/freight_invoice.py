"""Freight invoices."""

from tools.synth.draft import Draft
from tools.synth.sheet import Fact, Piece, Prose, Sheet
from tools.synth.types.goods import grid_of
from tools.synth.words import listed


def content(draft: Draft) -> Sheet:
    """A carrier's invoice whose charges add up."""
    carrier = draft.company(draft.country)
    freight = round(draft.chance.uniform(150, 4200), 2)
    fuel = round(freight * draft.chance.choice((0.08, 0.12, 0.165)), 2)
    extra = round(draft.chance.uniform(15, 160), 2)
    charges = ((draft.label("/freightCharges"), freight), (draft.label("/fuelSurcharge"), fuel))
    total = freight + fuel
    if draft.likely(0.5):
        charges, total = (*charges, (draft.label("/accessorials/*/type"), extra)), total + extra
    rows = [
        {
            "description": draft.text(f"/charges/{i}/description", name),
            "amount": draft.value(f"/charges/{i}/amount", draft.amount(value), value),
        }
        for i, (name, value) in enumerate(charges)
    ]
    return Sheet(
        title=Piece(text=draft.one("titles", "freight_invoice")),
        sender=draft.party("/carrier", carrier),
        parties=(draft.party("/shipper", draft.company()), draft.party("/consignee", draft.company())),
        facts=(
            *draft.fact("/invoiceNumber", draft.reference()),
            *draft.dated("/date", draft.day()),
            *draft.fact("/carrier/scac", draft.chance.choice(listed("trade", "road", "scac")), likely=0.3),
        ),
        grids=(grid_of(draft, "/charges", [("description", 0.7, False), ("amount", 0.25, True)], rows),),
        totals=_totals(draft, freight, fuel, total),
        prose=(Prose(paragraphs=(Piece(text=draft.one("phrases", "terms")),)),),
        values=draft.values,
    )


def _totals(draft: Draft, freight: float, fuel: float, total: float) -> tuple[Fact, ...]:
    apart = draft.likely(0.4)
    facts = draft.money("/freightCharges", freight) + draft.money("/fuelSurcharge", fuel) if apart else ()
    return facts + draft.money("/total", total)
