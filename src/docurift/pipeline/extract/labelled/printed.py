"""What a piece of text says, read by the kind of value that is looked for."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from docurift.model.result import Json
from docurift.pipeline.values.amounts import NumberStyle, amounts_in, number_style
from docurift.pipeline.values.cargo import (
    awb_numbers_in,
    container_numbers_in,
    hs_codes_in,
    iata_codes_in,
    is_pounds,
    times_in,
    unit_of_mass_in,
    volumes_in,
    weights_in,
)
from docurift.pipeline.values.countries import country_of
from docurift.pipeline.values.currencies import currencies_in, currency_of
from docurift.pipeline.values.dates import DateOrder, date_order, dates_in
from docurift.pipeline.values.identifiers import Identifier, emails_in, is_document_number, phones_in, vat_ids_in
from docurift.schemas.folded import folded
from docurift.schemas.wanted import Kind, Wanted


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAX_TEXT: Final = 160
_MAX_PARAGRAPH: Final = 2_000
_LEADING: Final = re.compile(r"^[\s:;.\-\u2013=|#*\u2022]+(?=\S)|^\s+")
_NO: Final = re.compile(r"(?i)^(?:no|nr|n[°º]|n\.\s?º)[.:]?\s+")
_GROUPED: Final = re.compile(r"\D{0,6}[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,3})?(?!\d)\D{0,6}")
_SCAC: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,4}(?![A-Za-z0-9])")
_GROUP: Final = re.compile(r"[A-Z0-9/.-]{1,12}$")
_PREFIX: Final = re.compile(r"[A-Z]{1,4}(?:-[A-Z]{1,3})?$")
_TRUE: Final = _words("yes true ja oui si sim tak y x \u2713 \u2714 \u2612 \u2611 vrai wahr verdadero vero prawda")
_FALSE: Final = _words("no false nein non nao nie nee n \u2610 \u25a1 faux falsch falso falsz onwaar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A value in a text: `text[start:end]` says it. `certainty` is how far the text by itself vouches for it; `unit_at`
    is where its unit stands.
    """

    start: int
    end: int
    value: Json
    certainty: float = 1.0
    unit_at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the document writes numbers and dates."""

    numbers: NumberStyle
    dates: DateOrder
    language: str | None


def habits_of(texts: Iterable[str], language: str | None) -> Habits:
    """The habits of the document that has these lines."""
    lines = list(texts)
    return Habits(numbers=number_style(lines, language=language), dates=date_order(lines), language=language)


def read(text: str, wanted: Wanted, habits: Habits) -> list[Printed]:
    """What `text` says that the wanted value may be, from left to right."""
    if wanted.kind is Kind.CHOICE:
        return _choice(text, wanted.choices)
    return _READERS.get(wanted.kind, _text)(text, habits)


def _text(text: str, habits: Habits) -> list[Printed]:
    del habits
    start = _begin(text)
    end = len(text.rstrip(" ,;:|"))
    piece = text[start:end]
    if not any(c.isalnum() for c in piece) or len(piece) > _MAX_TEXT:
        return []
    return [Printed(start=start, end=end, value=piece, certainty=0.95)]


def _paragraph(text: str, habits: Habits) -> list[Printed]:
    del habits
    start = _begin(text)
    piece = text[start:].rstrip()
    if sum(c.isalpha() for c in piece) < 2 or len(piece) > _MAX_PARAGRAPH:  # noqa: PLR2004
        return []
    return [Printed(start=start, end=start + len(piece), value=piece, certainty=0.9)]


def _identifier(text: str, habits: Habits) -> list[Printed]:
    """The first number of a document, with the groups that it may be printed in: `HB-EF 207`, `26DE 4851 AB31`."""
    start = _begin(text)
    no = _NO.match(text[start:])
    start += no.end() if no else 0
    words = text[start:].split(" ")
    first = words[0].strip(",;:()")
    count = 1
    if _PREFIX.fullmatch(first) and len(words) > 1 and is_document_number(words[1].strip(",;")):
        count = 2
    elif not is_document_number(first) or _is_date(first, habits):
        return []
    while count < len(words) and _GROUP.fullmatch(words[count]) and any(c.isdigit() for c in words[count]):
        count += 1
    raw = " ".join(words[:count])
    piece = raw.strip(",;:() .")
    at = start + raw.index(piece)
    whole = count == len(words)
    return [Printed(start=at, end=at + len(piece), value=piece, certainty=0.98 if whole else 0.9)]


def _is_date(word: str, habits: Habits) -> bool:
    return any(day.end - day.start == len(word) for day in dates_in(word, habits.dates))


def _date(text: str, habits: Habits) -> list[Printed]:
    days = dates_in(text, habits.dates, compact=True)
    return [
        Printed(start=day.start, end=day.end, value=day.value.isoformat(), certainty=0.9 if day.ambiguous else 1.0)
        for day in days
    ]


def _time(text: str, habits: Habits) -> list[Printed]:
    days = dates_in(text, habits.dates)
    free = [one for one in times_in(text) if not any(day.start <= one.start < day.end for day in days)]
    return [Printed(start=one.start, end=one.end, value=one.value) for one in free]


def _amount(text: str, habits: Habits) -> list[Printed]:
    free = _free_of_dates(text, habits)
    amounts = [one for one in amounts_in(free, _style(free, habits)) if not one.percent]
    sure = {one: (1.0 if one.currency or one.decimals else 0.85) * (0.9 if one.ambiguous else 1.0) for one in amounts}
    return [Printed(start=one.start, end=one.end, value=number(one.value), certainty=sure[one]) for one in amounts]


def _number(text: str, habits: Habits) -> list[Printed]:
    amounts = [one for one in amounts_in(_free_of_dates(text, habits), _style(text, habits)) if not one.percent]
    return [
        Printed(start=one.start, end=one.end, value=number(one.value), certainty=0.8 if one.ambiguous else 0.95)
        for one in amounts
    ]


def _integer(text: str, habits: Habits) -> list[Printed]:
    amounts = amounts_in(_free_of_dates(text, habits), _style(text, habits))
    whole = [
        one for one in amounts if one.value == one.value.to_integral_value() and not one.decimals and not one.percent
    ]
    return [Printed(start=one.start, end=one.end, value=int(one.value), certainty=0.95) for one in whole]


def _weight(text: str, habits: Habits) -> list[Printed]:
    return [
        Printed(
            start=one.start,
            end=one.end,
            value=number(one.value),
            certainty=1.0 if one.unit else 0.9,
            unit_at=one.unit_at,
        )
        for one in weights_in(text, _style(text, habits))
    ]


def _volume(text: str, habits: Habits) -> list[Printed]:
    return [
        Printed(
            start=one.start,
            end=one.end,
            value=number(one.value),
            certainty=1.0 if one.unit else 0.85,
            unit_at=one.unit_at,
        )
        for one in volumes_in(text, _style(text, habits))
    ]


def _weight_unit(text: str, habits: Habits) -> list[Printed]:
    del habits
    at = unit_of_mass_in(text)
    if at is None:
        return []
    return [Printed(start=at[0], end=at[1], value=letter_of_unit(text[at[0] : at[1]]), certainty=0.9)]


def letter_of_unit(unit: str) -> str:
    """K for kilograms, L for pounds."""
    return "L" if is_pounds(unit) else "K"


def _currency(text: str, habits: Habits) -> list[Printed]:
    found: list[Printed] = []
    for start, end in currencies_in(text):
        code = currency_of(text[start:end], language=habits.language)
        if code is not None:
            sure = 1.0 if text[start:end] == code else 0.9
            found.append(Printed(start=start, end=end, value=code, certainty=sure))
    return found


def _country(text: str, habits: Habits) -> list[Printed]:
    """The whole text as a country, or what stands behind its last comma or in its brackets."""
    del habits
    start = _begin(text)
    pieces = [
        (start, len(text)),
        *((m.start(1), m.end(1)) for m in re.finditer(r"[,(/-]\s*([^,()/-]{2,40})(?=$|[)/])", text)),
    ]
    for begin, end in pieces:
        code = country_of(text[begin:end])
        if code is not None:
            return [Printed(start=begin, end=end, value=code, certainty=0.95)]
    return []


def _checked(found: list[Identifier], unsound: float, unknown: float = 0.9) -> list[Printed]:
    """A number whose check digit fails was misread or misprinted: it is given as it stands, but hardly sure."""
    sure = {True: 1.0, False: unsound, None: unknown}
    return [Printed(start=one.start, end=one.end, value=one.value, certainty=sure[one.sound]) for one in found]


def _tax_id(text: str, habits: Habits) -> list[Printed]:
    return _checked(vat_ids_in(text), unsound=0.8, unknown=0.95) or _identifier(text, habits)


def _scac(text: str, habits: Habits) -> list[Printed]:
    del habits
    return [Printed(start=m.start(), end=m.end(), value=m.group(), certainty=0.9) for m in _SCAC.finditer(text)]


def _boolean(text: str, habits: Habits) -> list[Printed]:
    del habits
    word = text.strip(" .:;[]()").casefold()
    plain = folded(word) or word
    if not word or (plain not in _TRUE and plain not in _FALSE):
        return []
    return [Printed(start=0, end=len(text), value=plain in _TRUE, certainty=0.9)]


def _choice(text: str, choices: Mapping[str, tuple[str, ...]]) -> list[Printed]:
    """The one choice whose words stand in the text; two say nothing."""
    plain = f" {folded(text)} "
    said = {
        value
        for value, words in choices.items()
        if any(f" {folded(word)} " in plain for word in (*words, value) if folded(word))
    }
    if len(said) != 1:
        return []
    return [Printed(start=0, end=len(text), value=said.pop(), certainty=0.95)]


def number(value: Decimal) -> Json:
    """The number as JSON has it."""
    return float(value)


def _style(text: str, habits: Habits) -> NumberStyle:
    """The document's style; what is one number in groups of three and nothing else is read as one: `15 225 kg`."""
    return replace(habits.numbers, blank_groups=True) if _GROUPED.fullmatch(text) else habits.numbers


