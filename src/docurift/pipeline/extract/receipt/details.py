"""What else a receipt tells: its number, the shop's telephone and tax number, how it was paid."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.rows import Row
from docurift.pipeline.extract.receipt.values import Piece
from docurift.pipeline.values.identifiers import is_document_number, phones_in, vat_ids_in

_HEADER_ROWS: Final = 30
_LEAST_DIGITS: Final = 3

# The surer the label, the earlier: a bill has numbers of tables, tills and customers as well.
_NUMBERED: Final = tuple(
    re.compile(
        rf"(?<![^\W_])(?:{words})\W{{0,3}}(?:n[or]?[.\u00b0\u00ba]?|number|num(?:ero|mer)?|nummer|#|id)?"
        r"\s*[:.#]{0,2}\s*(?=[^\s:])"
    )
    for words in (
        r"receipt|resit|recu|recibo|scontrino|ricevuta|kassabon|bon(?:-?nr)?|beleg(?:-?nr)?|kassenbon|paragon|kvittering|kvitto",
        r"(?:tax\s?)?inv(?:oice)?|rechnungs?|facture|factura|fattura|faktura|fatura|bill|ticket|documento|doc|slip|check",
        r"trans(?:action)?|trn|trx|ref(?:erence)?",
    )
)
_LABELLED: Final = re.compile(r"n[or]?[.\u00b0\u00ba]|number|num|nummer|#|:|-?nr")
_MEANS: Final = re.compile(
    r"(?<![^\W_])(?:cash|tunai|bar|bargeld|especes?|efectivo|contanti|contante?|gotowka|dinheiro|numerario|kontant"
    r"|hotovost|visa(?:\s?card)?|master\s?card|master|amex|american express|maestro|debit(?:\s?card)?|credit\s?card"
    r"|ec-?karte|girocard|ec-?cash|carte(?:\s?bancaire)?|cb|tarjeta|carta(?:\s?di\s?credito)?|bancomat|pin|karta"
    r"|cartao|multibanco|mb\s?way|paypal|e-?wallet|grabpay|nets|twint|blik|ideal|swish|apple\s?pay|google\s?pay)"
    r"(?![^\W_])"
)
_NO_MEANS: Final = re.compile(
    r"refund|cash\s?(?:sales?|bill|ier|back|change|memo|&)|no\s?cash|\bcarry\b|return|exchange|member|rewards?"
)
_TAX_LABEL: Final = re.compile(
    r"(?<![^\W_])(?:g\.?s\.?t\.?|sst|vat|tax|abn|tva|btw|kvk|nip|nif|cif|p\.?\s?iva|partita\s?iva"
    r"|ust-?\s?id(?:-?\s?nr)?|ustid|steuer-?\s?nr|uid|siret|cvr|mva|ico|dic|cnpj)"
    r"\.?\s*(?:id|reg(?:istration)?|n[or]\.?|number|nr|\s|[.:#])*\s*[:#.]?\s*"
    r"(?P<number>[a-z]{0,3}[\s-]?\d[\d\s./-]{5,20}\d[a-z]?)(?![\d])"
)


def number_of(rows: Sequence[Row]) -> tuple[Piece, float] | None:
    """The receipt's own number, and how sure that is."""
    for sure, pattern in zip((0.85, 0.8, 0.6), _NUMBERED, strict=True):
        for row in rows:
            line = cues.folded(row.text)
            for match in pattern.finditer(line):
                token = re.match(r"[^\s,;()]+", line[match.end() :])
                if token is None or not _LABELLED.search(match.group()):
                    continue
                start, end = match.end(), match.end() + len(token.group().rstrip(".:"))
                if _is_number(row.text[start:end]):
                    return (row, start, end), sure
    return None


def phone_of(rows: Sequence[Row]) -> Piece | None:
    """The first telephone number with a label, in the header."""
    for row in rows[:_HEADER_ROWS]:
        label = cues.PHONE.search(cues.folded(row.text))
        if label is None or "fax" in label.group():
            continue
        found = [phone for phone in phones_in(row.text) if phone.start >= label.end()]
        digits = re.search(r"[+(]*\d", row.text[label.end() :])
        if found and digits is not None:
            # An area code apart, `0221 / 4711 230`, belongs to it.
            return row, label.end() + digits.start(), found[0].end
    return None


def tax_number_of(rows: Sequence[Row]) -> Piece | None:
    """The first number of the shop for its taxes."""
    for row in rows:
        for vat in vat_ids_in(row.text):
            if vat.sound is not False:
                return row, vat.start, vat.end
        match = _TAX_LABEL.search(cues.folded(row.text))
        if match is not None and not cues.PRICE.search(match["number"]):
            return row, *match.span("number")
    return None


def means_of(rows: Sequence[Row], paid: Sequence[Row]) -> Piece | None:
    """How it was paid, as it is printed: the only means, or the first, on the rows of amounts that were `paid`."""
    found = list(_means(paid)) or list(_means(row for row in rows if row.text.count(" ") <= 4))  # noqa: PLR2004
    return found[0] if found else None


def _means(rows: Iterator[Row] | Sequence[Row]) -> Iterator[Piece]:
    for row in rows:
        line = cues.folded(row.text)
        match = _MEANS.search(line)
        if match is not None and not _NO_MEANS.search(line):
            yield row, *match.span()


def _is_number(token: str) -> bool:
    digits = sum(c.isdigit() for c in token)
    return (
        digits >= _LEAST_DIGITS
        and is_document_number(token)
        and not cues.DAY.search(token)
        and not cues.PRICE.search(token)
    )
