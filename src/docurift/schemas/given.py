"""The schema that a user gives: the subset of JSON Schema that is taken, and everything else refused by its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from docurift.schemas.catalogue import Schema, escaped

# What says nothing about a value that is looked for, and is left aside.
_LEFT_ASIDE: Final = frozenset(
    ("$schema", "$id", "$comment", "required", "additionalProperties", "default", "examples", "deprecated", "readOnly")
)
_KEPT: Final = frozenset({"type", "title", "description", "properties", "items", "enum", "format"})
_PLAIN_TYPES: Final = ("string", "number", "integer", "boolean")
_TYPES: Final = ("object", "array", *_PLAIN_TYPES)
_FORMATS: Final = ("date", "time", "email")
_MAX_TEXT: Final = 500
_MAX_NAME: Final = 100
_MAX_CHOICES: Final = 100
_EXTENSION: Final = "x-"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaLimits:
    """Bounds on a schema: how deep its properties may lie, and how many there may be."""

    depth: int = 6
    properties: int = 200


class InvalidSchemaError(Exception):
    """The schema is not one that is taken; `pointer` says where (RFC 6901)."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


def given(value: object, limits: SchemaLimits | None = None) -> Schema:
    """The schema without what is left aside, every type named once; nullness is not kept: any value may be null.

    Raises:
        InvalidSchemaError: at its first place that is not taken.
    """
    parser = _Parser(limits or SchemaLimits())
    schema = parser.parse(value, "", depth=0)
    if schema["type"] != "object":
        raise InvalidSchemaError("", "should be an object with `properties`")
    return schema


class _Parser:
    """Counts properties over the whole schema."""

    def __init__(self, limits: SchemaLimits) -> None:
        self._limits, self._count = limits, 0

    def parse(self, value: object, pointer: str, *, depth: int) -> dict[str, Any]:
        if depth > self._limits.depth:
            raise InvalidSchemaError(pointer, f"lies deeper than {self._limits.depth} levels")
        schema = _without_null(_object(value, pointer), pointer)
        _check_keywords(schema, pointer)
        kind = _type(schema, pointer)
        parsed: dict[str, Any] = {"type": kind, **dict(_texts(schema, pointer))}
        match kind:
            case "object":
                parsed["properties"] = self._properties(schema, pointer, depth)
            case "array":
                parsed["items"] = self._items(schema, pointer, depth)
            case _:
                parsed |= _of_plain(schema, kind, pointer)
        return parsed

    def _properties(self, schema: Mapping[str, Any], pointer: str, depth: int) -> dict[str, Any]:
        properties = _object(schema.get("properties"), f"{pointer}/properties")
        if not properties:
            raise InvalidSchemaError(f"{pointer}/properties", "should name at least one property")
        self._count += len(properties)
        if self._count > self._limits.properties:
            message = f"names more than the {self._limits.properties} properties that are taken"
            raise InvalidSchemaError(f"{pointer}/properties", message)
        parsed: dict[str, Any] = {}
        for name, inner in properties.items():
            at = f"{pointer}/properties/{escaped(name)}"
            if not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
                raise InvalidSchemaError(at, f"should have a name of 1 to {_MAX_NAME} printable characters")
            parsed[name] = self.parse(inner, at, depth=depth + 1)
        return parsed

    def _items(self, schema: Mapping[str, Any], pointer: str, depth: int) -> dict[str, Any]:
        items = self.parse(schema.get("items"), f"{pointer}/items", depth=depth + 1)
        if items["type"] != "object":
            raise InvalidSchemaError(f"{pointer}/items", "should be an object: lists are read from the rows of tables")
        for name, inner in items["properties"].items():
            if inner["type"] not in _PLAIN_TYPES:
                at = f"{pointer}/items/properties/{escaped(name)}"
                raise InvalidSchemaError(at, "should be a plain value: it is read from one cell of a table")
        return items


def _object(value: object, pointer: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidSchemaError(pointer, "should be a JSON object")
    return cast("dict[str, Any]", value)


def _without_null(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    """`anyOf` with `null` beside one other schema, as libraries write what is optional, is that schema."""
    if "anyOf" not in schema:
        return schema
    choices = schema["anyOf"]
    if not isinstance(choices, list):
        raise InvalidSchemaError(f"{pointer}/anyOf", "should be an array of a schema and `null`")
    real = [one for one in cast("list[object]", choices) if one != {"type": "null"}]
    if len(real) != 1 or not isinstance(real[0], dict) or "anyOf" in real[0]:
        raise InvalidSchemaError(f"{pointer}/anyOf", "should be one schema beside `null`")
    rest = {name: inner for name, inner in schema.items() if name != "anyOf"}
    return {**cast("dict[str, Any]", real[0]), **rest}


def _check_keywords(schema: Mapping[str, Any], pointer: str) -> None:
    for name in schema:
        if name not in _KEPT and name not in _LEFT_ASIDE and not name.startswith(_EXTENSION):
            raise InvalidSchemaError(f"{pointer}/{escaped(name)}", "is no keyword of the subset that is taken")


def _type(schema: Mapping[str, Any], pointer: str) -> str:
    told = schema.get("type")
    if told is None:
        return "object" if "properties" in schema else "array" if "items" in schema else "string"
    names: list[object] = cast("list[object]", told) if isinstance(told, list) else [told]
    real = [name for name in names if name != "null"]
    if len(real) != 1 or real[0] not in _TYPES:
        raise InvalidSchemaError(f"{pointer}/type", f"should be one of {', '.join(_TYPES)}, with or without `null`")
    return str(real[0])


def _texts(schema: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    for name in ("title", "description"):
        text = schema.get(name)
        if text is None:
            continue
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise InvalidSchemaError(f"{pointer}/{name}", f"should be a text of at most {_MAX_TEXT} characters")
        yield name, text


def _of_plain(schema: Mapping[str, Any], kind: str, pointer: str) -> dict[str, Any]:
    for name in ("properties", "items"):
        if name in schema:
            raise InvalidSchemaError(f"{pointer}/{name}", f"should not stand beside the type `{kind}`")
    parsed: dict[str, Any] = {}
    if "format" in schema:
        if kind != "string" or schema["format"] not in _FORMATS:
            raise InvalidSchemaError(f"{pointer}/format", f"should be one of {', '.join(_FORMATS)}, of a string")
        parsed["format"] = schema["format"]
    if "enum" in schema:
        parsed["enum"] = _choices(schema["enum"], kind, f"{pointer}/enum")
    return parsed


def _choices(value: object, kind: str, pointer: str) -> list[str]:
    choices = [one for one in cast("list[object]", value) if one is not None] if isinstance(value, list) else []
    fits = all(isinstance(one, str) and 1 <= len(one) <= _MAX_NAME for one in choices)
    if kind != "string" or not fits or not 1 <= len(choices) <= _MAX_CHOICES:
        message = f"should be 1 to {_MAX_CHOICES} texts of 1 to {_MAX_NAME} characters, of a string"
        raise InvalidSchemaError(pointer, message)
    return cast("list[str]", choices)
