"""A receipt as its rows from top to bottom: what is printed beside each other, label and amount, belongs together."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import mean
from typing import Final

from docurift.model.result import Box, Page, Word
from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.lines import Line, lines_of, on_one_row
from docurift.pipeline.ports import box_union

# A row of a till's paper holds a handful of pieces; rows that are looked back at, since photographs lean.
_LOOK_BACK: Final = 6
# Letters of a spaced-out name stand nearer.
_WIDE_HEIGHTS: Final = 2.5
_MAX_WORDS: Final = 6_000

# `5.90SR`, `3X10.49`: letters that tills set against an amount. Blanks in their place keep all positions.
_TAX_LETTERS: Final = re.compile(r"(?<=\d[.,]\d\d)[A-Z*#]{1,3}(?![\w.,])")
_TIMES: Final = re.compile(r"(?<=\d)[xX*@](?=\s?\d)|(?<![\w])[xX@](?=\d)")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands beside each other on `page`. `words` are indexes into the page's words, from left to right; `text`
    joins them by blanks; `plain` is as long, without the letters that are set against amounts. `size` is the letter
    height as a share of the page's height, `place` the row's own index; `parts` are the places in `text` of what stands
    far apart.
    """

    page: Page
    words: tuple[int, ...]
    text: str
    plain: str
    box: Box
    size: float
    place: int = 0
    starts: tuple[int, ...] = field(default=(), repr=False)
    parts: tuple[tuple[int, int], ...] = ()

    def words_at(self, start: int, end: int) -> tuple[int, ...]:
        """The words that `text[start:end]` touches."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = max(bisect_right(self.starts, max(end - 1, start)) - 1, first)
        return self.words[first : last + 1]

    def span(self, start: int, end: int) -> Span:
        """The words that `text[start:end]` touches, as a quotation."""
        return span_of(self.page, self.words_at(start, end))

    def confidence(self, start: int, end: int) -> float:
        """How sure OCR is of these words, on the average."""
        return mean(self.page.words[i].confidence for i in self.words_at(start, end))

    def box_at(self, start: int, end: int) -> Box:
        """Around the words that `text[start:end]` touches."""
        return box_union(self.page.words[i].box for i in self.words_at(start, end))


def rows_of(pages: Sequence[Page]) -> list[Row]:
    """The rows of all pages, from the first to the last."""
    rows: list[Row] = []
    for page in pages:
        words = page.words[:_MAX_WORDS]
        aspect = page.width / page.height if page.width and page.height else 1.0
        for pieces in _grouped(lines_of(words, aspect)):
            rows.append(_row(page, words, pieces, len(rows)))
    return rows


def _grouped(pieces: Sequence[Line]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box[1] + piece.box[3]):
        home = next((group for group in reversed(groups[-_LOOK_BACK:]) if _belongs(piece, group)), None)
        if home is None:
            groups.append([piece])
        else:
            home.append(piece)
    groups.sort(key=lambda group: mean(piece.box[1] + piece.box[3] for piece in group))
    return [sorted(group, key=lambda piece: piece.box[0]) for group in groups]


def _belongs(piece: Line, group: Sequence[Line]) -> bool:
    """Beside the nearest piece of the row, not over or under any."""
    if any(min(piece.box[2], other.box[2]) - max(piece.box[0], other.box[0]) > piece.size / 2 for other in group):
        return False
    nearest = min(group, key=lambda other: max(other.box[0] - piece.box[2], piece.box[0] - other.box[2]))
    return on_one_row(piece.box, nearest.box)


def _row(page: Page, words: Sequence[Word], pieces: Sequence[Line], place: int) -> Row:
    indexes = tuple(i for piece in pieces for i in piece.words)
    texts = [words[i].text for i in indexes]
    text = " ".join(texts)
    return Row(
        page=page,
        words=indexes,
        text=text,
        plain=_unlettered(text),
        box=box_union(piece.box for piece in pieces),
        size=max(piece.size for piece in pieces),
        place=place,
        starts=tuple(accumulate((len(one) + 1 for one in texts[:-1]), initial=0)),
        parts=_parts(page, words, pieces),
    )


def _parts(page: Page, words: Sequence[Word], pieces: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    """Where `text` stands on the row in runs, divided where the white is wide."""
    aspect = page.width / page.height if page.width and page.height else 1.0
    parts: list[tuple[int, int]] = []
    start = 0
    for before, piece in zip((None, *pieces), pieces, strict=False):
        end = start + sum(len(words[i].text) + 1 for i in piece.words) - 1
        if before is not None and (piece.box[0] - before.box[2]) * aspect < _WIDE_HEIGHTS * max(
            before.size, piece.size
        ):
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
        start = end + 1
    return tuple(parts)


def _unlettered(text: str) -> str:
    """`text` with blanks for the letters set against its amounts, as long as before."""
    bare = _TAX_LETTERS.sub(lambda match: " " * len(match.group()), text)
    return _TIMES.sub(" ", bare)
