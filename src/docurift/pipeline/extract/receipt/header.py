"""Who sold: the lines of the shop's name and of its address, as candidates with their features."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median
from typing import Final

from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.ranking import Features
from docurift.pipeline.extract.receipt.rows import Row
from docurift.pipeline.extract.receipt.trimming import address_part, name_part

# Headers end before: a till prints a line in half a centimetre.
_MAX_ROWS: Final = 26
_MAX_NAME_ROWS: Final = 3
_MAX_ADDRESS_ROWS: Final = 7
_SAME_SIZE: Final = 0.3
_FAR: Final = 4
_LEAST_LETTERS: Final = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What a row of the header looks like: `cues` are the names of what was seen in it."""

    row: Row
    name: tuple[int, int] | None
    address: tuple[int, int] | None
    cues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Run:
    """Rows `first` to `last` of the header."""

    first: int
    last: int


def header_of(rows: Sequence[Row]) -> list[Told]:
    """The first rows of the receipt and what is seen in each."""
    return [_told(row) for row in rows[:_MAX_ROWS]]


def address_runs(header: Sequence[Told]) -> list[Run]:
    """The runs of rows that an address may be."""
    return [
        Run(first, last)
        for first in range(len(header))
        if header[first].address is not None
        for last in range(first, min(first + _MAX_ADDRESS_ROWS, len(header)))
        if all(header[i].address is not None for i in range(first, last + 1))
        if any(header[i].cues & {"street", "postcode", "region"} for i in range(first, last + 1))
    ]


def name_runs(header: Sequence[Told]) -> list[Run]:
    """The runs of rows that a name may be."""
    return [
        Run(first, last)
        for first in range(len(header))
        for last in range(first, min(first + _MAX_NAME_ROWS, len(header)))
        if all(header[i].name is not None for i in range(first, last + 1))
        if not _is_cut(header, first, last)
    ]


def _is_cut(header: Sequence[Told], first: int, last: int) -> bool:
    """Whether the run begins or ends in the middle of a name: between brackets, or with what only follows a name."""
    text = " ".join(one.row.text[one.name[0] : one.name[1]] for one in header[first : last + 1] if one.name)
    if text.count("(") != text.count(")"):
        return True
    if last > first and any(one.cues & _OTHER and "company" not in one.cues for one in header[first : last + 1]):
        return True
    return first > 0 and "generic" in header[first].cues and "words" in header[first - 1].cues


_OTHER: Final = frozenset({"paper", "registered", "web", "greeting", "dated", "priced"})


def _is_alike(above: Told, below: Told) -> bool:
    """Whether the two could be one name: plain words of one size, one right under the other."""
    return "words" in above.cues and not _uneven([above, below]) and _gap(above, below) < 1


def address_features(header: Sequence[Told], run: Run) -> Features:
    """What speaks for or against the run as the address."""
    told = header[run.first : run.last + 1]
    found: dict[str, float] = {f"rows={len(told)}": 1.0, "rows": float(len(told))}
    for name in ("street", "postcode", "region", "comma", "number"):
        found[f"any:{name}"] = float(any(name in one.cues for one in told))
    for one in told:
        for name in one.cues:
            _add(found, f"in:{name}")
        if not one.cues & {"street", "postcode", "region", "number", "comma"}:
            _add(found, "in:bare")
    for name in told[0].cues:
        found[f"first:{name}"] = 1.0
    for name in told[-1].cues:
        found[f"last:{name}"] = 1.0
    _beside(found, header, run)
    found["ends on a place"] = float(bool(told[-1].cues & {"postcode", "region"}))
    found["row after the place"] = float(len(told) > 1 and any(one.cues & {"postcode"} for one in told[:-1]))
    found["start"] = run.first / 10
    found["uneven"] = float(_uneven(told))
    found["gap"] = _widest_gap(told)
    return found


