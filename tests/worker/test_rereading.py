"""A document that kills its parser loses the page that did it, and nothing else; no page is read twice."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import zstandard
from tests.support.submissions import ORGANIZATION, Store
from tests.worker.conftest import PLANTED_ENGINE

from docurift.actions.delete import delete_document
from docurift.actions.retry import retry
from docurift.model.failure import FailureCode
from docurift.model.ids import JobId
from docurift.model.job import Job, JobOptions, JobStatus
from docurift.model.result import Page
from docurift.model.work import Limits, WorkOrder
from docurift.storage import attempts, jobs, pages, results
from docurift.storage.attempts import Attempt
from docurift.worker.child import Ending, Sandbox
from docurift.worker.hearing import Listener, LlmReader, OcrReader
from docurift.worker.runner import JobRunner

pytestmark = pytest.mark.committed


async def run(store: Store, runner: JobRunner, document: str, **options: object) -> Job:
    submitted = await store.submit(document.encode(), options=JobOptions(**options))  # type: ignore[arg-type]
    await runner.run(submitted.job.id)
    return await job(store, submitted.job.id)


async def job(store: Store, job_id: JobId) -> Job:
    async with store.db.reading() as conn:
        found = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert found is not None
    return found


async def attempts_of(store: Store, done: Job) -> tuple[Attempt, ...]:
    async with store.db.reading() as conn:
        return await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=done.id)


async def answer_of(store: Store, done: Job) -> dict[str, Any]:
    async with store.db.reading() as conn:
        result = await results.of_job(conn, organization_id=ORGANIZATION, job_id=done.id)
    assert result is not None
    return msgspec.json.decode(zstandard.decompress(await store.blobs.read(ORGANIZATION, result.sha256)))


async def page_of(store: Store, done: Job, number: int) -> Page:
    async with store.db.reading() as conn:
        at = await pages.locate(conn, organization_id=ORGANIZATION, document_id=done.document_id, number=number)
    assert at is not None
    frame = await store.blobs.read_range(ORGANIZATION, at.sha256, at.offset, at.offset + at.length)
    return msgspec.json.decode(zstandard.decompress(frame), type=Page)


async def checkpoints(store: Store) -> int:
    return await store.one("select count(*) from page_checkpoints")


@pytest.mark.parametrize(("fault", "code"), [("segv", "PARSER_CRASHED"), ("memory", "OUT_OF_MEMORY")])
async def test_a_page_that_kills_two_children_is_given_up_and_the_others_are_read(
    store: Store, runner: JobRunner, fault: str, code: str
) -> None:
    runner.terms = replace(runner.terms, limits=Limits(memory_bytes=256 * 1024 * 1024))

    done = await run(store, runner, f"PLANT pages 5 3={fault}")

    assert (done.status, done.page_count, done.pages_processed) == (JobStatus.COMPLETED, 5, 4)
    (warning,) = (await answer_of(store, done))["warnings"]
    assert (warning["code"], warning["page"], warning["message"].split(":")[0]) == ("PAGE_FAILED", 3, code)
    made = await attempts_of(store, done)
    lost = "crashed" if fault == "segv" else "out_of_memory"
    assert [(one.number, one.outcome, one.spent.last_page) for one in made] == [
        (1, lost, 2),
        (2, lost, 2),
        (3, "completed", 5),
    ]


async def test_a_page_that_killed_one_child_is_read_by_the_next_with_care(store: Store, runner: JobRunner) -> None:
    done = await run(store, runner, "PLANT pages 3 2=segv_at_first")

    assert (done.status, done.pages_processed) == (JobStatus.COMPLETED, 3)
    assert (await page_of(store, done, 2)).engine == "with care"
    assert [one.outcome for one in await attempts_of(store, done)] == ["crashed", "completed"]


async def test_a_page_that_never_ends_costs_its_own_time_and_no_second_try(store: Store, runner: JobRunner) -> None:
    runner.terms = replace(runner.terms, limits=Limits(base_seconds=0.5, page_seconds=0.1))

    done = await run(store, runner, "PLANT pages 9 4=spin")

    assert (done.status, done.pages_processed) == (JobStatus.COMPLETED, 8)
    assert [one.outcome for one in await attempts_of(store, done)] == ["timeout", "completed"]


async def test_all_children_together_have_the_time_of_one(store: Store, runner: JobRunner) -> None:
    runner.terms = replace(runner.terms, limits=Limits(base_seconds=0.3, page_seconds=0.1, ceiling_seconds=1.0))

    done = await run(store, runner, "PLANT pages 20 each=spin", page_error_limit=1.0)

    assert done.failure is not None
    assert done.failure.code is FailureCode.PROCESSING_TIMEOUT
    assert 3 <= done.attempt <= 4


async def test_a_second_try_that_runs_out_of_time_died_of_what_the_first_one_did(
    store: Store, runner: JobRunner
) -> None:
    memory = 256 * 1024 * 1024
    runner.terms = replace(runner.terms, limits=Limits(base_seconds=6.0, page_seconds=1.0, memory_bytes=memory))

    alone = await run(store, runner, "PLANT pages 1 1=memory_then_spin")
    among = await run(store, runner, "PLANT pages 3 2=memory_then_spin")

    assert alone.failure is not None
    assert (alone.failure.code, alone.failure.page, alone.attempt) == (FailureCode.OUT_OF_MEMORY, 1, 2)
    assert among.status is JobStatus.COMPLETED
    (warning,) = (await answer_of(store, among))["warnings"]
    assert (warning["page"], warning["message"].split(":")[0]) == (2, "OUT_OF_MEMORY")


class Watched(Sandbox):
    """A sandbox that notes how long each child may take, and took."""

    def __init__(self) -> None:
        super().__init__(PLANTED_ENGINE)
        self.ceilings: list[float] = []
        self.seconds: list[float] = []

    async def run(
        self, order: WorkOrder, document: int, *, ocr: OcrReader, listener: Listener, llm: LlmReader | None = None
    ) -> Ending:
        ending = await super().run(order, document, ocr=ocr, listener=listener, llm=llm)
        self.ceilings.append(order.limits.ceiling_seconds)
        self.seconds.append(ending.seconds)
        return ending


async def test_both_tries_at_the_one_page_of_a_document_have_the_time_of_one(store: Store, runner: JobRunner) -> None:
    """Not that of the ceiling, which is for documents of many pages."""
    limits = Limits(base_seconds=4.0, page_seconds=1.0, ceiling_seconds=300.0, memory_bytes=256 * 1024 * 1024)
    watched = Watched()
    runner.sandbox, runner.terms = watched, replace(runner.terms, limits=limits)
    try:
        done = await run(store, runner, "PLANT pages 1 1=memory")
    finally:
        await watched.close()

    assert done.failure is not None
    assert done.failure.code is FailureCode.OUT_OF_MEMORY
    assert watched.ceilings == [300.0, pytest.approx(5.0 - watched.seconds[0])]


async def test_a_page_that_ran_out_of_its_time_takes_none_of_the_others(store: Store, runner: JobRunner) -> None:
    watched = Watched()
    limits = Limits(base_seconds=1.0, page_seconds=0.1, ceiling_seconds=300.0)
    runner.sandbox, runner.terms = watched, replace(runner.terms, limits=limits)
    try:
        done = await run(store, runner, "PLANT pages 8 3=spin 6=spin")
    finally:
        await watched.close()

    assert (done.status, done.pages_processed) == (JobStatus.COMPLETED, 6)
    assert watched.ceilings == [300.0, pytest.approx(1.8), pytest.approx(1.8)]


async def test_too_many_failed_pages_fail_the_job_with_the_first_ones_reason(store: Store, runner: JobRunner) -> None:
    done = await run(store, runner, "PLANT pages 4 2=segv 4=segv", page_error_limit=0.25)

    assert done.failure is not None
    assert (done.failure.code, done.failure.page) == (FailureCode.PARSER_CRASHED, 2)
    assert done.attempt == 4


async def test_a_document_may_kill_so_many_children_and_no_more(store: Store, runner: JobRunner) -> None:
    runner.terms = replace(runner.terms, most_deaths=5)

    done = await run(store, runner, "PLANT pages 50 each=segv", page_error_limit=1.0)

    assert done.failure is not None
    assert (done.failure.code, done.attempt) == (FailureCode.PARSER_CRASHED, 5)


async def test_a_document_that_kills_on_opening_is_tried_twice(store: Store, runner: JobRunner) -> None:
    done = await run(store, runner, "PLANT segv")

    assert done.failure is not None
    assert (done.failure.code, done.failure.page, done.failure.stage) == (FailureCode.PARSER_CRASHED, None, "load")
    assert done.attempt == 2


async def test_a_child_that_lies_has_no_second_try(store: Store, runner: JobRunner) -> None:
    done = await run(store, runner, "PLANT lie page_twice")

    assert done.failure is not None
    assert (done.failure.code, done.attempt) == (FailureCode.PARSER_CRASHED, 1)


async def test_a_job_taken_again_does_not_read_its_finished_pages_again(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT pages 6 each=0.3")
    running = asyncio.create_task(runner.run(submitted.job.id))
    async with asyncio.timeout(30):
        while not (kept := await checkpoints(store)):
            await asyncio.wait([running], timeout=0.05)
    await runner.give_back()
    await running

    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert (done.status, done.attempt, done.pages_processed) == (JobStatus.COMPLETED, 2, 6)
    first, second = await attempts_of(store, done)
    assert (first.outcome, second.outcome) == ("released", "completed")
    readers = [(await page_of(store, done, number)).engine for number in range(1, 7)]
    assert readers[:kept] == readers[:1] * kept
    assert readers[0] != readers[-1]
    assert await checkpoints(store) == 0


async def test_a_users_retry_keeps_the_good_pages_and_tries_the_bad_one_again(store: Store, runner: JobRunner) -> None:
    failed = await run(store, runner, "PLANT pages 3 1=0.7 2=0.7 3=segv", page_error_limit=0.0)
    assert (failed.status, await checkpoints(store)) == (JobStatus.FAILED, 2)

    again = await retry(store.db, organization_id=ORGANIZATION, job_id=failed.id)
    await runner.run(again.job.id)

    tried = await attempts_of(store, await job(store, again.job.id))
    assert [(one.outcome, one.spent.last_page) for one in tried] == [("crashed", 2), ("crashed", 2)]


async def test_deleting_a_document_forgets_its_pages(store: Store, runner: JobRunner) -> None:
    failed = await run(store, runner, "PLANT pages 3 1=0.7 3=segv", page_error_limit=0.0)
    assert await checkpoints(store) > 0

    await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=failed.document_id)

    assert await checkpoints(store) == 0
