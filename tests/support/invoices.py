"""Invoices of many designs, drawn here with all that they say known. None of them stands in any data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.pipeline.read import Reading, read_pages

_REGULAR, _BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True)
class Sample:
    """A drawn invoice: its language, what it says by JSON Pointers, and how it is drawn."""

    name: str
    language: str
    expected: dict[str, Any]
    draw: Callable[["Sheet"], None]
    page_size: tuple[float, float] = A4
    items: list[tuple[str, float | None, float | None, float]] = field(default_factory=list)

    def pdf(self) -> bytes:
        """The document."""
        return drawn(self.draw, self.page_size)


class Sheet:
    """Draws from the top left corner, in points."""

    def __init__(self, canvas: Canvas, size: tuple[float, float]) -> None:
        self._canvas, (self.width, self.height) = canvas, size

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False) -> None:
        """Text from `x` on."""
        self._canvas.setFont(_BOLD if bold else _REGULAR, size)
        self._canvas.drawString(x, self.height - y, text)

    def right(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False) -> None:
        """Text that ends at `x`."""
        self._canvas.setFont(_BOLD if bold else _REGULAR, size)
        self._canvas.drawRightString(x, self.height - y, text)

    def lines(self, x: float, y: float, texts: Sequence[str], *, size: float = 10, pitch: float = 13) -> None:
        """Lines under each other."""
        for place, text in enumerate(texts):
            self.text(x, y + place * pitch, text, size=size)

    def pairs(self, x: float, value_x: float, y: float, pairs: Sequence[tuple[str, str]], *, pitch: float = 14) -> None:
        """Labels with values to their right."""
        for place, (label, value) in enumerate(pairs):
            self.text(x, y + place * pitch, label)
            self.text(value_x, y + place * pitch, value)

    def sums(self, x: float, value_x: float, y: float, pairs: Sequence[tuple[str, str]], *, pitch: float = 15) -> None:
        """Labels with amounts that end at `value_x`."""
        for place, (label, value) in enumerate(pairs):
            self.text(x, y + place * pitch, label)
            self.right(value_x, y + place * pitch, value)

    def table(
        self,
        y: float,
        columns: Sequence[tuple[float, str]],
        rows: Sequence[Sequence[str]],
        *,
        pitch: float = 16,
        ruled: bool = False,
    ) -> float:
        """Columns by their place and `<` or `>` before the head's text; gives the place under the last row."""
        for row, values in enumerate([[head[1:] for _, head in columns], *rows]):
            for (x, head), value in zip(columns, values, strict=True):
                for line, text in enumerate(value.split("\n")):
                    draw = self.right if head[0] == ">" else self.text
                    draw(x, y + line * 12, text, bold=row == 0)
            if ruled:
                self._canvas.line(50, self.height - y - 4, self.width - 50, self.height - y - 4)
            y += pitch + 12 * (max(value.count("\n") for value in values))
        return y

    def rule(self, y: float) -> None:
        """A line across the page."""
        self._canvas.line(50, self.height - y, self.width - 50, self.height - y)

    def next_page(self) -> None:
        """Go on on a new page."""
        self._canvas.showPage()


def drawn(draw: Callable[[Sheet], None], page_size: tuple[float, float] = A4) -> bytes:
    """A PDF as `draw` draws it."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=page_size, invariant=True)
    draw(Sheet(canvas, page_size))
    canvas.save()
    return out.getvalue()


def reading_of(pdf: bytes) -> Reading:
    """The pages of `pdf` as the pipeline reads them."""
    order = a_work_order(document_type="invoice", media_type="application/pdf", file_name="invoice.pdf")
    source = ContentOpeners().open(pdf, order)
    try:
        return read_pages(source, order, ScriptedOcr(), _Silent())
    finally:
        source.close()


class _Silent:
    def opened(self, page_count: int, pages: int) -> None:
        """Nobody listens."""

    def page_read(self, page: object) -> None:
        """Nobody listens."""
