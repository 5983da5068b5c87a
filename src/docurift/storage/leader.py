"""One leader at a time, by advisory lock: it ends with the leader's transaction, however that ends."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from docurift.storage.database import Connection, Database
from docurift.storage.sql import statement


async def leads(conn: Connection, duty: str) -> bool:
    """Whether this transaction alone has the duty, until it ends."""
    row = await (await conn.execute(statement("leader/try"), {"duty": duty})).fetchone()
    return bool(row and row["leads"])


@asynccontextmanager
async def elected(db: Database, duty: str) -> AsyncGenerator[bool]:
    """Whether this process alone has the duty while the block lasts; nobody waits for it."""
    async with db.transaction() as tx:
        yield await leads(tx, duty)
