"""Seller and buyer: which address is whose, and what else stands with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.invoice.blocks import Block, Part, blocks_of, party_label
from docurift.pipeline.extract.invoice.contacts import Contacts, TaxId, contacts_of, tax_ids_of
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.values.countries import country_of

# Every address is compared with every other one. Seller and buyer are among the first.
_MAX_BLOCKS: Final = 60
_HEAD, _FOOT = 0.13, 0.84
_UPPER: Final = 0.55
_LABEL: Final = 4.0
_MIN_SCORE: Final = 0.4
_SURE: Final = 3.0
_LEGAL_FORM: Final = re.compile(
    r"(?i)(?<!\w)(?:gmbh|ag|a\.\s?g\.|kg|ohg|ug|gbr|e\.\s?k\.|mbh|ltd\.?|limited|plc|llc|llp|inc\.?|corp\.?|corporation|co\.|company|"
    r"sarl|s\.?a\.?r\.?l\.?|s\.?a\.?s\.?|sas|s\.?a\.?|eurl|s\.?l\.?u?\.?|s\.?r\.?l\.?|s\.?p\.?a\.?|s\.?n\.?c\.?|b\.?v\.?|n\.?v\.?|"
    r"lda\.?|unipessoal|ltda\.?|sp\.\s?z\s?o\.\s?o\.?|s\.\s?c\.|ab|a/s|aps|asa?|oy|oyj|s\.?r\.?o\.?|a\.?s\.?|sdn\.?\s?bhd\.?|pty)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class _Scored:
    block: Block
    seller: float
    buyer: float


def parties_of(paper: Paper) -> dict[str, Found]:
    """What is known of `/vendor` and `/customer`, by pointers."""
    blocks = [block for sheet in paper.sheets for block in blocks_of(sheet)][:_MAX_BLOCKS]
    scored = [_scored(block, blocks, paper) for block in blocks]
    seller, buyer = _chosen(scored)
    taxes = tax_ids_of(paper)
    found: dict[str, Found] = {}
    for side, one in (("/vendor", seller), ("/customer", buyer)):
        block = one.block if one is not None else None
        found |= {f"{side}/{name}": value for name, value in _of_block(one, side).items()}
        contacts = contacts_of(
            paper,
            block,
            [one for one in blocks if block is not None and not _same(one, block)],
            is_seller=side == "/vendor",
        )
        found |= {f"{side}/{name}": value for name, value in _of_contacts(contacts).items()}
    found |= _of_taxes(taxes, seller.block if seller else None, buyer.block if buyer else None, found)
    if seller is None:
        name = _letterhead(paper, buyer.block if buyer else None)
        if name is not None:
            found["/vendor/name"] = name
    return found


def _chosen(scored: Sequence[_Scored]) -> tuple[_Scored | None, _Scored | None]:
    """The pair that fits best: two different addresses, or one of them if the other is nowhere."""
    best: tuple[_Scored | None, _Scored | None] = (None, None)
    top = 0.0
    sellers = [one for one in scored if one.seller >= _MIN_SCORE]
    buyers = [one for one in scored if one.buyer >= _MIN_SCORE]
    for seller in (*sellers, None):
        for buyer in (*buyers, None):
            if seller and buyer and _same(seller.block, buyer.block):
                continue
            worth = (seller.seller if seller else 0.0) + (buyer.buyer if buyer else 0.0)
            if worth > top:
                best, top = (seller, buyer), worth
    return best


def _same(a: Block, b: Block) -> bool:
    if a is b:
        return True
    one, other = a.name, b.name
    return one is not None and other is not None and _bare(one.text) == _bare(other.text)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _scored(block: Block, blocks: Sequence[Block], paper: Paper) -> _Scored:
    """How much speaks for the seller's and for the buyer's address."""
    if block.name is None:
        return _Scored(block, 0.0, 0.0)
    late = 0.4 * paper.sheets.index(block.sheet)
    if block.role is not None:
        mine = {"vendor": (_LABEL, -_LABEL), "customer": (-_LABEL, _LABEL)}.get(block.role, (-_LABEL, -_LABEL))
        return _Scored(block, mine[0] - late, mine[1] - late)
    weights = [weight for holds, weight in _signs(block, blocks) if holds]
    return _Scored(block, 0.5 + sum(a for a, _ in weights) - late, 0.5 + sum(b for _, b in weights) - late)


def _signs(block: Block, blocks: Sequence[Block]) -> list[tuple[bool, tuple[float, float]]]:
    """What tells seller from buyer where no label does, and how much each speaks for the one and the other."""
    top = block.top.box[1]
    others = [other for other in blocks if other is not block]
    return [
        (block.inline, (1.5, -2.0)),
        (top < _HEAD, (0.7, -0.4)),
        (top > _FOOT, (1.0, -1.5)),
        (_has_contacts(block), (1.2, -0.6)),
        (any(_is_under(block, other) for other in others), (-1.5, 2.0)),
        (any(other.inline and _same(other, block) for other in others), (1.0, -1.5)),
        (top > _UPPER, (0.0, -0.5)),
        (any(other.top.box[1] < top - 0.02 for other in others), (0.0, 0.3)),
    ]


def _has_contacts(block: Block) -> bool:
    """Whether mail, telephone, account or VAT number stand right under the address: so only senders write."""
    sheet, place = block.sheet, block.place.segment
    last, number = place, sheet.row_number(place)
    for row in sheet.rows[number + 1 : number + 6]:
        for one in row:
            if abs(one.box[0] - place.box[0]) * sheet.aspect > place.size:
                continue
            if one.box[1] - last.box[3] > 1.5 * place.size or party_label(one) is not None:
                return False
            if _CONTACT.search(one.text):
                return True
            last = one
    return False


_CONTACT: Final = re.compile(
    r"(?i)\b(?:tel|telefon|phone|fon|fax|t\u00e9l|iban|bic|swift|e-?mail|mail|www|http|vat|ust|tva|nif|p\.?\s?iva|nip|btw)\b|@|\+\d\d"
)


def _is_under(block: Block, other: Block) -> bool:
    """Whether `other` is the sender's line over the window in which `block` stands."""
    if not other.inline or other is block or block.inline or block.sheet is not other.sheet:
        return False
    line, top = other.place.segment, block.top
    gap = top.box[1] - line.box[3]
    left = abs(top.box[0] - line.box[0]) * block.sheet.aspect
    return -0.5 * top.size <= gap <= 6 * top.size and left <= 8 * top.size


