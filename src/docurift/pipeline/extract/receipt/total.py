"""What was to be paid: every amount is a candidate, told apart by labels and by how it adds up with the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from docurift.pipeline.extract.receipt.money import Label, Printed
from docurift.pipeline.extract.receipt.ranking import Features

_MAX_CANDIDATES: Final = 60
_CENTS: Final = 2
_CENT: Final = Decimal("0.005")
# Where cash is rounded, by up to two and a half cents (ten elsewhere).
_ROUNDING: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Sum:
    """A value that may be the total, and everywhere it is printed."""

    value: Decimal
    printed: tuple[Printed, ...]

    def quoted(self) -> Printed:
        """Where it is said best: as a total, if anywhere, else last."""
        asked = [one for one in self.printed if kind_of(one) in _TOTALS]
        return (asked or self.printed)[-1]

    def surest(self) -> float:
        """How sure OCR is of it where it is read best."""
        return max(one.row.confidence(one.start, one.end) for one in self.printed)


def sums_in(money: Sequence[Printed]) -> list[Sum]:
    """The positive values with cents, or with a label that asks for a total, the largest first."""
    values: dict[Decimal, list[Printed]] = {}
    with_cents = any(one.decimals == _CENTS and one.labels & _ASKED for one in money)
    for one in money:
        if one.value > 0 and (one.decimals == _CENTS or (one.decimals == 0 and one.labels & _ASKED and not with_cents)):
            values.setdefault(one.value, []).append(one)
    ranked = sorted(values, reverse=True)[:_MAX_CANDIDATES]
    return [Sum(value, tuple(values[value])) for value in ranked]


_TOTALS: Final = frozenset({"total", "grand", "rounded"})
_ASKED: Final = frozenset({Label.TOTAL, Label.GRAND, Label.ROUNDED})


def kind_of(one: Printed) -> str:
    """The one thing that its labels say, where they say several."""
    if one.summary:
        return "summary"
    labels = one.labels
    first = next((label for label in _FIRST if label in labels), None)
    if first is not None:
        return first.value
    if labels & _ASKED:
        return _asked(labels).value
    return next((label.value for label in _THEN if label in labels), "nothing")


def _asked(labels: frozenset[Label]) -> Label:
    """What kind of total: `TOTAL GST` is a tax, `TOTAL EXCL. GST` what stands before it."""
    if Label.EXCLUSIVE in labels and Label.INCLUSIVE not in labels:
        return Label.SUBTOTAL
    if Label.TAX in labels and not labels & {Label.INCLUSIVE, Label.GRAND}:
        return Label.TAX
    if Label.PAID in labels:
        return Label.PAID
    return Label.GRAND if Label.GRAND in labels else Label.TOTAL


_FIRST: Final = (
    Label.ROUNDED, Label.ROUNDING, Label.CHANGE, Label.SAVED, Label.SUBTOTAL, Label.COUNTED,
)  # fmt: skip
_THEN: Final = (Label.PAID, Label.SUMMARY, Label.TAX, Label.SERVICE)


def total_features(one: Sum, money: Sequence[Printed], kinds: Sequence[str]) -> Features:
    """What speaks for or against the value as the total. `kinds` are `kind_of` each amount."""
    found: dict[str, float] = {}
    for printed in one.printed:
        kind = kind_of(printed)
        found[f"kind:{kind}"] = 1.0
        if printed.beside and printed.last:
            found[f"sure:{kind}"] = 1.0
        for label in printed.labels:
            found[f"label:{label.value}"] = 1.0
    found["times"] = min(len(one.printed), 4) / 2
    found["currency"] = float(any(printed.currency for printed in one.printed))
    found["place"] = max(printed.row.place for printed in one.printed) / max(money[-1].row.place, 1)
    _size(found, one, money)
    _arithmetic(found, one.value, money, kinds)
    return found


def _size(found: dict[str, float], one: Sum, money: Sequence[Printed]) -> None:
    usual = sorted(other.row.size for other in money)[len(money) // 2]
    found["size"] = min(max(p.row.size for p in one.printed) / usual, 2.5) - 1.0 if usual else 0.0
    later = [other for other in money if kind_of(other) in ("total", "grand", "rounded") and other.last]
    if later:
        found["last total"] = float(later[-1].value == one.value)
        found["first total"] = float(later[0].value == one.value)


def _arithmetic(found: dict[str, float], value: Decimal, money: Sequence[Printed], kinds: Sequence[str]) -> None:
    by_kind: dict[str, set[Decimal]] = {}
    for kind, other in zip(kinds, money, strict=True):
        by_kind.setdefault(kind, set()).add(other.value)
    paid, change = by_kind.get("paid", set()), by_kind.get("change", set())
    taxes, subtotals = by_kind.get("tax", set()), by_kind.get("subtotal", set())
    totals = by_kind.get("total", set()) | by_kind.get("grand", set()) | subtotals
    found["cash less change"] = float(any(_near(abs(p) - abs(c), value) for p in paid for c in change))
    found["cash less change, other"] = float(
        not found["cash less change"] and any(abs(p) - abs(c) > 0 for p in paid for c in change)
    )
    found["subtotal and tax"] = float(any(_near(s + t, value) for s in subtotals for t in taxes if t > 0))
    # `Rounding -.01` is a step, `Rounding 22.90` its outcome.
    rounding = by_kind.get("rounding", set())
    found["rounded outcome"] = float(any(_near(r, value) for r in rounding) and value > _ROUNDING)
    found["with the rounding"] = float(
        any(_near(t + r, value) for t in totals for r in rounding if r and abs(r) < _ROUNDING)
    )
    found["before the rounding"] = float(
        any(_near(value + r, t) for t in totals for r in rounding if r and abs(r) < _ROUNDING)
    )
    bills = [abs(v) for kind, values in by_kind.items() if kind not in ("paid", "change", "counted") for v in values]
    found["largest"] = float(bool(bills) and value >= max(bills) - _CENT)
    items = [other.value for kind, other in zip(kinds, money, strict=True) if kind == "nothing" and other.last]
    found["sum of items"] = float(len(items) > 1 and _near(sum(items, Decimal(0)), value))
    found["paid exactly"] = float(any(_near(abs(p), value) for p in paid))


def _near(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) <= _CENT
