"""Jobs leave the backlog for the engine's queue, a few at a time, so that organizations get equal shares (0023)."""

from docurift.storage import leader, queue, shares
from docurift.storage.database import Database


async def admit(db: Database, *, most_running: int = 0) -> int:
    """How many jobs have left the backlog: as many as the queue has room for, and of no organization more than
    `most_running` at a time, unless that is 0. 0 also where another process is at it.
    """
    async with db.transaction() as tx:
        if not await leader.leads(tx, shares.DUTY):
            return 0
        admitted = await shares.admit(tx, most_running=most_running)
        await queue.enqueue(tx, admitted)
    return len(admitted)