def name_features(header: Sequence[Told], run: Run, address: Run | None) -> Features:
    """What speaks for or against the run as the name, where the address is known or missing."""
    told = header[run.first : run.last + 1]
    found: dict[str, float] = {f"rows={len(told)}": 1.0, f"at={min(run.first, 6)}": 1.0}
    for name in ("company", "business"):
        found[f"any:{name}"] = float(any(name in one.cues for one in told))
    for one in told:
        for name in one.cues:
            _add(found, f"in:{name}")
    for name in told[0].cues:
        found[f"first:{name}"] = 1.0
    for name in told[-1].cues:
        found[f"last:{name}"] = 1.0
    found["company in the middle"] = float(any("company" in one.cues for one in told[:-1]))
    elsewhere = [one for one in header if one not in told]
    if not found["any:company"]:
        found["company elsewhere"] = float(any("company" in one.cues for one in elsewhere[:12]))
    usual = median(one.row.size for one in header)
    found["size"] = min(mean(one.row.size for one in told) / usual, 2.5) - 1.0 if usual else 0.0
    found["huge"] = float(usual > 0 and max(one.row.size for one in told) > 3 * usual)
    found["largest"] = float(max(one.row.size for one in told) >= max(one.row.size for one in header[:8]))
    found["uneven"] = float(_uneven(told))
    found["letters"] = mean(_letter_share(one) for one in told)
    found["brief"] = float(sum(len(one.row.text) for one in told) < 6)  # noqa: PLR2004
    found["gap"] = _widest_gap(told)
    _beside(found, header, run)
    _before_address(found, run, address)
    _continued(found, header, run)
    return found


def _before_address(found: dict[str, float], run: Run, address: Run | None) -> None:
    if address is None:
        found["no address"] = 1.0
    elif run.last < address.first:
        found[f"rows to the address={min(address.first - run.last - 1, _FAR)}"] = 1.0
        found["rows to the address"] = min(address.first - run.last - 1, 10) / 5
    elif run.first > address.last:
        found["under the address"] = 1.0
    else:
        found["in the address"] = 1.0


def _continued(found: dict[str, float], header: Sequence[Told], run: Run) -> None:
    """A name over two rows: what ends in the form of a company may have begun above, in letters of the same size."""
    first = header[run.first]
    if run.first:
        above = header[run.first - 1]
        alike = _is_alike(above, first)
        found["alike above"] = float(alike)
        found["alike above, company"] = float(alike and "company" in above.cues)
        found["generic under words"] = float(alike and "generic" in first.cues)
        found["form begins alone"] = float("company alone" in first.cues)
        found["short end of what is above"] = float(
            alike and len(first.row.text) < 0.8 * len(above.row.text) and "company" in first.cues
        )
    if run.last + 1 < len(header):
        below = header[run.last + 1]
        alike = not _uneven([below, header[run.last]]) and _gap(header[run.last], below) < 1
        found["form follows alone"] = float("company alone" in below.cues)
        found["alike below"] = float(alike and "words" in below.cues)
        found["company below"] = float("company" in below.cues and "company" not in header[run.last].cues)


def _beside(found: dict[str, float], header: Sequence[Told], run: Run) -> None:
    for name in header[run.first - 1].cues if run.first else {"edge"}:
        found[f"above:{name}"] = 1.0
    for name in header[run.last + 1].cues if run.last + 1 < len(header) else {"edge"}:
        found[f"below:{name}"] = 1.0
    if run.first and header[run.first - 1].address is None:
        found["above:none"] = 1.0
    if run.last + 1 < len(header) and header[run.last + 1].address is None:
        found["below:none"] = 1.0
    if run.first:
        found["gap above"] = _gap(header[run.first - 1], header[run.first])
    if run.last + 1 < len(header):
        found["gap below"] = _gap(header[run.last], header[run.last + 1])


