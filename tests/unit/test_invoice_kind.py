"""A paper that is no invoice gives nulls and a warning, never invented values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.invoices import Sheet, drawn, reading_of
from tests.support.pages import a_page

from docurift.model.result import WarningCode
from docurift.pipeline.extract.invoice.extractor import extract
from docurift.pipeline.read import Reading


def contract(page: Sheet) -> None:
    page.text(200, 60, "SERVICE AGREEMENT", size=16, bold=True)
    page.lines(
        60,
        100,
        [
            "This agreement is made on 12 March 2024 between Harbour Ltd, 3 Quay Lane, Bristol BS1 4RW,",
            "and The Lighthouse Trust, Cliff Road, Whitby YO22 4JT.",
            "1. Term. This agreement begins on 1 April 2024 and ends on 31 March 2026.",
            "2. Fees. The client pays a fee of £12,000.00 a year. The total of all fees is £24,000.00.",
            "3. Invoices. The provider sends an invoice each month; it is due within 30 days.",
            "4. Governing law. This agreement is governed by the laws of England.",
        ],
    )


def statistics(page: Sheet) -> None:
    page.text(60, 60, "Table 4: Fishing fleet by region, 2019 to 2021", bold=True)
    page.table(
        90,
        [(60, "<Region"), (250, ">2019"), (340, ">2020"), (430, ">2021")],
        [["North", "1,204", "1,188", "1,102"], ["South", "804", "799", "812"], ["Total", "2,008", "1,987", "1,914"]],
    )


def price_list(page: Sheet) -> None:
    page.text(60, 60, "Price list, spring", bold=True)
    page.table(90, [(60, "<Product"), (430, ">Price")], [["Oak table", "890.00"], ["Oak chair", "145.00"]])


def letter(page: Sheet) -> None:
    page.text(60, 130, "Verein der Freunde - Am Markt 1 - 50667 Köln", size=7)
    page.lines(60, 150, ["Frau", "Petra Sommer", "Domstraße 12", "50668 Köln"])
    page.text(400, 220, "Köln, 7. Mai 2024")
    page.lines(60, 260, ["Einladung zum Sommerfest", "Liebe Frau Sommer,", "wir laden Sie herzlich ein."])


@pytest.mark.parametrize("draw", [contract, statistics, price_list, letter])
def test_another_paper_gives_nothing_and_says_why(draw: object) -> None:
    findings = extract(reading_of(drawn(draw)), "en")  # type: ignore[arg-type]

    assert {pointer: found.value for pointer, found in findings.values.items()} == {}
    assert [one.code for one in findings.warnings] == [WarningCode.TYPE_MISMATCH]


@pytest.mark.parametrize("pages", [(), (a_page(),), (a_page(), a_page(number=2))])
def test_an_empty_paper_gives_nothing_and_says_why(pages: tuple[object, ...]) -> None:
    reading = Reading(page_count=len(pages), pages=pages, pages_processed=len(pages), warnings=())  # type: ignore[arg-type]

    findings = extract(reading, None)

    assert findings.values == {}
    assert [one.code for one in findings.warnings] == [WarningCode.TYPE_MISMATCH]


WORDS = st.sampled_from(
    ["Invoice", "Rechnung", "Nr.", "Total", "VAT", "12.50", "1.234,56", "05.03.2018", "DE136695976", "Qty", "Price",
     "Amount", "Description", "80333", "München", "Kunde:", "GmbH", ":", "-", "19%", "€", "(", "INV-7", "vom", "#"]
)  # fmt: skip
PLACED = st.tuples(st.integers(0, 550), st.integers(0, 780), st.lists(WORDS, min_size=1, max_size=4).map(" ".join))


@given(st.lists(PLACED, max_size=40))
def test_whatever_stands_on_a_page_every_value_is_quoted_from_it(placed: list[tuple[int, int, str]]) -> None:
    page = a_page(*placed)

    findings = extract(Reading(page_count=1, pages=(page,), pages_processed=1, warnings=()), "de")

    for found in findings.values.values():
        assert 0 <= found.confidence <= 1
        if found.span is not None:
            assert found.span.text == " ".join(page.words[word].text for word in found.span.words)
