"""How values are found by labels: near misses, neighbours, parties, tables, units, and what is rather left out."""

from typing import Any

import pytest
from tests.support.pages import a_page

from docurift.model.job import DocumentType
from docurift.model.result import Box, Cell, Table, WarningCode
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.extract.found import Findings
from docurift.pipeline.read import Reading
from docurift.schemas.folded import folded

Place = tuple[float, float, str]


def read(document_type: DocumentType, *placed: Place, language: str = "en", **page: object) -> Findings:
    reading = Reading(page_count=1, pages=(a_page(*placed, **page),), pages_processed=1, warnings=())
    return EXTRACTORS[document_type](reading, language)


def values(document_type: DocumentType, *placed: Place, **more: object) -> dict[str, Any]:
    return {pointer: found.value for pointer, found in read(document_type, *placed, **more).values.items()}


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("N.º de Contenedor:", "no de contenedor"),
        ("B/L No.", "bl no"),
        ("Container #", "container no"),
        ("Rechnungs-Nr.", "rechnungs no"),
        ("Numéro de Facture", "no de facture"),
        ("  GROSS   WEIGHT ", "gross weight"),
        ("Objętość łączna", "objetosc laczna"),
    ],
)
def test_labels_are_compared_without_case_accents_and_signs(printed: str, label: str) -> None:
    assert folded(printed) == label


@pytest.mark.parametrize(
    "label",
    ["Port of Loading", "PORT OF LOADING:", "Port of Loadlng:", "Port 0f Loading:", "3. Port of loading:", "POL:"],
)
def test_a_label_is_known_in_spite_of_case_numbering_and_a_wrong_letter(label: str) -> None:
    found = values(DocumentType.BILL_OF_LADING, (50, 50, label), (50, 65, "Hamburg"))

    assert found["/portOfLoading"] == "Hamburg"


def test_a_longer_label_is_not_its_shorter_part() -> None:
    found = values(
        DocumentType.PROOF_OF_DELIVERY, (50, 50, "Delivery date: 05.03.2026"), (50, 70, "Invoice date: 01.02.2026")
    )

    assert found["/deliveryDate"] == "2026-03-05"
    assert "2026-02-01" not in found.values()


def test_a_translation_behind_the_label_belongs_to_it() -> None:
    found = values(DocumentType.BILL_OF_LADING, (50, 50, "Vessel / Schiff: MV Baltic Pioneer"))

    assert found["/vessel"] == "MV Baltic Pioneer"


def test_another_label_is_no_value() -> None:
    found = values(DocumentType.BILL_OF_LADING, (50, 50, "Vessel"), (200, 50, "Voyage No."), (50, 70, "Notify party"))

    assert "/vessel" not in found


def test_what_follows_in_the_line_ends_at_the_next_label() -> None:
    found = values(DocumentType.BILL_OF_LADING, (50, 50, "Port of Loading: Hamburg Port of Discharge: Felixstowe"))

    assert (found["/portOfLoading"], found["/portOfDischarge"]) == ("Hamburg", "Felixstowe")


def test_a_check_digit_that_fails_makes_a_number_less_sure() -> None:
    sound = read(DocumentType.AIR_WAYBILL, (50, 50, "AWB No.: 020-12345675")).values["/awbNumber"]
    unsound = read(DocumentType.AIR_WAYBILL, (50, 50, "AWB No.: 020-12345676")).values["/awbNumber"]

    assert sound.value == "02012345675"
    assert sound.confidence > 0.9
    assert unsound.confidence < 0.7


def test_two_values_for_one_label_make_both_less_sure() -> None:
    one = read(DocumentType.PACKING_LIST, (50, 50, "Invoice No: INV-1")).values["/invoiceReference"]
    two = read(DocumentType.PACKING_LIST, (50, 50, "Invoice No: INV-1"), (50, 90, "Invoice No: INV-2"))

    assert two.values["/invoiceReference"].confidence < one.confidence


def test_the_unit_stands_behind_the_number_or_in_the_label() -> None:
    behind = values(DocumentType.BILL_OF_LADING, (50, 50, "Gross weight: 1,200 LBS"))
    within = values(DocumentType.BILL_OF_LADING, (50, 50, "Gross weight (kg): 1,200"))

    assert (behind["/weight/gross"], behind["/weight/unit"]) == (1200, "LBS")
    assert (within["/weight/gross"], within["/weight/unit"]) == (1200, "kg")


def test_numbers_are_read_as_the_document_writes_them() -> None:
    found = values(
        DocumentType.BILL_OF_LADING,
        (50, 50, "Bruttogewicht: 1.200 kg"),
        (50, 70, "Nettogewicht: 1.100,50 kg"),
        language="de",
    )

    assert (found["/weight/gross"], found["/weight/net"]) == (1200, 1100.5)


