"""What a document says: pages with words, blocks and tables; the value tree; the evidence of each value.

Boxes are `(x0, y0, x1, y1)` as shares of the page, 0-1, origin top left, of the page as it is displayed (after its
rotation).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from docurift.model.failure import FailureCode, sentence_of

Box = tuple[float, float, float, float]
if TYPE_CHECKING:
    Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
else:
    Json = Any  # msgspec decodes these dataclasses, and knows no recursive alias


class TextSource(StrEnum):
    """How a page's text was got."""

    NATIVE = "native"
    OCR = "ocr"
    NONE = "none"


class Source(StrEnum):
    """Where a value was got from (contract section 3)."""

    TEXT = "text"
    OCR = "ocr"
    XML = "xml"
    LLM = "llm"
    DERIVED = "derived"


class LengthUnit(StrEnum):
    """What a page's width and height are counted in."""

    POINT = "point"  # 1/72 inch
    PIXEL = "pixel"


class BlockKind(StrEnum):
    """What a block of a page is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


class WarningCode(StrEnum):
    """Codes of contract section 3."""

    XML_PAGE_MISMATCH = "XML_PAGE_MISMATCH"
    XML_NOT_READ = "XML_NOT_READ"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    PAGE_FAILED = "PAGE_FAILED"
    PAGE_DOWNSCALED = "PAGE_DOWNSCALED"
    TEXT_REPAIRED = "TEXT_REPAIRED"
    TOTALS_MISMATCH = "TOTALS_MISMATCH"
    LANGUAGE_DATA_MISSING = "LANGUAGE_DATA_MISSING"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    VALUE_UNVERIFIED = "VALUE_UNVERIFIED"
    NAME_DISAGREES_WITH_CONTENT = "NAME_DISAGREES_WITH_CONTENT"
    SCHEMA_MISMATCH = "SCHEMA_MISMATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWarning:
    """Something a user should know about a completed job."""

    code: WarningCode
    message: str
    page: int | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A blank-separated run of characters; `confidence` is 1 for native text."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a page in reading order. `words` are indexes into the page's words; a table block names its table."""

    kind: BlockKind
    box: Box
    text: str
    words: tuple[int, ...] = ()
    level: int | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table: zero-based row and column, header rows included; `box` is None for an empty cell."""

    row: int
    column: int
    text: str
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of one page as a full grid; the first `header_rows` rows are its header."""

    box: Box
    rows: int
    columns: int
    header_rows: int
    cells: tuple[Cell, ...]
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as read. `words` and `blocks` are in reading order; `rotation` is the turn, in degrees clockwise, that
    was applied to show the page upright (a PDF's /Rotate, or found by the orientation model). `failure` says why
    nothing could be read of it; then it has no size either.
    """

    number: int
    width: float
    height: float
    unit: LengthUnit
    rotation: int
    text_source: TextSource
    words: tuple[Word, ...] = ()
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    engine: str | None = None
    warnings: tuple[ResultWarning, ...] = ()
    failure: FailureCode | None = None


def failed_page(number: int, code: FailureCode) -> Page:
    """Page `number`, of which nothing could be read, with the warning that tells so."""
    warning = ResultWarning(code=WarningCode.PAGE_FAILED, message=f"{code}: {sentence_of(code)}", page=number)
    return Page(
        number=number,
        width=0.0,
        height=0.0,
        unit=LengthUnit.POINT,
        rotation=0,
        text_source=TextSource.NONE,
        warnings=(warning,),
        failure=code,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The evidence of one value: where it stands, what stands there, how sure the service is, and whether the server
    found this very text at that place.
    """

    confidence: float
    page: int | None
    box: Box | None
    text: str | None
    source: Source
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What a completed job answers. `result` is the value tree of the document type, `fields` maps JSON Pointers into
    it to their evidence.
    """

    result: dict[str, Json]
    fields: dict[str, Field]
    warnings: tuple[ResultWarning, ...]
    confidence: float
    detected_document_type: str
    detected_language: str | None
    markdown: str
    text: str
    page_count: int
    pages_processed: int
    engine_version: str
