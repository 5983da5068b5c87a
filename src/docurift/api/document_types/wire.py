"""Document types as they travel."""

from typing import Annotated, Self

from msgspec import Meta, field

from docurift.api.answers import Wire
from docurift.model.job import DocumentType
from docurift.model.result import Json
from docurift.schemas.catalogue import aliases_of, schema_of


class DocumentTypeOut(Wire, frozen=True):
    """A document type that results can be asked for."""

    type: DocumentType
    title: str
    description: str
    aliases: Annotated[tuple[str, ...], Meta(description="Other names that are taken in its place.")]
    schema_url: str

    @classmethod
    def of(cls, document_type: DocumentType) -> Self:
        """The type as it travels."""
        schema = schema_of(document_type)
        return cls(
            type=document_type,
            title=schema["title"],
            description=schema["description"],
            aliases=aliases_of(document_type),
            schema_url=f"/v1/document-types/{document_type}/schema",
        )


class DocumentTypesOut(Wire, frozen=True):
    """Every document type."""

    document_types: tuple[DocumentTypeOut, ...]


class ResultSchemaOut(Wire, frozen=True):
    """The JSON Schema (draft 2020-12) of a type's `result`."""

    dialect: Annotated[str, Meta(extra_json_schema={"const": "https://json-schema.org/draft/2020-12/schema"})] = field(
        name="$schema"
    )
    title: str
    description: str
    type: Annotated[str, Meta(extra_json_schema={"const": "object"})]
    properties: dict[str, Json]
    required: tuple[str, ...]
    additional_properties: bool
