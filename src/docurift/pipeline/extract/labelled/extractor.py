"""The extractor of a schema: labels, then values, then what hangs on them."""

from collections.abc import Iterator, Sequence
from typing import Final

from docurift.model.result import Page, ResultWarning, WarningCode
from docurift.pipeline.extract.found import Extractor, Findings, Found, Span
from docurift.pipeline.extract.labelled import contract, leaves
from docurift.pipeline.extract.labelled.around import Surroundings
from docurift.pipeline.extract.labelled.choose import Candidate, chosen
from docurift.pipeline.extract.labelled.labels import Hit, LabelBook, Meaning
from docurift.pipeline.extract.labelled.parties import PartyFinder
from docurift.pipeline.extract.labelled.printed import Habits, habits_of, read
from docurift.pipeline.extract.labelled.rows import RowFinder
from docurift.pipeline.extract.labelled.sheet import Sheet
from docurift.pipeline.extract.labelled.stops import STOPS
from docurift.pipeline.read import Reading
from docurift.schemas.catalogue import Schema
from docurift.schemas.folded import folded
from docurift.schemas.wanted import GroupKind, Kind, Wanted, Wish, wish_of

# Values that stand once in a document stand near its beginning or its end.
_FIRST_PAGES, _LAST_PAGES = 20, 5
_TABLE_PAGES: Final = 300
_FEW_SHARE: Final = 0.25
_FEW_WANTED: Final = 5
# In a party's block these have labels that any other party has as well.
_OF_ANYBODY: Final = frozenset({Kind.PHONE, Kind.EMAIL, Kind.TAX_ID})
_OF_PARTIES: Final = frozenset({Kind.NAME, Kind.ADDRESS, Kind.CITY, Kind.STATE, Kind.POSTAL_CODE, Kind.COUNTRY})
_TOP_LINES: Final = 8
_IN_TITLE: Final = 0.7
_BESIDE_AMOUNT: Final = 0.95


def labelled(schema: Schema) -> Extractor:
    """Finds the values of `schema` by the labels in its hints."""
    return _Labelled(wish_of(schema)).extract


def labelled_wish(wish: Wish) -> Extractor:
    """As `labelled`, of what was asked for already."""
    return _Labelled(wish).extract


