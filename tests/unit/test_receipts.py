"""Receipts of a dozen countries, and papers that are none."""

from datetime import date
from typing import Any

import pytest
from tests.support import receipts
from tests.support.pages import a_page
from tests.support.receipts import a_reading, a_receipt

from docurift.model.result import WarningCode
from docurift.pipeline.extract.found import Findings
from docurift.pipeline.extract.receipt.extractor import receipt
from docurift.pipeline.extract.receipt.model import FIELDS, RANKERS
from docurift.pipeline.typed import evidence

COUNTRIES: dict[str, tuple[str, dict[str, Any]]] = {
    "GERMANY": ("de", {
        "/merchant/name": "Bäckerei Sonnenschein GmbH", "/merchant/address": "Lindenstraße 14, 50674 Köln",
        "/merchant/phone": "0221 / 4711 230", "/merchant/taxId": "DE129273398", "/date": "2026-03-12",
        "/time": "08:41", "/total": 9.4, "/currency": "EUR", "/paymentMethod": "Bar", "/receiptNumber": "004711",
        "/lineItems/1/description": "Laugenbrezel", "/lineItems/1/quantity": 2.0, "/lineItems/1/total": 1.8,
    }),
    "FRANCE": ("fr", {
        "/merchant/name": "BOULANGERIE DUPONT SARL",
        "/merchant/address": "12 rue de la République, 69002 LYON", "/date": "2026-03-05", "/time": "09:12",
        "/total": 7.6, "/tax": 0.4, "/currency": "EUR", "/paymentMethod": "Carte bancaire", "/receiptNumber": "18452",
        "/lineItems/2/description": "Tarte citron", "/lineItems/2/total": 3.9,
    }),
    "SPAIN": ("es", {
        "/merchant/name": "CAFETERIA EL PUENTE S.L.", "/merchant/address": "Calle Mayor 45, 28013 Madrid",
        "/merchant/taxId": "B12345674", "/date": "2026-02-17", "/time": "10:05", "/total": 9.5, "/subtotal": 8.64,
        "/tax": 0.86, "/paymentMethod": "EFECTIVO", "/lineItems/0/description": "Cafe con leche",
    }),
    "ITALY": ("it", {
        "/merchant/name": "TRATTORIA DA MARIO S.R.L.", "/merchant/address": "Via Garibaldi 7, 20121 MILANO MI",
        "/merchant/taxId": "01234567890", "/date": "2026-01-28", "/time": "13:22", "/total": 18.0, "/tax": 1.64,
        "/receiptNumber": "0412-0037",
    }),
    "POLAND": ("pl", {
        "/merchant/name": "SKLEP SPOŻYWCZY ZIELONY SP. Z O.O.", "/merchant/address": "ul. Długa 15, 31-147 Kraków",
        "/date": "2026-02-11", "/time": "17:36", "/total": 11.97, "/tax": 0.57, "/currency": "PLN",
        "/paymentMethod": "KARTA",
    }),
    "NETHERLANDS": ("nl", {
        "/merchant/name": "Boekhandel De Gracht B.V.",
        "/merchant/address": "Keizersgracht 210, 1016 DX Amsterdam", "/merchant/taxId": "NL004495445B01",
        "/date": "2026-04-21", "/total": 17.49, "/paymentMethod": "PIN", "/receiptNumber": "88213",
    }),
    "PORTUGAL": ("pt", {
        "/merchant/name": "PASTELARIA ESTRELA LDA", "/merchant/address": "Rua Augusta 100, 1100-053 LISBOA",
        "/date": "2026-03-30", "/time": "11:20", "/total": 4.3, "/subtotal": 4.3, "/paymentMethod": "Numerario",
    }),
    "BRITAIN": ("en", {
        "/merchant/name": "THE CORNER BAKERY LTD", "/merchant/address": "14 High Street, Oxford OX1 4DB",
        "/date": "2026-04-03", "/time": "08:15", "/total": 7.0, "/currency": "GBP", "/paymentMethod": "VISA",
    }),
    "UNITED_STATES": ("en", {
        "/merchant/name": "JOE'S HARDWARE INC", "/merchant/address": "1200 Main Street, Springfield, IL 62701",
        "/date": "2026-04-18", "/time": "17:31", "/total": 27.52, "/subtotal": 25.48, "/tax": 2.04,
        "/currency": "USD", "/paymentMethod": "CASH", "/lineItems/1/description": "Wood screws",
    }),
    "SWITZERLAND": ("de", {
        "/merchant/name": "Metzgerei Alpenblick AG", "/merchant/address": "Bahnhofstrasse 3, 8001 Zürich",
        "/date": "2026-05-14", "/total": 17.0, "/currency": "CHF", "/paymentMethod": "Twint",
    }),
    "SINGAPORE": ("en", {
        "/merchant/name": "LUCKY NOODLE HOUSE PTE LTD", "/merchant/address": "21 Smith Street, Singapore 058945",
        "/date": "2026-06-09", "/time": "19:44", "/total": 15.0, "/subtotal": 12.5, "/tax": 1.24, "/currency": "SGD",
        "/lineItems/1/quantity": 2.0,
    }),
    "SWEDEN": ("sv", {
        "/merchant/name": "Café Skogen AB", "/merchant/address": "Storgatan 18, 411 24 Göteborg",
        "/date": "2026-05-02", "/total": 70.0, "/currency": "SEK", "/paymentMethod": "Kontant",
        "/receiptNumber": "7731",
    }),
}  # fmt: skip


