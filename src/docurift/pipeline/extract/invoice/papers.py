"""A document of money as a whole: its sheets, and what is decided for all of it at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from docurift.pipeline.extract.sheets import Segment, Sheet, sheets_of
from docurift.pipeline.read import Reading
from docurift.pipeline.values.addresses import locality_in
from docurift.pipeline.values.amounts import NumberStyle, number_style
from docurift.pipeline.values.currencies import currencies_in, currency_of, is_shared
from docurift.pipeline.values.dates import DateOrder, date_order
from docurift.pipeline.values.identifiers import vat_ids_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The sheets, the language, and how this document writes its numbers and dates. `country` is where it seems to come
    from.
    """

    sheets: tuple[Sheet, ...]
    language: str | None
    country: str | None
    style: NumberStyle
    order: DateOrder

    def segments(self) -> list[tuple[Sheet, Segment]]:
        """All segments, page by page from top to bottom, with their sheets."""
        return [(sheet, segment) for sheet in self.sheets for segment in sheet.segments]


def paper_of(reading: Reading, language: str | None) -> Paper:
    """The pages that have words, and what they say together about numbers and dates."""
    sheets = tuple(sheets_of(reading.pages))
    texts = [segment.text for sheet in sheets for segment in sheet.segments]
    country = _country(texts)
    currency = _currency(texts, language, country)
    return Paper(
        sheets=sheets,
        language=language,
        country=country,
        style=number_style(texts, language=language, currency=currency),
        order=date_order(texts, country=country or _dollar_country(texts, language)),
    )


def _country(texts: Sequence[str]) -> str | None:
    """Where its first address or VAT number lies: that of the sender more often than not."""
    votes: Counter[str] = Counter()
    for text in texts:
        place = locality_in(text)
        if place is not None and place.country:
            votes[place.country] += 1
        votes.update(one.country for one in vat_ids_in(text) if one.country)
    return votes.most_common(1)[0][0] if votes else None


def _dollar_country(texts: Sequence[str], language: str | None) -> str | None:
    return "US" if language == "en" and any("$" in text for text in texts) else None


def _currency(texts: Sequence[str], language: str | None, country: str | None) -> str | None:
    votes: Counter[str] = Counter()
    for text in texts:
        for start, end in currencies_in(text):
            code = currency_of(text[start:end], language=language, country=country)
            if code is not None:
                votes[code] += 1 if is_shared(text[start:end]) else 2
    return votes.most_common(1)[0][0] if votes else None
