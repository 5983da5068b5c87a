"""The path of a document, in order: open, read, answer. Runs in the sandboxed child."""

from docurift.model.work import Completed, Refused, WorkOrder
from docurift.pipeline.answer import answer
from docurift.pipeline.ports import DocumentError, Ocr, Openers, Sink
from docurift.pipeline.read import read_pages


def run(data: bytes, order: WorkOrder, openers: Openers, ocr: Ocr, sink: Sink) -> Completed | Refused:
    """What the document in `data` says, or why it cannot be read; each finished page is told to `sink` on the way."""
    try:
        source = openers.open(data, order)
        try:
            reading = read_pages(source, order, ocr, sink)
        finally:
            source.close()
        return Completed(extraction=answer(reading, order))
    except DocumentError as error:
        return Refused(code=error.code, stage=error.stage, page=error.page, detail=error.detail)
