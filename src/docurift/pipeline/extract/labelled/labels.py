"""The labels on a page: which words say what a value beside them means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.schemas.folded import folded

_MAX_WORDS: Final = 7
# One wrong letter in eight, as OCR and misprints have it; shorter labels must be exact.
_LEAST_LIKENESS: Final = 88.0
_LEAST_FUZZY_LETTERS: Final = 6
_SIGNS: Final = (":", "\uff1a", "#", "\u2116", "\u00b0", "\u00ba", "=", "\u2026", "...")
_COLONS: Final = (":", "\uff1a")
_NUMBERING: Final = re.compile(r"[(\[]?(?:\d{1,2}[a-z]?|[a-z])[.)\]]?|[*\u2022\u25a1\u2610-]", re.IGNORECASE)
_PARTING: Final = frozenset({"/", "|", "-", "\u2013", "\u2022", "&"})
_LABEL_WORDS: Final = 5
_LABEL_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label stands for: `owner` is whoever looks for it, `rank` its place among that one's labels, from 0."""

    owner: int
    rank: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A label on a page: the words `start` to `end` of a segment, what follows it included that belongs to it (a
    colon, a translation). `is_marked` says that a colon or number sign ends it, `is_open` that it just goes over into
    what follows.
    """

    segment: Segment
    start: int
    end: int
    meanings: tuple[Meaning, ...]
    likeness: float
    is_marked: bool
    is_open: bool


class LabelBook:
    """Labels by what they say, ready to be looked for."""

    def __init__(self, labels: Iterable[tuple[str, Meaning]], stops: Iterable[str] = ()) -> None:
        """`stops` are labels that mean nothing here, but are no values either."""
        by_text: dict[str, list[Meaning]] = {}
        for text, meaning in labels:
            known = by_text.setdefault(folded(text), [])
            if all(one.owner != meaning.owner for one in known):
                known.append(meaning)
        for text in stops:
            by_text.setdefault(folded(text), [])
        by_text.pop("", None)
        self._by_text = {text: tuple(meanings) for text, meanings in by_text.items()}
        self._texts = [text for text, known in self._by_text.items() if known and len(text) >= _LEAST_FUZZY_LETTERS]
        self._likely: dict[str, tuple[str, float] | None] = {}

    def hits(self, sheet: Sheet, segment: Segment) -> list[Hit]:
        """The labels in the segment, from left to right; of two that overlap, the longer."""
        texts = sheet.texts(segment)
        found: list[Hit] = []
        start = 0
        while start < len(texts):
            hit = self._at(segment, texts, start) if _may_begin(texts, start) or found else None
            if hit is None or not (_may_begin(texts, start) or _is_plain(hit, found[-1], texts)):
                start += 1
            else:
                found.append(hit)
                start = hit.end
        return found

    def meanings(self, text: str) -> tuple[tuple[Meaning, ...], float] | None:
        """What the whole text means, and how like the label it is."""
        plain = folded(text)
        if plain in self._by_text:
            return self._by_text[plain], 1.0
        likely = self._like(plain)
        return None if likely is None else (self._by_text[likely[0]], likely[1])

    def exact(self, text: str) -> tuple[Meaning, ...] | None:
        """What the text means, if it says a label letter for letter."""
        return self._by_text.get(folded(text))

    def _at(self, segment: Segment, texts: Sequence[str], start: int) -> Hit | None:
        for end in range(_reach(texts, start), start, -1):
            plain = folded(" ".join(texts[start:end]))
            known, likeness = self._by_text.get(plain), 1.0
            ends = _end_of(texts, end)
            if known is None and start <= 1 and (ends.is_marked or end == len(texts)):
                likely = self._like(plain)
                known, likeness = (None, 0.0) if likely is None else (self._by_text[likely[0]], likely[1])
            if known is not None and ends.is_end:
                return Hit(segment, start, ends.place, known, likeness, ends.is_marked, ends.is_open)
        return None

    def _like(self, plain: str) -> tuple[str, float] | None:
        if len(plain) < _LEAST_FUZZY_LETTERS or sum(c.isdigit() for c in plain) > 2:  # noqa: PLR2004 - a value
            return None
        if plain not in self._likely:
            best = process.extractOne(plain, self._texts, scorer=fuzz.ratio, score_cutoff=_LEAST_LIKENESS)
            self._likely[plain] = None if best is None else (best[0], best[1] / 100)
        return self._likely[plain]


def is_label_by_form(texts: Sequence[str]) -> bool:
    """Whether these words begin with a few that end in a colon: a label, known or not."""
    for place, text in enumerate(texts[:_LABEL_WORDS]):
        if text.endswith(_COLONS):
            label = " ".join(texts[: place + 1])
            return sum(c.isalpha() for c in label) >= max(_LABEL_LETTERS, len(label) / 2)
    return False


@dataclass(frozen=True, slots=True)
class _End:
    place: int
    is_end: bool
    is_marked: bool = False
    is_open: bool = False


def _end_of(texts: Sequence[str], end: int) -> _End:
    """Whether a label may end before word `end`, and where what belongs to it ends."""
    if texts[end - 1].endswith(_SIGNS):
        return _End(_past_colon(texts, end), is_end=True, is_marked=True)
    if end == len(texts):
        return _End(end, is_end=True)
    following = texts[end]
    if following in _COLONS or following == "#":
        return _End(end + 1, is_end=True, is_marked=True)
    if following[0] in "(/[" or following in _PARTING:
        return _translated(texts, end)
    is_value = following[0].isdigit() or following[0].isupper() or following[0] in "$\u20ac\u00a3+"
    return _End(end, is_end=is_value, is_open=True)


def _reach(texts: Sequence[str], start: int) -> int:
    """Where a label that begins at `start` must have ended: with its colon."""
    last = min(len(texts), start + _MAX_WORDS)
    return next((place + 1 for place in range(start, last) if texts[place].endswith(_COLONS)), last)


def _past_colon(texts: Sequence[str], end: int) -> int:
    return end + 1 if end < len(texts) and texts[end] in _COLONS else end


def _translated(texts: Sequence[str], end: int) -> _End:
    """`Shipper / Absender:`, `Weight (kg)`: the label goes on to its colon, its bracket, or the end of the segment."""
    for place in range(end, min(len(texts), end + _MAX_WORDS)):
        if texts[place].endswith(_COLONS):
            return _End(place + 1, is_end=True, is_marked=True)
        if texts[end][0] in "([" and texts[place].endswith((")", "]")):
            return _End(_past_colon(texts, place + 1), is_end=True, is_marked=True)
    short = len(texts) - end <= _LABEL_WORDS and not any(c.isdigit() for text in texts[end:] for c in text)
    return _End(len(texts), is_end=short)


def _may_begin(texts: Sequence[str], place: int) -> bool:
    """A label begins its segment, follows its numbering, or follows what cannot be part of it."""
    if place == 0:
        return True
    before = texts[place - 1]
    if place == 1 and _NUMBERING.fullmatch(before):
        return True
    return before in _PARTING or before.endswith((":", ";", ",", "|", ")")) or any(c.isdigit() for c in before)


def _is_plain(hit: Hit, before: Hit, texts: Sequence[str]) -> bool:
    """In the value of a label, nothing but a whole other label begins one: `Hamburg Port of Discharge:`."""
    several = hit.end - hit.start > 1 and texts[hit.start][0].isupper()
    return before.is_marked and hit.is_marked and hit.likeness == 1 and several and hit.start > before.end
