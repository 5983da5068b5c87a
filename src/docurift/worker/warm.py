"""What the zygote loads before its first fork: whatever loads late would be refused by the child's jail, or paid for by
every document.
"""

import codecs
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from docurift.engines import batch_archive, tables_native
from docurift.engines.batch_archive import ArchiveSink
from docurift.engines.openers import ContentOpeners
from docurift.model.archive import UnpackOrder
from docurift.model.document import MediaType
from docurift.model.failure import FailureCode
from docurift.model.result import Page
from docurift.model.work import Completed, Limits, OcrReading, Refused, RenderOrder, WorkOrder
from docurift.pipeline import run as pipeline
from docurift.pipeline.ports import NO_LLM, DocumentError, Llm, Ocr, Openers, Pixels, Sink
from docurift.worker import jail


class Reader(Protocol):
    """Reads a document: the pipeline, or what stands in for it in a test."""

    def __call__(
        self, data: bytes, order: WorkOrder, openers: Openers, ocr: Ocr, sink: Sink, *, llm: Llm
    ) -> Completed | Refused:
        """What the document says."""
        ...


# The modules that the openers import when a format comes by.
_ENGINES: Final = ("pdf", "image", "docx", "xlsx", "pptx", "html", "mail", "einvoice_text", "text")
_CODECS: Final = (
    *(
        "ascii",
        "latin-1",
        "cp1252",
        "cp437",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "idna",
        "punycode",
    ),
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "iso2022_jp", "koi8-r", "cp1250", "cp1251", "iso8859-15"),
    *("quopri", "base64", "unicode_escape", "raw_unicode_escape"),
)
_FONT_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_LIBRARY_FOLDERS: Final = (Path("/usr/lib"), Path("/lib"), Path("/lib64"), Path("/usr/share/zoneinfo"))
_TURN_DEGREES: Final = 90


@dataclass(frozen=True, slots=True)
class WarmWork:
    """Reading and drawing, ready to be forked."""

    reader: Reader
    openers: Openers
    rules: int | None

    def read(self, data: bytes, order: WorkOrder, ocr: Ocr, sink: Sink, llm: Llm) -> Completed | Refused:
        """Run the pipeline."""
        return self.reader(data, order, self.openers, ocr, sink, llm=llm)

    def render(self, data: bytes, order: RenderOrder) -> Pixels:
        """The page as it stands upright: as the file says, turned further by what OCR found beyond that."""
        source = self.openers.open(data, _order(order))
        pixels = source.render(order.page, dpi=order.dpi, limits=order.limits)
        if order.rotation is None:
            return pixels
        further = order.rotation - _own_rotation(data, order)
        return np.rot90(pixels, -further // _TURN_DEGREES)

    def unpack(self, archive: BinaryIO, order: UnpackOrder, sink: ArchiveSink) -> None:
        """Hand out the files of a batch's archive."""
        batch_archive.unpack(archive, order.archive, sink)


def everything(test_engine: Path | None) -> WarmWork:
    """All parsers, loaded and tried on a page; what they may read from now on is in the rules."""
    Image.init()
    for name in _CODECS:
        codecs.lookup(name)
    for name in _ENGINES:
        importlib.import_module(f"docurift.engines.{name}")
    readable = [*map(Path, sys.path), *_LIBRARY_FOLDERS, *_FONT_FOLDERS]
    work = WarmWork(
        _reader(test_engine), ContentOpeners(), jail.prepare(path for path in readable if path.is_absolute())
    )
    _try_out(work)
    return work


def _reader(test_engine: Path | None) -> Reader:
    if test_engine is None:
        return pipeline.run
    found = importlib.util.spec_from_file_location("docurift_test_engine", test_engine)
    if found is None or found.loader is None:
        raise FileNotFoundError(test_engine)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.run


def _own_rotation(data: bytes, order: RenderOrder) -> int:
    """The /Rotate of a PDF's page, which drawing it has applied; pictures have none."""
    if order.media_type != MediaType.PDF:
        return 0
    with pdfium.PdfDocument(data, password=order.password) as document:
        return document[order.page - 1].get_rotation()


def _try_out(work: WarmWork) -> None:
    """Read and draw a page: what pdfium and the others set up at their first page is then shared by every child."""
    silent = _Silent()
    order = RenderOrder(page=1, dpi=36, rotation=None, media_type=MediaType.PDF, password=None, limits=Limits())
    work.reader(_PAGE, _order(order), work.openers, silent, silent, llm=NO_LLM)
    work.render(_PAGE, order)
    tables_native.warm_up(_PAGE)


def _order(order: RenderOrder) -> WorkOrder:
    return WorkOrder(
        document_type="generic",
        language="en",
        extract_tables=False,  # liteparse starts threads and keeps a pipe: not here; its library is warmed by itself
        ocr_fallback=False,
        pages=None,
        password=order.password,
        page_error_limit=0.0,
        media_type=order.media_type,
        file_name="",
        limits=order.limits,
        engine_version="",
    )


class _Silent:
    """No surroundings: nobody listens, and nobody reads pixels."""

    def opened(self, page_count: int, pages: int) -> None:
        """Nobody listens."""

    def page_read(self, page: Page) -> None:
        """Nobody listens."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """Nobody reads."""
        del pixels, language, dpi
        raise DocumentError(FailureCode.ENGINE_UNAVAILABLE, page=page)


# Without a cross-reference table: pdfium finds the objects by itself.
_PAGE: Final = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>> endobj
4 0 obj <</Length 115>> stream
BT /F 12 Tf 72 720 Td (Total amount: 12.50) Tj 0 -20 Td (Date: 2024-01-31) Tj ET 60 500 200 100 re S 60 550 200 0 re S
endstream endobj
5 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""