class _Labelled:
    """What a schema asks for, ready to be looked for in any document."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._groups = [group for group in wish.groups if group.kind in {GroupKind.PARTY, GroupKind.DIMENSIONS}]
        self._leaves = [*wish.leaves, *_free_leaves(wish)]
        self._parties = [PartyFinder(group) for group in self._groups]
        self._rows = [RowFinder(group) for group in wish.groups if group.kind is GroupKind.ROWS]
        named = [*((leaf.labels) for leaf in self._leaves), *(group.labels for group in self._groups)]
        labels = [(text, Meaning(owner, rank)) for owner, texts in enumerate(named) for rank, text in enumerate(texts)]
        self._book = LabelBook(labels, stops=STOPS)

    def extract(self, reading: Reading, language: str | None) -> Findings:
        """The values of the schema in these pages."""
        sheets = [Sheet(page) for page in _first_and_last(reading)]
        habits = habits_of((sheet.text(segment) for sheet in sheets for segment in sheet.segments), language)
        surroundings = [Surroundings(sheet, self._book) for sheet in sheets]
        rows, claimed = self._lists(sheets, reading, habits)
        values = self._plain(surroundings, habits, claimed)
        values |= self._blocks(surroundings, habits) | rows
        for group in self._wish.groups:
            values |= contract.found(group, sheets, habits)
        for leaf in self._leaves:
            values |= contract.title(leaf, sheets) if leaf.kind is Kind.TITLE else {}
        return Findings(values=values, warnings=tuple(self._warnings(values)))

    def _lists(
        self, sheets: Sequence[Sheet], reading: Reading, habits: Habits
    ) -> tuple[dict[str, Found], set[tuple[int, int]]]:
        """The items of every list, and the words of their tables, by page: heads and cells are nobody else's."""
        known = {sheet.page.number for sheet in sheets}
        middle = [Sheet(page) for page in reading.pages[:_TABLE_PAGES] if page.tables and page.number not in known]
        ordered = sorted([*sheets, *middle], key=lambda sheet: sheet.page.number)
        values: dict[str, Found] = {}
        claimed: set[tuple[int, int]] = set()
        for rows in self._rows:
            found, words = rows.found(ordered, habits)
            values |= found
            claimed |= words
        return values, claimed

    def _plain(
        self, surroundings: Sequence[Surroundings], habits: Habits, claimed: set[tuple[int, int]]
    ) -> dict[str, Found]:
        found: list[Candidate] = []
        for around in surroundings:
            page = around.sheet.page.number
            for hit in around.hits:
                if (page, hit.segment.words[hit.start]) not in claimed:
                    found += leaves.candidates(around, self._named_by(hit), habits, hit)
        found = [one for one in found if not any((one.span.page, word) in claimed for word in one.span.words)]
        best = chosen(found)
        values = {one.wanted.pointer: one.found() for one in best.values()}
        values |= self._hanging(best)
        values |= self._by_title(surroundings, values, habits)
        return values | self._currencies(surroundings, best, values, habits)

    def _named_by(self, hit: Hit) -> list[tuple[int, Wanted]]:
        count = len(self._leaves)
        return [
            (meaning.owner * leaves.RANKS + meaning.rank, self._leaves[meaning.owner])
            for meaning in hit.meanings
            if meaning.owner < count
        ]

    def _hanging(self, best: dict[int, Candidate]) -> dict[str, Found]:
        """Units of what was found, and that a signature is there."""
        values: dict[str, Found] = {}
        for leaf in self._leaves:
            beside = [
                one for one in best.values() if leaves.parent_of(one.wanted.pointer) == leaves.parent_of(leaf.pointer)
            ]
            match leaf.kind:
                case Kind.UNIT | Kind.WEIGHT_UNIT:
                    units = [
                        unit
                        for one in beside
                        if one.wanted.kind in {Kind.WEIGHT, Kind.VOLUME} and (unit := leaves.unit_found(leaf, one))
                    ]
                    values |= {leaf.pointer: units[0]} if units else {}
                case Kind.SIGNED:
                    names = [one for one in beside if one.wanted.kind is Kind.TEXT]
                    values |= (
                        {leaf.pointer: Found(value=True, confidence=names[0].found().confidence, span=names[0].span)}
                        if names
                        else {}
                    )
                case _:
                    pass
        return values

    def _by_title(
        self, surroundings: Sequence[Surroundings], values: dict[str, Found], habits: Habits
    ) -> dict[str, Found]:
        """What a document is often says in its title: `Import declaration`."""
        found: dict[str, Found] = {}
        sheets = [around.sheet for around in surroundings[:1]]
        for leaf in self._leaves:
            if leaf.pointer in values or leaf.kind is not Kind.CHOICE:
                continue
            for sheet in sheets:
                titles = [line for line in sheet.segments[:_TOP_LINES] if _names(sheet.text(line), leaf)]
                said = [(line, read(sheet.text(line), leaf, habits)) for line in titles]
                told = [(line, one[0].value) for line, one in said if one]
                if len({str(value) for _, value in told}) == 1:
                    line, value = told[0]
                    found[leaf.pointer] = Found(value=value, confidence=_IN_TITLE, span=sheet.span(line.words))
        return found

    def _currencies(
        self, surroundings: Sequence[Surroundings], best: dict[int, Candidate], values: dict[str, Found], habits: Habits
    ) -> dict[str, Found]:
        """The currency of an amount, from the code or sign beside it."""
        sheets = {around.sheet.page.number: around.sheet for around in surroundings}
        found: dict[str, Found] = {}
        amounts = sorted(
            (one for one in best.values() if one.wanted.kind is Kind.AMOUNT), key=lambda one: -one.confidence
        )
        for leaf in self._leaves:
            if leaf.kind is not Kind.CURRENCY:
                continue
            said = [one for amount in amounts if (one := _currency_at(sheets[amount.span.page], amount, leaf, habits))]
            told = values.get(leaf.pointer)
            if said and (told is None or told.confidence < said[0].confidence):
                found[leaf.pointer] = said[0]
        return found

    def _blocks(self, surroundings: Sequence[Surroundings], habits: Habits) -> dict[str, Found]:
        """Of each party and each object of dimensions the block that says most."""
        values: dict[str, Found] = {}
        for place, (group, party) in enumerate(zip(self._groups, self._parties, strict=True)):
            owner = len(self._leaves) + place
            options: list[dict[str, Found]] = []
            for around in surroundings:
                for hit in around.hits:
                    ranks = [meaning.rank for meaning in hit.meanings if meaning.owner == owner]
                    if not ranks:
                        continue
                    if group.kind is GroupKind.DIMENSIONS:
                        options.append(leaves.dimensions(around, group, hit))
                    else:
                        likeness = hit.likeness * max(1 - 0.01 * ranks[0], 0.9)
                        options.append(party.found(around, hit, likeness, habits))
            options.sort(key=lambda one: sum(found.confidence for found in one.values()))
            values |= options[-1] if options else {}
        return values

    def _warnings(self, values: dict[str, Found]) -> Iterator[ResultWarning]:
        """What is hardly of this type at all: a few values of any paper fit the labels of some other one."""
        wanted = {pointer.split("/")[1] for pointer in self._pointers()}
        told = {pointer.split("/")[1] for pointer in values}
        if len(told) > _FEW_SHARE * len(wanted) and (len(told) > 1 or len(wanted) < _FEW_WANTED):
            return
        what = f"{self._wish.title}: " if self._wish.title else ""
        message = (
            f"{what}hardly any of the fields asked for stand on this document. Check `documentType`, or the names and "
            "titles of your `schema`."
        )
        yield ResultWarning(code=WarningCode.TYPE_MISMATCH, message=message)

    def _pointers(self) -> Iterator[str]:
        yield from (leaf.pointer for leaf in self._wish.leaves)
        yield from (group.pointer for group in self._wish.groups)


