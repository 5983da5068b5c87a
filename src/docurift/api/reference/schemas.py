"""JSON Schemas of what comes in (pydantic) and what goes out (msgspec), for the reference."""

import inspect
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from docurift.api.answers import Wire

REFERENCE: Final = "#/components/schemas/{name}"


def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body; nothing that it does not name may be sent."""
    schema = model.model_json_schema(by_alias=True)
    properties: dict[str, dict[str, Any]] = schema["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _tidy(property_) for name, property_ in properties.items()},
        **{name: schema[name] for name in ("required", "minProperties") if name in schema},
    }


def output_schemas(types: Iterable[type[Wire]]) -> tuple[dict[type[Wire], Any], dict[str, Any]]:
    """A schema for each type, and the components that they refer to."""
    ordered = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    for component in components.values():
        component.pop("title", None)
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    return dict(zip(ordered, schemas, strict=True)), components


def _tidy(property_: dict[str, Any]) -> dict[str, Any]:
    """Without generated titles, and without `null` defaults, which nobody may send."""
    tidy = {name: value for name, value in property_.items() if name != "title"}
    if tidy.get("default", 0) is None:
        del tidy["default"]
    return tidy
