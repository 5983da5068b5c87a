"""Questions to and changes of `jobs`, the rows that are the truth about all work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from psycopg.types.json import Jsonb

from docurift.model.failure import Failure, Stage
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId, WebhookId
from docurift.model.job import Job, JobOptions, Priority
from docurift.model.result import Extraction, Json
from docurift.storage import terms
from docurift.storage.attempts import Outcome
from docurift.storage.database import Connection
from docurift.storage.job_list import page_of, stats
from docurift.storage.job_rows import job_of
from docurift.storage.shares import Place
from docurift.storage.sql import statement

__all__ = [
    "CHANNEL",
    "LAST_COUNTED_PLACE",
    "NewJob",
    "Taken",
    "begin_again",
    "by_id",
    "cancel_requested",
    "complete",
    "delete",
    "duplicate",
    "fail",
    "fail_overdue",
    "fail_spent",
    "insert",
    "late",
    "lock",
    "of_document",
    "overdue",
    "page_of",
    "progress",
    "release",
    "renew",
    "spent",
    "stats",
    "take",
    "to_offer",
    "waited_out",
]

CHANNEL: Final = "docurift_jobs"
"""Every change of a job is notified here; the payload is its id."""
LAST_COUNTED_PLACE: Final = 1_000
# Options that change no result.
_UNLIKE: Final = ("priority", "expires_after_seconds", "deadline_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What a job is made from."""

    id: JobId
    organization_id: OrganizationId
    document_id: DocumentId
    file_name: str
    options: JobOptions
    callback_metadata: dict[str, Json] | None = None
    sealed_password: bytes | None = None
    retry_of: JobId | None = None
    batch_id: BatchId | None = None
    batch_index: int | None = None
    webhook_id: WebhookId | None = None
    start_tag: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A job as it was taken; the password of its document is sealed (storage/secrets.py)."""

    job: Job
    sealed_password: bytes | None = field(repr=False)


async def insert(conn: Connection, new: NewJob) -> Job:
    """The job waits, and can be found by its file name and metadata."""
    row = await _one(
        conn,
        "jobs/insert",
        {
            "id": new.id,
            "organization_id": new.organization_id,
            "document_id": new.document_id,
            "retry_of": new.retry_of,
            "batch_id": new.batch_id,
            "batch_index": new.batch_index,
            "webhook_id": new.webhook_id,
            "start_tag": new.start_tag,
            "document_type": new.options.document_type,
            "priority": new.options.priority,
            "options": Jsonb(msgspec.to_builtins(new.options)),
            "file_name": new.file_name,
            "folded_name": terms.folded(new.file_name),
            "callback_metadata": None if new.callback_metadata is None else Jsonb(new.callback_metadata),
            "sealed_password": new.sealed_password,
            "terms": terms.terms_of(new.organization_id, new.file_name, new.callback_metadata),
        },
    )
    if row is None:
        raise AssertionError("an insert answers its row")
    return job_of(row)


async def by_id(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> Job | None:
    """The organization's job of this id."""
    row = await _one(conn, "jobs/by_id", {"organization_id": organization_id, "job_id": job_id})
    return None if row is None else job_of(row)


async def duplicate(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    sha256: str,
    options: JobOptions,
    engine_version: str,
    has_password: bool,
) -> Job | None:
    """A job that has done or will do the same: see `jobs/duplicate.sql`. Ask under `documents.lock_content`."""
    alike = {name: value for name, value in msgspec.to_builtins(options).items() if name not in _UNLIKE}
    asked = {
        "organization_id": organization_id,
        "sha256": sha256,
        "options": Jsonb(alike),
        "unlike": list(_UNLIKE),
        "engine_version": engine_version,
        "has_password": has_password,
    }
    row = await _one(conn, "jobs/duplicate", asked)
    return None if row is None else job_of(row)


