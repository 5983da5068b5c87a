"""The label words of invoices, in all languages at once, and where they stand in a text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from docurift.model.job import DocumentType
from docurift.schemas.catalogue import HINTS, Schema, schema_of

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|#")
# `Handelsrechnung`, `Mietrechnung`: what ends so is a bill, but for the words in which a sum is drawn up.
_BILL_ENDINGS: Final = ("rechnung", "rechnungen", "factuur", "faktura")
_NO_BILLS: Final = frozenset({"abrechnung", "berechnung", "verrechnung", "anrechnung", "umrechnung"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text without case, accents and signs, and its place."""

    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a text: `text[start:end]` says that `role` is meant; `share` is its part of the text's letters."""

    role: str
    start: int
    end: int
    share: float


Phrases = Mapping[tuple[str, ...], str]


def tokens_of(text: str) -> list[Token]:
    """The words and numbers of `text`; a word broken at the line's end (`Positions- betrag`) is one."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        plain = _plain(match.group())
        broken = found and plain.isalpha() and text[found[-1].end : match.start()] == "- "
        if broken and match.group().islower():
            found[-1] = Token(found[-1].plain + plain, found[-1].start, match.end())
        else:
            found.append(Token(plain, match.start(), match.end()))
    return found


def labels_in(text: str, phrases: Phrases) -> list[Label]:
    """The labels in `text` from left to right: at each place the longest."""
    tokens = tokens_of(text)
    letters = sum(len(token.plain) for token in tokens if token.plain.isalpha()) or 1
    found: list[Label] = []
    at = 0
    while at < len(tokens):
        length, role = _longest(tokens, at, phrases)
        if role is None:
            at += 1
            continue
        said = tokens[at : at + length]
        share = sum(len(token.plain) for token in said if token.plain.isalpha()) / letters
        found.append(Label(role, said[0].start, said[-1].end, share))
        at += length
    return found


@cache
def phrases_for(kind: str) -> Phrases:
    """The label phrases of a kind (`number`, `date`, `amount`, `party`, `column`, `title`, `tax`), with their roles."""
    schema = schema_of(DocumentType.INVOICE)
    phrases: dict[tuple[str, ...], str] = {}
    # What is named first wins where two roles share a phrase: a schema's own fields before the others.
    for role, hints in _hints(schema, kind):
        for phrase in hints:
            phrases.setdefault(tuple(token.plain for token in tokens_of(phrase)), role)
    phrases.pop((), None)
    return phrases


def _longest(tokens: list[Token], at: int, phrases: Phrases) -> tuple[int, str | None]:
    for length in range(min(_LONGEST_PHRASE, len(tokens) - at), 0, -1):
        said = tuple(token.plain for token in tokens[at : at + length])
        role = phrases.get(said) or phrases.get((_bill(said[0]), *said[1:]))
        if role is None and length > 1 and tokens[at + 1].start - tokens[at].end == 1:
            # Kerning and OCR tear words: `Ver käufer`.
            role = phrases.get((_bill(said[0] + said[1]), *said[2:])) if len(said[0] + said[1]) >= _MIN_TORN else None
        if role is not None:
            return length, role
    return 0, None


def _bill(word: str) -> str:
    if word in _NO_BILLS:
        return word
    return next((ending for ending in _BILL_ENDINGS if word.endswith(ending)), word)


def _plain(word: str) -> str:
    folded = word.casefold().replace("\u0142", "l").replace("\u00f8", "o").replace("\u00e6", "ae")
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_LONGEST_PHRASE: Final = 6
_MIN_TORN: Final = 7
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("invoiceNumber",),
    "date": ("invoiceDate", "dueDate"),
    "amount": ("subtotal", "tax", "total"),
    "party": ("vendor", "customer"),
    "column": ("description", "quantity", "unitPrice", "total"),
}
_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("otherNumber", "title"),
    "date": ("otherDate",),
    "amount": ("due", "paid", "otherAmount"),
    "party": ("otherParty",),
    "column": (
        *("position", "code", "taxRate", "unit", "discount", "taxAmount", "grossTotal"),
        "otherColumn",
    ),
    "title": ("title",),
    "tax": ("customerTax", "vendorTax", "taxNumber"),
}


def _hints(schema: Schema, kind: str) -> Iterable[tuple[str, list[str]]]:
    properties = cast("Mapping[str, Schema]", schema["properties"])
    if kind == "column":
        properties = cast("Mapping[str, Schema]", properties["lineItems"]["items"]["properties"])
    for role in _FIELDS.get(kind, ()):
        yield role, _all(cast("Mapping[str, Any]", properties[role][HINTS]["labels"]))
    others = cast("Mapping[str, Mapping[str, Any]]", schema[HINTS]["others"])
    for role in _OTHERS.get(kind, ()):
        yield role, _all(others[role])


def _all(labels: Mapping[str, Any]) -> list[str]:
    return [phrase for phrases in labels.values() for phrase in cast("list[str]", phrases)]


# Read with this module: a jailed child may open no file any more.
for _kind in ("number", "date", "amount", "party", "column", "title", "tax"):
    phrases_for(_kind)