def _names(text: str, leaf: Wanted) -> bool:
    """Whether one of the property's labels stands in the text: `Import declaration`."""
    plain = f" {folded(text)} "
    return any(f" {folded(label)} " in plain for label in leaf.labels)


def _currency_at(sheet: Sheet, amount: Candidate, leaf: Wanted, habits: Habits) -> Found | None:
    """The currency within the amount's own words, or in the word before or behind."""
    words = amount.span.words
    for look in (words, (words[0] - 1,), (words[-1] + 1,)):
        inside = [i for i in look if 0 <= i < len(sheet.page.words)]
        if not inside or not _is_on_line(sheet, words, inside):
            continue
        span: Span = sheet.span(inside)
        said = read(span.text, leaf, habits)
        if said:
            sure = min(amount.confidence * _BESIDE_AMOUNT * said[0].certainty + 0.04, 0.97)
            return Found(value=said[0].value, confidence=round(sure, 4), span=span)
    return None


def _is_on_line(sheet: Sheet, words: Sequence[int], others: Sequence[int]) -> bool:
    box, other = sheet.union(words), sheet.union(others)
    middle = (other[1] + other[3]) / 2
    return box[1] <= middle <= box[3]


def _free_leaves(wish: Wish) -> list[Wanted]:
    """What of a party stands anywhere on the page: properties whose labels no other party's have."""
    parties = [group for group in wish.groups if group.kind is GroupKind.PARTY]
    shared: dict[str, int] = {}
    for group in parties:
        for label in {label for leaf in group.leaves for label in leaf.labels}:
            shared[label] = shared.get(label, 0) + 1
    return [
        Wanted(pointer=group.pointer + leaf.pointer, kind=leaf.kind, labels=leaf.labels, choices=leaf.choices)
        for group in parties
        for leaf in group.leaves
        if leaf.labels
        and leaf.kind not in _OF_ANYBODY | _OF_PARTIES
        and not any(shared[label] > 1 for label in leaf.labels)
    ]


def _first_and_last(reading: Reading) -> Sequence[Page]:
    pages = reading.pages
    if len(pages) <= _FIRST_PAGES + _LAST_PAGES:
        return pages
    return (*pages[:_FIRST_PAGES], *pages[-_LAST_PAGES:])
