"""A job with what is told beside its row, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docurift.model.ids import BatchId, JobId, OrganizationId
from docurift.model.job import Job
from docurift.storage.database import Connection
from docurift.storage.job_rows import job_of
from docurift.storage.jobs import LAST_COUNTED_PLACE
from docurift.storage.results import StoredResult, result_of
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """A job as one look found it: its place among all that wait, up to 1,000, and where its result is, if it has one
    still.
    """

    job: Job
    queue_position: int | None = None
    stored: StoredResult | None = None


async def shown(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> ShownJob | None:
    """The organization's job of this id."""
    asked = {"organization_id": organization_id, "job_id": job_id}
    row = await (await conn.execute(statement("jobs/shown"), asked)).fetchone()
    return None if row is None else _shown(row)


async def of_batch(
    conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId, after: int, limit: int
) -> tuple[ShownJob, ...]:
    """The batch's jobs behind index `after`, in the order of the indexes; their places in the queue are not told."""
    asked = {"organization_id": organization_id, "batch_id": batch_id, "after": after, "limit": limit}
    cursor = await conn.execute(statement("batches/items"), asked)
    return tuple(_shown(row) for row in await cursor.fetchall())


def _shown(row: Mapping[str, Any]) -> ShownJob:
    place: int | None = row["place"]
    return ShownJob(
        job=job_of(row),
        queue_position=place if place is not None and 1 <= place <= LAST_COUNTED_PLACE else None,
        stored=None if row["job_id"] is None else result_of(row),
    )
