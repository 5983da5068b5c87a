"""The files of a batch's archive become its jobs once, whatever is in the archive and whoever is lost on the way."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.archives import MIB, a_zip, damaged, encrypted, many_entries, overlapping, with_blanks, with_link
from tests.support.pdfs import a_pdf
from tests.support.submissions import ORGANIZATION, SECRETS, Store
from tests.worker.test_sandbox import children_of, gone, zygote_of

from docurift.actions.cancel import cancel_batch
from docurift.actions.housekeep import rescue
from docurift.actions.unpack import UnpackLease, UnpackLostError, fill, take
from docurift.model.archive import ArchiveLimits, UnpackOrder
from docurift.model.batch import Batch, BatchStatus
from docurift.model.failure import FailureCode
from docurift.model.ids import BatchId, new_id
from docurift.model.job import DocumentType, Job, JobOptions, JobStatus
from docurift.model.work import Limits
from docurift.storage import batches, documents, queue
from docurift.storage.batches import Archive, NewBatch
from docurift.storage.job_rows import job_of
from docurift.storage.shares import Place
from docurift.worker.child import Sandbox
from docurift.worker.runner import JobRunner
from docurift.worker.unpacker import Unpacker, UnpackTerms

pytestmark = pytest.mark.committed
DEADLINE_SECONDS = 30
MAX_TRIES = 3
PDF = a_pdf([(60, 700, "Invoice INV-2041")])
GOOD = {"first.pdf": PDF, "folder/second.txt": b"PLANT good 2"}


@pytest.fixture
def unpacker(store: Store, sandbox: Sandbox) -> Unpacker:
    order = UnpackOrder(archive=ArchiveLimits(), limits=Limits())
    terms = UnpackTerms(lease_seconds=1.5, renew_seconds=0.2, max_tries=MAX_TRIES, order=order)
    return Unpacker(db=store.db, blobs=store.blobs, secrets=SECRETS, sandbox=sandbox, terms=terms)


async def a_batch(store: Store, archive: bytes) -> BatchId:
    """A batch as the API leaves it: accepted, its archive stored, its hint in the queue."""
    batch_id = BatchId(new_id("batch"))
    sha256 = await store.blobs.put_bytes(ORGANIZATION, archive)
    options = JobOptions(document_type=DocumentType.INVOICE)
    new = NewBatch(
        id=batch_id,
        organization_id=ORGANIZATION,
        item_count=None,
        archive=Archive(sha256=sha256, options=options),
        callback_metadata={"for": "test"},
    )
    async with store.db.transaction() as tx:
        await batches.insert(tx, new)
        await queue.enqueue_archive(tx, batch_id, Place(start_tag=0))
    return batch_id


async def batch(store: Store, batch_id: BatchId) -> Batch:
    async with store.db.reading() as conn:
        found = await batches.by_id(conn, organization_id=ORGANIZATION, batch_id=batch_id)
    assert found is not None
    return found


async def jobs_of(store: Store, batch_id: BatchId) -> list[Job]:
    async with store.db.reading() as conn:
        cursor = await conn.execute(b"select * from jobs where batch_id = %s order by batch_index", (batch_id,))
        return [job_of(row) for row in await cursor.fetchall()]


async def ended(store: Store, batch_id: BatchId) -> int:
    query = "select count(*) from events where type = 'batch.completed' and data ->> 'batchId' = %s"
    return await store.one(query, batch_id)


def codes(found: list[Job]) -> list[FailureCode | None]:
    return [one.failure and one.failure.code for one in found]


async def test_the_files_of_an_archive_are_the_jobs_of_its_batch(
    store: Store, unpacker: Unpacker, runner: JobRunner
) -> None:
    batch_id = await a_batch(store, a_zip(GOOD))

    await unpacker.run(batch_id)

    found = await jobs_of(store, batch_id)
    assert [(one.file_name, one.status) for one in found] == [
        ("first.pdf", JobStatus.PENDING),
        ("second.txt", JobStatus.PENDING),
    ]
    assert all(one.options.document_type is DocumentType.INVOICE for one in found)
    assert all(one.callback_metadata == {"for": "test"} for one in found)
    for one in found:
        await runner.run(one.id)
    done = await batch(store, batch_id)
    assert (done.status, done.counts.completed, await ended(store, batch_id)) == (BatchStatus.COMPLETED, 2, 1)


BAD_FILES = {
    "traversal": (a_zip([*GOOD.items(), ("../../etc/passwd", b"root")]), "passwd", FailureCode.FILE_CORRUPT),
    "absolute": (a_zip([*GOOD.items(), ("/etc/passwd", b"root")]), "passwd", FailureCode.FILE_CORRUPT),
    "link": (with_link(a_zip(GOOD), "bad", b"/etc/passwd"), "bad", FailureCode.FILE_CORRUPT),
    "encrypted": (encrypted(a_zip({**GOOD, "bad": b"x"}), "bad"), "bad", FailureCode.FILE_ENCRYPTED),
    "damaged": (damaged(a_zip({**GOOD, "bad": b"text" * 99}), "bad"), "bad", FailureCode.FILE_CORRUPT),
    "bomb": (with_blanks(a_zip(GOOD), "bad", 40 * MIB), "bad", FailureCode.DECOMPRESSION_LIMIT),
    "empty": (a_zip({**GOOD, "bad": b""}), "bad", FailureCode.EMPTY_FILE),
    "unknown": (a_zip({**GOOD, "bad": bytes(range(256)) * 8}), "bad", FailureCode.INVALID_FILE_TYPE),
    "archive": (a_zip({**GOOD, "bad.zip": a_zip(GOOD)}), "bad.zip", FailureCode.INVALID_FILE_TYPE),
    "control": (a_zip({**GOOD, "a\r\nX: y\u202e.bin": b"\x01"}), "aX: y.bin", FailureCode.INVALID_FILE_TYPE),
}


@pytest.mark.parametrize(("archive", "name", "code"), BAD_FILES.values(), ids=BAD_FILES)
async def test_a_bad_file_is_a_failed_job_beside_good_ones(
    store: Store, unpacker: Unpacker, archive: bytes, name: str, code: FailureCode
) -> None:
    batch_id = await a_batch(store, archive)

    await unpacker.run(batch_id)

    found = await jobs_of(store, batch_id)
    assert codes(found) == [None, None, code]
    assert found[2].file_name == name
    async with store.db.reading() as conn:
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=found[2].document_id)
    assert document is not None
    assert document.content is None
    now = await batch(store, batch_id)
    assert (now.item_count, now.counts.failed, now.completed_at) == (3, 1, None)


BAD_ARCHIVES = {
    "no archive": (b"PK\x03\x04 and no more", FailureCode.FILE_CORRUPT),
    "truncated list": (a_zip(GOOD)[:-40], FailureCode.FILE_CORRUPT),
    "no file": (a_zip({"folder/": b""}), FailureCode.FILE_CORRUPT),
    "too many files": (a_zip({f"{number}": b"x" for number in range(1_001)}), FailureCode.DECOMPRESSION_LIMIT),
    "100,000 entries": (many_entries(100_000), FailureCode.DECOMPRESSION_LIMIT),
}


@pytest.mark.parametrize(("archive", "code"), BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
async def test_an_archive_that_cannot_be_read_fails_its_batch(
    store: Store, unpacker: Unpacker, archive: bytes, code: FailureCode
) -> None:
    batch_id = await a_batch(store, archive)

    await unpacker.run(batch_id)

    failed = await batch(store, batch_id)
    assert failed.failure is not None
    assert (failed.status, failed.failure.code) == (BatchStatus.FAILED, code)
    assert (await jobs_of(store, batch_id), await ended(store, batch_id)) == ([], 1)


async def test_too_many_bytes_in_all_fail_the_batch(store: Store, unpacker: Unpacker) -> None:
    limits = ArchiveLimits(max_bytes=100_000)
    unpacker.terms = replace(unpacker.terms, order=replace(unpacker.terms.order, archive=limits))
    batch_id = await a_batch(store, a_zip({f"{number}.txt": b"text " * 5_000 for number in range(5)}))

    await unpacker.run(batch_id)

    failure = (await batch(store, batch_id)).failure
    assert failure is not None
    assert failure.code is FailureCode.DECOMPRESSION_LIMIT


async def test_files_that_share_their_bytes_all_fail_and_the_batch_is_complete(
    store: Store, unpacker: Unpacker
) -> None:
    batch_id = await a_batch(store, overlapping(10, 9 * MIB))

    await unpacker.run(batch_id)

    done = await batch(store, batch_id)
    assert set(codes(await jobs_of(store, batch_id))) == {FailureCode.DECOMPRESSION_LIMIT}
    assert (done.status, done.counts.failed, await ended(store, batch_id)) == (BatchStatus.COMPLETED, 10, 1)


async def test_only_hashes_are_names_under_the_blob_root_and_the_archive_is_gone(
    store: Store, unpacker: Unpacker
) -> None:
    archive = with_link(a_zip([*GOOD.items(), ("../escaped.txt", b"x"), ("incoming/x.txt", b"y")]), "l", b"/")
    batch_id = await a_batch(store, archive)
    (stored,) = files_under(store)

    await unpacker.run(batch_id)

    left = files_under(store)
    assert len(left) == 3
    assert stored not in left
    assert all(len(path.name) == 64 for path in left)
    assert list(store.blobs.incoming.iterdir()) == []
    assert await store.one("select archive_sha256 from batches where id = %s", batch_id) is None


def files_under(store: Store) -> set[Path]:
    return {path for path in store.blobs.incoming.parent.rglob("*") if path.is_file()}


async def test_an_archive_of_a_thousand_files_is_filled_in_order(store: Store, unpacker: Unpacker) -> None:
    files = {f"{number:04}.txt": f"file {number}".encode() for number in range(1_000)}
    batch_id = await a_batch(store, a_zip(files))

    await unpacker.run(batch_id)

    assert [one.file_name for one in await jobs_of(store, batch_id)] == list(files)


SLOW = a_zip([(f"{number:02}.bin", os.urandom(4 * MIB)) for number in range(12)], method=0)


async def a_child(unpacker: Unpacker) -> int:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (unpacker.sandbox._zygotes._server and children_of(zygote_of(unpacker.sandbox))):  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.001)
    return children_of(zygote_of(unpacker.sandbox))[0]


async def test_a_child_that_is_killed_is_replaced(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, SLOW)
    running = asyncio.create_task(unpacker.run(batch_id))

    os.kill(await a_child(unpacker), signal.SIGKILL)
    await running

    assert len(await jobs_of(store, batch_id)) == 12
    assert list(store.blobs.incoming.iterdir()) == []


async def test_a_zygote_that_is_killed_is_replaced(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, SLOW)
    running = asyncio.create_task(unpacker.run(batch_id))
    await a_child(unpacker)

    os.kill(zygote_of(unpacker.sandbox), signal.SIGKILL)
    await running

    assert len(await jobs_of(store, batch_id)) == 12


async def test_a_worker_that_is_lost_leaves_the_archive_to_the_next(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, a_zip(GOOD))
    lost = await take(store.db, batch_id, lease_seconds=0.0, max_tries=MAX_TRIES)
    assert lost is not None

    await unpacker.run(batch_id)

    with pytest.raises(UnpackLostError):
        await fill(store.db, store.blobs, lost, items=[], secrets=SECRETS)
    assert len(await jobs_of(store, batch_id)) == 2


async def test_an_archive_in_hand_is_nobody_elses(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, a_zip(GOOD))
    held = await take(store.db, batch_id, lease_seconds=30, max_tries=MAX_TRIES)

    await unpacker.run(batch_id)

    assert held is not None
    assert await jobs_of(store, batch_id) == []
    await fill(store.db, store.blobs, held, items=[], secrets=SECRETS)


async def test_an_archive_taken_by_somebody_newer_is_let_go(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, SLOW)
    running = asyncio.create_task(unpacker.run(batch_id))
    child = await a_child(unpacker)
    async with store.db.reading() as conn:
        await conn.execute("update batches set unpack_attempt = 7, unpack_tries = 1 where id = %s", (batch_id,))

    await asyncio.wait_for(running, DEADLINE_SECONDS)

    await gone(child)
    assert await jobs_of(store, batch_id) == []
    assert list(store.blobs.incoming.iterdir()) == []


async def test_a_batch_cancelled_in_mid_unpacking_ends_at_once_and_has_no_jobs(
    store: Store, unpacker: Unpacker
) -> None:
    batch_id = await a_batch(store, SLOW)
    running = asyncio.create_task(unpacker.run(batch_id))
    child = await a_child(unpacker)

    cancelled = (await cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch_id)).batch

    assert (cancelled.status, await ended(store, batch_id)) == (BatchStatus.FAILED, 1)
    await asyncio.wait_for(running, DEADLINE_SECONDS)
    await gone(child)
    assert await jobs_of(store, batch_id) == []
    await rescue(store.db, store.blobs, max_tries=MAX_TRIES)
    assert [path for path in files_under(store) if path.parent.parent.name == ORGANIZATION] == []


async def test_an_archive_given_back_keeps_its_try(store: Store, unpacker: Unpacker) -> None:
    batch_id = await a_batch(store, SLOW)
    running = asyncio.create_task(unpacker.run(batch_id))
    await a_child(unpacker)

    await unpacker.give_back()
    await running

    assert await store.one("select unpack_tries from batches where id = %s", batch_id) == 0
    assert await store.one("select count(*) from pgqueuer where dedupe_key = %s", batch_id) == 1
    await unpacker.run(batch_id)
    assert len(await jobs_of(store, batch_id)) == 12


async def test_workers_lost_too_often_fail_the_batch(store: Store) -> None:
    batch_id = await a_batch(store, a_zip(GOOD))
    for _ in range(MAX_TRIES):
        assert isinstance(await take(store.db, batch_id, lease_seconds=0.0, max_tries=MAX_TRIES), UnpackLease)

    assert await take(store.db, batch_id, lease_seconds=0.0, max_tries=MAX_TRIES) is None
    await rescue(store.db, store.blobs, max_tries=MAX_TRIES)

    failure = (await batch(store, batch_id)).failure
    assert failure is not None
    assert (failure.code, await ended(store, batch_id)) == (FailureCode.WORKER_LOST, 1)
    assert files_under(store) == set()


@pytest.mark.parametrize("taken", [False, True])
async def test_an_archive_without_a_hint_is_offered_again(store: Store, taken: bool) -> None:  # noqa: FBT001
    batch_id = await a_batch(store, a_zip(GOOD))
    async with store.db.reading() as conn:
        await conn.execute("delete from pgqueuer")
        await conn.execute("update batches set created_at = now() - interval '1 minute'")
    if taken:
        await take(store.db, batch_id, lease_seconds=0.0, max_tries=MAX_TRIES)

    await rescue(store.db, store.blobs, max_tries=MAX_TRIES)

    assert await store.one("select count(*) from pgqueuer where dedupe_key = %s", batch_id) == 1
