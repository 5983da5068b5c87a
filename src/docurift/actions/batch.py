"""The items of a batch: written by the thousand, counted down as their jobs end, told once when the last has ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from docurift.actions.telling import tell_all, told
from docurift.model.batch import Batch
from docurift.model.document import Content, Document
from docurift.model.event import EventType
from docurift.model.failure import Failure
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId, new_id
from docurift.model.job import Job, Priority
from docurift.model.result import Json
from docurift.storage import batch_items, batches, queue, shares, sweeping
from docurift.storage.batch_items import FirstJob
from docurift.storage.batches import Unfilled
from docurift.storage.blobs import Blobs
from docurift.storage.database import Connection
from docurift.storage.documents import NewDocument
from docurift.storage.events import NewEvent
from docurift.storage.jobs import NewJob
from docurift.storage.secrets import Secrets

# Questions to the blob store that are under way at a time.
_ASKED_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A file of a batch: its stored content, or why it is refused; a refused one becomes a job that failed at once."""

    file_name: str
    content: Content | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One job as it is to be written, on a new document or on one that is there and locked."""

    job: NewJob
    document: NewDocument | Document
    failure: Failure | None = None


async def add_items(
    tx: Connection,
    blobs: Blobs,
    *,
    batch_id: BatchId,
    items: Sequence[NewItem],
    secrets: Secrets,
    most_running: int = 0,
) -> bool:
    """The files of an archive are jobs of its batch, in this order. False, and nothing is done, if the batch was ended
    meanwhile or has its items already. It tells the events: call it last in the transaction.

    Raises:
        BlobMissingError: a content was removed with another document of equal bytes: put all again and repeat.
    """
    batch = await batches.lock_unfilled(tx, batch_id)
    if batch is None:
        return False
    news = await write_items(tx, blobs, _planned(batch, items, secrets), most_running=most_running)
    await batches.fill(tx, batch_id, items=len(items))
    refused = sum(item.failure is not None for item in items)
    await tell_all(tx, [*news, *await count_down(tx, batch.organization_id, batch_id, final=refused)])
    return True


async def note_final(tx: Connection, job: Job) -> list[NewEvent]:
    """The job, which ends in this transaction, is counted in its batch; answers `batch.completed` if it was the last.

    Call it after all changes of jobs and documents and before `tell`: locks are taken in that order.
    """
    if job.batch_id is None:
        return []
    return await count_down(tx, job.organization_id, job.batch_id, final=1)


async def count_down(
    tx: Connection, organization_id: OrganizationId, batch_id: BatchId, *, final: int
) -> list[NewEvent]:
    """As `note_final`, for `final` jobs at once."""
    left = await batches.count_down(tx, organization_id=organization_id, batch_id=batch_id, final=final)
    if left != 0:
        return []
    batch = await batches.by_id(tx, organization_id=organization_id, batch_id=batch_id)
    if batch is None:
        raise AssertionError("the row is locked")
    return [told_of_batch(EventType.BATCH_COMPLETED, batch)]


def told_of_batch(type_: EventType, batch: Batch) -> NewEvent:
    """The event `type_` about this batch; its end goes also to the endpoint of its `webhookUrl`."""
    error: dict[str, Json] = {}
    if batch.failure is not None:
        error = {"error": {"code": batch.failure.code.value, "message": batch.failure.message}}
    counts = batch.counts
    return NewEvent(
        type=type_,
        organization_id=batch.organization_id,
        also_to=batch.webhook_id if type_ is EventType.BATCH_COMPLETED else None,
        data={
            "batchId": batch.id,
            "organizationId": batch.organization_id,
            "status": batch.status.value,
            "counts": {
                "pending": counts.pending,
                "processing": counts.processing,
                "completed": counts.completed,
                "failed": counts.failed,
                "total": batch.item_count,
            },
            "callbackMetadata": batch.callback_metadata,
            "retryOf": batch.retry_of,
            **error,
        },
    )


async def write_items(tx: Connection, blobs: Blobs, planned: Sequence[Planned], *, most_running: int) -> list[NewEvent]:
    """Documents and jobs of one batch stand, the first of them in the queue, as far as there is room; answers the
    events of it, to be told last.

    Raises:
        BlobMissingError: as `add_items`.
    """
    if not planned:
        return []
    organization_id = planned[0].job.organization_id
    fresh = [FirstJob(document=one.document, job=one.job) for one in planned if isinstance(one.document, NewDocument)]
    known = {one.document.id: one.document for one in planned if isinstance(one.document, Document)}
    await _hold(tx, blobs, organization_id, [one.document.content for one in fresh])
    made = await batch_items.insert_documents(tx, fresh, organization_id=organization_id)
    tagged = await _tagged(tx, planned, organization_id=organization_id, most_running=most_running)
    waiting = await batch_items.insert_jobs(tx, tagged, organization_id=organization_id)
    newest = {one.document.id: one.job for one in planned if one.document.id in known}
    await batch_items.show_jobs(tx, newest, organization_id=organization_id)
    failures = {one.job.id: one.failure for one in planned if one.failure is not None}
    failed = {job.id: job for job in await batch_items.fail_pending(tx, failures)}
    await queue.enqueue(tx, shares.admitted(job for job in waiting if job.id not in failed))
    found = known | made
    return [new for job in waiting for new in _told(job, failed.get(job.id), found[job.document_id])]


async def _tagged(
    tx: Connection, planned: Sequence[Planned], *, organization_id: OrganizationId, most_running: int
) -> list[NewJob]:
    """The jobs as they are to be written: as many have a place in the queue as there is room for."""
    tags = await shares.vacancies(tx, organization_id=organization_id, wanted=len(planned), most_running=most_running)
    able = sorted(
        (one.job for one in planned if one.failure is None), key=lambda job: job.options.priority is not Priority.HIGH
    )
    tag_of = dict(zip((job.id for job in able), tags, strict=False))  # the rest waits in the backlog
    return [replace(one.job, start_tag=tag_of.get(one.job.id)) for one in planned]


def _told(job: Job, failed: Job | None, document: Document) -> list[NewEvent]:
    accepted = told(EventType.DOCUMENT_ACCEPTED, job, document)
    return [accepted] if failed is None else [accepted, told(EventType.DOCUMENT_FAILED, failed, document)]


async def _hold(
    tx: Connection, blobs: Blobs, organization_id: OrganizationId, contents: Sequence[Content | None]
) -> None:
    """The blobs are there, and no deletion removes any before this transaction has ended.

    One lock for all of them: a lock on each hash would soon fill the server's table of locks.
    """
    hashes = sorted({content.sha256 for content in contents if content is not None})
    if not hashes:
        return
    await sweeping.forbid(tx, organization_id=organization_id)
    for at in range(0, len(hashes), _ASKED_AT_ONCE):
        await asyncio.gather(*(blobs.size(organization_id, sha256) for sha256 in hashes[at : at + _ASKED_AT_ONCE]))


def _planned(batch: Unfilled, items: Sequence[NewItem], secrets: Secrets) -> list[Planned]:
    password = batch.sealed_password and secrets.unseal(batch.sealed_password, owner=batch.id)
    return [
        Planned(
            job=NewJob(
                id=job_id,
                organization_id=batch.organization_id,
                document_id=document_id,
                file_name=item.file_name,
                options=batch.options,
                callback_metadata=batch.callback_metadata,
                sealed_password=secrets.seal(password, owner=job_id) if password and not item.failure else None,
                batch_id=batch.id,
                batch_index=index,
                webhook_id=batch.webhook_id,
            ),
            document=NewDocument(
                id=document_id, organization_id=batch.organization_id, file_name=item.file_name, content=item.content
            ),
            failure=item.failure,
        )
        for index, (item, job_id, document_id) in enumerate(zip(items, *new_ids(len(items)), strict=True))
    ]


def new_ids(count: int) -> tuple[list[JobId], list[DocumentId]]:
    """Identifiers of so many jobs and documents; lists, which go by them, show the items in their order."""
    job_ids = sorted(JobId(new_id("job")) for _ in range(count))
    return job_ids, sorted(DocumentId(new_id("doc")) for _ in range(count))
