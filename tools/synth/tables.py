"""Draws tables, over as many pages as they take; the header is repeated on each."""

from tools.synth.grammar import Grammar
from tools.synth.paper import Paper
from tools.synth.sheet import Column, Grid, Piece

_PAD = 3.0


def table(paper: Paper, grammar: Grammar, grid: Grid, x: float, y: float, width: float) -> float:
    """Draw the table; tells the baseline of the next line."""
    whole = sum(column.share for column in grid.columns)
    widths = [column.share / whole * width for column in grid.columns]
    y = _head(paper, grammar, grid.columns, widths, x, y)
    for number, row in enumerate(grid.rows):
        height = _height(paper, grammar, row, widths)
        if paper.is_full(y + height):
            paper.turn()
            y = _head(paper, grammar, grid.columns, widths, x, grammar.margin + grammar.size)
        if grammar.grid == "zebra" and number % 2 == 0:
            paper.shade(x, y, x + width, y + height, 0.93)
        _row(paper, grammar, row, grid.columns, widths, x, y)
        if grammar.grid == "ruled":
            _boxes(paper, widths, x, y, height)
        elif grammar.grid == "rows":
            paper.rule(x, y + height, x + width, y + height, weight=0.3)
        y += height
    return y + grammar.size * 1.8


def _head(
    paper: Paper, grammar: Grammar, columns: tuple[Column, ...], widths: list[float], x: float, y: float
) -> float:
    if not any(column.label for column in columns):
        return y
    head = tuple(Piece(text=column.label) for column in columns)
    height, width = _height(paper, grammar, head, widths, bold=True), sum(widths)
    if grammar.grid in ("band", "zebra"):
        paper.shade(x, y, x + width, y + height, 0.85)
    _row(paper, grammar, head, columns, widths, x, y, bold=True)
    if grammar.grid == "ruled":
        _boxes(paper, widths, x, y, height)
    elif grammar.grid in ("rows", "plain"):
        paper.rule(x, y + height, x + width, y + height)
    return y + height


def _row(
    paper: Paper,
    grammar: Grammar,
    row: tuple[Piece, ...],
    columns: tuple[Column, ...],
    widths: list[float],
    x: float,
    y: float,
    *,
    bold: bool = False,
) -> None:
    at = x
    for piece, column, width in zip(row, columns, widths, strict=True):
        edge, align = (at + width - _PAD, "right") if column.right else (at + _PAD, "left")
        paper.wrapped(edge, y + grammar.size * 1.1, piece, grammar.size, width=width - 2 * _PAD, align=align, bold=bold)
        at += width


def _height(
    paper: Paper, grammar: Grammar, row: tuple[Piece, ...], widths: list[float], *, bold: bool = False
) -> float:
    most = max(
        len(paper.lines_of(piece.text, grammar.size, width - 2 * _PAD, bold=bold))
        for piece, width in zip(row, widths, strict=True)
    )
    return grammar.size * (1.25 * most + 0.45)


def _boxes(paper: Paper, widths: list[float], x: float, y: float, height: float) -> None:
    at = x
    for width in widths:
        paper.frame(at, y, at + width, y + height)
        at += width
