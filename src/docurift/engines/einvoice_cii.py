"""Cross Industry Invoice (UN/CEFACT): Factur-X, ZUGFeRD 2, XRechnung, ZUGFeRD 1 and the draft before it."""

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
    text_of,
    unit_price,
)
from docurift.engines.markup import Element

Value = str | Decimal | None

_HEAD: Final = "ExchangedDocument|HeaderExchangedDocument"
_TRADE: Final = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT: Final = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_SETTLEMENT: Final = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_SUMS: Final = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE_AGREEMENT: Final = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY: Final = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT: Final = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_LINE_SUMS: Final = "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE: Final = "IncludedSupplyChainTradeLineItem"


def read_cii(root: Element) -> Iterator[tuple[str, Value]]:
    """The values of the invoice by JSON Pointer; None where it says nothing."""
    trade = element_at(root, _TRADE)
    agreement, settlement = element_at(trade, _AGREEMENT), element_at(trade, _SETTLEMENT)
    currency = text_at(settlement, "InvoiceCurrencyCode")
    yield "/invoiceNumber", text_at(root, f"{_HEAD}/ID")
    yield "/invoiceDate", _day(element_at(root, f"{_HEAD}/IssueDateTime"))
    yield "/dueDate", _day(element_at(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime"))
    for pointer, party in (("/vendor", "SellerTradeParty"), ("/customer", "BuyerTradeParty")):
        for name, value in _party(element_at(agreement, party)):
            yield f"{pointer}/{name}", value
    sums = element_at(settlement, _SUMS)
    yield "/subtotal", decimal_at(sums, "TaxBasisTotalAmount")
    yield "/tax", None if sums is None else amount_in(elements_at(sums, "TaxTotalAmount"), currency)
    yield "/total", decimal_at(sums, "GrandTotalAmount")
    yield "/currency", currency
    if trade is not None:
        for place, line in enumerate(islice(elements_at(trade, _LINE), MAX_LINES)):
            for name, value in _line(line):
                yield f"/lineItems/{place}/{name}", value


def count_lines(root: Element) -> int:
    """How many lines the invoice has."""
    return sum(1 for _ in elements_at(root, f"{_TRADE}/{_LINE}"))


def _party(party: Element | None) -> Iterator[tuple[str, Value]]:
    address, contact = element_at(party, "PostalTradeAddress"), element_at(party, "DefinedTradeContact")
    yield "name", text_at(party, "Name", "SpecifiedLegalOrganization/TradingBusinessName")
    yield "address", joined(*(text_at(address, line) for line in ("LineOne", "LineTwo", "LineThree")))
    yield "city", text_at(address, "CityName")
    yield "state", text_at(address, "CountrySubDivisionName")
    yield "postalCode", text_at(address, "PostcodeCode")
    yield "country", text_at(address, "CountryID")
    yield "taxId", _tax_id(party)
    yield (
        "email",
        mail_address(
            text_at(contact, "EmailURIUniversalCommunication/URIID|CompleteNumber"),
            text_at(party, "URIUniversalCommunication/URIID"),
        ),
    )
    yield "phone", text_at(contact, "TelephoneUniversalCommunication/CompleteNumber")


def _tax_id(party: Element | None) -> str | None:
    """The VAT number, else the tax number."""
    if party is None:
        return None
    ids = {one.get("schemeID"): text_of(one) for one in elements_at(party, "SpecifiedTaxRegistration/ID")}
    return ids.get("VA") or ids.get("FC")


def _line(line: Element) -> Iterator[tuple[str, Value]]:
    price = element_at(line, f"{_LINE_AGREEMENT}/NetPriceProductTradePrice")
    yield "description", text_at(line, "SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description")
    yield "quantity", decimal_at(line, f"{_LINE_DELIVERY}/BilledQuantity")
    yield "unitPrice", unit_price(decimal_at(price, "ChargeAmount"), decimal_at(price, "BasisQuantity"))
    yield "total", decimal_at(line, f"{_LINE_SETTLEMENT}/{_LINE_SUMS}/LineTotalAmount")


def _day(moment: Element | None) -> str | None:
    return None if moment is None else date_of(text_at(moment, "DateTimeString|DateTime|Date") or text_of(moment))
