"""The schemas of the document types, read once from their folders."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, cast

from docurift.model.job import DOCUMENT_TYPE_ALIASES, DocumentType

Schema = Mapping[str, Any]
"""A JSON Schema (draft 2020-12); `x-docurift` beside a property says how its value is found on a page."""

HINTS: Final = "x-docurift"


def _read(document_type: DocumentType, name: str) -> Schema | None:
    file = files("docurift.schemas") / document_type.value / name
    return cast("Schema", json.loads(file.read_text("utf-8"))) if file.is_file() else None


# Read when this is imported: the sandboxed child that asks for them may open no file.
_SCHEMAS: Final = {one: schema for one in DocumentType if (schema := _read(one, "schema.json")) is not None}


def document_types() -> tuple[DocumentType, ...]:
    """The types that have a schema: all but `auto`."""
    return tuple(_SCHEMAS)


def schema_of(document_type: DocumentType) -> Schema:
    """The schema of the type's result.

    Raises:
        KeyError: `auto` is no type of its own.
    """
    return _SCHEMAS[document_type]


def sample_of(document_type: DocumentType) -> Schema:
    """A result of the type in which everything was found, for the reference and for tests. It is read each time.

    Raises:
        KeyError: there is none.
    """
    sample = _read(document_type, "sample.json")
    if sample is None:
        raise KeyError(document_type)
    return sample


def named(name: str) -> DocumentType | None:
    """The type with a schema that goes by `name`, which may be an alias."""
    found = DOCUMENT_TYPE_ALIASES.get(name)
    return found or next((one for one in _SCHEMAS if one.value == name), None)


def aliases_of(document_type: DocumentType) -> tuple[str, ...]:
    """The other names of the type."""
    return tuple(alias for alias, one in DOCUMENT_TYPE_ALIASES.items() if one is document_type)


def without_hints(schema: Schema) -> Schema:
    """The schema as it is told outside: how values are found is nobody's promise."""
    return cast("Schema", _stripped(schema))


def _stripped(value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case dict():
            pairs = cast("dict[str, Any]", value).items()
            return {name: _stripped(inner) for name, inner in pairs if name != HINTS}
        case list():
            return [_stripped(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def blank(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    """A value of `schema` in which nothing is known: every property of an object there and null, every list empty.

    Properties that are objects stand with their own properties null (contract section 5: none is left out).
    """
    match type_of(schema):
        case "object":
            return {name: blank(cast("Schema", inner)) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return []
        case _:
            return None


def leaves(schema: Schema, pointer: str = "") -> Iterator[tuple[str, Schema]]:
    """Each property that holds a plain value, with its JSON Pointer; `*` stands for an item of a list."""
    match type_of(schema):
        case "object":
            for name, inner in schema.get("properties", {}).items():
                yield from leaves(cast("Schema", inner), f"{pointer}/{escaped(name)}")
        case "array":
            yield from leaves(cast("Schema", schema.get("items", {})), f"{pointer}/*")
        case _:
            yield pointer, schema


def escaped(name: str) -> str:
    """A property's name as a token of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def type_of(schema: Schema) -> str:
    """The first type that is not null."""
    kind = schema.get("type", "string")
    names = cast("list[str]", kind if isinstance(kind, list) else [kind])
    return next((name for name in names if name != "null"), "null")
