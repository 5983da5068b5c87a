"""Small e-invoices of each syntax, all of the same invoice, and PDFs that carry them."""

from collections.abc import Mapping, Sequence

from tests.support.bombs import a_pdf, a_stream

_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity"
# What each of them says, as the result of the job.
SAID: Mapping[str, str | float] = {
    "/invoiceNumber": "R-4711/26",
    "/invoiceDate": "2026-03-05",
    "/dueDate": "2026-04-04",
    "/vendor/name": "Muster Handel GmbH",
    "/vendor/address": "Hafenweg 7, Hinterhaus",
    "/vendor/city": "Bremen",
    "/vendor/state": "HB",
    "/vendor/postalCode": "28195",
    "/vendor/country": "DE",
    "/vendor/taxId": "DE123456789",
    "/vendor/email": "rechnung@muster.example",
    "/vendor/phone": "+49 421 555",
    "/customer/name": "Kunde AG",
    "/customer/address": "Ring 1",
    "/customer/city": "Wien",
    "/customer/postalCode": "1010",
    "/customer/country": "AT",
    "/subtotal": 1234.5,
    "/tax": 234.56,
    "/total": 1469.06,
    "/currency": "EUR",
    "/lineItems/0/description": "Stehlampe Nordlicht",
    "/lineItems/0/quantity": 3.0,
    "/lineItems/0/unitPrice": 400.0,
    "/lineItems/0/total": 1200.0,
    "/lineItems/1/description": "Versand",
    "/lineItems/1/quantity": 1.0,
    "/lineItems/1/unitPrice": 34.5,
    "/lineItems/1/total": 34.5,
}


def a_cii(**changes: str) -> bytes:
    """Factur-X, ZUGFeRD 2 and XRechnung; `changes` are pieces of its text put in the place of others."""
    return _changed(_CII, changes)


def a_zugferd1() -> bytes:
    """ZUGFeRD 1.0: other names for most of it."""
    text = _CII
    for new, old in _OLD_NAMES:
        text = text.replace(new, old)
    return text.encode()


def a_draft() -> bytes:
    """The draft before ZUGFeRD 1.0: another root, no namespace inside, days without an element of their own."""
    text = a_zugferd1().decode().replace("ram:", "")
    for element in ("<udt:DateTimeString", "</udt:DateTimeString>"):
        text = text.replace(element, "<udt" if element[1] != "/" else "</udt>")
    text = text.replace("><udt format", " format").replace("</udt>", "")
    root = 'rsm:Invoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CBFBUY:5"'
    return text.replace(_OLD_ROOT, root).replace("</rsm:CrossIndustryDocument", "</rsm:Invoice").encode()


def a_ubl(root: str = "Invoice", **changes: str) -> bytes:
    """UBL, an invoice or a credit note."""
    text = _UBL if root == "Invoice" else _UBL.replace("Invoiced", "Credited").replace("Invoice", "CreditNote")
    return _changed(text, changes)


