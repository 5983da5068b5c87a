"""A request is submitted: document, job, queue entry, first event and idempotency row in one transaction."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from docurift.actions.telling import tell, told
from docurift.model.document import Content, Document
from docurift.model.event import EventType
from docurift.model.ids import DocumentId, JobId, OrganizationId, WebhookId, new_id
from docurift.model.job import IfDuplicate, Job, JobOptions
from docurift.model.result import Json
from docurift.storage import documents, idempotency, jobs, queue, shares, webhooks
from docurift.storage.blobs import BlobMissingError, Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.idempotency import IdempotencyKey, IdempotencyKeyReusedError
from docurift.storage.secrets import Secrets

__all__ = [
    "CallWebhook",
    "DuplicateDocumentError",
    "Duplicates",
    "FileUrl",
    "IdempotencyKey",
    "IdempotencyKeyReusedError",
    "ReceivedFile",
    "Source",
    "Submitted",
    "insert_job",
    "new_document_of",
    "replayed",
    "submit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A whole upload, with the name it is shown under; `path` is the temporary file that holds its bytes."""

    path: Path
    content: Content
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUrl:
    """Where a worker fetches the file from; the egress guard let it pass. It may be a signed link, thus a secret."""

    url: str = field(repr=False)
    file_name: str


Source = ReceivedFile | FileUrl
"""What a document is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """Where a call's own jobs tell of their ends; without a secret, the organization's signs."""

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


class DuplicateDocumentError(Exception):
    """The organization has a job that does or did the same."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What to do about a job that does the same; `engine_version` is what a completed one must have been read by."""

    policy: IfDuplicate
    engine_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The accepted job. `replayed`: an earlier request with the same idempotency key had made it. `is_duplicate`:
    another request had made it for the same bytes and options.
    """

    job: Job
    document: Document
    replayed: bool
    is_duplicate: bool = False


async def submit(
    db: Database,
    blobs: Blobs,
    *,
    organization_id: OrganizationId,
    source: Source,
    options: JobOptions,
    secrets: Secrets,
    callback_metadata: dict[str, Json] | None = None,
    password: str | None = None,
    webhook: CallWebhook | None = None,
    idempotency_key: IdempotencyKey | None = None,
    duplicates: Duplicates | None = None,
    most_running: int = 0,
) -> Submitted:
    """The job waits, in the queue if there is room in it (at most `most_running` of its organization, unless that is
    0), and it and its bytes survive any crash; or nothing happened at all.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
        DuplicateDocumentError: there is a job that does the same, and `duplicates` refuses another one.
        Unavailable: the database cannot answer.
        BlobError: the blob store cannot take the bytes.
    """
    job_id, document_id = JobId(new_id("job")), DocumentId(new_id("doc"))
    asked = _Asked(
        document=new_document_of(source, secrets, document_id=document_id, organization_id=organization_id),
        job=jobs.NewJob(
            id=job_id,
            organization_id=organization_id,
            document_id=document_id,
            file_name=source.file_name,
            options=options,
            callback_metadata=callback_metadata,
            sealed_password=None if password is None else secrets.seal(password, owner=job_id),
        ),
        webhook=webhook,
        idempotency_key=idempotency_key,
        duplicates=duplicates,
        most_running=most_running,
    )
    while True:
        if isinstance(source, ReceivedFile):
            await blobs.put_file(organization_id, source.path, source.content.sha256)
        try:
            async with db.transaction() as tx:
                return await _accept(tx, blobs, secrets, asked)
        except BlobMissingError:
            continue  # equal bytes of a document that was being deleted: they are put again


def new_document_of(
    source: Source, secrets: Secrets, *, document_id: DocumentId, organization_id: OrganizationId
) -> documents.NewDocument:
    """The document to be: with its content, or with its address sealed for it."""
    return documents.NewDocument(
        id=document_id,
        organization_id=organization_id,
        file_name=source.file_name,
        content=source.content if isinstance(source, ReceivedFile) else None,
        sealed_source_url=secrets.seal(source.url, owner=document_id) if isinstance(source, FileUrl) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    document: documents.NewDocument
    job: jobs.NewJob
    webhook: CallWebhook | None
    idempotency_key: IdempotencyKey | None
    duplicates: Duplicates | None
    most_running: int


async def _accept(tx: Connection, blobs: Blobs, secrets: Secrets, asked: _Asked) -> Submitted:
    organization_id, content = asked.job.organization_id, asked.document.content
    if asked.idempotency_key is not None:
        earlier = await idempotency.claim(
            tx, asked.idempotency_key, organization_id=organization_id, job_id=asked.job.id
        )
        if earlier is not None:
            return await replayed(tx, organization_id, earlier)
    if content is not None:
        await documents.lock_content(tx, organization_id=organization_id, hashes=[content.sha256])
        await blobs.size(organization_id, content.sha256)
        if (same := await _duplicate(tx, asked, content)) is not None:
            return same
    document_type = asked.job.options.document_type
    document = await documents.insert(tx, asked.document, job_id=asked.job.id, document_type=document_type)
    new = replace(asked.job, webhook_id=await _endpoint(tx, secrets, asked))
    job = await insert_job(tx, new, most_running=asked.most_running)
    await tell(tx, told(EventType.DOCUMENT_ACCEPTED, job, document))
    return Submitted(job=job, document=document, replayed=False)


async def insert_job(tx: Connection, new: jobs.NewJob, *, most_running: int) -> Job:
    """The job waits: in the queue if there is room, else in the backlog."""
    tags = await shares.vacancies(tx, organization_id=new.organization_id, wanted=1, most_running=most_running)
    job = await jobs.insert(tx, replace(new, start_tag=tags[0] if tags else None))
    await queue.enqueue(tx, shares.admitted([job]))
    return job


async def _duplicate(tx: Connection, asked: _Asked, content: Content) -> Submitted | None:
    """The job that does the same, if the request wants it. The lock on the content makes two at once one."""
    duplicates, organization_id = asked.duplicates, asked.job.organization_id
    if duplicates is None or duplicates.policy is IfDuplicate.RERUN:
        return None
    job = await jobs.duplicate(
        tx,
        organization_id=organization_id,
        sha256=content.sha256,
        options=asked.job.options,
        engine_version=duplicates.engine_version,
        has_password=asked.job.sealed_password is not None,
    )
    if job is None:
        return None
    if duplicates.policy is IfDuplicate.REFUSE:
        raise DuplicateDocumentError(job)
    if asked.idempotency_key is not None:
        await idempotency.stand_for_job(tx, asked.idempotency_key, organization_id=organization_id, job_id=job.id)
    document = await documents.by_id(tx, organization_id=organization_id, document_id=job.document_id)
    if document is None:
        raise AssertionError("a job has a document")
    return Submitted(job=job, document=document, replayed=False, is_duplicate=True)


async def _endpoint(tx: Connection, secrets: Secrets, asked: _Asked) -> WebhookId | None:
    if asked.webhook is None:
        return None
    return await webhooks.for_call(
        tx,
        secrets,
        organization_id=asked.job.organization_id,
        url=asked.webhook.url,
        secret=asked.webhook.secret,
    )


async def replayed(tx: Connection, organization_id: OrganizationId, job_id: JobId) -> Submitted:
    """The job that an earlier request with the same idempotency key made, as it is now."""
    job = await jobs.by_id(tx, organization_id=organization_id, job_id=job_id)
    document = job and await documents.by_id(tx, organization_id=organization_id, document_id=job.document_id)
    if job is None or document is None:
        raise AssertionError("a deleted job frees its idempotency key")
    return Submitted(job=job, document=document, replayed=True)
