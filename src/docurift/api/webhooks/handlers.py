"""Webhook endpoints (contract section 4): whom events are sent to, and with which secret."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import Field
from starlette.responses import Response

from docurift.actions.webhooks import (
    EndpointNotFoundError,
    EndpointOfCallError,
    TooManyEndpointsError,
    WantedEndpoint,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    rotate_default_secret,
    rotate_secret,
)
from docurift.api.answers import stamp, success
from docurift.api.intake.idempotency import answered_once
from docurift.api.intake.json_body import read_json
from docurift.api.intake.vetting import vet
from docurift.api.jobs.wire import DeletedOut
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import Absent, Cursor, Flag, Limit, NoQuery, Page, Query
from docurift.api.routes import Call
from docurift.api.services import MIB
from docurift.api.webhooks.fields import EndpointRotationBody, NewWebhookBody, RotationBody, WebhookChangeBody, types_of
from docurift.api.webhooks.wire import DefaultSecretOut, ShownDefaultSecretOut, ShownWebhookOut, WebhookOut
from docurift.model.ids import WebhookId
from docurift.model.webhook import Endpoint
from docurift.storage import default_secret, webhooks
from docurift.storage.database import Transactions
from docurift.storage.webhooks import EndpointChange

# Larger than what is taken, so that too many headers are told as that, not as a large body.
_MAX_BODY_BYTES: Final = 4 * MIB


class WebhookListQuery(Query):
    """Which part of which endpoints."""

    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None
    per_call: Flag = Field(
        default=False, description="`true` lists those that jobs' `webhookUrl`s made, in place of those created here."
    )


async def create(call: Call, query: NoQuery) -> Response:
    """A fresh endpoint, its secret shown this once."""
    del query
    body = await read_json(call, NewWebhookBody, max_bytes=_MAX_BODY_BYTES)
    await vet(call.services.guard, "url", body.url)
    services = call.services
    wanted = WantedEndpoint(
        url=body.url, events=types_of(body.events), active=body.active, headers=body.headers or {}, secret=body.secret
    )

    async def act(transactions: Transactions) -> Response:
        try:
            shown = await create_endpoint(
                transactions,
                services.secrets,
                organization_id=call.organization_id,
                wanted=wanted,
                most=services.limits.max_webhooks,
            )
        except TooManyEndpointsError as error:
            details = {"maxWebhooks": services.limits.max_webhooks}
            raise Problem(ErrorCode.TOO_MANY_WEBHOOKS, details=details) from error
        return success(ShownWebhookOut.with_secret(shown), 201, {"Location": f"/v1/webhooks/{shown.endpoint.id}"})

    return await answered_once(call, act, body.model_dump(mode="json"))


async def list_endpoints(call: Call, query: WebhookListQuery) -> Response:
    """A part of the organization's endpoints."""
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    with walking():
        async with call.services.db.reading() as conn:
            listing = await webhooks.page_of(
                conn, organization_id=call.organization_id, per_call=query.per_call, window=asked
            )
    return listed("webhooks", [WebhookOut.of(one) for one in listing.items], listing, query.limit)


async def show(call: Call, query: NoQuery) -> Response:
    """One endpoint."""
    del query
    return success(WebhookOut.of(await find(call)))


async def change(call: Call, query: NoQuery) -> Response:
    """An endpoint with another address, filter or headers, switched on or off."""
    del query
    await find(call)
    body = await read_json(call, WebhookChangeBody, max_bytes=_MAX_BODY_BYTES)
    if not body.model_fields_set:
        raise invalid("body", "should change `url`, `events`, `active` or `headers`")
    if body.url is not None:
        await vet(call.services.guard, "url", body.url)
    events = None if body.events is None else types_of(body.events)
    wanted = EndpointChange(url=body.url, events=events, active=body.active, headers=body.headers)
    with telling():
        endpoint = await change_endpoint(
            call.services.db,
            call.services.secrets,
            organization_id=call.organization_id,
            endpoint_id=webhook_id_of(call),
            wanted=wanted,
        )
    return success(WebhookOut.of(endpoint))


async def delete(call: Call, query: NoQuery) -> Response:
    """An endpoint that gets nothing more."""
    del query
    with telling():
        endpoint = await delete_endpoint(
            call.services.db, organization_id=call.organization_id, endpoint_id=webhook_id_of(call)
        )
    return success(DeletedOut(id=endpoint.id, deleted=True, deleted_at=stamp(datetime.now(UTC))))


async def rotate(call: Call, query: NoQuery) -> Response:
    """Another secret of an endpoint, shown this once."""
    del query
    await find(call)
    body = await read_json(call, EndpointRotationBody, may_be_empty=True)

    async def act(transactions: Transactions) -> Response:
        with telling():
            shown = await rotate_secret(
                transactions,
                call.services.secrets,
                organization_id=call.organization_id,
                endpoint_id=webhook_id_of(call),
                overlap=timedelta(seconds=body.overlap_seconds),
                secret=body.secret,
            )
        return success(ShownWebhookOut.with_secret(shown))

    return await answered_once(call, act, body.model_dump(mode="json"))


async def show_default_secret(call: Call, query: NoQuery) -> Response:
    """Whether the organization has a secret of its own."""
    del query
    async with call.services.db.reading() as conn:
        return success(DefaultSecretOut.of(await default_secret.look(conn, call.organization_id)))


async def rotate_default(call: Call, query: NoQuery) -> Response:
    """Another secret of the organization, shown this once."""
    del query
    body = await read_json(call, RotationBody, may_be_empty=True)

    async def act(transactions: Transactions) -> Response:
        shown = await rotate_default_secret(
            transactions,
            call.services.secrets,
            organization_id=call.organization_id,
            overlap=timedelta(seconds=body.overlap_seconds),
        )
        return success(ShownDefaultSecretOut.with_secret(shown))

    return await answered_once(call, act, body.model_dump(mode="json"))


async def find(call: Call) -> Endpoint:
    """The endpoint in the path.

    Raises:
        Problem: `WEBHOOK_NOT_FOUND`.
    """
    async with call.services.db.reading() as conn:
        found = await webhooks.by_id(conn, organization_id=call.organization_id, endpoint_id=webhook_id_of(call))
    if found is None:
        raise Problem(ErrorCode.WEBHOOK_NOT_FOUND)
    return found


def webhook_id_of(call: Call) -> WebhookId:
    """The endpoint's id in the path.

    Raises:
        Problem: `WEBHOOK_NOT_FOUND`: it has not the form of one.
    """
    return WebhookId(call.item_id("wh", Problem(ErrorCode.WEBHOOK_NOT_FOUND)))


@contextmanager
def telling() -> Generator[None]:
    """Tells what actions say of an endpoint in the words of the contract."""
    try:
        yield
    except EndpointNotFoundError as error:
        raise Problem(ErrorCode.WEBHOOK_NOT_FOUND) from error
    except EndpointOfCallError as error:
        raise Problem(ErrorCode.WEBHOOK_OF_CALL) from error
