"""Webhook endpoints are made, changed and deleted; each change tells its event in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from docurift.actions.telling import tell
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId, WebhookId, new_id
from docurift.model.result import Json
from docurift.model.signature import new_secret
from docurift.model.webhook import Endpoint
from docurift.storage import default_secret, organizations, outcomes, queue, webhooks
from docurift.storage.database import Connection, Database, Transactions
from docurift.storage.events import NewEvent
from docurift.storage.secrets import Secrets
from docurift.storage.webhooks import EndpointChange, NewEndpoint

# More in one statement would pass its time limit on a slow disk; attempts go with them.
_DELETED_AT_A_TIME: Final = 2_000


class EndpointNotFoundError(Exception):
    """The organization has no such endpoint."""


class EndpointOfCallError(Exception):
    """A job's `webhookUrl` made the endpoint: it is what its calls asked for, and is not changed by hand."""


class TooManyEndpointsError(Exception):
    """The organization has as many endpoints as it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEndpoint:
    """What an endpoint is to be. No `events` means all; a `secret` is made unless one is brought."""

    url: str
    events: tuple[EventType, ...] = ()
    active: bool = True
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEndpoint:
    """An endpoint with its secret, which is told this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDefaultSecret:
    """The organization's own secret, told this once, and how long the one before it signs beside it."""

    secret: str = field(repr=False)
    previous_until: datetime | None


async def create_endpoint(
    db: Transactions, secrets: Secrets, *, organization_id: OrganizationId, wanted: WantedEndpoint, most: int
) -> ShownEndpoint:
    """An endpoint that hears of whatever follows, also of its own making.

    Raises:
        TooManyEndpointsError: the organization has `most` already.
    """
    secret = wanted.secret or new_secret()
    new = NewEndpoint(
        id=WebhookId(new_id("wh")),
        organization_id=organization_id,
        url=wanted.url,
        events=wanted.events,
        active=wanted.active,
        secret=secret,
        headers=wanted.headers,
    )
    async with db.transaction() as tx:
        # Counted under this lock, two at once do not both become the last one.
        await organizations.lock_counter(tx, organization_id)
        if await webhooks.count(tx, organization_id) >= most:
            raise TooManyEndpointsError
        endpoint = await webhooks.insert(tx, secrets, new)
        await tell(tx, told_of(EventType.WEBHOOK_CREATED, endpoint))
    return ShownEndpoint(endpoint=endpoint, secret=secret)


async def change_endpoint(
    db: Database,
    secrets: Secrets,
    *,
    organization_id: OrganizationId,
    endpoint_id: WebhookId,
    wanted: EndpointChange,
) -> Endpoint:
    """The endpoint as changed. Switched off, it gets nothing, and what waits for it is cancelled, as when the service
    disables it: kept waiting, it would keep the log from losing its beginning. A replay sends it again.

    Raises:
        EndpointNotFoundError: no such endpoint.
        EndpointOfCallError: it is one of calls.
    """
    async with db.transaction() as tx:
        found = await lock_managed(tx, organization_id, endpoint_id)
        endpoint = await webhooks.change(tx, secrets, found, wanted)
        if not endpoint.active:
            # Who tells an event holds this lock until it has committed: what it wrote for this endpoint is seen below.
            await organizations.lock_counter(tx, organization_id)
            await outcomes.cancel_of_endpoint(tx, endpoint.id)
        elif not found.active or found.paused_until is not None:
            await queue.enqueue_deliveries(tx, {endpoint.id})
        await tell(tx, told_of(EventType.WEBHOOK_UPDATED, endpoint))
    return endpoint


async def rotate_secret(
    db: Transactions,
    secrets: Secrets,
    *,
    organization_id: OrganizationId,
    endpoint_id: WebhookId,
    overlap: timedelta,
    secret: str | None = None,
) -> ShownEndpoint:
    """A new secret signs from now on, beside it for `overlap` the one before it; `secret` is one that was brought.

    Raises:
        EndpointNotFoundError, EndpointOfCallError: as `change_endpoint`.
    """
    fresh = secret or new_secret()
    async with db.transaction() as tx:
        found = await lock_managed(tx, organization_id, endpoint_id)
        endpoint = await webhooks.rotate(tx, secrets, found, secret=fresh, overlap=overlap)
        await tell(tx, told_of(EventType.WEBHOOK_SECRET_ROTATED, endpoint))
    return ShownEndpoint(endpoint=endpoint, secret=fresh)


async def rotate_default_secret(
    db: Transactions, secrets: Secrets, *, organization_id: OrganizationId, overlap: timedelta
) -> ShownDefaultSecret:
    """As `rotate_secret`, of the organization's own secret; the first one, if it had none."""
    fresh = new_secret()
    async with db.transaction() as tx:
        now = await default_secret.rotate(tx, secrets, organization_id, secret=fresh, overlap=overlap)
        data: dict[str, Json] = {"webhookId": None, "url": None, "events": None, "active": None}
        await tell(tx, NewEvent(type=EventType.WEBHOOK_SECRET_ROTATED, organization_id=organization_id, data=data))
    return ShownDefaultSecret(secret=fresh, previous_until=now.previous_until)


async def delete_endpoint(db: Database, *, organization_id: OrganizationId, endpoint_id: WebhookId) -> Endpoint:
    """The endpoint as it was; it gets nothing more, and its deliveries are forgotten.

    Raises:
        EndpointNotFoundError, EndpointOfCallError: as `change_endpoint`.
    """
    async with db.transaction() as tx:
        endpoint = await lock_managed(tx, organization_id, endpoint_id)
    await _delete_deliveries(db, endpoint)
    async with db.transaction() as tx:
        endpoint = await lock_managed(tx, organization_id, endpoint_id)
        # Whoever tells an event holds this lock before it refers to an endpoint: none can refer to one that goes.
        await organizations.lock_counter(tx, organization_id)
        await webhooks.delete(tx, endpoint)
        await tell(tx, told_of(EventType.WEBHOOK_DELETED, endpoint))
    return endpoint


async def lock_managed(tx: Connection, organization_id: OrganizationId, endpoint_id: WebhookId) -> Endpoint:
    """The endpoint, which nobody else changes until the transaction ends.

    Raises:
        EndpointNotFoundError, EndpointOfCallError: as `change_endpoint`.
    """
    endpoint = await webhooks.lock(tx, organization_id=organization_id, endpoint_id=endpoint_id)
    if endpoint is None:
        raise EndpointNotFoundError(endpoint_id)
    if endpoint.per_call:
        raise EndpointOfCallError(endpoint_id)
    return endpoint


def told_of(type_: EventType, endpoint: Endpoint, *, only_to: WebhookId | None = None) -> NewEvent:
    """The event about this endpoint: its address and filter, none of its secrets."""
    names: list[Json] = [one.value for one in endpoint.events]
    data: dict[str, Json] = {
        "webhookId": endpoint.id,
        "url": endpoint.url,
        "events": names or ["*"],
        "active": endpoint.active,
    }
    return NewEvent(type=type_, organization_id=endpoint.organization_id, data=data, only_to=only_to)


async def _delete_deliveries(db: Database, endpoint: Endpoint) -> None:
    """In transactions of their own: a month of deliveries would hold the organization's log for too long."""
    while True:
        async with db.transaction() as tx:
            if await webhooks.delete_deliveries(tx, endpoint, limit=_DELETED_AT_A_TIME) < _DELETED_AT_A_TIME:
                return
