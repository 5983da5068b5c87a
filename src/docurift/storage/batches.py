"""Questions to and changes of `batches`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from docurift.model.batch import Batch, BatchFailure, Counts
from docurift.model.failure import FailureCode
from docurift.model.ids import BatchId, OrganizationId, WebhookId
from docurift.model.job import JobOptions
from docurift.model.result import Json
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A ZIP whose entries become the batch's jobs, all with these options; the password is theirs, sealed."""

    sha256: str
    options: JobOptions
    sealed_password: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """What a batch is made from: jobs that are inserted with it, or an archive."""

    id: BatchId
    organization_id: OrganizationId
    item_count: int | None
    archive: Archive | None = None
    retry_of: BatchId | None = None
    callback_metadata: dict[str, Json] | None = None
    webhook_id: WebhookId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfilled:
    """A batch whose archive is unpacked just now: what its jobs are made from."""

    id: BatchId
    organization_id: OrganizationId
    options: JobOptions
    callback_metadata: dict[str, Json] | None
    webhook_id: WebhookId | None
    archive_sha256: str
    sealed_password: bytes | None = field(repr=False)


async def insert(conn: Connection, new: NewBatch) -> None:
    """The batch stands, with so many open items."""
    archive = new.archive
    asked = {
        "id": new.id,
        "organization_id": new.organization_id,
        "retry_of": new.retry_of,
        "callback_metadata": None if new.callback_metadata is None else Jsonb(new.callback_metadata),
        "webhook_id": new.webhook_id,
        "item_count": new.item_count,
        "archive_sha256": archive and archive.sha256,
        "archive_options": archive and Jsonb(msgspec.to_builtins(archive.options)),
        "sealed_password": archive and archive.sealed_password,
    }
    await conn.execute(statement("batches/insert"), asked)


async def by_id(conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId) -> Batch | None:
    """The organization's batch of this id, with its counts."""
    found = await by_ids(conn, organization_id=organization_id, batch_ids=[batch_id])
    return found.get(batch_id)


async def by_ids(
    conn: Connection, *, organization_id: OrganizationId, batch_ids: Sequence[BatchId]
) -> dict[BatchId, Batch]:
    """Those of the batches that are the organization's, with their counts, in one query."""
    asked = {"organization_id": organization_id, "batch_ids": list(batch_ids)}
    cursor = await conn.execute(statement("batches/shown"), asked)
    return {BatchId(row["id"]): batch_of(row) for row in await cursor.fetchall()}


async def count_down(conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId, final: int) -> int | None:
    """How many items are open now that `final` more are not; 0 is answered once, None after that.

    The batch is locked until the transaction ends: lock its jobs and documents before, the log's counter after.
    """
    asked = {"organization_id": organization_id, "batch_id": batch_id, "final": final}
    row = await _one(conn, "batches/count_down", asked)
    return None if row is None else int(row["open_items"])


async def request_cancel(conn: Connection, *, organization_id: OrganizationId, batch_id: BatchId) -> bool:
    """Somebody wants it to end; False if that was asked before. Locks the batch, as `count_down` does."""
    asked = {"organization_id": organization_id, "batch_id": batch_id}
    return await _one(conn, "batches/request_cancel", asked) is not None


async def lock_unfilled(conn: Connection, batch_id: BatchId) -> Unfilled | None:
    """The batch whose archive is unpacked, locked; None if it was ended meanwhile, or filled by another worker."""
    row = await _one(conn, "batches/unfilled", {"batch_id": batch_id})
    if row is None:
        return None
    return Unfilled(
        id=row["id"],
        organization_id=row["organization_id"],
        options=msgspec.convert(row["archive_options"], JobOptions),
        callback_metadata=row["callback_metadata"],
        webhook_id=row["webhook_id"],
        archive_sha256=row["archive_sha256"],
        sealed_password=row["sealed_password"],
    )


async def fail_unfilled(conn: Connection, batch_id: BatchId, failure: BatchFailure) -> bool:
    """The batch has ended without jobs and needs its archive no more; False if it had ended, or has its items."""
    asked = {"batch_id": batch_id, "code": failure.code, "message": failure.message}
    return await _one(conn, "batches/fail_unfilled", asked) is not None


async def fill(conn: Connection, batch_id: BatchId, *, items: int) -> None:
    """The batch has so many items, all open, and needs its archive no more."""
    await conn.execute(statement("batches/fill"), {"batch_id": batch_id, "items": items})


def batch_of(row: Mapping[str, Any]) -> Batch:
    """The batch that a row with its counts tells."""
    return Batch(
        id=row["id"],
        organization_id=row["organization_id"],
        item_count=row["item_count"],
        is_archive=row["archive_options"] is not None,
        created_at=row["created_at"],
        counts=Counts(
            pending=row["pending"],
            processing=row["processing"],
            completed=row["completed"],
            failed=row["failed"],
        ),
        reached=row["reached"],
        retry_of=row["retry_of"],
        callback_metadata=row["callback_metadata"],
        webhook_id=row["webhook_id"],
        failure=_failure_of(row),
        cancel_requested_at=row["cancel_requested_at"],
        completed_at=row["completed_at"],
    )


def _failure_of(row: Mapping[str, Any]) -> BatchFailure | None:
    if row["error_code"] is None:
        return None
    return BatchFailure(code=FailureCode(row["error_code"]), message=row["error_message"])


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
