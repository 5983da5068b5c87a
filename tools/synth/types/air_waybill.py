"""Air waybills."""

from tools.synth.draft import Draft
from tools.synth.numbers import air_waybill
from tools.synth.sheet import Fact, Piece, Prose, Sheet
from tools.synth.words import listed


def content(draft: Draft) -> Sheet:
    """An air waybill with one weight and one size."""
    prefix = draft.chance.choice(listed("trade", "air", "prefixes"))
    number = air_waybill(prefix, draft.chance)
    printed = draft.chance.choice((f"{prefix}-{number[3:]}", f"{prefix} {number[3:7]} {number[7:]}", number))
    origin, destination = draft.chance.sample(listed("trade", "air", "airports"), 2)
    flight = draft.chance.choice(listed("trade", "air", "flights")) + str(draft.chance.randrange(100, 9000))
    said = draft.one("goods", "items")
    return Sheet(
        title=Piece(text=draft.one("titles", "air_waybill")),
        parties=(draft.party("/shipper", draft.company()), draft.party("/consignee", draft.company())),
        facts=(
            *draft.fact("/awbNumber", printed, number),
            *draft.dated("/date", draft.day(), likely=0.8),
            *draft.fact("/origin", origin),
            *draft.fact("/destination", destination),
            *draft.fact("/flightNumber", flight, likely=0.7),
        ),
        totals=_cargo(draft),
        prose=(
            Prose(paragraphs=(Piece(text=draft.trade("air", "carriers")), Piece(text=said))),
            Prose(paragraphs=(Piece(text=draft.one("phrases", "carriage")),)),
        ),
        values=draft.values,
    )


def _cargo(draft: Draft) -> tuple[Fact, ...]:
    pieces, weight = draft.chance.randrange(1, 60), round(draft.chance.uniform(4, 1400), 1)
    return (
        *draft.fact("/pieces", str(pieces), pieces),
        *draft.fact("/weight", draft.locale.number(weight, 1), weight),
        *draft.fact("/weightUnit", "K", likely=0.6),
        *_size(draft),
        *draft.money("/declaredValue", round(draft.chance.uniform(100, 9000), 2), likely=0.4),
    )


def _size(draft: Draft) -> tuple[Fact, ...]:
    if draft.likely(0.5):
        return ()
    names = ("length", "width", "height")
    sides = [draft.chance.randrange(10, 160) for _ in names]
    said = " x ".join(map(str, sides)) + " cm"
    for name, side in zip(names, sides, strict=True):
        draft.values[f"/dimensions/{name}"] = side
    draft.values["/dimensions/unit"] = "cm"
    return (Fact(label=draft.label("/dimensions"), value=Piece(text=said, pointer="/dimensions")),)
