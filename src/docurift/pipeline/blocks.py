"""Blocks of a page in reading order: headings, paragraphs, list items and tables, made from lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docurift.model.result import Block, BlockKind, Table, Word
from docurift.pipeline.lines import Line, on_one_row, text_of
from docurift.pipeline.ports import box_union

_MARKER = re.compile(r"(?:[•‣◦▪●○■\u2013\u2014·*-]|\(?(?:\d{1,3}|[a-zA-Z])[.)])$")
_BULLETS = "•‣◦▪●○■"
_MAX_HEADING_CHARACTERS = 120
_MAX_HEADING_LINES = 2
_MIN_HEADING_LETTERS = 3
_LEVELS = ((1.6, 1), (1.3, 2), (0.0, 3))
_SIZE_TOLERANCE = 1.25
# Lines of one paragraph are evenly spaced; the space before a new one is at least a third more on the pages looked at.
_PITCH_TOLERANCE = 1.35
_MAX_PITCH_HEIGHTS = 2.2
# A line continues the row above if it stands under any of that row's pieces, of which there are seldom more.
_ROW_REACH = 4


@dataclass(frozen=True, slots=True)
class Body:
    """What is ordinary on a page: the letter height of its text, the distance of its lines, and from which ratio to the
    ordinary height on letters are those of a heading (measured heights are noisier under OCR).
    """

    size: float
    pitch: float
    heading_ratio: float


def blocks_of(
    words: Sequence[Word], lines: Sequence[Line], *, tables: Sequence[Table] = (), heading_ratio: float = 1.15
) -> tuple[Block, ...]:
    """The lines, which are in reading order, gathered into blocks; each table stands where its first word does."""
    body = _body_of(words, lines, heading_ratio)
    blocks: list[Block] = []
    group: list[Line] = []
    placed: dict[int, list[int]] = {}
    for line in lines:
        table = _table_around(line, tables)
        if table is not None:
            if table not in placed:
                blocks += _closed(words, group, body)
                group = []
                blocks.append(table_block(tables[table], table, ()))
            placed.setdefault(table, []).extend(line.words)
            continue
        if group and not _belongs(words, group, line, body):
            blocks += _closed(words, group, body)
            group = []
        group.append(line)
    blocks += _closed(words, group, body)
    return tuple(_with_words(block, placed) for block in blocks)


def table_block(table: Table, index: int, words: tuple[int, ...]) -> Block:
    """The block that stands for table `index` of its page; its text has a line per row, cells parted by tabs."""
    grid = [["" for _ in range(table.columns)] for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text.replace("\n", " ")
    text = "\n".join("\t".join(row).rstrip("\t") for row in grid)
    return Block(kind=BlockKind.TABLE, box=table.box, text=text, words=words, table=index)


def text_of_lines(words: Sequence[Word], lines: Sequence[Line]) -> str:
    """The text as printed: lines that share a row are joined by a blank, others by a line break."""
    parts: list[str] = []
    for before, line in zip([None, *lines], lines, strict=False):
        if before is not None:
            parts.append(" " if on_one_row(before.box, line.box) else "\n")
        parts.append(text_of(words, line))
    return "".join(parts)


def starts_list_item(first_word: str) -> bool:
    """Whether a line that begins with this word may be an item of a list."""
    return first_word[0] in _BULLETS or _MARKER.match(first_word) is not None


def _with_words(block: Block, placed: dict[int, list[int]]) -> Block:
    if block.table is None:
        return block
    return Block(kind=block.kind, box=block.box, text=block.text, words=tuple(placed[block.table]), table=block.table)


def _table_around(line: Line, tables: Sequence[Table]) -> int | None:
    x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
    for index, table in enumerate(tables):
        x0, y0, x1, y1 = table.box
        if x0 <= x <= x1 and y0 <= y <= y1:
            return index
    return None


def _body_of(words: Sequence[Word], lines: Sequence[Line], heading_ratio: float) -> Body:
    weighted = sorted((line.size, sum(len(words[i].text) for i in line.words)) for line in lines)
    half, size = sum(count for _, count in weighted) / 2, 0.0
    for candidate, count in weighted:
        size, half = candidate, half - count
        if half <= 0:
            break
    pitches = [
        b.box[1] - a.box[1]
        for a, b in pairwise(lines)
        if not on_one_row(a.box, b.box) and 0 < b.box[1] - a.box[1] < _MAX_PITCH_HEIGHTS * max(a.size, b.size)
    ]
    return Body(size=size or 1e-6, pitch=median(pitches) if pitches else 0.0, heading_ratio=heading_ratio)


def _overlaps(a: Line, b: Line) -> bool:
    return min(a.box[2], b.box[2]) > max(a.box[0], b.box[0])


def _belongs(words: Sequence[Word], group: Sequence[Line], line: Line, body: Body) -> bool:
    last = group[-1]
    if on_one_row(last.box, line.box):
        return True
    if starts_list_item(words[line.words[0]].text):
        return False
    if max(last.size, line.size) > _SIZE_TOLERANCE * min(last.size, line.size):
        return False
    if _is_large(last, body) != _is_large(line, body):
        return False
    pitch = line.box[1] - last.box[1]
    # Large letters have a larger pitch than the page's body.
    limit = _PITCH_TOLERANCE * body.pitch * max(1.0, line.size / body.size)
    return 0 < pitch <= limit and any(_overlaps(before, line) for before in group[-_ROW_REACH:])


def _is_large(line: Line, body: Body) -> bool:
    return line.size >= body.heading_ratio * body.size


def _closed(words: Sequence[Word], group: Sequence[Line], body: Body) -> list[Block]:
    if not group:
        return []
    text = text_of_lines(words, group)
    level = _heading_level(group, text, body)
    kind = BlockKind.PARAGRAPH
    if level is not None:
        kind = BlockKind.HEADING
    elif starts_list_item(words[group[0].words[0]].text) and len(text) > len(words[group[0].words[0]].text):
        kind = BlockKind.LIST_ITEM
    indexes = tuple(i for line in group for i in line.words)
    box = box_union(line.box for line in group)
    return [Block(kind=kind, box=box, text=text, words=indexes, level=level)]


def _heading_level(group: Sequence[Line], text: str, body: Body) -> int | None:
    rows = text.count("\n") + 1
    if rows > _MAX_HEADING_LINES or len(text) > _MAX_HEADING_CHARACTERS or text.endswith((".", ",", ";")):
        return None
    if sum(c.isalpha() for c in text) < _MIN_HEADING_LETTERS or not all(_is_large(line, body) for line in group):
        return None
    ratio = median(line.size for line in group) / body.size
    return next(level for least, level in _LEVELS if ratio >= least)
