"""Whether a value fits a given schema (schemas/given.py); null fits everywhere."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, cast

from docurift.schemas.catalogue import Schema, escaped, type_of

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}


def misfits(schema: Schema, value: object, pointer: str = "") -> Iterator[str]:
    """The pointer of each part of `value` that is not what `schema` says."""
    if value is None:
        return
    match type_of(schema):
        case "object":
            yield from _in_object(schema, value, pointer)
        case "array" if isinstance(value, list):
            for place, inner in enumerate(cast("list[object]", value)):
                yield from misfits(cast("Schema", schema["items"]), inner, f"{pointer}/{place}")
        case kind:
            if not _fits(schema, kind, value):
                yield pointer


def _in_object(schema: Schema, value: object, pointer: str) -> Iterator[str]:
    properties = cast("Mapping[str, Schema]", schema["properties"])
    if not isinstance(value, dict) or cast("dict[str, object]", value).keys() != properties.keys():
        yield pointer
        return
    for name, inner in cast("dict[str, Any]", value).items():
        yield from misfits(properties[name], inner, f"{pointer}/{escaped(name)}")


def _fits(schema: Schema, kind: str, value: object) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, _TYPES.get(kind, ())) or (kind == "number" and isinstance(value, bool)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    return schema.get("format") != "date" or _is_day(str(value))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
