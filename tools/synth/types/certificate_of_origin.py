"""Certificates of origin."""

from tools.synth.draft import Draft
from tools.synth.sheet import Piece, Prose, Sheet
from tools.synth.types.goods import grid_of


def content(draft: Draft) -> Sheet:
    """A certificate for a few goods of one origin."""
    exporter = draft.company(draft.country)
    rows: list[dict[str, Piece]] = []
    for i in range(draft.chance.randrange(1, 7)):
        count = draft.chance.randrange(1, 5000)
        rows.append(
            {
                "description": draft.text(f"/goods/{i}/description", draft.one("goods", "items")),
                "hsCode": draft.text(f"/goods/{i}/hsCode", draft.trade("customs", "codes")),
                "quantity": draft.value(f"/goods/{i}/quantity", str(count), count),
                "origin": draft.value(f"/goods/{i}/origin", exporter.country_name, exporter.country),
            }
        )
    columns = [("description", 0.42, False), ("hsCode", 0.2, False), ("quantity", 0.14, True), ("origin", 0.18, False)]
    parties = [draft.party("/exporter", exporter), draft.party("/importer", draft.company())]
    if draft.likely(0.3):
        parties.insert(1, draft.party("/producer", draft.company(draft.country)))
    authority = f"{draft.one('people', 'last')} {draft.chance.choice(('Chamber of Commerce', 'IHK', 'CCI', 'Cámara'))}"
    return Sheet(
        title=Piece(text=draft.one("titles", "certificate_of_origin")),
        parties=tuple(parties),
        facts=(
            *draft.fact("/certificateNumber", draft.reference()),
            *draft.fact("/countryOfOrigin", exporter.country_name, exporter.country),
            *draft.dated("/issuedDate", draft.day(), likely=0.9),
            *draft.fact("/issuingAuthority", authority, likely=0.8),
        ),
        grids=(grid_of(draft, "/goods", columns, rows),),
        prose=(Prose(paragraphs=(Piece(text=draft.one("phrases", "declare")),)),),
        values=draft.values,
    )
