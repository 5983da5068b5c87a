"""PPTX: the slides in order, each a page; titles as headings, tables as tables, then the notes of the speaker."""

from collections.abc import Iterator

from docurift.engines.archive import Package
from docurift.engines.flow import Flow, FlowSource, Grid, PageBreak, Text
from docurift.engines.markup import Element, attribute, local_name
from docurift.engines.refusal import refusing
from docurift.model.failure import FailureCode
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder
from docurift.pipeline.ports import DocumentError

_TITLES = frozenset({"title", "ctrTitle"})
# Repeated on every slide, and not its content.
_FURNITURE = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def open_pptx(data: bytes, order: WorkOrder) -> FlowSource:
    """The presentation `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    package = Package(data, order.limits)
    main = package.main_part()
    with refusing():
        slides = _slides(package, main)
        if len(slides) > order.limits.max_pages:
            raise DocumentError(FailureCode.TOO_MANY_PAGES)
        return FlowSource(_flow(package, slides), order.limits)


def _slides(package: Package, main: str) -> list[str]:
    relations = package.relations(main)
    ids = [slide.get(_RELATIONSHIPS) for slide in package.tree(main).iter() if local_name(slide) == "sldId"]
    return [relations[i][1] for i in ids if i in relations and relations[i][1] in package]


def _flow(package: Package, slides: list[str]) -> Iterator[Flow]:
    for slide in slides:
        yield PageBreak(fixed=True)
        yield from _shapes(package.tree(slide))
        for kind, notes in package.relations(slide).values():
            if kind == "notesSlide" and notes in package:
                yield from _shapes(package.tree(notes))


def _shapes(element: Element) -> Iterator[Flow]:
    """Shapes in the order of the file, which is the order of the screen reader."""
    for child in element:
        match local_name(child):
            case "sp" | "cxnSp":
                yield from _shape(child)
            case "tbl":
                yield from _table(child)
            case "Fallback":
                pass
            case _:
                yield from _shapes(child)


def _shape(shape: Element) -> Iterator[Flow]:
    placeholder = next((child for child in shape.iter() if local_name(child) == "ph"), None)
    role = None if placeholder is None else placeholder.get("type", "body")
    if role in _FURNITURE:
        return
    for body in (child for child in shape if local_name(child) == "txBody"):
        paragraphs = [(paragraph, _text(paragraph)) for paragraph in body if local_name(paragraph) == "p"]
        if role in _TITLES:
            title = " ".join(text for _, text in paragraphs if text.strip())
            if title:
                yield Text(title, BlockKind.HEADING, 1)
            continue
        for paragraph, text in paragraphs:
            if text.strip():
                yield _item(paragraph, text, is_list=role in {"body", "obj"})


def _item(paragraph: Element, text: str, *, is_list: bool) -> Text:
    properties = next((child for child in paragraph if local_name(child) == "pPr"), None)
    names = set() if properties is None else {local_name(child) for child in properties}
    bulleted = "buNone" not in names and (is_list or bool(names & {"buChar", "buAutoNum"}))
    if not bulleted:
        return Text(text)
    level = 0 if properties is None else int(attribute(properties, "lvl") or 0)
    return Text(text, BlockKind.LIST_ITEM, min(max(level, 0), 8) + 1)


def _table(table: Element) -> Iterator[Flow]:
    rows = [tuple(_cell(cell) for cell in row if local_name(cell) == "tc") for row in table if local_name(row) == "tr"]
    width = max(map(len, rows), default=0)
    if width:
        full = tuple(row + ("",) * (width - len(row)) for row in rows)
        yield Grid(full, 1 if len(full) > 1 else 0)


def _cell(cell: Element) -> str:
    texts = [_text(paragraph).strip() for paragraph in cell.iter() if local_name(paragraph) == "p"]
    return "\n".join(filter(None, texts))


def _text(paragraph: Element) -> str:
    pieces: list[str] = []
    for child in paragraph.iter():
        match local_name(child):
            case "t":
                pieces.append(child.text or "")
            case "br":
                pieces.append("\n")
            case "tab":
                pieces.append("\t")
            case _:
                pass
    return "".join(pieces).replace("\v", "\n").expandtabs(8)
