"""The field `schema`: the fields wanted, checked at the edge and kept as their JSON text."""

from functools import lru_cache
from typing import Any, Final

import msgspec

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import EdgeLimits
from docurift.schemas.catalogue import Schema
from docurift.schemas.given import InvalidSchemaError, SchemaLimits, given

_TEXT: Final = {"type": "string", "maxLength": 500}
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[ -~]*$"}
_PLAIN: Final = {"$ref": "#/components/schemas/AskedValue"}


def taken(schema: object, limits: EdgeLimits) -> Schema:
    """The schema, as it is understood.

    Raises:
        Problem: `INVALID_SCHEMA`, with `details.pointer`.
    """
    return _taken(msgspec.json.encode(schema), limits)


def decoded(text: str) -> object:
    """The schema in a form's field.

    Raises:
        Problem: `INVALID_SCHEMA`: it is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise refused("", "should be JSON") from error


def text_of(schema: Schema) -> str:
    """The schema as it is kept: JSON, with its properties in their order."""
    return msgspec.json.encode(schema).decode()


def refused(pointer: str, message: str) -> Problem:
    """400 `INVALID_SCHEMA` for the part at `pointer`."""
    where = pointer or "The whole"
    text = f"`schema` is not one that is taken: {where} {message}."
    return Problem(ErrorCode.INVALID_SCHEMA, text, details={"pointer": pointer, "reason": message})


# The items of a batch mostly share one schema.
@lru_cache(maxsize=64)
def _taken(text: bytes, limits: EdgeLimits) -> Schema:
    if len(text) > limits.max_schema_bytes:
        raise refused("", f"should be at most {limits.max_schema_bytes} bytes as JSON")
    try:
        most = SchemaLimits(depth=limits.max_schema_depth, properties=limits.max_schema_properties)
        return given(msgspec.json.decode(text), most)
    except InvalidSchemaError as error:
        raise refused(error.pointer, error.message) from error


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    shown = {"title": _TEXT, "description": _TEXT, **properties}
    return {"type": "object", "required": list(required), "properties": shown, "additionalProperties": False}


def _object_of(value: dict[str, Any]) -> dict[str, Any]:
    inner = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 200,
        "propertyNames": _NAME,
        "additionalProperties": value,
    }
    return _closed({"type": {"const": "object"}, "properties": inner}, "properties")


_LIST: Final = _closed({"type": {"const": "array"}, "items": _object_of(_PLAIN)}, "items")
_CHOICES: Final = {"type": "array", "minItems": 1, "maxItems": 100, "items": _NAME}

SCHEMA_COMPONENTS: Final[dict[str, Any]] = {
    "AskedValue": {
        "description": "A plain value that is wanted; a string, if not told otherwise.",
        "anyOf": [
            _closed({"type": {"enum": ["string", "number", "integer", "boolean"]}}),
            _closed({"type": {"const": "string"}, "format": {"enum": ["date", "time", "email"]}}, "format"),
            _closed({"type": {"const": "string"}, "enum": _CHOICES}, "enum"),
        ],
    },
    "AskedSchema": {
        "description": "The fields wanted, as a JSON Schema. More levels are taken than are shown here, and keywords "
        "that say nothing about a value, such as `required`, are left aside.",
        **_object_of(
            {
                "anyOf": [
                    _PLAIN,
                    _object_of(_PLAIN),
                    _closed({"type": {"const": "array"}, "items": _object_of(_PLAIN)}, "items"),
                ]
            }
        ),
    },
}
