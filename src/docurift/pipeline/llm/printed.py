"""The value that words on a page say, read by our own parsers: a model points at words, it does not tell values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.model.result import Json, Page
from docurift.pipeline.assemble import text_of_page
from docurift.pipeline.llm.question import Wanted
from docurift.pipeline.values.amounts import NumberStyle, amounts_in, number_style
from docurift.pipeline.values.countries import country_of
from docurift.pipeline.values.currencies import currencies_in, currency_of
from docurift.pipeline.values.dates import DateOrder, date_order, dates_in
from docurift.pipeline.values.identifiers import emails_in, vat_ids_in

_TIME: Final = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])[:.h](?P<minute>[0-5]\d)(?:[:.][0-5]\d)?(?![\d:])\s*(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_NOON: Final = 12
_EDGES: Final = " ,;:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """How the document writes: which sign is the decimal one, whether the day comes first, in which language."""

    numbers: NumberStyle
    dates: DateOrder
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A value as it was read; `ambiguous` if the conventions of the document decided how."""

    value: Json
    ambiguous: bool = False


def conventions_of(pages: Sequence[Page], language: str | None) -> Conventions:
    """The conventions of these pages."""
    texts = [line for page in pages for line in text_of_page(page).splitlines()]
    return Conventions(numbers=number_style(texts, language=language), dates=date_order(texts), language=language)


def printed(lines: Sequence[str], wanted: Wanted, conventions: Conventions) -> Printed | None:
    """What the words of `lines` say, as a value of the wanted kind; None if they say none, or several."""
    if wanted.json_type in {"number", "integer"}:
        return _number(" ".join(lines), wanted, conventions)
    return _READERS.get(wanted.kind, _text)(lines, wanted, conventions)


def _number(text: str, wanted: Wanted, conventions: Conventions) -> Printed | None:
    found = amounts_in(text, conventions.numbers)
    if len(found) != 1 or (found[0].percent and wanted.kind == "amount"):
        return None
    amount = found[0]
    if wanted.json_type == "integer":
        whole = amount.value == amount.value.to_integral_value()
        return Printed(value=int(amount.value), ambiguous=amount.ambiguous) if whole else None
    return Printed(value=float(amount.value), ambiguous=amount.ambiguous)


def _text(lines: Sequence[str], _wanted: Wanted, _conventions: Conventions) -> Printed | None:
    text = " ".join(lines).strip(_EDGES)
    return Printed(value=text) if text else None


def _address(lines: Sequence[str], _wanted: Wanted, _conventions: Conventions) -> Printed | None:
    text = ", ".join(filter(None, (line.strip(_EDGES) for line in lines)))
    return Printed(value=text) if text else None


def _date(lines: Sequence[str], _wanted: Wanted, conventions: Conventions) -> Printed | None:
    found = dates_in(" ".join(lines), conventions.dates, compact=True)
    if len(found) != 1:
        return None
    return Printed(value=found[0].value.isoformat(), ambiguous=found[0].ambiguous)


def _time(lines: Sequence[str], _wanted: Wanted, _conventions: Conventions) -> Printed | None:
    found = list(_TIME.finditer(" ".join(lines)))
    if len(found) != 1:
        return None
    hour, half = int(found[0]["hour"]), (found[0]["half"] or "").casefold()
    if half and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    return Printed(value=f"{hour:02}:{found[0]['minute']}")


def _currency(lines: Sequence[str], _wanted: Wanted, conventions: Conventions) -> Printed | None:
    text = " ".join(lines)
    codes = {currency_of(text[start:end], language=conventions.language) for start, end in currencies_in(text)}
    return _only(codes)


def _country(lines: Sequence[str], _wanted: Wanted, _conventions: Conventions) -> Printed | None:
    return _only({country_of(" ".join(lines))})


def _tax_id(lines: Sequence[str], wanted: Wanted, conventions: Conventions) -> Printed | None:
    found = {one.value for one in vat_ids_in(" ".join(lines))}
    return _only(found) if found else _text(lines, wanted, conventions)


def _email(lines: Sequence[str], _wanted: Wanted, _conventions: Conventions) -> Printed | None:
    return _only({one.value for one in emails_in(" ".join(lines))})


def _choice(lines: Sequence[str], wanted: Wanted, _conventions: Conventions) -> Printed | None:
    said = " ".join(lines).strip(_EDGES).casefold()
    return _only({choice for choice in wanted.choices if choice.casefold() == said})


def _only(values: set[str] | set[str | None]) -> Printed | None:
    value = next(iter(values)) if len(values) == 1 else None
    return None if value is None else Printed(value=value)


_READERS: Final[Mapping[str, Callable[[Sequence[str], Wanted, Conventions], Printed | None]]] = {
    "address": _address,
    "choice": _choice,
    "country": _country,
    "currency": _currency,
    "date": _date,
    "email": _email,
    "tax_id": _tax_id,
    "time": _time,
}
