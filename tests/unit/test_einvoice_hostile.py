"""Hostile XML in an e-invoice: it says nothing, a warning says so, and the pages are read as ever."""

import random

import pytest
from tests.support import bombs
from tests.support.einvoices import a_cii, a_pdf_with, a_ubl, a_zugferd1
from tests.support.pages import Told
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.einvoice import einvoice_in
from docurift.engines.openers import ContentOpeners
from docurift.model.result import WarningCode
from docurift.model.work import Completed
from docurift.pipeline.run import run

RUNS = 60
ROOT = b'<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'
END = b"</r:CrossIndustryInvoice>"
DOCTYPE = "<?xml version='1.0'?><!DOCTYPE x [{}]>"
HOSTILE = {
    "laughs": DOCTYPE.format(bombs.LAUGHS).encode() + ROOT + b"&a;" + END,
    "external": DOCTYPE.format(bombs.XXE).encode() + ROOT + b"&x;" + END,
    "a DTD of its own": b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + ROOT + END,
    "parameter entity": DOCTYPE.format("<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;").encode() + ROOT + END,
    "deep": ROOT + b"<a>" * 100_000 + b"</a>" * 100_000 + END,
    "a huge text": ROOT + b"<a>" + b"x" * 10_100_000 + b"</a>" + END,
    "a huge attribute": ROOT + b"<a b='" + b"x" * 10_100_000 + b"'/>" + END,
    "UTF-7": b"<?xml version='1.0' encoding='UTF-7'?>+ADw-a/+AD4-",
    "zeros": b"\0" * 100_000,
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_says_nothing(name: str) -> None:
    got = einvoice_in(HOSTILE[name], "factur-x.xml")

    assert got.values == {}
    assert [warning.code for warning in got.warnings] == [WarningCode.XML_NOT_READ]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("document_type", ["auto", "invoice", "generic"])
def test_the_pages_around_hostile_xml_are_read(document_type: str) -> None:
    pdf = a_pdf_with([("factur-x.xml", HOSTILE["laughs"])], lines=["Rechnung 4711"])

    order = a_work_order(media_type="application/pdf", document_type=document_type)
    outcome = run(pdf, order, ContentOpeners(), ScriptedOcr(), Told())

    assert isinstance(outcome, Completed)
    assert "Rechnung 4711" in outcome.extraction.text
    assert outcome.extraction.detected_document_type != "invoice" or document_type == "invoice"


@pytest.mark.timeout(20)
def test_many_elements_are_read_within_the_limit() -> None:
    """As many lines as ten megabytes hold; what they say is cut where an answer ends."""
    line = b"<c:InvoiceLine xmlns:c='c'><c:LineExtensionAmount>1</c:LineExtensionAmount></c:InvoiceLine>"
    many = a_ubl().replace(b"</Invoice>", line * (10_000_000 // len(line)) + b"</Invoice>")

    got = einvoice_in(many, "factur-x.xml")

    assert got.values["/invoiceNumber"] == "R-4711/26"
    assert [warning.pointer for warning in got.warnings] == ["/lineItems"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("good", [a_cii(), a_zugferd1(), a_ubl()], ids=["cii", "1", "ubl"])
def test_damaged_einvoices_end_as_values_or_as_a_warning(good: bytes) -> None:
    for number in range(RUNS):
        data = damaged(good, random.Random(number))  # noqa: S311 - the same damage in each run
        pdf = a_pdf_with([("factur-x.xml", data)], lines=["Rechnung R-4711/26 vom 05.03.2026", "Summe 1.469,06 EUR"])

        order = a_work_order(media_type="application/pdf", document_type="invoice")
        outcome = run(pdf, order, ContentOpeners(), ScriptedOcr(), Told())

        assert isinstance(outcome, Completed), outcome


def damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` with bytes flipped, and with pieces of it cut out, doubled or put elsewhere, often between elements."""
    out = bytearray(data)
    cuts = [i for i, byte in enumerate(out) if byte == ord("<")]
    for _ in range(chance.randint(1, 3)):
        start, end = sorted(chance.sample(cuts, 2))
        match chance.randrange(4):
            case 0:
                out[chance.randrange(len(out))] = chance.randrange(256)
            case 1:
                del out[start:end]
            case 2:
                out[start:start] = out[start:end]
            case _:
                out[start:start] = bytes(chance.choice([b"9" * 50, b"\xc3\x28", b"]]>", b"<x/>", b"&#0;", b"-", b"e9"]))
    return bytes(out)
