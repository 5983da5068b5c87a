"""Idempotency keys, kept for 24 hours (security.md section 5)."""

from dataclasses import dataclass

from docurift.model.ids import JobId, OrganizationId
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
    asked = {
        "organization_id": organization_id,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "job_id": job_id,
    }
    while True:
        claimed = await conn.execute(statement("idempotency/claim"), asked)
        if await claimed.fetchone() is not None:
            return None
        earlier = await conn.execute(statement("idempotency/earlier"), asked)
        row = await earlier.fetchone()
        if row is not None:
            if row["fingerprint"] != key.fingerprint:
                raise IdempotencyKeyReusedError
            return JobId(row["job_id"])
        # Deleted between the two statements: the key is free again.


async def forget(conn: Connection, *, limit: int) -> int:
    """How many keys past their 24 hours were removed."""
    cursor = await conn.execute(statement("idempotency/forget"), {"limit": limit})
    return cursor.rowcount