def found(text: str, language: str = "en") -> Findings:
    return receipt(a_reading(a_receipt(text)), language)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_receipt_says_who_when_and_how_much(country: str) -> None:
    language, wanted = COUNTRIES[country]

    values = found(getattr(receipts, country), language).values

    assert {pointer: values[pointer].value if pointer in values else None for pointer in wanted} == wanted


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_value_is_proved_on_its_page(country: str) -> None:
    page = a_receipt(getattr(receipts, country))

    values = receipt(a_reading(page), COUNTRIES[country][0]).values

    assert [pointer for pointer, one in values.items() if not evidence(one, {1: page}).verified] == []
    assert all(0 < one.confidence <= 1 for one in values.values())


def test_what_was_to_be_paid_is_after_rounding_and_not_what_was_handed_over() -> None:
    values = found("""
        CORNER SHOP LTD
        1 High Street
        TOTAL INCL TAX      20.02
        ROUNDING ADJ        -0.02
        ROUNDED TOTAL       20.00
        CASH                50.00
        CHANGE              30.00
        03/04/2026
    """).values

    assert values["/total"].value == 20.0


def test_items_that_do_not_add_up_are_not_given() -> None:
    values = found(receipts.BRITAIN.replace("£3.80", "£4.80")).values

    assert values["/total"].value == 7.0
    assert not [pointer for pointer in values if pointer.startswith("/lineItems")]


def test_a_common_word_that_ocr_misread_is_set_right_and_quoted_as_read() -> None:
    page = a_receipt(receipts.BRITAIN.replace("14 High Street", "14 High Sfreet"))
    unsure = tuple(word if word.text != "Sfreet" else type(word)(word.text, word.box, 0.6) for word in page.words)

    values = receipt(a_reading(a_page(words=unsure)), "en").values

    assert values["/merchant/address"].value == "14 High Street, Oxford OX1 4DB"
    span = values["/merchant/address"].span
    assert span is not None
    assert "Sfreet" in span.text


def test_a_word_that_ocr_is_sure_of_stays_as_it_is() -> None:
    values = found(receipts.BRITAIN.replace("14 High Street", "14 High Sfreet")).values

    assert "Sfreet" in str(values["/merchant/address"].value)


@pytest.mark.parametrize(
    "text",
    [
        "Minutes of the meeting\nPresent were all members of the board\nThe minutes were read and approved",
        "Dear Sir or Madam\nwe thank you for your letter of 3 March 2026 and will answer it in due course",
        "",
    ],
)
def test_what_is_no_receipt_gives_nothing_and_says_so(text: str) -> None:
    findings = found(text)

    assert findings.values == {}
    assert [warning.code for warning in findings.warnings] == [WarningCode.TYPE_MISMATCH]


def test_the_weights_are_of_every_field_and_their_confidence_grows_with_the_share() -> None:
    for field in FIELDS:
        ranker = RANKERS[field]
        assert ranker.weights
        assert ranker.confidence(0.5, 0.99) < ranker.confidence(0.99, 0.99)
        assert ranker.confidence(0.9, 0.5) < ranker.confidence(0.9, 0.99)


def test_dates_begin_with_the_day_but_where_the_country_says_otherwise() -> None:
    assert found(receipts.BRITAIN).values["/date"].value == date(2026, 4, 3).isoformat()
    american = receipts.UNITED_STATES.replace("04/18/2026", "04/03/2026")
    assert found(american).values["/date"].value == date(2026, 4, 3).isoformat()
