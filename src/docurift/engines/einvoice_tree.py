"""Looks into the XML of an e-invoice by local names: prefixes and namespaces differ between versions, names do not.

A path is `A/B|C/D`: children of children, `|` parts the names that one element has had in different versions.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from docurift.engines.markup import Element, local_name

MAX_LINES: Final = 10_000  # of an invoice; a longer list would not fit into an answer
_MAX_TEXT_CHARACTERS: Final = 5_000
# No invoice counts further; what `Decimal` would take beyond it, an exponent in a short text, is no amount.
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
_DATE: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:(?:T.*)|Z|[+-]\d\d:\d\d)?", re.ASCII)


def elements_at(element: Element, path: str) -> Iterator[Element]:
    """The elements that `path` leads to from `element`, in the order of the document."""
    step, _, rest = path.partition("/")
    names = step.split("|")
    for child in element:
        if local_name(child) in names:
            if rest:
                yield from elements_at(child, rest)
            else:
                yield child


def element_at(element: Element | None, path: str) -> Element | None:
    """The first of them."""
    return None if element is None else next(elements_at(element, path), None)


def text_at(element: Element | None, *paths: str) -> str | None:
    """The first text that one of the paths leads to, blanks made single; an element that is there and empty says
    nothing.
    """
    if element is None:
        return None
    texts = (text_of(found) for path in paths for found in elements_at(element, path))
    return next(filter(None, texts), None)


def text_of(element: Element) -> str | None:
    """What `element` says, blanks made single."""
    return " ".join((element.text or "").split())[:_MAX_TEXT_CHARACTERS] or None


def decimal_at(element: Element | None, path: str) -> Decimal | None:
    """The number there, if it is one."""
    return decimal_of(text_at(element, path))


def decimal_of(text: str | None) -> Decimal | None:
    """`text` as a number, if it is one."""
    return Decimal(text) if text is not None and _NUMBER.fullmatch(text) else None


def date_of(text: str | None) -> str | None:
    """A day as `YYYY-MM-DD`, from `YYYYMMDD` (format 102 of CII) or ISO 8601; None if it is no day of the calendar."""
    found = _DATE.fullmatch(text or "")
    if found is None:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


def amount_in(amounts: Iterator[Element], currency: str | None) -> Decimal | None:
    """The amount in this currency, else the first of no currency or of any: a tax is given in that of its books too."""
    found = [(one.get("currencyID"), decimal_of(text_of(one))) for one in amounts]
    numbers = [(code, number) for code, number in found if number is not None]
    own = [number for code, number in numbers if code == currency]
    return next(iter(own or [number for _, number in numbers]), None)


def unit_price(price: Decimal | None, basis: Decimal | None) -> Decimal | None:
    """The price of one, of a price that is given for `basis` of them."""
    if price is None or basis is None or basis in (0, 1):
        return price
    return round(price / basis, 10)


def joined(*parts: str | None) -> str | None:
    """Lines of an address as one text."""
    return ", ".join(filter(None, parts)) or None


def mail_address(*candidates: str | None) -> str | None:
    """The first that is an e-mail address; electronic addresses may be numbers of other networks."""
    return next((one for one in candidates if one and "@" in one), None)
