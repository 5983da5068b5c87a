"""What a schema asks for, as the finding of values needs it: every plain value with its kind and its labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from docurift.schemas.catalogue import HINTS, Schema, escaped, type_of


class Kind(StrEnum):
    """How a value looks on a page; `x-docurift.kind` of a property says it."""

    TEXT = "text"  # one line
    PARAGRAPH = "paragraph"  # lines that belong together
    TITLE = "title"  # the document's own heading
    IDENTIFIER = "identifier"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    NUMBER = "number"
    INTEGER = "integer"
    CURRENCY = "currency"
    COUNTRY = "country"
    WEIGHT = "weight"
    VOLUME = "volume"
    LENGTH = "length"  # of an object of kind `dimensions`
    UNIT = "unit"  # of the quantity beside it in the same object
    WEIGHT_UNIT = "weight_unit"  # K or L
    CONTAINER_NUMBER = "container_number"
    AWB_NUMBER = "awb_number"
    IATA = "iata"
    SCAC = "scac"
    HS_CODE = "hs_code"
    TAX_ID = "tax_id"
    EMAIL = "email"
    PHONE = "phone"
    BOOLEAN = "boolean"
    CHOICE = "choice"  # one of `enum`; `x-docurift.choices` has the words for each
    SIGNED = "signed"  # true where a name stands in the same object
    # Parts of a party's block of lines.
    NAME = "name"
    ADDRESS = "address"
    CITY = "city"
    STATE = "state"
    POSTAL_CODE = "postal_code"


class GroupKind(StrEnum):
    """How an object or a list is found as a whole."""

    PARTY = "party"  # a block of lines: name, street, place
    DIMENSIONS = "dimensions"  # length x width x height
    ROWS = "rows"  # a table
    CLAUSES = "clauses"  # headings, and the text below each
    CONTRACT_PARTIES = "contract_parties"  # who a contract is between
    SIGNATURES = "signatures"  # who signs at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A plain value that is asked for. In a list, `pointer` is that of the property within an item. `labels` go from
    the best to the weakest.
    """

    pointer: str
    kind: Kind
    labels: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An object or a list that is found as a whole."""

    pointer: str
    kind: GroupKind
    labels: tuple[str, ...]
    leaves: tuple[Wanted, ...]

    def of_kind(self, kind: Kind) -> Wanted | None:
        """The first of its values that is of this kind."""
        return next((leaf for leaf in self.leaves if leaf.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All that a schema asks for."""

    title: str
    leaves: tuple[Wanted, ...]
    groups: tuple[Group, ...]


_KIND_OF_TYPE: Final = {"boolean": Kind.BOOLEAN, "integer": Kind.INTEGER, "number": Kind.NUMBER}


def wish_of(schema: Schema) -> Wish:
    """What `schema`, with its hints, asks for."""
    parts = list(_parts(schema, ""))
    return Wish(
        title=str(schema.get("title", "")),
        leaves=tuple(part for part in parts if isinstance(part, Wanted)),
        groups=tuple(part for part in parts if isinstance(part, Group)),
    )


def labels_in(hints: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of all languages, the best of each first."""
    by_language = cast("Mapping[str, list[str]]", hints.get("labels", {})).values()
    longest = max((len(labels) for labels in by_language), default=0)
    ordered = [labels[place] for place in range(longest) for labels in by_language if place < len(labels)]
    return tuple(dict.fromkeys(ordered))


def _parts(schema: Schema, pointer: str) -> Iterator[Wanted | Group]:
    hints = cast("Mapping[str, Any]", schema.get(HINTS, {}))
    match type_of(schema):
        case "object" if "kind" in hints:
            yield _group(schema, hints, pointer, _leaves(schema, ""))
        case "object":
            for name, inner in _properties(schema):
                yield from _parts(inner, f"{pointer}/{escaped(name)}")
        case "array":
            yield from _list(schema, hints, pointer)
        case _:
            yield _leaf(schema, pointer)


def _list(schema: Schema, hints: Mapping[str, Any], pointer: str) -> Iterator[Group]:
    items = cast("Schema", schema.get("items", {}))
    leaves = _leaves(items, "")
    if leaves:
        yield _group(schema, {"kind": GroupKind.ROWS, **hints}, pointer, leaves)


def _leaves(schema: Schema, pointer: str) -> tuple[Wanted, ...]:
    """The plain values of an object, lists in it left aside."""
    match type_of(schema):
        case "object":
            return tuple(
                leaf for name, one in _properties(schema) for leaf in _leaves(one, f"{pointer}/{escaped(name)}")
            )
        case "array":
            return ()
        case _:
            return (_leaf(schema, pointer),)


def _group(schema: Schema, hints: Mapping[str, Any], pointer: str, leaves: tuple[Wanted, ...]) -> Group:
    del schema
    return Group(pointer=pointer, kind=GroupKind(hints["kind"]), labels=labels_in(hints), leaves=leaves)


def _leaf(schema: Schema, pointer: str) -> Wanted:
    hints = cast("Mapping[str, Any]", schema.get(HINTS, {}))
    choices = cast("Mapping[str, Mapping[str, list[str]]]", hints.get("choices", {}))
    return Wanted(
        pointer=pointer,
        kind=Kind(hints["kind"]) if "kind" in hints else _KIND_OF_TYPE.get(type_of(schema), Kind.TEXT),
        labels=labels_in(hints),
        choices={value: labels_in({"labels": words}) for value, words in choices.items()},
    )


def _properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from cast("Mapping[str, Schema]", schema.get("properties", {})).items()
