"""What stands beside a label: behind it, to its right, or below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from docurift.pipeline.extract.labelled.labels import Hit, LabelBook, is_label_by_form
from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.pipeline.lines import on_one_row

# As shares of the page's width, and in heights of the label.
_MAX_RIGHT: Final = 0.45
_MAX_DROP_HEIGHTS: Final = 2.2
_ALIGNED_HEIGHTS: Final = 2.0
_LINE_PITCH: Final = 1.0
_MAX_LINES: Final = 10
_LARGER: Final = 1.5


class Place(Enum):
    """Where a value stands to its label, with how much that says."""

    BEHIND = 0.97  # in one line, parted by a colon
    RIGHT = 0.96
    BELOW = 0.95
    OPEN = 0.82  # in one line, parted by nothing

    @property
    def weight(self) -> float:
        """The share of such values that are right, by experience."""
        return self.value


@dataclass(frozen=True, slots=True)
class Nearby:
    """Words that may be the value of a label."""

    segment: Segment
    place: Place


class Surroundings:
    """Looks around the labels of one page."""

    def __init__(self, sheet: Sheet, book: LabelBook) -> None:
        """Find all labels once."""
        self.sheet = sheet
        self.hits: list[Hit] = []
        self._first: dict[tuple[int, ...], int] = {}
        self._labels: set[tuple[int, ...]] = set()
        for segment in sheet.segments:
            self._note(segment, book.hits(sheet, segment))

    def nearby(self, hit: Hit) -> list[Nearby]:
        """What may be the label's value, the likelier first."""
        behind = self.behind(hit)
        if behind is not None:
            return [Nearby(behind, Place.OPEN if hit.is_open else Place.BEHIND)]
        label = self.label_of(hit)
        right = self.right_of(label)
        below = self.below(label)
        found = [Nearby(one, Place.RIGHT) for one in right] + [Nearby(one, Place.BELOW) for one in below]
        # Right under a label without a colon: the form of boxes.
        is_boxed = bool(below) and not hit.is_marked and self._is_close(label, below[0])
        return sorted(found, key=lambda one: one.place is not Place.BELOW) if is_boxed else found

    def label_of(self, hit: Hit) -> Segment:
        """The label's own words."""
        return self.sheet.part(hit.segment, hit.start, hit.end) or hit.segment

    def behind(self, hit: Hit) -> Segment | None:
        """The rest of the label's line, up to the next label in it."""
        following = [one.start for one in self.hits_in(hit.segment) if one.start >= hit.end]
        return self.sheet.part(hit.segment, hit.end, min(following, default=None))

    def hits_in(self, segment: Segment) -> Sequence[Hit]:
        """The labels in a segment."""
        place = self._first.get(segment.words)
        if place is None:
            return ()
        end = place
        while end < len(self.hits) and self.hits[end].segment.words == segment.words:
            end += 1
        return self.hits[place:end]

    def right_of(self, label: Segment) -> list[Segment]:
        """The next segment on the label's row, if that is no label itself."""
        for one in self.sheet.beside(label.box):
            if self.sheet.text(one).strip(" :.") == "":
                continue
            near = one.box[0] - label.box[2] <= _MAX_RIGHT
            return [one] if near and not self.is_label(one) else []
        return []

    def below(self, label: Segment) -> list[Segment]:
        """The first segment under the label, if that is no label itself."""
        height = label.box[3] - label.box[1]
        for one in self.sheet.below(label.box, _MAX_DROP_HEIGHTS * height):
            if self._is_under(label, one):
                return [] if self.is_label(one) else [one]
        return []

    def lines_from(self, first: Segment, *, most: int = _MAX_LINES, apart: float = _LINE_PITCH) -> Iterator[Segment]:
        """`first` and the lines that follow it in its column, up to a label or a gap of `apart` heights."""
        yield first
        last, count = first, 1
        while count < most:
            following = self._line_under(first, last, apart)
            if following is None:
                return
            yield following
            last, count = following, count + 1

    def is_label(self, segment: Segment) -> bool:
        """Whether the segment begins with a label, known or by its form."""
        return segment.words in self._labels

    def _line_under(self, first: Segment, last: Segment, apart: float) -> Segment | None:
        height = max(last.size, first.size)
        for one in self.sheet.below(last.box, apart * height):
            if on_one_row(one.box, last.box) or not self._is_in_column(first, one):
                continue
            is_other = self.is_label(one) or one.size > _LARGER * first.size or self._has_label_before(one)
            return None if is_other else one
        return None

    def _has_label_before(self, segment: Segment) -> bool:
        """Whether it is the value of a label to its left."""
        before = [one for one in self.sheet.row_of(segment.box) if one.box[2] <= segment.box[0]]
        return bool(before) and self.is_label(before[-1]) and self.is_bare(before[-1])

    def is_bare(self, segment: Segment) -> bool:
        """Whether a label is all that the segment says."""
        hits = self.hits_in(segment)
        return bool(hits) and hits[-1].end == len(segment.words)

    def _is_in_column(self, first: Segment, other: Segment) -> bool:
        return abs(other.box[0] - first.box[0]) * self.sheet.aspect <= 1.2 * max(first.size, other.size)

    def _is_under(self, label: Segment, other: Segment) -> bool:
        """Whether it begins where the label does, or is set in the middle of its column."""
        apart = abs(other.box[0] - label.box[0]) * self.sheet.aspect
        if apart <= _ALIGNED_HEIGHTS * label.size:
            return True
        shared = min(label.box[2], other.box[2]) - max(label.box[0], other.box[0])
        narrower = min(label.box[2] - label.box[0], other.box[2] - other.box[0])
        return shared >= 0.5 * narrower

    def _is_close(self, label: Segment, other: Segment) -> bool:
        return other.box[1] - label.box[3] <= 1.2 * max(label.size, other.size)

    def _note(self, segment: Segment, hits: list[Hit]) -> None:
        if hits:
            self._first[segment.words] = len(self.hits)
            self.hits += hits
        if any(self._opens(hit) for hit in hits) or is_label_by_form(self.sheet.texts(segment)):
            self._labels.add(segment.words)

    def _opens(self, hit: Hit) -> bool:
        """A label that goes over into words by nothing but a blank may as well be a value: `Ship Street`."""
        return hit.start <= 1 and not hit.is_open
