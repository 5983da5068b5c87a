"""Delivery orders."""

from tools.synth.draft import Draft
from tools.synth.sheet import Piece, Prose, Sheet
from tools.synth.types.carriage import weights
from tools.synth.types.delivered import delivered_items
from tools.synth.types.goods import containers


def content(draft: Draft) -> Sheet:
    """An order to hand over containers or goods."""
    at_sea = draft.likely(0.6)
    if at_sea:
        table, weight, _ = containers(draft)
    else:
        table, weight = delivered_items(draft), float(draft.chance.randrange(100, 9000))
    facts = (
        *draft.fact("/deliveryNumber", draft.reference()),
        *draft.dated("/date", draft.day(), likely=0.8),
        *draft.fact("/bolNumber", draft.trade("sea", "prefixes") + draft.reference(), likely=0.7 if at_sea else 0.1),
        *draft.fact("/orderReference", draft.reference(), likely=0.4),
        *(draft.fact("/vessel", draft.trade("sea", "vessels"), likely=0.8) if at_sea else ()),
        *(draft.fact("/portOfDischarge", draft.trade("sea", "ports"), likely=0.7) if at_sea else ()),
        *draft.fact("/placeOfDelivery", draft.company().city, likely=0.6),
    )
    return Sheet(
        title=Piece(text=draft.one("titles", "delivery_order")),
        sender=draft.party("/carrier", draft.company(draft.country)),
        parties=(draft.party("/shipper", draft.company()), draft.party("/consignee", draft.company())),
        facts=facts,
        grids=(table,),
        totals=weights(draft, weight),
        prose=(Prose(paragraphs=(Piece(text=draft.one("phrases", "carriage")),)),),
        values=draft.values,
    )
