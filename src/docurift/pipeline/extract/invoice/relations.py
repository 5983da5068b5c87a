"""Which label a value belongs to: the one before it in its piece of text, to its left on the row, or above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.extract.invoice.labels import Label, Phrases, labels_in, tokens_of
from docurift.pipeline.extract.sheets import Segment, Sheet
from docurift.pipeline.values.currencies import CODES, currencies_in

SAME, LEFT, ROW, ABOVE = "same", "left", "row", "above"
# How much a label of each kind says, before its own words are weighed.
_STRENGTH: Final = {SAME: 1.0, LEFT: 0.95, ROW: 0.6, ABOVE: 0.75}
_MIN_SHARE_ABOVE: Final = 0.6
_MIN_SHARE_LEFT: Final = 0.3
_MAX_FILLERS: Final = 4
_FILLERS: Final = frozenset(
    {
        *(
            "in",
            "nr",
            "no",
            "n",
            "num",
            "number",
            "nummer",
            "numero",
            "the",
            "of",
            "zu",
            "auf",
            "von",
            "for",
            "at",
            "a",
        ),
        *("sie", "is", "de", "am", "den", "le", "du", "s", "zum", "d", "des", "les", "der", "die", "das", "to", "on"),
        *("el", "la", "il", "al", "em", "do", "da", "op", "per", "dnia", "w", "z", "c", "and", "und", "et", "y", "e"),
        *("incl", "inkl", "excl", "exkl", "zzgl", "plus", "id", "date", "uid", "x", "total", "sum", "gesamt", "o"),
        *("wg", "durch", "by", "before", "bis", "from", "ab", "as", "tax", "rate", "satz", "taux", "r", "amount"),
    }
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A label's role for a value, how it stands to it, and how strongly that speaks, 0-1."""

    role: str
    how: str
    strength: float
    label: str
    segment: Segment


def relations(sheet: Sheet, segment: Segment, start: int, phrases: Phrases) -> list[Relation]:
    """The labels of the value that begins at `segment.text[start]`, the strongest first."""
    found = list(_same(segment, start, phrases))
    if not found and not _has_words(segment.text[:start]):
        found = [*_left(sheet, segment, phrases), *_above(sheet, segment, phrases)]
    return sorted(found, key=lambda one: -one.strength)


def role_strength(found: Sequence[Relation], role: str) -> float:
    """How strongly the labels say that the value has this role; nought if none does."""
    return max((one.strength for one in found if one.role == role), default=0.0)


def _same(segment: Segment, start: int, phrases: Phrases) -> Iterator[Relation]:
    before = [label for label in labels_in(segment.text[:start], phrases) if label.end <= start]
    if not before:
        return
    last = before[-1]
    fillers = _fillers(segment.text[last.end : start])
    if fillers is not None:
        yield _relation(SAME, last, segment, 1 - 0.05 * fillers)


def _left(sheet: Sheet, segment: Segment, phrases: Phrases) -> Iterator[Relation]:
    how = LEFT
    for beside in sheet.left(segment):
        if not _has_words(beside.text):
            how = how if _says_currency(beside.text) else ROW
            continue
        labels = labels_in(beside.text, phrases)
        # A label with its own value behind it, as `Date: 5 March`, labels nothing further.
        if labels and labels[-1].share >= _MIN_SHARE_LEFT:
            fillers = _fillers(beside.text[labels[-1].end :])
            if fillers is not None:
                yield _relation(how, labels[-1], beside, 1 - 0.05 * fillers)
            elif how == ROW or labels[0].start == 0:
                yield _relation(ROW, labels[0], beside, 0.9)
        return


def _above(sheet: Sheet, segment: Segment, phrases: Phrases) -> Iterator[Relation]:
    over = sheet.above(segment)
    if over is None:
        return
    labels = [one for one in labels_in(over.text, phrases) if one.share >= _MIN_SHARE_ABOVE]
    if labels:
        yield _relation(ABOVE, labels[-1], over, labels[-1].share)
    elif abs(over.box[0] - segment.box[0]) * sheet.aspect < over.size / 2:
        # A sentence that went on in the next line: `Invoice 12 of` above its date.
        ending = [one for one in labels_in(over.text, phrases) if not over.text[one.end :].strip(" :.")]
        if ending:
            yield _relation(ABOVE, ending[-1], over, 0.9)


def _relation(how: str, label: Label, segment: Segment, weight: float) -> Relation:
    text = segment.text[label.start : label.end].casefold()
    return Relation(label.role, how, round(_STRENGTH[how] * weight, 4), text, segment)


def _fillers(text: str) -> int | None:
    """How many words between label and value say nothing; None if one of them says something."""
    tokens = tokens_of(text)
    if len(tokens) > _MAX_FILLERS:
        return None
    percent = "%" in text or "(" in text
    for token in tokens:
        known = token.plain in _FILLERS or token.plain.upper() in CODES or token.plain == "#"
        if not known and not (percent and (token.plain.isdigit() or len(token.plain) == 1)):
            return None
    return len(tokens)


def _has_words(text: str) -> bool:
    return any(len(token.plain) > 1 and token.plain.isalpha() for token in tokens_of(text)) and not _says_currency(text)


def _says_currency(text: str) -> bool:
    bare = text.strip(" :.")
    return any(end - start == len(bare) for start, end in currencies_in(bare))
