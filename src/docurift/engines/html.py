"""HTML as a reader sees it without styles: headings, paragraphs, lists, tables. Nothing that it links is fetched."""

import re
from collections.abc import Iterator

from docurift.engines.flow import Flow, FlowSource, Grid, Text
from docurift.engines.markup import Element, local_name, parse_html
from docurift.engines.refusal import refusing
from docurift.engines.text import encoding_of
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder

_INVISIBLE = frozenset(
    {"head", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "datalist"}
)
# fmt: off
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "button", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "input", "ins", "kbd", "label", "mark", "meter", "nobr", "output", "progress", "q", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})
# fmt: on
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)
_CHARSET_WITHIN_BYTES = 4096
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAX_SPAN = 512
_MAX_CELLS = 500_000


def open_html(data: bytes, order: WorkOrder) -> FlowSource:
    """The HTML text `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    with refusing():
        return FlowSource(html_flow(data, declared_charset(data)), order.limits)


def declared_charset(data: bytes) -> str | None:
    """The encoding that the text's `meta` element declares."""
    match = _CHARSET.search(data[:_CHARSET_WITHIN_BYTES])
    return match[1].decode("ascii") if match else None


def html_flow(data: bytes, declared: str | None) -> Iterator[Flow]:
    """The blocks of an HTML text in order."""
    text = data.decode(encoding_of(data, declared), "replace").replace("\0", "")
    root = parse_html(text.encode("utf-8", "replace"), "utf-8")
    if root is not None:
        yield from _Walk().over(root)


class _Walk:
    """Goes through the elements once, gathering inline text until a block ends."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._kind, self._level = BlockKind.PARAGRAPH, None
        self._lists = 0

    def over(self, root: Element) -> Iterator[Flow]:
        yield from self._element(root)
        yield from self._flush()

    def _element(self, element: Element) -> Iterator[Flow]:
        name = local_name(element).lower()
        if not name or name in _INVISIBLE or _is_hidden(element):
            return
        if name == "br":
            self._pieces.append("\n")
        elif name in _INLINE:
            yield from self._content(element)
        elif name == "table":
            yield from self._flush()
            yield from self._table(element)
        elif name == "pre":
            yield from self._preformatted(element)
        else:
            yield from self._block(element, name)

    def _content(self, element: Element) -> Iterator[Flow]:
        self._gather(element.text)
        for child in element:
            yield from self._element(child)
            self._gather(child.tail)

    def _gather(self, text: str | None) -> None:
        if text:
            self._pieces.append(_BLANKS.sub(" ", text))

    def _block(self, element: Element, name: str) -> Iterator[Flow]:
        yield from self._flush()
        outer = self._kind, self._level
        self._lists += name in {"ul", "ol"}
        if name in _HEADINGS:
            self._kind, self._level = BlockKind.HEADING, _HEADINGS[name]
        elif name == "li":
            self._kind, self._level = BlockKind.LIST_ITEM, max(self._lists, 1)
        yield from self._content(element)
        yield from self._flush()
        self._lists -= name in {"ul", "ol"}
        self._kind, self._level = outer

    def _preformatted(self, element: Element) -> Iterator[Flow]:
        yield from self._flush()
        text = "".join(element.itertext()).replace("\r\n", "\n").strip("\n").expandtabs(8)
        if text.strip():
            yield Text(text, BlockKind.CODE)

    def _flush(self) -> Iterator[Flow]:
        lines = "".join(self._pieces).split("\n")
        self._pieces.clear()
        text = "\n".join(" ".join(line.split()) for line in lines).strip("\n")
        if text:
            yield Text(text, self._kind, self._level)

    def _table(self, table: Element) -> Iterator[Flow]:
        """A table of data as a grid; one that only places things on the page as what it holds."""
        rows = [row for row in _rows(table) if any(True for _ in _cells(row))]
        if _is_layout(table, rows):
            for row in rows:
                for cell in _cells(row):
                    yield from _Walk().over(cell)
            return
        for caption in (child for child in table if local_name(child) == "caption"):
            yield from _Walk().over(caption)
        grid, header_rows = _grid(rows)
        yield Grid(grid, header_rows)


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        name = local_name(child)
        if name == "tr" and not _is_hidden(child):
            yield child
        elif name in {"thead", "tbody", "tfoot"}:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    return (child for child in row if local_name(child) in {"td", "th"} and not _is_hidden(child))


def _is_layout(table: Element, rows: list[Element]) -> bool:
    """Mail and old pages place their blocks with tables: those hold tables again, or a single column."""
    nested = any(local_name(inner) == "table" for inner in table.iterdescendants())
    return nested or max((sum(1 for _ in _cells(row)) for row in rows), default=0) <= 1


def _grid(rows: list[Element]) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The rows as a full grid, spans as empty cells, and how many of them are the header."""
    filled: dict[tuple[int, int], str] = {}
    width = header_rows = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in _cells(row):
            while (number, column) in filled:
                column += 1
            across, down = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - number)
            for place in ((number + y, column + x) for y in range(down) for x in range(across)):
                filled.setdefault(place, "")
            filled[number, column] = _cell_text(cell)
            column += across
            if len(filled) > _MAX_CELLS:
                raise ValueError("spans")
        width = max(width, column)
        is_header = all(local_name(cell) == "th" for cell in _cells(row)) or local_name(row.getparent()) == "thead"
        header_rows += is_header and header_rows == number
    width = max(width, max(column for _, column in filled) + 1)
    grid = tuple(tuple(filled.get((number, column), "") for column in range(width)) for number in range(len(rows)))
    return grid, header_rows if header_rows < len(grid) else 0


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) <= len("512") else 1


def _cell_text(cell: Element) -> str:
    return "\n".join(item.text for item in _Walk().over(cell) if isinstance(item, Text))
