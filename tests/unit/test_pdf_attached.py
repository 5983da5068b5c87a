"""A PDF's e-invoice is found by the names of the standards, and by nothing else."""

import random
import zlib

import pytest
from tests.support.einvoices import SAID, a_cii, a_pdf_with, a_ubl, a_zugferd1
from tests.support.pdfs import a_pdf
from tests.support.work_orders import a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.model.work import MIB, Limits
from docurift.pipeline.ports import EInvoice

OTHER = a_cii(cii_total="1.00")


def carried(data: bytes, **order: object) -> EInvoice | None:
    source = ContentOpeners().open(data, a_work_order(media_type="application/pdf", **order))
    try:
        return source.einvoice
    finally:
        source.close()


def said(data: bytes, **order: object) -> EInvoice:
    found = carried(data, **order)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "zugferd-invoice.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "Factur-X.XML"]
)
def test_the_names_of_the_standards_are_read(name: str) -> None:
    got = said(a_pdf_with([("terms.pdf", b"x"), (name, a_cii())]))

    assert dict(got.values) == SAID
    assert got.warnings == ()


@pytest.mark.parametrize("name", ["invoice.xml", "factur-x.xml.txt", "data.xml", "my-factur-x.xml"])
def test_other_attachments_are_left_alone(name: str) -> None:
    assert carried(a_pdf_with([(name, a_cii())])) is None


def test_a_pdf_without_attachments_carries_none() -> None:
    assert carried(a_pdf([(50, 700, "Invoice")])) is None


def test_an_xrechnung_in_ubl_is_read_as_well() -> None:
    assert dict(said(a_pdf_with([("xrechnung.xml", a_ubl())])).values) == SAID


def test_of_several_the_one_that_the_metadata_names_is_read() -> None:
    pdf = a_pdf_with([("ZUGFeRD-invoice.xml", OTHER), ("factur-x.xml", a_cii())], in_xmp="factur-x.xml")

    got = said(pdf)

    assert got.values["/total"] == SAID["/total"]
    assert ["ZUGFeRD-invoice.xml" in warning.message for warning in got.warnings] == [True]


def test_of_several_without_metadata_the_first_is_read() -> None:
    got = said(a_pdf_with([("ZUGFeRD-invoice.xml", a_zugferd1()), ("factur-x.xml", OTHER)]))

    assert got.values["/total"] == SAID["/total"]
    assert ["factur-x.xml" in warning.message for warning in got.warnings] == [True]


def test_a_damaged_one_does_not_hide_the_next() -> None:
    got = said(a_pdf_with([("ZUGFeRD-invoice.xml", b"<broken"), ("factur-x.xml", a_cii())]))

    assert dict(got.values) == SAID
    assert ["damaged" in warning.message for warning in got.warnings] == [True]


def test_an_order_is_no_invoice() -> None:
    alone = said(a_pdf_with([("order-x.xml", a_cii())]))
    beside = said(a_pdf_with([("order-x.xml", OTHER), ("factur-x.xml", a_cii())]))

    assert alone.values == {}
    assert ["it is an order" in warning.message for warning in alone.warnings] == [True]
    assert dict(beside.values) == SAID


def test_an_empty_one_is_told() -> None:
    assert "empty" in said(a_pdf_with([("factur-x.xml", b"")])).warnings[0].message


def test_one_beyond_the_limit_is_told() -> None:
    got = said(a_pdf_with([("factur-x.xml", a_cii())]), limits=Limits(max_einvoice_bytes=1000))

    assert got.values == {}
    assert "larger than 1000 bytes" in got.warnings[0].message


@pytest.mark.parametrize("layers", [1, 2])
def test_one_that_unfolds_is_not_unpacked(layers: int) -> None:
    data = b" " * 64 * MIB
    for _ in range(layers):
        data = zlib.compress(data, 9)
    bomb = a_pdf_with([("factur-x.xml", data)], filters=b"/Filter[" + b"/FlateDecode" * layers + b"]")

    got = said(bomb)

    assert got.values == {}
    assert "larger than" in got.warnings[0].message


def test_a_packed_one_is_read() -> None:
    pdf = a_pdf_with([("factur-x.xml", zlib.compress(a_cii()))], filters=b"/Filter/FlateDecode")

    assert dict(said(pdf).values) == SAID


def test_a_large_attachment_beside_it_does_no_harm() -> None:
    annex = zlib.compress(random.Random(1).randbytes(12 * MIB), 1)  # noqa: S311 - no secret, only no pattern
    pdf = a_pdf_with([("annex.pdf", annex), ("factur-x.xml", zlib.compress(a_cii()))], filters=b"/Filter/FlateDecode")

    assert dict(said(pdf).values) == SAID


@pytest.mark.timeout(10)
def test_a_pdf_that_claims_countless_attachments_is_not_searched_through() -> None:
    assert said(a_pdf_with([("factur-x.xml", a_cii())]) + b"/EmbeddedFile stream\n" * 500_000).values == {}


def test_an_einvoice_behind_too_many_attachments_is_told() -> None:
    pdf = a_pdf_with([*((f"{i}.txt", b"x") for i in range(200)), ("factur-x.xml", a_cii())])

    got = said(pdf)

    assert got.values == {}
    assert "201 attachments" in got.warnings[0].message


def test_of_two_of_one_name_the_first_is_read() -> None:
    got = said(a_pdf_with([("factur-x.xml", a_cii()), ("factur-x.xml", OTHER)]))

    assert dict(got.values) == SAID
    assert len(got.warnings) == 1
