"""What the pipeline asks of its engines and of its surroundings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from docurift.model.failure import FailureCode, Stage
from docurift.model.result import Box, Json, Page, ResultWarning, Table, Word
from docurift.model.work import Limits, LlmAnswer, LlmFault, LlmRefused, LlmRequest, OcrReading, WorkOrder

Pixels = NDArray[np.uint8]
"""Raster of shape (height, width) for grey or (height, width, 3) for RGB; row 0 is the top of the page."""


class DocumentError(Exception):
    """The document cannot be read, for a reason of its own; ends the job with `code`."""

    def __init__(
        self, code: FailureCode, *, stage: Stage = Stage.LOAD, page: int | None = None, detail: str | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.stage, self.page, self.detail = code, stage, page, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """What the XML of an e-invoice says: values by JSON Pointer into the invoice schema, those that are there; and what
    should be known about XML that was left alone. Without values there is no e-invoice that could be read.
    """

    values: Mapping[str, Json] = field(default_factory=dict[str, Json])
    warnings: tuple[ResultWarning, ...] = ()


class Ocr(Protocol):
    """Reads text from pixels, in another process."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """The words on `pixels`.

        Raises:
            DocumentError: the reading failed (`ENGINE_UNAVAILABLE`, `PROCESSING_TIMEOUT`, `OUT_OF_MEMORY`).
        """
        ...


class Llm(Protocol):
    """Proposes values, in another process; what it says proves nothing."""

    def ask(self, request: LlmRequest, pictures: Sequence[Pixels] = ()) -> LlmAnswer:
        """Where the wanted values are said to stand, or why nobody said anything. `pictures` are those of
        `request.images`.
        """
        ...


class _NoLlm:
    """No language model is to be had."""

    def ask(self, request: LlmRequest, pictures: Sequence[Pixels] = ()) -> LlmAnswer:
        """Nobody answers."""
        del request, pictures
        return LlmRefused(fault=LlmFault.UNREACHABLE)


NO_LLM: Final[Llm] = _NoLlm()


class PageSource(Protocol):
    """An opened document of any format, page by page."""

    @property
    def page_count(self) -> int:
        """How many pages the document has, all told."""
        ...

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """What opening the document had to repair or leave out."""
        ...

    @property
    def einvoice(self) -> EInvoice | None:
        """The e-invoice that the document is or carries, and what was left alone on the way to it; None if there is no
        trace of one.
        """
        ...

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        """Page `number`, counted from 1, with words, blocks in reading order and tables.

        Raises:
            DocumentError: this page cannot be read.
        """
        ...

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        """The page as it is displayed, /Rotate applied, at `dpi` or less if the raster limit asks for it.

        Raises:
            DocumentError: this page cannot be drawn, or the format has no pages to draw.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Opener(Protocol):
    """Opens a file of one format."""

    def __call__(self, data: bytes, order: WorkOrder) -> PageSource:
        """The opened document.

        Raises:
            DocumentError: it is damaged, encrypted, too large or not what it says.
        """
        ...


class Openers(Protocol):
    """Chooses the opener by content."""

    def open(self, data: bytes, order: WorkOrder) -> PageSource:
        """The document behind `data`, of whatever format it proves to be.

        Raises:
            DocumentError: as `Opener`; `FILE_CORRUPT` if it is none of the formats that are taken.
        """
        ...


class TableFinder(Protocol):
    """Finds tables among the words of a page without text layer, and its ruling lines."""

    def find(self, words: tuple[Word, ...], pixels: Pixels | None) -> tuple[Table, ...]:
        """Tables of the page, boxes in 0-1."""
        ...


class Sink(Protocol):
    """Where the pipeline tells how far it is."""

    def opened(self, page_count: int, pages: int) -> None:
        """The document is open; `pages` of `page_count` will be read."""
        ...

    def page_read(self, page: Page) -> None:
        """A page is finished."""
        ...


def box_union(boxes: Iterator[Box]) -> Box:
    """The smallest box around all of `boxes`, of which there is at least one."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)
