"""Contracts: title, parties, clauses and signatures, which prose and headings say rather than labels."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.model.result import Source
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.labelled.around import Surroundings
from docurift.pipeline.extract.labelled.labels import Hit, LabelBook, Meaning, is_label_by_form
from docurift.pipeline.extract.labelled.printed import Habits, read
from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.schemas.folded import folded
from docurift.schemas.wanted import Group, GroupKind, Kind, Wanted

_HEADING: Final = re.compile(
    r"(?:\u00a7\s?\d{1,3}|(?:article|art\.|artikel|art\u00edculo|articolo|artigo|artyku\u0142|clause|section|"
    r"klausel|ziffer)\s\d{1,3}|\d{1,2}[.)])\s*[.:\u2013-]?\s*(?=[^\W\d_])",
    re.IGNORECASE,
)
_MAX_HEADING: Final = 80
_BETWEEN: Final = re.compile(
    r"\b(?:between|zwischen|entre|tra|fra|tussen|pomi\u0119dzy|mi\u0119dzy)\b[:\s]*", re.IGNORECASE
)
_ROLE: Final = re.compile(
    r"[(\u2013-]\s?[^()\"\u201c\u201d\u201e\u00ab\u00bb]{0,60}[\"\u201c\u201e\u00ab\u00bb]([^\"\u201c\u201d\u00ab\u00bb]{2,40})[\"\u201d\u201c\u00ab\u00bb]"
)
_LEAD: Final = re.compile(
    r"^(?:[\s,;.:)\u2013-]|\(?\d\)|\d\.|(?:and|und|et|y|e|en|i|oraz|genannt|(?:the )?one part|der|the)\s)+",
    re.IGNORECASE,
)
_REACH: Final = 1_500
_MAX_PARTIES: Final = 6
_MAX_NAME: Final = 80
_PARTY, _CLAUSE, _SIGNATURE, _TITLE = 0.8, 0.85, 0.8, 0.8
_LAST_PAGES: Final = 2
_SIGNING: Final = ("sign", "unterschrift", "gezeichnet", "firma", "handtekening", "getekend", "assina", "podpis")
_MAX_SIGNING_LINES: Final = 10
_TOP_LINES: Final = 6
_COLUMN_HEIGHTS: Final = 3.0
_BLOCK_HEIGHTS: Final = 9.0


def title(leaf: Wanted, sheets: Sequence[Sheet]) -> dict[str, Found]:
    """The largest line at the top of the first page, if it is larger than what follows."""
    first = next((sheet for sheet in sheets if sheet.segments), None)
    if first is None:
        return {}
    sizes = sorted(segment.size for segment in first.segments)
    ordinary = sizes[len(sizes) // 2]
    top = [one for one in first.segments[:_TOP_LINES] if sum(c.isalpha() for c in first.text(one)) > 3]  # noqa: PLR2004
    best = max(top, key=lambda one: one.size, default=None)
    if best is None or best.size < 1.15 * ordinary or len(first.text(best)) > _MAX_HEADING:
        return {}
    return {leaf.pointer: Found(value=first.text(best), confidence=_TITLE, span=first.span(best.words))}


def found(group: Group, sheets: Sequence[Sheet], habits: Habits) -> dict[str, Found]:
    """What the group asks for, if it is one of those that only contracts have."""
    match group.kind:
        case GroupKind.CLAUSES:
            return _clauses(group, sheets)
        case GroupKind.CONTRACT_PARTIES:
            return _parties(group, sheets)
        case GroupKind.SIGNATURES:
            return _signatures(group, sheets, habits)
        case _:
            return {}


@dataclass(slots=True)
class _Clause:
    sheet: Sheet
    heading: tuple[int, ...]
    words: list[int]
    further: list[str]


def _clauses(group: Group, sheets: Sequence[Sheet]) -> dict[str, Found]:
    clauses: list[_Clause] = []
    for sheet, line in _without_signatures(list(_lines(sheets))):
        text = sheet.text(line)
        if _HEADING.match(text) and len(text) <= _MAX_HEADING and not text.endswith((",", ";")):
            clauses.append(_Clause(sheet, line.words, [], []))
        elif clauses and clauses[-1].sheet is sheet:
            clauses[-1].words.extend(line.words)
        elif clauses:
            clauses[-1].further.append(text)
    told = [one for one in clauses if one.words]
    return {pointer: value for place, one in enumerate(told) for pointer, value in _clause(group, place, one)}


def _without_signatures(lines: list[tuple[Sheet, Segment]]) -> list[tuple[Sheet, Segment]]:
    """The lines up to the labels at the end, beside which the parties sign."""
    first = max(len(lines) - _MAX_SIGNING_LINES, 0)
    for place in range(first, len(lines)):
        sheet, line = lines[place]
        if is_label_by_form(sheet.texts(line)):
            return lines[:place]
    return lines


def _clause(group: Group, place: int, clause: _Clause) -> Iterator[tuple[str, Found]]:
    heading, text = (f"{group.pointer}/{place}{leaf.pointer}" for leaf in group.leaves[:2])
    head, said = clause.sheet.span(clause.heading), clause.sheet.span(clause.words)
    yield heading, Found(value=head.text, confidence=_CLAUSE, span=head)
    if clause.further:
        # No place of one page says it all.
        whole = " ".join([said.text, *clause.further])
        yield text, Found(value=whole, confidence=0.7, source=Source.DERIVED, derived_from=(heading,))
    else:
        yield text, Found(value=said.text, confidence=_CLAUSE, span=said)


def _lines(sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, Segment]]:
    for sheet in sheets:
        for block in sheet.page.blocks:
            start = 0
            words = block.words
            for place in range(1, len(words) + 1):
                if place == len(words) or _is_new_line(sheet, words[place - 1], words[place]):
                    line = sheet.of_words(words[start:place])
                    if line is not None:
                        yield sheet, line
                    start = place


def _is_new_line(sheet: Sheet, before: int, after: int) -> bool:
    above, below = sheet.page.words[before].box, sheet.page.words[after].box
    return below[0] < above[0] or below[1] > above[3]


def _parties(group: Group, sheets: Sequence[Sheet]) -> dict[str, Found]:
    """`between A, of B-Street 1 ("Role") and C ("Role")`: the roles in their quotation marks part the parties."""
    for sheet in sheets[:_LAST_PAGES]:
        words = tuple(range(len(sheet.page.words)))
        text = " ".join(word.text for word in sheet.page.words)
        between = _BETWEEN.search(text)
        if between is None:
            continue
        place, values, start = 0, dict[str, Found](), between.end()
        for role in _ROLE.finditer(text, start, start + _REACH):
            party = _party(group, place, _Prose(sheet, words, text), start, role)
            start = role.end()
            if party and place < _MAX_PARTIES:
                values |= party
                place += 1
        if place > 1:
            return values
    return {}


@dataclass(frozen=True, slots=True)
class _Prose:
    """A page's words in reading order, joined by blanks."""

    sheet: Sheet
    words: tuple[int, ...]
    text: str


