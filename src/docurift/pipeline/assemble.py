"""Assembling: from pages as read to the answer of the job (contract section 5, `generic`)."""

from collections.abc import Sequence

from docurift.model.failure import FailureCode, Stage
from docurift.model.job import DocumentType
from docurift.model.result import (
    Extraction,
    Field,
    Json,
    Page,
    ResultWarning,
    Source,
    Table,
    TextSource,
    WarningCode,
)
from docurift.model.work import WorkOrder
from docurift.pipeline.language import language_of
from docurift.pipeline.markdown import markdown_of
from docurift.pipeline.pairs import Pair, pairs_of
from docurift.pipeline.ports import DocumentError
from docurift.pipeline.read import Reading
from docurift.pipeline.verify import proven

_UNVERIFIED_CEILING = 0.5
_SUPPORTED = (DocumentType.GENERIC, DocumentType.AUTO)


def assembled(reading: Reading, order: WorkOrder) -> Extraction:
    """The generic result of the pages, with the evidence of each pair.

    Raises:
        DocumentError: `OUTPUT_TOO_LARGE`, if the text is longer than one result may carry.
    """
    text = whole_text(reading.pages, order)
    language = language_of(text, hint=order.language)
    pairs = [(pair, _evidence(pair, page)) for page in reading.pages for pair in pairs_of(page)]
    return Extraction(
        result={
            "rawText": text,
            "tables": _tables(reading.pages),
            "keyValuePairs": [
                {"key": pair.key, "value": pair.value, "confidence": field.confidence} for pair, field in pairs
            ],
            "detectedLanguage": language,
        },
        fields={f"/keyValuePairs/{i}/value": field for i, (_, field) in enumerate(pairs)},
        warnings=(*reading.warnings, *_type_warning(order)),
        confidence=confidence_of(reading.pages),
        detected_document_type=DocumentType.GENERIC.value,
        detected_language=language,
        markdown=markdown_of(reading.pages),
        text=text,
        page_count=reading.page_count,
        pages_processed=reading.pages_processed,
        engine_version=order.engine_version,
    )


def whole_text(pages: Sequence[Page], order: WorkOrder) -> str:
    """The plain text of all pages, a blank line between them.

    Raises:
        DocumentError: `OUTPUT_TOO_LARGE`, if it is longer than one result may carry.
    """
    text = "\n\n".join(filter(None, (text_of_page(page) for page in pages)))
    if len(text) > order.limits.max_text_characters:
        raise DocumentError(FailureCode.OUTPUT_TOO_LARGE, stage=Stage.FINISH)
    return text


def text_of_page(page: Page) -> str:
    """The plain text of a page: its blocks in reading order, a blank line between them."""
    return "\n\n".join(block.text for block in page.blocks if block.text)


def _tables(pages: Sequence[Page]) -> list[Json]:
    tables = [table for page in pages for table in page.tables]
    return [_table(index, table) for index, table in enumerate(tables)]


def _table(index: int, table: Table) -> dict[str, Json]:
    grid = [["" for _ in range(table.columns)] for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text
    head, body = grid[: table.header_rows], grid[table.header_rows :]
    headers: list[Json] = [" ".join(filter(None, column)) for column in zip(*head, strict=True)]
    rows: list[Json] = [list[Json](row) for row in body]
    return {"tableIndex": index, "headers": headers, "rows": rows}


def _evidence(pair: Pair, page: Page) -> Field:
    proof = proven(page, pair.value, pair.box)
    return Field(
        confidence=pair.confidence if proof else min(pair.confidence, _UNVERIFIED_CEILING),
        page=page.number,
        box=proof or pair.box,
        text=pair.value,
        source=Source.OCR if page.text_source is TextSource.OCR else Source.TEXT,
        verified=proof is not None,
    )


def confidence_of(pages: Sequence[Page]) -> float:
    """How sure the reading is: the mean of its words, each weighing as much as it has characters."""
    weight = sum(len(word.text) for page in pages for word in page.words)
    if not weight:
        return 1.0
    total = sum(len(word.text) * word.confidence for page in pages for word in page.words)
    return round(total / weight, 4)


def _type_warning(order: WorkOrder) -> tuple[ResultWarning, ...]:
    if order.document_type in _SUPPORTED:
        return ()
    message = (
        f"The fields of `{order.document_type}` are not extracted yet: the result is that of a generic document, with "
        "its text, tables and key-value pairs."
    )
    return (ResultWarning(code=WarningCode.MODEL_UNAVAILABLE, message=message),)
