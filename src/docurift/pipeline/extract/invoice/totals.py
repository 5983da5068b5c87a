"""Which amounts are the sum without tax, the tax and the sum with tax: by their labels, and because they add up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from docurift.model.result import Source
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.invoice.candidates import Candidate
from docurift.pipeline.extract.invoice.relations import ABOVE
from docurift.pipeline.extract.invoice.rules import by_role

_SUM_ROLES: Final = ("subtotal", "total", "due", "otherAmount")
_MAX_PER_ROLE: Final = 8
_MAX_TAX_ROWS: Final = 5
CENT: Final = 0.011
"""What rounding of each amount may add up to."""

_NEAR_SIZES: Final = 1.0
_LABELLED: Final = 0.6
_UNLABELLED_TAX: Final = 0.3
_DUE_FOR_TOTAL: Final = 0.8
# The head of a column stands above every amount of it.
_COLUMN_HEAD: Final = 0.45
_BONUS, _MALUS = 1.0, 0.6


@dataclass(frozen=True, slots=True)
class _Pick:
    candidate: Candidate | None
    score: float

    @property
    def value(self) -> float:
        return _value(self.candidate) if self.candidate is not None else 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    """The three sums as found; `agree` says that they add up, None where one of them is missing. `printed` are all
    amounts that a label calls a sum.
    """

    subtotal: Found | None = None
    tax: Found | None = None
    total: Found | None = None
    agree: bool | None = None
    total_at: Candidate | None = None
    printed: frozenset[float] = frozenset()


def totals_of(amounts: Sequence[Candidate]) -> Totals:
    """The three amounts whose labels and arithmetic speak for them best."""
    if not amounts:
        return Totals()
    last = max(one.page_place[0] for one in amounts)
    totals = _picks(_gross(amounts), "total", last)
    nets = [*_picks(by_role(amounts, "subtotal"), "subtotal", last), _Pick(None, 0.0)]
    taxes = [*_picks(by_role(amounts, "tax"), "tax", last), _Pick(None, 0.0)]
    best, score = (_Pick(None, 0.0), _Pick(None, 0.0), _Pick(None, 0.0)), 0.0
    extras = [one for one in by_role(amounts, "otherAmount") if _is_beside(one)][: 2 * _MAX_PER_ROLE]
    for triple in _triples(totals, nets, taxes, amounts):
        worth = _worth(*triple, extras)
        if worth > score:
            best, score = triple, worth
    return _told(*best, amounts, extras)


def adds_up(net: float, tax: float, gross: float) -> bool:
    """Whether net and tax make gross, but for a cent."""
    return abs(net + tax - gross) <= CENT


def _gross(amounts: Sequence[Candidate]) -> list[Candidate]:
    named = by_role(amounts, "total")
    return [*named, *(one for one in by_role(amounts, "due") if one not in named)]


def _picks(named: Sequence[Candidate], role: str, last: int) -> list[_Pick]:
    """One for each value, the strongest; what stands later is more of a total."""
    best: dict[float, _Pick] = {}
    for one in named:
        labels = [label for label in one.labels if label.role == role]
        strength = max(
            (label.strength * (_COLUMN_HEAD if label.how == ABOVE else 1.0) for label in labels), default=0.0
        )
        if role == "total" and not labels:
            strength = one.strength("due") * _DUE_FOR_TOTAL
        page = one.page_place[0]
        later = 0.1 * one.segment.box[1] - 0.1 * (last - page)
        score = strength + later + 0.05 * one.facts["has_currency"] + 0.05 * (one.facts["decimals"] == 2)  # noqa: PLR2004
        if one.value not in best or best[_value(one)].score < score:
            best[_value(one)] = _Pick(one, score)
    return sorted(best.values(), key=lambda pick: -pick.score)[:_MAX_PER_ROLE]


def _triples(
    totals: Sequence[_Pick], nets: Sequence[_Pick], taxes: Sequence[_Pick], amounts: Sequence[Candidate]
) -> Iterator[tuple[_Pick, _Pick, _Pick]]:
    unlabelled = {_value(one): one for one in amounts if not one.labels}
    for gross in totals:
        for net in nets:
            for tax in taxes:
                yield gross, net, tax
            if net.candidate is not None:
                missing = unlabelled.get(round(gross.value - net.value, 2))
                if missing is not None and gross.value != net.value:
                    yield gross, net, _Pick(missing, _UNLABELLED_TAX)
    for net in nets:  # a sum without tax alone says something, too
        yield _Pick(None, 0.0), net, _Pick(None, 0.0)


def _worth(gross: _Pick, net: _Pick, tax: _Pick, extras: Sequence[Candidate]) -> float:
    score = 1.5 * gross.score + net.score + 0.9 * tax.score
    if gross.candidate is None:
        return score
    if net.candidate is not None and tax.candidate is not None:
        if adds_up(net.value, tax.value, gross.value):
            return score + _BONUS
        if not _stands_between(net.candidate, tax.candidate, gross.candidate):
            return score - 2 * _BONUS
        explained = _rest_is_printed(net.candidate, tax.candidate, gross.candidate, extras)
        return score + (_BONUS / 2 if explained else -_MALUS)
    part = net if net.candidate is not None else tax
    return score - (0.2 if abs(part.value) <= abs(gross.value) + CENT else _MALUS) * (part.candidate is not None)


def _stands_between(net: Candidate, tax: Candidate, gross: Candidate) -> bool:
    """Whether the tax stands where sums are drawn up, with the two others: then it is printed so, right or wrong.
    Elsewhere it may be one of several taxes, or a base.
    """
    if len({one.page_place for one in (net, tax, gross)}) > 1:
        return False
    slack = _NEAR_SIZES * tax.segment.size
    low, high = sorted((net.segment.box[1], gross.segment.box[1]))
    return low - slack <= tax.segment.box[1] <= high + slack


def _is_beside(one: Candidate) -> bool:
    """Whether its label stands on its row: heads of columns name every amount under them."""
    return any(label.how != ABOVE for label in one.labels)


def _rest_is_printed(net: Candidate, tax: Candidate, gross: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether freight, a discount or the like, or two of them, stand among the sums and explain what is missing."""
    rest = abs(_value(gross) - _value(net) - _value(tax))
    between = {abs(_value(one)) for one in others if _stands_between(net, one, gross)} - {0.0}
    pairs = {abs(a + sign * b) for a, b in combinations(sorted(between), 2) for sign in (1, -1)}
    return any(abs(rest - value) <= CENT for value in between | pairs)


