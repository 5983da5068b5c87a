"""Candidates carry what a ranker needs: a row of numbers with the same meaning at the same place for every field."""

from tests.support.pages import a_page

from docurift.pipeline.extract.invoice.candidates import (
    FEATURES,
    amount_candidates,
    date_candidates,
    number_candidates,
)
from docurift.pipeline.extract.invoice.papers import paper_of
from docurift.pipeline.read import Reading

PAGE = a_page(
    (50, 50, "Rechnung Nr. RE-17 vom 05.03.2018"),
    (50, 80, "Bestellnummer 4711"),
    (50, 110, "Gesamtbetrag"),
    (400, 110, "119,00 EUR"),
    (50, 140, "Seite 12 von 13"),
)
PAPER = paper_of(Reading(page_count=1, pages=(PAGE,), pages_processed=1, warnings=()), "de")


def test_every_row_is_as_long_as_the_list_of_features() -> None:
    found = [*number_candidates(PAPER), *date_candidates(PAPER), *amount_candidates(PAPER)]

    assert found
    assert {len(one.row(role)) for one in found for role in ("invoiceNumber", "total")} == {len(FEATURES)}


def test_labels_speak_for_one_field_and_against_another() -> None:
    ours, order = (next(one for one in number_candidates(PAPER) if one.value == value) for value in ("RE-17", "4711"))

    assert ours.strength("invoiceNumber") > 0.9
    assert (order.strength("invoiceNumber"), order.against("invoiceNumber")) == (0.0, 1.0)
    assert ours.row("invoiceNumber")[FEATURES.index("label_same")] > 0.9


def test_an_integer_without_a_label_is_no_amount() -> None:
    assert [one.value for one in amount_candidates(PAPER)] == [119.0]