def _begin(text: str) -> int:
    found = _LEADING.match(text)
    return found.end() if found else 0


def _free_of_dates(text: str, habits: Habits) -> str:
    """The text with its dates blanked out, so that no year is an amount; every place stays what it was."""
    for day in dates_in(text, habits.dates):
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    return text


_READERS: Final[Mapping[Kind, Callable[[str, Habits], list[Printed]]]] = {
    Kind.TEXT: _text,
    Kind.PARAGRAPH: _paragraph,
    Kind.IDENTIFIER: _identifier,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.AMOUNT: _amount,
    Kind.NUMBER: _number,
    Kind.INTEGER: _integer,
    Kind.CURRENCY: _currency,
    Kind.COUNTRY: _country,
    Kind.WEIGHT: _weight,
    Kind.VOLUME: _volume,
    Kind.WEIGHT_UNIT: _weight_unit,
    Kind.CONTAINER_NUMBER: lambda text, _: _checked(container_numbers_in(text), unsound=0.6),
    Kind.AWB_NUMBER: lambda text, _: _checked(awb_numbers_in(text), unsound=0.6),
    Kind.IATA: lambda text, _: _checked(iata_codes_in(text), unsound=0.0),
    Kind.SCAC: _scac,
    Kind.HS_CODE: lambda text, _: _checked(hs_codes_in(text), unsound=0.0, unknown=0.95),
    Kind.TAX_ID: _tax_id,
    Kind.EMAIL: lambda text, _: _checked(emails_in(text), unsound=0.0, unknown=1.0),
    Kind.PHONE: lambda text, _: _checked(phones_in(text), unsound=0.0, unknown=0.95),
    Kind.BOOLEAN: _boolean,
}
