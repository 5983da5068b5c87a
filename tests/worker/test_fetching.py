"""A `fileUrl` is fetched by the worker that takes its job: whole and fenced, or the job says why not."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from tests.support.egress import Names, a_guard
from tests.support.origin import Origin, an_origin
from tests.support.submissions import ORGANIZATION, SECRETS, Store
from tests.worker.test_runner import DEADLINE_SECONDS, ending_events, job, outcomes, until_processing

from docurift.actions.cancel import cancel
from docurift.actions.delete import DocumentBusyError, delete_document
from docurift.actions.retry import retry
from docurift.actions.submit import FileUrl, Submitted, submit
from docurift.actions.take import take
from docurift.egress.guard import EgressPolicy, Guard
from docurift.model.document import Content, Document, MediaType
from docurift.model.failure import FailureCode, Stage
from docurift.model.ids import DocumentId, JobId
from docurift.model.job import Job, JobOptions, JobStatus
from docurift.storage import documents
from docurift.worker.runner import JobRunner

pytestmark = pytest.mark.committed
PLANTED = b"PLANT good 3"


@pytest_asyncio.fixture
async def origin() -> AsyncGenerator[Origin]:
    async with an_origin() as one:
        yield one


async def submit_url(store: Store, url: str) -> Submitted:
    source = FileUrl(url=url, file_name="letter.txt")
    return await submit(
        store.db, store.blobs, organization_id=ORGANIZATION, source=source, options=JobOptions(), secrets=SECRETS
    )


async def document(store: Store, document_id: DocumentId) -> Document:
    async with store.db.reading() as conn:
        found = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=document_id)
    assert found is not None
    return found


async def address_is_kept(store: Store, document_id: DocumentId) -> bool:
    return await store.one("select sealed_source_url is not null from documents where id = %s", document_id)


def blobs_left(store: Store) -> list[Path]:
    """Everything in the blob store, temporary files included."""
    return [path for path in store.blobs.incoming.parent.rglob("*") if path.is_file()]


async def failed(store: Store, runner: JobRunner, url: str) -> Job:
    """The job on `url`, which could not be fetched, and which left nothing but its address."""
    submitted = await submit_url(store, url)

    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert done.failure is not None
    assert (done.failure.code, done.failure.stage, done.failure.retryable) == (
        FailureCode.FETCH_FAILED,
        Stage.FETCH,
        True,
    )
    assert (await outcomes(store, done.id), await ending_events(store, done.id)) == (["error"], 1)
    assert (await document(store, done.document_id)).content is None
    assert await address_is_kept(store, done.document_id)
    assert blobs_left(store) == []
    assert url not in done.failure.message
    return done


def sentence(done: Job) -> str:
    assert done.failure is not None
    return done.failure.message


async def test_a_file_is_fetched_and_read(store: Store, runner: JobRunner, origin: Origin) -> None:
    submitted = await submit_url(store, origin.serve("/letter.txt", PLANTED))
    assert submitted.document.content is None

    await runner.run(submitted.job.id)

    done, fetched = await job(store, submitted.job.id), await document(store, submitted.document.id)
    assert (done.status, done.pages_processed, done.attempt) == (JobStatus.COMPLETED, 3, 1)
    assert fetched.content is not None
    assert (fetched.content.media_type, fetched.content.size_bytes) == (MediaType.TEXT, len(PLANTED))
    assert await store.blobs.read(ORGANIZATION, fetched.content.sha256) == PLANTED
    assert not await address_is_kept(store, fetched.id)
    assert list(store.blobs.incoming.iterdir()) == []
    told = "select data->>'fileSize' from events where job_id = %s and type = 'document.processing.completed'"
    assert await store.one(told, done.id) == str(len(PLANTED))


async def test_a_redirect_is_followed(store: Store, runner: JobRunner, origin: Origin) -> None:
    submitted = await submit_url(store, origin.redirect("/moved", origin.serve("/letter.txt", PLANTED)))

    await runner.run(submitted.job.id)

    assert (await job(store, submitted.job.id)).status is JobStatus.COMPLETED
    assert origin.asked == ["/moved", "/letter.txt"]


async def test_a_job_says_why_its_file_did_not_come(store: Store, runner: JobRunner, origin: Origin) -> None:
    missing = await failed(store, runner, origin.serve("/missing", b"no", status="404 Not Found"))
    empty = await failed(store, runner, origin.serve("/empty", b""))
    program = await failed(store, runner, origin.serve("/program", b"MZ\x00\x01"))
    large = await failed(store, runner, origin.serve("/large", b"x" * 100_001))

    assert "404" in sentence(missing)
    assert "empty" in sentence(empty)
    assert "no type that is read" in sentence(program)
    assert "100000 bytes" in sentence(large)


async def test_a_file_without_end_is_cut_at_the_limit(store: Store, runner: JobRunner, origin: Origin) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    origin.answers["/endless"] = answer

    assert "100000 bytes" in sentence(await failed(store, runner, origin.url("/endless")))


async def test_a_slow_server_ends_at_the_deadline(store: Store, runner: JobRunner, origin: Origin) -> None:
    runner.fetcher = replace(runner.fetcher, terms=replace(runner.fetcher.terms, seconds=0.5))

    assert "0.5 seconds" in sentence(await failed(store, runner, origin.drip("/slow")))


async def test_a_redirect_to_an_address_inside_opens_no_socket(store: Store, runner: JobRunner, origin: Origin) -> None:
    async with an_origin("127.0.0.2") as inside:
        runner.fetcher = replace(runner.fetcher, guard=a_guard("127.0.0.1/32"))

        done = await failed(store, runner, origin.redirect("/moved", inside.serve("/secret", PLANTED)))

    assert "redirect" in sentence(done)
    assert (origin.asked, inside.opened) == (["/moved"], 0)


async def test_a_name_that_changed_its_address_since_it_was_accepted_opens_no_socket(
    store: Store, runner: JobRunner, origin: Origin
) -> None:
    names = Names({"files.docurift.net": [["127.0.0.1"], ["10.0.0.1"]]})
    guard = Guard(EgressPolicy.of("127.0.0.0/8"), names)
    url = origin.serve("/letter.txt", PLANTED).replace("127.0.0.1", "files.docurift.net")
    await guard.vet(url)
    runner.fetcher = replace(runner.fetcher, guard=guard)

    await failed(store, runner, url)

    assert (names.asked, origin.opened) == (["files.docurift.net"] * 2, 0)


async def test_what_is_turned_off_later_is_not_fetched(store: Store, runner: JobRunner, origin: Origin) -> None:
    runner.fetcher = replace(runner.fetcher, terms=replace(runner.fetcher.terms, is_on=False))

    assert "turned off" in sentence(await failed(store, runner, origin.serve("/letter.txt", PLANTED)))
    assert origin.opened == 0


async def test_a_retry_fetches_again(store: Store, runner: JobRunner, origin: Origin) -> None:
    url = origin.serve("/letter.txt", b"", status="503 Service Unavailable")
    first = await failed(store, runner, url)
    origin.serve("/letter.txt", PLANTED)

    again = await retry(store.db, organization_id=ORGANIZATION, job_id=first.id)
    await runner.run(again.job.id)

    assert (await job(store, again.job.id)).status is JobStatus.COMPLETED
    third = await retry(store.db, organization_id=ORGANIZATION, job_id=again.job.id)
    await runner.run(third.job.id)
    assert (await job(store, third.job.id)).status is JobStatus.COMPLETED
    assert origin.asked == ["/letter.txt"] * 2


async def test_two_jobs_that_fetch_for_one_document_leave_one_content(
    store: Store, runner: JobRunner, origin: Origin
) -> None:
    first = await failed(store, runner, origin.serve("/letter.txt", b"", status="503 Service Unavailable"))
    slower, faster = [(await retry(store.db, organization_id=ORGANIZATION, job_id=first.id)).job.id for _ in range(2)]
    _, asked, release = origin.hold("/letter.txt", b"PLANT good 2")
    holding = asyncio.create_task(runner.run(slower))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
    origin.serve("/letter.txt", PLANTED)

    await runner.run(faster)
    release.set()
    await asyncio.wait_for(holding, DEADLINE_SECONDS)

    both = [await job(store, one) for one in (slower, faster)]
    assert [(one.status, one.pages_processed) for one in both] == [(JobStatus.COMPLETED, 3)] * 2
    kept = (await document(store, first.document_id)).content
    assert kept == Content(media_type=MediaType.TEXT, size_bytes=len(PLANTED), sha256=kept.sha256 if kept else "")
    assert sum(path.read_bytes().startswith(b"PLANT") for path in blobs_left(store)) == 1


async def test_a_fetch_shows_its_stage_and_keeps_its_lease(store: Store, runner: JobRunner, origin: Origin) -> None:
    url, asked, release = origin.hold("/letter.txt", PLANTED)
    submitted = await submit_url(store, url)
    running = asyncio.create_task(runner.run(submitted.job.id))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
    seen = await until_processing(store, submitted.job.id)

    thieves = 0
    begun = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < begun + 2 * runner.terms.lease_seconds:
        stolen = await take(store.db, submitted.job.id, worker="thief", lease_seconds=30, max_tries=3)
        thieves += stolen is not None
        await asyncio.wait([running], timeout=0.2)
    release.set()
    await asyncio.wait_for(running, DEADLINE_SECONDS)

    assert (seen.stage, thieves) == (Stage.FETCH, 0)
    assert (await job(store, submitted.job.id)).status is JobStatus.COMPLETED


async def _rob(store: Store, job_id: JobId) -> None:
    async with store.db.reading() as conn:
        await conn.execute("update jobs set lease_until = now() - interval '1 s' where id = %s", (job_id,))
    assert await take(store.db, job_id, worker="newer", lease_seconds=30, max_tries=3) is not None


async def test_a_fetch_for_a_job_that_somebody_newer_holds_writes_nothing(
    store: Store, runner: JobRunner, origin: Origin
) -> None:
    url, asked, release = origin.hold("/letter.txt", PLANTED)
    submitted = await submit_url(store, url)
    lease = await store.taken(submitted.job.id)
    bringing = asyncio.create_task(runner.fetcher.bring(lease))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
    await _rob(store, submitted.job.id)

    release.set()
    [lost] = await asyncio.gather(bringing, return_exceptions=True)

    assert type(lost).__name__ == "LeaseLostError"
    assert (await document(store, submitted.document.id)).content is None
    assert await address_is_kept(store, submitted.document.id)
    assert blobs_left(store) == []


async def test_a_document_cannot_be_deleted_while_it_is_fetched_and_forgets_its_address_afterwards(
    store: Store, runner: JobRunner, origin: Origin
) -> None:
    url, asked, _ = origin.hold("/letter.txt", PLANTED)
    runner.fetcher = replace(runner.fetcher, terms=replace(runner.fetcher.terms, seconds=1.0))
    submitted = await submit_url(store, url)
    running = asyncio.create_task(runner.run(submitted.job.id))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)

    with pytest.raises(DocumentBusyError):
        await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=submitted.document.id)
    await asyncio.wait_for(running, DEADLINE_SECONDS)
    await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=submitted.document.id)

    assert not await address_is_kept(store, submitted.document.id)
    assert blobs_left(store) == []


async def test_a_fetch_that_is_given_back_is_made_again_by_the_next_worker(
    store: Store, runner: JobRunner, origin: Origin
) -> None:
    url, asked, _ = origin.hold("/letter.txt", PLANTED)
    submitted = await submit_url(store, url)
    running = asyncio.create_task(runner.run(submitted.job.id))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)

    await runner.give_back()
    await asyncio.wait_for(running, DEADLINE_SECONDS)
    left = blobs_left(store)
    origin.serve("/letter.txt", PLANTED)
    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert left == []
    assert (done.status, done.attempt, done.tries) == (JobStatus.COMPLETED, 2, 1)


async def test_a_fetch_ends_when_its_job_is_cancelled(store: Store, runner: JobRunner, origin: Origin) -> None:
    url, asked, _ = origin.hold("/letter.txt", PLANTED)
    submitted = await submit_url(store, url)
    running = asyncio.create_task(runner.run(submitted.job.id))
    await asyncio.wait_for(asked.wait(), DEADLINE_SECONDS)
    await cancel(store.db, organization_id=ORGANIZATION, job_id=submitted.job.id)

    await runner.stop_cancelled()
    await asyncio.wait_for(running, DEADLINE_SECONDS)

    done = await job(store, submitted.job.id)
    assert done.failure is not None
    assert (done.failure.code, await outcomes(store, done.id)) == (FailureCode.JOB_CANCELLED, ["cancelled"])
    assert (blobs_left(store), await address_is_kept(store, done.document_id)) == ([], True)


async def test_the_address_is_in_no_log_event_or_row(store: Store, runner: JobRunner, origin: Origin) -> None:
    signed = "?signature=s3cret-of-the-link"
    origin.serve("/letter.txt", b"", status="403 Forbidden")
    with structlog.testing.capture_logs() as logged:
        done = await failed(store, runner, origin.url("/letter.txt" + signed))

    async with store.db.reading() as conn:
        for table in ("jobs", "documents", "events", "attempts"):
            rows = await (await conn.execute(f"select * from {table}".encode())).fetchall()  # noqa: S608 -- our own
            assert "s3cret" not in str(rows)
    assert "s3cret" not in f"{logged}{sentence(done)}"
    assert "fetch.failed" in {one["event"] for one in logged}


async def test_a_document_whose_bytes_never_come_says_so(store: Store, runner: JobRunner) -> None:
    submitted = await submit_url(store, "https://files.docurift.net/")
    async with store.db.reading() as conn:
        await conn.execute("update documents set sealed_source_url = null")

    await runner.run(submitted.job.id)

    done = await job(store, submitted.job.id)
    assert done.failure is not None
    assert done.failure.code is FailureCode.BLOB_MISSING
