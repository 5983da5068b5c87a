"""What crashes leave behind is mended, by one leader."""

import pytest
from tests.support.submissions import CORRUPT, GONE_LEASE_SECONDS, MAX_TRIES, ORGANIZATION, Store

from docurift.actions.finish import fail
from docurift.actions.housekeep import Rescue, rescue
from docurift.actions.submit import IdempotencyKey
from docurift.actions.take import release
from docurift.model.event import EventType
from docurift.model.failure import FailureCode
from docurift.model.job import JobOptions, JobStatus
from docurift.storage import attempts, documents, events, jobs, leader, results
from docurift.storage.attempts import Outcome

pytestmark = pytest.mark.committed


async def _rescue(store: Store) -> Rescue:
    return await rescue(store.db, store.blobs, max_tries=MAX_TRIES)


async def _entries(store: Store) -> int:
    return await store.one("select count(*) from pgqueuer")


async def test_a_job_whose_hint_was_lost_is_offered_again(store: Store) -> None:
    await store.submit()
    await store.one("delete from pgqueuer returning 1")
    assert (await _rescue(store)).offered == 0, "its entry may be on its way"
    await store.one("update jobs set created_at = now() - interval '2 seconds' returning 1")

    done = await _rescue(store)

    assert done.offered == 1
    assert await _entries(store) == 1
    assert (await _rescue(store)).offered == 0


async def test_a_job_whose_worker_was_lost_is_offered_again_in_place_of_its_entry(store: Store) -> None:
    job_id = (await store.submit()).job.id
    await store.one("update pgqueuer set status = 'picked' returning 1")
    await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)

    done = await _rescue(store)

    assert done.offered == 1
    assert await store.one("select status::text from pgqueuer") == "queued"
    assert (await _rescue(store)).offered == 0


async def test_a_job_whose_entry_was_picked_and_that_nobody_took_is_offered_again(store: Store) -> None:
    await store.submit()
    await store.one("update jobs set created_at = now() - interval '2 seconds' returning 1")
    await store.one("update pgqueuer set status = 'picked', updated = now() returning 1")
    assert (await _rescue(store)).offered == 0, "somebody is about to take it"
    await store.one("update pgqueuer set updated = now() - interval '4 seconds' returning 1")

    done = await _rescue(store)

    assert done.offered == 1
    assert await store.one("select status::text from pgqueuer") == "queued"


async def test_a_job_that_is_worked_at_is_left_alone(store: Store) -> None:
    await store.taken((await store.submit()).job.id)
    await store.one("update pgqueuer set status = 'picked' returning 1")

    assert (await _rescue(store)).offered == 0


async def test_a_job_without_tries_left_fails_as_worker_lost_once(store: Store) -> None:
    job_id = (await store.submit()).job.id
    for _ in range(MAX_TRIES):
        await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)

    assert (await _rescue(store)).failed == 1
    assert (await _rescue(store)).failed == 0

    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job_id)
        tried = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job_id)
        told = await events.after(conn, organization_id=ORGANIZATION, sequence=0)
    assert job is not None
    assert job.status is JobStatus.FAILED
    assert job.failure is not None
    assert job.failure.code is FailureCode.WORKER_LOST
    assert [attempt.outcome for attempt in tried] == [Outcome.WORKER_LOST] * MAX_TRIES
    assert [event.type for event in told].count(EventType.DOCUMENT_FAILED) == 1


async def test_a_released_job_is_in_the_queue_already(store: Store) -> None:
    await release(store.db, await store.taken((await store.submit()).job.id))

    assert await _entries(store) == 1
    assert (await _rescue(store)).offered == 0


async def test_entries_of_final_jobs_are_dropped(store: Store) -> None:
    waiting, final = await store.submit(), await store.submit()
    await fail(store.db, await store.taken(final.job.id), CORRUPT)
    async with store.db.reading() as conn:
        await conn.execute("update pgqueuer set updated = now() - interval '2 minutes'")

    assert (await _rescue(store)).dropped == 1
    assert await store.one("select dedupe_key from pgqueuer") == waiting.job.id


async def test_keys_past_their_day_and_the_engines_old_log_are_removed(store: Store) -> None:
    await store.submit(key=IdempotencyKey(key="k", fingerprint=b"f"))
    async with store.db.reading() as conn:
        await conn.execute("update idempotency_keys set created_at = now() - interval '25 hours'")
        await conn.execute("update pgqueuer_log set created = now() - interval '2 hours'")

    assert (await _rescue(store)).forgotten == 1
    assert await store.one("select count(*) from pgqueuer_log") == 0


async def test_an_expired_document_is_gone_and_its_job_stays(store: Store) -> None:
    submitted = await store.submit(options=JobOptions(expires_after_seconds=0))
    job = await store.complete(await store.taken(submitted.job.id))
    assert job.expires_at is not None

    assert (await _rescue(store)).expired >= 1

    async with store.db.reading() as conn:
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=job.document_id)
        kept = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job.id)
        result = await results.of_job(conn, organization_id=ORGANIZATION, job_id=job.id)
    assert document is not None
    assert document.deleted_at is not None
    assert kept == job
    assert result is None
    assert (await _rescue(store)).expired == 0


async def test_one_leader_works_at_a_time(store: Store) -> None:
    async with leader.elected(store.db, "housekeeping") as leads:
        assert leads
        assert not (await _rescue(store)).led

    assert (await _rescue(store)).led
