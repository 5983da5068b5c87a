"""Results and pages as they were stored, read back for an answer."""

from typing import Final

import msgspec

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import Services
from docurift.model.checkpoint import reading_of
from docurift.model.document import Document
from docurift.model.ids import OrganizationId
from docurift.model.job import Job, JobStatus
from docurift.model.result import Page
from docurift.model.stamp import stamp
from docurift.storage import checkpoints, documents, jobs
from docurift.storage.answered import Answered, answered, unpacked
from docurift.storage.checkpoints import Reading
from docurift.storage.database import Connection
from docurift.storage.pages import PageLocation
from docurift.storage.results import StoredResult

_PAGE: Final = msgspec.json.Decoder(Page)


async def read_result(services: Services, organization_id: OrganizationId, stored: StoredResult) -> Answered:
    """The stored answer.

    Raises:
        BlobMissingError, BlobCorruptError: its bytes are gone or damaged.
    """
    return await answered(services.blobs, organization_id=organization_id, stored=stored)


async def read_page(services: Services, organization_id: OrganizationId, location: PageLocation) -> Page:
    """The stored page; its frame carries a checksum.

    Raises:
        BlobMissingError: its bytes are gone.
    """
    start, end = location.offset, location.offset + location.length
    return page_of(await services.blobs.read_range(organization_id, location.sha256, start, end))


def page_of(frame: bytes) -> Page:
    """The page in a stored frame."""
    return _PAGE.decode(unpacked(frame))


async def unfinished_page(conn: Connection, engine_version: str, document: Document, number: int) -> bytes | None:
    """The frame of a page that the document's newest job has finished, which itself still runs."""
    if document.content is None or document.newest_job_id is None:
        return None
    organization_id, job_id = document.organization_id, document.newest_job_id
    job = await jobs.by_id(conn, organization_id=organization_id, job_id=job_id)
    if job is None or job.status is not JobStatus.PROCESSING:
        return None
    reading = Reading(
        organization_id=organization_id,
        job_id=job_id,
        digest=reading_of(document.content, job.options, engine_version=engine_version),
        sha256=document.content.sha256,
    )
    return await checkpoints.one(conn, reading, number=number)


async def gone(services: Services, job: Job) -> Problem:
    """410: there was a result, and it was removed, at `deletedAt` or soon after."""
    async with services.db.reading() as conn:
        document = await documents.by_id(conn, organization_id=job.organization_id, document_id=job.document_id)
    deleted_at = (document and document.deleted_at) or job.expires_at
    return Problem(ErrorCode.RESULT_EXPIRED, details={} if deleted_at is None else {"deletedAt": stamp(deleted_at)})
