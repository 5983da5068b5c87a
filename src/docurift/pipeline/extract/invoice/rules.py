"""Which candidate is the invoice's number, date, due date: rules on labels and places, and what they are worth.

The confidences are how often a rule of that kind was right on layouts that it was not written on; a trained ranker
takes the rules' place by the same signature.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.invoice.candidates import WEAK, Candidate
from docurift.pipeline.extract.invoice.relations import ABOVE, LEFT, SAME

_MIN_SCORE: Final = 0.4
_TOP: Final = 0.5
_USUAL_NUMBER: Final = re.compile(
    r"(?i)(?:inv|re|rg|rnr|fa|fac|fv|ft|fact|nf|fra|cn|av|gs)[-_/]?\d[\w/-]*|\d{4}[-/]\d{2,}"
)
_NUMBER_SIGN: Final = re.compile(r"(?i)(?:\b(?:nr|no|num|n[\u00b0\u00ba]?)\.?|#|\u2116)\s*:?\s*$")
_MIN_DIGITS: Final = 3
_MAX_DIGITS: Final = 20
_TITLE: Final = {SAME: 0.92, LEFT: 0.85, ABOVE: 0.6}


def invoice_number(candidates: Iterable[Candidate]) -> Found | None:
    """The number that a label or the title names."""
    return _best(candidates, _number_score)


def invoice_date(candidates: Iterable[Candidate]) -> Found | None:
    """The day that a label or the title names, else the one that stands by itself at the top."""
    return _best(candidates, _date_score)


def due_date(candidates: Iterable[Candidate]) -> Found | None:
    """The day that a label names as the last one to pay on."""
    return _best(candidates, lambda one: _labelled(one, "dueDate"))


def confidence_of(score: float, rival: float) -> float:
    """The chance that a value of this score is right; a rival that says otherwise and scores as well halves it."""
    sure = 0.97 if score >= 0.9 else 0.93 if score >= 0.8 else 0.82 if score >= 0.7 else 0.65 if score >= 0.5 else 0.5  # noqa: PLR2004
    return round(sure * (1 - 0.4 * max(0.0, 1 - 5 * (score - rival))), 4)


def _best(candidates: Iterable[Candidate], score: Callable[[Candidate], float]) -> Found | None:
    ranked = sorted(((score(one), one) for one in candidates), key=lambda pair: -pair[0])
    if not ranked or ranked[0][0] < _MIN_SCORE:
        return None
    top, best = ranked[0]
    rival = max((other for other, one in ranked if one.value != best.value), default=0.0)
    return Found(value=best.value, confidence=confidence_of(min(1.0, top), min(1.0, rival)), span=best.span())


def _number_score(one: Candidate) -> float:
    named = one.strength("invoiceNumber")
    titled = max(
        (_TITLE.get(label.how, 0.0) * _nearness(label.strength) for label in one.labels if label.role == "title"),
        default=0.0,
    )
    if one.in_title and _NUMBER_SIGN.search(one.segment.text[: one.start]):
        titled = max(titled, _TITLE[LEFT])
    score = max(named, titled)
    if one.strength("otherNumber") > score:
        return 0.0
    word = str(one.value)
    if not score and _USUAL_NUMBER.fullmatch(word) and one.page_place[0] == 1 and not one.labels:
        score = 0.45 if one.segment.box[1] < _TOP else 0.3
    if not score:
        return 0.0
    digits = int(one.facts["digits"])
    odd = digits > _MAX_DIGITS or (digits < _MIN_DIGITS and len(word) < _MIN_DIGITS and named < 0.9)  # noqa: PLR2004
    odd = odd or (re.fullmatch(r"(?:19|20)\d\d", word) is not None and named < 0.9)  # noqa: PLR2004
    return score - (0.3 if odd else 0.0) - 0.03 * (one.page_place[0] - 1) + 0.01 * min(one.repeated, 3)


def _nearness(strength: float) -> float:
    return min(1.0, strength + 0.05)


def _date_score(one: Candidate) -> float:
    bonus = 0.01 * min(one.repeated, 3) - 0.03 * (one.page_place[0] - 1)
    # `Invoice 12 of 5 March`: what `of` says beside the title it says nowhere else.
    if one.labels and one.labels[0].label in WEAK and one.in_title and _numbered(one):
        return 0.94 + bonus
    named = _labelled(one, "invoiceDate")
    if named and one.weak("invoiceDate"):
        label = next(label.label for label in one.labels if label.role == "invoiceDate")
        named = named * (0.85 if label in _DATE_WORDS else 0.4)
    elif not named and not one.labels:
        named = _unlabelled_date(one)
    return named + bonus if named else 0.0


def _numbered(one: Candidate) -> bool:
    """Whether a number stands before it, as in `Invoice 12 of 5 March`; `by the invoice of` speaks of another one."""
    before = one.segment.text[: one.start] or next((label.segment.text for label in one.labels), "")
    return any(c.isdigit() for c in before)


_DATE_WORDS: Final = frozenset({"date", "datum", "data", "fecha", "dato", "dated"})


def _labelled(one: Candidate, role: str) -> float:
    strength = one.strength(role)
    return strength if strength > one.against(role) else 0.0


def _unlabelled_date(one: Candidate) -> float:
    """A letter says its date at the top, alone or behind the place."""
    page, box = one.page_place[0], one.segment.box
    before = one.segment.text[: one.start].strip(" ,")
    placed = len(before.split()) <= 3 and not any(c.isdigit() for c in before)  # noqa: PLR2004
    rest = one.segment.text[one.end :].strip(" .,")
    if page > 1 or box[1] > _TOP or not placed or rest:
        return 0.0
    return 0.55 if box[1] < 0.35 else 0.45  # noqa: PLR2004


def by_role(candidates: Sequence[Candidate], role: str) -> list[Candidate]:
    """The candidates that labels give this role rather than another one, the strongest first."""
    named = [one for one in candidates if one.strength(role) > 0 and one.strength(role) >= one.against(role)]
    return sorted(named, key=lambda one: -one.strength(role))
