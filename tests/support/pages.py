"""Pages and documents with defaults, and a format made of ready pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from docurift.model.result import LengthUnit, Page, TextSource, Word
from docurift.model.work import Limits, WorkOrder
from docurift.pipeline.blocks import blocks_of
from docurift.pipeline.lines import lines_of
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, PageSource, Pixels

_WIDTH, _HEIGHT = 600.0, 800.0
_LETTER, _LINE = 6.0, 12.0


def a_word(text: str, x: float, y: float, *, confidence: float = 1.0) -> Word:
    """A word with its upper left corner at `(x, y)` points of a page of 600 by 800."""
    right, bottom = x + _LETTER * len(text), y + _LINE
    return Word(text, (x / _WIDTH, y / _HEIGHT, right / _WIDTH, bottom / _HEIGHT), confidence)


def some_words(*placed: tuple[float, float, str], confidence: float = 1.0) -> tuple[Word, ...]:
    """Blank-separated words from each place on."""
    words: list[Word] = []
    for x, y, text in placed:
        at = x
        for part in text.split():
            words.append(a_word(part, at, y, confidence=confidence))
            at += _LETTER * (len(part) + 0.5)
    return tuple(words)


def a_page(*placed: tuple[float, float, str], number: int = 1, confidence: float = 1.0, **changes: object) -> Page:
    """A page of 600 by 800 points with these words."""
    words = some_words(*placed, confidence=confidence)
    values: dict[str, object] = {
        "number": number,
        "width": _WIDTH,
        "height": _HEIGHT,
        "unit": LengthUnit.POINT,
        "rotation": 0,
        "text_source": TextSource.NATIVE if words else TextSource.NONE,
        "words": words,
        "blocks": blocks_of(words, lines_of(words, _WIDTH / _HEIGHT)),
    }
    return Page(**(values | changes))  # type: ignore[arg-type]


@dataclass
class ReadyPages:
    """A document whose pages are known; a `DocumentError` in their place is raised."""

    pages: Mapping[int, Page | DocumentError]
    closed: bool = False
    read_numbers: list[int] = field(default_factory=list)
    einvoice: EInvoice | None = None
    warnings = ()

    @property
    def page_count(self) -> int:
        return len(self.pages)

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        del order, ocr
        self.read_numbers.append(number)
        page = self.pages[number]
        if isinstance(page, DocumentError):
            raise page
        return page

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        del number, dpi, limits
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


@dataclass
class OneFormat:
    """Opens everything as the same document."""

    source: PageSource

    def open(self, data: bytes, order: WorkOrder) -> PageSource:
        del data, order
        return self.source


@dataclass
class Told:
    """A sink that remembers."""

    counts: tuple[int, int] | None = None
    pages: list[Page] = field(default_factory=list)

    def opened(self, page_count: int, pages: int) -> None:
        self.counts = (page_count, pages)

    def page_read(self, page: Page) -> None:
        self.pages.append(page)
