"""A job's life in the tables: who may change what, and when."""

import asyncio

import psycopg
import pytest
from tests.support.submissions import CORRUPT, GONE_LEASE_SECONDS, ORGANIZATION, OTHER_ORGANIZATION, SECRETS, Store

from docurift.actions.finish import fail
from docurift.actions.progress import report
from docurift.actions.retry import JobNotFinalError, retry
from docurift.actions.take import LeaseLostError, release, renew
from docurift.model.document import DocumentStatus
from docurift.model.failure import Stage
from docurift.model.ids import JobId
from docurift.model.job import JobOptions, JobStatus, Priority
from docurift.storage import attempts, documents, jobs, pages, results
from docurift.storage.attempts import Outcome
from docurift.storage.shown_jobs import shown

pytestmark = pytest.mark.committed


async def test_a_submitted_job_waits_with_its_document(store: Store) -> None:
    options = JobOptions(language="de", pages=((1, 3), (7, 7)), priority=Priority.HIGH)

    submitted = await store.submit(options=options, metadata={"a": 1})

    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=submitted.job.id)
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=submitted.document.id)
        seen = await shown(conn, organization_id=ORGANIZATION, job_id=submitted.job.id)
    assert job == submitted.job
    assert job.options == options
    assert job.status is JobStatus.PENDING
    assert document == submitted.document
    assert document.newest_job_id == job.id
    assert seen is not None
    assert seen.queue_position == 1


async def test_another_organization_sees_nothing(store: Store) -> None:
    submitted = await store.submit()

    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=OTHER_ORGANIZATION, job_id=submitted.job.id)
        document = await documents.by_id(conn, organization_id=OTHER_ORGANIZATION, document_id=submitted.document.id)

    assert job is None
    assert document is None


async def test_a_job_is_taken_by_one_worker_only(store: Store) -> None:
    job_id = (await store.submit()).job.id

    takings = await asyncio.gather(*(store.take(job_id, worker=f"w{number}") for number in range(8)))

    assert sum(lease is not None for lease in takings) == 1


async def test_a_completed_job_shows_its_result_and_its_document_its_state(store: Store) -> None:
    lease = await store.taken((await store.submit()).job.id)

    job = await store.complete(lease)

    async with store.db.reading() as conn:
        result = await results.of_job(conn, organization_id=ORGANIZATION, job_id=job.id)
        page = await pages.locate(conn, organization_id=ORGANIZATION, document_id=job.document_id, number=2)
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=job.document_id)
        tried = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job.id)
    assert job.status is JobStatus.COMPLETED
    assert job.progress == 100
    assert job.completed_at is not None
    assert result is not None
    assert page is not None
    assert (page.sha256, page.offset, page.length) == (result.pages_sha256, 5, 6)
    assert document is not None
    assert document.status is DocumentStatus.COMPLETED
    assert document.confidence == 0.9
    assert [attempt.outcome for attempt in tried] == [Outcome.COMPLETED]


async def test_a_stale_worker_cannot_finish_a_job_that_was_taken_again(store: Store) -> None:
    job_id = (await store.submit()).job.id
    stale = await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)
    newer = await store.taken(job_id)

    with pytest.raises(LeaseLostError):
        await store.complete(stale)
    with pytest.raises(LeaseLostError):
        await fail(store.db, stale, CORRUPT)
    with pytest.raises(LeaseLostError):
        await report(store.db, stale, page_count=9, pages_processed=9, progress=90, stage=Stage.READ)
    with pytest.raises(LeaseLostError):
        await release(store.db, stale)

    assert newer.attempt == 2
    assert await renew(store.db, [stale], lease_seconds=30) == {job_id}
    assert await renew(store.db, [newer], lease_seconds=30) == set()
    assert (await store.complete(newer)).status is JobStatus.COMPLETED


async def test_an_attempt_whose_lease_ended_is_listed_as_worker_lost(store: Store) -> None:
    job_id = (await store.submit()).job.id
    await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)
    await store.taken(job_id)

    async with store.db.reading() as conn:
        tried = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job_id)

    assert [(attempt.number, attempt.outcome) for attempt in tried] == [(1, Outcome.WORKER_LOST), (2, None)]


async def test_a_job_is_not_taken_more_often_than_it_has_tries(store: Store) -> None:
    job_id = (await store.submit()).job.id
    for _ in range(3):
        await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)

    assert await store.take(job_id) is None


