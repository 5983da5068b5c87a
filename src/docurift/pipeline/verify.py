"""Verification: is the quoted text really printed there? (extraction.md section 9)"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from docurift.model.result import Box, Page, Word
from docurift.pipeline.ports import box_union

# Boxes of values are unions of boxes of words: a quarter of a line is what rounding and skew may add.
_GROWTH_LINES = 0.25


def proven(page: Page, text: str, box: Box) -> Box | None:
    """The place where the page says exactly `text`: `box`, another one if it stands elsewhere, None if nowhere.

    Blanks, letter case and compatibility forms (NFKC) make no difference; a single digit does.
    """
    wanted = _plain([text])
    if not wanted:
        return None
    if _plain(word.text for word in _inside(page.words, box)) == wanted:
        return box
    return _elsewhere(page.words, wanted)


def says(words: Iterable[Word], text: str) -> bool:
    """Whether the words say exactly `text`, to the measure of `proven`."""
    return _plain(word.text for word in words) == _plain([text])


def standing(page: Page, text: str) -> list[range]:
    """Every run of whole words that says exactly `text`, as indexes into the page's words."""
    wanted = _plain([text])
    return list(_runs(page.words, wanted)) if wanted else []


def _inside(words: Sequence[Word], box: Box) -> list[Word]:
    grown = _GROWTH_LINES * (box[3] - box[1])
    x0, y0, x1, y1 = box[0] - grown, box[1] - grown, box[2] + grown, box[3] + grown
    return [
        word
        for word in words
        if x0 <= (word.box[0] + word.box[2]) / 2 <= x1 and y0 <= (word.box[1] + word.box[3]) / 2 <= y1
    ]


def _elsewhere(words: Sequence[Word], wanted: str) -> Box | None:
    """Around the first run of whole words that says `wanted`."""
    first = next(_runs(words, wanted), None)
    return None if first is None else box_union(words[i].box for i in first)


def _runs(words: Sequence[Word], wanted: str) -> Iterator[range]:
    plain = [_plain_word(word.text) for word in words]
    for start, first in enumerate(plain):
        if not first or not wanted.startswith(first):
            continue
        rest, end = wanted[len(first) :], start + 1
        while rest and end < len(plain) and rest.startswith(plain[end]):
            rest, end = rest[len(plain[end]) :], end + 1
        if not rest:
            yield range(start, end)


@lru_cache(maxsize=16_384)
def _plain_word(text: str) -> str:
    """Kept: a page is gone through once for every value whose place it does not say."""
    return _plain([text])


def _plain(parts: Iterable[str]) -> str:
    joined = unicodedata.normalize("NFKC", "".join(parts)).casefold()
    return "".join(joined.split())