def _told(row: Row) -> Told:
    start, end = _main_part(row)
    text = row.text[start:end]
    line = cues.folded(text)
    return Told(
        row, _moved(name_part(text, line), start), _moved(address_part(text, line), start), frozenset(_cues(row, line))
    )


def _main_part(row: Row) -> tuple[int, int]:
    """Stamps and notes stand beside the header's lines, at a distance: what has most letters counts."""
    return max(row.parts, key=lambda part: sum(c.isalpha() for c in row.text[part[0] : part[1]]))


def _moved(place: tuple[int, int] | None, by: int) -> tuple[int, int] | None:
    return None if place is None else (place[0] + by, place[1] + by)


def _cues(row: Row, line: str) -> Iterator[str]:
    for name, pattern in _PATTERNS:
        if pattern.search(line):
            yield name
    letters = sum(c.isalpha() for c in line)
    digits = sum(c.isdigit() for c in line)
    worded = letters >= _LEAST_LETTERS
    signs = {
        "street": cues.is_street(line),
        "no words": not worded,
        "number": digits > 0 and letters > 0,
        "digits": digits > letters,
        "starts with a digit": line[:1].isdigit(),
        "comma": line.rstrip(" .").endswith(","),
        "colon": ":" in line,
        "commas": line.count(",") > 1,
        "bracket": line.startswith(("(", "<", "{", "*")),
        "company alone": _is_form_alone(line),
        "open bracket": row.text.count("(") > row.text.count(")"),
        "generic": worded and _own_letters(line) < _LEAST_LETTERS,
        "words": worded and not _TELLING.search(line),
    }
    yield from (name for name, seen in signs.items() if seen)


def _own_letters(line: str) -> int:
    """The letters of what is neither the form of a company nor what any shop is called."""
    return sum(c.isalpha() for c in cues.COMPANY.sub(" ", cues.BUSINESS.sub(" ", line)))


_PATTERNS: Final = (
    ("company", cues.COMPANY),
    ("business", cues.BUSINESS),
    ("postcode", cues.POSTCODE),
    ("region", cues.REGION),
    ("registered", cues.REGISTERED),
    ("registration", cues.REGISTRATION_NUMBER),
    ("phone", cues.PHONE),
    ("web", cues.WEB),
    ("paper", cues.PAPER),
    ("greeting", cues.GREETING),
    ("owned", cues.OWNED),
    ("dated", cues.DAY),
    ("priced", cues.PRICE),
)


_TELLING: Final = re.compile(
    "|".join(
        pattern.pattern
        for pattern in (
            cues.POSTCODE,
            cues.REGISTERED,
            cues.PHONE,
            cues.WEB,
            cues.PAPER,
            cues.GREETING,
            cues.OWNED,
            cues.DAY,
            cues.PRICE,
            cues.STREET,
        )
    )
)


def _is_form_alone(line: str) -> bool:
    rest = cues.COMPANY.sub(" ", line)
    return rest != line and not any(c.isalpha() for c in rest)


def _letter_share(one: Told) -> float:
    start, end = one.name or (0, len(one.row.text))
    text = one.row.text[start:end].replace(" ", "")
    return sum(c.isalpha() for c in text) / max(len(text), 1)


def _uneven(told: Sequence[Told]) -> bool:
    sizes = [one.row.size for one in told]
    return max(sizes) > (1 + _SAME_SIZE) * min(sizes)


def _widest_gap(told: Sequence[Told]) -> float:
    return max((_gap(a, b) for a, b in pairwise(told)), default=0.0)


def _gap(above: Told, below: Told) -> float:
    """The white between two rows in letter heights, at most three."""
    if above.row.page is not below.row.page:
        return 3.0
    white = below.row.box[1] - above.row.box[3]
    return min(max(white / max(above.row.size, below.row.size, 1e-6), 0.0), 3.0)


def _add(found: dict[str, float], name: str) -> None:
    found[name] = found.get(name, 0.0) + 1.0
