"""Packing lists."""

from tools.synth.draft import Draft
from tools.synth.sheet import Piece, Sheet
from tools.synth.types.goods import grid_of, row_count


def content(draft: Draft) -> Sheet:
    """A packing list whose weights add up."""
    shipper = draft.company(draft.country)
    rows: list[dict[str, Piece]] = []
    total = 0.0
    for i in range(row_count(draft)):
        weight = round(draft.chance.uniform(2, 240), 1)
        total += weight
        rows.append(_package(draft, f"/packages/{i}", i, weight))
    columns = [("packageNumber", 0.14, False), ("description", 0.34, False), ("quantity", 0.12, True)]
    columns += [("weight", 0.14, True), ("dimensions", 0.2, False)][: draft.chance.choice((1, 2))]
    volume = round(total / 150, 3)
    return Sheet(
        title=Piece(text=draft.one("titles", "packing_list")),
        sender=draft.party("/shipper", shipper),
        parties=(draft.party("/consignee", draft.company()),),
        facts=(
            *draft.fact("/packingListNumber", draft.reference(), likely=0.9),
            *draft.dated("/date", draft.day()),
            *draft.fact("/orderReference", draft.reference(), likely=0.6),
            *draft.fact("/invoiceReference", draft.reference(), likely=0.5),
        ),
        grids=(grid_of(draft, "/packages", columns, rows),),
        totals=(
            *draft.fact("/totalWeight/value", f"{draft.locale.number(total, 1)} kg", round(total, 1), likely=0.9),
            *draft.fact("/totalVolume/value", f"{draft.locale.number(volume, 3)} m3", volume, likely=0.5),
        ),
        values=draft.values,
    )


def _package(draft: Draft, pointer: str, number: int, weight: float) -> dict[str, Piece]:
    count = draft.chance.randrange(1, 200)
    sides = " x ".join(str(draft.chance.randrange(2, 13) * 10) for _ in range(3))
    return {
        "packageNumber": draft.text(f"{pointer}/packageNumber", f"{draft.chance.choice(('', 'C', 'PK-'))}{number + 1}"),
        "description": draft.text(f"{pointer}/description", draft.one("goods", "items")),
        "quantity": draft.value(f"{pointer}/quantity", str(count), count),
        "weight": draft.value(f"{pointer}/weight", draft.locale.number(weight, 1), weight),
        "dimensions": draft.text(f"{pointer}/dimensions", f"{sides} cm"),
    }
