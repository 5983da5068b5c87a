"""Sums, products and dates that do not fit cap the confidence of all values involved, and a warning says so."""

from collections.abc import Sequence

from tests.support.invoices import Sheet, drawn, reading_of

from docurift.model.result import WarningCode
from docurift.pipeline.extract.found import Findings
from docurift.pipeline.extract.invoice.extractor import extract

COLUMNS = [(50, "<Description"), (340, ">Qty"), (430, ">Unit price"), (545, ">Amount")]


def an_invoice(
    *,
    rows: Sequence[Sequence[str]] = (("Chairs", "4", "25.00", "100.00"), ("Delivery", "1", "20.00", "20.00")),
    sums: Sequence[tuple[str, str]] = (("Subtotal", "120.00"), ("VAT 20%", "24.00"), ("Total", "£144.00")),
    due: str = "2024-05-31",
) -> Findings:
    def draw(page: Sheet) -> None:
        page.text(50, 60, "Invoice", size=18, bold=True)
        page.pairs(50, 150, 90, [("Invoice number", "INV-7"), ("Invoice date", "2024-05-01"), ("Due date", due)])
        y = page.table(200, COLUMNS, rows)
        page.sums(380, 545, y + 20, sums)

    return extract(reading_of(drawn(draw)), "en")


def sure(findings: Findings, *names: str) -> list[bool]:
    return [findings.values[f"/{name}"].confidence > 0.5 for name in names]


def warned(findings: Findings) -> list[tuple[WarningCode, str | None]]:
    return [(one.code, one.pointer) for one in findings.warnings]


def test_sums_that_agree_are_sure_and_nothing_is_warned_of() -> None:
    findings = an_invoice()

    assert warned(findings) == []
    assert all(found.confidence >= 0.9 for pointer, found in findings.values.items() if "total" in pointer.lower())


def test_sums_that_do_not_agree_are_not_sure_and_a_warning_names_the_total() -> None:
    findings = an_invoice(sums=[("Subtotal", "120.00"), ("VAT 20%", "24.00"), ("Total", "£154.00")])

    assert (WarningCode.TOTALS_MISMATCH, "/total") in warned(findings)
    assert sure(findings, "subtotal", "tax", "total") == [False, False, False]
    assert findings.values["/total"].value == 154.0


def test_freight_between_the_sums_explains_them() -> None:
    findings = an_invoice(
        sums=[("Subtotal", "120.00"), ("Shipping", "10.00"), ("VAT 20%", "24.00"), ("Total", "£154.00")]
    )

    assert warned(findings) == []
    assert sure(findings, "subtotal", "tax", "total") == [True, True, True]


def test_a_product_that_does_not_fit_caps_its_row_only() -> None:
    findings = an_invoice(rows=[("Chairs", "4", "26.00", "100.00"), ("Delivery", "1", "20.00", "20.00")])

    assert warned(findings) == [(WarningCode.TOTALS_MISMATCH, "/lineItems/0/total")]
    assert sure(findings, "lineItems/0/unitPrice", "lineItems/1/unitPrice") == [False, True]


def test_items_that_do_not_make_the_sum_are_not_sure() -> None:
    findings = an_invoice(rows=[("Chairs", "4", "25.00", "100.00")])

    assert (WarningCode.TOTALS_MISMATCH, "/subtotal") in warned(findings)
    assert sure(findings, "lineItems/0/total") == [False]


def test_a_due_date_before_the_invoice_leaves_both_dates_unsure() -> None:
    findings = an_invoice(due="2024-04-01")

    assert sure(findings, "invoiceDate", "dueDate") == [False, False]


def test_a_tax_printed_in_two_parts_is_their_sum_and_says_what_it_was_made_of() -> None:
    findings = an_invoice(sums=[("Subtotal", "120.00"), ("VAT 20%", "20.00"), ("VAT 5%", "1.00"), ("Total", "£141.00")])

    tax = findings.values["/tax"]
    assert (tax.value, tax.span, tax.derived_from) == (21.0, None, ("/subtotal", "/total"))
