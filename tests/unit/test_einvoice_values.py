"""E-invoices of every syntax give the same values (contract section 5)."""

import pytest
from tests.support.einvoices import SAID, a_cii, a_draft, a_ubl, a_zugferd1

from docurift.engines.einvoice import einvoice_in
from docurift.engines.einvoice_tree import MAX_LINES
from docurift.model.result import WarningCode
from docurift.pipeline.ports import EInvoice


def read(data: bytes) -> EInvoice:
    return einvoice_in(data, "factur-x.xml")


@pytest.mark.parametrize(
    "data", [a_cii(), a_zugferd1(), a_draft(), a_ubl(), a_ubl("CreditNote")], ids=["cii", "1", "draft", "ubl", "credit"]
)
def test_every_syntax_gives_the_same_values(data: bytes) -> None:
    got = read(data)

    assert dict(got.values) == SAID
    assert got.warnings == ()


def test_the_tax_number_stands_in_where_there_is_no_vat_number() -> None:
    cii, ubl = a_cii(cii_vat='<ram:ID schemeID="VA"> </ram:ID>'), a_ubl(ubl_vat="")

    assert [read(data).values["/vendor/taxId"] for data in (cii, ubl)] == ["60/123/4", "60/123/4"]


def test_an_electronic_address_that_is_no_mail_address_is_no_email() -> None:
    """The buyer of the CII file has the number of another network, the seller of the UBL file as well."""
    assert "/customer/email" not in read(a_cii()).values
    assert "/vendor/email" not in read(a_cii(cii_mail="<ram:URIID>0204:991</ram:URIID>")).values


def test_the_trading_name_stands_in_for_the_registered_one() -> None:
    assert read(a_ubl(ubl_registered="")).values["/vendor/name"] == "Muster"


def test_tax_is_that_of_the_invoices_currency() -> None:
    both = '<ram:TaxTotalAmount currencyID="GBP">199.1</ram:TaxTotalAmount><ram:TaxTotalAmount currencyID="EUR">1.5'

    assert read(a_cii(cii_tax=f"{both}</ram:TaxTotalAmount>")).values["/tax"] == 1.5
    assert read(a_cii(cii_tax="<ram:TaxTotalAmount>2</ram:TaxTotalAmount>")).values["/tax"] == 2.0


def test_a_price_of_many_becomes_the_price_of_one() -> None:
    price = "<ram:ChargeAmount>40000</ram:ChargeAmount><ram:BasisQuantity>100</ram:BasisQuantity>"

    assert read(a_cii(cii_price=price)).values["/lineItems/0/unitPrice"] == 400.0


@pytest.mark.parametrize("amount", ["1e99", "NaN", "Infinity", "12,50", "9" * 40, "1_0", "", "\u0663"])
def test_what_is_no_amount_is_left_out(amount: str) -> None:
    assert "/total" not in read(a_cii(cii_total=amount)).values


@pytest.mark.parametrize("day", ["20260230", "00000101", "2026", "yesterday", ""])
def test_what_is_no_day_is_left_out(day: str) -> None:
    assert "/invoiceDate" not in read(a_cii(cii_day=day)).values


@pytest.mark.parametrize("day", ["2026-03-05", "2026-03-05T00:00:00", "2026-03-05Z", "2026-03-05+01:00"])
def test_days_of_iso_8601_are_days(day: str) -> None:
    assert read(a_cii(cii_day=day)).values["/invoiceDate"] == "2026-03-05"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<Invoice xmlns='u'><ID>1</ID></Invoice>", "no invoice of a syntax that is known"),
        (b"<o:SCRDMCCBDACIOMessageStructure xmlns:o='o'/>", "an order"),
        (b"no XML", "damaged"),
        (b"", "damaged"),
        (a_cii()[:-20], "damaged"),
    ],
)
def test_other_xml_says_nothing_and_a_warning_says_why(data: bytes, reason: str) -> None:
    got = read(data)

    assert got.values == {}
    assert [warning.code for warning in got.warnings] == [WarningCode.XML_NOT_READ]
    assert reason in got.warnings[0].message


def test_lines_beyond_what_an_answer_holds_are_told() -> None:
    line = b"<a:InvoiceLine xmlns:a='a'><a:Item><a:Name>x</a:Name></a:Item></a:InvoiceLine>"
    got = read(a_ubl().replace(b"</Invoice>", line * MAX_LINES + b"</Invoice>"))

    assert f"/lineItems/{MAX_LINES - 1}/description" in got.values
    assert f"/lineItems/{MAX_LINES}/description" not in got.values
    assert f"{MAX_LINES + 2} lines" in got.warnings[0].message
