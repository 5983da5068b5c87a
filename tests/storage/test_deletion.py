"""What is deleted is gone, and what others still need stays."""

import hashlib

import pytest
from tests.support.submissions import CORRUPT, ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.delete import (
    DocumentBusyError,
    DocumentDeletedError,
    DocumentNotFoundError,
    JobNotFinalError,
    JobNotFoundError,
    delete_document,
    delete_job,
)
from docurift.actions.finish import fail
from docurift.actions.retry import DocumentGoneError, retry
from docurift.model.event import EventType
from docurift.model.ids import DocumentId, JobId
from docurift.storage import documents, events, jobs, pages, results
from docurift.storage.blobs import BlobMissingError

pytestmark = pytest.mark.committed


async def _delete(store: Store, document_id: DocumentId) -> None:
    await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=document_id)


async def _has_blob(store: Store, content: bytes) -> bool:
    try:
        await store.blobs.size(ORGANIZATION, hashlib.sha256(content).hexdigest())
    except BlobMissingError:
        return False
    return True


async def test_a_document_is_not_deleted_while_a_job_of_it_is_not_final(store: Store) -> None:
    submitted = await store.submit()
    with pytest.raises(DocumentBusyError):
        await _delete(store, submitted.document.id)
    lease = await store.taken(submitted.job.id)
    with pytest.raises(DocumentBusyError):
        await _delete(store, submitted.document.id)

    await store.complete(lease)

    await _delete(store, submitted.document.id)


async def test_a_deleted_document_leaves_a_tombstone_and_nothing_else(store: Store) -> None:
    submitted = await store.submit(b"secret", name="merger.pdf", metadata={"case": "x"})
    await store.complete(await store.taken(submitted.job.id))

    await _delete(store, submitted.document.id)

    async with store.db.reading() as conn:
        tombstone = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=submitted.document.id)
        result = await results.of_job(conn, organization_id=ORGANIZATION, job_id=submitted.job.id)
        located = await pages.of_document(conn, organization_id=ORGANIZATION, document_id=submitted.document.id)
        told = await events.after(conn, organization_id=ORGANIZATION, sequence=0)
    assert tombstone is not None
    assert tombstone.deleted_at is not None
    assert result is None
    assert located == ()
    assert [event.sequence for event in told] == [1, 2, 3, 4]
    assert told[3].type is EventType.DOCUMENT_DELETED
    assert told[3].data.keys() == {"documentId", "organizationId", "deletedAt"}
    assert all(event.data.keys() == {"documentId", "jobId"} for event in told[:3])
    for gone in (b"secret", b"result text", b"pages text"):
        assert not await _has_blob(store, gone)


async def test_a_document_is_deleted_once(store: Store) -> None:
    submitted = await store.submit()
    await fail(store.db, await store.taken(submitted.job.id), CORRUPT)
    await _delete(store, submitted.document.id)

    with pytest.raises(DocumentDeletedError):
        await _delete(store, submitted.document.id)
    with pytest.raises(DocumentGoneError):
        await retry(store.db, organization_id=ORGANIZATION, job_id=submitted.job.id)


async def test_another_organization_cannot_delete(store: Store) -> None:
    submitted = await store.submit()
    await fail(store.db, await store.taken(submitted.job.id), CORRUPT)

    with pytest.raises(DocumentNotFoundError):
        await delete_document(
            store.db, store.blobs, organization_id=OTHER_ORGANIZATION, document_id=submitted.document.id
        )
    with pytest.raises(JobNotFoundError):
        await delete_job(store.db, store.blobs, organization_id=OTHER_ORGANIZATION, job_id=submitted.job.id)


async def test_bytes_that_another_document_has_too_stay(store: Store) -> None:
    first, second = await store.submit(b"same"), await store.submit(b"same")
    for submitted in (first, second):
        await store.complete(await store.taken(submitted.job.id))

    await _delete(store, first.document.id)
    assert await _has_blob(store, b"same")
    assert await _has_blob(store, b"result text")
    await _delete(store, second.document.id)

    assert not await _has_blob(store, b"same")
    assert not await _has_blob(store, b"result text")


async def test_a_final_job_is_deleted_with_its_result_and_its_document_stays(store: Store) -> None:
    submitted = await store.submit()
    with pytest.raises(JobNotFinalError):
        await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=submitted.job.id)
    await store.complete(await store.taken(submitted.job.id))

    await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=submitted.job.id)

    async with store.db.reading() as conn:
        job = await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=submitted.job.id)
        document = await documents.by_id(conn, organization_id=ORGANIZATION, document_id=submitted.document.id)
    assert job is None
    assert document is not None
    assert document.deleted_at is None
    assert await _has_blob(store, b"content")
    assert not await _has_blob(store, b"result text")


async def test_an_unknown_job_is_not_found(store: Store) -> None:
    with pytest.raises(JobNotFoundError):
        await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=JobId("job_none"))
