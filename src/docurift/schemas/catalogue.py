"""The schemas of the document types, read once from their folders."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from docurift.model.job import DocumentType

Schema = Mapping[str, Any]
"""A JSON Schema (draft 2020-12); `x-docurift` beside a property says how its value is found on a page."""

HINTS: Final = "x-docurift"


@cache
def schema_of(document_type: DocumentType) -> Schema:
    """The schema of the type's result.

    Raises:
        KeyError: `auto` is no type of its own.
    """
    folder = files("docurift.schemas") / document_type.value
    if not folder.is_dir():
        raise KeyError(document_type)
    return cast("Schema", json.loads((folder / "schema.json").read_text("utf-8")))


def blank(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    """A value of `schema` in which nothing is known: every property of an object there and null, every list empty.

    Properties that are objects stand with their own properties null (contract section 5: none is left out).
    """
    match _type_of(schema):
        case "object":
            return {name: blank(cast("Schema", inner)) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return []
        case _:
            return None


def leaves(schema: Schema, pointer: str = "") -> Iterator[tuple[str, Schema]]:
    """Each property that holds a plain value, with its JSON Pointer; `*` stands for an item of a list."""
    match _type_of(schema):
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


def _type_of(schema: Schema) -> str:
    """The first type that is not null."""
    kind = schema.get("type", "string")
    names = cast("list[str]", kind if isinstance(kind, list) else [kind])
    return next((name for name in names if name != "null"), "null")
