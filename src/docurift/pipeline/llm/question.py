"""What the language model is asked: the values that nothing settles yet, and the pages that its terms allow."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from docurift.model.result import Page
from docurift.model.work import MAX_LLM_FIELDS, LlmField, LlmPage, LlmTerms, weight_bytes
from docurift.pipeline.lines import lines_of
from docurift.schemas.catalogue import HINTS, Schema, escaped, type_of

_TITLE_CHARACTERS: Final = 200
_DESCRIPTION_CHARACTERS: Final = 500
_KIND_OF_PATTERN: Final = {"^[A-Z]{3}$": "currency", "^[A-Z]{2}$": "country"}
_KIND_OF_NAME: Final = {"taxId": "tax_id", "email": "email", "address": "address"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A plain value that is asked for. `pointer` has `*` for the items of the list at `list_pointer`, and `rest`
    follows an item there; `kind` says how the value is read, `json_type` what it is in the result.
    """

    pointer: str
    list_pointer: str | None
    rest: str
    kind: str
    json_type: str
    title: str
    description: str
    choices: tuple[str, ...]

    def at(self, item: int) -> str:
        """The JSON Pointer of the value, in the list's item `item` if it is in a list."""
        return self.pointer if self.list_pointer is None else f"{self.list_pointer}/{item}{self.rest}"

    @property
    def field(self) -> LlmField:
        """The value as the model is asked for it."""
        return LlmField(
            pointer=self.pointer,
            kind=self.kind,
            title=self.title[:_TITLE_CHARACTERS],
            description=self.description[:_DESCRIPTION_CHARACTERS],
            choices=self.choices,
        )


def wanted_of(schema: Schema, settled: Collection[str]) -> tuple[Wanted, ...]:
    """The values of `schema` whose pointers are not in `settled`. A list is asked for as a whole, if nothing of it is
    settled: which of its items is which would be a guess. What no page prints in words, like a boolean, is left out.
    """
    found = (one for one in _leaves(schema, "", None, "") if one.json_type != "boolean")
    open_ones = (one for one in found if not _is_settled(one, settled))
    return tuple(one for one, _ in zip(open_ones, range(MAX_LLM_FIELDS), strict=False))


def told_pages(pages: Sequence[Page], terms: LlmTerms) -> tuple[LlmPage, ...]:
    """The pages that fit into the terms: the first, the last (sums and signatures stand there), then those between."""
    said = [_told(page) for page in pages if page.words]
    fitting: list[LlmPage] = []
    left_bytes = terms.max_text_bytes
    for page in [*said[:1], *said[1:][-1:], *said[1:-1]]:
        weight = weight_bytes(page)
        if len(fitting) < terms.max_pages and weight <= left_bytes:
            fitting.append(page)
            left_bytes -= weight
    return tuple(sorted(fitting, key=lambda page: page.number))


def _told(page: Page) -> LlmPage:
    lines = lines_of(page.words, page.width / page.height)
    return LlmPage(
        number=page.number,
        words=tuple(word.text for word in page.words),
        lines=tuple(line.words[0] for line in lines),
    )


def _is_settled(one: Wanted, settled: Collection[str]) -> bool:
    if one.list_pointer is None:
        return one.pointer in settled
    return any(pointer.startswith(f"{one.list_pointer}/") for pointer in settled)


def _leaves(schema: Schema, pointer: str, list_pointer: str | None, rest: str) -> Iterator[Wanted]:
    """The plain values below `schema`; those of a list within a list are left out."""
    match type_of(schema):
        case "object":
            for name, inner in cast("Mapping[str, Schema]", schema.get("properties", {})).items():
                token = f"/{escaped(name)}"
                yield from _leaves(inner, pointer + token, list_pointer, rest + token)
        case "array" if list_pointer is None:
            yield from _leaves(cast("Schema", schema.get("items", {})), f"{pointer}/*", pointer, "")
        case "array":
            return
        case json_type:
            yield Wanted(
                pointer=pointer,
                list_pointer=list_pointer,
                rest=rest,
                kind=_kind(schema, pointer, json_type),
                json_type=json_type,
                title=str(schema.get("title", "")),
                description=str(schema.get("description", "")),
                choices=_choices(schema),
            )


def _kind(schema: Schema, pointer: str, json_type: str) -> str:
    hints = cast("Mapping[str, Any]", schema.get(HINTS, {}))
    if _choices(schema):
        return "choice"
    if "kind" in hints:
        return str(hints["kind"])
    if schema.get("format") == "date":
        return "date"
    if json_type != "string":
        return json_type
    of_pattern = _KIND_OF_PATTERN.get(str(schema.get("pattern", "")))
    return of_pattern or _KIND_OF_NAME.get(pointer.rpartition("/")[2], "text")


def _choices(schema: Schema) -> tuple[str, ...]:
    return tuple(one for one in cast("Sequence[object]", schema.get("enum", ())) if isinstance(one, str))
