"""Numbers that name something: VAT numbers, IBANs, e-mail addresses, telephone numbers, numbers of documents."""

import re
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.values.checks import iban_is_sound, vat_is_sound

_GAP: Final = r"[ \u00a0\u202f.-]?"


def _spread(pattern: str, count: int) -> str:
    """`count` signs of `pattern`, with a blank, point or dash anywhere between."""
    return _GAP.join([pattern] * count)


# Directive 2006/112/EC art. 215 and the lists of the national authorities; the digits may stand in groups.
_VAT_FORMS: Final = {
    "AT": rf"U{_GAP}{_spread('[0-9]', 8)}",
    "BE": rf"[01]{_GAP}{_spread('[0-9]', 9)}",
    "BG": rf"{_spread('[0-9]', 9)}(?:{_GAP}[0-9])?",
    "CY": rf"{_spread('[0-9]', 8)}{_GAP}[A-Z]",
    "CZ": rf"{_spread('[0-9]', 8)}(?:{_GAP}[0-9]){{0,2}}",
    "DE": _spread("[0-9]", 9),
    "DK": _spread("[0-9]", 8),
    "EE": _spread("[0-9]", 9),
    "EL": _spread("[0-9]", 9),
    "ES": rf"[A-Z0-9]{_GAP}{_spread('[0-9]', 7)}{_GAP}[A-Z0-9]",
    "FI": _spread("[0-9]", 8),
    "FR": rf"{_spread('[A-HJ-NP-Z0-9]', 2)}{_GAP}{_spread('[0-9]', 9)}",
    "GB": rf"{_spread('[0-9]', 9)}(?:{_GAP}{_spread('[0-9]', 3)})?",
    "HR": _spread("[0-9]", 11),
    "HU": _spread("[0-9]", 8),
    "IE": rf"[0-9][A-Z0-9+*]{_GAP}{_spread('[0-9]', 5)}{_GAP}[A-W][A-I]?",
    "IT": _spread("[0-9]", 11),
    "LT": rf"{_spread('[0-9]', 9)}(?:{_GAP}{_spread('[0-9]', 3)})?",
    "LU": _spread("[0-9]", 8),
    "LV": _spread("[0-9]", 11),
    "MT": _spread("[0-9]", 8),
    "NL": rf"{_spread('[0-9]', 9)}{_GAP}B{_GAP}[0-9]{{2}}",
    "PL": _spread("[0-9]", 10),
    "PT": _spread("[0-9]", 9),
    "RO": r"[0-9]{6,10}",
    "SE": _spread("[0-9]", 12),
    "SI": _spread("[0-9]", 8),
    "SK": _spread("[0-9]", 10),
    "XI": _spread("[0-9]", 9),
    "CHE": rf"{_spread('[0-9]', 9)}(?: ?(?:MWST|TVA|IVA|VAT))?",
    "NO": rf"{_spread('[0-9]', 9)} ?MVA",
}
_VAT: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join(rf"(?P<{country}>{country}{_GAP}{form})" for country, form in _VAT_FORMS.items())
    + r")(?![A-Za-z0-9]|[ \u00a0]?[0-9]{4})"
)
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?<![.\-])")
_PHONE: Final = re.compile(r"(?<![\w/.,-])(?:\+|00)?(?:\(0?\d{1,5}\)|\d)(?:[ \u00a0/().-]{0,2}\d){5,16}(?![\w])")
_DOCUMENT_NUMBER: Final = re.compile(r"#?[A-Za-z0-9\u00c0-\u017f]+(?:[-/._:+#\u2013][A-Za-z0-9\u00c0-\u017f]+)*")
_DECIMALS: Final = re.compile(r"\d+[.,]\d{1,2}")
_MAX_NUMBER: Final = 36
_MIN_PHONE_DIGITS: Final = 6
_MAX_PHONE_DIGITS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A number that names something: `text[start:end]` says it, `value` is without blanks and dashes. `sound` says what
    its check digit says, None where there is no rule.
    """

    start: int
    end: int
    value: str
    country: str | None = None
    sound: bool | None = None


def vat_ids_in(text: str) -> list[Identifier]:
    """VAT numbers with their country's prefix, from left to right. Sample documents carry invented ones: a check digit
    that fails is told, not refused.
    """
    bank = [(one.start, one.end) for one in ibans_in(text)]
    return [
        _vat_id(match) for match in _VAT.finditer(text) if not any(start <= match.start() < end for start, end in bank)
    ]


def ibans_in(text: str) -> list[Identifier]:
    """Account numbers (ISO 13616), from left to right, whether or not their check digits hold."""
    return [
        Identifier(start=match.start(), end=match.end(), value=value, country=value[:2], sound=iban_is_sound(value))
        for match in _IBAN.finditer(text)
        if len(value := re.sub(r"\s", "", match.group())) >= 15 and sum(c.isdigit() for c in value) >= 10  # noqa: PLR2004
    ]


def emails_in(text: str) -> list[Identifier]:
    """E-mail addresses, from left to right."""
    return [Identifier(start=m.start(), end=m.end(), value=m.group()) for m in _EMAIL.finditer(text)]


def phones_in(text: str) -> list[Identifier]:
    """Runs of digits that may be telephone numbers, as printed; only their label says that they are."""
    return [
        Identifier(start=m.start(), end=m.end(), value=m.group())
        for m in _PHONE.finditer(text)
        if _MIN_PHONE_DIGITS <= sum(c.isdigit() for c in m.group()) <= _MAX_PHONE_DIGITS
    ]


def is_document_number(token: str) -> bool:
    """Whether `token` could be the number of a document: it has a digit, no blank, and the signs that numbers have."""
    digits = sum(c.isdigit() for c in token)
    return (
        digits > 0
        and len(token) <= _MAX_NUMBER
        and _DOCUMENT_NUMBER.fullmatch(token) is not None
        and not _DECIMALS.fullmatch(token)
    )


def _vat_id(match: re.Match[str]) -> Identifier:
    name = str(match.lastgroup)
    value = re.sub(r"[^A-Z0-9+*]", "", match.group().upper())
    country = {"CHE": "CH", "EL": "GR", "XI": "GB"}.get(name, name)
    value = re.sub(r"(?:MWST|TVA|IVA|VAT|MVA)$", "", value)
    digits = value[len(name) :]
    return Identifier(
        start=match.start(), end=match.end(), value=value, country=country, sound=vat_is_sound(name, digits)
    )
