"""A party: the block of lines below its label, taken apart into name, address, place and numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from docurift.model.result import Json
from docurift.pipeline.extract.found import Found
from docurift.pipeline.extract.labelled.around import Place, Surroundings
from docurift.pipeline.extract.labelled.labels import Hit, LabelBook, Meaning
from docurift.pipeline.extract.labelled.printed import Habits, Printed, read
from docurift.pipeline.extract.labelled.sheet import Segment, Sheet
from docurift.pipeline.values.addresses import Locality, is_street, locality_in
from docurift.pipeline.values.countries import country_of
from docurift.schemas.wanted import Group, Kind

_MAX_LINES: Final = 8
_APART_HEIGHTS: Final = 0.9
_NAME, _ADDRESS, _PART, _PERSON = 1.0, 0.95, 1.0, 0.95
_CONTACT: Final = "/contact"
_MAX_PERSON_WORDS: Final = 4
_MAX_NAME: Final = 100
_COMMA: Final = re.compile(r",\s")
# Beside whatever labels the schema has: what stands in blocks of addresses, and is no part of them.
_ASIDE: Final = (
    "tel", "phone", "telephone", "telefon", "fax", "telefax", "mobile", "e-mail", "email", "mail", "web", "www", "vat",
    "vat no", "ust-idnr", "tva", "iva", "nif", "nip", "btw", "attn", "contact", "account no", "eori", "tax id", "ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A party's lines on a page, and how much their place says."""

    sheet: Sheet
    lines: tuple[Segment, ...]
    weight: float


class PartyFinder:
    """Finds one party by its labels."""

    def __init__(self, group: Group) -> None:
        """Its inner labels are looked for within its block only."""
        self._group = group
        inner = [
            (label, Meaning(owner, rank))
            for owner, leaf in enumerate(group.leaves)
            for rank, label in enumerate(leaf.labels)
        ]
        self._book = LabelBook(inner, stops=_ASIDE)

    def found(self, around: Surroundings, hit: Hit, likeness: float, habits: Habits) -> dict[str, Found]:
        """The party's values by their pointers, from the block at this label."""
        block = self._block(around, hit, likeness)
        if block is None:
            return {}
        free, values = self._inner(block, habits)
        values = self._parts(Block(block.sheet, tuple(free), block.weight)) | values
        return {self._group.pointer + pointer: value for pointer, value in values.items()}

    def _block(self, around: Surroundings, hit: Hit, likeness: float) -> Block | None:
        inner = _WithInner(around, self._book)
        behind = around.behind(hit)
        label = around.label_of(hit)
        if behind is not None:
            lines = (behind, *inner.continued(behind, label))
            return Block(around.sheet, lines, likeness * (Place.OPEN if hit.is_open else Place.BEHIND).weight)
        for one in around.nearby(hit):
            return Block(around.sheet, tuple(inner.lines(one.segment)), likeness * one.place.weight)
        return None

    def _inner(self, block: Block, habits: Habits) -> tuple[list[Segment], dict[str, Found]]:
        """The lines without those that begin with a label of their own, and what those labels say."""
        free: list[Segment] = []
        values: dict[str, Found] = {}
        for line in block.lines:
            hits = [hit for hit in self._book.hits(block.sheet, line) if self._says(block.sheet, hit)]
            start = hits[0].start if hits else len(line.words)
            before = block.sheet.part(line, 0, start)
            if before is not None:
                free.append(before)
            for place, hit in enumerate(hits):
                end = hits[place + 1].start if place + 1 < len(hits) else None
                behind = block.sheet.part(line, hit.end, end)
                if behind is not None:
                    self._take(values, block, hit, behind, habits)
        return free, values

    def _says(self, sheet: Sheet, hit: Hit) -> bool:
        """A label that goes over into its value by a blank alone is one if a number follows: `Tel 040 1234`."""
        behind = sheet.part(hit.segment, hit.end)
        return not hit.is_open or (behind is not None and any(c.isdigit() for c in sheet.texts(behind)[0]))

    def _take(self, values: dict[str, Found], block: Block, hit: Hit, behind: Segment, habits: Habits) -> None:
        for meaning in hit.meanings:
            leaf = self._group.leaves[meaning.owner]
            said = read(block.sheet.text(behind), leaf, habits)
            if said and leaf.pointer not in values:
                values[leaf.pointer] = _found(block, behind.words, said[0], _PART)

    def _parts(self, block: Block) -> dict[str, Found]:
        values: dict[str, Found] = {}
        lines = list(_split(block))
        name = self._group.of_kind(Kind.NAME)
        if lines and name is not None and _is_name(block.sheet.text(lines[0])):
            first = lines.pop(0)
            values[name.pointer] = _whole(block, [first], _NAME)
        elif name is not None:
            return {}
        contact = next((leaf for leaf in self._group.leaves if leaf.pointer == _CONTACT), None)
        if contact is not None and len(lines) > 1 and _is_person(block.sheet, lines):
            values[contact.pointer] = _whole(block, [lines.pop(0)], _PERSON)
        return values | (self._places(block, lines) if lines else {})

    def _places(self, block: Block, lines: list[Segment]) -> dict[str, Found]:
        values: dict[str, Found] = {}
        kept: list[Segment] = []
        for line in lines:
            text = block.sheet.text(line)
            country = country_of(text) if self._wants(Kind.COUNTRY) else None
            place = locality_in(text) if country is None else None
            if country is not None:
                self._put(values, Kind.COUNTRY, _found(block, line.words, _said(text, country), _PART))
            elif place is not None and self._wants(Kind.CITY):
                before = block.sheet.part(line, 0, len(block.sheet.touched(line.words, 0, place.start)))
                kept += [before] if before is not None and place.start > 0 else []
                self._locality(values, block, line, place)
            else:
                kept.append(line)
        if kept:
            self._put(values, Kind.ADDRESS, _whole(block, kept, _ADDRESS))
        return values

    def _locality(self, values: dict[str, Found], block: Block, line: Segment, place: Locality) -> None:
        text = block.sheet.text(line)
        for kind, at in ((Kind.POSTAL_CODE, place.postal_code), (Kind.CITY, place.city), (Kind.STATE, place.state)):
            if at is not None:
                printed = Printed(start=at[0], end=at[1], value=text[at[0] : at[1]].strip(" ,"))
                self._put(values, kind, _found(block, line.words, printed, _PART))
        if place.country is not None and place.country_at is not None:
            printed = Printed(start=place.country_at[0], end=place.country_at[1], value=place.country)
            self._put(values, Kind.COUNTRY, _found(block, line.words, printed, _PART))

    def _put(self, values: dict[str, Found], kind: Kind, found: Found) -> None:
        leaf = self._group.of_kind(kind)
        if leaf is not None:
            values.setdefault(leaf.pointer, found)

    def _wants(self, kind: Kind) -> bool:
        return self._group.of_kind(kind) is not None


