"""Where the bytes of completed jobs' answers are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docurift.model.ids import DocumentId, JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultBlob:
    """A result as it was stored: `stored_bytes` compressed, `result_bytes` the JSON of `result` alone, which decides
    whether a job's answer carries it.
    """

    sha256: str
    stored_bytes: int
    result_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """The result of one job and where its bytes are; `pages_sha256` is None for a document without pages."""

    job_id: JobId
    document_id: DocumentId
    sha256: str
    stored_bytes: int
    result_bytes: int
    pages_sha256: str | None
    engine_version: str
    detected_language: str | None
    expires_at: datetime | None = None


async def insert(conn: Connection, result: StoredResult, *, organization_id: OrganizationId) -> None:
    """The result can be found."""
    asked = {
        "job_id": result.job_id,
        "organization_id": organization_id,
        "document_id": result.document_id,
        "sha256": result.sha256,
        "stored_bytes": result.stored_bytes,
        "result_bytes": result.result_bytes,
        "pages_sha256": result.pages_sha256,
        "engine_version": result.engine_version,
        "detected_language": result.detected_language,
        "expires_at": result.expires_at,
    }
    await conn.execute(statement("results/insert"), asked)


async def of_job(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> StoredResult | None:
    """The job's result; None if it has none, or none any more."""
    cursor = await conn.execute(statement("results/of_job"), {"organization_id": organization_id, "job_id": job_id})
    row = await cursor.fetchone()
    return None if row is None else result_of(row)


async def of_jobs(conn: Connection, *, organization_id: OrganizationId, job_ids: Sequence[JobId]) -> list[StoredResult]:
    """The results of those of the jobs that have one, in no order."""
    asked = {"organization_id": organization_id, "job_ids": list(job_ids)}
    cursor = await conn.execute(statement("results/of_jobs"), asked)
    return [result_of(row) for row in await cursor.fetchall()]


async def of_document(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId
) -> StoredResult | None:
    """The newest result of any of the document's jobs."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    cursor = await conn.execute(statement("results/of_document"), asked)
    row = await cursor.fetchone()
    return None if row is None else result_of(row)


async def delete_of_document(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> set[str]:
    """Results and pages of the document are gone; answers the hashes of their blobs."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    cursor = await conn.execute(statement("results/delete_of_document"), asked)
    return _hashes(await cursor.fetchall())


async def delete_of_job(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> set[str]:
    """Result and pages of the job are gone; answers the hashes of their blobs."""
    asked = {"organization_id": organization_id, "job_id": job_id}
    cursor = await conn.execute(statement("results/delete_of_job"), asked)
    return _hashes(await cursor.fetchall())


async def expired(conn: Connection, *, limit: int) -> list[tuple[OrganizationId, JobId]]:
    """Whose results have passed their time, the oldest first."""
    cursor = await conn.execute(statement("results/expired"), {"limit": limit})
    return [(row["organization_id"], row["job_id"]) for row in await cursor.fetchall()]


def _hashes(rows: list[dict[str, Any]]) -> set[str]:
    return {sha256 for row in rows for sha256 in (row["sha256"], row["pages_sha256"]) if sha256 is not None}


def result_of(row: Mapping[str, Any]) -> StoredResult:
    """The result that a row of `results`, perhaps joined with its job, tells."""
    return StoredResult(
        job_id=row["job_id"],
        document_id=row["document_id"],
        sha256=row["sha256"],
        stored_bytes=row["stored_bytes"],
        result_bytes=row["result_bytes"],
        pages_sha256=row["pages_sha256"],
        engine_version=row["engine_version"],
        detected_language=row["detected_language"],
        expires_at=row["expires_at"],
    )
