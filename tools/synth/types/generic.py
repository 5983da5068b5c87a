"""What is none of the other types: letters, reports, tables, CVs, manuals, minutes, and business papers that look like
the other types and are not.
"""

from tools.synth.draft import Draft
from tools.synth.sheet import Column, Fact, Grid, Party, Piece, Prose, Sheet
from tools.synth.types.goods import priced, row_count
from tools.synth.words import listed

from docurift.model.job import DocumentType

_PROSE = ("letter", "report", "manual", "cv", "minutes")


def content(draft: Draft) -> Sheet:
    """A document without fields: its truth is empty."""
    kind = draft.chance.choice((*_PROSE, "table", "table", "business", "notes"))
    if kind == "business":
        return _business(draft)
    if kind == "table":
        return _table(draft)
    if kind == "notes":
        return Sheet(title=Piece(text=""), prose=_prose(draft, draft.chance.choice(_PROSE), 1), values={})
    title = draft.one("prose", "headings") if kind != "letter" else ""
    letterhead = _address(draft) if kind == "letter" else None
    return Sheet(
        title=Piece(text=title),
        sender=letterhead,
        parties=(_address(draft),) if kind == "letter" else (),
        prose=_prose(draft, kind, draft.chance.randrange(1, 6)),
        grids=(_figures(draft),) if kind == "report" and draft.likely(0.5) else (),
        values={},
    )


def _prose(draft: Draft, kind: str, count: int) -> tuple[Prose, ...]:
    sentences = listed(draft.language, "prose", kind)
    made: list[Prose] = []
    for _ in range(count):
        text = " ".join(draft.chance.choice(sentences) for _ in range(draft.chance.randrange(2, 9)))
        heading = Piece(text=draft.one("prose", "headings")) if kind != "letter" and draft.likely(0.7) else None
        made.append(Prose(heading=heading, paragraphs=(Piece(text=text),)))
    return tuple(made)


def _address(draft: Draft) -> Party:
    company = draft.company(draft.country)
    lines = (company.name, company.street, f"{company.postal} {company.city}")
    return Party(label="", lines=tuple((Piece(text=line),) for line in lines))


def _table(draft: Draft) -> Sheet:
    return Sheet(
        title=Piece(text=draft.one("prose", "headings")),
        prose=_prose(draft, "report", draft.chance.randrange(0, 4)),
        grids=tuple(_figures(draft) for _ in range(draft.chance.randrange(1, 4))),
        values={},
    )


def _figures(draft: Draft) -> Grid:
    names = draft.chance.sample(listed(draft.language, "prose", "columns"), draft.chance.randrange(3, 7))
    share = 0.7 / (len(names) - 1)
    columns = [Column(label=name, share=0.3 if i == 0 else share, right=i > 0) for i, name in enumerate(names)]
    places = draft.chance.choice((0, 1, 2))
    rows = [
        (
            Piece(text=draft.one("prose", "rows")),
            *(Piece(text=draft.locale.number(draft.chance.uniform(0, 9000), places)) for _ in names[1:]),
        )
        for _ in range(draft.chance.randrange(3, 30))
    ]
    return Grid(columns=tuple(columns), rows=tuple(rows))


def _business(draft: Draft) -> Sheet:
    """Quotations, orders, statements, reminders: laid out as invoices are, and not one."""
    facts = tuple(
        Fact(label=draft.one("prose", "otherlabels"), value=Piece(text=draft.reference()))
        for _ in range(draft.chance.randrange(1, 4))
    )
    lines = priced(draft, row_count(draft))
    columns = tuple(
        Column(label=draft.wording.label(DocumentType.INVOICE, f"/lineItems/*/{name}"), share=share, right=share < 0.3)
        for name, share in (("description", 0.5), ("quantity", 0.2), ("total", 0.25))
    )
    rows = tuple(
        (Piece(text=line.description), Piece(text=str(int(line.quantity))), Piece(text=draft.amount(line.total)))
        for line in lines
    )
    total = Fact(label=draft.wording.own("lineTotal"), value=Piece(text=draft.amount(sum(one.total for one in lines))))
    return Sheet(
        title=Piece(text=draft.one("prose", "others")),
        sender=_address(draft),
        parties=(_address(draft),),
        facts=facts,
        grids=(Grid(columns=columns, rows=rows),),
        totals=(total,) if draft.likely(0.7) else (),
        prose=_prose(draft, "letter", draft.chance.randrange(0, 2)),
        values={},
    )
