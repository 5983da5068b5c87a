"""Numbers of a worksheet as they are shown: dates, times, shares and decimals by the format of the cell."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from docurift.engines.markup import Element, local_name

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DECIMALS = re.compile(r"[0#?]\.([0#?]+)")
_DATE_LETTERS = re.compile(r"[dyDY]")
_TIME_LETTERS = re.compile(r"[hsHS]")
# The built-in formats of ECMA-376, part 1, 18.8.30, as far as they show more than a plain number.
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "0",
    4: "0.00",
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((14, 15, 16, 17), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21), "hh:mm:ss"),
    22: "yyyy-mm-dd hh:mm",
    37: "0",
    38: "0",
    39: "0.00",
    40: "0.00",
    44: "0.00",
    **dict.fromkeys((45, 46, 47), "hh:mm:ss"),
}
# Day 60 of the 1900 calendar never was; days after it count from the day before the calendar begins.
_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - worksheets know no time zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 - as above
_LAST_DAY = 2_958_465  # 9999-12-31
_MAX_DECIMALS = 15
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class CellFormat:
    """How a number is shown; `decimals` is None where the format leaves it to the value."""

    has_date: bool = False
    has_time: bool = False
    is_percent: bool = False
    decimals: int | None = None


def cell_formats(styles: Element) -> list[CellFormat]:
    """The formats of the style sheet's cell styles, by the index that cells use."""
    codes = dict(_BUILT_IN)
    for node in styles.iter():
        if local_name(node) == "numFmt":
            codes[int(node.get("numFmtId", "0"))] = node.get("formatCode", "")
    styled = [node for node in styles if local_name(node) == "cellXfs"]
    return [_format_of(codes.get(int(xf.get("numFmtId") or 0), "")) for node in styled for xf in node]


def _format_of(code: str) -> CellFormat:
    bare = _QUOTED.sub("", code.partition(";")[0])
    decimals = _DECIMALS.search(bare)
    fixed = bool(bare) and bare.lower() != "general" and any(c in bare for c in "0#?")
    return CellFormat(
        has_date=_DATE_LETTERS.search(bare) is not None,
        has_time=_TIME_LETTERS.search(bare) is not None,
        is_percent="%" in bare,
        decimals=len(decimals[1]) if decimals else (0 if fixed else None),
    )


def show(value: str, style: CellFormat, *, from_1904: bool = False) -> str:
    """`value` as text: dates as `YYYY-MM-DD`, times as `HH:MM:SS`, numbers with a point and without grouping."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value.strip()
    if not number.is_finite():
        return value.strip()
    if (style.has_date or style.has_time) and 0 <= number <= _LAST_DAY:
        return _moment(number, style, _EPOCH_1904 if from_1904 else _EPOCH_1900)
    if style.is_percent:
        return f"{_rounded(number * 100, style.decimals)}%"
    return _rounded(number, style.decimals)


def _moment(number: Decimal, style: CellFormat, epoch: datetime) -> str:
    moment = epoch + timedelta(seconds=round(number * _SECONDS_PER_DAY))
    if not style.has_date:
        return moment.strftime("%H:%M:%S")
    has_time = style.has_time and number % 1
    return moment.strftime("%Y-%m-%d %H:%M:%S" if has_time else "%Y-%m-%d")


def _rounded(number: Decimal, decimals: int | None) -> str:
    """With `decimals` digits after the point; without them, as short as the value's 15 good digits allow."""
    if number.adjusted() > _MAX_DECIMALS or number.adjusted() < -_MAX_DECIMALS:
        return f"{number:g}"
    if decimals is not None:
        return str(number.quantize(Decimal(1).scaleb(-min(decimals, _MAX_DECIMALS)), ROUND_HALF_UP))
    return f"{float(number):.15g}"
