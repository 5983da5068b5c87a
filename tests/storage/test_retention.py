"""Events are kept as long as the operator wants, and a log loses its beginning only."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.endpoints import an_endpoint
from tests.support.streams import tell_some
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.redeliver import replay
from docurift.actions.retain import Forgotten, forget_old
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId
from docurift.storage import event_log, leader, retention
from docurift.storage.delivery_list import EventRange
from docurift.storage.event_log import LogPage

pytestmark = pytest.mark.committed
KEPT = timedelta(days=30)


async def _told(store: Store, count: int, *, days_ago: int, organization: OrganizationId = ORGANIZATION) -> None:
    numbers = await tell_some(store.db, count, organization=organization)
    await store.one(
        "update events set created_at = now() - %s where organization_id = %s and sequence = any (%s) returning 1",
        timedelta(days=days_ago),
        organization,
        numbers,
    )


async def _log(store: Store, organization: OrganizationId = ORGANIZATION) -> LogPage:
    async with store.db.reading() as conn:
        return await event_log.page(conn, organization_id=organization, after=None, limit=100)


async def test_old_events_go_and_younger_ones_keep_their_numbers(store: Store) -> None:
    await _told(store, 3, days_ago=31)
    await _told(store, 2, days_ago=29)
    await _told(store, 4, days_ago=40, organization=OTHER_ORGANIZATION)

    assert await forget_old(store.db, kept=KEPT) == Forgotten(events=7)
    assert await forget_old(store.db, kept=KEPT) == Forgotten()

    page = await _log(store)
    assert [event.sequence for event in page.events] == [4, 5]
    assert (page.first_sequence, page.last_sequence) == (4, 5)
    assert (await _log(store, OTHER_ORGANIZATION)).first_sequence == 5
    assert await tell_some(store.db, 1) == [6]


async def test_an_old_event_behind_a_younger_one_stays_for_there_are_no_holes(store: Store) -> None:
    await _told(store, 2, days_ago=31)
    await _told(store, 1, days_ago=1)
    await _told(store, 2, days_ago=31)

    assert await forget_old(store.db, kept=KEPT) == Forgotten(events=2)

    assert [event.sequence for event in (await _log(store)).events] == [3, 4, 5]


async def test_an_event_that_is_still_to_be_delivered_stays_with_all_that_follow(store: Store) -> None:
    endpoint = await an_endpoint(store)  # its own event is number 1
    await _told(store, 4, days_ago=31)
    await store.one("update events set created_at = now() - interval '31 days' returning 1")
    await store.one(
        "update deliveries set status = 'delivered', next_attempt_at = null, completed_at = now() "
        "where sequence <> 3 returning 1"
    )

    first = await forget_old(store.db, kept=KEPT)
    await store.one(
        "update deliveries set status = 'cancelled', next_attempt_at = null, completed_at = now() "
        "where status = 'pending' returning 1"
    )
    then = await forget_old(store.db, kept=KEPT)

    assert endpoint
    assert (first.events, then.events) == (2, 3)
    assert (await _log(store)).events == ()


async def test_logs_that_wait_for_their_deliveries_hold_up_no_other(store: Store) -> None:
    waiting = [OrganizationId(f"org_{number:026}") for number in range(100, 110)]
    for organization in waiting:
        await store.one("insert into organizations (id, name) values (%s, 'waits') returning 1", organization)
        await an_endpoint(store, organization=organization)
        await _told(store, 1, days_ago=40, organization=organization)
    await store.one("update events set created_at = now() - interval '40 days' returning 1")
    await _told(store, 3, days_ago=31)

    assert await forget_old(store.db, kept=KEPT) == Forgotten(events=3)
    assert (await _log(store, waiting[0])).first_sequence == 1


async def test_a_replay_leaves_no_delivery_of_an_event_that_goes_meanwhile(store: Store) -> None:
    endpoint = (await an_endpoint(store, EventType.BATCH_CREATED)).endpoint  # its own event is number 1
    await _told(store, 4, days_ago=31)
    await store.one("update events set created_at = now() - interval '31 days' returning 1")
    await store.one("delete from deliveries returning 1")

    async with store.db.transaction() as tx:
        assert await retention.delete_oldest(tx, organization_id=ORGANIZATION, kept=KEPT, limit=3) == 3
        replaying = asyncio.create_task(
            replay(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint.id, range_=EventRange())
        )
        await _until_done_or_blocked(store, replaying)

    assert await replaying == 2
    assert await store.one("select array_agg(sequence order by sequence) from deliveries") == [4, 5]


async def _until_done_or_blocked(store: Store, task: asyncio.Task[int]) -> None:
    blocked = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with asyncio.timeout(10):
        while not task.done() and not await store.one(blocked):  # noqa: ASYNC110 -- nobody is told
            await asyncio.sleep(0.01)


async def test_the_bytes_that_were_sent_go_with_the_event(store: Store) -> None:
    await _told(store, 2, days_ago=31)
    await store.one("insert into event_bodies select organization_id, sequence, '' from events returning 1")

    await forget_old(store.db, kept=KEPT)

    assert await store.one("select count(*) from event_bodies") == 0


async def test_final_deliveries_are_kept_as_long_as_events(store: Store) -> None:
    await an_endpoint(store)
    await tell_some(store.db, 3)
    await store.one(
        "update deliveries set status = 'delivered', next_attempt_at = null, "
        "completed_at = now() - make_interval(days => 29 + sequence::int) where sequence > 1 returning 1"
    )
    kept = await store.one("select count(*) from deliveries")

    assert (await forget_old(store.db, kept=KEPT)).deliveries == 3

    assert await store.one("select count(*) from deliveries") == kept - 3
    assert await store.one("select count(*) from events") == 4


async def test_one_process_at_a_time_forgets(store: Store) -> None:
    await _told(store, 2, days_ago=31)

    async with leader.elected(store.db, "retention"):
        assert await forget_old(store.db, kept=KEPT) == Forgotten()
    assert (await forget_old(store.db, kept=KEPT)).events == 2
