"""An e-invoice and its pages: the XML says the values, the pages show where they are printed, and where they differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from docurift.model.job import DocumentType
from docurift.model.result import Json, Page, Source
from docurift.pipeline.extract.einvoice_lines import placed_lines
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.extract.found import Findings, Found, Span
from docurift.pipeline.extract.mismatch import mismatches
from docurift.pipeline.extract.near import labelled, labels_of, nearest
from docurift.pipeline.extract.printed import Printed
from docurift.pipeline.extract.printed_columns import squashed
from docurift.pipeline.ports import EInvoice
from docurift.pipeline.read import Reading
from docurift.pipeline.verify import proven
from docurift.schemas.catalogue import Schema, schema_of

_HEADER: Final = ("invoiceNumber", "invoiceDate", "dueDate", "total", "tax", "subtotal")
_AMOUNTS: Final = frozenset({"total", "tax", "subtotal"})
_PARTIES: Final = ("vendor", "customer")
# What names a party best comes first: the rest of it is looked for near that.
_PARTY: Final = ("name", "taxId", "address", "city", "postalCode", "email", "phone", "state", "country")
_BLOCK_OF_A_PARTY: Final = 0.15  # of a page's height
_SHORT_CHARACTERS: Final = 3  # what is shorter stands everywhere, and proves nothing by itself
# Read with this module: a jailed child may open no file any more.
_SCHEMA: Final = schema_of(DocumentType.INVOICE)
_SYMBOLS: Final[Mapping[str, str]] = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "PLN": "zł", "INR": "₹"}


def findings_of(einvoice: EInvoice, reading: Reading, language: str | None) -> Findings:
    """The values of the XML, each as sure as can be, with the words of the pages that say it; and a warning for each
    that the pages say otherwise.
    """
    spans = _Places(einvoice.values, reading.pages, language).spans()
    extractor = EXTRACTORS.get(DocumentType.INVOICE)
    visible = extractor(reading, language) if extractor else Findings()
    return Findings(
        values={
            pointer: Found(value=value, confidence=1.0, span=spans.get(pointer), source=Source.XML)
            for pointer, value in einvoice.values.items()
        },
        warnings=(*einvoice.warnings, *mismatches(einvoice.values, spans, visible)),
    )


class _Places:
    """Where the values of one invoice are printed."""

    def __init__(self, values: Mapping[str, Json], pages: Sequence[Page], language: str | None) -> None:
        self._values = values
        self._printed = Printed(pages, language)
        self._pages = {page.number: page for page in pages}

    def spans(self) -> dict[str, Span]:
        """The place of each value that is printed, by its pointer."""
        found = dict(self._header())
        for party in _PARTIES:
            found |= dict(self._party(party))
        found |= dict(placed_lines(self._values, self._printed))
        currency = self._currency(found.get("/total"))
        if currency:
            found["/currency"] = currency
        # Lines of a column whose box takes in words of the next one cannot be proved, and prove nothing.
        return {pointer: span for pointer, span in found.items() if self._is_proved(span)}

    def _is_proved(self, span: Span) -> bool:
        return len(span.words) == 1 or proven(self._pages[span.page], span.text, span.box) is not None

    def _header(self) -> Iterator[tuple[str, Span]]:
        for name in _HEADER:
            value = self._values.get(f"/{name}")
            spans = [] if value is None else self._spans_of(name, value)
            schema = cast("Schema", _SCHEMA["properties"][name])
            chosen = labelled(spans, self._pages, labels_of(schema)) or _unlabelled(name, value, spans)
            if chosen:
                yield f"/{name}", chosen[0]

    def _spans_of(self, name: str, value: Json) -> list[Span]:
        if isinstance(value, float):
            return self._printed.number(value)
        return self._printed.day(str(value)) if name.endswith("Date") else self._printed.identifier(str(value))

    def _party(self, party: str) -> Iterator[tuple[str, Span]]:
        anchor: Span | None = None
        for name in _PARTY:
            value = self._values.get(f"/{party}/{name}")
            span = None if value is None else self._of_party(name, str(value), anchor)
            if span is not None:
                anchor = anchor or span
                yield f"/{party}/{name}", span

    def _of_party(self, name: str, value: str, anchor: Span | None) -> Span | None:
        if name == "country" or len(squashed(value)) < _SHORT_CHARACTERS:
            spans = self._printed.code(value)
            return nearest(spans, anchor, within=_BLOCK_OF_A_PARTY) if anchor else None
        spans = self._printed.identifier(value) if name == "taxId" else self._printed.text(value)
        if anchor is None:
            return spans[0] if spans else None
        return nearest(spans, anchor)

    def _currency(self, total: Span | None) -> Span | None:
        code = cast("Any", self._values.get("/currency"))
        if code is None:
            return None
        symbol = _SYMBOLS.get(code)
        spans = self._printed.code(code) or (self._printed.code(symbol) if symbol else [])
        return (nearest(spans, total) if total else None) or next(iter(spans), None)


def _unlabelled(name: str, value: Json, spans: list[Span]) -> list[Span]:
    """Totals stand at the end of an invoice, all else at its beginning; a text of a letter or two may be anything."""
    if isinstance(value, str) and len(squashed(value)) < _SHORT_CHARACTERS:
        return []
    return spans[::-1] if name in _AMOUNTS else spans
