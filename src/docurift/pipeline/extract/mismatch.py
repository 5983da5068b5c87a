"""Where the visible page of an e-invoice says something else than its XML: the XML stays, a warning tells."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from docurift.model.result import Json, ResultWarning, WarningCode
from docurift.pipeline.extract.found import Findings, Found
from docurift.pipeline.extract.printed_columns import squashed

# What is read from a page less surely than this is rather misread than different.
_SURE: Final = 0.9
_CENT: Final = 0.005
_TAX_ID: Final = "/taxId"
_LONGEST_SHOWN: Final = 120


def mismatches(values: Mapping[str, Json], printed: Collection[str], visible: Findings) -> Iterator[ResultWarning]:
    """A warning for each value that the page surely says otherwise; `printed` are the pointers of those that stand on
    it somewhere. Lines are not compared: which of the page is which of the XML cannot be told where they differ.
    """
    for pointer, value in values.items():
        found = visible.values.get(pointer)
        if found is None or found.confidence < _SURE or pointer.startswith("/lineItems/"):
            continue
        # A party has a VAT number and a tax number: where both are printed, the page says what the XML says.
        if pointer.endswith(_TAX_ID) and pointer in printed:
            continue
        if not _agree(value, found.value):
            yield _mismatch(pointer, value, found)


def _agree(value: Json, printed: Json) -> bool:
    if isinstance(value, int | float) and isinstance(printed, int | float):
        return abs(value - printed) < _CENT
    ours, theirs = squashed(str(value)), squashed(str(printed))
    # The page may give more of a name or an address, or less; a day and a code are whole.
    return ours == theirs or (min(len(ours), len(theirs)) > 0 and (ours in theirs or theirs in ours))


def _mismatch(pointer: str, value: Json, found: Found) -> ResultWarning:
    printed = found.span.text if found.span else str(found.value)
    message = f"The XML says `{_shown(value)}`, the page `{_shown(printed)}`. The value of the XML is given."
    page = found.span.page if found.span else None
    return ResultWarning(code=WarningCode.XML_PAGE_MISMATCH, message=message, page=page, pointer=pointer)


def _shown(value: Json) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