def a_pdf_with(
    attachments: Sequence[tuple[str, bytes]],
    *,
    lines: Sequence[str] = ("Rechnung",),
    in_xmp: str | None = None,
    filters: bytes = b"",
) -> bytes:
    """A page with these lines, and a PDF around it that carries the attachments under these names."""
    content = "\n".join(f"BT /F 11 Tf 60 {760 - 20 * i} Td ({line}) Tj ET" for i, line in enumerate(lines))
    xmp = f"<fx:DocumentFileName>{in_xmp}</fx:DocumentFileName>" if in_xmp else ""
    names = b" ".join(b"(%d) %d 0 R" % (i, 7 + 2 * i) for i in range(len(attachments)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/Names<</EmbeddedFiles<</Names[%s]>>>>>>" % names,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        a_stream(content.encode("cp1252")),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        a_stream(xmp.encode(), b"/Type/Metadata/Subtype/XML"),
    ]
    for i, (name, data) in enumerate(attachments):
        objects.append(b"<</Type/Filespec/F(%s)/UF(%s)/EF<</F %d 0 R>>>>" % (name.encode(), name.encode(), 8 + 2 * i))
        objects.append(a_stream(data, b"/Type/EmbeddedFile/Subtype/text#2Fxml" + filters))
    return a_pdf(objects)


def _changed(text: str, changes: Mapping[str, str]) -> bytes:
    for place, new in changes.items():
        old = _PLACES[place]
        assert old in text, place
        text = text.replace(old, new)
    return text.encode()


# What tests change, each standing once in a text.
_PLACES: Mapping[str, str] = {
    "cii_vat": '<ram:ID schemeID="VA">DE123456789</ram:ID>',
    "cii_mail": "<ram:URIID>rechnung@muster.example</ram:URIID>",
    "cii_tax": '<ram:TaxTotalAmount currencyID="EUR">234.56</ram:TaxTotalAmount>',
    "cii_price": "<ram:ChargeAmount>400.00</ram:ChargeAmount>",
    "cii_total": "1469.06",
    "cii_day": "20260305",
    "ubl_vat": "<c:CompanyID>DE123456789</c:CompanyID><a:TaxScheme><c:ID>VAT</c:ID></a:TaxScheme>",
    "ubl_registered": "<c:RegistrationName>Muster Handel GmbH</c:RegistrationName>",
}


def _cii_party(kind: str, name: str, address: str, more: str = "") -> str:
    return f"<ram:{kind}TradeParty><ram:Name>{name}</ram:Name>{more}{address}</ram:{kind}TradeParty>"


def _cii_line(name: str, quantity: str, price: str, total: str) -> str:
    return (
        f"<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name>"
        "</ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>"
        f"<ram:ChargeAmount>{price}</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        f'<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">{quantity}</ram:BilledQuantity>'
        "</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>"
        f"<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{total}</ram:LineTotalAmount>"
        "</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
        "</ram:IncludedSupplyChainTradeLineItem>"
    )


def _cii_day(name: str, day: str) -> str:
    return f'<ram:{name}><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:{name}>'


_CII_ROOT = (
    f'rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    f'xmlns:ram="{_RAM}:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
_OLD_ROOT = (
    f'rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0" '
    f'xmlns:ram="{_RAM}:12" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15"'
)
_CII = (
    f"<?xml version='1.0' encoding='UTF-8'?><{_CII_ROOT}><rsm:ExchangedDocument><ram:ID>R-4711/26</ram:ID>"
    f"{_cii_day('IssueDateTime', '20260305')}</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>"
    + _cii_line("Stehlampe  Nordlicht", "3.0000", "400.00", "1200.00")
    + _cii_line("Versand", "1", "34.50", "34.50")
    + "<ram:ApplicableHeaderTradeAgreement>"
    + _cii_party(
        "Seller",
        "Muster Handel GmbH",
        "<ram:PostalTradeAddress><ram:PostcodeCode>28195</ram:PostcodeCode><ram:LineOne>Hafenweg 7</ram:LineOne>"
        "<ram:LineTwo>Hinterhaus</ram:LineTwo><ram:LineThree/><ram:CityName>Bremen</ram:CityName>"
        "<ram:CountryID>DE</ram:CountryID><ram:CountrySubDivisionName>HB</ram:CountrySubDivisionName>"
        '</ram:PostalTradeAddress><ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">60/123/4</ram:ID>'
        '</ram:SpecifiedTaxRegistration><ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID>'
        "</ram:SpecifiedTaxRegistration>",
        "<ram:DefinedTradeContact><ram:TelephoneUniversalCommunication><ram:CompleteNumber>+49 421 555"
        "</ram:CompleteNumber></ram:TelephoneUniversalCommunication><ram:EmailURIUniversalCommunication>"
        "<ram:URIID>rechnung@muster.example</ram:URIID></ram:EmailURIUniversalCommunication></ram:DefinedTradeContact>",
    )
    + _cii_party(
        "Buyer",
        "Kunde AG",
        "<ram:PostalTradeAddress><ram:PostcodeCode>1010</ram:PostcodeCode><ram:LineOne>Ring 1</ram:LineOne>"
        "<ram:CityName>Wien</ram:CityName><ram:CountryID>AT</ram:CountryID></ram:PostalTradeAddress>"
        '<ram:URIUniversalCommunication><ram:URIID schemeID="0204">04011000-12345-35</ram:URIID>'
        "</ram:URIUniversalCommunication>",
    )
    + "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement>"
    "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradePaymentTerms>"
    + _cii_day("DueDateDateTime", "20260404")
    + "</ram:SpecifiedTradePaymentTerms><ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    "<ram:TaxBasisTotalAmount>1234.50</ram:TaxBasisTotalAmount>"
    '<ram:TaxTotalAmount currencyID="EUR">234.56</ram:TaxTotalAmount>'
    "<ram:GrandTotalAmount>1469.06</ram:GrandTotalAmount>"
    "<ram:DuePayableAmount>69.06</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    "</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
)
_OLD_NAMES = (
    (_CII_ROOT, _OLD_ROOT),
    ("</rsm:CrossIndustryInvoice", "</rsm:CrossIndustryDocument"),
    ("rsm:ExchangedDocument", "rsm:HeaderExchangedDocument"),
    ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
    ("ram:ApplicableHeaderTrade", "ram:ApplicableSupplyChainTrade"),
    ("ram:SpecifiedLineTrade", "ram:SpecifiedSupplyChainTrade"),
    ("ram:SpecifiedTradeSettlementHeaderMonetarySummation", "ram:SpecifiedTradeSettlementMonetarySummation"),
    ("ram:SpecifiedTradeSettlementLineMonetarySummation", "ram:SpecifiedTradeSettlementMonetarySummation"),
)


def _ubl_line(name: str, quantity: str, price: str, total: str) -> str:
    return (
        f"<a:InvoiceLine><c:InvoicedQuantity>{quantity}</c:InvoicedQuantity>"
        f"<c:LineExtensionAmount>{total}</c:LineExtensionAmount><a:Item><c:Name>{name}</c:Name></a:Item>"
        f"<a:Price><c:PriceAmount>{price}</c:PriceAmount></a:Price></a:InvoiceLine>"
    )


_UBL = (
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
    'xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:c="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><c:ID>R-4711/26</c:ID>'
    "<c:IssueDate>2026-03-05</c:IssueDate><c:DueDate>2026-04-04</c:DueDate>"
    "<c:DocumentCurrencyCode>EUR</c:DocumentCurrencyCode><a:AccountingSupplierParty><a:Party>"
    "<c:EndpointID>9930:de123456789</c:EndpointID><a:PartyName><c:Name>Muster</c:Name></a:PartyName><a:PostalAddress>"
    "<c:StreetName>Hafenweg 7</c:StreetName><c:AdditionalStreetName>Hinterhaus</c:AdditionalStreetName>"
    "<c:CityName>Bremen</c:CityName><c:PostalZone>28195</c:PostalZone><c:CountrySubentity>HB</c:CountrySubentity>"
    "<a:Country><c:IdentificationCode>DE</c:IdentificationCode></a:Country></a:PostalAddress>"
    "<a:PartyTaxScheme><c:CompanyID>60/123/4</c:CompanyID><a:TaxScheme><c:ID>FC</c:ID></a:TaxScheme></a:PartyTaxScheme>"
    "<a:PartyTaxScheme><c:CompanyID>DE123456789</c:CompanyID><a:TaxScheme><c:ID>VAT</c:ID></a:TaxScheme>"
    "</a:PartyTaxScheme><a:PartyLegalEntity><c:RegistrationName>Muster Handel GmbH</c:RegistrationName>"
    "</a:PartyLegalEntity><a:Contact><c:Telephone>+49 421 555</c:Telephone>"
    "<c:ElectronicMail>rechnung@muster.example</c:ElectronicMail></a:Contact></a:Party></a:AccountingSupplierParty>"
    "<a:AccountingCustomerParty><a:Party><a:PartyName><c:Name>Kunde AG</c:Name></a:PartyName><a:PostalAddress>"
    "<c:StreetName>Ring 1</c:StreetName><c:CityName>Wien</c:CityName><c:PostalZone>1010</c:PostalZone>"
    "<a:Country><c:IdentificationCode>AT</c:IdentificationCode></a:Country></a:PostalAddress></a:Party>"
    '</a:AccountingCustomerParty><a:TaxTotal><c:TaxAmount currencyID="SEK">2600</c:TaxAmount></a:TaxTotal>'
    '<a:TaxTotal><c:TaxAmount currencyID="EUR">234.56</c:TaxAmount></a:TaxTotal><a:LegalMonetaryTotal>'
    "<c:TaxExclusiveAmount>1234.50</c:TaxExclusiveAmount><c:TaxInclusiveAmount>1469.06</c:TaxInclusiveAmount>"
    "<c:PayableAmount>69.06</c:PayableAmount></a:LegalMonetaryTotal>"
    + _ubl_line("Stehlampe Nordlicht", "3", "400", "1200.00")
    + _ubl_line("Versand", "1.0", "34.5", "34.50")
    + "</Invoice>"
)
