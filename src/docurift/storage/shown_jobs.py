"""A job with what is told beside its row, in one query."""

from dataclasses import dataclass

from docurift.model.ids import JobId, OrganizationId
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
    if row is None:
        return None
    place: int | None = row["place"]
    return ShownJob(
        job=job_of(row),
        queue_position=place if place is not None and 1 <= place <= LAST_COUNTED_PLACE else None,
        stored=None if row["job_id"] is None else result_of(row),
    )
