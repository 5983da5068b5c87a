"""Tables of born-digital pages by liteparse: where they stand, and their grids. The words are our own."""

import ctypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import liteparse
from liteparse.parser import LiteParse
from liteparse.types import LayoutBlock, LayoutCell, ParsedPage, ParseError

from docurift.model.result import Box

# liteparse loads its own pdfium from here at its first page, and finds it loaded if it is already.
_LIBRARY: Final = Path(liteparse.__file__).with_name("libpdfium.so")
_POINTER: Final = ctypes.c_void_p


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as liteparse read it: `box` (shares of the page) is None where it saw no ink of its own."""

    text: str
    box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as a full grid in its place on the page; the first `header_rows` rows are its header."""

    box: Box
    rows: tuple[tuple[GridCell, ...], ...]
    header_rows: int


def warm_up(page: bytes) -> None:
    """What liteparse's pdfium sets up once (its library, the list of fonts, what the first page of a PDF needs) stands
    in this process, and in its forks. No thread is started: liteparse itself, which starts some, is not called.
    """
    if not _LIBRARY.exists():
        return  # another platform's name for it; then the first page pays
    library = ctypes.CDLL(str(_LIBRARY))
    library.FPDF_LoadMemDocument.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    library.FPDF_LoadPage.argtypes = (_POINTER, ctypes.c_int)
    for load in (library.FPDF_LoadMemDocument, library.FPDF_LoadPage, library.FPDFText_LoadPage):
        load.restype = _POINTER
    library.FPDF_InitLibrary()  # a second time, by liteparse, does nothing
    document = _POINTER(library.FPDF_LoadMemDocument(page, len(page), None))
    first = _POINTER(library.FPDF_LoadPage(document, 0))
    library.FPDFText_ClosePage(_POINTER(library.FPDFText_LoadPage(first)))
    library.FPDF_ClosePage(first)
    library.FPDF_CloseDocument(document)


def grids_of(data: bytes, pages: Sequence[int], password: str | None) -> dict[int, tuple[Grid, ...]]:
    """The tables of each of `pages`, counted from 1, of a PDF; pages that liteparse cannot read are left out.

    liteparse has its own pdfium and must not be called from two threads. It downloads nothing and reads no pixels here.
    """
    parser = LiteParse(
        ocr_enabled=False,
        extract_blocks=True,
        keep_headers_footers=True,
        extract_links=False,
        image_mode="off",
        continue_on_page_error=True,
        target_pages=_ranges(pages),
        max_pages=max(pages),
        password=password,
        num_workers=1,
        quiet=True,
    )
    try:
        parsed = parser.parse(data)
    except ParseError:
        return {}
    return {page.page_num: _grids(page) for page in parsed.pages if page.width > 0 and page.height > 0}


def _ranges(pages: Iterable[int]) -> str:
    return ",".join(str(page) for page in pages)


def _grids(page: ParsedPage) -> tuple[Grid, ...]:
    found = (_grid(block, page) for block in page.blocks or () if block.kind == "table")
    return tuple(grid for grid in found if grid is not None)


def _grid(block: LayoutBlock, page: ParsedPage) -> Grid | None:
    box = _shares(block, page)
    header = [block.header] if block.header is not None else []
    given = [row for row in [*header, *(block.rows or [])] if any(cell.text.strip() for cell in row)]
    if box is None or not given:
        return None
    rows = tuple(tuple(GridCell(cell.text.strip(), _shares(cell, page)) for cell in row) for row in given)
    return Grid(box=box, rows=rows, header_rows=int(bool(header) and given[0] is header[0]))


def _shares(part: LayoutBlock | LayoutCell, page: ParsedPage) -> Box | None:
    if part.bbox is None:
        return None
    x0, y0 = part.bbox.x / page.width, part.bbox.y / page.height
    x1, y1 = x0 + part.bbox.width / page.width, y0 + part.bbox.height / page.height
    return _clipped(x0), _clipped(y0), _clipped(x1), _clipped(y1)


def _clipped(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 5)
