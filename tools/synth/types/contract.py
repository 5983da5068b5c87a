"""Contracts."""

from tools.synth.draft import Company, Draft
from tools.synth.sheet import Fact, Party, Piece, Prose, Sheet
from tools.synth.words import listed


def content(draft: Draft) -> Sheet:
    """A contract of two parties, with clauses, law and signatures."""
    roles = draft.one("contract", "roles").split(" ")
    companies = (draft.company(draft.country), draft.company())
    parties = tuple(
        _party(draft, i, company, role) for i, (company, role) in enumerate(zip(companies, roles, strict=False))
    )
    day = draft.day()
    return Sheet(
        title=draft.text("/title", draft.one("titles", "contract")),
        parties=parties,
        facts=(
            *draft.dated("/effectiveDate", day, likely=0.8),
            *draft.dated("/expirationDate", draft.day(day), likely=0.3),
            *draft.fact("/term", draft.one("contract", "term"), likely=0.5),
        ),
        prose=(*_clauses(draft), _law(draft)),
        totals=_signatures(draft, companies),
        values=draft.values,
    )


def _party(draft: Draft, i: int, company: Company, role: str) -> Party:
    pointer = f"/parties/{i}"
    party = draft.party(pointer, company, label="")
    return Party(label="", lines=(*party.lines, (draft.text(f"{pointer}/role", role),)))


def _clauses(draft: Draft) -> tuple[Prose, ...]:
    texts, heads = listed(draft.language, "contract", "clauses"), listed(draft.language, "contract", "headings")
    chosen = draft.chance.sample(range(min(len(texts), len(heads))), draft.chance.randrange(4, 8))
    sign = draft.chance.choice(("§ {n} ", "{n}. ", "Art. {n} ", ""))
    return tuple(
        Prose(
            heading=draft.text(f"/clauses/{place}/heading", sign.replace("{n}", str(place + 1)) + heads[i]),
            paragraphs=(draft.text(f"/clauses/{place}/text", texts[i]),),
        )
        for place, i in enumerate(chosen)
    )


def _law(draft: Draft) -> Prose:
    law = draft.one("contract", "laws")
    draft.values["/governingLaw"] = law
    return Prose(paragraphs=(Piece(text=draft.one("contract", "law").replace("{law}", law), pointer="/governingLaw"),))


def _signatures(draft: Draft, companies: tuple[Company, ...]) -> tuple[Fact, ...]:
    word = draft.one("contract", "signature")
    return tuple(
        Fact(label=word, value=draft.text(f"/signatures/{i}/name", company.person))
        for i, company in enumerate(companies)
    )
