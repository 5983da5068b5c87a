"""Customs declarations."""

from tools.synth.draft import Draft
from tools.synth.numbers import filled
from tools.synth.sheet import Fact, Piece, Prose, Sheet

_KINDS = {
    "import": "IM A|IM|import|Import",
    "export": "EX A|EX|export|Export",
    "transit": "T1|T2|transit|Transit",
}


def content(draft: Draft) -> Sheet:
    """A declaration of one good."""
    exporter, importer = draft.company(), draft.company()
    kind = draft.chance.choice(tuple(_KINDS))
    value = round(draft.chance.uniform(200, 90_000), 2)
    origin = draft.company()
    number = (
        filled(f"2#{draft.country}############", draft.chance)
        + draft.chance.choice("ABCDEFGH")
        + filled("#", draft.chance)
    )
    said = f"{draft.one('goods', 'items')}, {draft.one('goods', 'items')}"
    return Sheet(
        title=Piece(text=draft.one("titles", "customs_declaration")),
        parties=(draft.party("/exporter", exporter), draft.party("/importer", importer)),
        facts=(
            *draft.fact("/declarationNumber", number),
            *draft.fact("/declarationType", draft.chance.choice(_KINDS[kind].split("|")), kind, likely=0.9),
            *draft.fact("/hsCode", draft.trade("customs", "codes")),
            *draft.fact("/countryOfOrigin", origin.country_name, origin.country, likely=0.9),
        ),
        totals=_money(draft, value),
        prose=(
            Prose(
                heading=Piece(text=draft.label("/goodsDescription")),
                paragraphs=(draft.text("/goodsDescription", said),),
            ),
            Prose(paragraphs=(Piece(text=draft.one("phrases", "declare")),)),
        ),
        values=draft.values,
    )


def _money(draft: Draft, value: float) -> tuple[Fact, ...]:
    facts = draft.money("/value", value)
    if draft.likely(0.6):
        facts += draft.money("/dutyAmount", value * draft.chance.choice((0.02, 0.035, 0.065, 0.12)))
    return facts
