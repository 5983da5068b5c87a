"""Jobs that are to end because somebody asked for it."""

from collections.abc import Sequence

from docurift.model.ids import BatchId, JobId, OrganizationId
from docurift.model.job import Job
from docurift.storage.database import Connection
from docurift.storage.job_rows import job_of
from docurift.storage.sql import statement


async def lock_open(conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId) -> tuple[Job, ...]:
    """Jobs of the batch that are not final; nobody takes or ends them until the transaction does."""
    asked = {"organization_id": organization_id, "batch_id": batch_id}
    cursor = await conn.execute(statement("jobs/lock_open_of_batch"), asked)
    return tuple(job_of(row) for row in await cursor.fetchall())


async def request(conn: Connection, job_ids: Sequence[JobId]) -> tuple[Job, ...]:
    """Those of the jobs that are being processed and that nobody asked to cancel before; their workers will hear."""
    if not job_ids:
        return ()
    cursor = await conn.execute(statement("jobs/request_cancel"), {"job_ids": list(job_ids)})
    return tuple(job_of(row) for row in await cursor.fetchall())
