"""What the classifier looks at: the words of the first pages, hashed, and a few numbers about their layout.

Training and reading call the same function, so a change here asks for a new model (`python -m tools.train_classifier`).
"""

import math
import statistics
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from docurift.model.result import Page, Word

BUCKETS: Final = 1 << 15
_PAGES = 2
# The type of a document is told by its title, its labels and the heads of its tables, and those come first; the words
# of a page more cost time and change nothing.
_WORDS = 700
_NGRAM = 4
_LONGEST = 24
_TITLE_HEIGHT = 1.35
_TITLE_WORDS = 24
_EDGE_SIGNS = ".,:;()[]{}<>\"'`|/\\*_=~!?-\u2013\u2014\u2022\u201e\u201c\u201d\u00ab\u00bb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`buckets` are indexes below `BUCKETS`, each with its weight; `numbers` are the layout's, about 0-1 each."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    numbers: NDArray[np.float32]


def features_of(pages: Sequence[Page]) -> Features:
    """The features of a document; those of an empty one are all nought."""
    first = [page for page in pages if page.failure is None][:_PAGES]
    words = [word for page in first for word in _words(page)][:_WORDS]
    tokens = [plain(word.text) for word in words]
    weights: dict[int, float] = {}
    for kind in (
        Counter(f"w{token}" for token in tokens if token),
        Counter(_pairs(words, tokens)),
        Counter(_ngrams(tokens)),
        Counter(f"t{token}" for token in _title(words, tokens)),
    ):
        _add(weights, kind)
    return Features(
        buckets=np.fromiter(weights, dtype=np.int64, count=len(weights)),
        weights=np.fromiter(weights.values(), dtype=np.float32, count=len(weights)),
        numbers=np.array(_numbers(first, words), dtype=np.float32),
    )


def plain(text: str) -> str:
    """A word without what varies: case, digits, signs around it."""
    token = text.casefold().strip(_EDGE_SIGNS)[:_LONGEST]
    if any(c.isdigit() for c in token):
        return "".join("0" if c.isdigit() else c for c in token) if any(c.isalpha() for c in token) else "0"
    return token


def _words(page: Page) -> Sequence[Word]:
    """The page's words; those of its blocks where the format has no places."""
    if page.words:
        return page.words
    nowhere = (0.0, 0.0, 0.0, 0.0)
    return [Word(text, nowhere) for block in page.blocks for text in block.text.split()]


def _pairs(words: Sequence[Word], tokens: Sequence[str]) -> Iterator[str]:
    """Neighbours on one line."""
    for i, (left, right) in enumerate(pairwise(words)):
        first, second = tokens[i], tokens[i + 1]
        if first and second and abs(left.box[1] - right.box[1]) <= left.box[3] - left.box[1]:
            yield f"p{first} {second}"


def _ngrams(tokens: Sequence[str]) -> Iterator[str]:
    """Runs of letters, which survive compound words, inflection and a letter misread."""
    for token in tokens:
        if token.isdigit() or not token:
            continue
        padded = f"_{token}_"
        yield from (f"c{padded[i : i + _NGRAM]}" for i in range(max(1, len(padded) - _NGRAM + 1)))


def _title(words: Sequence[Word], tokens: Sequence[str]) -> list[str]:
    """The words in large print."""
    heights = [word.box[3] - word.box[1] for word in words]
    usual = statistics.median(heights) if heights else 0.0
    large = [token for token, height in zip(tokens, heights, strict=True) if token and height > usual * _TITLE_HEIGHT]
    return large[:_TITLE_WORDS]


def _add(weights: dict[int, float], kind: Counter[str]) -> None:
    """Each kind of feature has the length one, whatever the document's."""
    length = math.sqrt(sum(math.log1p(count) ** 2 for count in kind.values()))
    for name, count in kind.items():
        bucket = zlib.crc32(name.encode()) % BUCKETS
        weights[bucket] = weights.get(bucket, 0.0) + math.log1p(count) / length


def _numbers(pages: Sequence[Page], words: Sequence[Word]) -> tuple[float, ...]:
    if not pages:
        return (0.0,) * 6
    first = pages[0]
    count = len(words)
    numeric = sum(any(c.isdigit() for c in word.text) for word in words) / max(1, count)
    return (
        min(3.0, first.height / first.width) / 3 if first.width else 0.0,
        math.log1p(count) / math.log1p(_WORDS),
        numeric,
        sum(len(word.text) for word in words) / max(1, count) / 10,
        min(4, len(first.tables)) / 4,
        min(10, max((table.columns for table in first.tables), default=0)) / 10,
    )
