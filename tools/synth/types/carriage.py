"""What bills of lading and sea waybills have in common."""

from tools.synth.draft import Draft
from tools.synth.sheet import Fact, Piece, Prose, Sheet
from tools.synth.types.goods import containers
from tools.synth.words import listed


def carried(draft: Draft, *, title: str, number: str) -> Sheet:
    """A transport document for goods at sea, whose number is the property `number`."""
    shipper, consignee = draft.company(), draft.company()
    table, weight, packages = containers(draft)
    said = f"{packages} {draft.one('goods', 'packages')} {draft.one('goods', 'items')}"
    carrier = draft.trade("sea", "carriers")
    loading, discharge = draft.chance.sample(listed("trade", "sea", "ports"), 2)
    facts = (
        *draft.fact(number, draft.trade("sea", "prefixes") + draft.reference()),
        *draft.fact("/vessel", draft.trade("sea", "vessels")),
        *draft.fact("/portOfLoading", loading),
        *draft.fact("/portOfDischarge", discharge),
    )
    return Sheet(
        title=Piece(text=title),
        parties=(draft.party("/shipper", shipper), draft.party("/consignee", consignee)),
        facts=facts,
        grids=(table,),
        totals=weights(draft, weight),
        prose=(
            Prose(
                heading=Piece(text=draft.label("/cargoDescription")),
                paragraphs=(draft.text("/cargoDescription", said),),
            ),
            Prose(paragraphs=(Piece(text=carrier), Piece(text=draft.one("phrases", "carriage")))),
        ),
        values=draft.values,
    )


def weights(draft: Draft, gross: float) -> tuple[Fact, ...]:
    """Gross and net weight in kg."""
    net = float(int(gross * 0.93))
    facts = draft.fact("/weight/gross", f"{draft.locale.number(gross, 0)} kg", int(gross), likely=0.9)
    return (*facts, *draft.fact("/weight/net", f"{draft.locale.number(net, 0)} kg", int(net), likely=0.4))
