"""What an endpoint receives, and what is on record afterwards."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.deliveries import (
    SECRET,
    an_endpoint,
    delivered,
    delivering,
    rows,
    run,
    told,
    until,
)
from tests.support.receiver import a_receiver, answers, holding, in_turn, takes_it
from tests.support.submissions import CORRUPT, OTHER_ORGANIZATION, Store

from docurift.actions.delete import delete_document
from docurift.actions.finish import fail
from docurift.model import signature
from docurift.model.event import EventType
from docurift.storage.blobs import BlobMissingError, Blobs, BlobStoreUnavailableError
from docurift.storage.blobs import Store as BlobStore

pytestmark = pytest.mark.committed

DUE_NOW = "update deliveries set next_attempt_at = clock_timestamp() where status = 'pending'"


async def test_an_event_comes_signed_with_the_endpoints_own_headers(store: Store) -> None:
    async with a_receiver() as receiver, delivering(store):
        await an_endpoint(store, receiver.url, headers={"X-Team": "blue", "webhook-id": "forged"})
        (event,) = await told(store)
        (received,) = await receiver.heard(1)
        await delivered(store, 1)

    found = signature.verify(headers=received.headers, body=received.body, secret=SECRET, now=int(received.at))
    assert [one.holds for one in found] == [True, True]
    assert received.event["id"] == received.headers["webhook-id"] == event.id
    assert (received.event["sequence"], received.event["data"]) == (event.sequence, {"number": 0})
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"] == "DocuRift/test"
    assert received.headers["x-team"] == "blue"


async def test_an_attempt_is_on_record_with_the_answer(store: Store) -> None:
    async with a_receiver(answers(201, body=b"thanks\x00\x1b[31m" + b"x" * 5000)) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await told(store)
        await delivered(store, 1)

    (attempt,) = await rows(store, "select * from delivery_attempts")
    assert (attempt["number"], attempt["status_code"], attempt["error"]) == (1, 201, None)
    assert attempt["answer"].startswith("thanks\\x00\\x1b[31mxx")
    assert await store.one("select attempts from deliveries") == 1


async def test_only_who_wants_an_event_gets_it(store: Store) -> None:
    async with a_receiver() as wanting, a_receiver() as other, a_receiver() as foreign, delivering(store):
        await an_endpoint(store, wanting.url, EventType.API_KEY_UPDATED)
        await an_endpoint(store, other.url, EventType.BATCH_COMPLETED)
        await an_endpoint(store, foreign.url, organization=OTHER_ORGANIZATION)
        await told(store)
        await wanting.heard(1)
        await told(store, organization=OTHER_ORGANIZATION)
        (received,) = await foreign.heard(1)

    assert (len(wanting.requests), other.requests) == (1, [])
    assert received.event["sequence"] == 1


async def test_a_failed_attempt_is_made_again_after_five_seconds_then_a_minute(store: Store) -> None:
    async with a_receiver(answers(500)) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await told(store)
        for attempts, seconds in [(1, 5), (2, 60), (3, 300)]:
            await until(store, "select attempts = %s from deliveries", attempts)
            (row,) = await rows(store, "select *, next_attempt_at - clock_timestamp() as wait from deliveries")
            assert timedelta(seconds=seconds - 3) < row["wait"] <= timedelta(seconds=seconds)
            assert row["status"] == "pending"
            await run(store, DUE_NOW)

    assert await store.one("select consecutive_failures from webhook_endpoints") >= 3


async def test_every_attempt_and_every_endpoint_gets_the_same_id_and_bytes(store: Store) -> None:
    async with a_receiver(in_turn(answers(500), answers(503), takes_it)) as failing, a_receiver() as well:
        await an_endpoint(store, failing.url)
        await an_endpoint(store, well.url)
        async with delivering(store):
            await told(store)
            for attempt in (1, 2):
                await until(store, "select max(attempts) = %s from deliveries", attempt)
                # A body that was composed again would say so.
                await run(store, "update events set data = jsonb_build_object('number', 99)")
                await run(store, DUE_NOW)
            await delivered(store, 2)

    sent = [*failing.requests, *well.requests]
    assert len(failing.requests) == 3
    assert len({(one.headers["webhook-id"], one.body) for one in sent}) == 1


async def test_the_last_failed_attempt_exhausts_a_delivery(store: Store) -> None:
    async with a_receiver(answers(500)) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        (event,) = await told(store)
        await until(store, "select attempts = 1 from deliveries")
        await run(store, "update deliveries set attempts = 8, next_attempt_at = clock_timestamp()")
        await until(store, "select status = 'exhausted' from deliveries")

    (row,) = await rows(store, "select * from deliveries")
    assert (row["attempts"], row["next_attempt_at"], row["event_id"]) == (9, None, event.id)


async def test_retry_after_is_kept_and_spares_the_endpoint(store: Store) -> None:
    async with a_receiver(answers(429, Retry_After="7200")) as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await told(store, 3)
        await until(store, "select bool_or(attempts = 1) from deliveries")
        wait = "select extract(epoch from next_attempt_at - clock_timestamp()) from deliveries where attempts = 1"
        pause = "select extract(epoch from paused_until - clock_timestamp()) from webhook_endpoints"
        assert 7190 < await store.one(wait) <= 7200
        assert 290 < await store.one(pause) <= 300

    assert len(receiver.requests) == 1


async def test_gone_disables_at_once_and_cancels_what_waits(store: Store) -> None:
    async with a_receiver(answers(410)) as gone, a_receiver() as other, delivering(store):
        await an_endpoint(store, other.url, EventType.WEBHOOK_DISABLED)
        endpoint_id = await an_endpoint(store, gone.url, EventType.API_KEY_UPDATED)
        await told(store, 4)
        (received,) = await other.heard(1)

    (endpoint,) = await rows(store, "select * from webhook_endpoints where id = %s", endpoint_id)
    assert (endpoint["active"], endpoint["disabled_reason"]) == (False, "gone")
    assert received.event["data"]["webhookId"] == endpoint_id
    assert received.event["data"]["reason"] == "gone"
    statuses = await rows(store, "select distinct status from deliveries where endpoint_id = %s", endpoint_id)
    assert statuses == [{"status": "cancelled"}]
    assert len(gone.requests) == 1


async def test_an_endpoint_that_failed_for_five_days_is_disabled_once(store: Store) -> None:
    async with a_receiver(answers(500)) as receiver, delivering(store):
        endpoint_id = await an_endpoint(store, receiver.url, EventType.API_KEY_UPDATED)
        await run(store, "update webhook_endpoints set failing_since = clock_timestamp() - interval '5 days'")
        await told(store, 3)
        await until(store, "select disabled_reason = 'failing' from webhook_endpoints where id = %s", endpoint_id)

    events = await rows(store, "select data from events where type = 'webhook.disabled'")
    assert [one["data"]["reason"] for one in events] == ["failing"]
    assert await store.one("select count(*) from deliveries where status = 'cancelled'") == 3
    assert len(receiver.requests) == 1


async def test_nothing_of_a_deleted_document_is_sent_after_the_deletion(store: Store) -> None:
    release = asyncio.Event()
    async with a_receiver(holding(release)) as receiver, delivering(store, concurrency=1):
        await an_endpoint(store, receiver.url)
        job = (await store.submit()).job
        await receiver.heard(1)  # accepted; it holds the only place
        lease = await store.taken(job.id)
        await store.complete(lease)
        await delete_document(store.db, store.blobs, organization_id=job.organization_id, document_id=job.document_id)
        release.set()
        await receiver.heard(2)
        await delivered(store, 1)

    assert [one.event["type"] for one in receiver.requests] == ["document.processing.accepted", "document.deleted"]
    assert await store.one("select count(*) from event_bodies") == 1
    # What was under way when the document was deleted is told, and stays cancelled.
    assert await store.one("select count(*) from delivery_attempts") == 2
    cancelled = await rows(store, "select event_type, attempts from deliveries where status = 'cancelled' order by 1")
    assert [(one["event_type"].rpartition(".")[2], one["attempts"]) for one in cancelled] == [
        ("accepted", 1),
        ("completed", 0),
        ("started", 0),
    ]


async def test_what_was_claimed_before_a_deletion_is_not_sent_after_it(store: Store) -> None:
    """Both are claimed at once; the second has its bytes, but waits for its turn behind the first's composition."""
    first, second = (await store.submit(b"first")).job, (await store.submit(b"second")).job
    leases = [await store.taken(first.id), await store.taken(second.id)]
    blobs = _Held(store.blobs._store)
    async with a_receiver() as receiver:
        await an_endpoint(
            store, receiver.url, EventType.DOCUMENT_COMPLETED, EventType.DOCUMENT_FAILED, EventType.DOCUMENT_DELETED
        )
        await run(store, "update webhook_endpoints set last_success_at = now()")
        await store.complete(leases[0])
        await fail(store.db, leases[1], CORRUPT)
        await run(
            store,
            "insert into event_bodies select organization_id, sequence, '{}' from deliveries where job_id = %s",
            second.id,
        )
        async with delivering(Store(store.db, blobs)):
            await blobs.asked.wait()
            await delete_document(
                store.db, store.blobs, organization_id=second.organization_id, document_id=second.document_id
            )
            blobs.release.set()
            await delivered(store, 2)

    sent = [one.event["type"] for one in receiver.requests]
    assert sent == ["document.processing.completed", "document.deleted"]
    assert await store.one("select status from deliveries where job_id = %s", second.id) == "cancelled"


