"""What stands with a party beside its address: VAT number, mail, telephone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.extract.found import Found, Span
from docurift.pipeline.extract.invoice.blocks import Block, party_label
from docurift.pipeline.extract.invoice.labels import phrases_for
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.extract.invoice.relations import relations
from docurift.pipeline.extract.sheets import Segment, Sheet
from docurift.pipeline.values.dates import dates_in
from docurift.pipeline.values.identifiers import emails_in, ibans_in, phones_in, vat_ids_in

_SECTION_LINES: Final = 12
_SECTION_GAP_HEIGHTS: Final = 3.0
# As nations write them: 201/113/40209, 12-3456789; B12345678; 12345678Z; the Indian GSTIN.
_TAX_NUMBER: Final = re.compile(
    r"(?<![\w/-])\d[\d /.-]{5,16}\d(?![\w/-])|(?<![\w-])[A-Z]-?\d{7,8}[A-Z]?(?!\w)|(?<!\w)\d{8}[A-Z](?!\w)"
    r"|(?<!\w)\d{2}[A-Z]{5}\d{4}[A-Z]\dZ\w(?!\w)"
)
_MIN_DOMAIN: Final = 4
_MAX_TAX_IDS: Final = 60
_MIN_TAX_DIGITS: Final = 7
_PHONE_LABEL: Final = re.compile(
    r"(?i)(?:\b(?:tel|telefon|telephone|phone|fon|t\u00e9l|t\u00e9l\u00e9phone|tel\u00e9fono|telefono|telefone|telefoon|mobile?|mob|cell|ph)\b|^t|"
    r"\u260e|\u2706|\u260f|\ufffd|\U0001f4de)[.:)]*\s*[:.]?\s*$"
)


@dataclass(frozen=True, slots=True)
class Contacts:
    """How to reach a party."""

    email: Found | None = None
    phone: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxId:
    """A tax number in the document. `role` is whose its label says it is: `vendor`, `customer`, or nobody's."""

    value: str
    span: Span
    segment: Segment
    sheet: Sheet
    page_place: int
    country: str | None
    sound: bool | None
    role: str | None
    is_vat: bool

    def stands_with(self, block: Block | None, other: Block | None) -> bool:
        """Whether it stands in the lines under `block`, and not in those under `other`."""
        if block is None:
            return False
        mine = any(one is self.segment for one in section(block))
        theirs = other is not None and any(one is self.segment for one in section(other))
        return mine and not theirs

    def rank(self, block: Block | None) -> tuple[float, ...]:
        """Smaller is likelier the number of the party at `block`."""
        near = block is not None and any(one is self.segment for one in section(block))
        return (0 if self.is_vat else 1, 0 if near else 1, 0 if self.role else 1, self.page_place, self.segment.box[1])

    @property
    def confidence(self) -> float:
        """The chance that it is the right one, by what speaks for it."""
        if not self.is_vat:
            return 0.8
        return 0.97 if self.role or self.sound else 0.93


def tax_ids_of(paper: Paper) -> list[TaxId]:
    """VAT numbers wherever they stand, and other tax numbers behind their labels."""
    found: list[TaxId] = []
    for page, sheet in enumerate(paper.sheets):
        for segment in sheet.segments:
            found.extend(_vat_ids(sheet, segment, page))
            found.extend(_tax_numbers(paper, sheet, segment, page))
    return found[:_MAX_TAX_IDS]


def contacts_of(paper: Paper, block: Block | None, others: Sequence[Block], *, is_seller: bool) -> Contacts:
    """Mail and telephone among the lines of the party's address; for the seller elsewhere, too, since it is the one who
    wants to be reached, but never among the lines of `others`.
    """
    if block is None:
        return Contacts()
    near = list(section(block))
    email, phone = _first_email(near, 0.85), _first_phone(near, 0.8)
    if is_seller:
        theirs = {id(one) for other in others for one in section(other)}
        rest = [one for _, one in paper.segments() if id(one) not in theirs]
        email, phone = email or _own_email(rest, block) or _first_email(rest, 0.55), phone or _first_phone(rest, 0.55)
    return Contacts(email, phone)


