"""One deliverer at a time sends to an endpoint; none waits for another's; nothing that was told is forgotten."""

import asyncio
import time
from datetime import UTC, datetime

import pytest
from tests.support.deliveries import a_desk, an_endpoint, delivered, delivering, rows, run, told, until
from tests.support.receiver import Received, Reply, a_receiver, answers, holding, in_turn, takes_it
from tests.support.submissions import ORGANIZATION, SECRETS, Store

from docurift.actions.deliver import TurnLostError, record
from docurift.actions.telling import tell
from docurift.actions.webhooks import change_endpoint
from docurift.model.event import EventType
from docurift.model.ids import DeliveryId
from docurift.storage import turns
from docurift.storage.events import NewEvent
from docurift.storage.outcomes import Outcome
from docurift.storage.webhooks import EndpointChange
from docurift.webhooks.pump import Pump

pytestmark = pytest.mark.committed

NO_HINTS = "delete from pgqueuer where entrypoint = 'delivery'"
WAITING = "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
LEASE_IS_OVER = "update webhook_endpoints set turn_until = clock_timestamp() - interval '1 s'"


async def test_first_attempts_start_in_the_order_of_the_log(store: Store) -> None:
    async with a_receiver() as receiver:
        await an_endpoint(store, receiver.url)
        events = await told(store, 40)
        async with delivering(store, concurrency=1):
            await receiver.heard(40)
            await delivered(store, 40)

    assert [one.event["sequence"] for one in receiver.requests] == [event.sequence for event in events]


