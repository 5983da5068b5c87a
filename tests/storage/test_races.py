"""Cancelling or deleting at the very moment in which a worker finishes: one of them wins, never both (F26)."""

import asyncio
from collections.abc import Awaitable

import pytest
from tests.support.submissions import CORRUPT, ORGANIZATION, Store

from docurift.actions.cancel import JobAlreadyFinalError, cancel
from docurift.actions.delete import DocumentBusyError, JobNotFinalError, delete_document, delete_job
from docurift.actions.finish import fail
from docurift.actions.take import Lease
from docurift.model.failure import FailureCode
from docurift.model.ids import JobId
from docurift.storage import jobs

pytestmark = pytest.mark.committed

ENDINGS = "select count(*) from events where type in ('document.processing.completed', 'document.processing.failed')"
ROUNDS = range(8)


async def _at_once(*calls: Awaitable[object]) -> list[object]:
    """The calls, started together; an error is an answer."""
    barrier = asyncio.Barrier(len(calls))

    async def started(call: Awaitable[object]) -> object:
        await barrier.wait()
        return await call

    return list(await asyncio.gather(*(started(call) for call in calls), return_exceptions=True))


async def _finish(store: Store, lease: Lease, ending: str) -> object:
    return await (store.complete(lease) if ending == "completes" else fail(store.db, lease, CORRUPT))


async def _status(store: Store, job_id: JobId) -> tuple[str, FailureCode | None]:
    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert job is not None
    return job.status.value, job.failure and job.failure.code


@pytest.mark.parametrize("number", ROUNDS)
@pytest.mark.parametrize("ending", ["completes", "fails"])
async def test_a_job_that_is_cancelled_as_it_ends_ends_once(store: Store, ending: str, number: int) -> None:
    lease = await store.taken((await store.submit(b"%d" % number)).job.id)

    finished, cancelled = await _at_once(
        _finish(store, lease, ending), cancel(store.db, organization_id=ORGANIZATION, job_id=lease.job.id)
    )

    # What runs is only asked to stop, so the worker that finishes wins, and the later request is told so.
    assert not isinstance(finished, BaseException)
    assert isinstance(cancelled, JobAlreadyFinalError) or not isinstance(cancelled, BaseException)
    status, code = await _status(store, lease.job.id)
    assert (status, code) == (("completed", None) if ending == "completes" else ("failed", FailureCode.FILE_CORRUPT))
    assert await store.one(ENDINGS) == 1


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_job_that_is_cancelled_as_it_is_taken_has_one_owner(store: Store, number: int) -> None:
    job_id = (await store.submit(b"%d" % number)).job.id

    taken, cancelled = await _at_once(store.take(job_id), cancel(store.db, organization_id=ORGANIZATION, job_id=job_id))

    assert not isinstance(taken, BaseException)
    assert not isinstance(cancelled, BaseException)
    expected = ("failed", FailureCode.JOB_CANCELLED) if taken is None else ("processing", None)
    assert await _status(store, job_id) == expected
    assert await store.one(ENDINGS) == (1 if taken is None else 0)
    asked = await store.one("select cancel_requested_at is not null from jobs where id = %s", job_id)
    assert asked or taken is None, "the worker hears of it at its next look"


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_document_that_is_deleted_as_its_job_ends_is_either_busy_or_gone(store: Store, number: int) -> None:
    lease = await store.taken((await store.submit(b"%d" % number)).job.id)

    finished, deleted = await _at_once(
        store.complete(lease),
        delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=lease.document.id),
    )

    assert not isinstance(finished, BaseException)
    assert await _status(store, lease.job.id) == ("completed", None)
    is_busy = isinstance(deleted, DocumentBusyError)
    assert is_busy or not isinstance(deleted, BaseException)
    assert await store.one("select count(*) from results") == (1 if is_busy else 0)
    assert await store.one("select deleted_at is null from documents") is is_busy
    left = [path for path in store.blobs.incoming.parent.glob("org_*/*/*") if path.is_file()]
    assert len(left) == (3 if is_busy else 0)


@pytest.mark.parametrize("number", ROUNDS)
async def test_a_job_that_is_deleted_as_it_ends_is_either_there_or_gone(store: Store, number: int) -> None:
    lease = await store.taken((await store.submit(b"%d" % number)).job.id)

    finished, deleted = await _at_once(
        store.complete(lease),
        delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=lease.job.id),
    )

    assert not isinstance(finished, BaseException)
    is_there = isinstance(deleted, JobNotFinalError)
    assert is_there or not isinstance(deleted, BaseException)
    assert await store.one("select count(*) from jobs") == (1 if is_there else 0)
    assert await store.one("select count(*) from results") == (1 if is_there else 0)
