"""Calls about document types."""

from typing import Final

import msgspec

from docurift.api.document_types import handlers, wire
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.routes import Answer, Route
from docurift.model.job import DocumentType
from docurift.model.key import Scope
from docurift.schemas.catalogue import schema_of, without_hints

_EXAMPLE: Final = without_hints(schema_of(DocumentType.GENERIC))

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
)
