"""A born-digital PDF as benchmarks read it: pages of prose, a heading, and a small ruled table on the first."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PROSE = "The quick brown fox jumps over the lazy dog while invoice {n} waits for its payment of {n}.50 EUR."


def a_document(pages: int, *, seed: int, lines: int) -> bytes:
    """A PDF of `pages` pages with `lines` lines of 20 words each; other bytes for another `seed`."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for page in range(1, pages + 1):
        _prose(canvas, seed * 1000 + page, lines)
        if page == 1:
            _table(canvas, seed)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _prose(canvas: Canvas, number: int, lines: int) -> None:
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(60, 790, f"Report number {number}")
    canvas.setFont("Helvetica", 9)
    for line in range(lines):
        canvas.drawString(60, 765 - line * 12, PROSE.format(n=number * 100 + line))


def _table(canvas: Canvas, seed: int) -> None:
    for row, values in enumerate(
        [("Item", "Quantity", "Price"), *((f"Part {n}", str(n), f"{n}.00") for n in range(4))]
    ):
        for column, value in enumerate(values):
            canvas.rect(60 + column * 120, 60 + row * 20, 120, 20)
            canvas.drawString(66 + column * 120, 66 + row * 20, value if row else f"{value} {seed}")
