"""The OpenAPI 3.1 document, written from the routes themselves."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from docurift.api.answers import Wire
from docurift.api.events.sse import MEDIA_TYPE as EVENTS
from docurift.api.intake.asked_schema import SCHEMA_COMPONENTS
from docurift.api.intake.submit_body import METADATA_COMPONENTS
from docurift.api.jobs.wire import Pagination
from docurift.api.queries import parameters_of
from docurift.api.reference.errors import ERROR_SCHEMAS, error_answers
from docurift.api.reference.results import result_schemas
from docurift.api.reference.schemas import output_schemas
from docurift.api.routes import Answer, ListOf, Route
from docurift.model.job import DOCUMENT_TYPE_ALIASES
from docurift.schemas.catalogue import document_types

Json = dict[str, Any]

_DESCRIPTION: Final = """A document in, a job through its states, a result out.

Every answer has the header `X-Request-Id`. A good one is `{"success": true, "data": …}`; an error is
`{"success": false, "error": {"code", "message", "details", "retryable"}, "requestId"}`, also for an address that does
not exist (404 `NOT_FOUND`) and for a method that it does not take (405 `METHOD_NOT_ALLOWED`).

Every answer to a call with a right key tells by `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` how many
requests the key may still make. One too many, more bytes than are left, or a wrong key too many from one address is 429
`RATE_LIMIT_EXCEEDED`; send it again after as many seconds as `Retry-After` says.
"""
_SECURITY_SCHEMES: Final[Json] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Wins if both are sent."},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "frc_…"},
    "signedLink": {
        "type": "apiKey",
        "in": "query",
        "name": "signature",
        "description": "Of a link that `includePageImages` made.",
    },
}
_REQUEST_ID: Final[Json] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
_OF_KEYS: Final[Json] = {
    "RateLimit-Limit": {"$ref": "#/components/headers/RateLimitLimit"},
    "RateLimit-Remaining": {"$ref": "#/components/headers/RateLimitRemaining"},
    "RateLimit-Reset": {"$ref": "#/components/headers/RateLimitReset"},
}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_HEADERS: Final[Json] = {
    "RequestId": {
        "description": "Names this request in the service's log.",
        "required": True,
        "schema": {"type": "string", "pattern": "^req_[0-9a-z]{26}$"},
    },
    "RateLimitLimit": {
        "description": "Requests that this key may make at once after a rest; absent where requests are not limited.",
        "schema": _COUNT,
    },
    "RateLimitRemaining": {"description": "Requests that it may make now, this one counted.", "schema": _COUNT},
    "RateLimitReset": {"description": "Seconds until it may make all of them again.", "schema": _COUNT},
}
_PREFIXES: Final = {"jobs": "job", "documents": "doc", "api-keys": "key", "webhooks": "wh", "batches": "batch"}
_PATH_EXAMPLE: Final = "01hf7yat00e2pbd2pq9j0m4x6z"
_METADATA_PARAMETER: Final[Json] = {
    "name": "metadata",
    "in": "query",
    "description": "Pairs of `callbackMetadata`, each as a parameter of its own: `metadata.<key>=<value>`.",
    "style": "form",
    "explode": True,
    "schema": {
        "type": "object",
        "patternProperties": {r"^metadata\.[A-Za-z0-9_-]{1,64}$": {"type": "string", "pattern": r"^[^\x00]*$"}},
        "additionalProperties": False,
    },
    "example": {"metadata.order": "4711"},
}


def document(routes: Sequence[Route[Any]], *, version: str) -> Json:
    """The whole document."""
    data = [answer.data for route in routes for answer in route.answers if answer.data is not None]
    types = [one.item if isinstance(one, ListOf) else one for one in data]
    schemas, components = output_schemas([*types, Pagination])
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DocuRift",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "securitySchemes": _SECURITY_SCHEMES,
            "headers": _HEADERS,
            "schemas": {**components, **result_schemas(), **METADATA_COMPONENTS, **SCHEMA_COMPONENTS, **ERROR_SCHEMAS},
        },
    }


def _operation(route: Route[Any], schemas: dict[type[Wire], Json]) -> Json:
    always = _REQUEST_ID if route.scope is None else {**_REQUEST_ID, **_OF_KEYS}
    answers = {str(answer.status): _answer(answer, schemas, always) for answer in route.answers}
    if route.is_conditional:
        answers["304"] = {"description": "Unchanged since the tag in `If-None-Match`.", "headers": always}
    operation: Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "security": _security(route),
        "responses": dict(sorted({**answers, **error_answers(route, always)}.items())),
    }
    if route.description:
        operation["description"] = route.description
    if route.body is not None:
        operation["requestBody"] = route.body
    return operation


def _security(route: Route[Any]) -> list[Json]:
    if route.scope is None:
        return []
    schemes: list[Json] = [{"apiKey": []}, {"bearer": []}]
    return [*schemes, {"signedLink": []}] if route.takes_signed_links else schemes


def _path_parameters(route: Route[Any]) -> list[Json]:
    parameters: list[Json] = []
    if "{id}" in route.path:
        prefix = _PREFIXES[route.path.split("/")[2]]
        schema = {"type": "string", "pattern": f"^{prefix}_[0-9a-z]{{26}}$"}
        parameters.append(_required("id", schema, f"{prefix}_{_PATH_EXAMPLE}"))
    if "{deliveryId}" in route.path:
        schema = {"type": "string", "pattern": "^dlv_[0-9a-z]{26}$"}
        parameters.append(_required("deliveryId", schema, f"dlv_{_PATH_EXAMPLE}"))
    if "{type}" in route.path:
        names = sorted([*document_types(), *DOCUMENT_TYPE_ALIASES])
        parameters.append(_required("type", {"type": "string", "enum": names}, "invoice"))
    if "{n}" in route.path:
        parameters.append(_required("n", {"type": "integer", "minimum": 1, "maximum": 99_999}, 1))
    return parameters


def _required(name: str, schema: Json, example: object) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _query_parameters(route: Route[Any]) -> list[Json]:
    own = parameters_of(route.query)
    return [*own, _METADATA_PARAMETER] if route.takes_metadata else own


def _header_parameters(route: Route[Any]) -> list[Json]:
    parameters: list[Json] = []
    if route.is_idempotent:
        text = "1 to 255 printable ASCII characters; for 24 hours the same request under it gives the first answer."
        schema = {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"}
        parameters.append(_header("Idempotency-Key", text, schema, "order-4711"))
    if route.is_conditional:
        parameters.append(_header("If-None-Match", "An `ETag` of an earlier answer.", {"type": "string"}, '"5f8a"'))
    if route.is_ranged:
        parameters.append(_header("Range", "One range of bytes.", {"type": "string"}, "bytes=0-1023"))
        parameters.append(_header("If-Range", "The `ETag` that the range is for.", {"type": "string"}, '"5f8a"'))
    if route.is_resumed:
        schema = {"type": "string", "pattern": "^[0-9]{0,15}$"}
        parameters.append(_header("Last-Event-ID", "`id` of the last event that was seen.", schema, "4711"))
    return parameters


def _header(name: str, text: str, schema: Json, example: str) -> Json:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema, "example": example}


def _answer(answer: Answer, schemas: dict[type[Wire], Json], always: Json) -> Json:
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()}
    described: Json = {
        "description": answer.description,
        "headers": {**headers, **always},
        "content": _content(answer, schemas),
    }
    return {**described, "links": answer.links} if answer.links else described


def _content(answer: Answer, schemas: dict[type[Wire], Json]) -> Json:
    content: Json = {kind: _text(kind, example) for kind, example in answer.texts.items()}
    if answer.binary is not None:
        content[answer.binary] = {}
    if answer.data is not None:
        example = {"success": True, "data": msgspec.json.decode(msgspec.json.encode(answer.example))}
        content["application/json"] = {"schema": _enveloped(_data(answer.data, schemas)), "example": example}
    return content


def _text(kind: str, example: str) -> Json:
    """Of an event stream a schema describes each event, and those are of many kinds."""
    return {"example": example} if kind == EVENTS else {"schema": {"type": "string"}, "example": example}


def _data(data: type[Wire] | ListOf, schemas: dict[type[Wire], Json]) -> Json:
    if not isinstance(data, ListOf):
        return schemas[data]
    return {
        "type": "object",
        "required": [data.plural, "pagination"],
        "properties": {
            data.plural: {"type": "array", "items": schemas[data.item]},
            "pagination": schemas[Pagination],
        },
        "additionalProperties": False,
    }


def _enveloped(data: Json) -> Json:
    return {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": data},
        "additionalProperties": False,
    }
