"""The path of a document, in order: open, read, extract. Runs in the sandboxed child."""

from docurift.model.job import DocumentType
from docurift.model.result import Extraction
from docurift.model.work import Completed, Refused, WorkOrder
from docurift.pipeline.assemble import assembled, whole_text
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.language import language_of
from docurift.pipeline.ports import DocumentError, Ocr, Openers, Sink
from docurift.pipeline.read import Reading, read_pages
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of


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
    extractor = EXTRACTORS.get(document_type)
    if extractor is None:
        return assembled(reading, order)
    language = language_of(whole_text(reading.pages, order), hint=order.language)
    findings = extractor(reading, language)
    return typed(reading, order, findings=findings, schema=schema_of(document_type), document_type=document_type)
