"""A job ends once, by the attempt that holds it, whatever happens to its document, its blobs or its worker."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
import zstandard
from tests.support.submissions import ORGANIZATION, Store
from tests.support.waiting import PAUSE_SECONDS

from docurift.actions.take import take
from docurift.model.failure import FailureCode
from docurift.model.ids import JobId
from docurift.model.job import Job, JobStatus
from docurift.model.result import Page
from docurift.model.work import Limits
from docurift.storage import attempts, jobs, pages, results
from docurift.worker.runner import JobRunner

pytestmark = pytest.mark.committed
DEADLINE_SECONDS = 30


async def job(store: Store, job_id: JobId) -> Job:
    async with store.db.reading() as conn:
        found = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job_id)
    assert found is not None
    return found


async def outcomes(store: Store, job_id: JobId) -> list[str | None]:
    async with store.db.reading() as conn:
        return [one.outcome for one in await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=job_id)]


async def ending_events(store: Store, job_id: JobId) -> int:
    query = "select count(*) from events where job_id = %s and type ~ '(completed|failed)$'"
    return await store.one(query, job_id)


async def until_processing(store: Store, job_id: JobId, *, pages_read: int = 0) -> Job:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            now = await job(store, job_id)
            if now.status is JobStatus.PROCESSING and now.pages_processed >= pages_read:
                return now
            await asyncio.sleep(PAUSE_SECONDS)


async def test_a_job_is_completed_with_pages_result_and_cost(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT good 3")

    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert (done.status, done.progress, done.pages_processed) == (JobStatus.COMPLETED, 100, 3)
    assert (await outcomes(store, done.id), await ending_events(store, done.id)) == (["completed"], 1)
    async with store.db.reading() as conn:
        located = await pages.locate(conn, organization_id=ORGANIZATION, document_id=done.document_id, number=2)
        result = await results.of_job(conn, organization_id=ORGANIZATION, job_id=done.id)
        (attempt,) = await attempts.of_job(conn, organization_id=ORGANIZATION, job_id=done.id)
    assert located is not None
    frame = await store.blobs.read_range(ORGANIZATION, located.sha256, located.offset, located.offset + located.length)
    assert msgspec.json.decode(zstandard.decompress(frame), type=Page).number == 2
    assert result is not None
    answer = msgspec.json.decode(zstandard.decompress(await store.blobs.read(ORGANIZATION, result.sha256)))
    assert (answer["text"], answer["result"]["rawText"]) == ("planted", "planted")
    assert attempt.spent.last_page == 3
    assert (attempt.spent.peak_memory_bytes or 0) > 0
    assert (attempt.spent.cpu_seconds or 0) > 0


@pytest.mark.parametrize(
    ("fault", "code", "outcomes_wanted"),
    [
        ("segv", FailureCode.PARSER_CRASHED, ["crashed", "crashed"]),
        ("spin", FailureCode.PROCESSING_TIMEOUT, ["timeout"]),
        ("memory", FailureCode.OUT_OF_MEMORY, ["out_of_memory", "out_of_memory"]),
    ],
)
async def test_a_bad_document_fails_its_job_after_two_deaths_and_after_one_timeout(
    store: Store, runner: JobRunner, fault: str, code: FailureCode, outcomes_wanted: list[str]
) -> None:
    if code is FailureCode.PROCESSING_TIMEOUT:
        runner.terms = replace(runner.terms, limits=Limits(base_seconds=0.5))
    submitted = await store.submit(f"PLANT {fault}".encode())

    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert done.failure is not None
    assert done.failure.code is code
    assert done.attempt == len(outcomes_wanted)
    assert (await outcomes(store, done.id), await ending_events(store, done.id)) == (outcomes_wanted, 1)


async def test_missing_and_damaged_bytes_have_their_own_codes(store: Store, runner: JobRunner) -> None:
    missing, damaged = await store.submit(b"PLANT good 1"), await store.submit(b"PLANT good 2")
    assert missing.document.content
    assert damaged.document.content
    await store.blobs.delete(ORGANIZATION, missing.document.content.sha256)
    (path,) = store.blobs.incoming.parent.rglob(damaged.document.content.sha256)
    path.chmod(0o600)
    path.write_bytes(b"PLANT good 3")

    await runner.run(missing.job.id)
    await runner.run(damaged.job.id)

    failures = [(await job(store, one.job.id)).failure for one in (missing, damaged)]
    assert [one and one.code for one in failures] == [FailureCode.BLOB_MISSING, FailureCode.BLOB_CORRUPT]


async def test_a_blob_store_that_is_away_costs_a_job_time_and_no_try(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT good 1")
    folder = store.blobs.incoming.parent
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")

    await runner.run(submitted.job.id)
    await runner.run(submitted.job.id)  # too early

    put_off = await job(store, submitted.job.id)
    waits = "select extract(epoch from lease_until - clock_timestamp())::float8 from jobs where id = %s"
    assert (put_off.status, put_off.attempt, put_off.tries) == (JobStatus.PROCESSING, 1, 0)
    assert 0 < await store.one(waits, put_off.id) <= 5
    assert await outcomes(store, put_off.id) == ["error"]
    folder.unlink()
    aside.rename(folder)
    async with store.db.reading() as conn:
        await conn.execute("update jobs set lease_until = now() where id = %s", (put_off.id,))
    await runner.run(submitted.job.id)
    assert (await job(store, put_off.id)).status is JobStatus.COMPLETED


async def test_progress_shows_while_a_document_is_read(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT slow 4 0.4")
    running = asyncio.create_task(runner.run(submitted.job.id))

    seen = await until_processing(store, submitted.job.id, pages_read=1)

    assert seen.page_count == 4
    assert 0 < seen.progress < 100
    await running
    assert (await job(store, submitted.job.id)).status is JobStatus.COMPLETED


async def test_a_lease_is_renewed_for_as_long_as_it_takes(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT slow 10 0.3")  # twice the lease
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id)

    thieves = 0
    while not running.done():
        stolen = await take(store.db, submitted.job.id, worker="thief", lease_seconds=30, max_tries=3)
        thieves += stolen is not None
        await asyncio.wait([running], timeout=0.1)

    assert thieves == 0
    assert (await job(store, submitted.job.id)).attempt == 1


async def test_a_job_that_somebody_newer_holds_is_stopped_and_its_output_dropped(
    store: Store, runner: JobRunner
) -> None:
    submitted = await store.submit(b"PLANT slow 1000 0.05")
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id)
    async with store.db.reading() as conn:
        await conn.execute("update jobs set lease_until = now() - interval '1 s' where id = %s", (submitted.job.id,))
    newer = await take(store.db, submitted.job.id, worker="newer", lease_seconds=30, max_tries=3)

    await asyncio.wait_for(running, DEADLINE_SECONDS)

    now = await job(store, submitted.job.id)
    assert newer is not None
    assert (now.status, now.attempt) == (JobStatus.PROCESSING, 2)
    assert await ending_events(store, now.id) == 0


async def test_a_job_given_back_keeps_its_try(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT slow 1000 0.05")
    running = asyncio.create_task(runner.run(submitted.job.id))
    await until_processing(store, submitted.job.id)

    await runner.give_back()

    await asyncio.wait_for(running, DEADLINE_SECONDS)
    now = await job(store, submitted.job.id)
    assert (now.attempt, now.tries, await outcomes(store, now.id)) == (1, 0, ["released"])
    again = await take(store.db, now.id, worker="next", lease_seconds=30, max_tries=3)
    assert again is not None
    assert again.attempt == 2


async def test_a_duplicate_hint_changes_nothing(store: Store, runner: JobRunner) -> None:
    submitted = await store.submit(b"PLANT good")

    await asyncio.gather(*(runner.run(submitted.job.id) for _ in range(3)))
    await runner.run(submitted.job.id)

    assert ((await job(store, submitted.job.id)).attempt, await ending_events(store, submitted.job.id)) == (1, 1)
