"""The document as Markdown: headings, paragraphs, lists and pipe tables, in reading order."""

import re
from collections.abc import Iterable

from docurift.model.result import Block, BlockKind, Page, Table

_SPECIAL = re.compile(r"([\\`*]|\[(?=[^\]]*\]\()|<(?=[a-zA-Z/!])|(?<![^\W_])_|_(?![^\W_]))")
_LINE_START = re.compile(r"^([#>+-](?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE)
_ORDERED = re.compile(r"\(?(\d{1,9})[.)]\s+")
_BULLET = re.compile("[•‣◦▪●○■·*\u2013\u2014-]\\s+")
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n(?=[a-zß-öø-ÿ])")

_PROSE_CHARACTERS = 40


def markdown_of(pages: Iterable[Page]) -> str:
    """All pages, blocks parted by blank lines."""
    return "\n\n".join(part for page in pages for block in page.blocks if (part := _block(block, page)))


def _block(block: Block, page: Page) -> str:
    if block.kind is BlockKind.TABLE and block.table is not None:
        return table_markdown(page.tables[block.table])
    if block.kind is BlockKind.CODE:
        return _fenced(block.text)
    text = flowing(block.text)
    if block.kind is BlockKind.HEADING:
        return f"{'#' * min(6, block.level or 2)} {_escaped(text)}" if text else ""
    if block.kind is BlockKind.LIST_ITEM:
        return _item(text)
    return _guarded(_escaped(text if _is_prose(block.text) else block.text.strip())).replace("\n", "  \n")


def _is_prose(text: str) -> bool:
    """Whether the lines of a paragraph end where the column does, and not where an address or a sum ends."""
    lines = text.split("\n")[:-1]
    return sum(map(len, lines)) >= _PROSE_CHARACTERS * len(lines)


def flowing(text: str) -> str:
    """The text with its lines joined; a word parted at the end of a line is whole again."""
    return _LINE_HYPHEN.sub("", text).replace("\n", " ").strip()


def table_markdown(table: Table) -> str:
    """A pipe table. Markdown wants a header: a table without one gets an empty one."""
    grid = [["" for _ in range(table.columns)] for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = _escaped(cell.text.replace("\n", " ")).replace("|", "\\|")
    head = table.header_rows
    header = [" ".join(filter(None, column)) for column in zip(*grid[:head], strict=True)] or [""] * table.columns
    return "\n".join(_row(row) for row in [header, ["---"] * table.columns, *grid[head:]])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _item(text: str) -> str:
    ordered = _ORDERED.match(text)
    if ordered:
        return f"{ordered[1]}. {_escaped(text[ordered.end() :])}"
    return f"- {_escaped(_BULLET.sub('', text, count=1) if _BULLET.match(text) else text)}"


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _guarded(text: str) -> str:
    """A paragraph that begins like a heading, a quotation or a list stays a paragraph."""
    return _LINE_START.sub(lambda match: f"\\{match[1]}" if not match[1].isdigit() else f"{match[1]}\\", text)
