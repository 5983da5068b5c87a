"""Calls about document types."""

from typing import Final

import msgspec

from docurift.api.document_types import checking, handlers, wire
from docurift.api.intake.uploads import JSON
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.routes import Answer, Route
from docurift.model.job import DocumentType
from docurift.model.key import Scope
from docurift.schemas.catalogue import schema_of, without_hints
from docurift.schemas.given import given

_EXAMPLE: Final = without_hints(schema_of(DocumentType.GENERIC))
_BODY_ERRORS: Final = (E.UNSUPPORTED_MEDIA_TYPE, E.UPLOAD_TIMEOUT, E.FILE_TOO_LARGE)
ASKED: Final = {
    "type": "object",
    "properties": {
        "orderNumber": {"type": "string"},
        "deliveryDate": {"type": "string", "format": "date"},
        "buyer": {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}}},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"article": {"type": "string"}, "quantity": {"type": "number"}}},
        },
    },
}

DOCUMENT_TYPE_ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/document-types",
        name="listDocumentTypes",
        tag="document types",
        summary="List document types",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        handler=handlers.list_types,
        answers=(
            Answer(
                status=200,
                description="Every type that `documentType` may name, but for `auto`.",
                data=wire.DocumentTypesOut,
                example=wire.DocumentTypesOut(document_types=(wire.DocumentTypeOut.of(DocumentType.INVOICE),)),
            ),
        ),
    ),
    Route(
        method="GET",
        path="/v1/document-types/{type}/schema",
        name="showResultSchema",
        tag="document types",
        summary="Show the JSON Schema of a type's result",
        description="Draft 2020-12. Every property may be null, and none is left out of a result. With the header "
        f"`Accept: {handlers.SCHEMA_JSON}` the schema comes without the envelope.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        is_conditional=True,
        handler=handlers.show_schema,
        answers=(
            Answer(
                status=200,
                description="The schema.",
                data=wire.ResultSchemaOut,
                example=msgspec.Raw(msgspec.json.encode(_EXAMPLE)),
                headers={"ETag": "Changes when the schema does."},
            ),
        ),
        errors=(E.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/v1/schemas/check",
        name="checkSchema",
        tag="document types",
        summary="Say what would be looked for by a schema of yours",
        description="A dry run, without a document: every field with its kind and the labels that it is looked for by.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        is_idempotent=True,
        body={
            "required": True,
            "content": {
                JSON: {
                    "schema": {
                        "type": "object",
                        "required": ["schema"],
                        "properties": {"schema": {"$ref": "#/components/schemas/AskedSchema"}},
                        "additionalProperties": False,
                    },
                    "example": {"schema": ASKED},
                }
            },
        },
        handler=checking.check,
        answers=(
            Answer(
                status=200,
                description="What was understood.",
                data=checking.UnderstoodOut,
                example=checking.understood(given(ASKED)),
            ),
        ),
        errors=(
            E.INVALID_SCHEMA,
            E.UNSUPPORTED_MEDIA_TYPE,
            E.UPLOAD_TIMEOUT,
            E.FILE_TOO_LARGE,
            E.IDEMPOTENCY_KEY_REUSED,
        ),
    ),
)
