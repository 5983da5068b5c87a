"""What stands on a document, before anybody has decided where: parties, facts, tables, totals and prose."""

from dataclasses import dataclass

from docurift.model.result import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text on one line; `pointer` names the value that it says, if it is one, `also` a second one: amounts carry their
    currency.
    """

    text: str
    pointer: str | None = None
    also: str | None = None


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label with what it labels."""

    label: str
    value: Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A company or person: what it is here, its name and address, and what is known of it besides."""

    label: str
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; numbers stand right."""

    label: str
    share: float
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Paragraphs under a heading. `heading` and each paragraph may be a value."""

    paragraphs: tuple[Piece, ...]
    heading: Piece | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A document's content. `values` has the truth by JSON Pointer; what is not drawn does not count."""

    title: Piece
    values: dict[str, Json]
    sender: Party | None = None
    parties: tuple[Party, ...] = ()
    facts: tuple[Fact, ...] = ()
    grids: tuple[Grid, ...] = ()
    totals: tuple[Fact, ...] = ()
    prose: tuple[Prose, ...] = ()
    footer: tuple[str, ...] = ()
