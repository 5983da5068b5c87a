"""Every attempt at a job, opened by the taking itself (`jobs/take.sql`) and closed here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docurift.model.ids import JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


class Outcome(StrEnum):
    """How an attempt ended (contract section 3)."""

    COMPLETED = "completed"
    ERROR = "error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    WORKER_LOST = "worker_lost"
    CANCELLED = "cancelled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What an attempt has used; None is not known."""

    last_page: int | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt; `outcome` is None while it runs."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    spent: Spent


async def close(conn: Connection, *, job_id: JobId, attempt: int, outcome: Outcome, spent: Spent) -> None:
    """The attempt has ended, unless it had before."""
    asked = {
        "job_id": job_id,
        "attempt": attempt,
        "outcome": outcome,
        "last_page": spent.last_page,
        "peak_memory_bytes": spent.peak_memory_bytes,
        "cpu_seconds": spent.cpu_seconds,
    }
    await conn.execute(statement("attempts/close"), asked)


async def of_job(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> tuple[Attempt, ...]:
    """The job's attempts, first to last."""
    asked = {"organization_id": organization_id, "job_id": job_id}
    cursor = await conn.execute(statement("attempts/of_job"), asked)
    return tuple(
        Attempt(
            number=row["number"],
            worker=row["worker"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
            spent=Spent(
                last_page=row["last_page"],
                peak_memory_bytes=row["peak_memory_bytes"],
                cpu_seconds=row["cpu_seconds"],
            ),
        )
        for row in await cursor.fetchall()
    )