async def test_an_orderly_leave_gives_the_try_back_but_not_the_attempt(store: Store) -> None:
    job_id = (await store.submit()).job.id
    await release(store.db, await store.taken(job_id))

    lease = await store.taken(job_id)

    assert (lease.job.attempt, lease.job.tries) == (2, 1)
    async with store.db.reading() as conn:
        tried = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert [attempt.outcome for attempt in tried] == [Outcome.RELEASED, None]


async def test_a_worker_that_has_left_holds_nothing_any_more(store: Store) -> None:
    lease = await store.taken((await store.submit()).job.id)
    await release(store.db, lease)

    with pytest.raises(LeaseLostError):
        await release(store.db, lease)
    with pytest.raises(LeaseLostError):
        await store.complete(lease)
    assert await renew(store.db, [lease], lease_seconds=30) == {lease.job.id}
    assert await store.take(lease.job.id) is not None


async def test_progress_never_falls_and_keeps_100_for_the_end(store: Store) -> None:
    lease = await store.taken((await store.submit()).job.id)

    await report(store.db, lease, page_count=4, pages_processed=3, progress=100, stage=Stage.READ)
    await report(store.db, lease, page_count=None, pages_processed=1, progress=10, stage=Stage.EXTRACT)

    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=lease.job.id)
    assert job is not None
    assert (job.progress, job.pages_processed, job.page_count, job.stage) == (99, 3, 4, Stage.EXTRACT)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'pending', lease_until = null, completed_at = null, result_sha256 = null",
        "progress = 50",
        "file_name = 'other.pdf'",
    ],
)
async def test_the_database_refuses_to_change_a_final_job(store: Store, change: str) -> None:
    job = await store.complete(await store.taken((await store.submit()).job.id))

    with pytest.raises(psycopg.errors.CheckViolation, match="is final"):
        await store.one(f"update jobs set {change} where id = %s returning 1", job.id)  # noqa: S608 -- above


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'completed', lease_until = null", "a_final_job_says_when|a_completed_job"),
        ("status = 'failed', lease_until = null, completed_at = now()", "a_failed_job_has_an_error"),
        ("status = 'pending', lease_until = null", "would go back"),
        ("status = 'done'", "a_job_has_a_known_status|a_processing_job_is_leased"),
        ("attempt = 0", "would go back"),
    ],
)
async def test_the_database_refuses_an_impossible_job(store: Store, change: str, constraint: str) -> None:
    lease = await store.taken((await store.submit()).job.id)

    with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
        await store.one(f"update jobs set {change} where id = %s returning 1", lease.job.id)  # noqa: S608 -- above


async def test_a_password_is_sealed_and_wiped_at_the_end(store: Store) -> None:
    submitted = await store.submit(password="open sesame")
    lease = await store.taken(submitted.job.id)
    assert lease.sealed_password is not None
    assert b"sesame" not in lease.sealed_password
    assert SECRETS.unseal(lease.sealed_password, owner=lease.job.id) == "open sesame"

    await fail(store.db, lease, CORRUPT)

    assert await store.one("select sealed_password from jobs") is None


async def test_a_retry_makes_a_new_job_and_leaves_the_old_one(store: Store) -> None:
    first = await store.submit(metadata={"k": "v"})
    with pytest.raises(JobNotFinalError):
        await retry(store.db, organization_id=ORGANIZATION, job_id=first.job.id)
    await fail(store.db, await store.taken(first.job.id), CORRUPT)

    again = await retry(store.db, organization_id=ORGANIZATION, job_id=first.job.id)

    async with store.db.reading() as conn:
        old = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=first.job.id)
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=first.document.id)
        all_jobs = await jobs.of_document(conn, organization_id=ORGANIZATION, document_id=first.document.id)
    assert old is not None
    assert old.status is JobStatus.FAILED
    assert again.job.retry_of == first.job.id
    assert again.job.callback_metadata == {"k": "v"}
    assert document is not None
    assert (document.status, document.newest_job_id) == (DocumentStatus.QUEUED, again.job.id)
    assert [job.id for job in all_jobs] == [again.job.id, first.job.id]


async def test_a_hint_about_an_unknown_job_takes_nothing(store: Store) -> None:
    assert await store.take(JobId("job_nothing")) is None
