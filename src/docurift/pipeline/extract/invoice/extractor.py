"""The invoice as a whole: every field from its candidates, then the check that they fit together."""

from docurift.pipeline.extract.found import Findings, Found
from docurift.pipeline.extract.invoice import rules
from docurift.pipeline.extract.invoice.candidates import amount_candidates, date_candidates, number_candidates
from docurift.pipeline.extract.invoice.check import checked
from docurift.pipeline.extract.invoice.currency import currency_found
from docurift.pipeline.extract.invoice.items import found_of, items_of
from docurift.pipeline.extract.invoice.kind import MISMATCH, is_invoice
from docurift.pipeline.extract.invoice.papers import Paper, paper_of
from docurift.pipeline.extract.invoice.parties import parties_of
from docurift.pipeline.extract.invoice.totals import Totals, totals_of
from docurift.pipeline.read import Reading


def extract(reading: Reading, language: str | None) -> Findings:
    """What the pages say of an invoice: nothing that does not stand on them, but sums that they add up to. A paper that
    is none gives nothing, and a warning.
    """
    paper = paper_of(reading, language)
    sums = totals_of(amount_candidates(paper))
    items = items_of(paper)
    values = _header(paper, sums) | parties_of(paper)
    if not is_invoice(paper, values, sums, items=len(items)):
        return Findings(warnings=(MISMATCH,))
    for place, item in enumerate(items):
        values |= found_of(item, place)
    told, warnings = checked(values, sums, items)
    return Findings(values=told, warnings=warnings)


def _header(paper: Paper, sums: Totals) -> dict[str, Found]:
    dates = date_candidates(paper)
    found: dict[str, Found | None] = {
        "/invoiceNumber": rules.invoice_number(number_candidates(paper)),
        "/invoiceDate": rules.invoice_date(dates),
        "/dueDate": rules.due_date(dates),
        "/subtotal": sums.subtotal,
        "/tax": sums.tax,
        "/total": sums.total,
        "/currency": currency_found(paper, sums.total_at),
    }
    return {pointer: one for pointer, one in found.items() if one is not None}
