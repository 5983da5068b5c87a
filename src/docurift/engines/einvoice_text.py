"""UBL and CII invoices to read: every element that holds a value as a line `name: value`, indented as it is nested.

The values of the invoice schema are taken from the XML itself (einvoice.py); these pages are where they can be seen.
"""

import re
from collections.abc import Iterator

from docurift.engines.einvoice import einvoice_of
from docurift.engines.flow import Flow, FlowSource, Text
from docurift.engines.markup import Element, local_name, parse_xml
from docurift.engines.refusal import refusing
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNITS = ("currencyID", "unitCode", "schemeID")
_BINARY = "BinaryObject"
_INDENT = "  "


def open_einvoice_xml(data: bytes, order: WorkOrder) -> FlowSource:
    """The e-invoice `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    root = parse_xml(data)
    with refusing():
        return FlowSource(_flow(root), order.limits, einvoice=einvoice_of(root))


def _flow(root: Element) -> Iterator[Flow]:
    yield Text(_spoken(local_name(root)), BlockKind.HEADING, 1)
    direct: list[str] = []
    for child in root:
        lines = list(_lines(child, 0))
        if len(child):
            if direct:
                yield Text("\n".join(direct))
                direct = []
            if lines:
                yield Text("\n".join(lines))
        else:
            direct += lines
    if direct:
        yield Text("\n".join(direct))


def _lines(element: Element, depth: int) -> Iterator[str]:
    name = _spoken(local_name(element))
    if len(element):
        inner = [line for child in element for line in _lines(child, depth + 1)]
        if inner:
            yield f"{_INDENT * depth}{name}"
            yield from inner
        return
    value = _value(element)
    if value:
        yield f"{_INDENT * depth}{name}: {value}"


def _value(element: Element) -> str:
    text = " ".join((element.text or "").split())
    if local_name(element).endswith(_BINARY):
        return element.get("filename", "") or element.get("mimeCode", "")
    units = [element.get(unit, "") for unit in _UNITS if text]
    return " ".join(filter(None, (text, *units)))


def _spoken(name: str) -> str:
    """`PayableAmount` as `Payable Amount`."""
    return _CAMEL.sub(" ", name)
