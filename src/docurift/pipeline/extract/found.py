"""What extraction finds: a value, and the words of the page that say it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from docurift.model.result import Box, Json, Page, ResultWarning, Source
from docurift.pipeline.ports import box_union
from docurift.pipeline.read import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of one page that say a value. `words` are indexes into the page's words, in the order in which they are
    read; `text` joins them by blanks; `box` is around them, 0-1, origin top left.
    """

    page: int
    words: tuple[int, ...]
    text: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value with its proof. `confidence` is the calibrated chance that it is right. Without a span it stands nowhere
    on a page: then `source` says `xml`, or `derived` and `derived_from` names the pointers that it was made of.
    """

    value: Json
    confidence: float
    span: Span | None = None
    source: Source | None = None
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Values by JSON Pointer into the result of the type, and what should be known about them."""

    values: Mapping[str, Found] = field(default_factory=dict[str, Found])
    warnings: tuple[ResultWarning, ...] = ()


Extractor = Callable[[Reading, str | None], Findings]
"""Finds the values of one document type; the second argument is the language of the text (ISO 639-1), if known."""


def span_of(page: Page, indexes: Sequence[int]) -> Span:
    """The words at `indexes`, of which there is at least one."""
    return Span(
        page=page.number,
        words=tuple(indexes),
        text=" ".join(page.words[i].text for i in indexes),
        box=box_union(page.words[i].box for i in indexes),
    )
