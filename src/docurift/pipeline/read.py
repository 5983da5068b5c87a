"""Reading: the pages asked for, one after the other, within the limits; a page that fails is passed over."""

from dataclasses import dataclass

from docurift.model.failure import FailureCode, Stage
from docurift.model.result import Page, ResultWarning, WarningCode, failed_page
from docurift.model.selection import missing_pages, selected_pages
from docurift.model.work import WorkOrder
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, PageSource, Sink

# Holds for every page alike: trying the next page would fail the same way, or worse.
_OF_THE_DOCUMENT = frozenset({FailureCode.OUTPUT_TOO_LARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The pages as read, and what should be known about them. `pages_processed` counts those that did not fail."""

    page_count: int
    pages: tuple[Page, ...]
    pages_processed: int
    warnings: tuple[ResultWarning, ...]
    einvoice: EInvoice | None = None


def read_pages(source: PageSource, order: WorkOrder, ocr: Ocr, sink: Sink) -> Reading:
    """The pages that `order` asks for; those that it knows are taken as they are, and not told to `sink` again.

    Raises:
        DocumentError: `TOO_MANY_PAGES`; `OUTPUT_TOO_LARGE`; `TEXT_NOT_FOUND`, if OCR is off and no page has text; the
            first failed page's own reason, once more than `page_error_limit` of the pages have failed.
    """
    numbers = selected_pages(order.pages, source.page_count)
    if len(numbers) > order.limits.max_pages:
        raise DocumentError(FailureCode.TOO_MANY_PAGES)
    sink.opened(source.page_count, len(numbers))
    pages: list[Page] = []
    failures: list[DocumentError] = []
    characters = 0
    known = {page.number: page for page in order.known}
    for number in numbers:
        try:
            page = _as_known(known[number]) if number in known else source.read(number, order, ocr)
        except DocumentError as error:
            failures.append(error)
            _stop_if_hopeless(failures, len(numbers), order)
            page = failed_page(number, error.code)
        characters += _characters(page)
        if characters > order.limits.max_text_characters:
            raise DocumentError(FailureCode.OUTPUT_TOO_LARGE, stage=Stage.READ, page=number)
        if number not in known:
            sink.page_read(page)
        pages.append(page)
    _stop_if_silent(pages, order)
    return Reading(
        page_count=source.page_count,
        pages=tuple(pages),
        pages_processed=len(pages) - len(failures),
        warnings=(*source.warnings, *_absent(order, source.page_count), *(w for page in pages for w in page.warnings)),
        einvoice=source.einvoice,
    )


def _as_known(page: Page) -> Page:
    if page.failure is not None:
        raise DocumentError(page.failure, stage=Stage.READ, page=page.number)
    return page


def _stop_if_hopeless(failures: list[DocumentError], pages: int, order: WorkOrder) -> None:
    first, last = failures[0], failures[-1]
    if last.code in _OF_THE_DOCUMENT:
        raise last
    if len(failures) > order.page_error_limit * pages:
        raise DocumentError(first.code, stage=Stage.READ, page=first.page, detail=first.detail) from first


def _characters(page: Page) -> int:
    """What the page weighs in the answer: its words, or its blocks where a format has no words."""
    words = sum(len(word.text) + 1 for word in page.words)
    return max(words, sum(len(block.text) + 1 for block in page.blocks))


def _stop_if_silent(pages: list[Page], order: WorkOrder) -> None:
    """Only formats that are drawn could have been read by OCR; a text file without text is just empty."""
    drawn = order.media_type == "application/pdf" or order.media_type.startswith("image/")
    failed = any(page.failure is not None for page in pages)
    if drawn and pages and not order.ocr_fallback and not failed and not any(page.words for page in pages):
        raise DocumentError(FailureCode.TEXT_NOT_FOUND, stage=Stage.READ)


def _absent(order: WorkOrder, page_count: int) -> tuple[ResultWarning, ...]:
    ranges = missing_pages(order.pages, page_count)
    if not ranges:
        return ()
    message = f"The document has {page_count} pages; there is no page {ranges}."
    return (ResultWarning(code=WarningCode.PAGE_FAILED, message=message),)
