"""When: the day and the time of the purchase."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.ranking import Features
from docurift.pipeline.extract.receipt.rows import Row
from docurift.pipeline.values.dates import DateOrder, PrintedDate, dates_in

_MAX_DAYS: Final = 40
# OCR drops the blank before the time, `10/02/201712:30`, and sees others, `10/02 /2017`.
_GLUED: Final = re.compile(r"(?<![\d/.-])\d{1,2}([-/.])\d{1,2}\1(?:20\d{2}|\d{2})(?=\d{1,2}\s?:\s?\d{2})")
_WIDE: Final = re.compile(r"(?<![\d/.-])\d{1,2} ?([-/.]) ?\d{1,2} ?\1 ?(?:20\d{2}|\d{2})(?![\d/-])")
_CLOCK: Final = re.compile(
    r"(?<![\d:.,/-])(?P<hour>[01]?\d|2[0-3])\s?(?P<sign>[:.h])\s?(?P<minute>[0-5]\d)(?:\s?[:.]\s?[0-5]\d)?"
    r"\s?(?P<half>[ap]\.?\s?m\b\.?)?(?![\d%]|[.,]\d|\s?[:/]\s?\d)"
)
_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Day:
    """A date on a row: `row.text[start:end]` says it."""

    row: Row
    start: int
    end: int
    value: date
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day: `row.text[start:end]` says it; `value` is as in `14:05`."""

    row: Row
    start: int
    end: int
    value: str
    sure: bool


def days_in(rows: Sequence[Row], order: DateOrder) -> list[Day]:
    """The dates of the receipt, from top to bottom."""
    found: list[Day] = []
    for row in rows:
        found.extend(Day(row, day.start, day.end, day.value, day.ambiguous) for day in _days(row.text, order))
        if len(found) > _MAX_DAYS:
            break
    return found


def day_features(day: Day, days: Sequence[Day]) -> Features:
    """What speaks for or against the date as that of the purchase."""
    line = cues.folded(day.row.text)
    before = line[: day.start]
    same = [other for other in days if other.value == day.value]
    return {
        "labelled": float(cues.DATED.search(before) is not None),
        "labelled otherwise": float(cues.UNDATED.search(before) is not None),
        "with a time": float(any(True for _ in clocks_in(day.row))),
        "times": min(len(same), 3) / 3,
        "first": float(day is days[0]),
        "last": float(day is days[-1]),
        "place": days.index(day) / max(len(days), 1),
        "latest": float(day.value == max(other.value for other in days)),
        "earliest": float(day.value == min(other.value for other in days)),
        "ambiguous": float(day.ambiguous),
        "alone": float(len(same) == len(days)),
    }


def clocks_in(row: Row) -> Iterator[Clock]:
    """The times of the day on `row`. `12.30` is one only where its row says so or a date stands before it."""
    line = cues.folded(row.text)
    told = cues.TIMED.search(line) is not None
    for match in _CLOCK.finditer(line):
        plain = match["sign"] == ":" or bool(match["half"])
        if plain or (told and match["sign"] != ".") or (told and match.start() > 0 and match["sign"] == "."):
            yield Clock(row, match.start(), match.end(), _time(match), plain)


def _time(match: re.Match[str]) -> str:
    hour = int(match["hour"])
    if match["half"] and hour <= _NOON:
        hour = hour % _NOON + (_NOON if match["half"].startswith("p") else 0)
    return f"{hour:02d}:{match['minute']}"


def _days(text: str, order: DateOrder) -> list[PrintedDate]:
    found = dates_in(text, order)
    for pattern in (_GLUED, _WIDE):
        for match in pattern.finditer(text):
            if any(day.start < match.end() and match.start() < day.end for day in found):
                continue
            close = match.group().replace(" ", "")
            found += [replace(day, start=match.start(), end=match.end()) for day in dates_in(close, order)[:1]]
    return sorted(found, key=lambda day: day.start)
