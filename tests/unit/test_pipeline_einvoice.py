"""The XML of an e-invoice says the values; the pages show them (contract section 3, `xml`)."""

import pytest
from tests.support.einvoices import SAID, a_cii, a_pdf_with, a_ubl
from tests.support.pages import OneFormat, ReadyPages, Told, a_page
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.model.result import Extraction, Json, Page, Source, WarningCode
from docurift.model.work import Completed
from docurift.pipeline.extract.found import Findings, Found, span_of
from docurift.pipeline.extract.mismatch import mismatches
from docurift.pipeline.ports import EInvoice, Openers
from docurift.pipeline.run import run

LINES = (
    "Muster Handel GmbH - Hafenweg 7 - 28195 Bremen",
    "Kunde AG",
    "Ring 1",
    "AT 1010 Wien",
    "Rechnungsnummer R-4711/26 Rechnungsdatum 05.03.2026",
    "1 Stehlampe Nordlicht 3 400,00 1.200,00",
    "2 Versand 1 34,50 34,50",
    "Nettobetrag 1.234,50",
    "Gesamtbetrag 1.469,06 EUR",
)


def extraction(data: bytes, openers: Openers | None = None, **order: object) -> Extraction:
    changes = {"media_type": "application/pdf", "document_type": "invoice"} | order
    outcome = run(data, a_work_order(**changes), openers or ContentOpeners(), ScriptedOcr(), Told())
    assert isinstance(outcome, Completed), outcome
    return outcome.extraction


def of_pages(values: dict[str, Json], *pages: Page) -> Extraction:
    source = ReadyPages(dict(enumerate(pages, 1)), einvoice=EInvoice(values=values))
    return extraction(b"", OneFormat(source))


@pytest.mark.parametrize("document_type", ["invoice", "auto"])
def test_the_xml_says_the_values_and_the_page_shows_them(document_type: str) -> None:
    got = extraction(a_pdf_with([("factur-x.xml", a_cii())], lines=LINES), document_type=document_type)

    assert got.detected_document_type == "invoice"
    assert got.confidence == 1.0
    assert {pointer: field.source for pointer, field in got.fields.items()} == dict.fromkeys(SAID, Source.XML)
    assert got.result["total"] == 1469.06
    total, due = got.fields["/total"], got.fields["/dueDate"]
    assert (total.text, total.page, total.verified, total.confidence) == ("1.469,06", 1, True, 1.0)
    assert (due.text, due.page, due.box, due.verified, due.confidence) == (None, None, None, False, 1.0)
    assert got.warnings == ()


def test_a_file_that_is_nothing_but_xml_is_read_and_shown() -> None:
    got = extraction(a_ubl(), media_type="application/xml")

    assert got.result["invoiceNumber"] == "R-4711/26"
    assert got.fields["/invoiceDate"].text == "2026-03-05"
    assert got.fields["/total"].verified
    assert "Registration Name: Muster Handel GmbH" in got.text


def test_each_value_is_shown_where_it_means_it() -> None:
    got = extraction(a_pdf_with([("factur-x.xml", a_cii())], lines=LINES))
    texts = {pointer: field.text for pointer, field in got.fields.items()}

    assert texts["/lineItems/0/description"] == "Stehlampe Nordlicht"
    assert texts["/lineItems/0/total"] == "1.200,00"
    one, other = got.fields["/lineItems/1/unitPrice"].box, got.fields["/lineItems/1/total"].box
    assert one is not None
    assert other is not None
    assert one[0] < other[0]
    assert texts["/customer/country"] == "AT"
    assert texts["/vendor/country"] is None
    assert texts["/currency"] == "EUR"


def test_totals_are_shown_at_their_label_else_at_their_last_place() -> None:
    page = a_page((50, 50, "Gesamtbetrag 119,00"), (50, 80, "119,00 und 19,00"), (50, 200, "19,00 am Ende"))

    got = of_pages({"/total": 119.0, "/tax": 19.0}, page)

    assert got.fields["/total"].box == page.words[1].box
    assert got.fields["/tax"].box == page.words[5].box


def test_a_generic_document_keeps_its_generic_result() -> None:
    got = extraction(a_pdf_with([("factur-x.xml", a_cii())], lines=LINES), document_type="generic")

    assert "rawText" in got.result
    assert got.detected_document_type == "invoice"
    assert got.warnings == ()


def test_another_type_is_obeyed_and_a_warning_tells() -> None:
    got = extraction(a_pdf_with([("factur-x.xml", a_cii())], lines=LINES), document_type="packing_list")

    assert got.detected_document_type == "invoice"
    assert WarningCode.TYPE_MISMATCH in [warning.code for warning in got.warnings]


def test_xml_that_is_left_alone_is_told() -> None:
    pdf = a_pdf_with([("order-x.xml", a_cii())], lines=LINES)

    assert WarningCode.XML_NOT_READ in [one.code for one in extraction(pdf, document_type="auto").warnings]
    assert extraction(pdf, document_type="generic").warnings == ()


PAGE = a_page((50, 50, "Rechnungsnummer 4712 Gesamtbetrag 120,00 Muster"))


def warned(
    value: Json,
    read: Json,
    *,
    word: int = 1,
    confidence: float = 0.95,
    pointer: str = "/total",
    printed: tuple[str, ...] = (),
) -> list[str]:
    found = Found(value=read, confidence=confidence, span=span_of(PAGE, [word]))
    told = mismatches({pointer: value}, printed, Findings(values={pointer: found}))
    return [f"{one.code} {one.page} {one.pointer} {one.message}" for one in told]


def test_what_the_page_says_otherwise_is_a_warning_that_names_both() -> None:
    assert warned(119.0, 120.0, word=3) == [
        "XML_PAGE_MISMATCH 1 /total The XML says `119.0`, the page `120,00`. The value of the XML is given."
    ]
    assert warned("4711", "4712", pointer="/invoiceNumber")
    assert warned("2026-03-05", "2026-03-06", pointer="/invoiceDate")


def test_what_agrees_what_is_unsure_and_lines_are_no_mismatch() -> None:
    assert warned(120.0, 120.001) == []
    assert warned(119.0, 120.0, confidence=0.8) == []
    assert warned("Muster Handel GmbH", "MUSTER HANDEL", pointer="/vendor/name") == []
    assert warned(1.0, 2.0, pointer="/lineItems/0/total") == []


def test_a_tax_number_that_is_printed_beside_another_is_no_mismatch() -> None:
    printed = ("/vendor/taxId",)

    assert warned("201/113/40209", "DE123456789", pointer="/vendor/taxId", printed=printed) == []
    assert warned("DE123456788", "DE123456789", pointer="/vendor/taxId")
    assert warned(119.0, 120.0, printed=("/total",))
