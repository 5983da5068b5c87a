"""Days as they are printed: `05.03.2018`, `5/3/18`, `2018-03-05`, `5. März 2018`, `March 5th, 2018`."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from docurift.model.result import Page

_NUMERIC: Final = re.compile(r"(?<!\d)(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)", re.ASCII)
_COMPACT: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)", re.ASCII)
_YEAR: Final = re.compile(r"(?:19|20)\d\d", re.ASCII)
_DAY: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?", re.ASCII)
_PREPOSITIONS: Final = frozenset({"de", "del", "di", "of", "den"})
_LONGEST: Final = 5  # words: `5 de marzo de 2018`
_SHORTEST_NAME: Final = 3
_CENTURY: Final = 2000
_LAST_MONTH: Final = 12
_MONTHS: Final = (
    "january jan januar janvier janv enero gennaio januari janeiro styczen stycznia",
    "february feb februar fevrier fevr febrero febbraio februari fevereiro luty lutego",
    "march mar marz mars marzo maart marco marzec marca mrz maerz",
    "april apr avril avr abril aprile kwiecien kwietnia",
    "may mai mayo maggio mei maio maj maja",
    "june jun juni juin junio giugno junho czerwiec czerwca",
    "july jul juli juillet juil julio luglio julho lipiec lipca",
    "august aug aout agosto augustus sierpien sierpnia",
    "september sep sept septembre septiembre settembre setembro wrzesien wrzesnia",
    "october oct oktober okt octobre octubre ottobre outubro pazdziernik pazdziernika",
    "november nov novembre noviembre novembro listopad listopada",
    "december dec dezember dez decembre diciembre dicembre dezembro grudzien grudnia",
)
_MONTH_OF: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


def dates_on(page: Page, language: str | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each day on the page as `YYYY-MM-DD`, with the words that say it; one that can be read in two orders, in
    each of them that the language knows.
    """
    texts = [word.text for word in page.words]
    for i, text in enumerate(texts):
        if not any(character.isdigit() for character in text) and _month(text) is None:
            continue
        for day in dict.fromkeys((*_numeric(text, language), *_compact(text))):
            yield day, (i,)
        for size in (_SHORTEST_NAME, _LONGEST):
            day = _spelled(texts[i : i + size]) if i + size <= len(texts) else None
            if day is not None:
                yield day, tuple(range(i, i + size))


def _numeric(text: str, language: str | None) -> Iterator[str]:
    for first, sign, second, third in _NUMERIC.findall(text):
        if len(first) == len("2018"):
            yield from _valid(first, second, third)
            continue
        yield from _valid(third, second, first)
        # Where the day stands second, only a language or a number above 12 can tell.
        if sign != "." and (language == "en" or int(second) > _LAST_MONTH):
            yield from _valid(third, first, second)


def _compact(text: str) -> Iterator[str]:
    """`20180305`, as programs write it."""
    for year, month, day in _COMPACT.findall(text):
        yield from _valid(year, month, day)


def _spelled(words: list[str]) -> str | None:
    """Day, name of the month and year, or the name first."""
    parts = [word.strip(",;:()") for word in words if word.casefold() not in _PREPOSITIONS]
    if len(parts) != len(("day", "month", "year")) or _YEAR.fullmatch(parts[2].rstrip(".")) is None:
        return None
    month, day = (_month(parts[0]), parts[1]) if _month(parts[0]) else (_month(parts[1]), parts[0])
    found = _DAY.fullmatch(day)
    if month is None or found is None:
        return None
    return next(_valid(parts[2].rstrip("."), str(month), found[1]), None)


def _month(word: str) -> int | None:
    letters = unicodedata.normalize("NFKD", word.casefold().replace("ł", "l"))
    return _MONTH_OF.get("".join(c for c in letters if c.isalpha() and c.isascii()))


def _valid(year: str, month: str, day: str) -> Iterator[str]:
    try:
        yield date(int(year) + (_CENTURY if len(year) == len("18") else 0), int(month), int(day)).isoformat()
    except ValueError:
        return
