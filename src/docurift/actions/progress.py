"""A worker tells how far it is, and keeps what it has read so far."""

from collections.abc import Sequence

from docurift.actions.take import Lease, LeaseLostError
from docurift.model.failure import Stage
from docurift.storage import checkpoints, jobs
from docurift.storage.checkpoints import Checkpoint, Reading
from docurift.storage.database import Database


async def report(
    db: Database,
    lease: Lease,
    *,
    page_count: int | None,
    pages_processed: int,
    progress: int,
    stage: Stage,
    reading: Reading | None = None,
    finished: Sequence[Checkpoint] = (),
) -> None:
    """The job shows it, and no later attempt reads the `finished` pages of `reading` again. `progress` (0-100) and
    pages never fall, and 100 is kept for the end.

    Raises:
        LeaseLostError: the lease is not held any more.
    """
    async with db.transaction() as tx:
        held = await jobs.progress(
            tx,
            job_id=lease.job.id,
            attempt=lease.attempt,
            page_count=page_count,
            pages_processed=pages_processed,
            percent=progress,
            stage=stage,
        )
        if not held:
            raise LeaseLostError(lease.job.id)
        if reading is not None and finished:
            await checkpoints.insert(tx, reading, finished)


async def resumed(db: Database, reading: Reading) -> list[bytes]:
    """The pages that an earlier attempt has finished, as stored frames.

    Raises:
        Unavailable: the database cannot answer.
    """
    async with db.reading() as conn:
        return await checkpoints.of_reading(conn, reading)