async def test_no_more_than_five_attempts_are_under_way_to_an_endpoint(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(in_turn(takes_it, takes_it, takes_it, holding(release))) as receiver:
        await an_endpoint(store, receiver.url)
        await told(store, 30)
        async with delivering(store):
            await receiver.heard(8)
            release.set()
            await delivered(store, 30)

    assert (receiver.most_at_once, len(receiver.requests)) == (5, 30)
    assert receiver.connections <= 5


async def test_an_endpoint_that_has_shown_nothing_gets_one_at_a_time(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as hanging, a_receiver() as well:
        await an_endpoint(store, hanging.url)
        await an_endpoint(store, well.url)
        await told(store, 10)
        async with delivering(store):
            await delivered(store, 10)
            assert len(hanging.requests) == 1
            release.set()
            await delivered(store, 20)

    assert len(well.requests) == 10


async def test_dead_endpoints_leave_room_for_those_that_answer(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as hanging, a_receiver() as well:
        for _ in range(4):
            await an_endpoint(store, hanging.url)
        await run(store, "update webhook_endpoints set consecutive_failures = 1")
        await an_endpoint(store, well.url)
        async with delivering(store, most_in_flight=4):
            await told(store, 20)
            await well.heard(20)
            assert hanging.under_way == 2  # half of the places
            release.set()
            await delivered(store, 100)


async def test_the_breaker_opens_after_five_failures_then_probes_one_by_one(store: Store) -> None:
    async with a_receiver(in_turn(*[answers(500)] * 6, takes_it)) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await told(store, 12)
        pause = "select paused_until > clock_timestamp() + make_interval(secs => %s) from webhook_endpoints"
        await until(store, pause, 3)
        assert (len(receiver.requests), await store.one("select consecutive_failures from webhook_endpoints")) == (5, 5)

        await run(store, "update webhook_endpoints set paused_until = clock_timestamp()")
        await until(store, pause, 8)
        assert len(receiver.requests) == 6

        await run(store, "update webhook_endpoints set paused_until = clock_timestamp()")
        await until(store, "select paused_until is null from webhook_endpoints")
        await until(store, "select count(*) = 6 from deliveries where status = 'delivered'")

    health = await rows(store, "select consecutive_failures, failing_since, paused_until from webhook_endpoints")
    assert health == [{"consecutive_failures": 0, "failing_since": None, "paused_until": None}]


async def test_a_deliverer_whose_turn_went_to_another_writes_nothing(store: Store) -> None:
    async with a_receiver() as receiver:
        endpoint_id = await an_endpoint(store, receiver.url)
        await told(store)
        async with store.db.reading() as conn:
            old = await turns.take(conn, endpoint_id, deliverer="old", lease_seconds=30)
            assert old is not None
            (claimed,) = await turns.claim(conn, old[0], under_way=[], limit=5)
            assert await turns.take(conn, endpoint_id, deliverer="new", lease_seconds=30) is None
            await conn.execute(LEASE_IS_OVER)
            assert await turns.claim(conn, old[0], under_way=[], limit=5) == []
            new = await turns.take(conn, endpoint_id, deliverer="new", lease_seconds=30)
            assert new is not None
            assert await turns.renew(conn, [old[0]], lease_seconds=30) == set()
            await turns.release(conn, old[0])

        with pytest.raises(TurnLostError):
            await record(store.db, old[0], [an_outcome(claimed.id)], jitter=lambda: 0.0)

    assert await store.one("select count(*) from delivery_attempts") == 0
    assert await store.one("select turn_by from webhook_endpoints") == "new"
    recorded = await record(store.db, new[0], [an_outcome(claimed.id)], jitter=lambda: 0.0)
    assert recorded.health.is_proven


async def test_an_attempt_that_is_on_record_counts_once(store: Store) -> None:
    endpoint_id = await an_endpoint(store, "http://127.0.0.1:1/")
    await told(store)
    async with store.db.reading() as conn:
        taken = await turns.take(conn, endpoint_id, deliverer="test", lease_seconds=30)
        assert taken is not None
        (claimed,) = await turns.claim(conn, taken[0], under_way=[], limit=5)

    failed = an_outcome(claimed.id, status_code=500)
    for _ in range(3):  # as after a COMMIT whose answer was lost
        recorded = await record(store.db, taken[0], [failed], jitter=lambda: 0.0)

    assert recorded.health.consecutive_failures == 1
    assert await store.one("select count(*) from delivery_attempts") == 1


async def test_a_turn_whose_lease_ran_out_stops_its_attempts_and_another_sends_them(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as receiver, a_desk(store, lease_seconds=0.5) as desk:
        endpoint_id = await an_endpoint(store, receiver.url)
        await told(store)
        await run(store, NO_HINTS)
        await Pump(endpoint_id, desk).run()  # nobody renews it
        assert len(receiver.requests) == 1
        release.set()
        async with delivering(store, deliverer="other"):
            await receiver.heard(2)
            await delivered(store, 1)

    assert len({one.body for one in receiver.requests}) == 1


async def test_a_held_turn_is_renewed(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as receiver, delivering(store, lease_seconds=0.6, renew_seconds=0.1):
        await an_endpoint(store, receiver.url)
        await told(store)
        await receiver.heard(1)
        first = await store.one("select turn_until from webhook_endpoints")
        await until(store, "select turn_until > %s + interval '1 s' from webhook_endpoints", first)
        release.set()
        await delivered(store, 1)

    assert (len(receiver.requests), await store.one("select turn from webhook_endpoints")) == (1, 1)


async def test_a_lost_hint_is_mended(store: Store) -> None:
    async with a_receiver() as receiver:
        await an_endpoint(store, receiver.url)
        await told(store, 3)
        await run(store, NO_HINTS)
        async with delivering(store):
            await delivered(store, 3)


async def test_a_retry_that_falls_due_is_sent_though_nobody_hints(store: Store) -> None:
    async with a_receiver(in_turn(answers(500), takes_it)) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await told(store)
        await until(store, "select attempts = 1 from deliveries")
        await until(store, "select turn_until is null from webhook_endpoints")
        await run(store, "update deliveries set next_attempt_at = clock_timestamp() + interval '0.2 s'")
        await delivered(store, 1)


@pytest.mark.alone
async def test_two_deliverers_share_the_endpoints_and_pass_on_hints(store: Store) -> None:
    """A hint that reaches the one reaches the other, which has the turn: no delivery waits for a sweep."""
    async with a_receiver() as receiver:
        await an_endpoint(store, receiver.url)
        async with delivering(store, deliverer="one"), delivering(store, deliverer="two"):
            for number in range(1, 31):
                await told(store)
                begun = time.monotonic()
                await receiver.heard(number)
                assert time.monotonic() - begun < 0.9
            await delivered(store, 30)

    assert [one.event["sequence"] for one in receiver.requests] == list(range(1, 31))


async def test_a_drain_finishes_what_is_under_way_and_releases_the_turn(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as receiver:
        await an_endpoint(store, receiver.url)
        await told(store, 3)
        async with delivering(store) as deliverer:
            await receiver.heard(1)
            deliverer.drain()
            release.set()

    (endpoint,) = await rows(store, "select turn_by, turn_until from webhook_endpoints")
    assert endpoint == {"turn_by": None, "turn_until": None}
    assert len(receiver.requests) == 1
    statuses = await rows(store, "select status, attempts from deliveries order by sequence")
    assert [(one["status"], one["attempts"]) for one in statuses] == [("delivered", 1), ("pending", 0), ("pending", 0)]


async def test_a_hurried_drain_gives_the_turn_back_and_the_delivery_is_sent_again(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as receiver:
        await an_endpoint(store, receiver.url)
        await told(store)
        async with delivering(store) as deliverer:
            await receiver.heard(1)
            deliverer.drain()
            deliverer.drain()
        release.set()
        async with delivering(store):
            await delivered(store, 1)

    assert len({(one.headers["webhook-id"], one.body) for one in receiver.requests}) == 1
    assert len(receiver.requests) == 2


async def test_an_endpoint_that_is_switched_off_gets_nothing_until_it_is_on_again(store: Store) -> None:
    async with a_receiver() as receiver:
        await an_endpoint(store, receiver.url)
        await told(store, 2)
        await run(store, "update webhook_endpoints set active = false")
        async with a_receiver() as other, delivering(store):
            await an_endpoint(store, other.url)
            await told(store)
            await other.heard(1)
            assert receiver.requests == []
            await run(store, "update webhook_endpoints set active = true")
            await receiver.heard(2)
            await delivered(store, 3)


async def test_an_endpoint_switched_off_while_an_event_is_told_keeps_nothing_waiting(store: Store) -> None:
    endpoint_id = await an_endpoint(store, "https://receiver.example/hook")
    new = NewEvent(type=EventType.API_KEY_UPDATED, organization_id=ORGANIZATION, data={})
    async with store.db.transaction() as tx:
        await tell(tx, new)
        switching = asyncio.create_task(
            change_endpoint(
                store.db,
                SECRETS,
                organization_id=ORGANIZATION,
                endpoint_id=endpoint_id,
                wanted=EndpointChange(active=False),
            )
        )
        await until(store, WAITING)
    await switching

    told_of = await rows(store, "select status from deliveries where event_type = 'api_key.updated'")
    assert told_of == [{"status": "cancelled"}]


async def test_a_receiver_that_hangs_up_or_is_not_there_is_an_outcome(store: Store) -> None:
    async def hang_up(_: Received) -> Reply:
        raise ConnectionResetError

    async with a_receiver(hang_up) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await an_endpoint(store, "http://127.0.0.1:1/")
        await an_endpoint(store, "http://169.254.169.254/latest/meta-data")
        await told(store)
        await until(store, "select count(*) = 3 from deliveries where attempts = 1 and status = 'pending'")

    attempts = await rows(store, "select status_code, error from delivery_attempts")
    assert all(one["status_code"] is None and one["error"].endswith(".") for one in attempts)


def an_outcome(delivery_id: DeliveryId, *, status_code: int = 200) -> Outcome:
    return Outcome(
        delivery_id=delivery_id, number=1, started_at=datetime.now(UTC), latency_seconds=0.01, status_code=status_code
    )
