"""A batch is submitted: all its documents and jobs in one transaction, or its archive for a worker to unpack."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from docurift.actions.batch import Planned, count_down, new_ids, told_of_batch, write_items
from docurift.actions.submit import CallWebhook, FileUrl, ReceivedFile, new_document_of
from docurift.actions.telling import tell_all
from docurift.model.batch import Batch
from docurift.model.document import Document
from docurift.model.event import EventType
from docurift.model.failure import Failure
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId, WebhookId, new_id
from docurift.model.job import JobOptions
from docurift.model.result import Json
from docurift.storage import batch_items, batches, idempotency, queue, shares, sweeping, webhooks
from docurift.storage.batches import Archive, NewBatch
from docurift.storage.blobs import BlobMissingError, Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.documents import NewDocument
from docurift.storage.idempotency import IdempotencyKey
from docurift.storage.jobs import NewJob
from docurift.storage.secrets import Secrets

# Files that are put into the blob store at a time: enough to share the waits for a disk.
_PUT_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file that is not even stored: its job fails at once, and says why."""

    file_name: str
    sha256: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document that is there already."""

    id: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """One item of a batch and what is asked of its job."""

    source: ReceivedFile | FileUrl | RefusedFile | KnownDocument
    options: JobOptions
    callback_metadata: dict[str, Json] | None
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedArchive:
    """A ZIP, whose files become the items, and what is asked of all their jobs; `path` is its temporary file."""

    path: Path
    sha256: str
    options: JobOptions
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """What a request asks for."""

    content: Sequence[AskedItem] | AskedArchive
    callback_metadata: dict[str, Json] | None
    webhook: CallWebhook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedBatch:
    """The accepted batch. `replayed`: an earlier request with the same idempotency key had made it."""

    batch: Batch
    replayed: bool


class UnknownDocumentsError(Exception):
    """Items name documents that the organization has not, or has no more; by the place of each item."""

    def __init__(self, missing: Sequence[int], deleted: Sequence[int]) -> None:
        super().__init__(f"missing {missing}, deleted {deleted}")
        self.missing, self.deleted = tuple(missing), tuple(deleted)


async def submit_batch(
    db: Database,
    blobs: Blobs,
    secrets: Secrets,
    *,
    organization_id: OrganizationId,
    order: BatchOrder,
    idempotency_key: IdempotencyKey | None = None,
    most_running: int = 0,
) -> SubmittedBatch:
    """All jobs of the batch wait, or its archive to be unpacked, and survive any crash; or nothing
    happened at all. Bytes are best put into the blob store before, while they still come in; what is missing there is
    put here.

    Raises:
        UnknownDocumentsError: items name documents that are not there.
        IdempotencyKeyReusedError: the key stands for another request.
        Unavailable: the database cannot answer.
    """
    submission = _Submission(blobs, secrets, organization_id, order, most_running)
    while True:
        try:
            async with db.transaction() as tx:
                return await submission.accept(tx, idempotency_key)
        except BlobMissingError:  # equal bytes of a document that was deleted meanwhile: all are put again
            await _put(blobs, organization_id, order)


async def _put(blobs: Blobs, organization_id: OrganizationId, order: BatchOrder) -> None:
    if isinstance(order.content, AskedArchive):
        await blobs.put_file(organization_id, order.content.path, order.content.sha256)
        return
    files = [item.source for item in order.content if isinstance(item.source, ReceivedFile)]
    for at in range(0, len(files), _PUT_AT_ONCE):
        some = files[at : at + _PUT_AT_ONCE]
        await asyncio.gather(*(blobs.put_file(organization_id, one.path, one.content.sha256) for one in some))


@dataclass(frozen=True, slots=True)
class _Submission:
    blobs: Blobs
    secrets: Secrets
    organization_id: OrganizationId
    order: BatchOrder
    most_running: int

    async def accept(self, tx: Connection, key: IdempotencyKey | None) -> SubmittedBatch:
        batch_id = BatchId(new_id("batch"))
        if key is not None:
            earlier = await idempotency.claim_for_batch(
                tx, key, organization_id=self.organization_id, batch_id=batch_id
            )
            if earlier is not None:
                return SubmittedBatch(batch=await self._batch(tx, earlier), replayed=True)
        content, webhook_id = self.order.content, await self._webhook(tx)
        if isinstance(content, AskedArchive):
            batch = await self._accept_archive(tx, batch_id, webhook_id, content)
        else:
            batch = await self._accept_items(tx, batch_id, webhook_id, content)
        return SubmittedBatch(batch=batch, replayed=False)

    async def _accept_archive(
        self, tx: Connection, batch_id: BatchId, webhook_id: WebhookId | None, asked: AskedArchive
    ) -> Batch:
        await sweeping.forbid(tx, organization_id=self.organization_id)
        await self.blobs.size(self.organization_id, asked.sha256)
        password = asked.password
        archive = Archive(
            sha256=asked.sha256,
            options=asked.options,
            sealed_password=None if password is None else self.secrets.seal(password, owner=batch_id),
        )
        await batches.insert(tx, self._new_batch(batch_id, webhook_id, item_count=None, archive=archive))
        place = await shares.next_place(tx, organization_id=self.organization_id)
        await queue.enqueue_archive(tx, batch_id, place)
        batch = await self._batch(tx, batch_id)
        await tell_all(tx, [told_of_batch(EventType.BATCH_CREATED, batch)])
        return batch

    async def _accept_items(
        self, tx: Connection, batch_id: BatchId, webhook_id: WebhookId | None, items: Sequence[AskedItem]
    ) -> Batch:
        known = await self._known_documents(tx, items)
        await batches.insert(tx, self._new_batch(batch_id, webhook_id, item_count=len(items)))
        planned = [
            self._planned(index, item, known, _Ids(batch_id, webhook_id, job_id, document_id))
            for index, (item, job_id, document_id) in enumerate(zip(items, *new_ids(len(items)), strict=True))
        ]
        news = await write_items(tx, self.blobs, planned, most_running=self.most_running)
        batch = await self._batch(tx, batch_id)
        last = await count_down(tx, self.organization_id, batch_id, final=batch.counts.failed)
        await tell_all(tx, [told_of_batch(EventType.BATCH_CREATED, batch), *news, *last])
        return batch

    async def _webhook(self, tx: Connection) -> WebhookId | None:
        webhook = self.order.webhook
        if webhook is None:
            return None
        return await webhooks.for_call(
            tx, self.secrets, organization_id=self.organization_id, url=webhook.url, secret=webhook.secret
        )

    async def _known_documents(self, tx: Connection, items: Sequence[AskedItem]) -> dict[DocumentId, Document]:
        asked = {place: one.source.id for place, one in enumerate(items) if isinstance(one.source, KnownDocument)}
        if not asked:
            return {}
        found = await batch_items.lock_documents(tx, asked.values(), organization_id=self.organization_id)
        missing = [place for place, document_id in asked.items() if document_id not in found]
        deleted = [place for place, one in asked.items() if one in found and found[one].deleted_at is not None]
        if missing or deleted:
            raise UnknownDocumentsError(missing, deleted)
        return found

    def _new_batch(
        self, batch_id: BatchId, webhook_id: WebhookId | None, *, item_count: int | None, archive: Archive | None = None
    ) -> NewBatch:
        return NewBatch(
            id=batch_id,
            organization_id=self.organization_id,
            item_count=item_count,
            archive=archive,
            callback_metadata=self.order.callback_metadata,
            webhook_id=webhook_id,
        )

    def _planned(self, index: int, item: AskedItem, known: dict[DocumentId, Document], ids: "_Ids") -> Planned:
        source = item.source
        document = known[source.id] if isinstance(source, KnownDocument) else self._new_document(source, ids.document)
        failure = source.failure if isinstance(source, RefusedFile) else None
        password = item.password if failure is None else None
        job = NewJob(
            id=ids.job,
            organization_id=self.organization_id,
            document_id=document.id,
            file_name=document.file_name,
            options=item.options,
            callback_metadata=item.callback_metadata,
            sealed_password=None if password is None else self.secrets.seal(password, owner=ids.job),
            batch_id=ids.batch,
            batch_index=index,
            webhook_id=ids.webhook,
        )
        return Planned(job=job, document=document, failure=failure)

    def _new_document(self, source: ReceivedFile | FileUrl | RefusedFile, document_id: DocumentId) -> NewDocument:
        if not isinstance(source, RefusedFile):
            return new_document_of(source, self.secrets, document_id=document_id, organization_id=self.organization_id)
        return NewDocument(
            id=document_id, organization_id=self.organization_id, file_name=source.file_name, content=None
        )

    async def _batch(self, tx: Connection, batch_id: BatchId) -> Batch:
        batch = await batches.by_id(tx, organization_id=self.organization_id, batch_id=batch_id)
        if batch is None:
            raise AssertionError("a batch is never deleted")
        return batch


@dataclass(frozen=True, slots=True)
class _Ids:
    """What a new job and its document are called."""

    batch: BatchId
    webhook: WebhookId | None
    job: JobId
    document: DocumentId
