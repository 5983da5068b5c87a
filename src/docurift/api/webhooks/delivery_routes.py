"""Calls about what was sent to a webhook endpoint, and about sending it again."""

from typing import Final

from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference.examples import PAGINATION
from docurift.api.routes import Answer, ListOf, Route
from docurift.api.webhooks import deliveries, examples, fields, wire
from docurift.api.webhooks.routes import BODY_ERRORS, TAG, body
from docurift.model.key import Scope

_LOCATION: Final = {"Location": "Where the delivery is described."}

DELIVERY_ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/webhooks/{id}/test",
        name="testWebhook",
        tag=TAG,
        summary="Send a test event to a webhook endpoint",
        description="`webhook.test` goes to this endpoint alone, whatever it subscribes to.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        handler=deliveries.test,
        answers=(
            Answer(
                status=202,
                description="It is on its way.",
                data=wire.TestedOut,
                example=examples.TESTED,
                headers=_LOCATION,
            ),
        ),
        errors=(E.WEBHOOK_NOT_FOUND, E.WEBHOOK_OF_CALL, E.WEBHOOK_INACTIVE, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="POST",
        path="/v1/webhooks/{id}/replay",
        name="replayWebhook",
        tag=TAG,
        summary="Send a part of the log to a webhook endpoint again",
        description=(
            "A new delivery of each event in the range that the endpoint subscribes to, in order: the same event ids, "
            "also of those that it never got. At most 10,000 events in one call."
        ),
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        body=body(fields.ReplayBody, {"since": "2026-01-31T00:00:00Z", "until": "2026-01-31T12:00:00Z"}),
        handler=deliveries.replay_range,
        answers=(
            Answer(status=202, description="They are on their way.", data=wire.ReplayedOut, example=examples.REPLAYED),
        ),
        errors=(E.WEBHOOK_NOT_FOUND, E.WEBHOOK_OF_CALL, E.WEBHOOK_INACTIVE, *BODY_ERRORS, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="GET",
        path="/v1/webhooks/{id}/deliveries",
        name="listDeliveries",
        tag=TAG,
        summary="List what was sent to a webhook endpoint",
        description="Newest first, each with all its attempts: status, latency, the first 1 KiB of the answer.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=deliveries.DeliveryListQuery,
        handler=deliveries.list_deliveries,
        answers=(
            Answer(
                status=200,
                description="A part of the deliveries.",
                data=ListOf("deliveries", wire.DeliveryOut),
                example={"deliveries": [examples.DELIVERY], "pagination": PAGINATION},
            ),
        ),
        errors=(E.WEBHOOK_NOT_FOUND, E.INVALID_CURSOR),
    ),
    Route(
        method="GET",
        path="/v1/webhooks/{id}/deliveries/{deliveryId}",
        name="showDelivery",
        tag=TAG,
        summary="Show a delivery with its attempts",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        handler=deliveries.show_delivery,
        answers=(Answer(status=200, description="The delivery.", data=wire.DeliveryOut, example=examples.DELIVERY),),
        errors=(E.WEBHOOK_NOT_FOUND, E.DELIVERY_NOT_FOUND),
    ),
    Route(
        method="POST",
        path="/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver",
        name="redeliver",
        tag=TAG,
        summary="Send a delivery again",
        description="A new delivery of the same event, with the same event id and the same bytes.",
        scope=Scope.WEBHOOKS_MANAGE,
        query=NoQuery,
        is_idempotent=True,
        handler=deliveries.send_again,
        answers=(
            Answer(
                status=202,
                description="It is on its way.",
                data=wire.DeliveryOut,
                example=examples.AGAIN,
                headers=_LOCATION,
            ),
        ),
        errors=(
            E.WEBHOOK_NOT_FOUND,
            E.DELIVERY_NOT_FOUND,
            E.WEBHOOK_INACTIVE,
            E.EVENT_EXPIRED,
            E.IDEMPOTENCY_KEY_REUSED,
        ),
    ),
)
