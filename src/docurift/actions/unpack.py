"""A worker unpacks the archive of a batch: taken under a lease, its files become jobs in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from docurift.actions.batch import NewItem, add_items, told_of_batch
from docurift.actions.delete import sweep
from docurift.actions.telling import tell
from docurift.model.batch import BatchFailure
from docurift.model.event import EventType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import BatchId, OrganizationId
from docurift.storage import archives, batches, queue, shares
from docurift.storage.archives import StoredArchive
from docurift.storage.blobs import Blobs
from docurift.storage.database import Connection, Database
from docurift.storage.secrets import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLease:
    """One attempt at an archive: every write names it, and changes nothing once somebody newer holds the archive."""

    archive: StoredArchive
    attempt: int


class UnpackLostError(Exception):
    """Somebody newer holds the archive, or the batch was ended: drop all output and stop."""


async def take(db: Database, batch_id: BatchId, *, lease_seconds: float, max_tries: int) -> UnpackLease | None:
    """The archive, held until the lease ends; None if it is not to be had, which a duplicate hint may mean."""
    async with db.reading() as conn:
        taken = await archives.take(conn, batch_id=batch_id, lease_seconds=lease_seconds, max_tries=max_tries)
    return None if taken is None else UnpackLease(archive=taken[0], attempt=taken[1])


async def renew(db: Database, lease: UnpackLease, *, lease_seconds: float) -> None:
    """The lease runs on from now.

    Raises:
        UnpackLostError: it was not held any more.
    """
    async with db.reading() as conn:
        held = await archives.renew(
            conn, batch_id=lease.archive.batch_id, attempt=lease.attempt, lease_seconds=lease_seconds
        )
    if not held:
        raise UnpackLostError(lease.archive.batch_id)


async def release(db: Database, lease: UnpackLease) -> None:
    """The archive waits in the queue again and its try is given back: for a worker that leaves in order.

    Raises:
        UnpackLostError: the lease was not held any more.
    """
    batch_id = lease.archive.batch_id
    async with db.transaction() as tx:
        if not await archives.release(tx, batch_id=batch_id, attempt=lease.attempt):
            raise UnpackLostError(batch_id)
        await queue.offer_archives_again(tx, [batch_id], await shares.front(tx))


async def fill(
    db: Database,
    blobs: Blobs,
    lease: UnpackLease,
    *,
    items: Sequence[NewItem],
    secrets: Secrets,
    most_running: int = 0,
) -> None:
    """The files of the archive are the jobs of its batch; the archive's own bytes are needed no more.

    Raises:
        UnpackLostError: the lease was not held any more; nothing has changed.
        BlobMissingError: a file was removed with another document of equal bytes; put all again and repeat.
    """
    batch_id = lease.archive.batch_id
    async with db.transaction() as tx:
        owner = await archives.hold(tx, batch_id=batch_id, attempt=lease.attempt)
        if owner is None or not await add_items(
            tx, blobs, batch_id=batch_id, items=items, secrets=secrets, most_running=most_running
        ):
            raise UnpackLostError(batch_id)


async def fail(db: Database, lease: UnpackLease, failure: Failure) -> None:
    """The batch has failed: its archive as a whole cannot be read, and it has no jobs.

    Raises:
        UnpackLostError: the lease was not held any more; nothing has changed.
    """
    batch_id = lease.archive.batch_id
    async with db.transaction() as tx:
        owner = await archives.hold(tx, batch_id=batch_id, attempt=lease.attempt)
        if owner is None:
            raise UnpackLostError(batch_id)
        await _fail(tx, owner, batch_id, failure)


async def fail_spent(db: Database, batch_id: BatchId, *, max_tries: int) -> bool:
    """As `fail`, where the workers that held the archive were lost too often; False if they were not."""
    async with db.transaction() as tx:
        owner = await archives.hold_spent(tx, batch_id=batch_id, max_tries=max_tries)
        if owner is None:
            return False
        await _fail(tx, owner, batch_id, Failure.of(FailureCode.WORKER_LOST, stage=Stage.LOAD))
    return True


async def rescue_archives(db: Database, blobs: Blobs, *, max_tries: int, limit: int) -> tuple[int, int]:
    """Archives that nobody unpacks are offered again or their batches failed, and those done with are gone. Answers how
    many were offered and how many failed.
    """
    async with db.transaction() as tx:
        offered = await archives.to_offer(tx, max_tries=max_tries, limit=limit)
        if offered:
            await queue.offer_archives_again(tx, offered, await shares.front(tx))
        spent = await archives.spent(tx, max_tries=max_tries, limit=limit)
    failed = sum([await fail_spent(db, batch_id, max_tries=max_tries) for batch_id in spent])
    async with db.reading() as conn:
        done = await archives.done(conn, limit=limit)
    for archive in done:
        await discard(db, blobs, archive)
    return len(offered), failed


async def discard(db: Database, blobs: Blobs, archive: StoredArchive) -> None:
    """The bytes of an archive that was unpacked or failed are gone, unless something else needs them."""
    await sweep(db, blobs, organization_id=archive.organization_id, hashes={archive.sha256})
    async with db.reading() as conn:
        await archives.forget(conn, archive.batch_id)


async def _fail(tx: Connection, organization_id: OrganizationId, batch_id: BatchId, failure: Failure) -> None:
    await batches.fail_unfilled(tx, batch_id, BatchFailure(code=failure.code, message=failure.message))
    batch = await batches.by_id(tx, organization_id=organization_id, batch_id=batch_id)
    if batch is None:
        raise AssertionError("the row is locked")
    await tell(tx, told_of_batch(EventType.BATCH_COMPLETED, batch))