async def test_a_result_that_cannot_be_read_now_is_sent_later_without_an_attempt(store: Store) -> None:
    async with a_receiver() as receiver:
        job = (await store.submit()).job
        lease = await store.taken(job.id)
        await an_endpoint(store, receiver.url)
        await store.complete(lease)
        async with delivering(Store(store.db, _Away(store.blobs._store))):
            await until(store, "select next_attempt_at > clock_timestamp() + interval '20 s' from deliveries")
        assert await store.one("select attempts from deliveries") == 0
        await store.blobs.delete(job.organization_id, await store.one("select sha256 from results"))
        await run(store, DUE_NOW)
        async with delivering(store):
            (received,) = await receiver.heard(1)
            await delivered(store, 1)

    assert (received.event["type"], received.event["data"]["result"]) == ("document.processing.completed", None)


async def test_an_endpoint_whose_secret_cannot_be_read_fails_with_a_sentence(store: Store) -> None:
    async with a_receiver() as receiver, delivering(store):
        await an_endpoint(store, receiver.url)
        await run(store, "update webhook_endpoints set sealed_secret = '\\x00'::bytea")
        await told(store)
        await until(store, "select attempts = 1 from deliveries")

    assert receiver.requests == []
    assert "secret key" in await store.one("select error from delivery_attempts")


class _Held(Blobs):
    """A store that answers when it is released."""

    def __init__(self, store: BlobStore) -> None:
        super().__init__(store)
        self.asked, self.release = asyncio.Event(), asyncio.Event()

    async def read(self, organization_id: str, sha256: str) -> bytes:
        self.asked.set()
        await self.release.wait()
        raise BlobMissingError(f"{organization_id}/{sha256}")


class _Away(Blobs):
    """A store whose server does not answer."""

    async def read(self, organization_id: str, sha256: str) -> bytes:
        raise BlobStoreUnavailableError(f"{organization_id}/{sha256}")
