"""A receipt with all its candidates: what the rankers choose from, and are trained on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from docurift.model.result import Page
from docurift.pipeline.extract.receipt.header import (
    Run,
    Told,
    address_features,
    address_runs,
    header_of,
    name_features,
    name_runs,
)
from docurift.pipeline.extract.receipt.mending import is_plain
from docurift.pipeline.extract.receipt.moment import Day, day_features, days_in
from docurift.pipeline.extract.receipt.money import Printed, money_in
from docurift.pipeline.extract.receipt.ranking import Features
from docurift.pipeline.extract.receipt.rows import Row, rows_of
from docurift.pipeline.extract.receipt.total import Sum, kind_of, sums_in, total_features
from docurift.pipeline.extract.receipt.values import Piece, address_pieces, joined, name_pieces
from docurift.pipeline.values.addresses import locality_in
from docurift.pipeline.values.amounts import number_style
from docurift.pipeline.values.currencies import currencies_in, currency_of, is_shared
from docurift.pipeline.values.dates import date_order


@dataclass(frozen=True, slots=True)
class Paper:
    """The rows of a receipt and what may be its values. `plain` says that its language has no accents, `currency` what
    its signs say, `kinds` what each of the amounts in `money` is.
    """

    rows: tuple[Row, ...]
    header: tuple[Told, ...]
    names: tuple[Run, ...]
    addresses: tuple[Run, ...]
    days: tuple[Day, ...]
    money: tuple[Printed, ...]
    sums: tuple[Sum, ...]
    kinds: tuple[str, ...]
    plain: bool
    currency: tuple[str, Piece] | None

    def looks_like_one(self) -> bool:
        """Whether an amount is labelled as a total or as paid, or it is narrow, dated and priced."""
        if any(kind in _ASKED for kind in self.kinds):
            return True
        letters = sum(len(row.text) for row in self.rows)
        return bool(self.days and self.sums) and letters < _SHORT * len(self.rows) and len(self.rows) < _MANY_ROWS

    def name_features(self, address: Run | None) -> list[Features]:
        """Of each of the names, beside this address."""
        return [name_features(self.header, run, address) for run in self.names]

    def address_features(self) -> list[Features]:
        """Of each of the addresses."""
        return [address_features(self.header, run) for run in self.addresses]

    def day_features(self) -> list[Features]:
        """Of each of the days."""
        return [day_features(day, self.days) for day in self.days]

    def total_features(self) -> list[Features]:
        """Of each of the sums."""
        return [total_features(one, self.money, self.kinds) for one in self.sums]

    def name(self, run: Run) -> tuple[str, float]:
        """What the name says, and how sure OCR is of its least sure word."""
        return joined(name_pieces(self.header, run), " ", plain=self.plain)

    def address(self, run: Run) -> tuple[str, float]:
        """What the address says, its rows joined by commas, and how sure OCR is of its least sure word."""
        text, sure = joined(address_pieces(self.header, run), ", ", plain=self.plain)
        return text, sure


_ASKED: Final = frozenset({"total", "grand", "rounded", "paid"})
# A till prints 32 to 48 signs a row, and seldom fills it.
_SHORT: Final = 35
_MANY_ROWS: Final = 150


def paper_of(pages: Sequence[Page], language: str | None) -> Paper:
    """The receipt on `pages`."""
    rows = rows_of(pages)
    texts = [row.plain for row in rows]
    currency = _currency(rows, language)
    style = number_style(texts, language=language, currency=currency[0] if currency else None)
    country = next((place.country for row in rows[:20] if (place := locality_in(row.text)) and place.country), None)
    money = money_in(rows, style)
    header = header_of(rows)
    return Paper(
        rows=tuple(rows),
        header=tuple(header),
        names=tuple(name_runs(header)),
        addresses=tuple(address_runs(header)),
        days=tuple(days_in(rows, date_order([row.text for row in rows], country=country))),
        money=tuple(money),
        sums=tuple(sums_in(money)),
        kinds=tuple(kind_of(one) for one in money),
        plain=is_plain(rows),
        currency=currency,
    )


def _currency(rows: Sequence[Row], language: str | None) -> tuple[str, Piece] | None:
    """The currency that is printed most often beside amounts, or in brackets over them; signs of one currency alone
    before signs that several share.
    """
    votes: dict[str, list[tuple[bool, Piece]]] = {}
    for row in rows:
        for start, end in currencies_in(row.text):
            token = row.text[start:end]
            code = currency_of(token, language=language) if _is_beside_an_amount(row.text, start, end) else None
            if code is not None:
                votes.setdefault(code, []).append((not is_shared(token), (row, start, end)))
    if not votes:
        return None
    code = max(votes, key=lambda code: (sum(own for own, _ in votes[code]), len(votes[code])))
    return code, votes[code][0][1]


def _is_beside_an_amount(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(), text[end:].lstrip()
    if before.endswith("(") and after.startswith(")"):
        return True
    return _AMOUNT_BEHIND.match(after) is not None or (
        _AMOUNT_BEFORE.search(before) is not None and not after[:1].isalpha()
    )


_AMOUNT_BEHIND: Final = re.compile(r"-?\d[\d.,' ]*[.,]\s?\d{2}(?!\d)")
_AMOUNT_BEFORE: Final = re.compile(r"\d[.,]\s?\d{2}$")
