"""The path of a document, in order: open, read, extract. Runs in the sandboxed child."""

from dataclasses import replace

from docurift.model.job import DocumentType
from docurift.model.result import Extraction, ResultWarning, WarningCode
from docurift.model.work import Completed, Refused, WorkOrder
from docurift.pipeline.asked import asked
from docurift.pipeline.assemble import assembled, whole_text
from docurift.pipeline.extract.einvoice import findings_of
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.language import language_of
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, Openers, Sink
from docurift.pipeline.read import Reading, read_pages
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of

# The types that values are taken from the XML for.
_OF_EINVOICES = (DocumentType.INVOICE, DocumentType.AUTO)


def run(data: bytes, order: WorkOrder, openers: Openers, ocr: Ocr, sink: Sink) -> Completed | Refused:
    """What the document in `data` says, or why it cannot be read; each finished page is told to `sink` on the way."""
    try:
        source = openers.open(data, order)
        try:
            reading = read_pages(source, order, ocr, sink)
        finally:
            source.close()
        return Completed(extraction=_extracted(reading, order))
    except DocumentError as error:
        return Refused(code=error.code, stage=error.stage, page=error.page, detail=error.detail)


def _extracted(reading: Reading, order: WorkOrder) -> Extraction:
    document_type = DocumentType(order.document_type)
    if order.schema is not None:
        return asked(reading, order, order.schema, document_type)
    einvoice = reading.einvoice
    if einvoice is None:
        return _extracted_as(document_type, reading, order)
    if document_type not in _OF_EINVOICES:
        return _beside_einvoice(_extracted_as(document_type, reading, order), document_type, einvoice)
    if not einvoice.values:
        told = replace(reading, warnings=(*reading.warnings, *einvoice.warnings))
        return _extracted_as(document_type, told, order)
    findings = findings_of(einvoice, reading, _language(reading, order))
    schema = schema_of(DocumentType.INVOICE)
    return typed(reading, order, findings=findings, schema=schema, document_type=DocumentType.INVOICE)


def _extracted_as(document_type: DocumentType, reading: Reading, order: WorkOrder) -> Extraction:
    """What the pages say, as a document of this type."""
    extractor = EXTRACTORS.get(document_type)
    if extractor is None:
        return assembled(reading, order)
    findings = extractor(reading, _language(reading, order))
    return typed(reading, order, findings=findings, schema=schema_of(document_type), document_type=document_type)


def _beside_einvoice(extraction: Extraction, wanted: DocumentType, einvoice: EInvoice) -> Extraction:
    """The result of the type that was asked for, of a document that is an invoice for certain."""
    if not einvoice.values:
        return extraction
    told = replace(extraction, detected_document_type=DocumentType.INVOICE.value)
    if wanted is DocumentType.GENERIC:
        return told
    message = f"The document carries the XML of an invoice, and was read as `{wanted}`, as it was asked for."
    warning = ResultWarning(code=WarningCode.TYPE_MISMATCH, message=message)
    return replace(told, warnings=(*told.warnings, warning))


def _language(reading: Reading, order: WorkOrder) -> str | None:
    return language_of(whole_text(reading.pages, order), hint=order.language)
