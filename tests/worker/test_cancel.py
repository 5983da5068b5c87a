"""A job that is cancelled while it is processed: its child dies, the job says so, and nothing else suffers."""

import asyncio
from contextlib import suppress

import pytest
from tests.support.submissions import MAX_TRIES, ORGANIZATION, Store
from tests.worker.test_runner import DEADLINE_SECONDS, ending_events, job, outcomes, until_processing
from tests.worker.test_sandbox import children_of, gone, zygote_of

from docurift.actions.cancel import JobAlreadyFinalError, cancel
from docurift.actions.housekeep import rescue
from docurift.model.failure import FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.job import JobStatus
from docurift.storage import attempts
from docurift.storage.attempts import Outcome
from docurift.worker.runner import JobRunner

pytestmark = pytest.mark.committed


async def ask_to_cancel(store: Store, job_id: JobId) -> None:
    await cancel(store.db, organization_id=ORGANIZATION, job_id=job_id)


async def assert_cancelled(store: Store, job_id: JobId) -> None:
    now = await job(store, job_id)
    assert now.failure is not None
    assert (now.status, now.failure.code) == (JobStatus.FAILED, FailureCode.JOB_CANCELLED)
    async with store.db.reading() as conn:
        tried = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert tried[-1].outcome == Outcome.CANCELLED
    assert await ending_events(store, job_id) == 1


@pytest.mark.parametrize("document", [b"PLANT slow 1000 0.05", b"PLANT spin", b"PLANT ignore_term", b"PLANT stop"])
async def test_a_cancelled_job_ends_with_its_child_and_its_neighbour_does_not(
    store: Store, runner: JobRunner, document: bytes
) -> None:
    cancelled, neighbour = await store.submit(document), await store.submit(b"PLANT slow 8 0.1")
    running = asyncio.create_task(runner.run(cancelled.job.id))
    await until_processing(store, cancelled.job.id)
    child = await a_child(runner)
    beside = asyncio.create_task(runner.run(neighbour.job.id))
    await until_processing(store, neighbour.job.id)

    await ask_to_cancel(store, cancelled.job.id)
    await runner.stop_cancelled()

    await asyncio.wait_for(running, DEADLINE_SECONDS)
    await assert_cancelled(store, cancelled.job.id)
    await gone(child)
    await beside
    assert (await job(store, neighbour.job.id)).status is JobStatus.COMPLETED
    assert await outcomes(store, neighbour.job.id) == ["completed"]


async def test_nobody_who_did_not_ask_is_cancelled(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT slow 4 0.2")
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id, pages_read=1)

    await runner.stop_cancelled()

    await running
    assert (await job(store, submitted.job.id)).status is JobStatus.COMPLETED


async def test_a_job_cancelled_before_its_document_is_opened_never_opens_it(store: Store, runner: JobRunner) -> None:
    """As after the loss of a worker that was asked to stop: the next one takes the job, and ends it."""
    submitted = await store.submit(b"PLANT spin")
    await store.taken(submitted.job.id, lease_seconds=-1)
    await ask_to_cancel(store, submitted.job.id)

    await asyncio.wait_for(runner.run(submitted.job.id), DEADLINE_SECONDS)

    await assert_cancelled(store, submitted.job.id)
    assert await outcomes(store, submitted.job.id) == ["worker_lost", "cancelled"]


async def test_a_cancelled_job_whose_workers_were_all_lost_is_cancelled(store: Store) -> None:
    submitted = await store.submit(b"PLANT spin")
    for _ in range(MAX_TRIES):
        await store.taken(submitted.job.id, lease_seconds=-1)
    await ask_to_cancel(store, submitted.job.id)

    await rescue(store.db, store.blobs, max_tries=MAX_TRIES)

    now = await job(store, submitted.job.id)
    assert now.failure is not None
    assert now.failure.code is FailureCode.JOB_CANCELLED
    assert await outcomes(store, now.id) == ["worker_lost"] * MAX_TRIES


async def test_a_cancelled_job_says_how_far_it_was(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT slow 1000 0.05")
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id, pages_read=1)

    await ask_to_cancel(store, submitted.job.id)
    await runner.stop_cancelled()
    await running

    now = await job(store, submitted.job.id)
    assert now.failure is not None
    assert (now.failure.stage, now.failure.retryable) == (Stage.READ, False)
    assert now.pages_processed >= 1


async def test_the_end_of_a_document_and_a_late_cancellation_make_one_ending(store: Store, runner: JobRunner) -> None:
    submitted = [await store.submit(f"PLANT good {1 + number % 3}".encode()) for number in range(12)]
    running = [asyncio.create_task(runner.run(one.job.id)) for one in submitted]

    while not all(task.done() for task in running):
        for one in submitted[::2]:
            with suppress(JobAlreadyFinalError):
                await ask_to_cancel(store, one.job.id)
        await runner.stop_cancelled()

    statuses = [(await job(store, one.job.id)).status for one in submitted]
    assert all(status.is_final for status in statuses)
    assert all(status is JobStatus.COMPLETED for status in statuses[1::2])
    assert [await ending_events(store, one.job.id) for one in submitted] == [1] * len(submitted)


async def a_child(runner: JobRunner) -> int:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            children = children_of(zygote_of(runner.sandbox)) if runner.sandbox._zygotes._server else []
            if children:
                return children[0]
            await asyncio.sleep(0.01)
