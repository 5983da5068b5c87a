"""What is known about a job beside its row: who could take it, who holds it, and what is left of its document."""

from dataclasses import dataclass
from datetime import datetime

from docurift.model.ids import JobId, OrganizationId
from docurift.storage.database import WORKER_NAME, Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """At `now`, by the database's clock. `is_lost`: it is processed, but its lease has ended. `workers` listen for work
    in this database. `running` jobs of its organization have left the backlog and are not final.
    """

    now: datetime
    lease_until: datetime | None
    is_lost: bool
    workers: int
    running: int
    deleted_at: datetime | None


async def beside(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> Beside | None:
    """What is known beside the organization's job; None if there is no such job."""
    asked = {"organization_id": organization_id, "job_id": job_id, "worker_name": WORKER_NAME}
    row = await (await conn.execute(statement("jobs/circumstances"), asked)).fetchone()
    if row is None:
        return None
    return Beside(
        now=row["now"],
        lease_until=row["lease_until"],
        is_lost=row["is_lost"],
        workers=row["workers"],
        running=row["running"],
        deleted_at=row["deleted_at"],
    )
