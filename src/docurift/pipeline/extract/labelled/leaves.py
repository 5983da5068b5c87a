"""Plain values: every label with whatever around it can be read as its kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docurift.pipeline.extract.found import Found, Span
from docurift.pipeline.extract.labelled.around import Nearby, Place, Surroundings
from docurift.pipeline.extract.labelled.choose import Candidate
from docurift.pipeline.extract.labelled.labels import Hit
from docurift.pipeline.extract.labelled.printed import Habits, Printed, letter_of_unit, read
from docurift.pipeline.values.cargo import dimensions_in, unit_of_mass_in, unit_of_volume_in
from docurift.schemas.wanted import Group, Kind, Wanted

# The first labels of a list are the usual ones; the last may mean other things as well.
_RANK_STEP, _LEAST_RANK_FACTOR = 0.004, 0.9
_LATER_PAGE, _LEAST_PAGE_FACTOR = 0.99, 0.9
_SEVERAL_FACTOR = 0.8
_PARAGRAPH_LINES, _PARAGRAPH_APART = 8, 0.9
# What may be anything must stand where nothing else could be meant.
_WEAK_OPEN = 0.85
_WEAK_KINDS = frozenset({Kind.TEXT, Kind.PARAGRAPH})
_DERIVED_KINDS = frozenset({Kind.UNIT, Kind.SIGNED, Kind.LENGTH, Kind.TITLE})


def candidates(
    around: Surroundings, leaves: Sequence[tuple[int, Wanted]], habits: Habits, hit: Hit
) -> Iterator[Candidate]:
    """What stands around one label, for each of the properties that it may name, given with their ranks."""
    for rank_owner, wanted in leaves:
        owner, rank = divmod(rank_owner, RANKS)
        if wanted.kind in _DERIVED_KINDS:
            continue
        weight = hit.likeness * max(1 - _RANK_STEP * rank, _LEAST_RANK_FACTOR) * _page_factor(around)
        for nearby in around.nearby(hit):
            yield from _read(_Look(around, hit, nearby, habits), wanted, owner=owner, weight=weight)


RANKS = 1_000
"""More than a property has labels."""


def _page_factor(around: Surroundings) -> float:
    return max(_LATER_PAGE ** (around.sheet.page.number - 1), _LEAST_PAGE_FACTOR)


@dataclass(frozen=True, slots=True)
class _Look:
    """A label, and words beside it."""

    around: Surroundings
    hit: Hit
    nearby: Nearby
    habits: Habits


def _read(look: _Look, wanted: Wanted, *, owner: int, weight: float) -> Iterator[Candidate]:
    sheet = look.around.sheet
    words = _words(look.around, look.nearby, wanted)
    said = read(" ".join(sheet.page.words[i].text for i in words), wanted, look.habits)
    if not said:
        return
    first = said[0]
    touched = sheet.touched(words, first.start, first.end)
    sure = weight * look.nearby.place.weight * first.certainty * sheet.surest(touched)
    if wanted.kind in _WEAK_KINDS and look.nearby.place is Place.OPEN:
        sure *= _WEAK_OPEN
    if len({str(one.value) for one in said}) > 1:
        sure *= _SEVERAL_FACTOR
    if touched:
        unit = _unit(look.around, words, first, wanted, look.hit)
        yield Candidate(
            owner=owner, wanted=wanted, value=first.value, confidence=sure, span=sheet.span(touched), unit=unit
        )


def _words(around: Surroundings, nearby: Nearby, wanted: Wanted) -> tuple[int, ...]:
    if wanted.kind is not Kind.PARAGRAPH:
        return nearby.segment.words
    lines = around.lines_from(nearby.segment, most=_PARAGRAPH_LINES, apart=_PARAGRAPH_APART)
    return tuple(word for line in lines for word in line.words)


def _unit(around: Surroundings, words: tuple[int, ...], said: Printed, wanted: Wanted, hit: Hit) -> Span | None:
    """The words of the unit: behind the number, or in the label."""
    if said.unit_at is not None:
        return around.sheet.span_in(words, *said.unit_at)
    look = {Kind.WEIGHT: unit_of_mass_in, Kind.VOLUME: unit_of_volume_in}.get(wanted.kind)
    label = around.label_of(hit)
    at = None if look is None else look(around.sheet.text(label))
    return None if at is None else around.sheet.span_in(label.words, *at)


def dimensions(around: Surroundings, group: Group, hit: Hit) -> dict[str, Found]:
    """Length, width and height, in the order of the object's properties."""
    for nearby in around.nearby(hit):
        words = nearby.segment.words
        said = dimensions_in(around.sheet.text(nearby.segment))
        if len(said) != 1:
            continue
        sure = hit.likeness * nearby.place.weight * around.sheet.surest(words)
        whole = around.sheet.span_in(words, said[0].start, said[0].end)
        sides = [leaf for leaf in group.leaves if leaf.kind is Kind.LENGTH]
        found = {
            group.pointer + leaf.pointer: Found(value=float(value), confidence=round(sure, 4), span=whole)
            for leaf, value in zip(sides, said[0].values, strict=False)
        }
        unit = group.of_kind(Kind.UNIT)
        if unit is not None and said[0].unit is not None:
            text = around.sheet.text(nearby.segment)[slice(*said[0].unit)]
            found[group.pointer + unit.pointer] = Found(value=text, confidence=round(sure, 4), span=whole)
        return found
    return {}


def unit_found(leaf: Wanted, of: Candidate) -> Found | None:
    """The unit of a quantity that was found."""
    if of.unit is None:
        return None
    text = of.unit.text.strip("()[].,: ")
    value = letter_of_unit(_letters(text)) if leaf.kind is Kind.WEIGHT_UNIT else _letters(text)
    return Found(value=value, confidence=round(min(of.confidence, 0.97), 4), span=of.unit)


def _letters(text: str) -> str:
    """`346.5K` has its unit at its end."""
    start = next((place for place, c in enumerate(text) if c.isalpha()), 0)
    return text[start:]


def parent_of(pointer: str) -> str:
    """The object that a property is in."""
    return pointer.rpartition("/")[0]
