"""Which document types there are, and what a result of each looks like (contract section 5)."""

from typing import Final

import msgspec
from starlette.responses import Response

from docurift.api.answers import encode, entity_tag, is_unchanged, success
from docurift.api.document_types.wire import DocumentTypeOut, DocumentTypesOut
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import NoQuery
from docurift.api.routes import Call
from docurift.model.job import DocumentType
from docurift.schemas.catalogue import document_types, named, schema_of, without_hints

SCHEMA_JSON: Final = "application/schema+json"
_TYPES: Final = DocumentTypesOut(document_types=tuple(DocumentTypeOut.of(one) for one in document_types()))
_SCHEMAS: Final = {one: encode(without_hints(schema_of(one))) for one in document_types()}


async def list_types(call: Call, query: NoQuery) -> Response:
    """Every document type."""
    del call, query
    return success(_TYPES)


async def show_schema(call: Call, query: NoQuery) -> Response:
    """The schema of one type's result: in the envelope, or by itself to who accepts nothing but schemas."""
    del query
    schema = _SCHEMAS[_type_of(call)]
    is_bare = call.request.headers.get("accept", "").partition(";")[0].strip() == SCHEMA_JSON
    tag = entity_tag(schema, SCHEMA_JSON.encode() if is_bare else b"")
    headers = {"ETag": tag, "Vary": "Accept"}
    if is_unchanged(call.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(schema, 200, headers, SCHEMA_JSON) if is_bare else success(msgspec.Raw(schema), headers=headers)


def _type_of(call: Call) -> DocumentType:
    found = named(call.path("type"))
    if found is None:
        raise Problem(ErrorCode.NOT_FOUND, "There is no document type of this name. See /v1/document-types for all.")
    return found
