"""Universal Business Language 2 (OASIS): invoices and credit notes, as in Peppol and XRechnung."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Final

from docurift.engines.einvoice_tree import (
    MAX_LINES,
    amount_in,
    date_of,
    decimal_at,
    element_at,
    elements_at,
    joined,
    mail_address,
    text_at,
    unit_price,
)
from docurift.engines.markup import Element

Value = str | Decimal | None

_LINE: Final = "InvoiceLine|CreditNoteLine"


def read_ubl(root: Element) -> Iterator[tuple[str, Value]]:
    """The values of the invoice by JSON Pointer; None where it says nothing."""
    currency = text_at(root, "DocumentCurrencyCode")
    yield "/invoiceNumber", text_at(root, "ID")
    yield "/invoiceDate", date_of(text_at(root, "IssueDate"))
    yield "/dueDate", date_of(text_at(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate"))
    for pointer, party in (("/vendor", "AccountingSupplierParty"), ("/customer", "AccountingCustomerParty")):
        for name, value in _party(element_at(root, f"{party}/Party")):
            yield f"{pointer}/{name}", value
    sums = element_at(root, "LegalMonetaryTotal")
    yield "/subtotal", decimal_at(sums, "TaxExclusiveAmount")
    yield "/tax", amount_in(elements_at(root, "TaxTotal/TaxAmount"), currency)
    yield "/total", decimal_at(sums, "TaxInclusiveAmount")
    yield "/currency", currency
    for place, line in enumerate(islice(elements_at(root, _LINE), MAX_LINES)):
        for name, value in _line(line):
            yield f"/lineItems/{place}/{name}", value


def count_lines(root: Element) -> int:
    """How many lines the invoice has, those within lines not counted."""
    return sum(1 for _ in elements_at(root, _LINE))


def _party(party: Element | None) -> Iterator[tuple[str, Value]]:
    address, contact = element_at(party, "PostalAddress"), element_at(party, "Contact")
    yield "name", text_at(party, "PartyLegalEntity/RegistrationName", "PartyName/Name")
    yield (
        "address",
        joined(*(text_at(address, line) for line in ("StreetName", "AdditionalStreetName", "AddressLine/Line"))),
    )
    yield "city", text_at(address, "CityName")
    yield "state", text_at(address, "CountrySubentity")
    yield "postalCode", text_at(address, "PostalZone")
    yield "country", text_at(address, "Country/IdentificationCode")
    yield "taxId", _tax_id(party)
    yield "email", mail_address(text_at(contact, "ElectronicMail"), text_at(party, "EndpointID"))
    yield "phone", text_at(contact, "Telephone")


def _tax_id(party: Element | None) -> str | None:
    """The VAT number, else the tax number."""
    if party is None:
        return None
    schemes = list(elements_at(party, "PartyTaxScheme"))
    vat = (text_at(one, "CompanyID") for one in schemes if (text_at(one, "TaxScheme/ID") or "").upper() == "VAT")
    return next(filter(None, (*vat, *(text_at(one, "CompanyID") for one in schemes))), None)


def _line(line: Element) -> Iterator[tuple[str, Value]]:
    yield "description", text_at(line, "Item/Name", "Item/Description")
    yield "quantity", decimal_at(line, "InvoicedQuantity|CreditedQuantity")
    yield "unitPrice", unit_price(decimal_at(line, "Price/PriceAmount"), decimal_at(line, "Price/BaseQuantity"))
    yield "total", decimal_at(line, "LineExtensionAmount")
