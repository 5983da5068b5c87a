"""A job's own deadline, kept by the worker that holds it."""

import asyncio

import pytest
from tests.support.submissions import Store
from tests.worker.test_cancel import a_child, ask_to_cancel, assert_cancelled
from tests.worker.test_runner import DEADLINE_SECONDS, ending_events, job, outcomes, until_processing
from tests.worker.test_sandbox import gone

from docurift.model.failure import FailureCode
from docurift.model.ids import JobId
from docurift.model.job import JobOptions
from docurift.worker.runner import JobRunner

pytestmark = pytest.mark.committed

LONG_AGO = "update jobs set deadline_at = now() - interval '1 second' where id = %s returning 1"


async def assert_timed_out(store: Store, job_id: JobId) -> None:
    now = await job(store, job_id)
    assert now.failure is not None
    assert now.failure.code is FailureCode.PROCESSING_TIMEOUT
    assert (await outcomes(store, job_id), await ending_events(store, job_id)) == (["timeout"], 1)


async def test_a_document_is_not_read_beyond_the_jobs_own_deadline(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT spin", options=JobOptions(deadline_seconds=1))

    await asyncio.wait_for(runner.run(submitted.job.id), DEADLINE_SECONDS)

    await assert_timed_out(store, submitted.job.id)


async def test_whatever_holds_a_job_up_is_ended_at_the_next_look(store: Store, runner: JobRunner) -> None:
    """Also where the child's own deadline stands still, as it does for OCR."""
    late, neighbour = await store.submit(b"PLANT stop"), await store.submit(b"PLANT slow 8 0.1")
    running = asyncio.create_task(runner.run(late.job.id))
    await until_processing(store, late.job.id)
    child = await a_child(runner)
    beside = asyncio.create_task(runner.run(neighbour.job.id))
    assert await store.one(LONG_AGO, late.job.id) == 1

    await runner.stop_cancelled()

    await asyncio.wait_for(running, DEADLINE_SECONDS)
    await assert_timed_out(store, late.job.id)
    await gone(child)
    await beside
    assert await outcomes(store, neighbour.job.id) == ["completed"]


async def test_a_late_job_that_was_cancelled_is_told_as_cancelled(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT spin")
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id)
    await a_child(runner)
    await ask_to_cancel(store, submitted.job.id)
    assert await store.one(LONG_AGO, submitted.job.id) == 1

    await runner.stop_cancelled()

    await asyncio.wait_for(running, DEADLINE_SECONDS)
    await assert_cancelled(store, submitted.job.id)
