"""Draws parties, facts, totals and prose in the ways that grammars have; each tells how far down it went."""

from tools.synth.grammar import Grammar
from tools.synth.paper import Paper
from tools.synth.sheet import Fact, Line, Party, Piece, Prose


def labelled(label: str, grammar: Grammar) -> str:
    """The label as the grammar ends it."""
    return f"{label}:" if grammar.colon and label and not label.endswith((":", "#")) else label


def party(
    paper: Paper, grammar: Grammar, one: Party, x: float, y: float, *, align: str = "left", big: bool = False
) -> float:
    """A party's label, lines and facts."""
    size, step = grammar.size, grammar.size * 1.35
    if one.label:
        paper.put(x, y, Piece(text=labelled(one.label, grammar)), size * 0.9, bold=grammar.bold_labels, align=align)
        y += step
    for i, line in enumerate(one.lines):
        first = i == 0
        put_line(
            paper,
            x,
            y,
            line,
            size * (1.4 if big and first else 1.0),
            bold=first and (big or grammar.bold_labels),
            align=align,
        )
        y += step
    for fact in one.facts:
        inline(paper, grammar, fact, x, y, align=align)
        y += step
    return y


def put_line(
    paper: Paper, x: float, y: float, line: Line, size: float, *, bold: bool = False, align: str = "left"
) -> None:
    """Pieces side by side, a blank between them."""
    gap = paper.width_of(" ", size, bold=bold)
    width = sum(paper.width_of(piece.text, size, bold=bold) for piece in line) + gap * (len(line) - 1)
    at = x - {"left": 0.0, "right": width, "centre": width / 2}[align]
    for piece in line:
        at += paper.put(at, y, piece, size, bold=bold) + gap


def inline(paper: Paper, grammar: Grammar, fact: Fact, x: float, y: float, *, align: str = "left") -> None:
    """A label and its value on one line."""
    label = Piece(text=labelled(fact.label, grammar))
    put_line(paper, x, y, (label, fact.value) if fact.label else (fact.value,), grammar.size, align=align)


def facts(paper: Paper, grammar: Grammar, told: tuple[Fact, ...], x: float, y: float, width: float) -> float:
    """Labels and values in two columns, one above the other, or as runs of text."""
    size = grammar.size
    widest = max(
        (paper.width_of(labelled(fact.label, grammar), size, bold=grammar.bold_labels) for fact in told), default=0
    )
    for fact in told:
        if grammar.labels == "inline":
            inline(paper, grammar, fact, x, y)
        elif grammar.labels == "above":
            paper.put(x, y, Piece(text=labelled(fact.label, grammar)), size * 0.8, bold=grammar.bold_labels)
            y += size * 1.25
            paper.put(x, y, fact.value, size)
            y += size * 0.3
        else:
            paper.put(x, y, Piece(text=labelled(fact.label, grammar)), size, bold=grammar.bold_labels)
            at = min(x + widest + size, x + width - paper.width_of(fact.value.text, size))
            paper.put(
                max(at, x + paper.width_of(labelled(fact.label, grammar), size, bold=grammar.bold_labels) + 4),
                y,
                fact.value,
                size,
            )
        y += size * 1.4
    return y


def band(paper: Paper, grammar: Grammar, told: tuple[Fact, ...], x: float, y: float, width: float) -> float:
    """Facts side by side: labels in one row, values in the next."""
    if not told:
        return y
    size = grammar.size * 0.9
    lowest = y
    step = width / len(told)
    for i, fact in enumerate(told):
        left = x + i * step
        low = paper.wrapped(
            left + 2, y, Piece(text=labelled(fact.label, grammar)), size * 0.9, width=step - 6, bold=grammar.bold_labels
        )
        lowest = max(lowest, low)
    row = lowest + size * 1.4
    lowest = max(paper.wrapped(x + i * step + 2, row, fact.value, size, width=step - 6) for i, fact in enumerate(told))
    paper.rule(x, lowest + size * 0.5, x + width, lowest + size * 0.5)
    return lowest + size * 2


def totals(paper: Paper, grammar: Grammar, told: tuple[Fact, ...], left: float, right: float, y: float) -> float:
    """Sums under a table: labels left, values right; on a new page if they do not fit on this one."""
    size = grammar.size
    if told and paper.is_full(y + len(told) * size * 1.5):
        paper.turn()
        y = grammar.margin + size
    start = left if grammar.totals == "left" else right - max(200.0, (right - left) * 0.42)
    end = start + max(200.0, (right - left) * 0.42)
    for i, fact in enumerate(told):
        last = i == len(told) - 1
        label = Piece(text=labelled(fact.label, grammar))
        label_width = paper.put(start, y, label, size, bold=last and grammar.bold_labels)
        room = end - start - label_width - 8
        if paper.width_of(fact.value.text, size) > room:
            y += size * 1.4
            y = paper.wrapped(end, y, fact.value, size, width=end - start, align="right")
        else:
            paper.put(end, y, fact.value, size, bold=last and grammar.bold_labels, align="right")
        y += size * 1.5
    return y


def prose(paper: Paper, grammar: Grammar, told: tuple[Prose, ...], x: float, y: float, width: float) -> float:
    """Headings and paragraphs, over as many pages as they take."""
    size = grammar.size
    for one in told:
        if one.heading is not None and one.heading.text:
            y = _next(paper, grammar, y)
            paper.put(x, y, one.heading, size * 1.1, bold=True)
            y += size * 1.6
        for paragraph in one.paragraphs:
            for line in paper.lines_of(paragraph.text, size, width):
                y = _next(paper, grammar, y)
                paper.put(x, y, Piece(text=line, pointer=paragraph.pointer), size)
                y += size * 1.35
        y += size * 0.9
    return y


def _next(paper: Paper, grammar: Grammar, y: float) -> float:
    if not paper.is_full(y):
        return y
    paper.turn()
    return grammar.margin + grammar.size
