"""The items of a batch: documents and jobs by the thousand, each kind in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from psycopg.types.json import Jsonb

from docurift.model.document import Document
from docurift.model.failure import Failure
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId
from docurift.model.job import Job
from docurift.storage import terms
from docurift.storage.database import Connection
from docurift.storage.document_rows import document_of
from docurift.storage.documents import NewDocument
from docurift.storage.job_rows import job_of
from docurift.storage.jobs import NewJob
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstJob:
    """A document that comes with its first job."""

    document: NewDocument
    job: NewJob


async def insert_documents(
    conn: Connection, new: Sequence[FirstJob], *, organization_id: OrganizationId
) -> dict[DocumentId, Document]:
    """The documents stand, each with its first job named."""
    if not new:
        return {}
    contents = [one.document.content for one in new]
    asked = {
        "organization_id": organization_id,
        "ids": [one.document.id for one in new],
        "file_names": [one.document.file_name for one in new],
        "folded_names": [terms.folded(one.document.file_name) for one in new],
        "media_types": [content and content.media_type.value for content in contents],
        "sizes": [content and content.size_bytes for content in contents],
        "hashes": [content and content.sha256 for content in contents],
        "sealed_urls": [one.document.sealed_source_url for one in new],
        "job_ids": [one.job.id for one in new],
        "document_types": [one.job.options.document_type.value for one in new],
    }
    cursor = await conn.execute(statement("batches/insert_documents"), asked)
    return {DocumentId(row["id"]): document_of(row) for row in await cursor.fetchall()}


async def insert_jobs(conn: Connection, new: Sequence[NewJob], *, organization_id: OrganizationId) -> tuple[Job, ...]:
    """The jobs, all of one batch, wait, and can be found by file name and metadata; answered by their indexes."""
    if not new:
        return ()
    asked = {
        "organization_id": organization_id,
        "batch_id": new[0].batch_id,
        "webhook_id": new[0].webhook_id,
        "ids": [one.id for one in new],
        "document_ids": [one.document_id for one in new],
        "retries_of": [one.retry_of for one in new],
        "indexes": [one.batch_index for one in new],
        "document_types": [one.options.document_type.value for one in new],
        "priorities": [one.options.priority.value for one in new],
        "options": [Jsonb(msgspec.to_builtins(one.options)) for one in new],
        "file_names": [one.file_name for one in new],
        "folded_names": [terms.folded(one.file_name) for one in new],
        "metadata": [None if one.callback_metadata is None else Jsonb(one.callback_metadata) for one in new],
        "sealed_passwords": [one.sealed_password for one in new],
        "start_tags": [one.start_tag for one in new],
        "terms": [_array(terms.terms_of(organization_id, one.file_name, one.callback_metadata)) for one in new],
    }
    cursor = await conn.execute(statement("batches/insert_jobs"), asked)
    return tuple(job_of(row) for row in await cursor.fetchall())


async def lock_documents(
    conn: Connection, document_ids: Iterable[DocumentId], *, organization_id: OrganizationId
) -> dict[DocumentId, Document]:
    """Those of the documents that are the organization's, also deleted ones; nobody deletes any or starts a job on it
    until the transaction ends.
    """
    asked = {"organization_id": organization_id, "document_ids": sorted(set(document_ids))}
    cursor = await conn.execute(statement("documents/lock_many"), asked)
    return {DocumentId(row["id"]): document_of(row) for row in await cursor.fetchall()}


async def retryable(conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId) -> tuple[Job, ...]:
    """The batch's failed jobs whose document can be read again, in the order of their indexes."""
    asked = {"organization_id": organization_id, "batch_id": batch_id}
    cursor = await conn.execute(statement("batches/retryable"), asked)
    return tuple(job_of(row) for row in await cursor.fetchall())


async def show_jobs(conn: Connection, shown: Mapping[DocumentId, NewJob], *, organization_id: OrganizationId) -> None:
    """The state of each of these documents is from now on that of its job here, which waits."""
    if not shown:
        return
    asked = {
        "organization_id": organization_id,
        "document_ids": list(shown),
        "job_ids": [job.id for job in shown.values()],
        "document_types": [job.options.document_type.value for job in shown.values()],
    }
    await conn.execute(statement("documents/show_new_jobs"), asked)


async def fail_pending(conn: Connection, failures: Mapping[JobId, Failure]) -> tuple[Job, ...]:
    """Those of the jobs that waited have failed, before any worker took them; lock them before."""
    if not failures:
        return ()
    asked = {
        "job_ids": list(failures),
        "codes": [failure.code.value for failure in failures.values()],
        "messages": [failure.message for failure in failures.values()],
        "retryables": [failure.retryable for failure in failures.values()],
        "stages": [failure.stage.value for failure in failures.values()],
    }
    cursor = await conn.execute(statement("jobs/fail_pending"), asked)
    return tuple(job_of(row) for row in await cursor.fetchall())


def _array(numbers: Sequence[int]) -> str:
    """As PostgreSQL writes an array: those of a column of arrays differ in length, which a parameter's may not."""
    return "{" + ",".join(map(str, numbers)) + "}"
