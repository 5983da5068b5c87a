"""Calendar days, read in the order in which the whole document writes them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from docurift.pipeline.values.months import month_of

_MIN_YEAR: Final = 1950
_MAX_YEAR: Final = 2099
# Two digits: business papers look back decades, and ahead a few years.
_PIVOT: Final = 60
_LAST_MONTH: Final = 12

_MONTH_FIRST_COUNTRIES: Final = frozenset({"US", "PH", "FM", "MH", "PW"})
_YEAR: Final = r"(?P<year>(?:19|20)\d{2}|['\u2019]?\d{2})"
_LONG_YEAR: Final = r"(?P<year>(?:19|20)\d{2})"
_NAME: Final = r"(?P<month>[^\W\d_]{3,12})\.?"
_DAY: Final = r"(?P<day>\d{1,2})"
_START: Final = r"(?<![\w/.,-])"
_STOP: Final = r"(?!\w|[-/.,]\w)"
_ORDINAL: Final = r"(?:st|nd|rd|th|er|e|\u00ba|\u00aa|o|\.)?"
_OF: Final = r"(?:(?:de|del|di|of)\s+)?"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # 2018-03-05, 2018/3/5, 2018.03.05; a time may follow
        rf"{_START}{_LONG_YEAR}(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign){_DAY}(?:(?=T\d\d:)|{_STOP})",
        # 05.03.2018, 5/3/18, 05-03-2018, 05. 03. 2018
        rf"{_START}(?P<first>\d{{1,2}})(?P<sign>[-/.])[ ]?(?P<second>\d{{1,2}})(?P=sign)[ ]?{_YEAR}{_STOP}",
        # 5 March 2018, 5. M\u00e4rz 2018, 5 de marzo de 2018, 1er janvier 2024, 5-Mar-18
        rf"{_START}{_DAY}{_ORDINAL}(?:\s+|-|/|(?<=\.)){_OF}{_NAME},?(?:\s+|-|/){_OF}{_YEAR}{_STOP}",
        # 5March2018 and 05MAR2018, as machines print it
        rf"{_START}{_DAY}{_NAME}{_LONG_YEAR}{_STOP}",
        # March 5, 2018; Mar-05-2018
        rf"{_START}{_NAME}(?:\s+|-){_DAY}{_ORDINAL},?(?:\s+|-){_LONG_YEAR}{_STOP}",
        # 2018 March 5, 2018-Mar-05
        rf"{_START}{_LONG_YEAR}(?:\s+|-|/){_NAME}(?:\s+|-|/){_DAY}{_STOP}",
    )
)
_COMPACT: Final = re.compile(rf"{_START}(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01]){_STOP}")
_NUMERIC: Final = _FORMS[1]


class DateOrder(StrEnum):
    """What comes first in `05/03/2018`."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDate:
    """A day in a text: `text[start:end]` says it. An open reading (`05/03/2018`) is `ambiguous`: the order of the
    document decided it.
    """

    start: int
    end: int
    value: date
    ambiguous: bool = False


def date_order(texts: Iterable[str], *, country: str | None = None) -> DateOrder:
    """The document's order: from its dates that can be read in one way only, else from the country: only a
    few, the United States first of them, begin with the month, whatever the language.
    """
    day_first = month_first = 0
    for text in texts:
        for match in _NUMERIC.finditer(text):
            first, second = int(match["first"]), int(match["second"])
            day_first += first > _LAST_MONTH >= second
            month_first += second > _LAST_MONTH >= first
    if day_first != month_first:
        return DateOrder.DAY_FIRST if day_first > month_first else DateOrder.MONTH_FIRST
    if country in _MONTH_FIRST_COUNTRIES:
        return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST


def dates_in(text: str, order: DateOrder, *, compact: bool = False) -> list[PrintedDate]:
    """The days of `text`, from left to right, none overlapping; `20180305` only if `compact`, since it may be any
    number.
    """
    found: list[PrintedDate] = []
    for form in (*_FORMS, _COMPACT) if compact else _FORMS:
        for match in form.finditer(text):
            day = _printed(match, order)
            if day is not None and not any(day.start < other.end and other.start < day.end for other in found):
                found.append(day)
    return sorted(found, key=lambda day: day.start)


def _printed(match: re.Match[str], order: DateOrder) -> PrintedDate | None:
    parts = match.groupdict()
    year = _year(parts["year"])
    ambiguous = False
    if "first" in parts:
        day, month, ambiguous = _ordered(int(parts["first"]), int(parts["second"]), parts["sign"], order)
    else:
        named = parts["month"]
        month = int(named) if named.isdigit() else month_of(named)
        day = int(parts["day"])
    if month is None:
        return None
    try:
        value = date(year, month, day)
    except ValueError:  # no such day
        return None
    if not _MIN_YEAR <= year <= _MAX_YEAR:
        return None
    return PrintedDate(start=match.start(), end=match.end(), value=value, ambiguous=ambiguous)


def _ordered(first: int, second: int, sign: str, order: DateOrder) -> tuple[int, int, bool]:
    """Day, month, and whether the document's order decided."""
    if first > _LAST_MONTH:
        return first, second, False
    if second > _LAST_MONTH:
        return second, first, False
    if sign == ".":  # points are written where the day comes first
        return first, second, False
    if order is DateOrder.MONTH_FIRST:
        return second, first, first != second
    return first, second, first != second


def _year(text: str) -> int:
    digits = text.lstrip("'\u2019")
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004
        return year
    return 2000 + year if year < _PIVOT else 1900 + year