def _told(gross: _Pick, net: _Pick, tax: _Pick, amounts: Sequence[Candidate], extras: Sequence[Candidate]) -> Totals:
    agree = None
    if gross.candidate is not None and net.candidate is not None and tax.candidate is not None:
        agree = adds_up(net.value, tax.value, gross.value)
    if agree is False and gross.value < 0 and adds_up(net.value, -tax.value, gross.value):
        return Totals(  # a minus sign that stands apart from its number
            subtotal=_found(net, agree=True),
            tax=_negated(tax),
            total=_found(gross, agree=True),
            agree=True,
            total_at=gross.candidate,
        )
    derived = None
    if gross.candidate is not None and net.candidate is not None and agree is not True:
        derived = _sum_of_taxes(amounts, round(gross.value - net.value, 2))
        explained = tax.candidate is not None and _rest_is_printed(
            net.candidate, tax.candidate, gross.candidate, extras
        )
        agree = True if derived is not None or explained else agree
    return Totals(
        subtotal=_found(net, agree=agree),
        tax=derived or _found(tax, agree=agree),
        total=_found(gross, agree=agree),
        agree=agree,
        total_at=gross.candidate,
        printed=frozenset(_value(one) for role in _SUM_ROLES for one in by_role(amounts, role) if _is_beside(one)),
    )


def _sum_of_taxes(amounts: Sequence[Candidate], wanted: float) -> Found | None:
    """Two or more taxes printed one by one, whose sum nobody printed, but which makes the difference."""
    rows = [one for one in by_role(amounts, "tax") if one.value][:_MAX_TAX_ROWS]
    for count in range(2, len(rows) + 1):
        for chosen in combinations(rows, count):
            if len({id(one.segment) for one in chosen}) == count and abs(sum(map(_value, chosen)) - wanted) <= CENT:
                return Found(value=wanted, confidence=0.9, source=Source.DERIVED, derived_from=("/subtotal", "/total"))
    return None


def _found(pick: _Pick, *, agree: bool | None) -> Found | None:
    one = pick.candidate
    if one is None:
        return None
    sure = 0.98 if agree else 0.88 if agree is None and pick.score >= _LABELLED else 0.6
    return Found(value=one.value, confidence=sure, span=one.span())


def _negated(pick: _Pick) -> Found | None:
    found = _found(pick, agree=None)
    return None if found is None else replace(found, value=-pick.value)


def _value(one: Candidate) -> float:
    return float(one.value) if isinstance(one.value, (int, float)) else 0.0
