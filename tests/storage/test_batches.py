"""Batches at rest: written whole, counted by one index, ended once, cancelled and retried."""

import asyncio
import random
from collections.abc import Sequence

import pytest
from tests.support.submissions import (
    CORRUPT,
    GONE_LEASE_SECONDS,
    MAX_TRIES,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    SECRETS,
    Store,
    a_file,
)

from docurift.actions.batch import NewItem, add_items
from docurift.actions.batch_submit import AskedArchive, AskedItem, BatchOrder, submit_batch
from docurift.actions.cancel import BatchAlreadyFinalError, JobAlreadyFinalError, cancel, cancel_batch
from docurift.actions.delete import delete_document, delete_job
from docurift.actions.finish import fail
from docurift.actions.housekeep import rescue
from docurift.actions.take import LeaseLostError
from docurift.model.batch import Batch, BatchStatus, Counts
from docurift.model.document import Content, MediaType
from docurift.model.ids import BatchId, JobId
from docurift.model.job import JobOptions, JobStatus
from docurift.storage import batches
from docurift.storage.sql import statement

OPTIONS = JobOptions()


async def a_batch(store: Store, count: int = 3) -> BatchId:
    """A batch of so many documents with bytes of their own."""
    files = [a_file(store.blobs.incoming, b"content %d" % number) for number in range(count)]
    items = [AskedItem(source=file, options=OPTIONS, callback_metadata=None, password=None) for file in files]
    return await submitted(store, items)


async def submitted(store: Store, content: Sequence[AskedItem] | AskedArchive) -> BatchId:
    order = BatchOrder(content=content, callback_metadata=None, webhook=None)
    accepted = await submit_batch(store.db, store.blobs, SECRETS, organization_id=ORGANIZATION, order=order)
    return accepted.batch.id


async def an_archive(store: Store) -> BatchId:
    file = a_file(store.blobs.incoming, b"PK", name="a.zip")
    return await submitted(
        store,
        AskedArchive(path=file.path, sha256=file.content.sha256, options=OPTIONS, password="secret"),
    )


async def seen(store: Store, batch_id: BatchId) -> Batch:
    async with store.db.reading() as conn:
        batch = await batches.by_id(conn, organization_id=ORGANIZATION, batch_id=batch_id)
    assert batch is not None
    return batch


async def jobs_of(store: Store, batch_id: BatchId) -> list[JobId]:
    async with store.db.reading() as conn:
        cursor = await conn.execute("select id from jobs where batch_id = %s order by batch_index", [batch_id])
        return [JobId(row["id"]) for row in await cursor.fetchall()]


async def told(store: Store, kind: str) -> int:
    return int(await store.one("select count(*) from events where type = %s", kind))


async def test_a_batch_is_written_whole_with_its_bytes_and_queue_entries(store: Store) -> None:
    batch_id = await a_batch(store)

    jobs = await jobs_of(store, batch_id)

    assert jobs == sorted(jobs)
    assert await store.one("select count(*) from documents where sha256 is not null") == 3
    assert await store.one("select count(*) from pgqueuer where dedupe_key = any(%s)", list(jobs)) == 3
    assert await store.one("select count(*) from job_terms") == 3
    assert [await told(store, kind) for kind in ("batch.created", "document.processing.accepted")] == [1, 3]
    assert (await seen(store, batch_id)).counts == Counts(pending=3)


async def test_bytes_that_were_swept_while_the_batch_came_in_are_put_again(store: Store) -> None:
    file = a_file(store.blobs.incoming)
    await store.blobs.put_file(ORGANIZATION, file.path, file.content.sha256)
    await store.blobs.delete(ORGANIZATION, file.content.sha256)

    await submitted(store, [AskedItem(source=file, options=OPTIONS, callback_metadata=None, password=None)])

    assert await store.blobs.read(ORGANIZATION, file.content.sha256) == b"content"


async def test_eight_workers_end_a_batch_once_while_others_cancel_it(store: Store) -> None:
    for round_ in range(3):
        batch_id = await a_batch(store, 24)
        waiting = await jobs_of(store, batch_id)
        random.Random(round_).shuffle(waiting)  # noqa: S311

        async def work(mine: list[JobId] = waiting, worker: int = 0) -> None:
            while mine:
                lease = await store.take(mine.pop(), worker=f"w{worker}")
                if lease is None:
                    continue  # cancelled before
                if worker % 2:
                    await store.complete(lease)
                else:
                    await fail(store.db, lease, CORRUPT)

        async def stop(batch: BatchId = batch_id) -> None:
            try:
                await cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch)
            except BatchAlreadyFinalError:
                return

        async def stop_one(job_id: JobId) -> None:
            try:
                await cancel(store.db, organization_id=ORGANIZATION, job_id=job_id)
            except JobAlreadyFinalError:
                return

        cancelled = await jobs_of(store, batch_id)
        stops = [stop(), *(stop_one(one) for one in cancelled[:4])] if round_ else []
        await asyncio.gather(*(work(worker=worker) for worker in range(8)), *stops)

        batch = await seen(store, batch_id)
        assert (batch.status, batch.progress, batch.counts.present) == (BatchStatus.COMPLETED, 100, 24)
        assert await told(store, "batch.completed") == round_ + 1
        assert await store.one("select open_items from batches where id = %s", batch_id) == 0


