"""Results in the OpenAPI document: a component for each document type, from its own schema."""

from typing import Any, Final

from docurift.model.job import DocumentType
from docurift.schemas.catalogue import Schema, document_types, schema_of, without_hints

RESULT: Final = "#/components/schemas/Result"


def name_of(document_type: DocumentType) -> str:
    """The name of the type's component: `BillOfLadingResult`."""
    return "".join(word.capitalize() for word in document_type.split("_")) + "Result"


def result_schemas() -> dict[str, Any]:
    """The components: each type's result, and `Result`, which is any of them."""
    own: Schema = {"type": ["object", "null"], "description": "Of your own `schema`; or null, where it is not here."}
    named = {name_of(one): _component(schema_of(one)) for one in document_types()}
    any_of = [*({"$ref": f"#/components/schemas/{name}"} for name in named), own]
    text = "What the document says, by its `documentType` or by your own `schema`."
    return {**named, "Result": {"description": text, "anyOf": any_of}}


def _component(schema: Schema) -> Schema:
    return {name: value for name, value in without_hints(schema).items() if name != "$schema"}