async def lock(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> Job | None:
    """As `by_id`; nobody else changes it until the transaction ends."""
    row = await _one(conn, "jobs/lock", {"organization_id": organization_id, "job_id": job_id})
    return None if row is None else job_of(row)


async def of_document(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId, limit: int = 100
) -> tuple[Job, ...]:
    """The document's jobs, newest first."""
    asked = {"organization_id": organization_id, "document_id": document_id, "limit": limit}
    cursor = await conn.execute(statement("jobs/of_document"), asked)
    return tuple(job_of(row) for row in await cursor.fetchall())


async def delete(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> bool:
    """The job is gone with its attempts and result, if it was final."""
    cursor = await conn.execute(statement("jobs/delete"), {"organization_id": organization_id, "job_id": job_id})
    return cursor.rowcount == 1


async def take(
    conn: Connection,
    *,
    job_id: JobId,
    worker: str,
    lease_seconds: float,
    max_tries: int,
    max_seconds: float | None = None,
) -> Taken | None:
    """The job, now held by `worker`; None if it was not to be had. The first time sets its deadline, `max_seconds` from
    now or earlier if its own options ask for that.
    """
    asked = {
        "job_id": job_id,
        "worker": worker,
        "lease_seconds": lease_seconds,
        "max_tries": max_tries,
        "max_seconds": max_seconds,
    }
    row = await _one(conn, "jobs/take", asked)
    return None if row is None else Taken(job=job_of(row), sealed_password=row["sealed_password"])


async def begin_again(conn: Connection, *, job_id: JobId, attempt: int) -> Job | None:
    """The job with its next attempt, held as before; None if `attempt` does not hold it."""
    row = await _one(conn, "jobs/begin_again", {"job_id": job_id, "attempt": attempt})
    return None if row is None else job_of(row)


async def renew(conn: Connection, held: Iterable[tuple[JobId, int]], *, lease_seconds: float) -> set[JobId]:
    """Which of these (job, attempt) still stand; their leases run on from now."""
    pairs = list(held)
    asked = {
        "job_ids": [job_id for job_id, _ in pairs],
        "attempts": [attempt for _, attempt in pairs],
        "lease_seconds": lease_seconds,
    }
    cursor = await conn.execute(statement("jobs/renew"), asked)
    return {JobId(row["id"]) for row in await cursor.fetchall()}


async def release(
    conn: Connection, *, job_id: JobId, attempt: int, outcome: Outcome, delay_seconds: float = 0.0
) -> Place | None:
    """The try is given back and the attempt has ended; nobody holds the job, and nobody can take it before the delay is
    over. None if the attempt did not hold it.
    """
    asked = {"job_id": job_id, "attempt": attempt, "outcome": outcome, "delay_seconds": delay_seconds}
    row = await _one(conn, "jobs/release", asked)
    return None if row is None else _place(row)


async def progress(
    conn: Connection,
    *,
    job_id: JobId,
    attempt: int,
    page_count: int | None,
    pages_processed: int,
    percent: int,
    stage: Stage,
) -> bool:
    """How far it is; nothing falls. False if the attempt does not hold the job."""
    asked = {
        "job_id": job_id,
        "attempt": attempt,
        "page_count": page_count,
        "pages_processed": pages_processed,
        "progress": percent,
        "stage": stage,
    }
    return await _one(conn, "jobs/progress", asked) is not None


async def cancel_requested(conn: Connection, job_ids: Iterable[JobId]) -> dict[JobId, Stage]:
    """Those of the jobs that somebody asked to cancel while they are processed, and how far each is."""
    cursor = await conn.execute(statement("jobs/cancel_requested"), {"job_ids": list(job_ids)})
    return {JobId(row["id"]): Stage(row["stage"]) for row in await cursor.fetchall()}


async def late(conn: Connection, job_ids: Iterable[JobId]) -> dict[JobId, Stage]:
    """Those of the jobs that are processed beyond their deadline, and how far each is."""
    cursor = await conn.execute(statement("jobs/late"), {"job_ids": list(job_ids)})
    return {JobId(row["id"]): Stage(row["stage"]) for row in await cursor.fetchall()}


async def complete(
    conn: Connection, *, job_id: JobId, attempt: int, extraction: Extraction, result_sha256: str
) -> Job | None:
    """The completed job; None if the attempt does not hold it."""
    asked = {
        "job_id": job_id,
        "attempt": attempt,
        "page_count": extraction.page_count,
        "pages_processed": extraction.pages_processed,
        "confidence": extraction.confidence,
        "detected_document_type": extraction.detected_document_type,
        "result_sha256": result_sha256,
    }
    row = await _one(conn, "jobs/complete", asked)
    return None if row is None else job_of(row)


async def fail(conn: Connection, *, job_id: JobId, attempt: int, failure: Failure) -> Job | None:
    """The failed job; None if the attempt does not hold it."""
    return await _fail(conn, failure, job_id=job_id, attempt=attempt)


async def fail_spent(conn: Connection, *, job_id: JobId, max_tries: int, failure: Failure) -> Job | None:
    """As `fail`, for a job whose lease has ended and whose tries are spent; None if it is not one."""
    return await _fail(conn, failure, job_id=job_id, max_tries=max_tries)


async def fail_overdue(conn: Connection, *, job_id: JobId, slack_seconds: float, failure: Failure) -> Job | None:
    """As `fail`, whoever holds it, for a job that is past its deadline by more than `slack_seconds`; None if it is not
    one.
    """
    return await _fail(conn, failure, job_id=job_id, slack_seconds=slack_seconds)


async def _fail(
    conn: Connection,
    failure: Failure,
    *,
    job_id: JobId,
    attempt: int | None = None,
    max_tries: int | None = None,
    slack_seconds: float | None = None,
) -> Job | None:
    asked = {
        "job_id": job_id,
        "attempt": attempt,
        "max_tries": max_tries,
        "slack_seconds": slack_seconds,
        "code": failure.code,
        "message": failure.message,
        "retryable": failure.retryable,
        "stage": failure.stage,
        "page": failure.page,
    }
    row = await _one(conn, "jobs/fail", asked)
    return None if row is None else job_of(row)


async def to_offer(conn: Connection, *, max_tries: int, limit: int) -> dict[JobId, Place]:
    """Jobs that nobody works at and that the engine may not know of: abandoned with tries left, or waiting."""
    cursor = await conn.execute(statement("jobs/to_offer"), {"max_tries": max_tries, "limit": limit})
    return {JobId(row["id"]): _place(row) for row in await cursor.fetchall()}


async def spent(conn: Connection, *, max_tries: int, limit: int) -> list[JobId]:
    """Jobs whose last lease has ended with no try left."""
    cursor = await conn.execute(statement("jobs/spent"), {"max_tries": max_tries, "limit": limit})
    return [JobId(row["id"]) for row in await cursor.fetchall()]


async def overdue(conn: Connection, *, slack_seconds: float, limit: int) -> list[JobId]:
    """Jobs that are processed beyond their deadline by more than `slack_seconds`."""
    cursor = await conn.execute(statement("jobs/overdue"), {"slack_seconds": slack_seconds, "limit": limit})
    return [JobId(row["id"]) for row in await cursor.fetchall()]


async def waited_out(conn: Connection, *, max_wait_seconds: float, limit: int) -> list[tuple[OrganizationId, JobId]]:
    """Jobs that have waited longer than that, the oldest first."""
    asked = {"max_wait_seconds": max_wait_seconds, "limit": limit}
    cursor = await conn.execute(statement("jobs/waited_out"), asked)
    return [(row["organization_id"], JobId(row["id"])) for row in await cursor.fetchall()]


def _place(row: Mapping[str, Any]) -> Place:
    """A job that the previous release put into the queue has no tag: it has waited there for long."""
    return Place(start_tag=row["start_tag"] or 0.0, priority=Priority(row["priority"]))


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
