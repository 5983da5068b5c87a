"""What of the model's answer is believed: what the page says at the very words that the claim names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from docurift.model.result import Page, Source
from docurift.model.work import LlmClaim
from docurift.pipeline.extract.found import Found, Span, span_of
from docurift.pipeline.lines import lines_of, text_of
from docurift.pipeline.llm.printed import Conventions, printed
from docurift.pipeline.llm.question import Wanted
from docurift.pipeline.verify import proven, says, standing

# Until it is calibrated on documents with known values, a model is never surer than this, and less so where the
# conventions of the document had to decide how a value reads.
CEILING: Final = 0.85
_AMBIGUOUS_CEILING: Final = 0.7
_MOST_WORDS: Final = 200
_MOST_CLAIMS: Final = 1_000  # each may go through its whole page, and the child has its deadline
_MOST_ITEMS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The claims that hold, by wanted value and item; `refused` are those of the others."""

    found: Mapping[tuple[Wanted, int], Found]
    refused: Sequence[tuple[Wanted, int]]


def judged(
    claims: Iterable[LlmClaim], wanted: Sequence[Wanted], pages: Mapping[int, Page], conventions: Conventions
) -> Judged:
    """Which claims hold. Of a value that is claimed twice, differently, none does; what was not asked for is passed
    over. `pages` are those that the model was told.
    """
    by_pointer = {one.pointer: one for one in wanted}
    found: dict[tuple[Wanted, int], Found] = {}
    refused: dict[tuple[Wanted, int], None] = {}
    for claim in islice(claims, _MOST_CLAIMS):
        asked = by_pointer.get(claim.pointer)
        if asked is None:
            continue
        key = asked, claim.item if asked.list_pointer is not None else 0
        proof = _proved(claim, pages, asked, conventions)
        if proof is None or (key in found and found[key].value != proof.value):
            refused[key] = None
        elif key not in found:
            found[key] = proof
    return Judged(found={key: one for key, one in found.items() if key not in refused}, refused=tuple(refused))


def _proved(claim: LlmClaim, pages: Mapping[int, Page], wanted: Wanted, conventions: Conventions) -> Found | None:
    page = pages.get(claim.page)
    if page is None or not 0 <= claim.item < _MOST_ITEMS:
        return None
    span = _span(claim, page)
    value = None if span is None else printed(_lines(page, span), wanted, conventions)
    if span is None or value is None:
        return None
    ceiling = _AMBIGUOUS_CEILING if value.ambiguous else CEILING
    read = min(page.words[i].confidence for i in span.words)
    return Found(value=value.value, confidence=min(ceiling, read), span=span, source=Source.LLM)


def _span(claim: LlmClaim, page: Page) -> Span | None:
    """The words that the claim names, if they are there, in order, none twice, and say what is quoted. A quotation
    without numbers has to stand on its page exactly once.
    """
    if not claim.words:
        runs = standing(page, claim.text)
        return span_of(page, runs[0]) if len(runs) == 1 and len(runs[0]) <= _MOST_WORDS else None
    rising = all(before < after for before, after in zip(claim.words, claim.words[1:], strict=False))
    there = claim.words[0] >= 0 and claim.words[-1] < len(page.words)
    if not (rising and there and len(claim.words) <= _MOST_WORDS):
        return None
    if not says((page.words[i] for i in claim.words), claim.text):
        return None
    span = span_of(page, claim.words)
    return span if proven(page, span.text, span.box) else None


def _lines(page: Page, span: Span) -> list[str]:
    lines = lines_of(page.words, page.width / page.height, span.words)
    return [text_of(page.words, line) for line in lines]
