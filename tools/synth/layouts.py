"""Lays a sheet out on paper: as a business letter, as a form of boxes, or as a shop's roll."""

from tools.synth import blocks
from tools.synth.grammar import Grammar
from tools.synth.paper import Paper
from tools.synth.sheet import Fact, Party, Piece, Sheet
from tools.synth.tables import table

_ROLL_WIDTH = 226.0


def laid_out(sheet: Sheet, grammar: Grammar) -> Paper:
    """The sheet on paper, not yet finished."""
    match grammar.style:
        case "roll":
            return _roll(sheet, grammar)
        case "form":
            return _form(sheet, grammar)
        case _:
            return _letter(sheet, grammar)


def _letter(sheet: Sheet, grammar: Grammar) -> Paper:
    paper = Paper(grammar)
    left, right = grammar.margin, paper.width - grammar.margin
    y = _head(paper, grammar, sheet, left, right)
    y = _parties_and_facts(paper, grammar, sheet, left, right, y)
    if grammar.title == "below":
        y = _title(paper, grammar, sheet, left, right, y + grammar.size)
    for grid in sheet.grids:
        y = table(paper, grammar, grid, left, y + grammar.size * 0.5, right - left)
    if sheet.totals and sheet.grids:
        y = blocks.totals(paper, grammar, sheet.totals, left, right, y + grammar.size)
    y = blocks.prose(paper, grammar, sheet.prose, left, y + grammar.size * 1.5, right - left)
    if sheet.totals and not sheet.grids:
        blocks.totals(paper, grammar, sheet.totals, left, right, y + grammar.size)
    _footer(paper, grammar, sheet)
    return paper


def _head(paper: Paper, grammar: Grammar, sheet: Sheet, left: float, right: float) -> float:
    top = grammar.margin + grammar.title_size
    sender_left = grammar.sender == "left"
    y = top
    if sheet.sender is not None:
        x = {"left": left, "right": right, "centre": (left + right) / 2}[grammar.sender]
        label = sheet.sender.label if not grammar.window else ""
        sender = Party(label=label, lines=sheet.sender.lines, facts=sheet.sender.facts)
        y = blocks.party(paper, grammar, sender, x, top, align=grammar.sender, big=True)
    if grammar.title == "below":
        return y + grammar.size
    clear = (
        sheet.sender is None
        or (grammar.title == "right" and sender_left)
        or (grammar.title == "left" and grammar.sender == "right")
    )
    at = top if clear else y + grammar.title_size
    return max(y, _title(paper, grammar, sheet, left, right, at)) + grammar.size


def _title(paper: Paper, grammar: Grammar, sheet: Sheet, left: float, right: float, y: float) -> float:
    if not sheet.title.text:
        return y
    text = sheet.title.text.upper() if grammar.title_upper and sheet.title.pointer is None else sheet.title.text
    align = "left" if grammar.title == "below" else grammar.title
    x = {"left": left, "right": right, "centre": (left + right) / 2}[align]
    title = Piece(text=text, pointer=sheet.title.pointer)
    width = (right - left) * (1.0 if align == "centre" else 0.6)
    low = paper.wrapped(x, y, title, grammar.title_size, width=width, bold=True, align=align)
    return low + grammar.title_size * 1.2


def _parties_and_facts(paper: Paper, grammar: Grammar, sheet: Sheet, left: float, right: float, y: float) -> float:
    middle = (left + right) / 2 + 10
    beside = grammar.facts != "band" and len(sheet.parties) < 2
    party_x, facts_x = (middle, left) if beside and grammar.facts == "left" else (left, middle)
    low = _parties(paper, grammar, sheet.parties, party_x, right, y)
    if beside:
        return max(low, blocks.facts(paper, grammar, sheet.facts, facts_x, y, right - facts_x)) + grammar.size
    if grammar.facts == "band":
        return blocks.band(paper, grammar, sheet.facts, left, low + grammar.size, right - left)
    x = left if grammar.facts == "left" else middle
    return blocks.facts(paper, grammar, sheet.facts, x, low + grammar.size, right - x) + grammar.size


def _parties(paper: Paper, grammar: Grammar, parties: tuple[Party, ...], x: float, right: float, y: float) -> float:
    if grammar.parties == "stacked" or len(parties) < 2:
        for one in parties:
            y = blocks.party(paper, grammar, one, x, y) + grammar.size * 0.7
        return y
    step = (right - x) / len(parties)
    return max(blocks.party(paper, grammar, one, x + i * step, y) for i, one in enumerate(parties))


