"""One leader at a time, by advisory lock: it ends with the leader's transaction, however that ends."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from docurift.storage.database import Database
from docurift.storage.sql import statement


@asynccontextmanager
async def elected(db: Database, duty: str) -> AsyncGenerator[bool]:
    """Whether this process alone has the duty while the block lasts; nobody waits for it."""
    async with db.transaction() as tx:
        cursor = await tx.execute(statement("leader/try"), {"duty": duty})
        row = await cursor.fetchone()
        yield bool(row and row["leads"])
