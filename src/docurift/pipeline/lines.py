"""Lines of a page: runs of words that stand beside each other. What blocks, pairs and plain text are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docurift.model.result import Box, Word
from docurift.pipeline.ports import box_union

# A blank is a quarter to a third of the letter height; two columns of one row stand at least one and a half apart.
_COLUMN_GAP_HEIGHTS = 1.5
_SAME_ROW_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """Words beside each other, as indexes into the page's words, left to right as read; `size` is the letter height as
    a share of the page's height.
    """

    words: tuple[int, ...]
    box: Box
    size: float


def lines_of(words: Sequence[Word], aspect: float, indexes: Iterable[int] | None = None) -> list[Line]:
    """The words (or those at `indexes`), in their own order, cut into lines where the row ends or a gap is wide.

    `aspect` is the page's width over its height: it makes widths comparable with heights.
    """
    lines: list[Line] = []
    run: list[int] = []
    y0 = x1 = y1 = 0.0
    for i in range(len(words)) if indexes is None else indexes:
        left, top, right, bottom = words[i].box
        # Spelled out, not called: this runs for every word of every page.
        low, high = (bottom - top, y1 - y0) if bottom - top < y1 - y0 else (y1 - y0, bottom - top)
        shared = min(y1, bottom) - max(y0, top)
        gap = (left - x1) * aspect
        if run and not (shared > _SAME_ROW_SHARE * low and -high < gap < _COLUMN_GAP_HEIGHTS * high):
            lines.append(line_of(words, run))
            run = []
        run.append(i)
        y0, x1, y1 = top, right, bottom
    if run:
        lines.append(line_of(words, run))
    return lines


def line_of(words: Sequence[Word], indexes: Sequence[int]) -> Line:
    """The line of these words, of which there is at least one."""
    boxes = [words[i].box for i in indexes]
    heights = sorted([box[3] - box[1] for box in boxes])
    return Line(tuple(indexes), box_union(iter(boxes)), heights[len(heights) // 2])


def on_one_row(a: Box, b: Box) -> bool:
    """Whether the two stand beside each other: they share half of the lower one's height."""
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared > _SAME_ROW_SHARE * min(a[3] - a[1], b[3] - b[1])


def text_of(words: Sequence[Word], line: Line) -> str:
    """The line's words with one blank between them."""
    return " ".join(words[i].text for i in line.words)
