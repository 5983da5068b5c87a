"""Events are sent again by hand: one delivery, or a part of the log in its order."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.endpoints import addressed, an_endpoint, told
from tests.support.submissions import ORGANIZATION, Store

from docurift.actions import redeliver as by_hand
from docurift.actions.redeliver import (
    DeliveryNotFoundError,
    EndpointInactiveError,
    EventGoneError,
    TooManyEventsError,
    redeliver,
    replay,
    send_test,
)
from docurift.model.event import EventType
from docurift.model.ids import DeliveryId, EventId, WebhookId, new_id
from docurift.model.webhook import Delivery, DeliveryStatus
from docurift.storage import delivery_list
from docurift.storage.delivery_list import DeliveryFilter, EventRange
from docurift.storage.listing import InvalidCursorError, Window

pytestmark = pytest.mark.committed


async def listed(store: Store, endpoint_id: WebhookId, **wanted: object) -> tuple[Delivery, ...]:
    async with store.db.reading() as conn:
        listing = await delivery_list.page_of(
            conn,
            organization_id=ORGANIZATION,
            endpoint_id=endpoint_id,
            filter=DeliveryFilter(**wanted),  # type: ignore[arg-type]
            window=Window(),
        )
    return listing.items


async def replayed(store: Store, endpoint_id: WebhookId, **bounds: object) -> list[int]:
    """Numbers of the events that were written again, in the order they will be sent in."""
    range_ = EventRange(**bounds)  # type: ignore[arg-type]
    await store.one("delete from deliveries returning 1")
    count = await replay(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id, range_=range_)
    async with store.db.reading() as conn:
        cursor = await conn.execute(
            "select sequence from deliveries where origin = 'replay' order by next_attempt_at, sequence"
        )
        sequences = [row["sequence"] for row in await cursor.fetchall()]
    assert len(sequences) == count
    return sequences


async def test_a_redelivery_is_a_new_delivery_of_the_same_event(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    await told(store)
    [first] = await listed(store, endpoint_id)

    again = await redeliver(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id, delivery_id=first.id)
    once_more = await redeliver(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id, delivery_id=again.id)

    assert len({first.id, again.id, once_more.id}) == 3
    assert (again.event_id, again.sequence, again.status) == (first.event_id, first.sequence, DeliveryStatus.PENDING)
    assert await addressed(store, endpoint_id) == [
        ("batch.completed", "event"),
        ("batch.completed", "redelivery"),
        ("batch.completed", "redelivery"),
    ]


async def test_what_is_not_kept_or_not_known_is_not_sent_again(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    another = (await an_endpoint(store)).endpoint.id
    await told(store)
    [first] = await listed(store, endpoint_id)

    for endpoint, delivery in ((another, first.id), (endpoint_id, DeliveryId(new_id("dlv")))):
        with pytest.raises(DeliveryNotFoundError):
            await redeliver(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint, delivery_id=delivery)
    await store.one("delete from events where sequence = %s returning 1", first.sequence)
    with pytest.raises(EventGoneError):
        await redeliver(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id, delivery_id=first.id)


async def test_an_endpoint_that_is_switched_off_is_sent_nothing_by_hand(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    await told(store)
    [first] = await listed(store, endpoint_id)
    await store.one("update webhook_endpoints set active = false returning 1")
    asked = {"organization_id": ORGANIZATION, "endpoint_id": endpoint_id}

    for refused in (
        send_test(store.db, **asked),
        replay(store.db, **asked, range_=EventRange()),
        redeliver(store.db, **asked, delivery_id=first.id),
    ):
        with pytest.raises(EndpointInactiveError):
            await refused
    assert len(await listed(store, endpoint_id)) == 1


async def test_a_replay_is_of_what_the_endpoint_subscribes_to_in_order_and_of_no_tests(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED, EventType.WEBHOOK_TEST)).endpoint.id
    await told(store, EventType.DOCUMENT_STARTED)
    batches = await told(store, count=3)
    await send_test(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id)

    assert await replayed(store, endpoint_id, first_sequence=1) == batches


async def test_a_replay_is_bounded_by_numbers_and_by_time(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    before = await told(store, count=2)
    middle = await store.one("select clock_timestamp()")
    after = await told(store, count=2)

    assert await replayed(store, endpoint_id, first_sequence=before[1], last_sequence=after[0]) == [before[1], after[0]]
    assert await replayed(store, endpoint_id, since=middle) == after
    assert await replayed(store, endpoint_id, before=middle) == before
    assert await replayed(store, endpoint_id, since=middle, last_sequence=after[0]) == after[:1]
    assert await replayed(store, endpoint_id, since=datetime.now(UTC) + timedelta(days=1)) == []


async def test_a_replay_of_too_much_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "MOST_REPLAYED", 3)
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    numbers = await told(store, count=4)
    asked = {"organization_id": ORGANIZATION, "endpoint_id": endpoint_id}

    with pytest.raises(TooManyEventsError):
        await replay(store.db, **asked, range_=EventRange())

    assert len(await listed(store, endpoint_id)) == 4
    assert await replay(store.db, **asked, range_=EventRange(first_sequence=numbers[1])) == 3


async def test_deliveries_are_listed_by_what_they_are(store: Store) -> None:
    endpoint_id = (await an_endpoint(store)).endpoint.id
    await told(store, EventType.BATCH_COMPLETED)
    job_id = (await store.submit()).job.id
    [batch] = await listed(store, endpoint_id, event_type=EventType.BATCH_COMPLETED)
    await store.one(
        "update deliveries set status = 'delivered', next_attempt_at = null, completed_at = now() where id = %s"
        " returning 1",
        batch.id,
    )

    everything = await listed(store, endpoint_id)
    assert [one.sequence for one in everything] == sorted((one.sequence for one in everything), reverse=True)
    assert await listed(store, endpoint_id, event_id=EventId(batch.event_id)) == await listed(
        store, endpoint_id, status=DeliveryStatus.DELIVERED
    )
    assert [one.job_id for one in await listed(store, endpoint_id, job_id=job_id)] == [job_id]
    assert await listed(store, endpoint_id, created_before=batch.created_at) == everything[-1:]
    assert (await listed(store, endpoint_id, created_from=batch.created_at))[-1].id == batch.id
    assert await listed(store, endpoint_id, event_type=EventType.JOB_DELETED) == ()


async def test_a_cursor_of_one_endpoints_deliveries_is_not_one_of_anothers(store: Store) -> None:
    one, two = (await an_endpoint(store)).endpoint.id, (await an_endpoint(store)).endpoint.id
    await told(store, count=3)
    asked = {"organization_id": ORGANIZATION, "filter": DeliveryFilter()}

    async with store.db.reading() as conn:
        first = await delivery_list.page_of(conn, **asked, endpoint_id=one, window=Window(limit=2))
        assert first.next_cursor is not None
        window = Window(limit=2, cursor=first.next_cursor)
        rest = await delivery_list.page_of(conn, **asked, endpoint_id=one, window=window)
        with pytest.raises(InvalidCursorError):
            await delivery_list.page_of(conn, **asked, endpoint_id=two, window=window)

    assert len({delivery.id for delivery in (*first.items, *rest.items)}) == 4
