"""Calls about webhook endpoints and their secrets."""

from typing import Any, Final

from docurift.api.intake.uploads import JSON
from docurift.api.jobs.wire import DeletedOut
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference.examples import PAGINATION
from docurift.api.reference.schemas import input_schema
from docurift.api.routes import Answer, ListOf, Route
from docurift.api.webhooks import examples, fields, handlers, wire
from docurift.model.key import Scope

TAG: Final = "webhooks"
BODY_ERRORS: Final = (E.UNSUPPORTED_MEDIA_TYPE, E.UPLOAD_TIMEOUT, E.FILE_TOO_LARGE)
_LINK: Final = {"webhook": {"operationId": "showWebhook", "parameters": {"id": "$response.body#/data/id"}}}


def body(model: type[Any], example: dict[str, object], *, required: bool = True) -> dict[str, object]:
    """A JSON body as OpenAPI describes it."""
    return {"required": required, "content": {JSON: {"schema": input_schema(model), "example": example}}}


WEBHOOK_ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/webhooks",
        name="createWebhook",
        tag=TAG,
        summary="Create a webhook endpoint",
        description="The secret that signs its deliveries is shown this once. `Idempotency-Key` is not taken here.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        body=body(
            fields.NewWebhookBody,
            {
                "url": "https://hooks.acme-imports.com/docurift",
                "events": ["document.processing.completed", "document.processing.failed"],
                "active": True,
                "headers": {"Authorization": "Bearer 5f8a2c"},
            },
        ),
        handler=handlers.create,
        answers=(
            Answer(
                status=201,
                description="The endpoint with its secret.",
                data=wire.ShownWebhookOut,
                example=examples.SHOWN_WEBHOOK,
                headers={"Location": "Where its description is."},
                links=_LINK,
            ),
        ),
        errors=(E.URL_NOT_ALLOWED, E.TOO_MANY_WEBHOOKS, *BODY_ERRORS, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="GET",
        path="/v1/webhooks",
        name="listWebhooks",
        tag=TAG,
        summary="List webhook endpoints",
        scope=Scope.WEBHOOKS_MANAGE,
        query=handlers.WebhookListQuery,
        handler=handlers.list_endpoints,
        answers=(
            Answer(
                status=200,
                description="A part of the endpoints.",
                data=ListOf("webhooks", wire.WebhookOut),
                example={"webhooks": [examples.WEBHOOK], "pagination": PAGINATION},
            ),
        ),
        errors=(E.INVALID_CURSOR,),
    ),
    Route(
        method="GET",
        path="/v1/webhooks/default-secret",
        name="showDefaultSecret",
        tag=TAG,
        summary="Show whether the organization has a secret of its own",
        description="It signs for a `webhookUrl` that comes without a `webhookSecret`. It is made when first needed.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        handler=handlers.show_default_secret,
        answers=(
            Answer(
                status=200,
                description="How it stands, without the secret itself.",
                data=wire.DefaultSecretOut,
                example=examples.DEFAULT_SECRET,
            ),
        ),
    ),
    Route(
        method="POST",
        path="/v1/webhooks/default-secret",
        name="rotateDefaultSecret",
        tag=TAG,
        summary="Make or rotate the organization's own secret",
        description="The new secret is shown this once. The one before it signs too for `overlapSeconds`.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        body=body(fields.RotationBody, {"overlapSeconds": fields.DEFAULT_OVERLAP_SECONDS}, required=False),
        handler=handlers.rotate_default,
        answers=(
            Answer(
                status=200,
                description="The secret.",
                data=wire.ShownDefaultSecretOut,
                example=examples.SHOWN_DEFAULT_SECRET,
            ),
        ),
        errors=(*BODY_ERRORS, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="GET",
        path="/v1/webhooks/{id}",
        name="showWebhook",
        tag=TAG,
        summary="Show a webhook endpoint",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        handler=handlers.show,
        answers=(Answer(status=200, description="The endpoint.", data=wire.WebhookOut, example=examples.WEBHOOK),),
        errors=(E.WEBHOOK_NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/v1/webhooks/{id}",
        name="changeWebhook",
        tag=TAG,
        summary="Change a webhook endpoint, switch it on or off",
        description="What waits for an endpoint that is switched off is cancelled; a replay sends it again.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        body=body(fields.WebhookChangeBody, {"active": True}),
        handler=handlers.change,
        answers=(
            Answer(status=200, description="The endpoint as changed.", data=wire.WebhookOut, example=examples.WEBHOOK),
        ),
        errors=(E.WEBHOOK_NOT_FOUND, E.WEBHOOK_OF_CALL, E.URL_NOT_ALLOWED, *BODY_ERRORS),
    ),
    Route(
        method="DELETE",
        path="/v1/webhooks/{id}",
        name="deleteWebhook",
        tag=TAG,
        summary="Delete a webhook endpoint with its deliveries",
        description="What was not delivered yet is not sent any more.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        handler=handlers.delete,
        answers=(Answer(status=200, description="It is gone.", data=DeletedOut, example=examples.DELETED_WEBHOOK),),
        errors=(E.WEBHOOK_NOT_FOUND, E.WEBHOOK_OF_CALL),
    ),
    Route(
        method="POST",
        path="/v1/webhooks/{id}/rotate-secret",
        name="rotateWebhookSecret",
        tag=TAG,
        summary="Exchange the secret of a webhook endpoint",
        description="The new secret is shown this once. The one before it signs too for `overlapSeconds`.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        body=body(fields.EndpointRotationBody, {"overlapSeconds": fields.DEFAULT_OVERLAP_SECONDS}, required=False),
        handler=handlers.rotate,
        answers=(
            Answer(
                status=200,
                description="The endpoint with its new secret.",
                data=wire.ShownWebhookOut,
                example=examples.SHOWN_WEBHOOK,
            ),
        ),
        errors=(E.WEBHOOK_NOT_FOUND, E.WEBHOOK_OF_CALL, *BODY_ERRORS, E.IDEMPOTENCY_KEY_REUSED),
    ),
)