async def test_an_ending_that_is_rolled_back_counts_nothing(store: Store) -> None:
    batch_id = await a_batch(store, 1)
    [job_id] = await jobs_of(store, batch_id)
    stale = await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)
    lease = await store.taken(job_id)

    with pytest.raises(LeaseLostError):
        await fail(store.db, stale, CORRUPT)

    assert await store.one("select open_items from batches") == 1
    await store.complete(lease)
    assert (await seen(store, batch_id)).status is BatchStatus.COMPLETED
    assert await told(store, "batch.completed") == 1


async def test_a_job_whose_workers_were_lost_ends_its_batch(store: Store) -> None:
    batch_id = await a_batch(store, 1)
    [job_id] = await jobs_of(store, batch_id)
    for _ in range(MAX_TRIES):
        await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)

    await rescue(store.db, store.blobs, max_tries=MAX_TRIES)

    assert (await seen(store, batch_id)).counts == Counts(failed=1)
    assert await told(store, "batch.completed") == 1


async def test_counts_and_progress_are_read_from_one_index_alone(store: Store) -> None:
    batch_id = await a_batch(store, 40)
    await a_batch(store, 40)
    asked = {"organization_id": ORGANIZATION, "batch_ids": [batch_id]}
    async with store.db.reading() as conn:
        await conn.execute("vacuum (analyze) jobs")
    async with store.db.transaction() as tx:
        # The tables of a test are so small that reading them whole costs no more.
        await tx.execute("set local enable_seqscan = off")
        cursor = await tx.execute(b"explain (format text) " + statement("batches/shown").encode(), asked)
        plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())

    assert "Index Only Scan using jobs_by_batch_index on jobs" in plan, plan
    assert plan.count("on jobs") == 1


async def test_deleted_jobs_stay_in_the_total_and_count_as_done(store: Store) -> None:
    batch_id = await a_batch(store, 2)
    first, second = await jobs_of(store, batch_id)
    await store.complete(await store.taken(first))
    await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=first)
    half = await seen(store, batch_id)
    await store.complete(await store.taken(second))

    assert (half.counts, half.progress, half.item_count) == (Counts(pending=1), 50, 2)
    assert (await seen(store, batch_id)).status is BatchStatus.COMPLETED


async def test_documents_of_a_batch_are_deleted_like_others(store: Store) -> None:
    batch_id = await a_batch(store, 1)
    [job_id] = await jobs_of(store, batch_id)
    await store.complete(await store.taken(job_id))
    document_id = await store.one("select document_id from jobs where id = %s", job_id)

    await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=document_id)

    assert (await seen(store, batch_id)).counts == Counts(completed=1)
    assert [path for path in store.blobs.incoming.parent.glob("org_*/*/*") if path.is_file()] == []


async def test_a_running_job_is_asked_to_stop_once(store: Store) -> None:
    job = (await store.submit()).job
    await store.taken(job.id)

    first = (await cancel(store.db, organization_id=ORGANIZATION, job_id=job.id)).job
    again = (await cancel(store.db, organization_id=ORGANIZATION, job_id=job.id)).job

    assert first.status is JobStatus.PROCESSING
    assert first.cancel_requested_at == again.cancel_requested_at is not None
    assert await told(store, "job.cancel_requested") == 1


async def test_a_waiting_job_is_cancelled_at_once_and_no_worker_gets_it(store: Store) -> None:
    job = (await store.submit(password="secret")).job

    cancelled = (await cancel(store.db, organization_id=ORGANIZATION, job_id=job.id)).job

    assert cancelled.failure is not None
    assert cancelled.failure.code == "JOB_CANCELLED"
    assert await store.take(job.id) is None
    assert await store.one("select sealed_password from jobs") is None
    assert await store.one("select status from documents") == "failed"
    with pytest.raises(JobAlreadyFinalError):
        await cancel(store.db, organization_id=ORGANIZATION, job_id=job.id)


async def test_an_archives_files_get_its_options_and_password(store: Store) -> None:
    batch_id = await an_archive(store)
    sha256 = await store.blobs.put_bytes(ORGANIZATION, b"content")
    items = [
        NewItem(file_name="a.pdf", content=Content(media_type=MediaType.PDF, size_bytes=7, sha256=sha256)),
        NewItem(file_name="b.pdf", content=None, failure=CORRUPT),
    ]

    async with store.db.transaction() as tx:
        added = await add_items(tx, store.blobs, batch_id=batch_id, items=items, secrets=SECRETS)
    async with store.db.transaction() as tx:
        again = await add_items(tx, store.blobs, batch_id=batch_id, items=items, secrets=SECRETS)

    assert (added, again) == (True, False)
    good, refused = await jobs_of(store, batch_id)
    sealed = (await store.taken(good)).sealed_password
    assert sealed is not None
    assert SECRETS.unseal(sealed, owner=good) == "secret"
    assert await store.one("select sealed_password from jobs where id = %s", refused) is None
    assert await store.one("select sealed_password from batches") is None
    assert (await seen(store, batch_id)).counts == Counts(processing=1, failed=1)


async def test_a_cancelled_archive_gets_no_items(store: Store) -> None:
    batch_id = await an_archive(store)

    batch = (await cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch_id)).batch
    async with store.db.transaction() as tx:
        added = await add_items(
            tx, store.blobs, batch_id=batch_id, items=[NewItem(file_name="a", content=None)], secrets=SECRETS
        )

    assert not added
    assert batch.status is BatchStatus.FAILED
    with pytest.raises(BatchAlreadyFinalError):
        await cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch_id)


async def test_a_batch_of_another_organization_is_not_found(store: Store) -> None:
    batch_id = await a_batch(store, 1)

    async with store.db.reading() as conn:
        assert await batches.by_id(conn, organization_id=OTHER_ORGANIZATION, batch_id=batch_id) is None
