"""The part of a row that is a name or belongs to an address, without the numbers and labels printed beside it."""

import re
from typing import Final

from docurift.pipeline.extract.receipt import cues

# `SHOP LTD (12345-X)`, `SHOP LTD 001234567-K`, `SHOP SB(306295-X) FKA ...`
_NUMBER_BEHIND: Final = re.compile(
    r"\s*[(<{\[]\s*(?:[a-z. ]{0,12}[:.]?\s*)?(?=[^)]*\d{4})[a-z0-9 .:_/-]{4,24}[)>}\]]?.*$"
    r"|\s+\d{5,12}\s?-\s?[a-z0-9]\W*$|\s*[(<{\[]\s*(?:co|reg|roc|gst|company)\W.*$"
)
_OWNER_BEFORE: Final = re.compile(
    r"^\W*(?:(?:owned|own|operated|managed|run)\s+by|owner|inh(?:aber)?\.?|licensee\s+of|t/a)\s*[:.]\s*|^[\W_]+(?=[^\W_])"
)
_LABEL_BEHIND: Final = re.compile(
    r"[\s,;(]+(?:tel|fax|phone|telefon|telefono|h/p|ph|e-?mail|gst|vat|ust|p\.?\s?iva|nif|siret|mobile|hotline)\b\W*[:.#(+\d].*$"
    r"|[\s,;(]+(?:tel|fax)\W.*$"
)
_ADDRESS_BEFORE: Final = re.compile(r"^\W*(?:address|adresse|adres|direccion|indirizzo|add)\s*[:.]\s*|^[\s:;,.*_-]+")
_TAIL: Final = " ,;:-_*|(["
_MIN_LETTERS: Final = 2


def name_part(text: str, line: str) -> tuple[int, int] | None:
    """Where in `text` (folded: `line`) a name would stand; None if there can be none."""
    start = match.end() if (match := _OWNER_BEFORE.match(line)) else 0
    end = match.start() if (match := _NUMBER_BEHIND.search(line, start)) else len(line)
    end = start + len(text[start:end].rstrip(_TAIL))
    if sum(c.isalpha() for c in line[start:end]) < _MIN_LETTERS or cues.REGISTERED.match(line[start:end].lstrip("( ")):
        return None
    return start, end


def address_part(text: str, line: str) -> tuple[int, int] | None:
    """Where in `text` (folded: `line`) a part of an address would stand; None if there can be none."""
    start = match.end() if (match := _ADDRESS_BEFORE.match(line)) else 0
    end = match.start() if (match := _LABEL_BEHIND.search(line, start)) else len(line)
    end = start + len(text[start:end].rstrip(_TAIL))
    inner = line[start:end]
    if end - start < _MIN_LETTERS or cues.REGISTERED.match(inner.lstrip("( ")) or cues.REGISTRATION_NUMBER.match(inner):
        return None
    if cues.PHONE.match(inner) or sum(c.isalpha() for c in inner) < _MIN_LETTERS:
        return None
    return start, end
