"""Endpoints, events and deliverers for tests of what is sent."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.support.egress import a_guard
from tests.support.submissions import ORGANIZATION, SECRETS, Store

from docurift.actions.telling import tell
from docurift.egress.sender import Sender
from docurift.model.event import Event, EventType
from docurift.model.ids import OrganizationId, WebhookId, new_id
from docurift.model.signature import new_secret
from docurift.storage import webhooks
from docurift.storage.events import NewEvent
from docurift.storage.webhooks import NewEndpoint
from docurift.webhooks.courier import Courier
from docurift.webhooks.deliverer import Deliverer, Pace
from docurift.webhooks.freezer import Freezer
from docurift.webhooks.lanes import Lanes
from docurift.webhooks.shift import Desk

SECRET = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
PATIENCE_SECONDS = 20


async def an_endpoint(
    store: Store,
    url: str,
    *events: EventType,
    headers: dict[str, str] | None = None,
    secret: str = SECRET,
    organization: OrganizationId = ORGANIZATION,
) -> WebhookId:
    """An active endpoint that wants `events`, or all."""
    new = NewEndpoint(
        id=WebhookId(new_id("wh")),
        organization_id=organization,
        url=url,
        events=events,
        active=True,
        secret=secret or new_secret(),
        headers=headers or {},
    )
    async with store.db.transaction() as tx:
        return (await webhooks.insert(tx, SECRETS, new)).id


async def told(
    store: Store, count: int = 1, *, only_to: WebhookId | None = None, organization: OrganizationId = ORGANIZATION
) -> Sequence[Event]:
    """Events, each of a transaction of its own."""
    events: list[Event] = []
    for number in range(count):
        new = NewEvent(
            type=EventType.API_KEY_UPDATED, organization_id=organization, data={"number": number}, only_to=only_to
        )
        async with store.db.transaction() as tx:
            events.extend(await tell(tx, new))
    return events


@asynccontextmanager
async def a_desk(store: Store, **more: Any) -> AsyncGenerator[Desk]:  # noqa: ANN401 -- fields of the desk
    """What a deliverer's shifts share; without jitter."""
    seconds, most = more.pop("seconds", 15.0), more.pop("most_in_flight", 128)
    sender = Sender(a_guard(), max_connections=most)
    courier = Courier(
        freezer=Freezer(store.db, store.blobs),
        secrets=SECRETS,
        sender=more.pop("around", lambda one: one)(sender),
        user_agent="DocuRift/test",
        seconds=seconds,
    )
    usual: dict[str, Any] = {"deliverer": "test:1", "lease_seconds": 30.0, "concurrency": 5}
    yield Desk(db=store.db, courier=courier, lanes=Lanes(most), jitter=lambda: 0.0, **usual | more)
    await sender.close()


@asynccontextmanager
async def delivering(store: Store, *, renew_seconds: float = 5.0, **more: Any) -> AsyncGenerator[Deliverer]:  # noqa: ANN401
    """A deliverer at work, drained at the end."""
    async with a_desk(store, **more) as desk:
        deliverer = Deliverer(store.db, desk, pace=Pace(renew_seconds=renew_seconds, drain_seconds=10.0))
        running = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            if not deliverer._draining.is_set():  # a second time would hurry it
                deliverer.drain()
            await running


async def rows(store: Store, query: str, *values: object) -> list[dict[str, Any]]:
    """What the database answers."""
    async with store.db.reading() as conn:
        cursor = await conn.execute(query.encode(), values)
        return await cursor.fetchall()


async def run(store: Store, query: str, *values: object) -> None:
    """Change rows behind the service's back."""
    async with store.db.reading() as conn:
        await conn.execute(query.encode(), values)


async def until(store: Store, fact: str, *values: object) -> None:
    """Wait until the database says true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await store.one(fact, *values):  # noqa: ASYNC110 -- another process could have made it true
            await asyncio.sleep(0.02)


async def delivered(store: Store, count: int) -> None:
    """Wait until so many deliveries are on record as delivered."""
    await until(store, "select count(*) >= %s from deliveries where status = 'delivered'", count)