def _of_block(one: _Scored | None, side: str) -> dict[str, Found]:
    if one is None:
        return {}
    block = one.block
    score = one.seller if side == "/vendor" else one.buyer
    sure = 0.97 if score >= _SURE else 0.92 if score >= _SURE / 2 else 0.8
    found: dict[str, Found] = {}
    name, place, locality = block.name, block.place, block.locality
    if name is not None:
        parts = [name, *_second_line(block, name)] if side == "/vendor" else [name]
        text = " ".join(part.text.strip(" ,;") for part in parts)
        found["name"] = Found(value=text, confidence=round(sure * 0.93, 4), span=block.span(parts))
    if block.street:
        street = ", ".join(part.text.strip(" ,;") for part in block.street)
        found["address"] = Found(value=street, confidence=round(sure * 0.96, 4), span=block.span(block.street))
    for key, at in (("postalCode", locality.postal_code), ("city", locality.city), ("state", locality.state)):
        if at is not None:
            part = Part(place.segment, place.start + at[0], place.start + at[1])
            found[key] = Found(value=part.text.strip(" ,;"), confidence=sure, span=block.span([part]))
    country = _country(block, sure)
    return found | ({"country": country} if country is not None else {})


def _second_line(block: Block, name: Part) -> list[Part]:
    """The rest of a company's name that went on in the next line, as its legal form there says."""
    after = block.lines[block.lines.index(name) + 1 :][:1]
    goes_on = after and not _LEGAL_FORM.search(name.text) and _LEGAL_FORM.search(after[0].text)
    return list(after) if goes_on and not any(c.isdigit() for c in after[0].text) else []


def _country(block: Block, sure: float) -> Found | None:
    locality, place = block.locality, block.place
    if locality.country and locality.country_at:
        part = Part(place.segment, place.start + locality.country_at[0], place.start + locality.country_at[1])
        return Found(value=locality.country, confidence=sure, span=block.span([part]))
    if block.country_line is not None:
        code = country_of(block.country_line.text)
        if code is not None:
            return Found(value=code, confidence=sure, span=block.span([block.country_line]))
    return None


def _of_contacts(contacts: Contacts) -> dict[str, Found]:
    found = {"email": contacts.email, "phone": contacts.phone}
    return {name: value for name, value in found.items() if value is not None}


def _of_taxes(
    taxes: Sequence[TaxId], seller: Block | None, buyer: Block | None, found: dict[str, Found]
) -> dict[str, Found]:
    """The VAT number of each side; a country that is printed nowhere else is taken from it."""
    told: dict[str, Found] = {}
    theirs = [one for one in taxes if one.role == "customer" or (one.role is None and one.stands_with(buyer, seller))]
    ours = [one for one in taxes if one not in theirs]
    for side, ids in (("/vendor", ours), ("/customer", theirs)):
        best = min(ids, key=lambda one: one.rank(seller if side == "/vendor" else buyer), default=None)
        if best is None:
            continue
        told[f"{side}/taxId"] = Found(value=best.value, confidence=best.confidence, span=best.span)
        if best.country and f"{side}/country" not in found and f"{side}/name" in found:
            told[f"{side}/country"] = Found(value=best.country, confidence=0.85, span=best.span)
    return told


def _letterhead(paper: Paper, buyer: Block | None) -> Found | None:
    """The name of a company at the top of the first page, where no address says who sells."""
    if not paper.sheets:
        return None
    sheet = paper.sheets[0]
    taken = buyer.name.segment if buyer is not None and buyer.name is not None else None
    for segment in sheet.segments:
        if segment.box[1] > _UPPER / 2:
            return None
        if segment is not taken and _LEGAL_FORM.search(segment.text) and len(segment.text.split()) <= 8:  # noqa: PLR2004
            return Found(value=segment.text, confidence=0.6, span=segment.span())
    return None
