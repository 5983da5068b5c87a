"""DOCX: headings, paragraphs, lists and tables in reading order, with headers and footers.

Text that was deleted under change tracking is left out, inserted text is read. Pages end where the writing program last
broke them, if it noted that.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docurift.engines.archive import Package
from docurift.engines.flow import Flow, FlowSource, Grid, PageBreak, Text
from docurift.engines.markup import Element, attribute, local_name
from docurift.engines.refusal import refusing
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder

_HEADING_STYLE = re.compile(r"(?:heading|titre|überschrift|titolo|título|kop)\s*([1-9])\Z", re.IGNORECASE)
_TITLE_STYLES = frozenset({"title", "titel"})
_DEEPEST_HEADING = 6
# Not text of the page: deleted runs, field instructions, the twin of a drawing for older programs, numbers of notes.
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "tcPr", "tblPr", "sdtPr"})
_LITERALS = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
_BREAK = "\f"
_MAX_COLUMNS = 512


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says about its paragraphs."""

    heading: int | None
    list_level: int | None


_PLAIN = _Style(None, None)


def open_docx(data: bytes, order: WorkOrder) -> FlowSource:
    """The Word document `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    package = Package(data, order.limits)
    main = package.main_part()
    reader = _Reader(package, main)
    with refusing():
        return FlowSource(reader.flow(), order.limits)


class _Reader:
    def __init__(self, package: Package, main: str) -> None:
        self._package, self._main = package, main
        parts = list(package.relations(main).values())
        self._headers = [name for kind, name in parts if kind == "header" and name in package]
        self._footers = [name for kind, name in parts if kind == "footer" and name in package]
        self._notes = [name for kind, name in parts if kind in {"footnotes", "endnotes"} and name in package]
        styles = [name for kind, name in parts if kind == "styles" and name in package]
        self._styles = _read_styles(package.tree(styles[0])) if styles else {}

    def flow(self) -> Iterator[Flow]:
        """The whole document: headers first, footers and notes last, each once."""
        seen: set[str] = set()
        for name in self._headers:
            yield from self._once(name, seen)
        body = self._package.tree(self._main)
        yield from self._blocks(child for child in body if local_name(child) == "body")
        for name in (*self._notes, *self._footers):
            yield from self._once(name, seen)

    def _once(self, name: str, seen: set[str]) -> Iterator[Flow]:
        """First, even and default header are often the same words."""
        items = list(self._blocks([self._package.tree(name)]))
        text = "\n".join(item.text for item in items if isinstance(item, Text))
        if text not in seen:
            seen.add(text)
            yield from items

    def _blocks(self, containers: Iterable[Element]) -> Iterator[Flow]:
        for container in containers:
            for child in container:
                match local_name(child):
                    case "p":
                        yield from self._paragraph(child)
                    case "tbl":
                        yield from self._table(child)
                    case "sdt" | "sdtContent" | "body" | "customXml" | "ins" | "footnote" | "endnote" | "txbxContent":
                        yield from self._blocks([child])
                    case _:
                        pass

    def _paragraph(self, paragraph: Element) -> Iterator[Flow]:
        style = self._style_of(paragraph)
        pieces: list[str] = []
        boxes: list[Element] = []
        _collect(paragraph, pieces, boxes)
        for number, text in enumerate("".join(pieces).split(_BREAK)):
            if number:
                yield PageBreak()
            if text.strip():
                yield _text(text, style)
        for box in boxes:
            yield from self._blocks([box])

    def _style_of(self, paragraph: Element) -> _Style:
        properties = next((child for child in paragraph if local_name(child) == "pPr"), None)
        if properties is None:
            return _PLAIN
        style = _PLAIN
        for child in properties:
            match local_name(child):
                case "pStyle":
                    style = self._styles.get(attribute(child, "val") or "", style)
                case "outlineLvl":
                    style = _Style(_outline(child) or style.heading, style.list_level)
                case "numPr":
                    style = _Style(style.heading, _list_level(child))
                case _:
                    pass
        return style

    def _table(self, table: Element) -> Iterator[Flow]:
        rows: list[list[str]] = []
        header_rows = 0
        for row in _children(table, "tr"):
            if any(local_name(mark) == "tblHeader" for mark in row.iter()) and header_rows == len(rows):
                header_rows += 1
            rows.append(list(self._cells(row)))
        width = max(map(len, rows), default=0)
        if width == 1:  # a frame around text, not a table
            for row in rows:
                yield Text("\n".join(row))
        elif width:
            full = tuple(tuple(row + [""] * (width - len(row))) for row in rows)
            yield Grid(full, max(header_rows, 1) if len(full) > 1 else 0)

    def _cells(self, row: Element) -> Iterator[str]:
        for cell in _children(row, "tc"):
            span, continues = _span(cell)
            yield "" if continues else self._cell_text(cell)
            yield from [""] * (min(span, _MAX_COLUMNS) - 1)

    def _cell_text(self, cell: Element) -> str:
        texts: list[str] = []
        for item in self._blocks([cell]):
            match item:
                case Text(text):
                    texts.append(text.strip())
                case Grid(rows):
                    texts += [" ".join(filter(None, row)) for row in rows]
                case PageBreak():
                    pass
        return "\n".join(filter(None, texts))


def _text(text: str, style: _Style) -> Text:
    text = text.strip("\n").rstrip().expandtabs(8)
    if style.heading is not None:
        return Text(text, BlockKind.HEADING, style.heading)
    if style.list_level is not None:
        return Text(text, BlockKind.LIST_ITEM, style.list_level)
    return Text(text)


def _collect(element: Element, pieces: list[str], boxes: list[Element]) -> None:
    """The text inside `element`, without that of the text boxes anchored in it, which come after it."""
    for child in element:
        name = local_name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "br":
            pieces.append(_BREAK if attribute(child, "type") == "page" else "\n")
        elif name == "lastRenderedPageBreak":
            pieces.append(_BREAK)
        elif name in _LITERALS:
            pieces.append(_LITERALS[name])
        elif name == "txbxContent":
            boxes.append(child)
        elif name not in _SKIPPED:
            _collect(child, pieces, boxes)


def _children(element: Element, name: str) -> Iterator[Element]:
    """Children of this name, also inside content controls and tracked insertions."""
    for child in element:
        found = local_name(child)
        if found == name:
            yield child
        elif found in {"sdt", "sdtContent", "customXml", "ins"}:
            yield from _children(child, name)


def _span(cell: Element) -> tuple[int, bool]:
    """How many columns the cell takes, and whether it continues the cell above."""
    span, continues = 1, False
    for properties in (child for child in cell if local_name(child) == "tcPr"):
        for child in properties:
            if local_name(child) == "gridSpan":
                span = max(int(attribute(child, "val") or 1), 1)
            if local_name(child) == "vMerge":
                continues = attribute(child, "val") in (None, "continue")
    return span, continues


def _read_styles(styles: Element) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    for style in styles:
        if local_name(style) != "style" or attribute(style, "type") not in (None, "paragraph"):
            continue
        heading: int | None = None
        list_level: int | None = None
        for child in style.iter():
            match local_name(child):
                case "name":
                    heading = _heading_of(attribute(child, "val") or "") or heading
                case "outlineLvl":
                    heading = _outline(child) or heading
                case "numPr":
                    list_level = _list_level(child)
                case _:
                    pass
        found[attribute(style, "styleId") or ""] = _Style(heading, list_level)
    return found


def _heading_of(name: str) -> int | None:
    if name.lower() in _TITLE_STYLES:
        return 1
    match = _HEADING_STYLE.match(name.strip())
    return min(int(match[1]), _DEEPEST_HEADING) if match else None


def _outline(element: Element) -> int | None:
    level = int(attribute(element, "val") or 9) + 1
    return level if level <= _DEEPEST_HEADING else None


def _list_level(properties: Element) -> int | None:
    """The level of a list, from 1; None where the number 0 takes the paragraph out of its list."""
    level = 1
    for child in properties:
        value = attribute(child, "val") or "0"
        if local_name(child) == "numId" and value == "0":
            return None
        if local_name(child) == "ilvl":
            level = min(max(int(value), 0), 8) + 1
    return level
