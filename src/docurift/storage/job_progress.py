"""How far jobs are, of many in one query."""

from collections.abc import Collection
from dataclasses import dataclass

from docurift.model.failure import Stage
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import JobStatus
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """What changes of a job while it runs."""

    job_id: JobId
    status: JobStatus
    progress: int
    stage: Stage
    pages_processed: int


async def progress_of(conn: Connection, watched: Collection[tuple[OrganizationId, JobId]]) -> list[JobProgress]:
    """How far each of these jobs of these organizations is; those that are gone are left out."""
    asked = {
        "organization_ids": [organization_id for organization_id, _ in watched],
        "job_ids": [job_id for _, job_id in watched],
    }
    cursor = await conn.execute(statement("jobs/progress_of"), asked)
    return [
        JobProgress(
            job_id=JobId(row["id"]),
            status=JobStatus(row["status"]),
            progress=row["progress"],
            stage=Stage(row["stage"]),
            pages_processed=row["pages_processed"],
        )
        for row in await cursor.fetchall()
    ]
