"""What is left when all is quiet: the rows, the event log, the blobs. Read from outside, without the service's code."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row

FINAL = frozenset({"completed", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """`document_sha256` is None while the bytes of a `fileUrl` are not here."""

    id: str
    organization_id: str
    document_id: str
    document_sha256: str | None
    document_deleted: bool
    retry_of: str | None
    file_name: str
    status: str
    attempt: int
    error_code: str | None
    result_sha256: str | None
    stored_sha256: str | None
    pages_sha256: str | None
    expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """`outcome` is None while it runs."""

    job_id: str
    number: int
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of an organization's log."""

    organization_id: str
    sequence: int
    id: str
    type: str
    job_id: str | None
    document_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """An event that goes to an endpoint."""

    organization_id: str
    endpoint_id: str
    sequence: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`blobs` are the hashes of what stands under each name; `received` the numbers of the events that a receiver took,
    of each organization that has one.
    """

    jobs: Sequence[JobRow]
    attempts: Sequence[AttemptRow] = ()
    events: Sequence[EventRow] = ()
    deliveries: Sequence[DeliveryRow] = ()
    blobs: dict[tuple[str, str], str]
    received: dict[str, frozenset[int]]


_JOBS = """
    select jobs.id, jobs.organization_id, jobs.document_id, documents.sha256 as document_sha256,
           documents.deleted_at is not null as document_deleted, jobs.retry_of, jobs.file_name, jobs.status,
           jobs.attempt, jobs.error_code, jobs.result_sha256, results.sha256 as stored_sha256, results.pages_sha256,
           coalesce(jobs.expires_at <= now(), false) as expired
      from jobs join documents on documents.id = jobs.document_id left join results on results.job_id = jobs.id
     order by jobs.id
"""
_EVENTS = """
    select organization_id, sequence, id, type, job_id, document_id from events order by organization_id, sequence
"""


def gather(
    dsn: str, blobs: Path | dict[tuple[str, str], str], received: dict[str, frozenset[int]] | None = None
) -> Evidence:
    """All of it, in one snapshot of the database. `blobs` are in a folder, or what `Evidence.blobs` says of them."""
    with psycopg.connect(dsn) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        return Evidence(
            jobs=_rows(connection, JobRow, _JOBS),
            attempts=_rows(connection, AttemptRow, "select job_id, number, outcome from attempts order by 1, 2"),
            events=_rows(connection, EventRow, _EVENTS),
            deliveries=_rows(
                connection, DeliveryRow, "select organization_id, endpoint_id, sequence, status from deliveries"
            ),
            blobs=_hashes(blobs) if isinstance(blobs, Path) else blobs,
            received=received or {},
        )


def are_final(dsn: str, job_ids: Sequence[str]) -> bool:
    """Whether all of them exist and have ended."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "select count(*) from jobs where id = any(%s) and status in ('completed', 'failed')", (list(job_ids),)
        ).fetchone()
    return row is not None and row[0] == len(set(job_ids))


def _rows(connection: psycopg.Connection, kind: type[Any], query: str) -> Sequence[Any]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode()).fetchall()


def _hashes(blobs: Path) -> dict[tuple[str, str], str]:
    """Blobs stand as organization/two digits/hash; what is on its way in is no blob yet."""
    found = (path for path in blobs.glob("org_*/*/*") if path.is_file())
    return {(path.parts[-3], path.name): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
