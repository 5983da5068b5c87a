"""The optional step after the rules: a language model may point at what they did not find. It never fails a job, and
never takes the place of a value that is proved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from docurift.model.result import Page, ResultWarning, Source, WarningCode
from docurift.model.work import LlmFault, LlmReading, LlmRefused, LlmRequest, WorkOrder
from docurift.pipeline.extract.found import Findings, Found
from docurift.pipeline.llm.pictures import pictures_of
from docurift.pipeline.llm.printed import conventions_of
from docurift.pipeline.llm.proof import Judged, judged
from docurift.pipeline.llm.question import Wanted, told_pages, wanted_of
from docurift.pipeline.ports import Llm, PageSource
from docurift.pipeline.read import Reading
from docurift.pipeline.typed import evidence
from docurift.schemas.catalogue import Schema

_MOST_WARNINGS: Final = 50
_SENTENCES: Final[Mapping[LlmFault, str]] = {
    LlmFault.TOO_LATE: "it did not answer in time",
    LlmFault.UNREACHABLE: "it could not be reached",
    LlmFault.REFUSED: "it refused to answer",
    LlmFault.TOO_LONG: "its answer was too long",
    LlmFault.NONSENSE: "its answer was not of the form that was asked for",
    LlmFault.OUT_OF_BUDGET: "the document is larger than its budget for a job allows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks about one document."""

    llm: Llm
    order: WorkOrder
    source: PageSource

    def refined(self, findings: Findings, reading: Reading, schema: Schema, language: str | None) -> Findings:
        """`findings`, and where they have no proved value, what the model pointed at and the page says there."""
        terms = self.order.llm
        pages = {page.number: page for page in reading.pages if page.words}
        wanted = wanted_of(schema, _settled(findings, pages)) if terms is not None else ()
        if terms is None or not wanted or not pages:
            return findings
        told = told_pages(reading.pages, terms)
        if not told:
            return _with(findings, _unheard(LlmFault.OUT_OF_BUDGET))
        images, pictures = pictures_of(told, self.source, self.order) if terms.images else ((), ())
        request = LlmRequest(
            document_type=str(schema.get("title", "")),
            fields=tuple(one.field for one in wanted),
            pages=told,
            images=images,
        )
        match self.llm.ask(request, pictures):
            case LlmRefused(fault=fault):
                return _with(findings, _unheard(fault))
            case LlmReading(claims=claims):
                shown = {page.number: pages[page.number] for page in told}
                verdict = judged(claims, wanted, shown, conventions_of(reading.pages, language))
                return _with(_merged(findings, verdict), *_untold(shown, pages), *_refusals(verdict))


def _settled(findings: Findings, pages: Mapping[int, Page]) -> frozenset[str]:
    """The pointers of what is proved on a page, and of what the XML says, which is the invoice."""
    known = dict(pages)
    return frozenset(
        pointer
        for pointer, found in findings.values.items()
        if found.source is Source.XML or evidence(found, known).verified
    )


def _merged(findings: Findings, verdict: Judged) -> Findings:
    """A list of which anything was found takes the place of the whole list, its items counted without gaps."""
    values = dict(findings.values)
    lists = sorted({one.list_pointer for one, _ in verdict.found if one.list_pointer is not None})
    for list_pointer in lists:
        values = {pointer: found for pointer, found in values.items() if not pointer.startswith(f"{list_pointer}/")}
    places = {one: _places(verdict.found, one) for one in lists}
    for (wanted, item), found in verdict.found.items():
        place = 0 if wanted.list_pointer is None else places[wanted.list_pointer][item]
        values[wanted.at(place)] = found
    return replace(findings, values=values)


def _places(found: Mapping[tuple[Wanted, int], Found], list_pointer: str) -> dict[int, int]:
    items = sorted({item for wanted, item in found if wanted.list_pointer == list_pointer})
    return {item: place for place, item in enumerate(items)}


def _with(findings: Findings, *warnings: ResultWarning) -> Findings:
    return replace(findings, warnings=(*findings.warnings, *warnings))


def _unheard(fault: LlmFault) -> ResultWarning:
    message = f"The language model was not heard: {_SENTENCES[fault]}. The values are those of the rules."
    return ResultWarning(code=WarningCode.MODEL_UNAVAILABLE, message=message)


def _untold(told: Mapping[int, Page], pages: Mapping[int, Page]) -> Sequence[ResultWarning]:
    if len(told) == len(pages):
        return ()
    message = (
        f"The language model was told {len(told)} of the {len(pages)} pages that have words: its budget ends there."
    )
    return (ResultWarning(code=WarningCode.MODEL_UNAVAILABLE, message=message),)


def _refusals(verdict: Judged) -> Sequence[ResultWarning]:
    message = (
        "The language model proposed a value that the page does not say in the place that it named. It is left out."
    )
    return [
        ResultWarning(code=WarningCode.VALUE_UNVERIFIED, message=message, pointer=wanted.at(item))
        for wanted, item in verdict.refused[:_MOST_WARNINGS]
    ]
