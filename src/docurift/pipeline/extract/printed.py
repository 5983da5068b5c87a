"""Finds on the pages what is known already: where a text, a number or a day is printed, in its usual spellings."""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Final

from docurift.model.result import Page
from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.extract.printed_columns import column_from, squashed
from docurift.pipeline.extract.printed_dates import dates_on
from docurift.pipeline.extract.printed_numbers import decimal_sign_of, numbers_on

# What stands on every line of a long document is looked at this often, then it says nothing about one place.
_MOST_PLACES: Final = 300
_LONGEST_TOKEN: Final = 64
# A postal code and its city may be printed without a blank.
_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+")

Place = tuple[int, tuple[int, ...]]
"""The index of a page, and of the words on it."""


class Printed:
    """The pages, looked up by what they say. Each look-up gives the places in the order of the document."""

    def __init__(self, pages: Sequence[Page], language: str | None) -> None:
        self._pages, self._language = pages, language

    def text(self, value: str, *, since: int = 0) -> list[Span]:
        """Where words say `value`, from page `since` on: its letters and digits, whatever stands between them. Places
        where it is part of longer words, and those where other columns stand between its lines, are given only where
        there are no others.
        """
        wanted = squashed(value)
        starts = self._beginnings(wanted, since)
        runs = list(self._runs(wanted, starts))
        whole = [(page, run) for page, run, is_whole in runs if is_whole]
        return self._spans(whole or [(page, run) for page, run, _ in runs] or list(self._columns(wanted, starts)))

    def identifier(self, value: str) -> list[Span]:
        """Where words say `value` and nothing else: a part of a longer number is another number."""
        wanted = squashed(value)
        runs = self._runs(wanted, self._beginnings(wanted, 0))
        return self._spans([(page, run) for page, run, is_whole in runs if is_whole])

    def code(self, value: str) -> list[Span]:
        """Where `value` stands as a word of its own, in the very same letters."""
        return self._spans(self._words.get(value, []))

    def number(self, value: float, *, on: int | None = None) -> list[Span]:
        """Where the number is printed, in any way that numbers are; only on page `on` if that is given."""
        places = self._numbers.get(Decimal(str(value)), {})
        pages = places if on is None else [index for index in places if self._pages[index].number == on]
        return self._spans([place for index in pages for place in places[index]])

    def day(self, value: str) -> list[Span]:
        """Where the day `YYYY-MM-DD` is printed, in any way that days are."""
        return self._spans(self._days.get(value, []))

    def _spans(self, places: Sequence[Place]) -> list[Span]:
        return [span_of(self._pages[page], words) for page, words in places[:_MOST_PLACES]]

    @cached_property
    def _tokens(self) -> list[list[tuple[str, int, bool, bool]]]:
        """Of each page the runs of letters and digits: text, word, whether it begins and whether it ends its word."""
        return [list(_tokens_of(page)) for page in self._pages]

    @cached_property
    def _starts(self) -> dict[str, list[tuple[int, int]]]:
        starts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, tokens in enumerate(self._tokens):
            for i, (text, _, _, _) in enumerate(tokens):
                starts[text].append((number, i))
        return starts

    @cached_property
    def _words(self) -> dict[str, list[Place]]:
        words: dict[str, list[Place]] = defaultdict(list)
        for number, page in enumerate(self._pages):
            for i, word in enumerate(page.words):
                words[word.text.strip(".,;:()[]")].append((number, (i,)))
        return words

    @cached_property
    def _numbers(self) -> dict[Decimal, dict[int, list[Place]]]:
        """By number and page: a small number stands on every page of a long document."""
        sign = decimal_sign_of(self._pages, self._language)
        numbers: dict[Decimal, dict[int, list[Place]]] = defaultdict(dict)
        for index, page in enumerate(self._pages):
            for value, words in numbers_on(page, sign):
                numbers[value].setdefault(index, []).append((index, words))
        return numbers

    @cached_property
    def _days(self) -> dict[str, list[Place]]:
        days: dict[str, list[Place]] = defaultdict(list)
        for number, page in enumerate(self._pages):
            for value, words in dates_on(page, self._language):
                days[value].append((number, words))
        return days

    def _columns(self, wanted: str, starts: Sequence[tuple[int, int]]) -> Iterator[Place]:
        """Lines under each other that say `wanted` together."""
        for page, start in starts:
            words = column_from(self._pages[page].words, self._tokens[page][start][1], wanted)
            if words:
                yield page, words

    def _runs(self, wanted: str, starts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, ...], bool]]:
        """Runs of tokens that say `wanted`: page, words, and whether the words say nothing else."""
        for page, start in starts:
            tokens, rest, end = self._tokens[page], wanted, start
            while rest and end < len(tokens) and rest.startswith(tokens[end][0]):
                rest, end = rest[len(tokens[end][0]) :], end + 1
            if not rest:
                _, first, begins, _ = tokens[start]
                _, last, _, ends = tokens[end - 1]
                yield page, tuple(range(first, last + 1)), begins and ends

    def _beginnings(self, wanted: str, since: int) -> list[tuple[int, int]]:
        """The tokens that `wanted` may begin with, page and token, from page `since` on."""
        first = bisect_left(self._pages, since, key=lambda page: page.number)
        longest_first = range(min(len(wanted), _LONGEST_TOKEN), 0, -1)
        known = (places for end in longest_first if (places := self._starts.get(wanted[:end])))
        starts = (place for places in known for place in islice(places, bisect_left(places, (first, 0)), None))
        return sorted(islice(starts, _MOST_PLACES))


def _tokens_of(page: Page) -> Iterator[tuple[str, int, bool, bool]]:
    for i, word in enumerate(page.words):
        parts = _TOKEN.findall(unicodedata.normalize("NFKC", word.text).casefold())
        for k, part in enumerate(parts):
            yield part, i, k == 0, k == len(parts) - 1
