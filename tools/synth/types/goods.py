"""Goods and charges: the lines of tables, shared by the types."""

from dataclasses import dataclass

from tools.synth.draft import Draft
from tools.synth.numbers import container, filled
from tools.synth.sheet import Column, Grid, Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A line that costs something."""

    description: str
    quantity: float
    price: float

    @property
    def total(self) -> float:
        """Quantity times price, in cents."""
        return round(self.quantity * self.price + 1e-9, 2)


def priced(draft: Draft, count: int, *, goods: str = "items", dearest: float = 400.0) -> list[Priced]:
    """Lines with prices."""
    return [
        Priced(
            description=draft.one("goods", goods),
            quantity=draft.chance.choice((1, 1, 2, 3, 5, 10, 12, 24, draft.chance.randrange(1, 200))),
            price=round(draft.chance.uniform(0.5, dearest), 2),
        )
        for _ in range(count)
    ]


def row_count(draft: Draft, most: int = 9) -> int:
    """How many lines a table has: few, and now and then more than a page holds."""
    return draft.chance.randrange(38, 80) if draft.likely(0.05) else draft.chance.randrange(1, most + 1)


def grid_of(draft: Draft, pointer: str, columns: list[tuple[str, float, bool]], rows: list[dict[str, Piece]]) -> Grid:
    """A table of the list at `pointer`; `columns` are a property's name or an own label, its share of the width, and
    whether it stands right. Grammars may put a column of positions in front.
    """
    numbered = draft.grammar.wording % 5 < 2
    head = [Column(label=_label(draft, pointer, name), share=share, right=right) for name, share, right in columns]
    if numbered:
        head.insert(0, Column(label=draft.wording.own("position"), share=0.07))
    body = [
        (*((Piece(text=str(number)),) if numbered else ()), *(row[name] for name, _, _ in columns))
        for number, row in enumerate(rows, start=1)
    ]
    return Grid(columns=tuple(head), rows=tuple(body))


def containers(draft: Draft, pointer: str = "/containers") -> tuple[Grid, float, int]:
    """A table of containers, with their weight in kg and their packages."""
    rows: list[dict[str, Piece]] = []
    weights, packages = 0.0, 0
    for i in range(draft.chance.randrange(1, 5)):
        weight, count = float(draft.chance.randrange(2_000, 26_000)), draft.chance.randrange(4, 900)
        weights, packages = weights + weight, packages + count
        rows.append(container_row(draft, f"{pointer}/{i}", weight, count))
    columns = [
        ("containerNumber", 0.28, False),
        ("sealNumber", 0.2, False),
        ("type", 0.16, False),
        ("packages", 0.14, True),
    ]
    return grid_of(draft, pointer, [*columns, ("weight", 0.18, True)], rows), weights, packages


def container_row(draft: Draft, pointer: str, weight: float, count: int) -> dict[str, Piece]:
    """One container."""
    number = container(draft.trade("sea", "prefixes"), draft.chance)
    return {
        "containerNumber": draft.text(f"{pointer}/containerNumber", number),
        "sealNumber": draft.text(f"{pointer}/sealNumber", filled("SL######", draft.chance)),
        "type": draft.text(f"{pointer}/type", draft.trade("sea", "containers")),
        "packages": draft.value(f"{pointer}/packages", str(count), count),
        "weight": draft.value(f"{pointer}/weight", draft.locale.number(weight, 0), int(weight)),
    }


def _label(draft: Draft, pointer: str, name: str) -> str:
    try:
        return draft.label(f"{pointer}/*/{name}")
    except KeyError:
        return draft.wording.own(name)
