"""Paper: puts text on pages and remembers where each value stands. Lengths are points, y grows downwards."""

import io
from dataclasses import dataclass
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from tools.synth.fonts import faces, printable
from tools.synth.grammar import Grammar
from tools.synth.sheet import Piece

from docurift.model.result import Box

_SIZES: Final = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
_BOTTOM: Final = 54.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a piece of a value stands: page from 1, box in 0-1 with its origin top left, and what is printed there."""

    page: int
    box: Box
    text: str


class Paper:
    """The pages of one document."""

    def __init__(self, grammar: Grammar, size: tuple[float, float] | None = None) -> None:
        self.width, self.height = size or _SIZES[grammar.paper]
        self.page = 1
        self.places: dict[str, list[Place]] = {}
        self._regular, self._bold = faces(grammar.font)
        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pagesize=(self.width, self.height), invariant=1)

    def width_of(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide `text` is."""
        face = self._bold if bold else self._regular
        return float(pdfmetrics.stringWidth(printable(text, face), face, size))

    def put(self, x: float, y: float, piece: Piece, size: float, *, bold: bool = False, align: str = "left") -> float:
        """Print on the baseline `y`, from `x`, up to it or around it; tells how wide it is."""
        face = self._bold if bold else self._regular
        text = printable(piece.text, face)
        width = float(pdfmetrics.stringWidth(text, face, size))
        left = x - {"left": 0.0, "right": width, "centre": width / 2}[align]
        self._canvas.setFont(face, size)
        self._canvas.drawString(left, self.height - y, text)
        if piece.also is not None:
            self.places.pop(piece.also, None)  # all amounts carry the currency: one of them is enough
        for pointer in (piece.pointer, piece.also):
            if pointer is not None and text.strip():
                self._remember(pointer, text, (left, y, width), (face, size))
        return width

    def wrapped(
        self, x: float, y: float, piece: Piece, size: float, *, width: float, align: str = "left", bold: bool = False
    ) -> float:
        """Print within `width` on as many lines as it takes; tells the baseline of the last. A word that is wider is
        printed smaller.
        """
        widest = max(self.width_of(word, size, bold=bold) for word in piece.text.split(" "))
        size *= min(1.0, width / widest) if widest else 1.0
        lines = self.lines_of(piece.text, size, width, bold=bold)
        for i, line in enumerate(lines):
            at = y + i * size * 1.25
            self.put(x, at, Piece(text=line, pointer=piece.pointer, also=piece.also), size, bold=bold, align=align)
        return y + (len(lines) - 1) * size * 1.25

    def lines_of(self, text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
        """`text` broken at blanks so that lines are at most `width`; a longer word stands alone."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width_of(longer, size, bold=bold) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, weight: float = 0.5) -> None:
        """A line."""
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeGray(0.2)
        self._canvas.line(x0, self.height - y0, x1, self.height - y1)

    def shade(self, x0: float, y0: float, x1: float, y1: float, grey: float) -> None:
        """A grey area, to be printed on."""
        self._canvas.setFillGray(grey)
        self._canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)
        self._canvas.setFillGray(0)

    def frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A ruled box."""
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0, stroke=1, fill=0)

    def is_full(self, y: float) -> bool:
        """Whether a line at `y` would stand in the bottom margin."""
        return y > self.height - _BOTTOM

    def turn(self) -> None:
        """Go on on a new page."""
        self._canvas.showPage()
        self.page += 1

    def finished(self) -> bytes:
        """The PDF."""
        self._canvas.save()
        return self._out.getvalue()

    def _remember(self, pointer: str, text: str, at: tuple[float, float, float], font: tuple[str, float]) -> None:
        left, y, width = at
        ascent, descent = pdfmetrics.getAscentDescent(*font)
        box = (
            left / self.width,
            (y - ascent) / self.height,
            (left + width) / self.width,
            (y - descent) / self.height,
        )
        self.places.setdefault(pointer, []).append(Place(page=self.page, box=box, text=text))
