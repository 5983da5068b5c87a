"""Idempotency keys, kept for 24 hours (security.md section 5)."""

from dataclasses import dataclass
from typing import Any

from docurift.model.ids import BatchId, JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


class IdempotencyKeyReusedError(Exception):
    """The key stands for another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """What the client named its request, and a digest of all that makes the request what it is."""

    key: str
    fingerprint: bytes


async def claim(
    conn: Connection, key: IdempotencyKey, *, organization_id: OrganizationId, job_id: JobId
) -> JobId | None:
    """None if the key now stands for `job_id`, else the job that the same request made before.

    Call it first in the transaction that makes the job: a second claim waits until this one has ended.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
    """
    earlier = await _claim(conn, key, organization_id, job_id=job_id)
    return None if earlier is None else JobId(earlier["job_id"])


async def stand_for_job(
    conn: Connection, key: IdempotencyKey, *, organization_id: OrganizationId, job_id: JobId
) -> None:
    """The key, which this transaction has claimed, stands for this job instead."""
    asked = {"organization_id": organization_id, "key": key.key, "job_id": job_id}
    await conn.execute(statement("idempotency/stand_for_job"), asked)


async def claim_for_batch(
    conn: Connection, key: IdempotencyKey, *, organization_id: OrganizationId, batch_id: BatchId
) -> BatchId | None:
    """As `claim`, for a batch.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
    """
    earlier = await _claim(conn, key, organization_id, batch_id=batch_id)
    return None if earlier is None else BatchId(earlier["batch_id"])


async def claim_for_answer(conn: Connection, key: IdempotencyKey, *, organization_id: OrganizationId) -> bytes | None:
    """As `claim`, for an answer that `keep_answer` puts in place before the transaction ends; the earlier one, sealed.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
    """
    earlier = await _claim(conn, key, organization_id, sealed_answer=b"")
    return None if earlier is None else earlier["sealed_answer"]


async def keep_answer(conn: Connection, key: IdempotencyKey, *, organization_id: OrganizationId, sealed: bytes) -> None:
    """The key stands for this answer."""
    asked = {"organization_id": organization_id, "key": key.key, "sealed_answer": sealed}
    await conn.execute(statement("idempotency/keep_answer"), asked)


async def forget(conn: Connection, *, limit: int) -> int:
    """How many keys past their 24 hours were removed."""
    cursor = await conn.execute(statement("idempotency/forget"), {"limit": limit})
    return cursor.rowcount


async def _claim(
    conn: Connection, key: IdempotencyKey, organization_id: OrganizationId, **stands_for: str | bytes
) -> dict[str, Any] | None:
    """What the key stands for, by column; None if that is now `stands_for`."""
    asked: dict[str, object] = {"job_id": None, "batch_id": None, "sealed_answer": None}
    asked |= {"organization_id": organization_id, "key": key.key, "fingerprint": key.fingerprint, **stands_for}
    while True:
        claimed = await conn.execute(statement("idempotency/claim"), asked)
        if await claimed.fetchone() is not None:
            return None
        earlier = await conn.execute(statement("idempotency/earlier"), asked)
        row = await earlier.fetchone()
        if row is not None:
            if row["fingerprint"] != key.fingerprint:
                raise IdempotencyKeyReusedError
            return row
        # Deleted between the two statements: the key is free again.
