"""Key-value pairs by form alone, in any language: a label that ends in a colon, and what stands beside or under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from docurift.model.result import Box, Page, Word
from docurift.pipeline.lines import Line, line_of, lines_of, on_one_row, text_of

_COLONS = (":", "\uff1a")
_MAX_LABEL_WORDS = 5
_MAX_LABEL_CHARACTERS = 45
_MIN_LABEL_LETTERS = 2
_MAX_VALUE_CHARACTERS = 90
# How sure each layout is: the nearer the value, the surer.
_INLINE, _BESIDE, _BELOW = 0.9, 0.85, 0.7
_MAX_REACH = 0.45
# Every label looks at every line. A printed page has some hundreds; one with more was made to keep us busy.
_MAX_LINES = 3_000
_MAX_DROP_HEIGHTS = 1.2
_ALIGNED_HEIGHTS = 1.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A label without its colon, and its value with its place on the page."""

    key: str
    value: str
    box: Box
    confidence: float


def pairs_of(page: Page) -> list[Pair]:
    """The pairs on the page, in reading order. Where two readings are possible, neither is given."""
    if not any(word.text.endswith(_COLONS) for word in page.words):
        return []
    aspect = page.width / page.height if page.width and page.height else 1.0
    lines = lines_of(page.words, aspect)
    if len(lines) > _MAX_LINES:
        return []
    values = _Lines(page.words, lines, aspect)
    found = (_pair(page.words, line, values) for line in lines)
    return [pair for pair in found if pair is not None]


class _Lines:
    """Looks for values around a label."""

    def __init__(self, words: Sequence[Word], lines: Sequence[Line], aspect: float) -> None:
        self._lines, self._aspect = lines, aspect
        self._free = [line for line in lines if not _colons(words, line)]

    def beside(self, label: Line) -> Line | None:
        """The nearest line to the right on the same row, if no other label stands between."""
        right = [line for line in self._lines if line.box[0] >= label.box[2] and on_one_row(label.box, line.box)]
        nearest = min(right, key=lambda line: line.box[0], default=None)
        if nearest is None or nearest not in self._free or nearest.box[0] - label.box[2] > _MAX_REACH:
            return None
        return nearest

    def below(self, label: Line) -> Line | None:
        """The line right under the label, beginning where the label does."""
        height = label.box[3] - label.box[1]
        near = [
            line
            for line in self._free
            if 0 <= line.box[1] - label.box[3] + height / 2 <= (_MAX_DROP_HEIGHTS + 0.5) * height
            and abs(line.box[0] - label.box[0]) * self._aspect <= _ALIGNED_HEIGHTS * height
        ]
        nearest = min(near, key=lambda line: line.box[1], default=None)
        return nearest if nearest is not None and self._is_alone(nearest) else None

    def before(self, line: Line) -> Line | None:
        """The nearest line to the left on the same row."""
        left = [other for other in self._free if other.box[2] <= line.box[0] and on_one_row(other.box, line.box)]
        return max(left, key=lambda line: line.box[2], default=None)

    def _is_alone(self, line: Line) -> bool:
        """Under a title stand the heads of columns as well: a value has its row, from there on, to itself."""
        return not any(
            other.box[0] >= line.box[2] and on_one_row(line.box, other.box)
            for other in self._lines
            if other is not line
        )


def _pair(words: Sequence[Word], line: Line, around: _Lines) -> Pair | None:
    colons = _colons(words, line)
    if len(colons) != 1:
        return None
    if colons == [0] and words[line.words[0]].text in _COLONS:
        return _hung(words, line, around)
    end = colons[0] + 1
    label = text_of(words, line_of(words, line.words[:end])).rstrip("".join(_COLONS)).rstrip()
    if not _is_label(label, end):
        return None
    if end < len(line.words):
        return _given(words, label, line_of(words, line.words[end:]), _INLINE)
    beside = around.beside(line)
    if beside is not None:
        return _given(words, label, beside, _BESIDE)
    below = around.below(line)
    return None if below is None else _given(words, label, below, _BELOW)


def _hung(words: Sequence[Word], line: Line, around: _Lines) -> Pair | None:
    """Colons set in a column of their own: the label stands to their left."""
    before = around.before(line)
    if before is None or len(line.words) == 1:
        return None
    label = text_of(words, before)
    if not _is_label(label, len(before.words)):
        return None
    return _given(words, label, line_of(words, line.words[1:]), _BESIDE)


def _colons(words: Sequence[Word], line: Line) -> list[int]:
    return [place for place, i in enumerate(line.words) if words[i].text.endswith(_COLONS)]


def _is_label(label: str, words: int) -> bool:
    letters = sum(c.isalpha() for c in label)
    short = bool(label) and words <= _MAX_LABEL_WORDS and len(label) <= _MAX_LABEL_CHARACTERS
    # "12:" is a time or a verse; a label says what it labels mostly in letters.
    return short and label[0].isalpha() and letters >= max(_MIN_LABEL_LETTERS, len(label) / 2)


def _given(words: Sequence[Word], label: str, value: Line, confidence: float) -> Pair | None:
    text = text_of(words, value)
    if len(text) > _MAX_VALUE_CHARACTERS or not any(c.isalnum() for c in text) or text.startswith("//"):
        return None
    surest = min(words[i].confidence for i in value.words)
    return Pair(label, text, value.box, round(confidence * surest, 4))
