"""PDF files: opened by pdfium, read from their text layer where they have one, by OCR where they have none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

from docurift.engines.pdf_attached import attached_einvoice
from docurift.engines.pdf_layout import Layout, laid_out
from docurift.engines.pdf_lock import locks_attachments
from docurift.engines.pdf_raster import drawn, has_objects, largest_picture
from docurift.engines.pdf_words import Geometry, TextLayer, text_layer
from docurift.engines.tables import RasterTables
from docurift.engines.tables_native import Grid, grids_of
from docurift.model.failure import FailureCode, Stage
from docurift.model.result import LengthUnit, Page, ResultWarning, TextSource, WarningCode
from docurift.model.selection import selected_pages
from docurift.model.work import Limits, WorkOrder
from docurift.pipeline.ocr_page import page_from_reading
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, Pixels

_ENGINE = "pdfium"
_WITH_TABLES = "pdfium+liteparse"
_OCR_DPI = 200.0
# A scan near the resolution OCR likes best is drawn at its own, which resamples nothing.
_OWN_DPI = (180.0, 320.0)
# A page with a picture over most of it is a scan unless it carries the text of at least a short letter.
_SCAN_SHARE = 0.6
_LITTLE_TEXT = 200
_UNREADABLE = 0.5
_LOCKED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
# A page that a child may have died of is drawn smaller: what ran out of memory may then fit.
_SUSPECT_SHARE = 0.5
# The table engine opens the file anew at each call: often enough to show progress, seldom enough to cost little.
_TABLE_BATCH = 40


@dataclass(frozen=True, slots=True)
class _Scan:
    """A page that OCR is to read, drawn at `dpi`."""

    dpi: float


def open_pdf(data: bytes, order: WorkOrder) -> "PdfSource":
    """The PDF in `data`.

    Raises:
        DocumentError: `FILE_ENCRYPTED`, if neither the empty password nor the order's opens it, or if there is no
            password and the attachments need one; `FILE_CORRUPT`.
    """
    if order.password is None and locks_attachments(data):
        raise DocumentError(FailureCode.FILE_ENCRYPTED, detail="Its pages are open, its attachments are not.")
    document, password = _opened(data, order.password)
    return PdfSource(document, data, password, order)


class PdfSource:
    """An open PDF. One caller, one thread: pdfium knows no second one."""

    def __init__(self, document: pdfium.PdfDocument, data: bytes, password: str | None, order: WorkOrder) -> None:
        self._document, self._data, self._password, self._limits = document, data, password, order.limits
        self._pages: Sequence[int] = selected_pages(order.pages, len(document))
        self._grids: dict[int, tuple[Grid, ...]] = {}
        self._has_form = raw.FPDF_GetFormType(document.raw) != raw.FORMTYPE_NONE

    @property
    def page_count(self) -> int:
        """How many pages the document has."""
        return len(self._document)

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """None: what pdfium repairs it does not tell."""
        return ()

    @property
    def einvoice(self) -> EInvoice | None:
        """The XML among the attachments, read at each call."""
        return attached_einvoice(self._document, self._data, self._limits)

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        """Page `number`, from its text layer or by OCR.

        Raises:
            DocumentError: `PAGE_TOO_LARGE`, `FILE_CORRUPT`, or what OCR refused with.
        """
        page = self._load(number, order.limits)
        try:
            text = text_layer(page, _geometry(page))
            scan = _scan(page, text) if order.ocr_fallback else None
            if scan is not None:
                return self._recognized(page, number, scan, order, ocr)
            return self._native(page, number, text, order)
        except pdfium.PdfiumError as error:
            raise DocumentError(FailureCode.FILE_CORRUPT, stage=Stage.READ, page=number) from error
        finally:
            page.close()

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        """The page as RGB pixels, /Rotate applied.

        Raises:
            DocumentError: there is no such page, it is too large, or it cannot be drawn.
        """
        page = self._load(number, limits)
        try:
            pixels, _ = drawn(page, number, dpi=dpi, limits=limits, color=True)
            return pixels
        finally:
            page.close()

    def close(self) -> None:
        """Let go of the file."""
        self._document.close()

    def _load(self, number: int, limits: Limits) -> pdfium.PdfPage:
        try:
            page = self._document[number - 1]
        except (pdfium.PdfiumError, IndexError) as error:
            raise DocumentError(FailureCode.FILE_CORRUPT, stage=Stage.READ, page=number) from error
        width, height = page.get_size()
        if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
            page.close()
            raise DocumentError(FailureCode.FILE_CORRUPT, stage=Stage.READ, page=number)
        if max(width, height) > limits.max_page_side_points:
            page.close()
            raise DocumentError(FailureCode.PAGE_TOO_LARGE, stage=Stage.READ, page=number)
        return self._with_form_values(page, number) if self._has_form else page

    def _with_form_values(self, page: pdfium.PdfPage, number: int) -> pdfium.PdfPage:
        """What is filled into a form stands beside the page's content: flattening makes it part of the text."""
        if raw.FPDFPage_GetAnnotCount(page.raw) == 0:
            return page
        if raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) != raw.FLATTEN_SUCCESS:
            return page
        page.close()
        return self._document[number - 1]

    def _native(self, page: pdfium.PdfPage, number: int, text: TextLayer, order: WorkOrder) -> Page:
        width, height = page.get_size()
        engine, (words, blocks, tables) = self._layout(number, text, width / height, order)
        return Page(
            number=number,
            width=round(width, 3),
            height=round(height, 3),
            unit=LengthUnit.POINT,
            rotation=page.get_rotation(),
            text_source=TextSource.NATIVE if words else TextSource.NONE,
            words=words,
            blocks=blocks,
            tables=tables,
            engine=engine,
            warnings=_repairs(text, number),
        )

    def _layout(self, number: int, text: TextLayer, aspect: float, order: WorkOrder) -> tuple[str, Layout]:
        if not text.words:
            return _ENGINE, ((), (), ())
        if not order.extract_tables:
            return _ENGINE, laid_out(text.words, None, aspect)
        return _WITH_TABLES, laid_out(text.words, self._grids_on(number, alone=order.suspect is not None), aspect)

    def _grids_on(self, number: int, *, alone: bool) -> tuple[Grid, ...]:
        if number not in self._grids:
            batch = [number] if alone else self._batch_from(number)
            self._grids = dict.fromkeys(batch, ()) | grids_of(self._data, batch, self._password)
        return self._grids[number]

    def _batch_from(self, number: int) -> Sequence[int]:
        start = self._pages.index(number) if number in self._pages else None
        return [number] if start is None else self._pages[start : start + _TABLE_BATCH]

    def _recognized(self, page: pdfium.PdfPage, number: int, scan: _Scan, order: WorkOrder, ocr: Ocr) -> Page:
        wanted = scan.dpi * _SUSPECT_SHARE if number == order.suspect else scan.dpi
        pixels, dpi = drawn(page, number, dpi=wanted, limits=order.limits, color=False)
        width, height = page.get_size()
        if int(pixels.min()) == int(pixels.max()):
            return _blank(number, width, height, page.get_rotation())
        reading = ocr.read(pixels, page=number, language=order.language, dpi=dpi)
        return page_from_reading(
            reading,
            number=number,
            width=round(width, 3),
            height=round(height, 3),
            unit=LengthUnit.POINT,
            rotation=page.get_rotation(),
            pixels=pixels,
            tables=RasterTables() if order.extract_tables else None,
            warnings=_downscaled(number, scan.dpi, dpi),
        )


