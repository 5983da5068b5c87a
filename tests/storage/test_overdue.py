"""Jobs whose time ran out: beyond their deadline whoever holds them, or waiting for longer than the operator allows."""

import pytest
from tests.support.submissions import LEASE_SECONDS, MAX_TRIES, ORGANIZATION, Store

from docurift.actions.finish import fail
from docurift.actions.housekeep import rescue
from docurift.actions.overdue import SLACK_SECONDS
from docurift.actions.take import LeaseLostError, take
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.job import Job, JobOptions, JobStatus, Priority
from docurift.storage import attempts, jobs

pytestmark = pytest.mark.committed

DAY_SECONDS = 86_400.0


async def _job(store: Store, job_id: JobId) -> Job:
    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert job is not None
    return job


async def _rescue(store: Store, *, max_wait_seconds: float = DAY_SECONDS) -> int:
    done = await rescue(store.db, store.blobs, max_tries=MAX_TRIES, max_wait_seconds=max_wait_seconds)
    return done.failed


async def _taken(store: Store, *, deadline_seconds: int | None, max_seconds: float | None) -> Job:
    submitted = await store.submit(options=JobOptions(deadline_seconds=deadline_seconds))
    lease = await take(
        store.db,
        submitted.job.id,
        worker="w1",
        lease_seconds=LEASE_SECONDS,
        max_tries=MAX_TRIES,
        max_seconds=max_seconds,
    )
    assert lease is not None
    return lease.job


async def _age(store: Store, column: str, job_id: JobId, seconds: float) -> None:
    query = f"update jobs set {column} = {column} - make_interval(secs => %s) where id = %s returning 1"  # noqa: S608
    assert await store.one(query, seconds, job_id) == 1


@pytest.mark.parametrize(
    ("own", "service", "seconds"), [(60, 600.0, 60), (600, 60.0, 60), (None, 60.0, 60), (60, None, 60)]
)
async def test_the_earlier_of_two_deadlines_holds(
    store: Store, own: int | None, service: float | None, seconds: float
) -> None:
    job = await _taken(store, deadline_seconds=own, max_seconds=service)

    assert job.deadline_at is not None
    assert (job.deadline_at - job.updated_at).total_seconds() == pytest.approx(seconds, abs=1)


async def test_a_deadline_counts_from_the_first_try(store: Store) -> None:
    first = await _taken(store, deadline_seconds=60, max_seconds=None)
    await _age(store, "lease_until", first.id, 2 * LEASE_SECONDS)

    again = await store.taken(first.id)

    assert (again.attempt, again.job.deadline_at) == (2, first.deadline_at)


async def test_a_job_held_beyond_its_deadline_fails_though_its_lease_is_renewed(store: Store) -> None:
    job = await _taken(store, deadline_seconds=60, max_seconds=None)
    await _age(store, "deadline_at", job.id, 60 + SLACK_SECONDS)

    assert await _rescue(store) == 1

    now = await _job(store, job.id)
    assert now.failure is not None
    assert (now.status, now.failure.code) == (JobStatus.FAILED, FailureCode.PROCESSING_TIMEOUT)
    async with store.db.reading() as conn:
        [attempt] = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job.id)
    assert attempt.outcome == "timeout"
    assert await store.one("select count(*) from events where type = 'document.processing.failed'") == 1
    assert await _rescue(store) == 0


async def test_whoever_held_it_is_fenced_off(store: Store) -> None:
    lease = await store.taken((await store.submit(options=JobOptions(deadline_seconds=1))).job.id)
    await _age(store, "deadline_at", lease.job.id, 1 + SLACK_SECONDS)
    await _rescue(store)

    with pytest.raises(LeaseLostError):
        await store.complete(lease)
    with pytest.raises(LeaseLostError):
        await fail(store.db, lease, Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD))


async def test_a_worker_has_the_first_chance_to_stop_a_job(store: Store) -> None:
    job = await _taken(store, deadline_seconds=60, max_seconds=None)
    await _age(store, "deadline_at", job.id, 60)

    assert await _rescue(store) == 0
    async with store.db.reading() as conn:
        assert await jobs.late(conn, [job.id]) == {job.id: Stage.LOAD}


@pytest.mark.parametrize("priority", Priority)
async def test_a_job_that_nobody_took_in_time_fails_as_expired(store: Store, priority: Priority) -> None:
    old = (await store.submit(b"old", options=JobOptions(priority=priority))).job
    young = (await store.submit(b"young", options=JobOptions(priority=priority))).job
    await _age(store, "created_at", old.id, DAY_SECONDS)

    assert await _rescue(store) == 1

    now = await _job(store, old.id)
    assert now.failure is not None
    assert (now.failure.code, now.failure.stage, now.failure.retryable) == (FailureCode.JOB_EXPIRED, "queued", True)
    assert (await _job(store, young.id)).status is JobStatus.PENDING
    assert await store.take(old.id) is None
    assert await store.one("select count(*) from events where type = 'document.processing.failed'") == 1


async def test_without_a_limit_jobs_wait_for_ever(store: Store) -> None:
    job = (await store.submit()).job
    await _age(store, "created_at", job.id, 365 * DAY_SECONDS)

    assert await _rescue(store, max_wait_seconds=0) == 0
    assert (await _job(store, job.id)).status is JobStatus.PENDING


async def test_what_is_being_processed_does_not_expire(store: Store) -> None:
    lease = await store.taken((await store.submit()).job.id)
    await _age(store, "created_at", lease.job.id, 2 * DAY_SECONDS)

    assert await _rescue(store) == 0
    assert (await store.complete(lease)).status is JobStatus.COMPLETED
