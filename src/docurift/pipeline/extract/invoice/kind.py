"""Whether the document is an invoice at all: an answer for another kind of paper would be made up."""

from collections.abc import Mapping
from typing import Final

from docurift.model.result import ResultWarning, WarningCode
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.invoice.papers import Paper
from docurift.pipeline.extract.invoice.totals import Totals

_MIN_SIGNS: Final = 3
_MIN_TITLE_SHARE: Final = 0.3
_TITLE, _NUMBER, _SUM, _AGREEMENT, _TAX, _ITEMS = 2, 2, 1, 2, 1, 1

MISMATCH: Final = ResultWarning(
    code=WarningCode.TYPE_MISMATCH,
    message="This does not read like an invoice: almost nothing of one was found.",
)


def is_invoice(paper: Paper, values: Mapping[str, Found], sums: Totals, *, items: int) -> bool:
    """Whether enough signs of an invoice stand on the pages: its name, its number, sums, a VAT number, items."""
    signs = _TITLE * _has_title(paper) + _NUMBER * ("/invoiceNumber" in values) + _SUM * ("/total" in values)
    signs += _AGREEMENT * (sums.agree is True) + _TAX * ("/vendor/taxId" in values) + _ITEMS * (items > 0)
    return signs >= _MIN_SIGNS


def _has_title(paper: Paper) -> bool:
    """Whether a line of the pages is headed by the name of a bill, as `Rechnung Nr. 12`."""
    for _, segment in paper.segments():
        labels = labels_in(segment.text, phrases_for("title"))
        if labels and labels[0].start == 0 and labels[0].share >= _MIN_TITLE_SHARE:
            return True
    return False
