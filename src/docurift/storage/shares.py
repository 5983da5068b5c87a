"""Fair shares: which of the waiting jobs are in the engine's queue, and in which order (decision 0023).

Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996) over organizations, in pages: each admitted job has a start
tag, the larger of the virtual time (the tag of what started last) and of the end of its organization's earlier ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job, Priority
from docurift.storage import leader
from docurift.storage.database import WORKER_NAME, Connection
from docurift.storage.sql import statement

WINDOW: Final = 8
"""How many admitted jobs wait in the engine's queue, if the workers have no more slots than half of it. What is in it
has its place before anything is known of its pages, so that a large window would be unfair for long.
"""
DUTY: Final = "admission"
"""What the one who admits under a limit of running jobs is elected for."""
_ANEW_ABOVE: Final = 100_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands in the engine's queue: a lower tag first, at equal tags high priority, then the older."""

    start_tag: float
    priority: Priority = Priority.NORMAL


async def vacancies(
    conn: Connection, *, organization_id: OrganizationId, wanted: int, most_running: int = 0
) -> list[float]:
    """Start tags of those of the `wanted` jobs, which the organization submits in this transaction, that may go into
    the queue at once: none if older ones of it wait in the backlog. With a limit of running jobs there may be fewer
    than there is room for: only one at a time may count them.
    """
    if most_running > 0 and not await leader.leads(conn, DUTY):
        return []
    row = await _vacancies(conn, organization_id)
    room = max(WINDOW - row["all_waiting"], 1 if row["waiting"] == 0 else 0)
    if most_running > 0:
        room = min(room, most_running - row["in_flight"])
    if row["has_backlog"]:
        room = 0
    return [row["start_tag"] + number for number in range(min(wanted, room))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Jobs of an organization that are not final, and their pages as far as they are known."""

    jobs: int
    pages: int


def admitted(jobs: Iterable[Job]) -> dict[JobId, Place]:
    """The places of those of the jobs that are in the queue."""
    return {
        job.id: Place(start_tag=job.start_tag, priority=job.options.priority)
        for job in jobs
        if job.start_tag is not None
    }


async def next_place(conn: Connection, *, organization_id: OrganizationId) -> Place:
    """Behind all that the organization has in the queue, whether there is room or not."""
    return Place(start_tag=(await _vacancies(conn, organization_id))["start_tag"])


async def front(conn: Connection) -> Place:
    """Beside what started last: for what was in the queue before and has lost its entry."""
    return Place(start_tag=(await _vacancies(conn, None))["start_tag"])


async def admit(conn: Connection, *, most_running: int = 0) -> dict[JobId, Place]:
    """The jobs that have left the backlog; tell the queue of them. By one leader at a time."""
    asked = {"window": WINDOW, "most_running": most_running, "worker_name": WORKER_NAME}
    cursor = await conn.execute(statement("shares/admit"), asked)
    return {
        JobId(row["id"]): Place(start_tag=row["start_tag"], priority=Priority(row["priority"]))
        for row in await cursor.fetchall()
    }


async def charge(conn: Connection, job: Job) -> None:
    """The pages of a job that has ended count for its organization. Call it last before events are told."""
    if job.start_tag is None:
        return
    asked = {
        "organization_id": job.organization_id,
        "start_tag": job.start_tag,
        "pages": max(job.pages_processed, 1),
    }
    await conn.execute(statement("shares/charge"), asked)


async def open_of(conn: Connection, *, organization_id: OrganizationId, most: int | None = None) -> Open:
    """What the organization has open; it is not counted beyond `most` jobs."""
    cursor = await conn.execute(statement("shares/open"), {"organization_id": organization_id, "limit": most})
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("an aggregate answers a row")
    return Open(jobs=row["jobs"], pages=row["pages"])


async def begin_anew(conn: Connection, *, above: float = _ANEW_ABOVE) -> int:
    """How many organizations' tags have become zero, because they were large and nothing is in the queue."""
    return (await conn.execute(statement("shares/begin_anew"), {"above": above})).rowcount


async def _vacancies(conn: Connection, organization_id: OrganizationId | None) -> dict[str, Any]:
    cursor = await conn.execute(statement("shares/vacancies"), {"organization_id": organization_id})
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("an aggregate answers a row")
    return row
