"""Candidates for header fields: values that the parsers found, each with what speaks for and against it as numbers.

A value that is no candidate cannot be returned. A candidate's `row` has the same meaning at the same place for every
field, so that a ranker can be trained on it; `rules.py` ranks them until there is one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from docurift.model.result import Json
from docurift.pipeline.extract.found import Span
from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.extract.invoice.relations import ABOVE, LEFT, ROW, SAME, Relation, relations
from docurift.pipeline.extract.sheets import Segment, Sheet
from docurift.pipeline.values.amounts import amounts_in
from docurift.pipeline.values.dates import dates_in
from docurift.pipeline.values.identifiers import ibans_in, is_document_number, vat_ids_in

FEATURES: Final = (
    *("label_same", "label_left", "label_row", "label_above"),
    *("other_same", "other_left", "other_row", "other_above"),
    *("weak_label", "in_title", "page", "pages_left", "x", "y", "height", "alone", "repeated", "digits", "letters"),
    *("decimals", "has_currency", "negative", "ambiguous", "percent", "ocr"),
)
"""What each number of a candidate's row is: strengths of labels that name its field, of labels that name another one,
its place, its form, and how surely it was read.
"""

# Each number looks at the text before it: a line longer than this is prose, or was made to keep us busy.
_MAX_TEXT: Final = 400
_SURE_LABEL: Final = 0.9
WEAK: Final = frozenset(
    {"vom", "du", "del", "von", "of", "from", "dal", "de", "le", "z dnia", "date", "datum", "data", "fecha", "dato"}
)
"""Words that label one thing beside a title, as in `Rechnung Nr. 1 vom ...`, and many things elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value with its words on a page, the labels around it, and where in the document it stands."""

    kind: str
    value: Json
    segment: Segment
    start: int
    end: int
    labels: tuple[Relation, ...]
    in_title: bool
    page_place: tuple[int, int]
    facts: Mapping[str, float]
    repeated: int = 1

    def span(self) -> Span:
        """The words that say it."""
        return self.segment.span(self.start, self.end)

    def strength(self, role: str) -> float:
        """How strongly labels say that it is `role`."""
        return max((one.strength for one in self.labels if one.role == role), default=0.0)

    def against(self, role: str) -> float:
        """How strongly labels say that it is something else."""
        return max((one.strength for one in self.labels if one.role != role), default=0.0)

    def weak(self, role: str) -> bool:
        """Whether only a word that labels many things says that it is `role`."""
        return all(one.label in WEAK for one in self.labels if one.role == role)

    def row(self, role: str) -> tuple[float, ...]:
        """The candidate as numbers, in the order of `FEATURES`, for the field `role`."""
        told: dict[str, float] = {}
        for how in (SAME, LEFT, ROW, ABOVE):
            beside = [one for one in self.labels if one.how == how]
            told[f"label_{how}"] = max((one.strength for one in beside if one.role == role), default=0.0)
            told[f"other_{how}"] = max((one.strength for one in beside if one.role != role), default=0.0)
        page, pages = self.page_place
        box = self.segment.box
        told |= {
            "weak_label": float(self.weak(role)),
            "in_title": float(self.in_title),
            "page": float(page),
            "pages_left": float(pages - page),
            "x": box[0],
            "y": box[1],
            "height": self.segment.size,
            "alone": (self.end - self.start) / len(self.segment.text),
            "repeated": float(self.repeated),
            "ocr": min(self.segment.page.words[i].confidence for i in self.segment.words),
        }
        told |= self.facts
        return tuple(told.get(name, 0.0) for name in FEATURES)


def number_candidates(paper: Paper) -> list[Candidate]:
    """Words with a digit that may be the number of a document."""
    return _counted([one for at in _places(paper) for one in _numbers(paper, at)])


def date_candidates(paper: Paper) -> list[Candidate]:
    """The days of the document."""
    return _counted([one for at in _places(paper) for one in _dates(paper, at)])


def amount_candidates(paper: Paper) -> list[Candidate]:
    """Its numbers that may be sums of money: no shares, and bare integers only where a label says that they are."""
    return _counted([one for at in _places(paper) for one in _amounts(paper, at)])


@dataclass(frozen=True, slots=True)
class _Place:
    sheet: Sheet
    segment: Segment
    page: int
    pages: int


def _places(paper: Paper) -> Iterator[_Place]:
    for page, sheet in enumerate(paper.sheets, start=1):
        for segment in sheet.segments:
            if len(segment.text) <= _MAX_TEXT and any(c.isdigit() for c in segment.text):
                yield _Place(sheet, segment, page, len(paper.sheets))


def _numbers(paper: Paper, at: _Place) -> Iterator[Candidate]:
    text = at.segment.text
    taken = [(day.start, day.end) for day in dates_in(text, paper.order)]
    taken += [(one.start, one.end) for one in (*vat_ids_in(text), *ibans_in(text))]
    taken += [(one.start, one.end) for one in amounts_in(text, paper.style) if one.decimals or one.percent]
    for start, end in _words(at.segment):
        if is_document_number(text[start:end]) and not any(a < end and start < b for a, b in taken):
            word = text[start:end]
            facts = {"digits": float(sum(c.isdigit() for c in word)), "letters": float(sum(c.isalpha() for c in word))}
            yield _candidate(at, kind="number", value=word, at_text=(start, end), facts=facts)


def _words(segment: Segment) -> Iterator[tuple[int, int]]:
    """The words without the signs around them; what follows a colon within a word is one of its own."""
    for at, index in zip(segment.starts, segment.words, strict=True):
        word = segment.page.words[index].text
        colon = word.rfind(":") + 1
        if colon and colon < len(word):
            at, word = at + colon, word[colon:]  # noqa: PLW2901 - the rest of this word
        bare = word.lstrip("#([:\u00b0\u2116\u00ba").rstrip(",;:.)]*")
        start = at + word.find(bare) if bare else at
        if bare:
            yield start, start + len(bare)


def _dates(paper: Paper, at: _Place) -> Iterator[Candidate]:
    for day in dates_in(at.segment.text, paper.order):
        facts = {"ambiguous": float(day.ambiguous)}
        value = day.value.isoformat()
        yield _candidate(at, kind="date", value=value, at_text=(day.start, day.end), facts=facts)


def _amounts(paper: Paper, at: _Place) -> Iterator[Candidate]:
    text = at.segment.text
    days = [(day.start, day.end) for day in dates_in(text, paper.order)]
    for one in amounts_in(text, paper.style):
        if one.percent or any(a < one.end and one.start < b for a, b in days):
            continue
        facts = {
            "decimals": float(one.decimals),
            "has_currency": float(one.currency is not None),
            "negative": float(one.value < 0),
            "ambiguous": float(one.ambiguous),
            "percent": float(one.percent),
        }
        found = _candidate(at, kind="amount", value=float(one.value), at_text=(one.start, one.end), facts=facts)
        # A bare integer is a year, a quantity or a page, unless its label says that it is a sum.
        bare = one.decimals == 0 and one.currency is None
        if not bare or max(found.strength("total"), found.strength("subtotal"), found.strength("due")) >= _SURE_LABEL:
            yield found


def _candidate(
    at: _Place, *, kind: str, value: Json, at_text: tuple[int, int], facts: Mapping[str, float]
) -> Candidate:
    start, end = at_text
    labels = relations(at.sheet, at.segment, start, phrases_for(kind))
    before = at.segment.text[:start]
    if labels and labels[0].segment is not at.segment:
        before = labels[0].segment.text
    return Candidate(
        kind=kind,
        value=value,
        segment=at.segment,
        start=start,
        end=end,
        labels=tuple(labels),
        in_title=bool(labels_in(before, phrases_for("title"))),
        page_place=(at.page, at.pages),
        facts=facts,
    )


def _counted(found: Sequence[Candidate]) -> list[Candidate]:
    """Each with how often its value is printed."""
    counts = Counter(str(one.value) for one in found)
    return [replace(one, repeated=counts[str(one.value)]) for one in found]
