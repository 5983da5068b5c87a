"""E-invoices: what the XML says, by JSON Pointer into the invoice schema (contract section 5).

What the schema has no place for goes nowhere. The XML was made to be read by programs: its values are exact, whatever
the page beside it shows.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from docurift.engines import einvoice_cii, einvoice_ubl
from docurift.engines.einvoice_tree import MAX_LINES
from docurift.engines.markup import Element, local_name, parse_xml
from docurift.model.result import Json, ResultWarning, WarningCode
from docurift.pipeline.ports import DocumentError, EInvoice

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
# ZUGFeRD's draft called its root `Invoice`, as UBL does.
_DRAFT: Final = "urn:un:unece:uncefact:data:standard:CBFBUY:"
_CII_ROOTS: Final = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"})
_ORDER: Final = "SCRDMCCBDACIOMessageStructure"

Reader = tuple[Callable[[Element], Iterator[tuple[str, str | Decimal | None]]], Callable[[Element], int]]
_CII_READER: Final[Reader] = (einvoice_cii.read_cii, einvoice_cii.count_lines)
_UBL_READER: Final[Reader] = (einvoice_ubl.read_ubl, einvoice_ubl.count_lines)


def einvoice_in(data: bytes, name: str) -> EInvoice:
    """What the XML `data`, an attachment called `name`, says; without values, and with a warning, if it is no e-invoice
    that can be read. Never raises for what is in it.
    """
    try:
        root = parse_xml(data)
    except DocumentError:
        return EInvoice(warnings=(not_read(name, "it is damaged"),))
    found = einvoice_of(root)
    if found is not None:
        return found
    what = "it is an order" if local_name(root) == _ORDER else "it is no invoice of a syntax that is known"
    return EInvoice(warnings=(not_read(name, what),))


def einvoice_of(root: Element) -> EInvoice | None:
    """What the invoice at `root` says; None if it is neither UBL nor CII."""
    reader = _reader_of(root)
    if reader is None:
        return None
    read, count = reader
    values = {pointer: _json(value) for pointer, value in read(root) if value is not None}
    return EInvoice(values=values, warnings=_too_many(count(root)))


def not_read(name: str, reason: str) -> ResultWarning:
    """Tells that an attachment which is called as an e-invoice is was left alone."""
    return ResultWarning(code=WarningCode.XML_NOT_READ, message=f"`{name}` in the PDF was not read: {reason}.")


def _reader_of(root: Element) -> Reader | None:
    name = local_name(root)
    namespace = root.tag.removeprefix("{").rpartition("}")[0]
    if name in _CII_ROOTS or (name == "Invoice" and namespace.startswith(_DRAFT)):
        return _CII_READER
    if name in {"Invoice", "CreditNote"} and namespace.startswith(_UBL):
        return _UBL_READER
    return None


def _json(value: str | Decimal) -> Json:
    """Amounts as JSON numbers; 18 digits and 20 places always fit a float."""
    return float(value) if isinstance(value, Decimal) else value


def _too_many(lines: int) -> tuple[ResultWarning, ...]:
    if lines <= MAX_LINES:
        return ()
    message = f"The e-invoice has {lines} lines; the first {MAX_LINES} are given."
    return (ResultWarning(code=WarningCode.XML_NOT_READ, message=message, pointer="/lineItems"),)
