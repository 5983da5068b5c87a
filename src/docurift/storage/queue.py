"""The queue engine's only address: PgQueuer is imported here and nowhere else."""

from importlib.metadata import version
from typing import Final

from pgqueuer.queries import Queries
from psycopg import AsyncConnection

SCHEMA: Final = f"pgqueuer-{version('pgqueuer')}"
"""Names the version of the engine's tables in `schema_migrations`."""


async def install(dsn: str) -> None:
    """Create the engine's tables, or bring older ones to this version; repeating it changes nothing."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        queries = Queries.from_psycopg_connection(connection)
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
        await queries.optimize_autovacuum()
        # On tables never analyzed, fetches were 4-9 times slower (storage-and-queue.md section 1).
        await connection.execute("analyze pgqueuer")