def test_two_parties_beside_each_other_are_kept_apart() -> None:
    found = values(
        DocumentType.BILL_OF_LADING,
        *((50, 50, "Shipper"), (320, 50, "Consignee")),
        *((50, 65, "Nordhafen Export GmbH"), (320, 65, "Harbour Imports Ltd")),
        *((50, 80, "20457 Hamburg, Germany"), (320, 80, "Felixstowe IP11 3SY")),
        (50, 95, "Attn: Jana Petersen"),
    )

    assert (found["/shipper/name"], found["/consignee/name"]) == ("Nordhafen Export GmbH", "Harbour Imports Ltd")
    assert (found["/shipper/city"], found["/shipper/country"]) == ("Hamburg", "DE")
    assert (found["/shipper/contact"], found["/consignee/postalCode"]) == ("Jana Petersen", "IP11 3SY")


def test_a_party_goes_on_below_its_label() -> None:
    found = values(
        DocumentType.CUSTOMS_DECLARATION,
        (50, 50, "Importer: Harbour Imports Ltd"),
        (50, 65, "EORI No: GB123456789000"),
        (50, 80, "HS code: 7307.23.10"),
    )

    assert (found["/importer/name"], found["/importer/taxId"]) == ("Harbour Imports Ltd", "GB123456789000")
    assert found["/hsCode"] == "73072310"


def test_a_table_is_bound_by_its_head_and_its_total_is_no_row() -> None:
    found = values(
        DocumentType.FREIGHT_INVOICE,
        *((50, 50, "Description"), (400, 50, "Amount")),
        *((50, 70, "Ocean freight"), (400, 70, "1,480.00")),
        *((50, 90, "Documentation"), (400, 90, "45.00")),
        *((50, 110, "Total"), (400, 110, "USD 1,525.00")),
    )

    assert [found[f"/charges/{place}/amount"] for place in (0, 1)] == [1480.0, 45.0]
    assert "/charges/2/amount" not in found
    assert found["/charges/0/description"] == "Ocean freight"


def test_columns_that_run_together_are_told_apart_by_their_heads() -> None:
    found = values(
        DocumentType.CERTIFICATE_OF_ORIGIN,
        *((50, 50, "Goods"), (250, 50, "HS code"), (400, 50, "Quantity Origin")),
        *((50, 70, "LED lamp 12 W"), (250, 70, "9405.10"), (424, 70, "4785 Malaysia")),
    )

    assert (found["/goods/0/quantity"], found["/goods/0/origin"]) == (4785, "MY")


def test_a_total_below_a_table_is_nobody_elses() -> None:
    found = values(
        DocumentType.FREIGHT_INVOICE,
        *((50, 50, "No."), (80, 50, "Item"), (400, 50, "Amount")),
        *((50, 70, "1"), (80, 70, "Base freight"), (400, 70, "924.86")),
        *((50, 90, "2"), (80, 90, "Fuel surcharge"), (400, 90, "73.99")),
        (50, 115, "Grand total: 998.85"),
    )

    assert found["/total"] == 998.85
    assert [found[f"/charges/{place}/description"] for place in (0, 1)] == ["Base freight", "Fuel surcharge"]


def test_text_below_a_table_is_not_part_of_its_last_cell() -> None:
    found = values(
        DocumentType.PROOF_OF_DELIVERY,
        *((50, 50, "Description"), (400, 50, "Quantity")),
        *((50, 70, "Garden hose"), (400, 70, "4")),
        (50, 100, "The undersigned has received the goods."),
    )

    assert found["/items/0/description"] == "Garden hose"


def test_a_person_between_company_and_street_is_the_contact() -> None:
    found = values(
        DocumentType.BILL_OF_LADING,
        *((50, 50, "Shipper"), (50, 65, "Nordhafen Export GmbH"), (50, 80, "Jana Petersen")),
        *((50, 95, "Speicherstr. 12"), (50, 110, "20457 Hamburg")),
    )

    assert (found["/shipper/contact"], found["/shipper/address"]) == ("Jana Petersen", "Speicherstr. 12")


def test_thousands_may_be_parted_by_blanks() -> None:
    found = values(DocumentType.BILL_OF_LADING, (50, 50, "Masse brute: 15 225 kg"), language="fr")

    assert found["/weight/gross"] == 15225


