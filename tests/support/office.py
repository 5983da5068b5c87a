"""Tiny office files, written part by part: nothing in them that a test does not name."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def an_archive(parts: Mapping[str, str | bytes], *, stored: bool = False) -> bytes:
    """A ZIP archive of these parts, in this order."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def relations(targets: Mapping[str, str]) -> str:
    """A part of relations: target -> last word of the type."""
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{each}</Relationships>'


def a_docx(body: str = "", **more: str | bytes) -> bytes:
    """A Word document around the XML `body`; `more` are parts under `word/` (`styles`, `header1`, `footnotes`)."""
    return an_archive(docx_parts(body, **more))


def docx_parts(body: str, **more: str | bytes) -> dict[str, str | bytes]:
    """The parts of `a_docx`, to be spoilt."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }
    if more:
        parts["word/_rels/document.xml.rels"] = relations({f"{n}.xml": n.rstrip("0123456789") for n in more})
        parts |= {f"word/{name}.xml": _word_part(name, content) for name, content in more.items()}
    return parts


def _word_part(name: str, content: str | bytes) -> str | bytes:
    if isinstance(content, bytes):
        return content
    root = _ROOTS[name.rstrip("0123456789")]
    return f'<w:{root} xmlns:w="{_WORD}">{content}</w:{root}>'


_ROOTS = {"styles": "styles", "header": "hdr", "footer": "ftr", "footnotes": "footnotes"}


def paragraph(text: str, style: str = "") -> str:
    """A Word paragraph."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def word_table(*rows: tuple[str, ...]) -> str:
    """A Word table."""
    each = "".join("<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
    return f"<w:tbl>{each}</w:tbl>"


HEADING_STYLES = (
    '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Bullet"><w:name w:val="List Bullet"/>'
    '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
)