def _opened(data: bytes, password: str | None) -> tuple[pdfium.PdfDocument, str | None]:
    """The document and the password that opened it; pdfium takes passwords as bytes of an encoding it does not name."""
    attempts = [None] if password is None else [None, password]
    for attempt in attempts:
        try:
            document = pdfium.PdfDocument(data, password=attempt)
        except pdfium.PdfiumError as error:
            if error.err_code not in _LOCKED:
                raise DocumentError(FailureCode.FILE_CORRUPT) from error
        else:
            return document, attempt
    raise DocumentError(FailureCode.FILE_ENCRYPTED)


def _geometry(page: pdfium.PdfPage) -> Geometry:
    left, bottom, right, top = page.get_bbox()
    return Geometry(left=left, bottom=bottom, right=right, top=top, rotation=page.get_rotation())


def _scan(page: pdfium.PdfPage, text: TextLayer) -> _Scan | None:
    """How OCR should read the page, None if its text layer says it all or nothing is drawn on it."""
    readable = text.characters * (1 - text.unreadable)
    if text.words and text.unreadable <= _UNREADABLE and readable >= _LITTLE_TEXT:
        return None
    if not has_objects(page):
        return None
    picture = largest_picture(page)
    covered = picture is not None and picture.share >= _SCAN_SHARE
    if text.words and text.unreadable <= _UNREADABLE and not covered:
        return None
    if picture is not None and covered and _OWN_DPI[0] <= picture.dpi <= _OWN_DPI[1]:
        return _Scan(picture.dpi)
    return _Scan(_OCR_DPI)


def _blank(number: int, width: float, height: float, rotation: int) -> Page:
    return Page(
        number=number,
        width=round(width, 3),
        height=round(height, 3),
        unit=LengthUnit.POINT,
        rotation=rotation,
        text_source=TextSource.NONE,
    )


def _repairs(text: TextLayer, number: int) -> tuple[ResultWarning, ...]:
    if not text.repaired:
        return ()
    message = f"Broken characters in {text.repaired} words were replaced by U+FFFD."
    return (ResultWarning(code=WarningCode.TEXT_REPAIRED, message=message, page=number),)


def _downscaled(number: int, wanted: float, used: float) -> tuple[ResultWarning, ...]:
    if used >= wanted:
        return ()
    message = f"The page is so large that it was read at {used:.0f} instead of {wanted:.0f} dots per inch."
    return (ResultWarning(code=WarningCode.PAGE_DOWNSCALED, message=message, page=number),)
