"""XML and HTML by lxml: no DTD, no entities, no network, no excessive depth, and nothing that is linked is fetched."""

from collections.abc import Iterator
from io import BytesIO
from typing import TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no types

from docurift.engines.refusal import refusing
from docurift.model.failure import FailureCode
from docurift.pipeline.ports import DocumentError

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml gives its type no other name
_DOCTYPE = "Its XML declares a document type, which is not read."


def parse_xml(data: bytes) -> Element:
    """The root element of an XML text.

    Raises:
        DocumentError: `FILE_CORRUPT` if it is not well-formed, or declares a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    with refusing():
        root = etree.fromstring(data, parser)
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError(FailureCode.FILE_CORRUPT, detail=_DOCTYPE)
    return root


def parse_html(data: bytes, encoding: str) -> Element | None:
    """The root element of an HTML text, mended as browsers do; None where there is nothing in it.

    Raises:
        DocumentError: `FILE_CORRUPT`.
    """
    parser = etree.HTMLParser(
        encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, recover=True
    )
    with refusing():
        parser.feed(data)
        return parser.close()


def local_name(element: Element) -> str:
    """The name of `element` without its namespace; empty for what is no element (comment, entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """The attribute with this local name, whatever its namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return None


def iterate_xml(data: bytes, name: str) -> Iterator[Element]:
    """The elements of this local name in an XML text, each forgotten when the next is asked for.

    Raises:
        DocumentError: as `parse_xml`.
    """
    events = etree.iterparse(
        BytesIO(data),
        events=("end",),
        tag=f"{{*}}{name}",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    with refusing():
        for _, element in events:
            if element.getroottree().docinfo.internalDTD is not None:
                raise DocumentError(FailureCode.FILE_CORRUPT, detail=_DOCTYPE)
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
