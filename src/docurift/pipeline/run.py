"""The path of a document, in order: open, read, answer. Runs in the sandboxed child."""

from docurift.model.work import Completed, Refused, WorkOrder
from docurift.pipeline.answer import answer
from docurift.pipeline.llm.refine import Asker
from docurift.pipeline.ports import NO_LLM, DocumentError, Llm, Ocr, Openers, Sink
from docurift.pipeline.read import read_pages


def run(
    data: bytes, order: WorkOrder, openers: Openers, ocr: Ocr, sink: Sink, *, llm: Llm = NO_LLM
) -> Completed | Refused:
    """What the document in `data` says, or why it cannot be read; each finished page is told to `sink` on the way."""
    try:
        source = openers.open(data, order)
        try:
            reading = read_pages(source, order, ocr, sink)
            return Completed(extraction=answer(reading, order, Asker(llm=llm, order=order, source=source)))
        finally:
            source.close()
    except DocumentError as error:
        return Refused(code=error.code, stage=error.stage, page=error.page, detail=error.detail)
