"""Questions to and changes of the archives of batches: who unpacks them, and which are done with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docurift.model.ids import BatchId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """Where the bytes of a batch's archive are."""

    batch_id: BatchId
    organization_id: OrganizationId
    sha256: str


async def take(
    conn: Connection, *, batch_id: BatchId, lease_seconds: float, max_tries: int
) -> tuple[StoredArchive, int] | None:
    """The archive and the number of this attempt at it; None if it was not to be had."""
    asked = {"batch_id": batch_id, "lease_seconds": lease_seconds, "max_tries": max_tries}
    row = await _one(conn, "archives/take", asked)
    if row is None:
        return None
    archive = StoredArchive(batch_id=batch_id, organization_id=row["organization_id"], sha256=row["archive_sha256"])
    return archive, row["unpack_attempt"]


async def renew(conn: Connection, *, batch_id: BatchId, attempt: int, lease_seconds: float) -> bool:
    """Whether the lease stands; it runs on from now."""
    asked = {"batch_id": batch_id, "attempt": attempt, "lease_seconds": lease_seconds}
    return await _one(conn, "archives/renew", asked) is not None


async def release(conn: Connection, *, batch_id: BatchId, attempt: int) -> bool:
    """The archive waits again, and the try is given back; False if the attempt did not hold it."""
    return await _one(conn, "archives/release", {"batch_id": batch_id, "attempt": attempt}) is not None


async def hold(conn: Connection, *, batch_id: BatchId, attempt: int) -> OrganizationId | None:
    """Whose batch it is, if the attempt holds its archive, and does until the transaction ends."""
    return await _hold(conn, batch_id=batch_id, attempt=attempt, max_tries=None)


async def hold_spent(conn: Connection, *, batch_id: BatchId, max_tries: int) -> OrganizationId | None:
    """As `hold`, where the lease has ended and the tries are spent."""
    return await _hold(conn, batch_id=batch_id, attempt=None, max_tries=max_tries)


async def to_offer(conn: Connection, *, max_tries: int, limit: int) -> list[BatchId]:
    """Batches whose archive nobody unpacks and that the engine may not know of."""
    cursor = await conn.execute(statement("archives/to_offer"), {"max_tries": max_tries, "limit": limit})
    return [BatchId(row["id"]) for row in await cursor.fetchall()]


async def spent(conn: Connection, *, max_tries: int, limit: int) -> list[BatchId]:
    """Batches at whose archive the last lease has ended with no try left."""
    cursor = await conn.execute(statement("archives/spent"), {"max_tries": max_tries, "limit": limit})
    return [BatchId(row["id"]) for row in await cursor.fetchall()]


async def done(conn: Connection, *, limit: int) -> list[StoredArchive]:
    """Archives that were unpacked or failed, and whose bytes are still kept."""
    cursor = await conn.execute(statement("archives/done"), {"limit": limit})
    return [
        StoredArchive(batch_id=row["id"], organization_id=row["organization_id"], sha256=row["archive_sha256"])
        for row in await cursor.fetchall()
    ]


async def forget(conn: Connection, batch_id: BatchId) -> None:
    """The batch names its archive no more, if that is done with."""
    await conn.execute(statement("archives/forget"), {"batch_id": batch_id})


async def _hold(
    conn: Connection, *, batch_id: BatchId, attempt: int | None, max_tries: int | None
) -> OrganizationId | None:
    row = await _one(conn, "archives/hold", {"batch_id": batch_id, "attempt": attempt, "max_tries": max_tries})
    return None if row is None else row["organization_id"]


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
