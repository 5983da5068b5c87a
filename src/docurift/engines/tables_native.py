"""Layout of born-digital pages by liteparse: what stands where, and the grids of tables. The words are our own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from liteparse.parser import LiteParse
from liteparse.types import LayoutBlock, LayoutCell, ParsedPage, ParseError

from docurift.model.result import BlockKind, Box

_KINDS = {
    "heading": BlockKind.HEADING,
    "paragraph": BlockKind.PARAGRAPH,
    "list_item": BlockKind.LIST_ITEM,
    "table": BlockKind.TABLE,
    # liteparse calls prose in a fixed-width font code; a grid it could not make out is text as well.
    "code": BlockKind.PARAGRAPH,
    "grid_fallback": BlockKind.PARAGRAPH,
}


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as liteparse read it: `box` (shares of the page) is None where it saw no ink of its own."""

    text: str
    box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A block of a page in reading order; `grid` are the rows of a table, the first `header_rows` its header."""

    kind: BlockKind
    box: Box
    level: int | None = None
    grid: tuple[tuple[GridCell, ...], ...] = ()
    header_rows: int = 0


def regions_of(data: bytes, pages: Sequence[int], password: str | None) -> dict[int, tuple[Region, ...]]:
    """The regions of each of `pages`, counted from 1, of a PDF; pages that liteparse cannot read are left out.

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
    return {page.page_num: _regions(page) for page in parsed.pages if page.width > 0 and page.height > 0}


def _ranges(pages: Iterable[int]) -> str:
    return ",".join(str(page) for page in pages)


def _regions(page: ParsedPage) -> tuple[Region, ...]:
    return tuple(_region(block, page) for block in page.blocks or () if block.kind in _KINDS and block.bbox is not None)


def _region(block: LayoutBlock, page: ParsedPage) -> Region:
    box = _shares(block, page)
    assert box is not None  # noqa: S101 - the caller left blocks without a box out
    kind = _KINDS[block.kind]
    if kind is not BlockKind.TABLE:
        return Region(kind=kind, box=box, level=block.level if kind is BlockKind.HEADING else None)
    header = [block.header] if block.header is not None else []
    rows = [row for row in [*header, *(block.rows or [])] if any(cell.text.strip() for cell in row)]
    grid = tuple(tuple(GridCell(cell.text.strip(), _shares(cell, page)) for cell in row) for row in rows)
    header_rows = int(bool(header) and bool(rows) and rows[0] is header[0])
    return Region(kind=kind, box=box, grid=grid, header_rows=header_rows)


def _shares(part: LayoutBlock | LayoutCell, page: ParsedPage) -> Box | None:
    if part.bbox is None:
        return None
    x0, y0 = part.bbox.x / page.width, part.bbox.y / page.height
    x1, y1 = x0 + part.bbox.width / page.width, y0 + part.bbox.height / page.height
    return _clipped(x0), _clipped(y0), _clipped(x1), _clipped(y1)


def _clipped(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 5)