def _form(sheet: Sheet, grammar: Grammar) -> Paper:
    paper = Paper(grammar)
    left, right = grammar.margin, paper.width - grammar.margin
    middle = (left + right) / 2
    y = _title(paper, grammar, sheet, left, right, grammar.margin + grammar.title_size)
    parties = (*((sheet.sender,) if sheet.sender else ()), *sheet.parties)
    low_left = _party_boxes(paper, grammar, parties, left, middle, y)
    low_right = _fact_boxes(paper, grammar, sheet.facts, middle, right, y)
    y = max(low_left, low_right) + grammar.size
    for grid in sheet.grids:
        y = table(paper, grammar, grid, left, y, right - left)
    if sheet.totals:
        if paper.is_full(y + grammar.size * 2.8 * (len(sheet.totals) + 1) / 2):
            paper.turn()
            y = grammar.margin
        half = (len(sheet.totals) + 1) // 2
        y = max(
            _fact_boxes(paper, grammar, sheet.totals[:half], left, middle, y),
            _fact_boxes(paper, grammar, sheet.totals[half:], middle, right, y),
        )
    blocks.prose(paper, grammar, sheet.prose, left, y + grammar.size * 2, right - left)
    _footer(paper, grammar, sheet)
    return paper


def _party_boxes(
    paper: Paper, grammar: Grammar, parties: tuple[Party, ...], left: float, right: float, y: float
) -> float:
    for one in parties:
        low = blocks.party(paper, grammar, one, left + 4, y + grammar.size * 1.3) - grammar.size * 0.6
        paper.frame(left, y, right, low)
        y = low
    return y


def _fact_boxes(paper: Paper, grammar: Grammar, told: tuple[Fact, ...], left: float, right: float, y: float) -> float:
    size = grammar.size
    for fact in told:
        label = Piece(text=blocks.labelled(fact.label, grammar))
        low = paper.wrapped(left + 4, y + size, label, size * 0.75, width=right - left - 8, bold=grammar.bold_labels)
        low = paper.wrapped(left + 4, low + size * 1.3, fact.value, size, width=right - left - 8)
        paper.frame(left, y, right, low + size * 0.5)
        y = low + size * 0.5
    return y


def _roll(sheet: Sheet, grammar: Grammar) -> Paper:
    rows = sum(len(grid.rows) for grid in sheet.grids)
    facts = len(sheet.facts) + len(sheet.totals) + (len(sheet.sender.facts) if sheet.sender else 0)
    paper = Paper(grammar, (_ROLL_WIDTH, 220.0 + (rows * 2.6 + facts * 2.2) * grammar.size * 1.4))
    left, right, middle = 12.0, _ROLL_WIDTH - 12.0, _ROLL_WIDTH / 2
    y = 24.0
    if sheet.sender is not None:
        align = "left" if grammar.sender == "left" else "centre"
        x = left if align == "left" else middle
        y = blocks.party(paper, grammar, sheet.sender, x, y, align=align, big=False) + grammar.size
    if sheet.title.text:
        title = Piece(text=sheet.title.text.upper() if grammar.title_upper else sheet.title.text)
        y = (
            paper.wrapped(middle, y, title, min(grammar.title_size, 14), width=right - left, bold=True, align="centre")
            + grammar.size * 2
        )
    y = blocks.facts(paper, grammar, sheet.facts, left, y, right - left) + grammar.size * 0.5
    paper.rule(left, y - grammar.size * 0.6, right, y - grammar.size * 0.6)
    for grid in sheet.grids:
        y = table(paper, grammar, grid, left, y, right - left)
    y = blocks.totals(paper, grammar, sheet.totals, left, right, y)
    for one in sheet.prose:
        for paragraph in one.paragraphs:
            y = paper.wrapped(middle, y + grammar.size, paragraph, grammar.size, width=right - left, align="centre")
    return paper


def _footer(paper: Paper, grammar: Grammar, sheet: Sheet) -> None:
    for i, line in enumerate(sheet.footer):
        paper.put(
            paper.width / 2, paper.height - 30 + i * 9, Piece(text=line), min(grammar.size, 8) * 0.9, align="centre"
        )