def _own_email(segments: Sequence[Segment], block: Block) -> Found | None:
    """An address whose domain is made of the party's name."""
    name = _bare(block.name.text) if block.name is not None else ""
    for segment in segments:
        for one in emails_in(segment.text):
            domain = _bare(one.value.rsplit("@", 1)[1].rsplit(".", 1)[0])
            if len(domain) >= _MIN_DOMAIN and (domain in name or name in domain):
                return Found(value=one.value, confidence=0.85, span=segment.span(one.start, one.end))
    return None


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def section(block: Block) -> Iterator[Segment]:
    """The lines of the address and those under it in its column, until a gap or another party's label."""
    sheet, place = block.sheet, block.place.segment
    for line in block.lines:
        yield line.segment
    yield place
    last, number = place, sheet.row_number(place)
    for row in sheet.rows[number + 1 : number + 1 + _SECTION_LINES]:
        for one in row:
            aligned = abs(one.box[0] - place.box[0]) * sheet.aspect <= 1.2 * place.size
            follows = any(before is one for before in row) and _follows(row, one, place, sheet.aspect)
            if not (aligned or follows):
                continue
            if party_label(one) is not None or one.box[1] - last.box[3] > _SECTION_GAP_HEIGHTS * place.size:
                return
            last = one if aligned else last
            yield one


def _follows(row: tuple[Segment, ...], one: Segment, place: Segment, aspect: float) -> bool:
    """Whether it is the value beside a label that is aligned with the address."""
    before = [other for other in row if other.box[0] < one.box[0]]
    if not before or abs(before[-1].box[0] - place.box[0]) * aspect > 1.2 * place.size:
        return False
    return one.text.startswith(":") or not any(c.isdigit() for c in before[-1].text)


def _vat_ids(sheet: Sheet, segment: Segment, page: int) -> Iterator[TaxId]:
    for one in vat_ids_in(segment.text):
        labels = relations(sheet, segment, one.start, phrases_for("tax"))
        role = {"customerTax": "customer", "vendorTax": None, "taxNumber": None}.get(labels[0].role) if labels else None
        yield TaxId(
            value=one.value,
            span=segment.span(one.start, one.end),
            segment=segment,
            sheet=sheet,
            page_place=page,
            country=one.country,
            sound=one.sound,
            role=role,
            is_vat=True,
        )


def _tax_numbers(paper: Paper, sheet: Sheet, segment: Segment, page: int) -> Iterator[TaxId]:
    taken = [(one.start, one.end) for one in (*vat_ids_in(segment.text), *ibans_in(segment.text))]
    taken += [(day.start, day.end) for day in dates_in(segment.text, paper.order)]
    for match in _TAX_NUMBER.finditer(segment.text):
        digits = sum(c.isdigit() for c in match.group())
        if digits < _MIN_TAX_DIGITS or any(a < match.end() and match.start() < b for a, b in taken):
            continue
        labels = relations(sheet, segment, match.start(), phrases_for("tax"))
        if not labels or labels[0].strength < 0.7:  # noqa: PLR2004 - a label that stands right before it
            continue
        yield TaxId(
            value=match.group().strip(),
            span=segment.span(match.start(), match.end()),
            segment=segment,
            sheet=sheet,
            page_place=page,
            country=None,
            sound=None,
            role="customer" if labels[0].role == "customerTax" else None,
            is_vat=labels[0].role != "taxNumber",
        )


def _first_email(segments: list[Segment], sure: float) -> Found | None:
    for segment in segments:
        for one in emails_in(segment.text):
            return Found(value=one.value, confidence=sure, span=segment.span(one.start, one.end))
    return None


def _first_phone(segments: list[Segment], sure: float) -> Found | None:
    for place, segment in enumerate(segments):
        for one in phones_in(segment.text):
            before = segment.text[: one.start]
            if not before.strip(" :") and place:
                before = segments[place - 1].text
            if _PHONE_LABEL.search(before) or segment.text[one.start] == "+":
                if re.search(r"(?i)fax", before[-12:]):
                    continue
                return Found(value=one.value, confidence=sure, span=segment.span(one.start, one.end))
    return None
