"""Documents that flow: office files, mail, HTML, text. They have text and order, but no places.

So that page endpoint and evidence work for them as for all others, their lines are set here in one column, as a
typewriter would: 12-point lines of 6-point characters on A4, boxes following from line and column. These pages are
ours, not those of the program that made the file; a slide is one page, and so is a worksheet of up to 500 rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from docurift.engines.typeset import Sheet, wrap
from docurift.model.failure import FailureCode, Stage
from docurift.model.result import BlockKind, Page, ResultWarning
from docurift.model.work import Limits, WorkOrder
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, Pixels

LINES_PER_PAGE = 62
MAX_GRID_ROWS = 500
MAX_GRID_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Text:
    """A heading, paragraph or list item; line breaks in `text` are kept. `level` is of a heading or a list, from 1."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table, all rows of equal length; the first `header_rows` are its header."""

    rows: tuple[tuple[str, ...], ...]
    header_rows: int


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page. A `fixed` one opens a page that never runs over, and may stay empty."""

    fixed: bool = False


Flow = Text | Grid | PageBreak


@dataclass(slots=True)
class _Draft:
    """A page in the making."""

    fixed: bool
    items: list[Text | Grid] = field(default_factory=list)
    lines: int = 0


class FlowSource:
    """An opened document that flows."""

    def __init__(
        self,
        flow: Iterable[Flow],
        limits: Limits,
        warnings: tuple[ResultWarning, ...] = (),
        einvoice: EInvoice | None = None,
    ) -> None:
        """Take the whole of `flow` and break it into pages.

        Raises:
            DocumentError: `OUTPUT_TOO_LARGE` for more text than a result may carry, `TOO_MANY_PAGES`.
        """
        self._pages = list(_paginate(_counted(flow, limits)))
        if len(self._pages) > limits.max_pages:
            raise DocumentError(FailureCode.TOO_MANY_PAGES)
        self._warnings, self._einvoice = warnings, einvoice

    @property
    def page_count(self) -> int:
        """How many pages the text takes, at least one."""
        return len(self._pages)

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """What opening the document had to repair or leave out."""
        return self._warnings

    @property
    def einvoice(self) -> EInvoice | None:
        """What the file says to programs, if it is an e-invoice."""
        return self._einvoice

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        """Page `number`, all of it native text."""
        del ocr
        sheet = Sheet()
        for item in self._pages[number - 1]:
            match item:
                case Text(text, kind, level):
                    sheet.set_text(text, kind, level)
                case Grid(rows, header_rows):
                    sheet.set_grid(rows, header_rows, as_table=order.extract_tables)
        return sheet.page(number)

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        """Nothing: drawing such a file needs the program that made it."""
        del dpi, limits
        raise DocumentError(
            FailureCode.ENGINE_UNAVAILABLE, stage=Stage.READ, page=number, detail="This format has no page images."
        )

    def close(self) -> None:
        """Let go of the text."""
        self._pages.clear()


def _counted(flow: Iterable[Flow], limits: Limits) -> Iterator[Flow]:
    characters = 0
    for item in flow:
        match item:
            case Text(text):
                characters += len(text)
            case Grid(rows):
                # An empty cell weighs in a page as a short word does.
                characters += sum(len(cell) + 4 for row in rows for cell in row)
            case PageBreak():
                pass
        if characters > limits.max_text_characters:
            raise DocumentError(FailureCode.OUTPUT_TOO_LARGE)
        yield item


def _paginate(flow: Iterable[Flow]) -> Iterator[tuple[Text | Grid, ...]]:
    draft, count = _Draft(fixed=False), 0
    for item in flow:
        if isinstance(item, PageBreak):
            if draft.items or draft.fixed:
                yield tuple(draft.items)
                count += 1
            draft = _Draft(fixed=item.fixed)
            continue
        for piece in _pieces(item, draft):
            height = _height(piece)
            if draft.items and draft.lines + height > LINES_PER_PAGE and not draft.fixed:
                yield tuple(draft.items)
                count += 1
                draft = _Draft(fixed=False)
            draft.items.append(piece)
            draft.lines += height
    if draft.items or draft.fixed or not count:
        yield tuple(draft.items)


def _pieces(item: Text | Grid, draft: _Draft) -> Iterator[Text | Grid]:
    """`item` in pieces that a page can take: a text by lines, a table by rows, each piece with the header again."""
    if isinstance(item, Grid):
        yield from _row_groups(item)
    elif draft.fixed:
        yield item
    else:
        lines = wrap(item.text)
        for start in range(0, len(lines), LINES_PER_PAGE):
            whole = len(lines) <= LINES_PER_PAGE
            yield item if whole else Text("\n".join(lines[start : start + LINES_PER_PAGE]), item.kind, item.level)


def _row_groups(grid: Grid) -> Iterator[Grid]:
    header, body = grid.rows[: grid.header_rows], grid.rows[grid.header_rows :]
    width = max(len(grid.rows[0]), 1) if grid.rows else 1
    step = max(1, min(MAX_GRID_ROWS, MAX_GRID_CELLS // width))
    for start in range(0, max(len(body), 1), step):
        yield Grid((*header, *body[start : start + step]), grid.header_rows)


def _height(piece: Text | Grid) -> int:
    if isinstance(piece, Grid):
        return len(piece.rows) + 1
    return len(wrap(piece.text)) + 1
