"""The goods of deliveries."""

from tools.synth.draft import Draft
from tools.synth.sheet import Grid, Piece
from tools.synth.types.goods import grid_of, row_count


def delivered_items(draft: Draft) -> Grid:
    """A table of what is handed over."""
    rows: list[dict[str, Piece]] = []
    for i in range(row_count(draft, 7)):
        count = draft.chance.randrange(1, 300)
        rows.append(
            {
                "description": draft.text(f"/items/{i}/description", draft.one("goods", "items")),
                "quantity": draft.value(f"/items/{i}/quantity", str(count), count),
            }
        )
    return grid_of(draft, "/items", [("description", 0.7, False), ("quantity", 0.2, True)], rows)
