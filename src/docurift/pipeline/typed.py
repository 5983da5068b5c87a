"""The answer of a job for a document of a known type: every value with its evidence, proved again on its page."""

from dataclasses import replace

from docurift.model.job import DocumentType
from docurift.model.result import Extraction, Field, Json, Page, ResultWarning, Source, TextSource, WarningCode
from docurift.model.work import WorkOrder
from docurift.pipeline.assemble import confidence_of, whole_text
from docurift.pipeline.calibration import calibrated
from docurift.pipeline.extract.found import Findings, Found
from docurift.pipeline.language import language_of
from docurift.pipeline.markdown import markdown_of
from docurift.pipeline.read import Reading
from docurift.pipeline.tree import filled
from docurift.pipeline.verify import proven
from docurift.schemas.catalogue import Schema

_UNVERIFIED_CEILING = 0.5


def typed(
    reading: Reading, order: WorkOrder, *, findings: Findings, schema: Schema, document_type: DocumentType
) -> Extraction:
    """The result of `schema`, null where nothing was found, with the evidence of each value.

    Raises:
        DocumentError: as `whole_text`.
    """
    text = whole_text(reading.pages, order)
    language = language_of(text, hint=order.language)
    pages = {page.number: page for page in reading.pages}
    fields = {
        pointer: evidence(_sure(document_type, pointer, found), pages) for pointer, found in findings.values.items()
    }
    values: dict[str, Json] = {pointer: found.value for pointer, found in findings.values.items()}
    unproved = (_unverified(pointer) for pointer, field in fields.items() if _is_unproved(field))
    return Extraction(
        result=filled(schema, values),
        fields=fields,
        warnings=(*reading.warnings, *findings.warnings, *unproved),
        confidence=_mean(fields) if fields else confidence_of(reading.pages),
        detected_document_type=document_type.value,
        detected_language=language,
        markdown=markdown_of(reading.pages),
        text=text,
        page_count=reading.page_count,
        pages_processed=reading.pages_processed,
        engine_version=order.engine_version,
    )


def evidence(found: Found, pages: dict[int, Page]) -> Field:
    """The value's evidence. What its page does not say at that place is not verified, whoever found it, and then never
    sure; a value of the XML is sure, wherever it stands.
    """
    span = found.span
    if span is None or span.page not in pages:
        return Field(
            confidence=round(found.confidence, 4),
            page=None,
            box=None,
            text=None,
            source=found.source or Source.DERIVED,
            verified=False,
        )
    page = pages[span.page]
    proof = proven(page, span.text, span.box)
    source = found.source or (Source.OCR if page.text_source is TextSource.OCR else Source.TEXT)
    sure = found.confidence if proof or source is Source.XML else min(found.confidence, _UNVERIFIED_CEILING)
    return Field(
        confidence=round(sure, 4),
        page=span.page,
        box=proof or span.box,
        text=span.text,
        source=source,
        verified=proof is not None,
    )


def _sure(document_type: DocumentType, pointer: str, found: Found) -> Found:
    """The value with a calibrated confidence; the XML's is sure as it is."""
    if found.source is Source.XML:
        return found
    return replace(found, confidence=calibrated(document_type, pointer, found.confidence))


def _is_unproved(field: Field) -> bool:
    return not field.verified and field.source is not Source.XML


def _unverified(pointer: str) -> ResultWarning:
    message = "This value does not stand on a page as it is given. Check it before you rely on it."
    return ResultWarning(code=WarningCode.VALUE_UNVERIFIED, message=message, pointer=pointer)


def _mean(fields: dict[str, Field]) -> float:
    return round(sum(field.confidence for field in fields.values()) / len(fields), 4)
