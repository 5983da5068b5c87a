"""From pages to the answer of a job: by a schema of the caller's, by an e-invoice's XML, or by what the pages say."""

from dataclasses import replace
from typing import Final

from docurift.model.job import DocumentType
from docurift.model.result import Extraction, ResultWarning, WarningCode
from docurift.model.work import WorkOrder
from docurift.pipeline.asked import asked
from docurift.pipeline.assemble import assembled, whole_text
from docurift.pipeline.classify import classified, type_warnings
from docurift.pipeline.extract.einvoice import findings_of
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.language import language_of
from docurift.pipeline.llm.refine import Asker
from docurift.pipeline.read import Reading
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of

_OF_EINVOICES: Final = frozenset({DocumentType.INVOICE, DocumentType.AUTO})


def answer(reading: Reading, order: WorkOrder, asker: Asker) -> Extraction:
    """What the document says. XML of an invoice in it decides alone what it is; else its pages are classified.

    Raises:
        DocumentError: the text is longer than one result may carry.
    """
    einvoice, wanted = reading.einvoice, DocumentType(order.document_type)
    if einvoice is None or not einvoice.values:
        passed_over = einvoice.warnings if einvoice and wanted in _OF_EINVOICES else ()
        return _of_pages(_told(reading, passed_over), order, wanted, asker)
    if order.schema is None and wanted in _OF_EINVOICES:
        findings = findings_of(einvoice, reading, _language(reading, order))
        schema = schema_of(DocumentType.INVOICE)
        return typed(reading, order, findings=findings, schema=schema, document_type=DocumentType.INVOICE)
    as_wanted = _read_as(DocumentType.GENERIC if wanted is DocumentType.AUTO else wanted, reading, order, asker)
    return _beside_xml(as_wanted, wanted)


def _of_pages(reading: Reading, order: WorkOrder, wanted: DocumentType, asker: Asker) -> Extraction:
    """As a document of the type that was asked for, or of the one that it looks like."""
    guess = classified(reading.pages)
    read_as = guess.detected if wanted is DocumentType.AUTO else wanted
    # Who brings a schema says what is wanted; what the document looks like is told beside it, and warns of nothing.
    told = reading if order.schema is not None else _told(reading, type_warnings(wanted, guess))
    return replace(_read_as(read_as, told, order, asker), detected_document_type=guess.detected.value)


def _read_as(document_type: DocumentType, reading: Reading, order: WorkOrder, asker: Asker) -> Extraction:
    if order.schema is not None:
        return asked(reading, order, asker, document_type)
    extractor = EXTRACTORS.get(document_type)
    if extractor is None:
        return assembled(reading, replace(order, document_type=document_type.value))
    language, schema = _language(reading, order), schema_of(document_type)
    findings = asker.refined(extractor(reading, language), reading, schema, language)
    return typed(reading, order, findings=findings, schema=schema, document_type=document_type)


def _beside_xml(extraction: Extraction, wanted: DocumentType) -> Extraction:
    """The result that was asked for, of a document that is an invoice for certain."""
    told = replace(extraction, detected_document_type=DocumentType.INVOICE.value)
    if wanted in _OF_EINVOICES or wanted is DocumentType.GENERIC:
        return told
    message = f"The document carries the XML of an invoice, and was read as `{wanted}`, as it was asked for."
    warning = ResultWarning(code=WarningCode.TYPE_MISMATCH, message=message)
    return replace(told, warnings=(*told.warnings, warning))


def _told(reading: Reading, warnings: tuple[ResultWarning, ...]) -> Reading:
    return replace(reading, warnings=(*reading.warnings, *warnings))


def _language(reading: Reading, order: WorkOrder) -> str | None:
    return language_of(whole_text(reading.pages, order), hint=order.language)
