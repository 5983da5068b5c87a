"""Amounts of money and other numbers, read as the whole document writes them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from docurift.pipeline.values import currencies


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BLANKS: Final = " \u00a0\u2007\u2009\u202f"
_FIXED_BLANKS: Final = "\u00a0\u2007\u2009\u202f"
_APOSTROPHES: Final = "'\u2019\u00b4`"
_MINUS: Final = "-\u2212\u2013\u2010\u2011"
# Who writes a comma before the cents; where neither the document nor this list says more, a point is read.
_COMMA_LANGUAGES: Final = _words(
    "de fr es it nl pt pl da sv nb no nn fi cs sk hu ro bg hr sl sr lt lv et el tr ru uk be id vi ca is"
)
_POINT_LANGUAGES: Final = _words("en ja zh ko he th hi ms mt ga cy")
_COMMA_CURRENCIES: Final = _words("EUR PLN CZK SEK NOK DKK HUF RON BGN TRY RUB UAH BRL ARS CLP COP IDR VND ISK")
_BLANK_LANGUAGES: Final = _words("fr pl cs sk hu sv nb no nn fi ru uk be bg lt lv et pt")
_LONGEST: Final = 24  # within the 28 digits that decimal arithmetic keeps

# Digits, grouped or not, perhaps with decimals; `1,-` and `1,—` say that there are no cents.
_NUMBER: Final = (
    rf"\d{{1,3}}(?:[.,{_APOSTROPHES}{_FIXED_BLANKS}]\d{{2,3}})+(?:[.,]\d{{1,6}})?(?!\d)"
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d{1,6})?(?!\d)"
    r"|\d+(?:[.,]\d{1,6})?"
    r"|[.,]\d{2}"
)
_CURRENCY: Final = currencies.PATTERN
_AMOUNT: Final = re.compile(
    rf"(?<![\w.,/:{_APOSTROPHES}#])(?<!\w[{_MINUS}])"
    rf"(?P<open>\()?"
    rf"(?:(?P<minus>[{_MINUS}])[{_BLANKS}]?)?"
    rf"(?:(?P<before>{_CURRENCY})[{_BLANKS}]?)?"
    rf"(?:(?P<inner>[{_MINUS}+])[{_BLANKS}]?)?"
    rf"(?P<number>{_NUMBER})"
    rf"(?:(?P<dash>,[{_MINUS}\u2014]{{1,2}}|\.[{_MINUS}\u2014]{{1,2}})(?![\w]))?"
    rf"(?P<trailing>[{_MINUS}](?![{_MINUS}\w]))?"
    rf"(?:[{_BLANKS}]?(?P<after>{_CURRENCY})(?![^\W\d_]))?"
    rf"(?P<close>\))?"
    rf"(?:(?P<percent>[{_BLANKS}]?[%\u2030])|(?P<credit>[{_BLANKS}]CR\b))?"
    rf"(?![\w/:{_APOSTROPHES}]|[.,]\d|-\w)"
)
_PLAIN_GROUPS: Final = re.compile(rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+[.,]\d{{2}}(?!\d)")
_LITERAL: Final = re.compile(r"(?<![\w.,/:-])\d+(?:[.,]\d+)+(?![\w/:]|[.,]\d|-\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How a document writes numbers: its decimal sign, `.` or `,`, and whether a plain blank groups thousands."""

    decimal: str = "."
    blank_groups: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number in a text: `text[start:end]` says it with its sign, and with its currency only if that stands between
    them. `decimals` is how many digits it has behind the decimal sign; `currency` is the sign or code beside it as
    printed. An open reading (`1.234`) is `ambiguous`: the document's style decided it.
    """

    start: int
    end: int
    value: Decimal
    decimals: int
    currency: str | None = None
    percent: bool = False
    ambiguous: bool = False


def number_style(texts: Iterable[str], *, language: str | None, currency: str | None = None) -> NumberStyle:
    """The document's style: from its numbers that can be read in one way only, else from its language or currency."""
    votes: Counter[str] = Counter()
    blanks = False
    for text in texts:
        votes.update(sign for match in _LITERAL.finditer(text) if (sign := _told(match.group())))
        blanks = blanks or _PLAIN_GROUPS.search(text) is not None
    usual = _usual(language, currency)
    points, commas = votes["."], votes[","]
    # The usual sign needs less: a stray `12,50` in English is a misprint or a quotation.
    decimal = "." if points > commas else "," if commas > points else usual
    return NumberStyle(decimal=decimal, blank_groups=blanks and (decimal == "," or language in _BLANK_LANGUAGES))


