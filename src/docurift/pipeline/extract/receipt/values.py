"""From the chosen candidate to its value and quotation."""

from collections.abc import Sequence

from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.extract.receipt.header import Run, Told
from docurift.pipeline.extract.receipt.mending import mended
from docurift.pipeline.extract.receipt.rows import Row

Piece = tuple[Row, int, int]
"""A part of a row: `row.text[start:end]`."""


def address_pieces(header: Sequence[Told], run: Run) -> list[Piece]:
    """The parts of the rows that make the address."""
    told = header[run.first : run.last + 1]
    return [(one.row, *one.address) for one in told if one.address is not None]


def name_pieces(header: Sequence[Told], run: Run) -> list[Piece]:
    """The parts of the rows that make the name."""
    told = header[run.first : run.last + 1]
    return [(one.row, *one.name) for one in told if one.name is not None]


def joined(pieces: Sequence[Piece], sign: str, *, plain: bool) -> tuple[str, float]:
    """What the pieces say, with `sign` between them, and how sure OCR is of the least sure word (see `mended`)."""
    said = [mended(row, start, end, plain=plain) for row, start, end in pieces]
    return sign.join(text for text, _ in said), min(sure for _, sure in said)


def quoted(pieces: Sequence[Piece]) -> Span:
    """The pieces' words; those of the first page only, should a run go over its end."""
    page = pieces[0][0].page
    return span_of(page, [i for row, start, end in pieces if row.page is page for i in row.words_at(start, end)])
