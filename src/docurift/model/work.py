"""What crosses the boundary between the worker and the sandboxed child: orders in, pages and an outcome out.

Frames travel over a socket pair as JSON (and raw pixels for OCR), never as pickles: a parser that was taken over must
not run code in the worker (security.md section 1, finding 4).
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from docurift.model.failure import FailureCode, Stage
from docurift.model.result import Box, Extraction, Page

MIB = 1024 * 1024
MAX_LLM_FIELDS = 300
"""Values that one question to the language model may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one document (security.md section 3.1)."""

    max_pages: int = 2_000
    max_frames: int = 200
    max_page_side_points: float = 14_400.0
    max_raster_pixels: int = 40_000_000
    max_image_pixels: int = 80_000_000
    max_image_side_pixels: int = 32_000
    max_archive_entries: int = 10_000
    max_archive_bytes: int = 512 * MIB
    max_archive_ratio: int = 200
    archive_ratio_floor_bytes: int = 10 * MIB
    max_text_characters: int = 20_000_000
    max_einvoice_bytes: int = 10 * MIB
    max_frame_bytes: int = 8 * MIB
    max_output_bytes: int = 256 * MIB
    memory_bytes: int = 1024 * MIB
    base_seconds: float = 20.0
    page_seconds: float = 3.0
    ceiling_seconds: float = 300.0
    ocr_page_seconds: float = 30.0

    def within(self, seconds: float) -> "Limits":
        """The same, ended after `seconds`, waiting for OCR excluded."""
        return replace(
            self,
            base_seconds=min(self.base_seconds, seconds),
            ceiling_seconds=min(self.ceiling_seconds, seconds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmTerms:
    """What a document may ask of the operator's language model: one question, of at most so many pages and so many
    bytes of their words (`weight_bytes`), answered within `seconds`; with pictures of the pages where `images`.
    """

    max_pages: int
    max_text_bytes: int
    seconds: float
    images: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """What the child is to do with the one file that it was handed. `pages` are inclusive ranges, counted from 1;
    None means all. `known` pages are not read again; they follow the order in `known_pages` frames of their own.
    `suspect` is the page that an earlier child may have died of: it is drawn at half the resolution, and no page is
    touched before its turn. `schema` is the JSON text of the fields wanted, None for those of the document type.
    Without `llm` no language model may be asked.
    """

    document_type: str
    language: str
    extract_tables: bool
    ocr_fallback: bool
    pages: tuple[tuple[int, int], ...] | None
    password: str | None = field(repr=False)
    page_error_limit: float
    media_type: str
    file_name: str
    limits: Limits
    engine_version: str
    known_pages: int = 0
    known: tuple[Page, ...] = ()
    suspect: int | None = None
    schema: str | None = None
    llm: LlmTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKnown:
    """Follows the order, once for each of its `known_pages`: a page that an earlier child has read, or died of."""

    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOrder:
    """Draw one page upright, for the page-image endpoint. `rotation` is the page's as it was read (result.Page); None
    leaves it as the file says.
    """

    page: int
    dpi: int
    rotation: int | None
    media_type: str
    password: str | None = field(repr=False)
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The child has opened the file: `pages` is how many it will read, of `page_count`."""

    page_count: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One page is finished."""

    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrRequest:
    """Please read these pixels; `width * height * channels` raw bytes follow the frame, row by row, top row first.
    `channels` is 1 (grey) or 3 (RGB).
    """

    page: int
    width: int
    height: int
    channels: int
    language: str
    dpi: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The document was read."""

    extraction: Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The document could not be read, for a reason of its own."""

    code: FailureCode
    stage: Stage
    page: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The page as pixels: `width * height * channels` raw bytes follow the frame."""

    width: int
    height: int
    channels: int


@dataclass(frozen=True, slots=True)
class OcrWord:
    """A word of an OCR reading; `box` in pixels of the upright image; `line` counts lines in reading order."""

    text: str
    box: Box
    confidence: float
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrReading:
    """What OCR read. The image was turned by `rotation` degrees clockwise (0, 90, 180, 270) to stand upright; boxes,
    `width` and `height` are in pixels of the upright image.
    """

    words: tuple[OcrWord, ...]
    rotation: int
    width: int
    height: int
    engine: str
    missing_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrRefused:
    """OCR could not read the page."""

    code: FailureCode
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmField:
    """A value that is wanted: its JSON Pointer into the result, `*` standing for each item of a list, and what it is,
    in words. `choices` are the only values that it may have, if not empty.
    """

    pointer: str
    kind: str
    title: str
    description: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmPage:
    """A page's words in reading order; a word's number is its place among them. `lines` are the numbers of the words
    that begin a line, rising, the first of them 0.
    """

    number: int
    words: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmImage:
    """The picture of a page: `width * height * channels` raw bytes of those that follow the frame."""

    page: int
    width: int
    height: int
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmRequest:
    """Please find these values on these pages. The pixels of `images` follow the frame, one picture after the other."""

    document_type: str
    fields: tuple[LlmField, ...]
    pages: tuple[LlmPage, ...]
    images: tuple[LlmImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmClaim:
    """Where a value is said to stand: the numbers of its words on `page`, and their text. `item` counts the items of a
    list, from 0. Nobody has looked yet whether it is true.
    """

    pointer: str
    item: int
    page: int
    words: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmReading:
    """What the language model said."""

    claims: tuple[LlmClaim, ...]


class LlmFault(StrEnum):
    """Why the language model was not heard."""

    TOO_LATE = "too_late"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TOO_LONG = "too_long"
    NONSENSE = "nonsense"
    OUT_OF_BUDGET = "out_of_budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmRefused:
    """The language model was not heard."""

    fault: LlmFault


def weight_bytes(page: LlmPage) -> int:
    """What the page adds to a question: its words in UTF-8, each with its number, a colon and a blank."""
    return sum(len(word.encode("utf-8", "replace")) + len(str(i)) + 2 for i, word in enumerate(page.words))


ChildMessage = Opened | PageRead | OcrRequest | LlmRequest | Completed | Refused | Rendered
OcrAnswer = OcrReading | OcrRefused
LlmAnswer = LlmReading | LlmRefused
