"""The currency of the invoice: the one beside its total, else the one that its amounts or a label say most often."""

from collections import Counter
from itertools import islice
from typing import Final

from docurift.pipeline.extract.found import Found, Span, span_of
from docurift.pipeline.extract.invoice.candidates import Candidate
from docurift.pipeline.extract.invoice.labels import tokens_of
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.extract.sheets import Segment
from docurift.pipeline.values.amounts import amounts_in
from docurift.pipeline.values.currencies import currencies_in, currency_of, is_shared

_NAMES: Final = frozenset(
    {
        *("currency", "wahrung", "rechnungswahrung", "devise", "monnaie", "moneda", "divisa", "valuta", "moeda"),
        *("waluta", "divise", "dokumentwahrung"),
    }
)
_LABEL, _BESIDE_AMOUNT, _ANYWHERE, _BESIDE_TOTAL = 6, 2, 1, 8


def currency_found(paper: Paper, total: Candidate | None) -> Found | None:
    """The ISO 4217 code with the sign or code that says it."""
    votes: Counter[str] = Counter()
    places: dict[str, tuple[int, Span]] = {}
    shared: set[str] = set()
    for sheet, segment in paper.segments():
        labelled = _is_labelled(segment, [one.text for one in islice(sheet.left(segment), 1)])
        beside = bool(amounts_in(segment.text, paper.style))
        for start, end in currencies_in(segment.text):
            printed = segment.text[start:end]
            code = currency_of(printed, language=paper.language, country=paper.country)
            if code is None:
                continue
            weight = _LABEL if labelled else _BESIDE_AMOUNT if beside else _ANYWHERE
            if total is not None and segment is total.segment:
                weight = _BESIDE_TOTAL
            votes[code] += weight
            if is_shared(printed):
                shared.add(code)
            if code not in places or places[code][0] < weight:
                places[code] = (weight, _span(segment, start, end))
    if not votes:
        return None
    (code, most), *others = votes.most_common(2)
    rival = others[0][1] if others else 0
    sure = 0.99 if most > 2 * rival else 0.75
    return Found(value=code, confidence=min(sure, 0.9) if code in shared else sure, span=places[code][1])


def _span(segment: Segment, start: int, end: int) -> Span:
    return span_of(segment.page, segment.words_at(start, end))


def _is_labelled(segment: Segment, beside: list[str]) -> bool:
    return any(token.plain in _NAMES for text in (segment.text, *beside) for token in tokens_of(text))
