"""Builders of webhook endpoints for tests that stand on a real database."""

from collections.abc import Sequence
from typing import Any

from tests.support.submissions import ORGANIZATION, SECRETS, Store

from docurift.actions.telling import tell
from docurift.actions.webhooks import ShownEndpoint, WantedEndpoint, create_endpoint
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId, WebhookId
from docurift.storage import webhooks
from docurift.storage.events import NewEvent
from docurift.storage.webhooks import Keys

URL = "https://hooks.example.org/in"
MOST = 100


async def an_endpoint(
    store: Store,
    *events: EventType,
    organization: OrganizationId = ORGANIZATION,
    **wanted: Any,  # noqa: ANN401 -- as WantedEndpoint
) -> ShownEndpoint:
    """An endpoint that wants `events`, or all."""
    return await create_endpoint(
        store.db,
        SECRETS,
        organization_id=organization,
        wanted=WantedEndpoint(events=events, **{"url": URL} | wanted),
        most=MOST,
    )


async def keys_of(store: Store, endpoint_id: WebhookId) -> Keys:
    """What signs for the endpoint now, and its headers."""
    async with store.db.reading() as conn:
        sealed = await webhooks.sending(conn, endpoint_id)
    assert sealed is not None
    return webhooks.unsealed(SECRETS, sealed)


async def addressed(store: Store, endpoint_id: WebhookId) -> Sequence[tuple[str, str]]:
    """Type and origin of the deliveries to the endpoint, in the order they are sent in."""
    async with store.db.reading() as conn:
        cursor = await conn.execute(
            "select event_type, origin from deliveries where endpoint_id = %s order by next_attempt_at, sequence",
            (endpoint_id,),
        )
        return [(row["event_type"], row["origin"]) for row in await cursor.fetchall()]


async def a_call(store: Store, url: str = URL, secret: str | None = None) -> WebhookId:
    """The endpoint of a call with this `webhookUrl` and `webhookSecret`."""
    async with store.db.transaction() as tx:
        return await webhooks.for_call(tx, SECRETS, organization_id=ORGANIZATION, url=url, secret=secret)


async def told(store: Store, type_: EventType = EventType.BATCH_COMPLETED, count: int = 1) -> list[int]:
    """Numbers of fresh events."""
    news = [NewEvent(type=type_, organization_id=ORGANIZATION, data={}) for _ in range(count)]
    async with store.db.transaction() as tx:
        return [event.sequence for event in await tell(tx, *news)]
