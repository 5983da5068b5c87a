"""Of several places that say the same, the one that means it: beside its label, or near what belongs to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from docurift.model.result import Box, Page
from docurift.pipeline.extract.found import Span
from docurift.pipeline.extract.printed_columns import squashed
from docurift.pipeline.lines import on_one_row
from docurift.schemas.catalogue import HINTS, Schema

_LABEL_WORDS: Final = 8  # to the left of a value that may be its label
_WINDOW: Final = 200  # a label is read before its value, with few rows between
_REACH: Final = 0.5  # of the page's width
_DROP_HEIGHTS: Final = 3.0
_PAGES_APART: Final = 10.0  # farther than anything on one page


def labels_of(schema: Schema) -> frozenset[str]:
    """The labels of a property in all languages, as `spoken`; a document may be in two of them."""
    by_language = cast("Mapping[str, Sequence[str]]", schema.get(HINTS, {}).get("labels", {}))
    return frozenset(spoken(label.split()) for labels in by_language.values() for label in labels)


def spoken(words: Iterable[str]) -> str:
    """The letters and digits of the words, blanks between them."""
    return " ".join(filter(None, map(squashed, words)))


def labelled(spans: Iterable[Span], pages: Mapping[int, Page], labels: frozenset[str]) -> list[Span]:
    """Those beside or under one of the labels, those beside it first."""
    if not labels:
        return []
    found = [(rank, span) for span in spans if (rank := _rank(span, pages[span.page], labels)) is not None]
    return [span for _, span in sorted(found, key=lambda one: one[0])]


def nearest(spans: Iterable[Span], anchor: Span, *, within: float = _PAGES_APART) -> Span | None:
    """The one that stands nearest to `anchor`, at most `within` pages away; rows weigh more than columns."""
    close = [(distance(span, anchor), span) for span in spans]
    return min((one for one in close if one[0] <= within), key=lambda one: one[0], default=(0.0, None))[1]


def distance(a: Span, b: Span) -> float:
    """How far apart the two stand, in heights of a page."""
    if a.page != b.page:
        return _PAGES_APART * abs(a.page - b.page)
    return _gap(a.box[1], a.box[3], b.box[1], b.box[3]) + 0.3 * _gap(a.box[0], a.box[2], b.box[0], b.box[2])


def _gap(a0: float, a1: float, b0: float, b1: float) -> float:
    return max(0.0, b0 - a1, a0 - b1)


def _rank(span: Span, page: Page, labels: frozenset[str]) -> int | None:
    """0 beside a label, 1 under one."""
    for rank, says in enumerate((_beside, _above)):
        before = page.words[max(0, span.words[0] - _WINDOW) : span.words[0]]
        around = [word.text for word in before if says(word.box, span.box)][-_LABEL_WORDS:]
        text = f" {spoken(around)} "
        if any(f" {label} " in text for label in labels):
            return rank
    return None


def _beside(word: Box, value: Box) -> bool:
    return on_one_row(word, value) and value[0] - _REACH <= word[0] and word[2] <= value[0] + 0.001


def _above(word: Box, value: Box) -> bool:
    height = value[3] - value[1]
    across = min(word[2], value[2]) > max(word[0], value[0])
    return across and -height / 2 <= value[1] - word[3] <= _DROP_HEIGHTS * height
