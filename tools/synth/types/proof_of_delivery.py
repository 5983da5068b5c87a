"""Proofs of delivery."""

from tools.synth.draft import Draft
from tools.synth.numbers import filled
from tools.synth.sheet import Piece, Prose, Sheet
from tools.synth.types.delivered import delivered_items


def content(draft: Draft) -> Sheet:
    """A signed proof of delivery."""
    day = draft.day()
    clock = f"{draft.chance.randrange(6, 20):02}:{draft.chance.randrange(60):02}"
    driver = f"{draft.one('people', 'first')} {draft.one('people', 'last')}"
    signer = f"{draft.one('people', 'first')} {draft.one('people', 'last')}"
    return Sheet(
        title=Piece(text=draft.one("titles", "proof_of_delivery")),
        sender=draft.party("/carrier", draft.company(draft.country)),
        parties=(draft.party("/recipient", draft.company()),),
        facts=(
            *draft.fact("/deliveryNumber", draft.reference()),
            *draft.dated("/deliveryDate", day),
            *draft.fact("/deliveryTime", clock, likely=0.6),
            *draft.fact("/orderReference", draft.reference(), likely=0.6),
            *draft.fact("/carrier/driverName", driver, likely=0.5),
            *draft.fact("/carrier/vehicleId", filled("XK ####", draft.chance), likely=0.4),
            *draft.fact("/carrier/trackingNumber", filled("##########", draft.chance), likely=0.5),
        ),
        grids=(delivered_items(draft),),
        totals=(
            *draft.fact("/condition", draft.one("phrases", "received"), likely=0.5),
            *draft.fact("/signature/name", signer, likely=0.8),
            *draft.dated("/signature/date", day, likely=0.4),
        ),
        prose=(Prose(paragraphs=(Piece(text=draft.one("contract", "signature") + " ____________________"),)),),
        values=draft.values,
    )
