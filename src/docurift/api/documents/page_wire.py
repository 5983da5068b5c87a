"""A page as it travels (contract section 2)."""

from typing import Annotated, Self

from msgspec import Meta

from docurift.api.answers import Wire
from docurift.api.jobs.wire import Count, DocumentIdText, Share, WarningOut
from docurift.model.ids import DocumentId
from docurift.model.result import Block, BlockKind, Cell, LengthUnit, Page, Table, TextSource, Word

Corner = tuple[float, float, float, float]
"""`[x0, y0, x1, y1]` as shares of the page as it is displayed, origin top left."""


class WordOut(Wire, frozen=True):
    """A word where it stands."""

    text: str
    box: Corner
    confidence: Share

    @classmethod
    def of(cls, word: Word) -> Self:
        """The word as it travels."""
        return cls(text=word.text, box=word.box, confidence=word.confidence)


class BlockOut(Wire, frozen=True):
    """A piece of the page in reading order; `words` are indexes into the page's words, `table` into its tables."""

    kind: BlockKind
    box: Corner
    text: str
    words: tuple[Count, ...]
    level: int | None
    table: Count | None

    @classmethod
    def of(cls, block: Block) -> Self:
        """The block as it travels."""
        return cls(
            kind=block.kind,
            box=block.box,
            text=block.text,
            words=block.words,
            level=block.level,
            table=block.table,
        )


class CellOut(Wire, frozen=True):
    """A cell of a table, its row and column from 0."""

    row: Count
    column: Count
    text: str
    box: Corner | None

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """The cell as it travels."""
        return cls(row=cell.row, column=cell.column, text=cell.text, box=cell.box)


class TableOut(Wire, frozen=True):
    """A table as a full grid, whose first `headerRows` rows are its header."""

    box: Corner
    rows: Count
    columns: Count
    header_rows: Count
    cells: tuple[CellOut, ...]
    confidence: Share

    @classmethod
    def of(cls, table: Table) -> Self:
        """The table as it travels."""
        return cls(
            box=table.box,
            rows=table.rows,
            columns=table.columns,
            header_rows=table.header_rows,
            cells=tuple(CellOut.of(cell) for cell in table.cells),
            confidence=table.confidence,
        )


class PageOut(Wire, frozen=True):
    """One page as it was read. `rotation` is the turn in degrees clockwise that was applied to show it upright."""

    document_id: DocumentIdText
    page: Annotated[int, Meta(ge=1)]
    width: float
    height: float
    unit: LengthUnit
    rotation: int
    text_source: TextSource
    engine: str | None
    words: tuple[WordOut, ...]
    blocks: tuple[BlockOut, ...]
    tables: tuple[TableOut, ...]
    warnings: tuple[WarningOut, ...]

    @classmethod
    def of(cls, page: Page, document_id: DocumentId) -> Self:
        """The page as it travels."""
        return cls(
            document_id=document_id,
            page=page.number,
            width=page.width,
            height=page.height,
            unit=page.unit,
            rotation=page.rotation,
            text_source=page.text_source,
            engine=page.engine,
            words=tuple(WordOut.of(word) for word in page.words),
            blocks=tuple(BlockOut.of(block) for block in page.blocks),
            tables=tuple(TableOut.of(table) for table in page.tables),
            warnings=tuple(WarningOut.of(warning) for warning in page.warnings),
        )
