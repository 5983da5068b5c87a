"""How a language writes numbers and dates, as one grammar chose among its ways."""

from dataclasses import dataclass
from datetime import date

from tools.synth.grammar import Grammar
from tools.synth.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """The ways of one document."""

    language: str
    decimal: str
    group: str
    date_format: str

    def number(self, value: float, places: int) -> str:
        """`value` with `places` decimals."""
        whole, _, part = f"{value:,.{places}f}".partition(".")
        return whole.replace(",", self.group) + (self.decimal + part if part else "")

    def date(self, day: date) -> str:
        """`day` as it is printed."""
        month = listed(self.language, "locale", "months")[day.month - 1]
        text = self.date_format.replace("%B", month).replace("%b", month[:3])
        return day.strftime(text)


def locale_of(grammar: Grammar, language: str) -> Locale:
    """The ways that the grammar chose."""
    numbers = listed(language, "locale", "number")
    sample = numbers[grammar.numbers % len(numbers)]  # such as `1.234,56`
    dates = listed(language, "locale", "dates")
    return Locale(
        language=language,
        decimal=sample[-3],
        group=sample[1] if len(sample) == len("1.234,56") else "",
        date_format=dates[grammar.dates % len(dates)],
    )
