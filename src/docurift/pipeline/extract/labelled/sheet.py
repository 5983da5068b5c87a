"""A page as segments: words beside each other, up to a gap as wide as columns have."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docurift.model.result import Box, Page
from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.lines import line_of, lines_of, on_one_row
from docurift.pipeline.ports import box_union

# Every label looks at the segments around it. A printed page has some hundreds; more were made to keep us busy.
_MAX_WORDS = 6_000
# Rows look a little beyond their own height: boxes of one line differ by what their letters need.
_ROW_REACH = 0.05


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of one line, as indexes into its page's words."""

    words: tuple[int, ...]
    box: Box
    size: float


class Sheet:
    """A page's segments, from top to bottom, and what stands where among them."""

    def __init__(self, page: Page) -> None:
        """Cut the page; one with too many words has no segments."""
        self.page = page
        self.aspect = page.width / page.height if page.width and page.height else 1.0
        usable = len(page.words) <= _MAX_WORDS
        lines = lines_of(page.words, self.aspect) if usable else []
        segments = [Segment(line.words, line.box, line.size) for line in lines]
        self.segments: Sequence[Segment] = sorted(segments, key=lambda segment: (segment.box[1], segment.box[0]))
        self._tops = [segment.box[1] for segment in self.segments]
        order = sorted(range(len(page.words) if usable else 0), key=lambda i: page.words[i].box[1])
        self._by_top, self._word_tops = order, [page.words[i].box[1] for i in order]

    def part(self, segment: Segment, start: int, end: int | None = None) -> Segment | None:
        """The words of the segment from `start` up to `end`, if there are any."""
        return self.of_words(segment.words[start:end])

    def of_words(self, indexes: Sequence[int]) -> Segment | None:
        """These words as a segment, if there are any."""
        if not indexes:
            return None
        line = line_of(self.page.words, indexes)
        return Segment(line.words, line.box, line.size)

    def texts(self, segment: Segment) -> list[str]:
        """The segment's words."""
        return [self.page.words[i].text for i in segment.words]

    def text(self, segment: Segment) -> str:
        """The segment's words with one blank between them."""
        return " ".join(self.texts(segment))

    def span(self, indexes: Sequence[int]) -> Span:
        """These words as a quotation."""
        return span_of(self.page, indexes)

    def span_in(self, words: Sequence[int], start: int, end: int) -> Span:
        """The words that the piece `start` to `end` of their joined text touches."""
        return self.span(self.touched(words, start, end))

    def touched(self, words: Sequence[int], start: int, end: int) -> tuple[int, ...]:
        """Those of `words` that the piece `start` to `end` of their joined text touches."""
        place, found = 0, list[int]()
        for i in words:
            stop = place + len(self.page.words[i].text)
            if place < end and start < stop:
                found.append(i)
            place = stop + 1
        return tuple(found)

    def surest(self, indexes: Sequence[int]) -> float:
        """How sure the reading of these words is: 1 for native text."""
        return min((self.page.words[i].confidence for i in indexes), default=1.0)

    def beside(self, box: Box) -> Iterator[Segment]:
        """The segments to the right on the same row, the nearest first."""
        right = [one for one in self._around(box[1], box[3]) if one.box[0] >= box[2] and on_one_row(box, one.box)]
        yield from sorted(right, key=lambda one: one.box[0])

    def row_of(self, box: Box) -> list[Segment]:
        """The segments on the same row, from left to right, whatever is in `box` included."""
        row = [one for one in self._around(box[1], box[3]) if on_one_row(box, one.box)]
        return sorted(row, key=lambda one: one.box[0])

    def below(self, box: Box, reach: float) -> Iterator[Segment]:
        """The segments that begin up to `reach` below the box, from top to bottom."""
        height = box[3] - box[1]
        start = bisect_left(self._tops, box[3] - 0.5 * height)
        for one in self.segments[start:]:
            if one.box[1] > box[3] + reach:
                return
            if one.box[1] > box[1] + 0.5 * height:
                yield one

    def words_in(self, box: Box) -> tuple[int, ...]:
        """The words whose centre lies in the box, in reading order."""
        x0, y0, x1, y1 = box
        start = bisect_left(self._word_tops, y0 - _ROW_REACH)
        found: list[int] = []
        for place in range(start, len(self._by_top)):
            if self._word_tops[place] > y1:
                break
            i = self._by_top[place]
            left, top, right, bottom = self.page.words[i].box
            if x0 <= (left + right) / 2 <= x1 and y0 <= (top + bottom) / 2 <= y1:
                found.append(i)
        return tuple(sorted(found))

    def union(self, indexes: Sequence[int]) -> Box:
        """The box around these words."""
        return box_union(self.page.words[i].box for i in indexes)

    def _around(self, top: float, bottom: float) -> Iterator[Segment]:
        start = bisect_left(self._tops, top - _ROW_REACH)
        for one in self.segments[start:]:
            if one.box[1] > bottom:
                return
            yield one