def amounts_in(text: str, style: NumberStyle) -> list[Amount]:
    """The numbers of `text` that may be amounts, from left to right: none that is part of a word, a date or a code."""
    found: list[Amount] = []
    place = 0
    while (match := _AMOUNT.search(text, place)) is not None:
        amount = _amount(match, style)
        place = amount.end if amount is not None else match.end("number")
        if amount is not None:
            found.append(amount)
    return found


def amount_of(text: str, style: NumberStyle) -> Amount | None:
    """The amount that `text` is as a whole, but for blanks and its currency."""
    match = _AMOUNT.fullmatch(text.strip())
    return None if match is None else _amount(match, style)


def _amount(match: re.Match[str], style: NumberStyle) -> Amount | None:
    number = match["number"]
    if len(number) > _LONGEST or (match["open"] and not match["close"]):
        return None
    number, end = _ungrouped(number, match, style)
    digits, decimals, ambiguous = _digits(number, style.decimal)
    if digits is None:
        return None
    negative = bool(match["minus"] or match["inner"] in tuple(_MINUS) or match["trailing"] or match["credit"])
    negative = negative or bool(match["open"] and match["close"])
    whole = end == match.end("number")
    return Amount(
        start=_start(match),
        end=_end(match) if whole else end,
        value=-Decimal(digits) if negative else Decimal(digits),
        decimals=decimals,
        currency=(match["before"] or match["after"]) if whole else match["before"],
        percent=bool(match["percent"]) and whole,
        ambiguous=ambiguous,
    )


def _ungrouped(number: str, match: re.Match[str], style: NumberStyle) -> tuple[str, int]:
    """The number and its end; only its first digits where blanks do not group: `2 100.00` is a two and a hundred."""
    if " " in number and not style.blank_groups:
        first = number.split(" ", 1)[0]
        return first, match.start("number") + len(first)
    return number, match.end("number")


def _start(match: re.Match[str]) -> int:
    return min(match.start(name) for name in ("open", "minus", "inner", "number") if match[name])


def _end(match: re.Match[str]) -> int:
    ends = [match.end(name) for name in ("number", "dash", "trailing") if match[name]]
    return match.end("close") if match["open"] and match["close"] else max(ends)


def _digits(number: str, decimal: str) -> tuple[str | None, int, bool]:
    """The number in Python's spelling, its decimals, and whether it could be read in another way."""
    for sign in _BLANKS + _APOSTROPHES:
        number = number.replace(sign, "")
    signs = [c for c in number if c in ".,"]
    if not signs:
        return number, 0, False
    told = _told(number)
    if told is None and len(set(signs)) > 1:
        return None, 0, False
    if told is None and len(signs) > 1:
        return None, 0, False
    sign = told or decimal
    if sign not in signs:
        return number.replace(",", "").replace(".", ""), 0, told is None
    whole, _, cents = number.rpartition(sign)
    return f"{whole.replace('.', '').replace(',', '') or '0'}.{cents}", len(cents), told is None


def _told(number: str) -> str | None:
    """The decimal sign that this number, read by itself, leaves no doubt about."""
    signs = [c for c in number if c in ".,"]
    if not signs:
        return None
    last = signs[-1]
    groups = re.split(r"[.,]", number)
    if len(set(signs)) > 1:
        sound = signs.count(last) == 1 and _grouped(groups[:-1])
        return last if sound else None
    if len(signs) > 1:
        return ({".": ",", ",": "."}[last]) if _grouped(groups) else None
    whole, cents = groups
    # Three digits behind a single sign may be thousands, unless there is nothing, or a zero, before it.
    return None if len(cents) == 3 and 0 < len(whole) <= 3 and not whole.startswith("0") else last  # noqa: PLR2004


def _grouped(groups: list[str]) -> bool:
    """Thousands in threes, or the Indian way: the last three digits, then pairs."""
    if len(groups) == 1:
        return True
    western = all(len(group) == 3 for group in groups[1:])  # noqa: PLR2004
    indian = len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1])  # noqa: PLR2004
    return 1 <= len(groups[0]) <= 3 and (western or indian)  # noqa: PLR2004


def _usual(language: str | None, currency: str | None) -> str:
    if currency == "CHF":
        return "."
    if language in _COMMA_LANGUAGES:
        return ","
    if language in _POINT_LANGUAGES:
        return "."
    return "," if currency in _COMMA_CURRENCIES else "."