class _WithInner:
    """The lines of a block: labels of its own do not end it, any others do."""

    def __init__(self, around: Surroundings, book: LabelBook) -> None:
        self._around, self._book = around, book

    def lines(self, first: Segment) -> Iterator[Segment]:
        yield first
        last = first
        for _ in range(_MAX_LINES - 1):
            following = self._under(first, last)
            if following is None:
                return
            yield following
            last = following

    def continued(self, behind: Segment, label: Segment) -> list[Segment]:
        """The lines below, where the block begins behind its label: they stand under it or under the label."""
        if self._under(behind, behind) is not None:
            return list(self.lines(behind))[1:]
        lines = list(self.lines(label))[1:]
        # Under the label alone the next box may stand as well: lines that are no part of an address end the block.
        return list(takewhile(self._belongs, lines))

    def _belongs(self, line: Segment) -> bool:
        text = self._around.sheet.text(line)
        is_place = locality_in(text) is not None or country_of(text) is not None
        return is_place or is_street(text) or bool(self._book.hits(self._around.sheet, line))

    def _under(self, first: Segment, last: Segment) -> Segment | None:
        sheet = self._around.sheet
        for one in sheet.below(last.box, _APART_HEIGHTS * max(last.size, first.size)):
            if abs(one.box[0] - first.box[0]) * sheet.aspect > 1.2 * max(first.size, one.size):
                continue
            is_inner = bool(self._book.hits(sheet, one))
            return one if is_inner or not self._around.is_label(one) else None
        return None


def _split(block: Block) -> Iterator[Segment]:
    """The lines; a name that goes on into its address after a comma is parted from it."""
    for place, line in enumerate(block.lines):
        texts = block.sheet.texts(line)
        comma = next((i for i, text in enumerate(texts[:-1], start=1) if text.endswith(",")), None)
        rest = texts[comma:] if comma is not None else []
        if place == 0 and comma is not None and any(c.isdigit() for text in rest for c in text):
            yield from (one for one in (block.sheet.part(line, 0, comma), block.sheet.part(line, comma)) if one)
        else:
            yield line


def _is_person(sheet: Sheet, lines: Sequence[Segment]) -> bool:
    """Whether a person's name stands between the company and its street."""
    words = sheet.texts(lines[0])
    named = 1 < len(words) <= _MAX_PERSON_WORDS and all(word[0].isupper() and word.isalpha() for word in words)
    follows = sheet.text(lines[1])
    is_street_there = any(c.isdigit() for c in follows) and locality_in(follows) is None
    text = sheet.text(lines[0])
    return named and is_street_there and not is_street(text) and country_of(text) is None


def _is_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 and len(text) <= _MAX_NAME and letters >= len(text) / 3 and locality_in(text) is None  # noqa: PLR2004


def _said(text: str, value: Json) -> Printed:
    return Printed(start=0, end=len(text), value=value)


def _whole(block: Block, lines: Sequence[Segment], confidence: float) -> Found:
    words = [word for line in lines for word in line.words]
    text = ", ".join(block.sheet.text(line).strip(" ,;:") for line in lines)
    sure = confidence * block.weight * block.sheet.surest(words)
    return Found(value=text, confidence=round(sure, 4), span=block.sheet.span(words))


def _found(block: Block, words: Sequence[int], printed: Printed, confidence: float) -> Found:
    touched = block.sheet.touched(words, printed.start, printed.end)
    sure = confidence * block.weight * printed.certainty * block.sheet.surest(touched)
    return Found(value=printed.value, confidence=round(sure, 4), span=block.sheet.span(touched))
