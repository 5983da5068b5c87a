"""The e-invoice that a PDF carries as an attachment (Factur-X, ZUGFeRD, XRechnung), by the standards' names alone.

pdfium unpacks an attachment whole, and aborts where memory ends: how large one would grow is measured before.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import pypdfium2 as pdfium

from docurift.engines.einvoice import einvoice_in, not_read
from docurift.model.result import ResultWarning, WarningCode
from docurift.model.work import Limits
from docurift.pipeline.ports import EInvoice

# Factur-X and ZUGFeRD from 2.1 on; its profile XRechnung; ZUGFeRD 1 and 2.0, which differ by their letters' case.
_INVOICES: Final = frozenset({"factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml"})
_ORDERS: Final = frozenset({"order-x.xml"})
_MOST_ATTACHMENTS: Final = 200
_NAME_IN_XMP: Final = re.compile(rb"DocumentFileName\s*(?:>|=\s*[\"'])\s*([^<\"']{1,100})", re.ASCII)
_STREAM: Final = re.compile(rb"/EmbeddedFile\b(?:(?!endobj).){0,2000}?stream\r?\n", re.DOTALL)
_PACKED: Final = re.compile(rb"/(?:FlateDecode|Fl)\b")
_LONGEST_DICTIONARY: Final = 2_000
# XML shrinks to a tenth; what grows beyond the limit by more than this is made to.
_MOST_GROWTH: Final = 20
_MOST_STREAMS: Final = 1_000

Named = tuple[str, pdfium.PdfAttachment]


def attached_einvoice(document: pdfium.PdfDocument, data: bytes, limits: Limits) -> EInvoice | None:
    """What the e-invoice in the PDF says, `data` being the PDF's bytes; None if it carries nothing of such a name.

    Of several the one is taken that the PDF's metadata names, else the first that can be read; each that is left alone
    has a warning.
    """
    named = list(_named(document))
    warnings = tuple(not_read(name, "it is an order, not an invoice") for name, _ in named if name.lower() in _ORDERS)
    invoices = [one for one in named if one[0].lower() in _INVOICES]
    if not invoices:
        warnings += _overlooked(document.count_attachments())
        return EInvoice(warnings=warnings) if warnings else None
    if _unfolds(data, limits.max_einvoice_bytes):
        return EInvoice(warnings=(*warnings, *(_too_large(name, limits) for name, _ in invoices)))
    return _first_read(_in_order(invoices, data), limits, warnings)


def _named(document: pdfium.PdfDocument) -> Iterator[Named]:
    for place in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
        try:
            attachment = document.get_attachment(place)
            yield attachment.get_name(), attachment
        except pdfium.PdfiumError:
            continue  # an attachment without a name is none that the standards name


def _overlooked(attachments: int) -> tuple[ResultWarning, ...]:
    if attachments <= _MOST_ATTACHMENTS:
        return ()
    message = f"The PDF has {attachments} attachments; no e-invoice is among the first {_MOST_ATTACHMENTS}."
    return (ResultWarning(code=WarningCode.XML_NOT_READ, message=message),)


def _first_read(invoices: Sequence[Named], limits: Limits, warnings: tuple[ResultWarning, ...]) -> EInvoice:
    taken: EInvoice | None = None
    for name, attachment in invoices:
        if taken is not None:
            warnings += (not_read(name, "another e-invoice stands beside it, and was read"),)
            continue
        read = _read(attachment, name, limits)
        warnings += read.warnings
        taken = read if read.values else None
    return EInvoice(values=taken.values if taken else {}, warnings=warnings)


def _in_order(invoices: list[Named], data: bytes) -> list[Named]:
    """As the PDF lists them, but first the one that its metadata (XMP, never packed in PDF/A) names."""
    given = {found.strip().decode("utf-8", "replace") for found in _NAME_IN_XMP.findall(data)}
    return sorted(invoices, key=lambda one: one[0] not in given)


def _read(attachment: pdfium.PdfAttachment, name: str, limits: Limits) -> EInvoice:
    try:
        content = bytes(attachment.get_data())
    except pdfium.PdfiumError:
        return EInvoice(warnings=(not_read(name, "it is empty or damaged"),))
    if len(content) > limits.max_einvoice_bytes:
        return EInvoice(warnings=(_too_large(name, limits),))
    return einvoice_in(content, name)


def _too_large(name: str, limits: Limits) -> ResultWarning:
    return not_read(name, f"it is larger than {limits.max_einvoice_bytes} bytes")


def _unfolds(data: bytes, limit: int) -> bool:
    """Whether an embedded file is made to grow beyond `limit`. One that hides what it is (in an encrypted PDF, or
    without its type) is left to the walls around this process.
    """
    unpacked = 0
    for number, found in enumerate(_STREAM.finditer(data)):
        grown = _grown(data, found, limit)
        unpacked += grown
        if grown > limit or unpacked > _MOST_GROWTH * limit or number >= _MOST_STREAMS:
            return True
    return False


def _grown(data: bytes, found: re.Match[bytes], limit: int) -> int:
    """How large the beginning of the stream becomes, up to just beyond `limit`."""
    begin = max(data.rfind(b"obj", max(0, found.start() - _LONGEST_DICTIONARY), found.start()), 0)
    content = data[found.end() : found.end() + max(limit // _MOST_GROWTH, 1)]
    for _ in _PACKED.findall(data, begin, found.end()):
        try:
            content = zlib.decompressobj().decompress(content, limit + 1)
        except zlib.error:
            return 0
    return len(content)
