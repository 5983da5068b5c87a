"""The pages of a document as an extractor looks at them: pieces of rows, each with what stands beside and above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from docurift.model.result import Box, Page, TextSource, Word
from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.lines import Line, line_of, lines_of, on_one_row

# A blank is a third of the letter height. What is wider than this begins a new piece.
_GAP_HEIGHTS: Final = 0.95
_USUAL_BLANKS: Final = 1.9
# Bullets and dashes have more room around them.
_JOINTS: Final = frozenset("\u25cf\u2022\u00b7|\u2013\u2014-")
_INK_SHARE: Final = 1.3
_MIN_WORDS_OF_A_SLOPE: Final = 4
_MIN_SLOPE: Final = 0.002
# Every piece looks at its neighbours. A printed page has some hundreds; one with more was made to keep us busy.
_MAX_SEGMENTS: Final = 4_000
_MAX_WORDS: Final = 60
_MAX_CHARACTERS: Final = 1_000
_REACH_ABOVE_HEIGHTS: Final = 3.2


@dataclass(frozen=True, slots=True)
class Segment:
    """Words beside each other. `box` is where they would stand on a page that was laid straight; `starts` are the
    places of the words in `text`, which joins them by blanks.
    """

    page: Page = field(repr=False)
    place: int
    words: tuple[int, ...]
    text: str
    starts: tuple[int, ...]
    box: Box
    size: float

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The words that `text[start:end]` touches, of which there is at least one."""
        return span_of(self.page, self.words_at(start, len(self.text) if end is None else end))

    def words_at(self, start: int, end: int) -> tuple[int, ...]:
        """The words, as indexes into the page's, that `text[start:end]` touches."""
        return tuple(
            index
            for index, at in zip(self.words, self.starts, strict=True)
            if at < end and at + len(self.page.words[index].text) > start
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its segments in rows from top to bottom, each row from left to right. `aspect` is its width over its
    height: it makes widths comparable with heights.
    """

    page: Page
    aspect: float
    rows: tuple[tuple[Segment, ...], ...]
    segments: tuple[Segment, ...]
    _row_of: tuple[int, ...]

    def row(self, segment: Segment) -> tuple[Segment, ...]:
        """All that stands beside the segment, and itself."""
        return self.rows[self._row_of[segment.place]]

    def row_number(self, segment: Segment) -> int:
        """Which row it stands in, counted from the top."""
        return self._row_of[segment.place]

    def left(self, segment: Segment) -> Iterator[Segment]:
        """What stands to the left on the same row, the nearest first."""
        row = self.row(segment)
        for place in range(row.index(segment) - 1, -1, -1):
            yield row[place]

    def above(self, segment: Segment) -> Segment | None:
        """The nearest segment over it that shares some of its width."""
        height = segment.box[3] - segment.box[1]
        for row in reversed(self.rows[: self._row_of[segment.place]]):
            if segment.box[1] - max(one.box[3] for one in row) > _REACH_ABOVE_HEIGHTS * height:
                return None
            for one in row:
                if one.box[0] < segment.box[2] and segment.box[0] < one.box[2] and one.box[3] < segment.box[3]:
                    return one
        return None


def sheets_of(pages: Sequence[Page]) -> list[Sheet]:
    """The pages that have words, as sheets."""
    return [_sheet(page) for page in pages if page.words]


def _sheet(page: Page) -> Sheet:
    aspect = page.width / page.height if page.width and page.height else 1.0
    lines = lines_of(page.words, aspect)
    boxes = _straightened(page.words, lines)
    widest = _widest_blank(boxes, lines, aspect)
    runs = [run for line in lines for run in _runs(page.words, boxes, line, aspect=aspect, widest=widest)]
    runs = [run for run in runs if sum(len(page.words[i].text) for i in run) <= _MAX_CHARACTERS]
    runs.sort(key=lambda run: (boxes[run[0]][1] + boxes[run[0]][3], boxes[run[0]][0]))
    least = _least_size(page, lines)
    unplaced = [_segment(page, boxes, run, place, least=least) for place, run in enumerate(runs[:_MAX_SEGMENTS])]
    rows = _rows(unplaced)
    row_of = [0] * len(unplaced)
    for number, row in enumerate(rows):
        for one in row:
            row_of[one.place] = number
    return Sheet(page, aspect, tuple(rows), tuple(one for row in rows for one in row), tuple(row_of))


def _straightened(words: Sequence[Word], lines: Sequence[Line]) -> list[Box]:
    """The words' boxes, moved up or down so that lines of a page that was scanned askew lie level."""
    slopes = [slope for line in lines if (slope := _slope(words, line)) is not None]
    slope = median(slopes) if len(slopes) >= _MIN_WORDS_OF_A_SLOPE else 0.0
    if abs(slope) < _MIN_SLOPE:
        return [word.box for word in words]
    moved: list[Box] = []
    for word in words:
        x0, y0, x1, y1 = word.box
        shift = slope * (x0 + x1) / 2
        moved.append((x0, y0 - shift, x1, y1 - shift))
    return moved


def _slope(words: Sequence[Word], line: Line) -> float | None:
    if len(line.words) < _MIN_WORDS_OF_A_SLOPE:
        return None
    first, last = words[line.words[0]].box, words[line.words[-1]].box
    width = (last[0] + last[2] - first[0] - first[2]) / 2
    return (last[3] - first[3]) / width if width > 0.1 else None  # noqa: PLR2004 - a tenth of the page


def _widest_blank(boxes: Sequence[Box], lines: Sequence[Line], aspect: float) -> float:
    """What a gap within a piece may measure, in letter heights: typewriter faces, and the tight boxes of OCR, have
    wider blanks than others.
    """
    gaps = sorted(
        (boxes[after][0] - boxes[before][2]) * aspect / line.size
        for line in lines
        for before, after in pairwise(line.words)
        if line.size > 0
    )
    usual = gaps[len(gaps) // 2] if gaps else 0.0
    return max(_GAP_HEIGHTS, _USUAL_BLANKS * usual)


def _runs(words: Sequence[Word], boxes: Sequence[Box], line: Line, *, aspect: float, widest: float) -> list[list[int]]:
    runs = [[line.words[0]]]
    for before, after in pairwise(line.words):
        joined = words[before].text in _JOINTS or words[after].text in _JOINTS
        gap = (boxes[after][0] - boxes[before][2]) * aspect > (2 if joined else 1) * widest * line.size
        if gap or len(runs[-1]) == _MAX_WORDS:
            runs.append([])
        runs[-1].append(after)
    return runs


def _least_size(page: Page, lines: Sequence[Line]) -> float:
    """What letters measure at least. OCR draws its boxes around the ink, so that a line without tall letters seems
    small: there the usual line, and some room around it, is the measure.
    """
    if page.text_source is not TextSource.OCR or not lines:
        return 0.0
    return _INK_SHARE * median(line.size for line in lines)


def _segment(page: Page, boxes: Sequence[Box], run: Sequence[int], place: int, *, least: float) -> Segment:
    texts = [page.words[i].text for i in run]
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text) + 1)
    chosen = [boxes[i] for i in run]
    box = (
        min(one[0] for one in chosen),
        min(one[1] for one in chosen),
        max(one[2] for one in chosen),
        max(one[3] for one in chosen),
    )
    size = max(least, line_of(page.words, run).size)
    return Segment(page, place, tuple(run), " ".join(texts), tuple(starts), box, size)


def _rows(segments: Sequence[Segment]) -> list[tuple[Segment, ...]]:
    rows: list[list[Segment]] = []
    for one in segments:
        # A few rows back: small print beside large letters begins later and belongs to the same row.
        home = next((row for row in reversed(rows[-3:]) if on_one_row(row[0].box, one.box)), None)
        if home is None:
            rows.append([one])
        else:
            home.append(one)
    for row in rows:
        row.sort(key=lambda one: one.box[0])
    rows.sort(key=lambda row: min(one.box[1] for one in row))
    return [tuple(row) for row in rows]
