"""Where the lines of an e-invoice are printed: row by row, each after the one before."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from docurift.model.result import Json
from docurift.pipeline.extract.found import Span
from docurift.pipeline.extract.printed import Printed
from docurift.pipeline.extract.printed_columns import squashed

Line = dict[str, Json]

# From the right: where two numbers of a row are alike, the sum is the last one.
_NUMBERS: Final = ("total", "unitPrice", "quantity")
_ROW: Final = 0.03  # of a page's height: the cells of one row need not begin at the same height
_SHORT_CHARACTERS: Final = 3
# More lines than anybody checks by eye are not searched for: each is four look-ups.
_MOST_LINES: Final = 2_000
_LIST: Final = "/lineItems/"


def placed_lines(values: Mapping[str, Json], printed: Printed) -> Iterator[tuple[str, Span]]:
    """The places of the values of all lines, by pointer."""
    after = (0, 0.0)
    for place, line in sorted(_lines(values).items())[:_MOST_LINES]:
        spans = _row(line, printed, after)
        if spans:
            after = max(_height_of(span) for span in spans.values())
        for name, span in spans.items():
            yield f"{_LIST}{place}/{name}", span


def _lines(values: Mapping[str, Json]) -> dict[int, Line]:
    lines: dict[int, Line] = {}
    for pointer, value in values.items():
        if pointer.startswith(_LIST):
            place, _, name = pointer.removeprefix(_LIST).partition("/")
            lines.setdefault(int(place), {})[name] = value
    return lines


def _row(line: Line, printed: Printed, after: tuple[int, float]) -> dict[str, Span]:
    row = _described(line, printed, after) or _reckoned(line, printed, after)
    anchor = next(iter(row.values()), None)
    for name in _NUMBERS:
        if anchor is None or name in row or name not in line:
            continue
        span = _in_row(_free(printed.number(_number(line, name), on=anchor.page), row), anchor)
        if span is not None:
            row[name] = span
    return row


def _described(line: Line, printed: Printed, after: tuple[int, float]) -> dict[str, Span]:
    """The description, at its first place behind the line before."""
    text = str(line.get("description") or "")
    if len(squashed(text)) < _SHORT_CHARACTERS:
        return {}
    return _first(printed.text(text, since=after[0]), after, "description")


def _reckoned(line: Line, printed: Printed, after: tuple[int, float]) -> dict[str, Span]:
    """Without its description, a row is known by its sum and another number of it, on this page or the next."""
    others = [name for name in _NUMBERS[1:] if name in line]
    if "total" not in line or not others:
        return {}
    for page in (max(after[0], 1), max(after[0], 1) + 1):
        beside = [span for name in others for span in printed.number(_number(line, name), on=page)]
        sums = printed.number(_number(line, "total"), on=page)
        found = _first((one for one in sums if _in_row(_free(beside, {"total": one}), one)), after, "total")
        if found:
            return found
    return {}


def _number(line: Line, name: str) -> float:
    return cast("float", line[name])


def _free(spans: Iterable[Span], row: Mapping[str, Span]) -> Iterator[Span]:
    return (span for span in spans if not any(_overlap(span, taken) for taken in row.values()))


def _first(spans: Iterable[Span], after: tuple[int, float], name: str) -> dict[str, Span]:
    span = next((one for one in spans if _height_of(one) > after), None)
    return {name: span} if span else {}


def _in_row(spans: Iterable[Span], anchor: Span) -> Span | None:
    """The nearest in height, of those the one farthest to the right."""
    near = [(abs(span.box[1] - anchor.box[1]), span) for span in spans if span.page == anchor.page]
    close = [(round(gap / _ROW, 1), -span.box[0], span) for gap, span in near if gap <= _ROW]
    return min(close, key=lambda one: one[:2])[2] if close else None


def _overlap(a: Span, b: Span) -> bool:
    return a.page == b.page and bool(set(a.words) & set(b.words))


def _height_of(span: Span) -> tuple[int, float]:
    return span.page, span.box[1]