def _party(group: Group, place: int, prose: _Prose, start: int, role: re.Match[str]) -> dict[str, Found]:
    text = prose.text
    piece = text[start : role.start()]
    lead = _LEAD.match(piece)
    at = start + (lead.end() if lead else 0)
    name_end = next((i for i in range(at, role.start()) if text[i] == "," or text[i : i + 2] == " ("), role.start())
    name, address = text[at:name_end].strip(" ,"), text[name_end : role.start()].strip(" ,(\u2013-")
    if not 2 < len(name) <= _MAX_NAME or not name[0].isupper():  # noqa: PLR2004
        return {}
    address_at = text.index(address, name_end) if address else 0
    parts = {
        "name": (name, at, at + len(name)),
        "role": (role[1].strip(), role.start(1), role.end(1)),
        "address": (address, address_at, address_at + len(address)),
    }
    values: dict[str, Found] = {}
    for leaf in group.leaves:
        said, begin, end = parts.get(leaf.pointer.removeprefix("/"), ("", 0, 0))
        if said and (leaf.pointer != "/address" or any(c.isdigit() for c in said)):
            span = prose.sheet.span_in(prose.words, begin, end)
            values[f"{group.pointer}/{place}{leaf.pointer}"] = Found(value=said, confidence=_PARTY, span=span)
    return values


def _signatures(group: Group, sheets: Sequence[Sheet], habits: Habits) -> dict[str, Found]:
    """Blocks of `Name:`, `Title:`, `Date:` under each other, at the end of the document."""
    labels = [
        (text, Meaning(owner, rank)) for owner, leaf in enumerate(group.leaves) for rank, text in enumerate(leaf.labels)
    ]
    book = LabelBook(labels)
    values: dict[str, Found] = {}
    place = 0
    for sheet in sheets[-_LAST_PAGES:]:
        around = Surroundings(sheet, book)
        said = [
            (leaf, hit, one)
            for hit in around.hits
            for leaf in _named(group, hit)
            if (one := _value(around, hit, leaf, habits))
        ]
        names = [one for one in said if one[0].kind is Kind.TEXT and one[0] is group.leaves[0]]
        for _, name_hit, name in names:
            near = [
                (leaf, one)
                for leaf, hit, one in said
                if leaf is not group.leaves[0] and _is_one_block(sheet, name_hit, hit)
            ]
            if not near and not _is_signing(sheet, name_hit):
                continue
            values[f"{group.pointer}/{place}{group.leaves[0].pointer}"] = name
            for leaf, one in near:
                values.setdefault(f"{group.pointer}/{place}{leaf.pointer}", one)
            place += 1
    return values


def _is_signing(sheet: Sheet, hit: Hit) -> bool:
    """Whether the label itself says that somebody signs."""
    label = folded(" ".join(sheet.texts(hit.segment)[hit.start : hit.end]))
    return label.startswith(_SIGNING)


def _named(group: Group, hit: Hit) -> Iterator[Wanted]:
    for meaning in hit.meanings:
        yield group.leaves[meaning.owner]


def _value(around: Surroundings, hit: Hit, leaf: Wanted, habits: Habits) -> Found | None:
    if not hit.is_marked:
        return None
    for nearby in around.nearby(hit)[:1]:
        text = around.sheet.text(nearby.segment)
        said = read(text, leaf, habits)
        if said:
            span = around.sheet.span_in(nearby.segment.words, said[0].start, said[0].end)
            return Found(value=said[0].value, confidence=_SIGNATURE, span=span)
    return None


def _is_one_block(sheet: Sheet, name: Hit, other: Hit) -> bool:
    a, b = name.segment.box, other.segment.box
    aligned = abs(a[0] - b[0]) * sheet.aspect <= _COLUMN_HEIGHTS * name.segment.size
    return aligned and abs(a[1] - b[1]) <= _BLOCK_HEIGHTS * name.segment.size
