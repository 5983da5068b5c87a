"""Text that is broken into lines within a column of a table, where the words of other columns stand between them."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from docurift.model.result import Box, Word
from docurift.pipeline.lines import on_one_row

_WINDOW: Final = 120  # words, of all columns, until the text must have ended
_BLANK_HEIGHTS: Final = 1.5
_PITCH_HEIGHTS: Final = 2.2
_INDENT: Final = 0.02  # of the page's width


def column_from(words: Sequence[Word], start: int, wanted: str) -> tuple[int, ...] | None:
    """The words from `start` on, below each other in one column, that say the letters and digits `wanted`; None if
    they do not.
    """
    taken: list[int] = []
    rest = wanted
    for i in range(start, min(start + _WINDOW, len(words))):
        if taken and not _follows(words[taken[0]].box, words[taken[-1]].box, words[i].box):
            continue
        said = squashed(words[i].text)
        if not rest.startswith(said):
            return None
        taken.append(i)
        rest = rest[len(said) :]
        if not rest:
            return tuple(taken)
    return None


def squashed(text: str) -> str:
    """The letters and digits of `text`, without their case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _follows(first: Box, last: Box, box: Box) -> bool:
    """Whether the word at `box` goes on with the line of `last`, or begins the next line of the column."""
    height = last[3] - last[1]
    if on_one_row(last, box):
        return -height < box[0] - last[2] < _BLANK_HEIGHTS * height
    return abs(box[0] - first[0]) <= _INDENT and 0 < box[1] - last[1] <= _PITCH_HEIGHTS * height