def test_a_table_that_was_found_as_one_gives_its_cells() -> None:
    words = [
        (50, 50, "Bezeichnung"),
        (300, 50, "Menge"),
        (50, 70, "Bürostuhl"),
        (300, 70, "4"),
        (50, 85, "mit Armlehne"),
    ]
    grid = {(0, 0): "Bezeichnung", (0, 1): "Menge", (1, 0): "Bürostuhl", (1, 1): "4", (2, 0): "mit Armlehne"}
    cells = tuple(
        Cell(row=row, column=column, text=text, box=cell_box(row, column)) for (row, column), text in grid.items()
    )
    table = Table(box=(0.05, 0.05, 0.9, 0.15), rows=3, columns=2, header_rows=1, cells=cells)

    found = values(DocumentType.PROOF_OF_DELIVERY, *words, tables=(table,), language="de")

    assert found["/items/0/description"] == "Bürostuhl mit Armlehne"
    assert found["/items/0/quantity"] == 4
    assert "/items/1/description" not in found


def cell_box(row: int, column: int) -> Box:
    left, top = (50, 300)[column] / 600, (50, 70, 85)[row] / 800
    return (left, top, left + 0.3, top + 0.016)


def test_a_choice_may_be_said_by_the_title() -> None:
    found = values(DocumentType.CUSTOMS_DECLARATION, (50, 30, "Zollanmeldung"), (50, 60, "Anmeldung zur Ausfuhr"))

    assert found["/declarationType"] == "export"


def test_a_currency_is_that_of_the_amount() -> None:
    found = values(DocumentType.FREIGHT_INVOICE, (50, 50, "Total: 1.525,00 €"), language="de")

    assert (found["/total"], found["/currency"]) == (1525.0, "EUR")


def test_a_contract_is_read_by_its_prose() -> None:
    found = values(
        DocumentType.CONTRACT,
        (50, 60, 'between Nordhafen Export GmbH, Speicherstr. 12, 20457 Hamburg ("Provider")'),
        (50, 75, 'and Harbour Imports Ltd, 8 Quay Road, Felixstowe (the "Client").'),
        (50, 110, "1. Services"),
        (50, 125, "The Provider delivers what Annex A says."),
        (50, 160, "2. Fees"),
        (50, 175, "The Client pays within 30 days."),
        (50, 220, "Governing law: England and Wales"),
        *((50, 300, "Name: Jana Petersen"), (320, 300, "Name: Tom Ashby")),
        *((50, 315, "Title: Managing Director"), (320, 315, "Title: Director")),
    )

    assert [found[f"/parties/{i}/role"] for i in (0, 1)] == ["Provider", "Client"]
    assert [found[f"/parties/{i}/name"] for i in (0, 1)] == ["Nordhafen Export GmbH", "Harbour Imports Ltd"]
    assert found["/clauses/0/heading"] == "1. Services"
    assert found["/clauses/1/text"].startswith("The Client pays within 30 days.")
    assert (found["/signatures/1/name"], found["/signatures/1/title"]) == ("Tom Ashby", "Director")
    assert found["/governingLaw"] == "England and Wales"


@pytest.mark.parametrize("document_type", sorted(EXTRACTORS))
def test_a_letter_gives_nothing_but_a_warning(document_type: DocumentType) -> None:
    told = read(
        document_type,
        (50, 50, "Dear Tom,"),
        (50, 80, "the weather was fine in 2025 and we walked 12 miles from 10 am on."),
        (50, 95, "We shall ship you some photographs by March 5, 2026, worth nothing at all."),
        (50, 130, "Yours, Jana"),
    )

    assert dict(told.values) == {}
    assert [warning.code for warning in told.warnings] == [WarningCode.TYPE_MISMATCH]


@pytest.mark.parametrize("document_type", sorted(EXTRACTORS))
def test_an_empty_page_gives_nothing(document_type: DocumentType) -> None:
    assert dict(read(document_type).values) == {}


def test_a_page_with_more_words_than_any_paper_has_is_left_alone() -> None:
    words = [(50.0, 10.0 + place / 100, "Vessel: A") for place in range(4_000)]

    assert dict(read(DocumentType.BILL_OF_LADING, *words).values) == {}


@pytest.mark.parametrize("said", ["Date: 5 ", "Type Packages ", "Shipper Ltd ", "xType yType "])
def test_a_page_of_overlapping_lines_without_end_gives_next_to_nothing(said: str) -> None:
    """Each line is on a row with hundreds of others; without bounds such a page keeps a child to its deadline."""
    words = [(10.0 + place % 12 * 48, 10.0 + place // 12 * 1.6, said) for place in range(1_900)]

    assert len(read(DocumentType.BILL_OF_LADING, *words).values) < 5
