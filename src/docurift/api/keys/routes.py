"""Calls about API keys."""

from typing import Any, Final

from docurift.api.intake.uploads import JSON
from docurift.api.jobs.wire import DeletedOut
from docurift.api.keys import handlers
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference import examples
from docurift.api.reference.schemas import input_schema
from docurift.api.routes import Answer, ListOf, Route
from docurift.model.key import Scope


def _body(model: type[Any], example: dict[str, object]) -> dict[str, object]:
    return {"required": True, "content": {JSON: {"schema": input_schema(model), "example": example}}}


_BODY_ERRORS: Final = (E.UNSUPPORTED_MEDIA_TYPE, E.UPLOAD_TIMEOUT, E.FILE_TOO_LARGE)

KEY_ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/api-keys",
        name="createKey",
        tag="API keys",
        summary="Create an API key",
        description="The key is shown this once. It may do no more than the key that creates it.",
        scope=Scope.KEYS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        body=_body(handlers.NewKeyBody, {"name": "nightly import", "scopes": ["jobs:read", "jobs:write"]}),
        handler=handlers.create,
        answers=(
            Answer(
                status=201,
                description="The key.",
                data=handlers.CreatedKeyOut,
                example=examples.CREATED_KEY,
                headers={"Location": "Where its description is."},
                links={"key": {"operationId": "showKey", "parameters": {"id": "$response.body#/data/id"}}},
            ),
        ),
        errors=(*_BODY_ERRORS, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="GET",
        path="/v1/api-keys",
        name="listKeys",
        tag="API keys",
        summary="List API keys",
        scope=Scope.KEYS_MANAGE,
        query=handlers.KeyListQuery,
        handler=handlers.list_keys,
        answers=(
            Answer(
                status=200,
                description="A part of the keys.",
                data=ListOf("apiKeys", handlers.KeyOut),
                example={"apiKeys": [examples.KEY], "pagination": examples.PAGINATION},
            ),
        ),
        errors=(E.INVALID_CURSOR,),
    ),
    Route(
        method="GET",
        path="/v1/api-keys/{id}",
        name="showKey",
        tag="API keys",
        summary="Show an API key",
        scope=Scope.KEYS_MANAGE,
        query=NoQuery,
        handler=handlers.show,
        answers=(Answer(status=200, description="The key.", data=handlers.KeyOut, example=examples.KEY),),
        errors=(E.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/v1/api-keys/{id}",
        name="changeKey",
        tag="API keys",
        summary="Rename, enable or disable an API key",
        description="Disabling acts within 5 seconds everywhere.",
        scope=Scope.KEYS_MANAGE,
        query=NoQuery,
        body=_body(handlers.KeyChangeBody, {"enabled": False}),
        handler=handlers.change,
        answers=(Answer(status=200, description="The key as changed.", data=handlers.KeyOut, example=examples.KEY),),
        errors=(E.NOT_FOUND, *_BODY_ERRORS),
    ),
    Route(
        method="DELETE",
        path="/v1/api-keys/{id}",
        name="deleteKey",
        tag="API keys",
        summary="Revoke an API key for good",
        scope=Scope.KEYS_MANAGE,
        query=NoQuery,
        handler=handlers.delete,
        answers=(Answer(status=200, description="It is gone.", data=DeletedOut, example=examples.DELETED_KEY),),
        errors=(E.NOT_FOUND,),
    ),
)
